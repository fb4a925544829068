//! Turns schemas, tests, platforms and campaigns into lines: one entry a line, in columns.
//!
//! Invariants: `source` stays on the line of the statement it speaks of.

use super::expression::{flat, print};
use super::row::{Rows, width};
use super::{STEP, WIDTH, token};
use crate::syntax::{Kind, Node};

/// Options of a field start at the next multiple of this many columns after its type's start.
const OPTION_COLUMNS: usize = 18;
/// How wide the first word of a clause is.
const CLAUSE_COLUMNS: usize = 8;
/// How wide the first word of a message part is.
const PART_COLUMNS: usize = 6;

/// An item with a block.
pub(super) fn item(rows: &mut Rows<'_>, item: Node<'_>) {
    let least = rows.new_block(0);
    let widest = item
        .children()
        .filter_map(field_name)
        .map(|name| width(&name))
        .max()
        .unwrap_or(0);
    if item.kind() == Kind::SchemaItem {
        rows.new_block(comment_column(item, widest));
    }
    block(rows, item, 0, widest);
    rows.new_block(least);
}

/// The parts of a node up to its brace, then its entries, one a line.
fn block(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, widest: usize) {
    let mut is_inside = false;
    let mut is_apart = true;
    for child in node.children() {
        match child.kind() {
            Kind::OpenBrace => {
                print(rows, child, indent);
                rows.set_before(None);
                is_inside = true;
            }
            Kind::CloseBrace => {
                rows.start(indent);
                rows.push("}", child);
                is_inside = false;
            }
            Kind::PlatformBlock => block(rows, child, indent, widest),
            Kind::Comment if is_inside => {
                rows.keep_blank_line(child.range().start);
                rows.comment(child, indent + STEP);
            }
            Kind::Semicolon => {
                is_apart = true;
                rows.saw(child.range().end);
            }
            Kind::SourceNote
                if is_inside && !is_apart && !rows.breaks_before(child.range().start) =>
            {
                print(rows, child, indent + STEP);
            }
            _ if is_inside => {
                if !rows.is_first_in_block() {
                    rows.keep_blank_line(child.range().start);
                }
                rows.start(indent + STEP);
                entry(rows, child, indent + STEP, widest);
                is_apart = false;
            }
            _ => print(rows, child, indent + STEP),
        }
    }
}

/// One entry of a block on the line just started.
fn entry(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, widest: usize) {
    match node.kind() {
        Kind::Field => field(rows, node, indent, widest),
        Kind::Tier | Kind::MessageKind => inner_block(rows, node, indent, widest),
        Kind::Message => block(rows, node, indent, widest),
        Kind::PartText | Kind::PartCount | Kind::PartLinks => {
            columns(rows, node, indent, PART_COLUMNS)
        }
        Kind::TestCase | Kind::Cap | Kind::NowEntry | Kind::ZoneEntry => print(rows, node, indent),
        kind if is_clause(kind) => columns(rows, node, indent, CLAUSE_COLUMNS),
        _ => print(rows, node, indent),
    }
}

fn is_clause(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::UsePlatform
            | Kind::Audience
            | Kind::Exclude
            | Kind::Forbid
            | Kind::Start
            | Kind::Until
            | Kind::Hours
            | Kind::Order
            | Kind::Prefer
            | Kind::Defer
            | Kind::OverLimit
            | Kind::Batch
            | Kind::Sends
            | Kind::Rotate
            | Kind::Slow
            | Kind::AtMost
            | Kind::Split
            | Kind::Budget
    )
}

/// The first word padded, then the rest.
fn columns(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, columns: usize) {
    let mut children = node.children();
    if let Some(first) = children.next() {
        print(rows, first, indent);
        rows.pad(indent + columns + 1);
    }
    for child in children {
        print(rows, child, indent + STEP);
    }
}

/// Limits of a tier or message type: on one line when they fit.
fn inner_block(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, widest: usize) {
    let room = WIDTH.saturating_sub(rows.column());
    match inline(node).filter(|text| width(text) <= room) {
        Some(text) => rows.push(&text, node),
        None => block(rows, node, indent, widest),
    }
}

/// `message text { length 2048 chars; links external 1 }`
fn inline(node: Node<'_>) -> Option<String> {
    let mut out = String::new();
    let head: Vec<Node<'_>> = node
        .children()
        .filter(|child| child.kind() != Kind::PlatformBlock)
        .collect();
    for child in head {
        out.push_str(&flat(child, WIDTH)?);
        out.push(' ');
    }
    let block = node.child(Kind::PlatformBlock)?;
    let mut entries: Vec<String> = Vec::new();
    for child in block.children() {
        match child.kind() {
            Kind::OpenBrace | Kind::CloseBrace | Kind::Semicolon => {}
            // Notes of single figures are read better on lines of their own.
            Kind::SourceNote | Kind::Comment | Kind::Tier | Kind::MessageKind => return None,
            _ => entries.push(flat(child, WIDTH)?),
        }
    }
    out.push_str(&match entries.is_empty() {
        true => "{ }".to_owned(),
        false => format!("{{ {} }}", entries.join("; ")),
    });
    Some(out)
}

/// `name:` of a field.
fn field_name(node: Node<'_>) -> Option<String> {
    let path = (node.kind() == Kind::Field)
        .then(|| node.child(Kind::Path))
        .flatten()?;
    Some(format!("{}:", flat(path, WIDTH)?))
}

fn is_option(kind: Kind) -> bool {
    matches!(kind, Kind::Aka | Kind::MissingWhen | Kind::Optional)
}

/// Where options start, counted from the start of the types.
fn option_column(node: Node<'_>) -> Option<usize> {
    node.children().find(|child| is_option(child.kind()))?;
    let is_type = |child: &Node<'_>| {
        !is_option(child.kind())
            && !matches!(child.kind(), Kind::Path | Kind::Colon | Kind::Comment)
    };
    let kind = node.children().find(is_type)?;
    let needed = width(&flat(kind, WIDTH)?) + 2;
    Some(needed.div_ceil(OPTION_COLUMNS) * OPTION_COLUMNS)
}

/// Comments of a schema stand no further left than its last column of options.
fn comment_column(item: Node<'_>, widest: usize) -> usize {
    let options = item
        .children()
        .filter(|child| child.kind() == Kind::Field)
        .filter_map(option_column);
    STEP + widest + 1 + options.max().unwrap_or(0)
}

/// A field in columns: name, type, options.
fn field(rows: &mut Rows<'_>, node: Node<'_>, indent: usize, widest: usize) {
    let start = indent + widest + 1;
    let mut options = option_column(node).map(|column| start + column);
    for child in node.children() {
        match child.kind() {
            Kind::Path => print(rows, child, indent),
            Kind::Colon => {
                rows.push(&token::written(child.kind(), child.text()), child);
                rows.pad(start);
            }
            kind if is_option(kind) => {
                if let Some(column) = options.take().filter(|_| !rows.is_empty_line()) {
                    rows.pad(column.max(rows.column() + 2));
                }
                print(rows, child, indent + STEP);
            }
            _ => print(rows, child, indent + STEP),
        }
    }
}
