//! Turns the [`Tree`](super::Tree)'s items into the owned [`ast`].
//!
//! Invariants: an item that has an error is left out; recursion is as deep as the limit on nesting.

mod expression;
mod item;
mod send;

use super::kind::Kind;
use super::literal;
use super::tree::Node;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::say;
use crate::source::{SourceId, Span};
use crate::syntax::ast;
use foldhash::fast::FixedState;
use std::collections::HashSet;
use std::sync::Arc;

/// An item of which something was told, so that it cannot be used.
pub(super) struct Rejected;

type Built<T> = Result<T, Rejected>;

/// Builds items and gathers what is wrong with them.
pub(super) struct Builder {
    pub(super) source: SourceId,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Names and texts seen so far: fields and their values are named again and again.
    spellings: HashSet<Arc<str>, FixedState>,
}

/// More spellings are not kept apart from where they stand.
const MOST_SPELLINGS: usize = 4096;

impl Builder {
    pub(super) fn new(source: SourceId) -> Builder {
        Builder {
            source,
            diagnostics: Vec::new(),
            spellings: HashSet::default(),
        }
    }

    /// A name or text, held once however often it is written.
    fn spelling(&mut self, written: &str) -> Arc<str> {
        if let Some(known) = self.spellings.get(written) {
            return Arc::clone(known);
        }
        let spelling: Arc<str> = Arc::from(written);
        if self.spellings.len() < MOST_SPELLINGS {
            self.spellings.insert(Arc::clone(&spelling));
        }
        spelling
    }

    fn span(&self, node: Node<'_>) -> Span {
        let range = node.range();
        Span::new(self.source, range.start, range.end)
    }

    /// Tells that a node is wrong and gives its item up.
    fn reject<T>(&mut self, node: Node<'_>, code: Code, message: Phrase, help: Phrase) -> Built<T> {
        let span = self.span(node);
        self.diagnostics
            .push(Diagnostic::new(code, span, message).help(help));
        Err(Rejected)
    }

    /// The grammar promises a child; without it the item is given up silently only if the two disagree.
    fn child<'t>(&mut self, node: Node<'t>, kind: Kind) -> Built<Node<'t>> {
        match node.child(kind) {
            Some(child) => Ok(child),
            None => self.reject(
                node,
                Code::SyntaxError,
                say!("this cannot be read", "无法读取"),
                say!("write it more simply", "请换一种写法"),
            ),
        }
    }

    pub(in crate::syntax) fn ident(&mut self, node: Node<'_>) -> ast::Ident {
        let (text, quoted) = literal::name(node.text());
        ast::Ident {
            text: self.spelling(&text),
            span: self.span(node),
            quoted,
        }
    }

    fn name(&mut self, node: Node<'_>) -> Built<ast::Ident> {
        let name = self.child(node, Kind::Name)?;
        Ok(self.ident(name))
    }

    fn optional_name(&mut self, node: Option<Node<'_>>) -> Built<Option<ast::Ident>> {
        node.map(|node| self.name(node)).transpose()
    }

    fn path(&mut self, node: Node<'_>) -> ast::Path {
        let is_part = |child: &Node<'_>| matches!(child.kind(), Kind::Name | Kind::Part);
        let span = self.span(node);
        let mut names = node.children().filter(is_part);
        let parts = match (names.next(), names.next()) {
            (Some(only), None) => ast::Parts::One(self.ident(only)),
            _ => {
                let names = node.children().filter(is_part);
                ast::Parts::Many(names.map(|part| self.ident(part)).collect())
            }
        };
        ast::Path { parts, span }
    }

    fn paths(&mut self, node: Node<'_>) -> Vec<ast::Path> {
        let paths = node.children().filter(|child| child.kind() == Kind::Path);
        paths.map(|path| self.path(path)).collect()
    }

    fn text_in(&mut self, node: Node<'_>) -> Built<ast::Text> {
        let text = self.child(node, Kind::Text)?;
        self.text(text)
    }

    fn text(&mut self, node: Node<'_>) -> Built<ast::Text> {
        let value = self.text_value(node)?;
        Ok(ast::Text {
            value,
            span: self.span(node),
        })
    }

    fn text_value(&mut self, node: Node<'_>) -> Built<Arc<str>> {
        let bad = match literal::text(node.text()) {
            Ok(value) => return Ok(self.spelling(&value)),
            Err(bad) => bad,
        };
        let start = node.range().start;
        let span = Span::new(self.source, start + bad.start, start + bad.end);
        let written = node.text().get(bad.start..bad.end).unwrap_or("\\");
        let found = Diagnostic::new(
            Code::BadEscape,
            span,
            say!("unknown escape `{written}`", "未知的转义 `{written}`"),
        )
        .help(say!(
            "write \\\\ for a backslash; known are \\\" \\\\ \\n \\r \\t \\u{{4e2d}}",
            "反斜杠写作 \\\\；可用的有 \\\" \\\\ \\n \\r \\t \\u{{4e2d}}"
        ))
        .unsafe_fix(
            say!("double the backslash", "写两个反斜杠"),
            vec![crate::diag::Edit {
                span: Span::new(self.source, start + bad.start, start + bad.start),
                text: "\\".to_owned(),
            }],
        );
        self.diagnostics.push(found);
        Err(Rejected)
    }

    fn literal(&mut self, node: Node<'_>) -> Built<ast::Literal> {
        let span = self.span(node);
        let kind = match node.kind() {
            Kind::Literal => {
                let inner = node.children().last();
                let inner = inner.map(|inner| self.literal(inner)).transpose()?;
                match inner.map(|inner| inner.kind) {
                    Some(ast::LiteralKind::Number(number)) => {
                        ast::LiteralKind::Number(negated(number))
                    }
                    _ => {
                        return self.reject(
                            node,
                            Code::SyntaxError,
                            say!(
                                "a minus sign before something that is no number",
                                "负号后面不是数字"
                            ),
                            say!("remove the minus sign", "去掉负号"),
                        );
                    }
                }
            }
            Kind::Word => ast::LiteralKind::Word(self.spelling(&literal::name(node.text()).0)),
            _ => self.literal_kind(node)?,
        };
        Ok(ast::Literal { kind, span })
    }

    /// A token that is a value.
    fn literal_kind(&mut self, node: Node<'_>) -> Built<ast::LiteralKind> {
        let written = node.text();
        let read = match node.kind() {
            Kind::Text => Some(ast::LiteralKind::Text(self.text_value(node)?)),
            Kind::Number => literal::number(written).map(ast::LiteralKind::Number),
            Kind::Percent => literal::percent(written).map(ast::LiteralKind::Percent),
            Kind::Bool => Some(ast::LiteralKind::Bool(matches!(written, "true" | "真"))),
            Kind::Date => literal::date(written).map(ast::LiteralKind::Date),
            Kind::Datetime => literal::datetime(written).map(ast::LiteralKind::Datetime),
            Kind::Duration => literal::duration(written).map(ast::LiteralKind::Duration),
            Kind::DurationAgo => literal::duration_ago(written).map(ast::LiteralKind::Ago),
            Kind::Period => literal::period(written).map(ast::LiteralKind::Period),
            _ => None,
        };
        match read {
            Some(kind) => Ok(kind),
            None => self.bad_value(node),
        }
    }

    /// A value that looks right but is none: 2026-02-30, 99999999999d.
    fn bad_value<T>(&mut self, node: Node<'_>) -> Built<T> {
        let written: String = node
            .text()
            .chars()
            .take(super::limit::SHOWN_CHARS)
            .collect();
        let help = match node.kind() {
            Kind::Date | Kind::Datetime => say!("write a day that exists", "请写存在的日期"),
            Kind::Clock => say!(
                "write a time from 00:00 to 24:00",
                "请写 00:00 到 24:00 之间的时间"
            ),
            _ => say!("write a smaller number", "请写小一些的数"),
        };
        self.reject(
            node,
            Code::BadValue,
            say!("`{written}` does not exist", "没有 `{written}`"),
            help,
        )
    }

    fn literals(&mut self, node: Node<'_>) -> Built<Vec<ast::Literal>> {
        let mut found = Vec::new();
        for child in node.children().filter(is_meaningful) {
            found.push(self.literal(child)?);
        }
        Ok(found)
    }

    fn duration(&mut self, node: Node<'_>) -> Built<crate::value::Duration> {
        let read = match node.kind() {
            Kind::DurationAgo => literal::duration_ago(node.text()),
            _ => literal::duration(node.text()),
        };
        match read {
            Some(duration) => Ok(duration),
            None => self.bad_value(node),
        }
    }

    fn number(&mut self, node: Node<'_>) -> Built<crate::value::Number> {
        let read = match node.kind() {
            Kind::Percent => literal::percent(node.text()),
            _ => literal::number(node.text()),
        };
        match read {
            Some(number) => Ok(number),
            None => self.bad_value(node),
        }
    }

    /// A whole number below a node.
    fn whole_in(&mut self, node: Node<'_>) -> Built<u64> {
        let number = self.child(node, Kind::Number)?;
        match literal::whole(number.text()) {
            Some(whole) => Ok(whole),
            None => self.reject(
                number,
                Code::BadValue,
                say!("not a whole number", "不是整数"),
                say!("write a whole number", "请写整数"),
            ),
        }
    }
}

/// The opposite number.
fn negated(number: crate::value::Number) -> crate::value::Number {
    crate::value::Number::new(-number.digits, number.scale)
}

/// Whether a node is neither a comment nor a sign.
fn is_meaningful(node: &Node<'_>) -> bool {
    !matches!(
        node.kind(),
        Kind::Comment
            | Kind::Space
            | Kind::OpenParen
            | Kind::CloseParen
            | Kind::OpenBrace
            | Kind::CloseBrace
            | Kind::Comma
            | Kind::Colon
            | Kind::Semicolon
    )
}

/// The `##` comments that stand directly above a place, as one text.
fn doc_above(text: &str, at: usize) -> Option<Arc<str>> {
    let mut lines = Vec::new();
    let before = text.get(..at)?;
    // What stands before the item on its own line is only white space.
    let mut rest = before.trim_end_matches([' ', '\t', '\u{3000}']);
    while let Some(above) = rest.strip_suffix('\n') {
        let above = above.strip_suffix('\r').unwrap_or(above);
        let start = above.rfind('\n').map_or(0, |at| at + 1);
        let line = above.get(start..)?.trim();
        let Some(said) = line
            .strip_prefix("##")
            .or_else(|| line.strip_prefix("＃＃"))
        else {
            // `# allow: …` may stand between the doc comment and its item.
            if line.starts_with('#') && lines.is_empty() {
                rest = above.get(..start)?;
                continue;
            }
            break;
        };
        lines.push(said.trim_start_matches('#').trim());
        rest = above.get(..start)?;
    }
    lines.reverse();
    (!lines.is_empty()).then(|| Arc::from(lines.join("\n")))
}
