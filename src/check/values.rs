//! Parameters, and literals as the values of fields.

use super::CheckInput;
use super::condition::Scope;
use super::items::Items;
use super::problem::bad_value;
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::source::{SourceId, Span};
use crate::syntax::ast::{Expr, ExprKind, Item, Literal, LiteralKind, Path};
use crate::value::{Number, normalise_text};
use indexmap::IndexMap;
use std::sync::Arc;

/// The parameters with the values of this run.
pub(super) fn params(
    input: &CheckInput,
    items: &Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<Name, Literal> {
    let mut params = IndexMap::new();
    for (name, item) in &items.params {
        let mut literal = item.value.clone();
        if let Some(text) = input.params.get(name) {
            match overridden(&literal.kind, text) {
                Some(kind) => literal.kind = kind,
                // Not with the default instead: a run does what it was told or nothing.
                None => {
                    let text = crate::diag::escape_controls(text);
                    diagnostics.push(bad_value(
                        item.value.span,
                        say!("its default is of another type", "默认值是另一种类型"),
                        say!(
                            "`--set {name}={text}` does not fit: give a value like the default",
                            "`--set {name}={text}` 不合适：请给出与默认值同类的值"
                        ),
                    ));
                    continue;
                }
            }
        }
        params.insert(name.clone(), literal);
    }
    for name in input
        .params
        .keys()
        .filter(|name| !items.params.contains_key(*name))
    {
        let known = items.params.keys().map(Name::as_str);
        let near = crate::name::nearest(name.as_str(), known, 1).join("");
        let span = items
            .params
            .values()
            .next()
            .map_or(Span::new(SourceId(0), 0, 0), |item| item.name.span);
        let diagnostic = Diagnostic::new(
            Code::UnknownParam,
            span,
            say!(
                "`--set {name}`: there is no such parameter",
                "`--set {name}`：没有这个参数"
            ),
        )
        .label(say!("a parameter there is", "已有的参数"));
        diagnostics.push(match near.as_str() {
            "" => diagnostic.help(say!(
                "define it: param {name} = …",
                "请先定义：param {name} = …"
            )),
            near => diagnostic.help(say!("did you mean `{near}`?", "是不是 `{near}`？")),
        });
    }
    params
}

/// Text from the command line as a literal of the same kind as the default. A text is taken as it
/// is; everything else is written as in a rule file.
fn overridden(default: &LiteralKind, text: &str) -> Option<LiteralKind> {
    if matches!(default, LiteralKind::Text(_) | LiteralKind::Word(_)) {
        let inner = text
            .strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'));
        return Some(LiteralKind::Text(Arc::from(inner.unwrap_or(text))));
    }
    let given = literal(text)?;
    let is_alike = match (default, &given) {
        (
            LiteralKind::Date(_) | LiteralKind::Datetime(_),
            LiteralKind::Date(_) | LiteralKind::Datetime(_),
        ) => true,
        (default, given) => std::mem::discriminant(default) == std::mem::discriminant(given),
    };
    // `--set share=20` for a parameter of 10%.
    match (default, given) {
        (LiteralKind::Percent(_), LiteralKind::Number(number)) => {
            Some(LiteralKind::Percent(number))
        }
        (_, given) => is_alike.then_some(given),
    }
}

/// A text that is exactly one literal.
fn literal(text: &str) -> Option<LiteralKind> {
    let parsed = crate::syntax::parse(SourceId(u32::MAX), &format!("param given = {text}\n"));
    match parsed.file.items.as_slice() {
        [Item::Param(item)] if parsed.diagnostics.is_empty() => Some(item.value.kind.clone()),
        _ => None,
    }
}

/// What stands to the right of a comparison.
pub(super) enum Right<'a> {
    /// A literal, or a parameter's.
    Literal(Literal),
    /// A bare word: a value where the field takes words.
    Word(&'a Path),
    /// `contact.x`, or arithmetic.
    Other(&'a Expr),
}

impl Scope<'_> {
    /// Sorts out the right-hand side. Parameters stand for their literals, with the span of the use.
    pub(super) fn right<'e>(&mut self, expr: &'e Expr) -> Right<'e> {
        match &expr.kind {
            ExprKind::Literal(literal) => Right::Literal(literal.clone()),
            ExprKind::Negate(inner) => match &inner.kind {
                ExprKind::Literal(Literal {
                    kind: LiteralKind::Number(number),
                    ..
                }) => Right::Literal(Literal {
                    kind: LiteralKind::Number(Number::new(-number.digits, number.scale)),
                    span: expr.span,
                }),
                _ => Right::Other(expr),
            },
            ExprKind::Group(inner) => self.right(inner),
            ExprKind::Name(path) => match self.param(path) {
                Some(literal) => Right::Literal(literal),
                None if self.names_contact(path) => Right::Other(expr),
                None => Right::Word(path),
            },
            _ => Right::Other(expr),
        }
    }

    /// The literal of a parameter, at the place where it is used.
    pub(super) fn param(&self, path: &Path) -> Option<Literal> {
        let [part] = path.parts.as_slice() else {
            return None;
        };
        let literal = self.rules.params.get(&*part.text)?;
        Some(Literal {
            kind: literal.kind.clone(),
            span: path.span,
        })
    }

    /// Whether a path starts with the schema's name, which makes it a field.
    pub(super) fn names_contact(&self, path: &Path) -> bool {
        let schema_name = self
            .rules
            .schema
            .name
            .as_ref()
            .map_or("contact", Name::as_str);
        match path.parts.as_slice() {
            [first, _, ..] => &*first.text == schema_name || &*first.text == "contact",
            _ => false,
        }
    }

    /// A text literal as fields compare it: trimmed, NFC, with a warning when that changes it.
    pub(super) fn text(&mut self, text: &Arc<str>, span: Span) -> Option<Arc<str>> {
        let normal = normalise_text(text);
        if normal.is_empty() {
            self.report(
                Diagnostic::new(
                    Code::EmptyText,
                    span,
                    say!("nothing equals an empty text", "没有值等于空文本"),
                )
                .label(say!("empty", "空文本"))
                .help(say!(
                    "blank cells are missing: write `is missing`",
                    "空单元格视为缺失：请写“为空”（is missing）"
                )),
            );
            return None;
        }
        if *normal != **text {
            let shown = crate::diag::escape_controls(&normal);
            self.report(
                Diagnostic::new(
                    Code::UntrimmedText,
                    span,
                    say!(
                        "cells are trimmed and normalised, so is this text",
                        "单元格会去除首尾空白并规范化，这里的文本也一样"
                    ),
                )
                .label(say!("read as \"{shown}\"", "按 \"{shown}\" 比较"))
                .help(say!("write it that way", "请直接这样写")),
            );
        }
        Some(Arc::from(&*normal))
    }
}
