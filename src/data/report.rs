//! What was odd about the data: rejected records, invalid cells, ignored columns.
//!
//! Nothing here repeats what a cell holds. For numbers and times the *shape* is kept: digits become
//! 9, letters a, and only the few characters that stand for units (岁, 年, 元 …) stay, so that people
//! see what is wrong (`99岁`) and learn nothing about a contact.

use super::write::NewFile;
use super::{DataError, DataErrorKind};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::name::{FieldId, Name};
use crate::say;
use crate::value::{Number, Share};
use indexmap::IndexMap;
use std::io::Write;
use std::path::Path;

/// What reading the data came to.
#[derive(Clone, Debug, Default)]
pub struct LoadReport {
    /// Contacts that could be read.
    pub contacts: u64,
    /// Records that are no contacts.
    pub rejected: u64,
    /// The first rejected records, at most [`LoadReport::MOST_REJECTS`], in file order.
    pub rejects: Vec<RejectedRecord>,
    /// How many records each reason rejected.
    pub reasons: IndexMap<RejectReason, u64>,
    /// Invalid cells by field.
    pub invalid: Vec<InvalidField>,
    /// Columns that the schema does not name.
    pub ignored: Vec<String>,
    /// Optional fields that the data lacks.
    pub absent: Vec<Name>,
    /// What people should know, in sentences.
    pub notes: Vec<Phrase>,
}

/// A rejected record with its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecord {
    /// The file's name.
    pub file: std::sync::Arc<str>,
    /// The line, or the row in Parquet, from 1.
    pub line: u64,
    /// Why.
    pub reason: RejectReason,
}

/// Invalid cells of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    /// The field.
    pub field: FieldId,
    /// Its name.
    pub name: Name,
    /// How many cells are invalid.
    pub count: u64,
    /// Shapes of the cells, most frequent first.
    pub samples: Vec<InvalidSample>,
}

/// Invalid cells that look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidSample {
    /// What they look like; empty when the field is no number or time.
    pub shape: String,
    /// How many there are.
    pub count: u64,
    /// The file of the first.
    pub file: std::sync::Arc<str>,
    /// The line of the first.
    pub line: u64,
}

/// A record that is no contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Its line in the file (its row in Parquet), from 1.
    pub line: u64,
    /// Why.
    pub reason: RejectReason,
}

/// Why a record is no contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RejectReason {
    /// It has another number of fields than the header.
    Ragged,
    /// A quote where none may stand.
    StrayQuote,
    /// A line that is no JSON object.
    BrokenJson,
    /// A JSON object that has a key twice.
    DuplicateKey,
    /// JSON nested deeper than the limit.
    TooDeep,
    /// A field longer than the limit, or more keys than the limit.
    TooLong,
    /// No id.
    MissingId,
    /// An id that cannot be read.
    InvalidId,
    /// An id such as 1.38E+10, which a spreadsheet wrote.
    SpreadsheetId,
    /// An id that an earlier contact has.
    DuplicateId,
}

impl RejectReason {
    /// The reason's name in reports and files.
    pub fn name(self) -> &'static str {
        match self {
            RejectReason::Ragged => "ragged",
            RejectReason::StrayQuote => "stray-quote",
            RejectReason::BrokenJson => "broken-json",
            RejectReason::DuplicateKey => "duplicate-key",
            RejectReason::TooDeep => "too-deep",
            RejectReason::TooLong => "too-long",
            RejectReason::MissingId => "missing-id",
            RejectReason::InvalidId => "invalid-id",
            RejectReason::SpreadsheetId => "spreadsheet-id",
            RejectReason::DuplicateId => "duplicate-id",
        }
    }

    /// The reason as a few words.
    pub fn phrase(self) -> Phrase {
        match self {
            RejectReason::Ragged => say!(
                "another number of fields than the header",
                "字段数与表头不同"
            ),
            RejectReason::StrayQuote => say!("a quote where none may stand", "引号位置不对"),
            RejectReason::BrokenJson => say!("not a JSON object", "不是 JSON 对象"),
            RejectReason::DuplicateKey => say!("a key twice", "键重复"),
            RejectReason::TooDeep => say!("nested too deeply", "嵌套过深"),
            RejectReason::TooLong => {
                say!("a field or a list of keys is too long", "字段过长或键过多")
            }
            RejectReason::MissingId => say!("no id", "没有 id"),
            RejectReason::InvalidId => say!("an id that cannot be read", "id 无法读取"),
            RejectReason::SpreadsheetId => say!(
                "an id that a spreadsheet such as Excel turned into a number like 1.38E+10",
                "id 被 Excel 等表格软件写成了 1.38E+10 这样的数字"
            ),
            RejectReason::DuplicateId => {
                say!("an id that an earlier contact has", "id 与前面的联系人重复")
            }
        }
    }
}

/// Invalid cells of one piece: how many, and what the first of each shape looks like.
#[derive(Clone, Debug, Default)]
pub struct InvalidCells {
    fields: IndexMap<FieldId, IndexMap<String, (u64, u64)>>,
}

/// Shapes kept a field; the rest is counted under the empty shape.
const MOST_SHAPES: usize = 16;

impl InvalidCells {
    /// Counts an invalid cell of a field at a line; the shape is empty for texts.
    pub fn add(&mut self, field: FieldId, line: u64, shape: &str) {
        self.add_many(field, line, shape, 1);
    }

    /// Counts several invalid cells of one shape, the first at a line.
    pub fn add_many(&mut self, field: FieldId, line: u64, shape: &str, count: u64) {
        let shapes = self.fields.entry(field).or_default();
        let shape = match shapes.len() < MOST_SHAPES || shapes.contains_key(shape) {
            true => shape,
            false => "",
        };
        match shapes.get_mut(shape) {
            Some(known) => known.0 += count,
            None => {
                shapes.insert(shape.to_string(), (count, line));
            }
        }
    }

    /// Field, shape, number of cells and line of the first.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &str, u64, u64)> {
        self.fields.iter().flat_map(|(field, shapes)| {
            let shapes = shapes.iter();
            shapes.map(|(shape, &(count, line))| (*field, &**shape, count, line))
        })
    }
}

/// What a cell looks like with everything personal taken out: `18岁` is `99岁`.
pub fn shape_of(text: &str) -> String {
    const LONGEST_SHAPE_CHARS: usize = 24;
    text.trim()
        .chars()
        .take(LONGEST_SHAPE_CHARS)
        .map(|character| match character {
            '０'..='９' => '9',
            '岁' | '年' | '月' | '日' | '号' | '时' | '分' | '秒' | '元' | '块' | '万' | '千'
            | '百' | '亿' | '个' | '次' | '天' | '周' | '％' | '￥' => character,
            other if other.is_numeric() => '9',
            other if other.is_alphabetic() => 'a',
            other if crate::diag::is_hidden(other) => '?',
            other => other,
        })
        .collect()
}

impl LoadReport {
    /// Rejected records kept in memory; more are only counted.
    pub const MOST_REJECTS: usize = 100_000;
}

/// Writes the rejected records to a CSV file: file, line, reason.
///
/// # Errors
/// The file cannot be written.
pub fn write_rejects(report: &LoadReport, path: &Path) -> Result<(), DataError> {
    // The list of an earlier run is replaced whole.
    let mut out = NewFile::create(path, true)?;
    let mut write = || -> std::io::Result<()> {
        writeln!(out, "file,line,reason")?;
        for reject in &report.rejects {
            let file = reject.file.replace('"', "\"\"");
            writeln!(out, "\"{file}\",{},{}", reject.line, reject.reason.name())?;
        }
        Ok(())
    };
    write().map_err(|error| DataError::io(path, &error))?;
    out.finish()
}

impl LoadReport {
    /// Fails when a larger share of the records was rejected than allowed.
    pub(super) fn check(&self, most: &Share) -> Result<(), DataError> {
        let (rejected, records) = (self.rejected, self.rejected + self.contacts);
        let share = Number::new(i128::from(rejected) * 100, 0);
        let percent = most.percent();
        let allowed = Number::new(percent.digits * i128::from(records), percent.scale);
        if share <= allowed {
            return Ok(());
        }
        let top = self.reasons.iter().max_by_key(|(_, count)| **count);
        let reason = top.map_or(Phrase::default(), |(reason, _)| reason.phrase());
        let (en, zh) = (reason.get(Lang::En), reason.get(Lang::Zh));
        let place = self.rejects.first().map_or(String::new(), |first| {
            format!("{}:{}", escape_controls(&first.file), first.line)
        });
        Err(DataError {
            kind: DataErrorKind::TooManyRejects,
            message: say!(
                "{rejected} of {records} records were rejected, more than {percent} % (the first at {place}; most often: {en}): mend the file, or raise --max-rejects",
                "{records} 条记录中有 {rejected} 条被拒收，超过 {percent} %（首条在 {place}；最常见原因：{zh}）：请修正文件，或调高 --max-rejects"
            ),
        })
    }
}
