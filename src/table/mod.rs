//! Rows of contacts in columns: what readers hand to evaluators.
//!
//! Invariants: every column of a chunk has `rows` rows; a cell is a value, missing or invalid, never
//! two of them; codes 0 and 1 of a coded column mean missing and invalid, codes from 2 on are entries
//! of its dictionary; a dictionary only ever grows, so a code never changes its meaning.

mod bitmap;
mod build;
mod cell;
mod packed;
mod profile;
mod texts;

pub use bitmap::Bitmap;
pub(crate) use packed::{Code, counts_into};
pub use packed::{CodeVec, NumberVec};
pub use profile::{Bucket, FieldProfile, FieldTally, MOST_VALUES, Spread};
pub use texts::{EvenTexts, TextColumn};

use crate::value::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A run of contacts that could be read, in file order.
#[derive(Clone, Debug, Default)]
pub struct Chunk {
    /// How many contacts.
    pub rows: usize,
    /// The record number of each contact within the run's input, from 0, rejected records counted.
    pub records: RecordNumbers,
    /// The ids, when the projection asked for them (or a rule reads them).
    pub ids: TextColumn,
    /// The fields asked for, in the projection's order.
    pub columns: Vec<Column>,
    /// Rows rejected after decoding because their id was seen before; empty (no words) when none is.
    /// They are no contacts: evaluators leave them out of every answer.
    pub duplicates: Bitmap,
}

/// Record numbers of the rows of a chunk: consecutive unless records were rejected.
#[derive(Clone, Debug, Default)]
pub struct RecordNumbers {
    /// Number of the first record.
    pub first: u64,
    /// When not consecutive: the number of each row.
    pub each: Option<Vec<u64>>,
}

impl RecordNumbers {
    /// The record number of a row.
    pub fn of(&self, row: usize) -> u64 {
        match &self.each {
            Some(each) => each.get(row).copied().unwrap_or(u64::MAX),
            None => self.first + row as u64,
        }
    }
}

/// The cells of one field.
#[derive(Clone, Debug)]
pub enum Column {
    /// bool, int, decimal, float, date, datetime.
    Number(NumberColumn),
    /// text, one of, region, version: coded by distinct spelling.
    Coded(CodedColumn),
    /// list of anything.
    List(ListColumn),
    /// The id as a field that rules read.
    Text(TextColumn),
    /// A column that the data lacks: every cell is missing.
    Absent,
}

/// Numbers: ints as they are, decimals in units, floats as order-preserving keys, bools as 0 and 1,
/// dates as days and datetimes as milliseconds since 1970.
#[derive(Clone, Debug, Default)]
pub struct NumberColumn {
    /// The value of each row; where there is none, 0 as readers make it, and anything once packed.
    pub values: NumberVec,
    /// Rows that hold a value.
    pub present: Bitmap,
    /// Rows whose cell is invalid; empty (no words) when none is.
    pub invalid: Bitmap,
}

/// Texts by dictionary code.
#[derive(Clone, Debug)]
pub struct CodedColumn {
    /// One code a row.
    pub codes: CodeVec,
    /// What the codes mean. May hold more entries than this chunk uses.
    pub dictionary: Arc<Dictionary>,
}

/// Lists of dictionary codes. A list without elements is missing.
#[derive(Clone, Debug)]
pub struct ListColumn {
    /// Where each row's codes start in `codes`; one more than rows.
    pub offsets: Vec<u32>,
    /// Codes of all elements, from 2 on.
    pub codes: CodeVec,
    /// Rows whose cell is invalid; empty (no words) when none is. Their list is empty.
    pub invalid: Bitmap,
    /// What the codes mean.
    pub dictionary: Arc<Dictionary>,
}

/// The code of a missing cell.
pub const MISSING: u32 = 0;
/// The code of an invalid cell.
pub const INVALID: u32 = 1;
/// The code of the first dictionary entry.
pub const FIRST_ENTRY: u32 = 2;

/// The distinct values behind codes. Two spellings may share a value but have two codes.
#[derive(Clone, Debug)]
pub struct Dictionary {
    /// Tells dictionaries apart: truth tables are kept per identity and grow with the entries.
    pub identity: u64,
    /// The value of code `FIRST_ENTRY + index`.
    pub entries: Vec<Value>,
}

impl Dictionary {
    /// An empty dictionary with an identity of its own.
    pub fn new() -> Dictionary {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Dictionary {
            identity: NEXT.fetch_add(1, Ordering::Relaxed),
            entries: Vec::new(),
        }
    }

    /// The value of a code; missing and invalid for codes 0 and 1.
    pub fn value(&self, code: u32) -> Value {
        match code {
            MISSING => Value::Missing,
            INVALID => Value::Invalid,
            _ => self
                .entries
                .get((code - FIRST_ENTRY) as usize)
                .cloned()
                .unwrap_or(Value::Invalid),
        }
    }
}

impl Default for Dictionary {
    fn default() -> Dictionary {
        Dictionary::new()
    }
}

impl Column {
    /// The rows whose cell is invalid; `None` when there is none.
    pub fn invalid_rows(&self) -> Option<Bitmap> {
        match self {
            Column::Number(numbers) => {
                (!numbers.invalid.is_none()).then(|| numbers.invalid.clone())
            }
            Column::List(lists) => (!lists.invalid.is_none()).then(|| lists.invalid.clone()),
            Column::Coded(coded) => coded.codes.hold(INVALID).then(|| {
                Bitmap::from_fn(coded.codes.len(), |row| {
                    coded.codes.get(row) == Some(INVALID)
                })
            }),
            Column::Text(_) | Column::Absent => None,
        }
    }
}

impl Chunk {
    /// Takes the ids and the columns at some places out, in that order, each place named once: the
    /// same rows with only these.
    pub fn pick(&mut self, places: &[usize]) -> Chunk {
        let picked = places
            .iter()
            .map(|place| match self.columns.get_mut(*place) {
                Some(column) => std::mem::replace(column, Column::Absent),
                None => Column::Absent,
            });
        Chunk {
            columns: picked.collect(),
            rows: self.rows,
            records: self.records.clone(),
            ids: std::mem::take(&mut self.ids),
            duplicates: self.duplicates.clone(),
        }
    }
}
