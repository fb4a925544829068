//! Checks `test` items.

use super::condition::Scope;
use super::items::Items;
use super::memory::Memory;
use super::problem::{Unknown, bad_value, mismatch};
use super::schemas::literal_text;
use super::times::moment_of;
use super::typed::{Moment, RuleSet, Test, TestCase, TestCell};
use crate::diag::{Code, Diagnostic};
use crate::name::{Name, SegmentId};
use crate::say;
use crate::schema::{CellContext, Type};
use crate::syntax::ast::{self, LiteralKind};
use crate::value::{Value, Zone};

/// The tests whose names are all known; others are reported and left out.
pub(super) fn tests(
    items: &Items,
    rules: &RuleSet,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Test> {
    let mut scope = Scope::new(rules, Memory::new(items, rules));
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
            None if self.memory.broken.contains(&name) => return None,
            None => {
                let unknown = Unknown {
                    code: Code::UnknownSegment,
                    what: say!("segment", "人群"),
                    name: name.as_str(),
                    span: case.segment.span,
                };
                self.report_unknown(unknown, self.rules.segment_names.keys().map(Name::as_str));
                return None;
            }
        };
        let cells: Vec<TestCell> = cells.into_iter().collect::<Option<_>>()?;
        if case.expected != ast::Expectation::Quarantined {
            for cell in &cells {
                self.readable(cell, segment)?;
            }
        }
        Some(TestCase {
            cells,
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

    /// A cell that the segment reads and that is invalid quarantines the contact, which is neither
    /// in nor out.
    fn readable(&mut self, cell: &TestCell, segment: SegmentId) -> Option<()> {
        let field = self.field(cell.field)?;
        let is_read = self
            .rules
            .segment(segment)
            .is_some_and(|segment| segment.reads.contains(&cell.field));
        let context = CellContext { zone: &Zone::utc() };
        let value = match (cell.is_list, cell.texts.as_slice()) {
            (false, [text]) => field.read(text, &context),
            _ => field.read_list(cell.texts.iter().map(|text| &**text), &context),
        };
        if !is_read || value != Value::Invalid {
            return Some(());
        }
        let name = &field.name;
        self.report(bad_value(
            cell.span,
            say!("an invalid `{name}`", "无效的 `{name}`"),
            say!(
                "change the cell, or expect `quarantined from`",
                "请修改单元格，或写 `隔离于`"
            ),
        ));
        None
    }
}
