//! Parameters, and literals as the values of fields.

use super::CheckInput;
use super::condition::Scope;
use super::items::Items;
use super::problem::{Unknown, bad_value, mismatch};
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::schema::{Schema, Type};
use crate::source::{SourceId, Span};
use crate::syntax::ast::{Expr, ExprKind, Given, Item, Literal, LiteralKind, ParamItem, Path};
use crate::value::{Number, normalise_text};
use indexmap::IndexMap;
use std::sync::Arc;

/// The parameters with the values of this run.
pub(super) fn params(
    input: &CheckInput,
    items: &Items,
    schema: &Schema,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<Name, Literal> {
    let mut params = IndexMap::new();
    for (name, item) in &items.params {
        diagnostics.extend(hides(name, item, schema));
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

/// A parameter would stand for a field of its name, or for a declared value, in every rule that has
/// the bare word.
fn hides(name: &Name, item: &ParamItem, schema: &Schema) -> Option<Diagnostic> {
    if let Some(field) = schema.find(name.as_str()).and_then(|id| schema.field(id)) {
        let diagnostic = Diagnostic::new(
            Code::DuplicateName,
            item.name.span,
            say!("`{name}` is already a field", "`{name}` 已是字段名"),
        )
        .label(say!("a parameter of the same name", "同名的参数"))
        .help(say!("rename the parameter", "请给参数改名"));
        return Some(match field.span {
            Some(span) => diagnostic.also(span, say!("the field", "字段")),
            None => diagnostic,
        });
    }
    let field = schema
        .iter()
        .map(|(_, field)| field)
        .find(|field| match &field.kind {
            Type::OneOf(values) => values.iter().any(|value| **value == *name.as_str()),
            _ => false,
        })?;
    let of = &field.name;
    Some(
        Diagnostic::new(
            Code::AmbiguousWord,
            item.name.span,
            say!(
                "`{name}` is also a value of `{of}`",
                "`{name}` 也是 `{of}` 的值"
            ),
        )
        .label(say!("a bare word means the parameter", "不加引号时指参数"))
        .help(say!(
            "rename the parameter, or quote the value where it is meant",
            "请给参数改名，或在指值的地方加引号"
        )),
    )
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
    match (default, given) {
        // `--set share=20` for a parameter of 10%; 0.5 may mean 50% as well as 0.5%.
        (LiteralKind::Percent(_), LiteralKind::Number(number)) => {
            let is_plain = number.digits == 0 || number > Number::new(1, 0);
            is_plain.then_some(LiteralKind::Percent(number))
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
    /// `None` when it was reported as wrong.
    pub(super) fn right<'e>(&mut self, expr: &'e Expr) -> Option<Right<'e>> {
        Some(match &expr.kind {
            ExprKind::Literal(literal) => Right::Literal(literal.clone()),
            ExprKind::Negate(inner) => match self.right(inner)? {
                Right::Literal(Literal {
                    kind: LiteralKind::Number(number),
                    ..
                }) => Right::Literal(Literal {
                    kind: LiteralKind::Number(Number::new(-number.digits, number.scale)),
                    span: expr.span,
                }),
                _ => Right::Other(expr),
            },
            ExprKind::Ago(path) => Right::Literal(Literal {
                kind: self.ago(path)?,
                span: expr.span,
            }),
            ExprKind::Group(inner) => return self.right(inner),
            ExprKind::Name(path) => match self.param(path) {
                Some(literal) => Right::Literal(literal),
                None if self.names_contact(path) => Right::Other(expr),
                None => Right::Word(path),
            },
            _ => Right::Other(expr),
        })
    }

    /// The literal of a parameter, at the place where it is used.
    pub(super) fn param(&self, path: &Path) -> Option<Literal> {
        let [part] = &*path.parts else {
            return None;
        };
        let (name, literal) = self.rules.params.get_key_value(&*part.text)?;
        self.uses.borrow_mut().params.insert(name.clone());
        Some(Literal {
            kind: literal.kind.clone(),
            span: path.span,
        })
    }

    /// The same, reported when there is no such parameter.
    pub(super) fn known_param(&mut self, path: &Path) -> Option<Literal> {
        if let Some(literal) = self.param(path) {
            return Some(literal);
        }
        let name = super::schemas::path_name(path);
        if !self.memory.broken.contains(&name) {
            let unknown = Unknown {
                code: Code::UnknownParam,
                what: say!("parameter", "参数"),
                name: name.as_str(),
                span: path.span,
            };
            self.report_unknown(unknown, self.rules.params.keys().map(Name::as_str));
        }
        None
    }

    /// A text, written out or in a parameter.
    pub(super) fn given_text(&mut self, given: &Given<Arc<str>>) -> Option<Arc<str>> {
        match given {
            Given::Written(text, _) => Some(text.clone()),
            Given::Param(path) => self.text_param(path),
        }
    }

    /// The text that a parameter holds.
    pub(super) fn text_param(&mut self, path: &Path) -> Option<Arc<str>> {
        match self.known_param(path)?.kind {
            LiteralKind::Text(text) | LiteralKind::Word(text) => Some(text),
            _ => {
                self.report(mismatch(
                    path.span,
                    say!("no text", "不是文本"),
                    say!(
                        "the parameter must be a text in quotes",
                        "参数应为引号里的文本"
                    ),
                ));
                None
            }
        }
    }

    /// The share that a parameter holds.
    pub(super) fn share_param(&mut self, path: &Path) -> Option<Number> {
        match self.known_param(path)?.kind {
            LiteralKind::Percent(percent) => Some(percent),
            _ => {
                self.report(mismatch(
                    path.span,
                    say!("no share", "不是比例"),
                    say!(
                        "the parameter must be a share, such as 10%",
                        "参数应为比例，如 10%"
                    ),
                ));
                None
            }
        }
    }

    /// Whether a path starts with the schema's name, which makes it a field.
    pub(super) fn names_contact(&self, path: &Path) -> bool {
        let schema_name = self
            .rules
            .schema
            .name
            .as_ref()
            .map_or("contact", Name::as_str);
        match &*path.parts {
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
