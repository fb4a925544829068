//! Turns a parsed rule file into its one layout.
//!
//! Invariants: tokens and comments keep their order; signs and digits become ASCII, keywords keep
//! their language; broken text is left as it is; formatting twice gives what formatting once gave.

mod block;
mod expression;
mod proof;
mod row;
mod token;

pub use proof::FormatError;

use crate::source::SourceId;
use crate::syntax::{Kind, Node, Parsed, parse, parse_again};
use foldhash::fast::FixedState;
use proof::Proved;
use row::{Row, Rows};
use std::collections::HashMap;

/// How wide a line may be, in columns of a terminal.
const WIDTH: usize = 100;
/// How much deeper the inside of a block stands.
const STEP: usize = 2;

/// The lines of items by their text.
type Lines = HashMap<Box<str>, Vec<Row>, FixedState>;

/// Lays a rule file out.
///
/// ```
/// use segrule::source::SourceId;
/// let parsed = segrule::syntax::parse(SourceId(0), "segment  a=年龄＞＝１８   且 vip # why");
/// assert_eq!(segrule::format::format_file(&parsed), "segment a = 年龄 >= 18 且 vip  # why\n");
/// ```
pub fn format_file(parsed: &Parsed) -> String {
    lay_out(parsed, &mut Lines::default())
}

/// Lays a file out; `known` tells the lines of items the last time, and now.
fn lay_out(parsed: &Parsed, known: &mut Lines) -> String {
    let mut last = std::mem::take(known);
    let mut rows = Rows::new(parsed.tree.text());
    for root in parsed.tree.roots() {
        rows.keep_blank_line(root.range().start);
        rows.set_before(None);
        if root.kind() != Kind::Comment {
            rows.start(0);
        }
        match root.kind() {
            Kind::Comment => rows.comment(root, 0),
            Kind::Broken => rows.verbatim(root),
            Kind::SchemaItem | Kind::TestItem | Kind::PlatformItem | Kind::CampaignItem => {
                block::item(&mut rows, root);
            }
            _ => {
                if let Some((text, lines)) = last.remove_entry(root.text()) {
                    known.insert(text, lines);
                }
                match known.get(root.text()) {
                    Some(lines) => rows.again(lines),
                    None => {
                        let first = rows.count();
                        line(&mut rows, root);
                        known.insert(root.text().into(), rows.since(first));
                    }
                }
            }
        }
        rows.end();
        rows.saw(root.range().end);
    }
    rows.finish()
}

/// An item without a block: on one line, else with what follows `=` below it.
fn line(rows: &mut Rows<'_>, item: Node<'_>) {
    if let Some(flat) = expression::flat(item, WIDTH) {
        return rows.push(&flat, item);
    }
    let mut is_body = false;
    for child in item.children() {
        if is_body && child.kind() != Kind::Comment {
            rows.end();
            rows.start(STEP);
            expression::print(rows, child, STEP);
            continue;
        }
        if child.kind() == Kind::Equals {
            is_body = item.kind() == Kind::SegmentItem;
        }
        expression::print(rows, child, STEP);
    }
}

/// Lays rule text out and proves that the result says the same and keeps every comment.
///
/// # Errors
/// The proof failed: the text must be left as it is. (It never should; the check runs each time so
/// that a mistake in the layout cannot change a rule.)
pub fn format_checked(text: &str) -> Result<String, FormatError> {
    let source = SourceId(0);
    Layout::default().of(source, &parse(source, text))
}

/// Lays a file out again and again while it changes, and remembers what stays.
#[derive(Debug, Default)]
pub struct Layout {
    /// What came out the last time it differed from what went in.
    last: Option<Parsed>,
    /// The lines of items by their text.
    lines: Lines,
    proved: Proved,
}

impl Layout {
    /// What [`format_checked`] gives for a file that was parsed as a source.
    ///
    /// # Errors
    /// As [`format_checked`].
    pub fn of(&mut self, source: SourceId, before: &Parsed) -> Result<String, FormatError> {
        let formatted = lay_out(before, &mut self.lines);
        if formatted != before.tree.text() {
            let last = self.last.take();
            let last = last.unwrap_or_else(|| before.clone());
            let after = parse_again(last, source, &formatted);
            proof::same(before, &after, &mut self.proved)?;
            self.last = Some(after);
        }
        Ok(formatted)
    }
}
