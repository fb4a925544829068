//! Writes the members of an audience, one row a contact.

use super::cell::{cell_text, push_csv};
use super::file::Target;
use crate::data::Format;
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::say;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk};
use crate::value::{Value, Zone};
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

/// Writes selected rows to a target.
pub struct RowWriter {
    target: Inner,
    columns: ColumnSet,
    format: RowFormat,
    buffer: Vec<u8>,
}

enum Inner {
    Text(Target),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetRows>),
}

impl RowWriter {
    /// Starts with the header.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(
        mut target: Target,
        columns: ColumnSet,
        format: RowFormat,
    ) -> Result<RowWriter, Phrase> {
        let mut buffer = Vec::new();
        let target = match format.format {
            Format::Csv => {
                write_header(&columns, &mut buffer);
                target.write_all(&buffer).map_err(|error| failed(&error))?;
                buffer.clear();
                Inner::Text(target)
            }
            Format::Ndjson => Inner::Text(target),
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
        Ok(RowWriter {
            target,
            columns,
            format,
            buffer,
        })
    }

    /// Writes the rows of a chunk that are in `rows`. The chunk's columns are those of the set.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(&mut self, chunk: &Chunk, rows: &Bitmap) -> Result<(), Phrase> {
        match &mut self.target {
            Inner::Text(target) => {
                for row in rows.rows() {
                    match self.format.format {
                        Format::Ndjson => {
                            push_json(chunk, row, &self.columns, &self.format, &mut self.buffer)
                        }
                        Format::Csv | Format::Parquet => {
                            push_row(chunk, row, &self.columns, &self.format, &mut self.buffer);
                        }
                    }
                }
                target
                    .write_all(&self.buffer)
                    .map_err(|error| failed(&error))?;
                self.buffer.clear();
                Ok(())
            }
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
            Inner::Text(target) => Ok(target),
            #[cfg(feature = "parquet")]
            Inner::Parquet(writer) => writer.end(),
        }
    }
}

/// A write that failed, in words.
pub(super) fn failed(error: &std::io::Error) -> Phrase {
    say!(
        "the result cannot be written: {error}",
        "无法写入结果：{error}"
    )
}

fn write_header(columns: &ColumnSet, out: &mut Vec<u8>) {
    let names = columns
        .id
        .iter()
        .chain(columns.fields.iter().map(|(_, name, _)| name));
    for (index, name) in names.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push_csv(out, name, false);
    }
    out.push(b'\n');
}

fn push_row(chunk: &Chunk, row: usize, columns: &ColumnSet, format: &RowFormat, out: &mut Vec<u8>) {
    if columns.id.is_some() {
        push_csv(out, chunk.ids.get(row), format.is_for_people);
    }
    for (column, (_, _, kind)) in columns.fields.iter().enumerate() {
        if column > 0 || columns.id.is_some() {
            out.push(b',');
        }
        let value = chunk.value(column, row, kind);
        push_csv(
            out,
            &cell_text(&value, kind, &format.zone),
            format.is_for_people,
        );
    }
    out.push(b'\n');
}

fn push_json(
    chunk: &Chunk,
    row: usize,
    columns: &ColumnSet,
    format: &RowFormat,
    out: &mut Vec<u8>,
) {
    let mut object = serde_json::Map::new();
    if let Some(name) = &columns.id {
        object.insert(name.clone(), chunk.ids.get(row).into());
    }
    for (column, (_, name, kind)) in columns.fields.iter().enumerate() {
        let value = chunk.value(column, row, kind);
        object.insert(name.clone(), json_value(&value, kind, &format.zone));
    }
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, &object);
    out.push(b'\n');
}

fn json_value(value: &Value, kind: &Type, zone: &Zone) -> serde_json::Value {
    match (value, kind) {
        (Value::Missing | Value::Invalid, _) => serde_json::Value::Null,
        (Value::Bool(is_true), _) => (*is_true).into(),
        (Value::Int(number), _) => (*number).into(),
        // Exact digits: a double would round.
        (Value::Decimal { .. } | Value::Float(_), _) => {
            serde_json::from_str(&value.to_string()).unwrap_or(serde_json::Value::Null)
        }
        (Value::List(elements), Type::List { element, .. }) => elements
            .iter()
            .map(|value| json_value(value, element, zone))
            .collect(),
        (value, kind) => cell_text(value, kind, zone).into(),
    }
}
