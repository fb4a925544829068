//! Turns the text of one item, field or clause into entries of a [`Tree`], by the grammar.
//!
//! Invariants: entries are appended only when the whole text parses; comments at the end of a
//! node belong to the node around it; a node that only wraps one other node is left out.

use super::grammar::{Grammar, Rule};
use super::kind::{Kind, with_kinds};
use super::lex::line_length;
use super::tree::{Entry, Tree, offset};
use pest::error::{ErrorVariant, InputLocation};
use pest::{Parser, Token};
use std::ops::Range;

/// What a stretch of text is read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Whole {
    Item,
    Field,
    Clause,
    Expression,
}

/// Why a text did not parse: the farthest place reached and what could have stood there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) expected: Vec<Kind>,
}

/// Parses a stretch of the tree's text and appends what it finds.
pub(super) fn text_to_tree(
    tree: &mut Tree,
    range: Range<usize>,
    whole: Whole,
) -> Result<(), Failure> {
    let rule = match whole {
        Whole::Item => Rule::lone_item,
        Whole::Field => Rule::lone_field,
        Whole::Clause => Rule::lone_clause,
        Whole::Expression => Rule::lone_expr,
    };
    let text = std::sync::Arc::clone(&tree.text);
    let part = text.get(range.clone()).unwrap_or("");
    let pairs = Grammar::parse(rule, part).map_err(|error| failure(&error, range.start))?;
    let mut growth = Growth {
        text: part,
        base: range.start,
        cursor: 0,
        entries: Vec::new(),
        dropped: Vec::new(),
        open: Vec::new(),
    };
    for token in pairs.tokens() {
        match token {
            Token::Start { rule, pos } => growth.start(rule, pos.pos()),
            Token::End { rule, pos } => growth.end(rule, pos.pos()),
        }
    }
    growth.signs(part.len());
    growth.append_to(tree);
    Ok(())
}

fn failure(error: &pest::error::Error<Rule>, base: usize) -> Failure {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            positives.iter().filter_map(|&rule| kind_of(rule)).collect()
        }
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    Failure {
        at: base + at,
        expected,
    }
}

macro_rules! define_kind_of {
    ($($rule:ident $kind:ident,)*) => {
        /// The kind of a rule; rules that leave no trace have none.
        fn kind_of(rule: Rule) -> Option<Kind> {
            match rule {
                $(Rule::$rule => Some(Kind::$kind),)*
                _ => None,
            }
        }
    };
}
with_kinds!(define_kind_of);

/// Nodes that say nothing when they hold one other node.
fn is_wrapper(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::OrExpr
            | Kind::AndExpr
            | Kind::NotExpr
            | Kind::Comparison
            | Kind::Sum
            | Kind::Product
            | Kind::Unary
            | Kind::Reference
            | Kind::Literal
            | Kind::RangeEnd
            | Kind::SetEntry
            | Kind::TypeExpr
    )
}

/// The entries of one parse while they grow; offsets are within the parsed text until the end.
struct Growth<'t> {
    text: &'t str,
    base: usize,
    cursor: usize,
    entries: Vec<Entry>,
    /// Which entries the last pass leaves out.
    dropped: Vec<bool>,
    open: Vec<usize>,
}

impl Growth<'_> {
    fn start(&mut self, rule: Rule, at: usize) {
        let Some(kind) = kind_of(rule) else { return };
        self.signs(at);
        self.open.push(self.entries.len());
        self.push(kind, at, at);
    }

    fn end(&mut self, rule: Rule, at: usize) {
        if kind_of(rule).is_none() {
            return;
        }
        let Some(node) = self.open.pop() else { return };
        if node + 1 == self.entries.len() && self.is_leaf(node) {
            self.cursor = at;
            self.close(node, at, node + 1);
            return;
        }
        self.signs(at);
        let is_comment = |entry: &Entry| entry.kind == Kind::Comment;
        let mut last = self.entries.len();
        while last > node + 1 && self.entries.get(last - 1).is_some_and(is_comment) {
            last -= 1;
        }
        let end = self
            .entries
            .get(last - 1)
            .map_or(at, |entry| entry.end as usize);
        self.close(node, end, last);
        self.unwrap(node);
    }

    /// A token rule has no signs of its own: its whole text is the token.
    fn is_leaf(&self, node: usize) -> bool {
        self.entries
            .get(node)
            .is_some_and(|entry| !may_be_empty(entry.kind))
    }

    fn close(&mut self, node: usize, end: usize, next: usize) {
        if let Some(entry) = self.entries.get_mut(node) {
            entry.end = offset(end);
            entry.next = offset(next);
        }
    }

    /// Leaves a wrapper out when it holds exactly one other node.
    fn unwrap(&mut self, node: usize) {
        let (Some(outer), Some(inner)) = (self.entries.get(node), self.entries.get(node + 1))
        else {
            return;
        };
        if is_wrapper(outer.kind)
            && inner.next == outer.next
            && let Some(dropped) = self.dropped.get_mut(node)
        {
            *dropped = true;
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = offset(self.entries.len() + 1);
        self.entries.push(Entry {
            kind,
            start: offset(start),
            end: offset(end),
            next,
        });
        self.dropped.push(false);
    }

    /// Adds the signs and comments between the last token and a place.
    fn signs(&mut self, to: usize) {
        let gap = self.text.get(self.cursor..to).unwrap_or("");
        let mut comment_end = 0;
        for (at, character) in gap.char_indices() {
            if at < comment_end {
                continue;
            }
            let mut length = character.len_utf8();
            let kind = match character {
                ' ' | '\n' => continue,
                '(' | '（' => Kind::OpenParen,
                ')' | '）' => Kind::CloseParen,
                '{' | '｛' => Kind::OpenBrace,
                '}' | '｝' => Kind::CloseBrace,
                ',' | '，' | '、' => Kind::Comma,
                ':' | '：' => Kind::Colon,
                ';' | '；' => Kind::Semicolon,
                '#' | '＃' => {
                    length = line_length(gap.get(at..).unwrap_or(""));
                    comment_end = at + length;
                    Kind::Comment
                }
                _ => continue,
            };
            let start = self.cursor + at;
            self.push(kind, start, start + length);
        }
        self.cursor = self.cursor.max(to);
    }

    /// Moves the entries that stay to the tree.
    fn append_to(self, tree: &mut Tree) {
        let first = tree.entries.len();
        let mut kept_before = Vec::with_capacity(self.entries.len() + 1);
        let mut kept = 0u32;
        for is_dropped in &self.dropped {
            kept_before.push(kept);
            kept += u32::from(!is_dropped);
        }
        kept_before.push(kept);
        tree.entries.reserve(kept as usize);
        let entries = self.entries.iter().zip(&self.dropped);
        for (entry, _) in entries.filter(|(_, is_dropped)| !**is_dropped) {
            let next = kept_before
                .get(entry.next as usize)
                .copied()
                .unwrap_or(kept);
            tree.entries.push(Entry {
                kind: entry.kind,
                start: entry.start + offset(self.base),
                end: entry.end + offset(self.base),
                next: next + offset(first),
            });
        }
    }
}

/// Nodes that may hold nothing but signs, `()` and `{}`.
fn may_be_empty(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SetList | Kind::Arguments | Kind::Literals | Kind::PlatformBlock
    )
}
