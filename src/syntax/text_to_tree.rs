//! Turns the text of one item, field or clause into entries of a [`Tree`], by the grammar.
//!
//! Invariants: entries are appended only when the whole text parses; comments at the end of a
//! node belong to the node around it; a node that only wraps one other node is left out. The grammar reads
//! expressions flat: what binds tighter is put together here.

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
    Items,
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
        Whole::Items => Rule::file,
        Whole::Item => Rule::lone_item,
        Whole::Field => Rule::lone_field,
        Whole::Clause => Rule::lone_clause,
        Whole::Expression => Rule::lone_expr,
    };
    let text = std::sync::Arc::clone(&tree.text);
    let part = text.get(range.clone()).unwrap_or("");
    let pairs = Grammar::parse(rule, part).map_err(|error| failure(&error, range.start))?;
    let mut growth = Growth::new(&text, &range);
    for token in pairs.tokens() {
        match token {
            Token::Start { rule, pos } => growth.start(rule, range.start + pos.pos()),
            Token::End { rule, pos } => growth.end(rule, range.start + pos.pos()),
        }
    }
    growth.signs(range.end);
    growth.append_to(tree);
    Ok(())
}

fn failure(error: &pest::error::Error<Rule>, base: usize) -> Failure {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let expected = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let kinds = positives.iter().filter_map(|&rule| match rule {
                Rule::further => Some(Kind::Unary),
                _ => kind_of(rule),
            });
            kinds.collect()
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
                Rule::subtract => Some(Kind::Minus),
                _ => None,
            }
        }
    };
}
with_kinds!(define_kind_of);

/// Nodes that say nothing when they hold one other node; they come into being when they are closed.
fn is_wrapper(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::OrExpr
            | Kind::NotExpr
            | Kind::Sum
            | Kind::Reference
            | Kind::Literal
            | Kind::SetEntry
            | Kind::TypeExpr
    )
}

/// A node that is not closed yet.
struct Open {
    kind: Kind,
    /// The place of its entry, or of its first one when it is a wrapper.
    at: usize,
    /// How many nodes stand directly below.
    children: usize,
    /// The first of its operators among [`Growth::operators`].
    operators: usize,
    /// The place after the value of a test.
    after_value: usize,
}

/// A node around entries that are there already.
struct Wrapper {
    kind: Kind,
    /// The first of them.
    at: usize,
    /// The place after the last.
    end: usize,
}

/// The entries of one parse while they grow, without wrappers: `next` counts none of them.
struct Growth<'t> {
    text: &'t str,
    cursor: usize,
    entries: Vec<Entry>,
    /// Of those that start at one place the inner ones first.
    wrappers: Vec<Wrapper>,
    open: Vec<Open>,
    /// Places of the signs and words that join what stands directly below an open node.
    operators: Vec<usize>,
}

impl<'t> Growth<'t> {
    fn new(text: &'t str, range: &Range<usize>) -> Growth<'t> {
        Growth {
            text,
            cursor: range.start,
            entries: Vec::with_capacity(range.len() / 4),
            wrappers: Vec::with_capacity(range.len() / 16),
            open: Vec::with_capacity(16),
            operators: Vec::with_capacity(16),
        }
    }

    fn start(&mut self, rule: Rule, at: usize) {
        let Some(kind) = kind_of(rule) else { return };
        self.signs(at);
        if let Some(parent) = self.open.last_mut() {
            parent.children += 1;
        }
        self.open.push(Open {
            kind,
            at: self.entries.len(),
            children: 0,
            operators: self.operators.len(),
            after_value: usize::MAX,
        });
        if !is_wrapper(kind) {
            self.push(kind, at, at);
        }
    }

    fn end(&mut self, rule: Rule, at: usize) {
        if kind_of(rule).is_none() {
            return;
        }
        let Some(node) = self.open.pop() else { return };
        if is_wrapper(node.kind) {
            self.signs(at);
            return self.end_wrapper(&node);
        }
        if node.at + 1 == self.entries.len() && !may_be_empty(node.kind) {
            self.cursor = at;
            self.close(node.at, at, node.at + 1);
            if self
                .open
                .last()
                .is_some_and(|parent| joins(parent.kind, rule))
            {
                self.operators.push(node.at);
            }
            return;
        }
        self.signs(at);
        let last = self.without_comments(node.at, self.entries.len());
        let end = self.end_before(last).unwrap_or(offset(at));
        self.close(node.at, end as usize, last);
    }

    fn end_wrapper(&mut self, node: &Open) {
        match node.kind {
            Kind::OrExpr => self.end_expression(node),
            Kind::NotExpr => self.end_test(node),
            Kind::Sum => {
                self.end_value(node);
                let end = self.entries.len();
                if let Some(test) = self.open.last_mut() {
                    test.after_value = end;
                }
            }
            _ if node.children > 1 => self.wrap(node.kind, node.at, self.entries.len()),
            _ => {}
        }
        self.operators.truncate(node.operators);
    }

    /// Puts tests together: `and` binds tighter than `or`.
    fn end_expression(&mut self, node: &Open) {
        let (mut from, mut has_and, mut has_or) = (node.at, false, false);
        for place in node.operators..self.operators.len() {
            let Some((at, kind)) = self.operator(place) else {
                continue;
            };
            if kind == Kind::KwAnd {
                has_and = true;
                continue;
            }
            if std::mem::take(&mut has_and) {
                self.wrap(Kind::AndExpr, from, at);
            }
            has_or = true;
            from = self.after_comments(at + 1);
        }
        let end = self.entries.len();
        if has_and {
            self.wrap(Kind::AndExpr, from, end);
        }
        if has_or {
            self.wrap(Kind::OrExpr, node.at, end);
        }
    }

    /// Puts a test together: what is asked about its value, and what stands before it.
    fn end_test(&mut self, node: &Open) {
        let end = self.entries.len();
        let mut from = node.at;
        while self.kind_at(from) == Some(Kind::KwNot) {
            from = self.after_comments(from + 1);
        }
        if self.without_comments(from, end) > node.after_value {
            self.wrap(Kind::Comparison, from, end);
        }
        if from > node.at {
            self.wrap(Kind::NotExpr, node.at, end);
        }
    }

    /// Puts a value together: minus signs bind tightest, then `*` and `/`, then `+` and `-`.
    fn end_value(&mut self, node: &Open) {
        let (mut from, mut product) = (node.at, node.at);
        let (mut has_times, mut has_plus) = (false, false);
        for place in node.operators..=self.operators.len() {
            let operator = self.operator(place);
            let end = operator.map_or(self.entries.len(), |(at, _)| at);
            if self.kind_at(from) == Some(Kind::Minus) {
                self.wrap(Kind::Unary, from, end);
            }
            from = self.after_comments(end + 1);
            if matches!(operator, Some((_, Kind::Times | Kind::Over))) {
                has_times = true;
                continue;
            }
            if std::mem::take(&mut has_times) {
                self.wrap(Kind::Product, product, end);
            }
            product = from;
            has_plus |= operator.is_some();
        }
        if has_plus {
            self.wrap(Kind::Sum, node.at, self.entries.len());
        }
    }

    /// An operator's place and kind.
    fn operator(&self, place: usize) -> Option<(usize, Kind)> {
        let at = *self.operators.get(place)?;
        Some((at, self.kind_at(at)?))
    }

    fn kind_at(&self, at: usize) -> Option<Kind> {
        self.entries.get(at).map(|entry| entry.kind)
    }

    /// Where the entry before a place ends in the text.
    fn end_before(&self, place: usize) -> Option<u32> {
        let entry = self.entries.get(place.checked_sub(1)?)?;
        Some(entry.end)
    }

    /// The first place from one on where no comment stands.
    fn after_comments(&self, mut at: usize) -> usize {
        while self.kind_at(at) == Some(Kind::Comment) {
            at += 1;
        }
        at
    }

    /// The end of a node that starts at a place, without the comments that trail it.
    fn without_comments(&self, at: usize, mut end: usize) -> usize {
        while end > at + 1 && self.kind_at(end - 1) == Some(Kind::Comment) {
            end -= 1;
        }
        end
    }

    fn wrap(&mut self, kind: Kind, at: usize, end: usize) {
        let end = self.without_comments(at, end);
        self.wrappers.push(Wrapper { kind, at, end });
    }

    fn close(&mut self, node: usize, end: usize, next: usize) {
        if let Some(entry) = self.entries.get_mut(node) {
            entry.end = offset(end);
            entry.next = offset(next);
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

    /// Moves the entries to the tree, each wrapper before what it holds.
    fn append_to(mut self, tree: &mut Tree) {
        self.wrappers.reverse();
        self.wrappers.sort_by_key(|wrapper| wrapper.at);
        tree.entries
            .reserve(self.entries.len() + self.wrappers.len());
        let mut wrappers = self.wrappers.iter().peekable();
        // Nodes whose last entry has not come yet: the place after it here, and their own in the tree.
        let mut open: Vec<(usize, usize)> = Vec::with_capacity(32);
        for (at, entry) in self.entries.iter().enumerate() {
            close_before(at, &mut open, tree);
            while let Some(wrapper) = wrappers.next_if(|wrapper| wrapper.at == at) {
                open.push((wrapper.end, tree.entries.len()));
                tree.entries.push(Entry {
                    kind: wrapper.kind,
                    start: entry.start,
                    end: self.end_before(wrapper.end).unwrap_or(entry.end),
                    next: 0,
                });
            }
            if entry.next as usize > at + 1 {
                open.push((entry.next as usize, tree.entries.len()));
            }
            let next = offset(tree.entries.len() + 1);
            tree.entries.push(Entry { next, ..*entry });
        }
        close_before(self.entries.len(), &mut open, tree);
    }
}

/// Closes the nodes that end before a place.
fn close_before(at: usize, open: &mut Vec<(usize, usize)>, tree: &mut Tree) {
    let next = offset(tree.entries.len());
    while let Some((_, node)) = open.pop_if(|(end, _)| *end <= at) {
        if let Some(entry) = tree.entries.get_mut(node) {
            entry.next = next;
        }
    }
}

/// Whether a token joins what stands directly below a node.
fn joins(parent: Kind, rule: Rule) -> bool {
    match rule {
        Rule::kw_and | Rule::kw_or => parent == Kind::OrExpr,
        Rule::plus | Rule::subtract | Rule::times | Rule::over => parent == Kind::Sum,
        _ => false,
    }
}

/// Nodes that may hold nothing but signs, `()` and `{}`.
fn may_be_empty(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::SetList | Kind::Arguments | Kind::Literals | Kind::PlatformBlock
    )
}
