//! Turns a hierarchy's CSV text into the table of places.
//!
//! Invariants: every error names the line, from 1; no place is there twice; every place is reached
//! from the top.

mod layout;
mod record;

use super::Hierarchy;
use super::names::NameIndex;
use super::tree::{Text, codes, drafts_to_places};
use std::fmt;

/// More places are refused.
const MOST_PLACES: usize = 200_000;
/// Deeper hierarchies are refused.
const MOST_LEVELS: usize = 32;
/// Longer names are refused.
const LONGEST_NAME_BYTES: usize = super::spelling::LONGEST_SPELLING_BYTES;

/// Why a hierarchy cannot be loaded, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HierarchyError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong there.
    pub kind: HierarchyErrorKind,
}

/// What is wrong with a hierarchy's text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HierarchyErrorKind {
    /// There is a header at most.
    Empty,
    /// A quoted cell is never closed.
    OpenQuote,
    /// The row has another number of cells than the header.
    Ragged {
        /// Cells found.
        found: usize,
        /// Cells of the header.
        wanted: usize,
    },
    /// A header cell is blank or there twice.
    BadHeader(String),
    /// The row names no place, or leaves out a level above a place.
    Blank,
    /// The place was given before.
    Duplicate {
        /// The name or code.
        what: String,
        /// Where it was given first.
        first_line: u32,
    },
    /// No row has this parent.
    UnknownParent(String),
    /// The place lies within itself; the names along the way.
    Cycle(Vec<String>),
    /// A name is longer than 256 bytes.
    TooLong,
    /// More than 200,000 places.
    TooMany,
    /// More than 32 levels.
    TooDeep,
}

impl fmt::Display for HierarchyError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: ", self.line)?;
        match &self.kind {
            HierarchyErrorKind::Empty => write!(out, "no places"),
            HierarchyErrorKind::OpenQuote => write!(out, "the quote is never closed"),
            HierarchyErrorKind::Ragged { found, wanted } => {
                write!(out, "{found} cells where the header has {wanted}")
            }
            HierarchyErrorKind::BadHeader(cell) => {
                write!(out, "header cell `{cell}` is blank or there twice")
            }
            HierarchyErrorKind::Blank => write!(out, "a blank cell where a name must stand"),
            HierarchyErrorKind::Duplicate { what, first_line } => {
                write!(out, "`{what}` is there already, on line {first_line}")
            }
            HierarchyErrorKind::UnknownParent(parent) => {
                write!(out, "no place is called `{parent}`")
            }
            HierarchyErrorKind::Cycle(names) => {
                write!(out, "a place within itself: {}", names.join(" → "))
            }
            HierarchyErrorKind::TooLong => {
                write!(out, "a name longer than {LONGEST_NAME_BYTES} bytes")
            }
            HierarchyErrorKind::TooMany => write!(out, "more than {MOST_PLACES} places"),
            HierarchyErrorKind::TooDeep => write!(out, "more than {MOST_LEVELS} levels"),
        }
    }
}

impl std::error::Error for HierarchyError {}

fn error(line: u32, kind: HierarchyErrorKind) -> HierarchyError {
    HierarchyError { line, kind }
}

/// Reads either layout; see [`Hierarchy::from_csv`].
pub(super) fn text_to_hierarchy(name: &str, text: &str) -> Result<Hierarchy, HierarchyError> {
    let mut records = record::text_to_records(text)?;
    if records.len() < 2 {
        return Err(error(1, HierarchyErrorKind::Empty));
    }
    let rows = records.split_off(1);
    let header = records.pop().map(|record| record.cells).unwrap_or_default();
    let layout = layout::rows_to_layout(&header, &rows)?;
    let places = drafts_to_places(layout.drafts);
    let by_code = codes(&places);
    let mut names = NameIndex::new(&places);
    for (code, spelling) in layout.codes {
        if let Some(index) = by_code.get(&code.0) {
            names.add_code(Text::Owned(spelling), *index);
        }
    }
    for (code, alias) in layout.aliases {
        if let Some(index) = by_code.get(&code.0) {
            names.add_alias(Text::Owned(alias), *index);
        }
    }
    let level_names = layout.level_names;
    Ok(Hierarchy {
        name: name.to_owned(),
        level_names,
        is_china: false,
        places,
        by_code,
        names,
    })
}
