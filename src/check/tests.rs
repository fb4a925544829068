//! Checks `test` items.

use super::condition::Scope;
use super::items::Items;
use super::problem::{Unknown, mismatch};
use super::schemas::literal_text;
use super::times::moment_of;
use super::typed::{Moment, RuleSet, Test, TestCase, TestCell};
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::schema::Type;
use crate::syntax::ast::{self, LiteralKind};
use crate::value::Zone;

/// The tests whose names are all known; others are reported and left out.
pub(super) fn tests(
    items: &Items,
    rules: &RuleSet,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Test> {
    let mut scope = Scope::new(rules);
    scope.broken = items.broken.clone();
    let left_out = items
        .segments
        .keys()
        .filter(|name| rules.find_segment(name.as_str()).is_none());
    scope.broken.extend(left_out.cloned());
    let tests = items
        .tests
        .iter()
        .filter_map(|item| scope.test(item))
        .collect();
    diagnostics.append(&mut scope.diagnostics);
    tests
}

impl Scope<'_> {
    fn test(&mut self, item: &ast::TestItem) -> Option<Test> {
        let now = match &item.now {
            None => None,
            Some(literal) => Some(self.test_now(literal)?),
        };
        if let Some(zone) = &item.zone
            && let Err(unknown) = Zone::named(&zone.value)
        {
            let near = unknown.near.join(", ");
            let name = &zone.value;
            self.report(
                Diagnostic::new(
                    Code::BadValue,
                    zone.span,
                    say!("there is no zone \"{name}\"", "没有时区 \"{name}\""),
                )
                .help(match near.as_str() {
                    "" => say!(
                        "write one like \"Asia/Shanghai\"",
                        "请写成 \"Asia/Shanghai\" 的形式"
                    ),
                    near => say!("did you mean {near}?", "是不是 {near}？"),
                }),
            );
            return None;
        }
        let cases: Vec<Option<TestCase>> = item.cases.iter().map(|case| self.case(case)).collect();
        Some(Test {
            title: item.title.value.clone(),
            now,
            zone: item.zone.as_ref().map(|zone| zone.value.clone()),
            cases: cases.into_iter().flatten().collect(),
            span: item.span,
        })
    }

    fn test_now(&mut self, literal: &ast::Literal) -> Option<Moment> {
        let moment = match &literal.kind {
            LiteralKind::Datetime(text) => moment_of(text),
            LiteralKind::Date(date) => Some(Moment::Local(*date, 0)),
            _ => None,
        };
        if moment.is_none() {
            self.report(mismatch(
                literal.span,
                say!("no moment", "不是时刻"),
                say!(
                    "write a time such as 2026-11-22T09:00+08:00",
                    "请写时刻，如 2026-11-22T09:00+08:00"
                ),
            ));
        }
        moment
    }

    fn case(&mut self, case: &ast::TestCase) -> Option<TestCase> {
        let cells: Vec<Option<TestCell>> = case.cells.iter().map(|cell| self.cell(cell)).collect();
        let name = Name::new(&case.segment.text);
        let segment = match self.rules.find_segment(name.as_str()) {
            Some(segment) => segment,
            None if self.broken.contains(&name) => return None,
            None => {
                let diagnostic = Unknown {
                    code: Code::UnknownSegment,
                    what: say!("segment", "人群"),
                    name: name.as_str(),
                    span: case.segment.span,
                }
                .with(self.rules.segment_names.keys().map(Name::as_str));
                self.report(diagnostic);
                return None;
            }
        };
        Some(TestCase {
            cells: cells.into_iter().collect::<Option<_>>()?,
            expected: case.expected,
            segment,
            span: case.span,
        })
    }

    fn cell(&mut self, cell: &ast::TestCell) -> Option<TestCell> {
        let field = self.known_field(&cell.path)?;
        let declared = self.field(field)?;
        if cell.is_list && !matches!(declared.kind, Type::List { .. }) {
            let name = &declared.name;
            self.report(mismatch(
                cell.span,
                say!("`{name}` is no list", "`{name}` 不是列表"),
                say!("write one value", "请写一个值"),
            ));
            return None;
        }
        let texts = cell.value.iter().map(|literal| {
            let text = literal_text(literal);
            if text.is_none() {
                self.report(mismatch(
                    literal.span,
                    say!("no cell", "不是单元格的值"),
                    say!("write what the data would hold", "请写数据中会有的值"),
                ));
            }
            text
        });
        let texts: Option<Vec<_>> = texts.collect();
        Some(TestCell {
            field,
            texts: texts?,
            is_list: cell.is_list,
            span: cell.span,
        })
    }
}
