//! Writes the members of an audience, one row a contact.

use super::cell::{CellWriter, Form, push_json, push_text};
use super::file::Target;
use super::ids;
use crate::data::Format;
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::say;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk};
use crate::value::Zone;
use std::io::Write;

/// Which columns are written, after the id or with it.
#[derive(Clone, Debug, Default)]
pub struct ColumnSet {
    /// The header of the id column, when ids are written.
    pub id: Option<String>,
    /// The fields, in the order of the chunk's columns, with the names they are written under.
    pub fields: Vec<(FieldId, String, Type)>,
}

impl ColumnSet {
    /// The id under its field's name and the fields given.
    pub fn new(schema: &Schema, fields: &[FieldId]) -> ColumnSet {
        let named = |id: &FieldId| {
            let field = schema.field(*id)?;
            Some((*id, field.name.to_string(), field.kind.clone()))
        };
        ColumnSet {
            id: Some(id_name(schema)),
            fields: fields.iter().filter_map(named).collect(),
        }
    }
}

/// What the id column is called.
pub(super) fn id_name(schema: &Schema) -> String {
    match schema.id {
        crate::schema::IdSource::Field(id) => schema
            .field(id)
            .map_or("id".to_string(), |field| field.name.to_string()),
        crate::schema::IdSource::Row => "id".to_string(),
    }
}

/// How rows are written.
#[derive(Clone, Debug)]
pub struct RowFormat {
    /// The file format.
    pub format: Format,
    /// Whether people open it in a spreadsheet: formulas are then guarded.
    pub is_for_people: bool,
    /// The zone times are written in.
    pub zone: Zone,
}

impl RowFormat {
    fn form(&self) -> Form {
        match (self.format, self.is_for_people) {
            (Format::Ndjson, _) => Form::Json,
            (Format::Csv | Format::Parquet, true) => Form::Spreadsheet,
            (Format::Csv | Format::Parquet, false) => Form::Csv,
        }
    }
}

/// Writes selected rows to a target.
pub struct RowWriter {
    target: Inner,
    columns: ColumnSet,
}

enum Inner {
    Text(TextRows),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetRows>),
}

impl RowWriter {
    /// Starts with the header.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(target: Target, columns: ColumnSet, format: RowFormat) -> Result<RowWriter, Phrase> {
        let target = match format.format {
            Format::Csv | Format::Ndjson => Inner::Text(TextRows::new(target, &columns, &format)?),
            #[cfg(feature = "parquet")]
            Format::Parquet => Inner::Parquet(Box::new(super::parquet::ParquetRows::new(
                target, &columns,
            )?)),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => {
                return Err(say!(
                    "this build writes no Parquet",
                    "此版本不支持写 Parquet"
                ));
            }
        };
        Ok(RowWriter { target, columns })
    }

    /// Writes the rows of a chunk that are in `rows`. The chunk's columns are those of the set.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(&mut self, chunk: &Chunk, rows: &Bitmap) -> Result<(), Phrase> {
        match &mut self.target {
            Inner::Text(writer) => writer.write(chunk, rows, self.columns.id.is_some()),
            #[cfg(feature = "parquet")]
            Inner::Parquet(writer) => writer.write(chunk, rows, &self.columns),
        }
    }

    /// Ends the file and gives the target back to be finished.
    ///
    /// # Errors
    /// Writing failed.
    pub fn end(self) -> Result<Target, Phrase> {
        match self.target {
            Inner::Text(writer) => Ok(writer.target),
            #[cfg(feature = "parquet")]
            Inner::Parquet(writer) => writer.end(),
        }
    }
}

/// Lines of CSV or NDJSON. A chunk's lines are put together in one buffer that is kept.
struct TextRows {
    target: Target,
    form: Form,
    cells: Vec<CellWriter>,
    /// What stands before each cell, the id's first: a comma, or the key.
    before: Vec<String>,
    end: &'static str,
    buffer: String,
    /// Lines of nothing but ids.
    lines: Vec<u8>,
}

/// A buffer this full goes to the target, so that long cells do not pile up.
const FULL_BYTES: usize = 1 << 20;

impl TextRows {
    fn new(target: Target, columns: &ColumnSet, format: &RowFormat) -> Result<TextRows, Phrase> {
        let form = format.form();
        let names = columns.fields.iter().map(|(_, name, _)| name);
        let names: Vec<&String> = columns.id.iter().chain(names).collect();
        let cell =
            |(_, _, kind): &(FieldId, String, Type)| CellWriter::new(form, kind, &format.zone);
        let mut rows = TextRows {
            target,
            form,
            cells: columns.fields.iter().map(cell).collect(),
            before: Vec::new(),
            end: if form == Form::Json { "}\n" } else { "\n" },
            buffer: String::new(),
            lines: Vec::new(),
        };
        for (index, name) in names.into_iter().enumerate() {
            rows.before.push(match (form, index) {
                (Form::Json, _) => key(name, index == 0),
                (Form::Csv | Form::Spreadsheet, 0) => String::new(),
                (Form::Csv | Form::Spreadsheet, _) => ",".to_string(),
            });
            if form != Form::Json {
                rows.buffer.push_str(if index > 0 { "," } else { "" });
                push_text(&mut rows.buffer, name, form);
            }
        }
        if form != Form::Json {
            rows.buffer.push('\n');
        }
        rows.send()?;
        Ok(rows)
    }

    fn write(&mut self, chunk: &Chunk, rows: &Bitmap, has_id: bool) -> Result<(), Phrase> {
        let has_only_ids = has_id && self.cells.is_empty() && self.form == Form::Csv;
        if has_only_ids && let Some(lines) = ids::lines(&chunk.ids, rows, &mut self.lines) {
            return self.target.write_all(lines).map_err(|error| failed(&error));
        }
        for row in rows.rows() {
            let mut before = self.before.iter();
            if has_id {
                self.buffer
                    .push_str(before.next().map_or("", String::as_str));
                push_text(&mut self.buffer, chunk.ids.get(row), self.form);
            }
            let columns = chunk
                .columns
                .iter()
                .map(Some)
                .chain(std::iter::repeat(None));
            for ((cell, before), column) in self.cells.iter_mut().zip(before).zip(columns) {
                self.buffer.push_str(before);
                cell.push(column, row, &mut self.buffer);
            }
            self.buffer.push_str(self.end);
            if self.buffer.len() >= FULL_BYTES {
                self.send()?;
            }
        }
        self.send()
    }

    fn send(&mut self) -> Result<(), Phrase> {
        let sent = self.target.write_all(self.buffer.as_bytes());
        self.buffer.clear();
        sent.map_err(|error| failed(&error))
    }
}

/// `{"name":` or `,"name":`.
fn key(name: &str, is_first: bool) -> String {
    let mut key = if is_first { "{" } else { "," }.to_string();
    push_json(&mut key, name);
    key.push(':');
    key
}

/// A write that failed, in words.
pub(super) fn failed(error: &std::io::Error) -> Phrase {
    let reason = crate::diag::io_reason(error);
    let (en, zh) = (reason.en, reason.zh);
    say!("the result cannot be written: {en}", "无法写入结果：{zh}")
}
