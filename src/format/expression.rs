//! Turns expressions and other runs of tokens into lines: flat when they fit, else broken at `or`,
//! `and`, parentheses and commas.
//!
//! Invariants: what holds a comment or a text of several lines is never flat.

use super::row::{Rows, fits, width};
use super::{STEP, WIDTH, token};
use crate::syntax::{Kind, Node};

/// A node on one line, if it fits and holds no comment.
pub(super) fn flat(node: Node<'_>, most: usize) -> Option<String> {
    let mut line = Flat {
        text: String::new(),
        before: None,
        most,
    };
    line.node(node)?;
    Some(line.text)
}

struct Flat {
    text: String,
    before: Option<(Kind, Kind)>,
    most: usize,
}

impl Flat {
    fn node(&mut self, node: Node<'_>) -> Option<()> {
        let mut children = node.children().peekable();
        while let Some(child) = children.next() {
            let is_last_comma = child.kind() == Kind::Comma
                && children.peek().is_some_and(|next| {
                    next.kind() == Kind::CloseParen || next.kind() == Kind::CloseBrace
                });
            if is_last_comma {
                continue;
            }
            match child.is_token() {
                true => self.token(child, node.kind())?,
                false => self.node(child)?,
            }
        }
        if node.is_token() {
            self.token(node, node.kind())?;
        }
        Some(())
    }

    fn token(&mut self, token: Node<'_>, parent: Kind) -> Option<()> {
        if token.kind() == Kind::Comment
            || token.text().contains('\n') && token.kind() == Kind::Text
        {
            return None;
        }
        let written = token::written(token.kind(), token.text());
        if let Some(before) = self.before
            && has_space(before, (token.kind(), parent))
        {
            self.text.push(' ');
        }
        self.text.push_str(&written);
        self.before = Some((token.kind(), parent));
        fits(&self.text, self.most).then_some(())
    }
}

/// Whether a space stands between two tokens, each given with the node it belongs to.
pub(super) fn has_space(before: (Kind, Kind), after: (Kind, Kind)) -> bool {
    let joins_after = match before.0 {
        Kind::OpenParen | Kind::Dot | Kind::Negation | Kind::RangeOp => true,
        Kind::Minus => matches!(before.1, Kind::Unary | Kind::Literal),
        _ => false,
    };
    let joins_before = match after.0 {
        Kind::CloseParen | Kind::Comma | Kind::Colon | Kind::Semicolon | Kind::Dot => true,
        // An open range starts with its dots.
        Kind::RangeOp => {
            !matches!(before.0, Kind::Comma | Kind::KwIn | Kind::KwNumberType)
                && before.1 != Kind::Places
        }
        Kind::OpenParen => matches!(after.1, Kind::Arguments | Kind::Places),
        _ => false,
    };
    !joins_after && !joins_before
}

/// Writes a node at the end of the open line, broken when it does not fit; `indent` is where its
/// lines start.
pub(super) fn print(rows: &mut Rows<'_>, node: Node<'_>, indent: usize) {
    print_below(rows, node, indent, node.kind());
}

fn print_below(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, parent: Kind) {
    if node.kind() == Kind::Comment {
        return rows.comment(node, indent);
    }
    let room = WIDTH.saturating_sub(rows.column() + 1);
    if let Some(text) = flat(node, room) {
        space_before(rows, node, parent);
        return rows.push(&text, node);
    }
    if node.is_token() {
        space_before(rows, node, parent);
        return rows.push(&token::written(node.kind(), node.text()), node);
    }
    match node.kind() {
        Kind::OrExpr | Kind::AndExpr => chain(rows, node, indent),
        Kind::Group | Kind::SetList | Kind::Arguments | Kind::Literals | Kind::Counted => {
            brackets(rows, node, indent)
        }
        _ => {
            for child in node.children() {
                print_below(rows, child, indent, node.kind());
            }
        }
    }
}

/// A space before a token, where one belongs.
fn space_before(rows: &mut Rows<'_>, node: Node<'_>, parent: Kind) {
    let first = edge_token(node, parent, |node| node.children().next());
    if rows.before().is_none_or(|before| has_space(before, first)) {
        rows.space();
    }
    let last = edge_token(node, parent, |node| node.children().last());
    rows.set_before(Some(last));
}

/// The first or last token of a node, with the node it belongs to.
fn edge_token<'t>(
    node: Node<'t>,
    parent: Kind,
    step: impl Fn(Node<'t>) -> Option<Node<'t>>,
) -> (Kind, Kind) {
    let (mut node, mut parent) = (node, parent);
    while let Some(child) = step(node) {
        (node, parent) = (child, node.kind());
    }
    (node.kind(), parent)
}

/// `a or b or c`, each operator at the start of a line.
fn chain(rows: &mut Rows<'_>, node: Node<'_>, indent: usize) {
    for child in node.children() {
        if matches!(child.kind(), Kind::KwOr | Kind::KwAnd) {
            rows.start(indent);
            rows.push(&token::written(child.kind(), child.text()), child);
            rows.set_before(None);
            continue;
        }
        // An `and` chain below an `or` stands deeper than the `or`s.
        let deeper = if child.kind() == Kind::AndExpr {
            indent + STEP
        } else {
            indent
        };
        print_below(rows, child, deeper, node.kind());
    }
}

/// Parentheses over several lines: entries filled up for lists, one a line for conditions.
fn brackets(rows: &mut Rows<'_>, node: Node<'_>, indent: usize) {
    let is_filled = node.kind() == Kind::SetList || node.kind() == Kind::Literals;
    let mut is_inside = false;
    let mut children = node.children().peekable();
    while let Some(child) = children.next() {
        match child.kind() {
            Kind::OpenParen => {
                print_below(rows, child, indent, node.kind());
                rows.start(indent + STEP);
                is_inside = true;
            }
            Kind::CloseParen => {
                rows.start(indent);
                rows.set_before(None);
                print_below(rows, child, indent, node.kind());
                is_inside = false;
            }
            Kind::Comma => {
                let closes = |next: &Node<'_>| next.kind() == Kind::CloseParen;
                if !children.peek().is_some_and(closes) {
                    rows.push(",", child);
                }
                if !is_filled {
                    rows.end_after_comment(indent + STEP, children.peek().copied());
                }
            }
            _ if is_inside && is_filled && child.kind() != Kind::Comment => {
                let needed = flat(child, WIDTH).map_or(WIDTH, |text| width(&text));
                if rows.column() + needed + 2 > WIDTH && !rows.is_empty_line() {
                    rows.start(indent + STEP);
                }
                print_below(rows, child, indent + STEP, node.kind());
            }
            _ => {
                let deeper = if is_inside { indent + STEP } else { indent };
                print_below(rows, child, deeper, node.kind());
            }
        }
    }
}
