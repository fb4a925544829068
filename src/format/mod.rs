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
use row::Rows;

/// How wide a line may be, in columns of a terminal.
const WIDTH: usize = 100;
/// How much deeper the inside of a block stands.
const STEP: usize = 2;

/// Lays a rule file out.
///
/// ```
/// use segrule::source::SourceId;
/// let parsed = segrule::syntax::parse(SourceId(0), "segment  a=年龄＞＝１８   且 vip # why");
/// assert_eq!(segrule::format::format_file(&parsed), "segment a = 年龄 >= 18 且 vip  # why\n");
/// ```
pub fn format_file(parsed: &Parsed) -> String {
    let text = parsed.tree.text();
    let mut rows = Rows::new(text);
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
            _ => line(&mut rows, root),
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
    let before = parse(SourceId(0), text);
    let formatted = format_file(&before);
    proof::same(&before, &parse(SourceId(0), &formatted))?;
    Ok(formatted)
}

/// The same for a file that is parsed already, with the result parsed. What came out the last time,
/// when the text was another, saves work.
///
/// # Errors
/// As [`format_checked`].
pub fn format_parsed(before: &Parsed, last: Option<Parsed>) -> Result<Parsed, FormatError> {
    let formatted = format_file(before);
    let after = match last {
        Some(last) => parse_again(last, SourceId(0), &formatted),
        None => parse(SourceId(0), &formatted),
    };
    proof::same(before, &after)?;
    Ok(after)
}
