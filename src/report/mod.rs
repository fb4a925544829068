//! Turns results into text, JSON and the formats that other tools read.
//!
//! Invariants: JSON has a version and documented keys that stay the same in every language; nothing
//! here reads files, clocks or terminals; every text that comes from files is shown with control
//! characters escaped.

pub mod annotations;
pub mod compare;
pub mod count;
pub mod coverage;
pub mod deps;
pub mod diagnostics;
pub mod diff;
pub mod field;
pub mod funnel;
pub mod load;
mod markdown;
pub mod missing;
pub mod nearest;
pub mod patch;
pub mod people;
pub mod plan;
pub mod proof;
pub mod relations;
pub mod sarif;
pub mod tests;
pub mod verdict;

mod number;

pub use crate::value::grouped;

/// The English word that goes with a count.
///
/// ```
/// assert_eq!(segrule::report::plural(1, "file", "files"), "file");
/// ```
pub fn plural(count: u64, one: &'static str, several: &'static str) -> &'static str {
    if count == 1 { one } else { several }
}
pub use number::percent;

use serde::Serialize;

/// One JSON document and a line break.
pub fn to_json_line(document: &impl Serialize) -> String {
    // Serialising our own structures cannot fail: no maps with other keys than strings.
    serde_json::to_string(document).unwrap_or_default() + "\n"
}
