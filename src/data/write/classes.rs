//! Writes the segments of every contact: one row a contact.

use super::cell::push_csv;
use super::file::Target;
use super::rows::{ColumnSet, failed, id_name};
use crate::data::Format;
use crate::diag::Phrase;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk};
#[cfg(feature = "parquet")]
use crate::table::{Column, NumberColumn};
use std::io::Write;

/// Writes `{"id":…,"segments":[…],"quarantined":[…]}` lines, or an id and a column of booleans a
/// segment (empty where quarantined).
pub struct ClassWriter {
    target: Inner,
    names: Vec<String>,
    /// The names as JSON, written once.
    quoted: Vec<String>,
    format: Format,
    buffer: Vec<u8>,
}

enum Inner {
    Text(Target),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetRows>, ColumnSet),
}

impl ClassWriter {
    /// Starts with the header.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(
        mut target: Target,
        schema: &Schema,
        names: Vec<String>,
        format: Format,
    ) -> Result<ClassWriter, Phrase> {
        let columns = ColumnSet {
            id: Some(id_name(schema)),
            fields: names
                .iter()
                .map(|name| (crate::name::FieldId(0), name.clone(), Type::Bool))
                .collect(),
        };
        let target = match format {
            Format::Ndjson => Inner::Text(target),
            Format::Csv => {
                target
                    .write_all(&header(&columns))
                    .map_err(|error| failed(&error))?;
                Inner::Text(target)
            }
            #[cfg(feature = "parquet")]
            Format::Parquet => {
                let writer = super::parquet::ParquetRows::new(target, &columns)?;
                Inner::Parquet(Box::new(writer), columns)
            }
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => {
                return Err(crate::say!(
                    "this build writes no Parquet",
                    "此版本不支持写 Parquet"
                ));
            }
        };
        let quote = |name: &String| serde_json::Value::from(name.as_str()).to_string();
        Ok(ClassWriter {
            target,
            quoted: names.iter().map(quote).collect(),
            names,
            format,
            buffer: Vec::new(),
        })
    }

    /// Writes the contacts of a chunk; `members` and `quarantined` have one set a segment.
    ///
    /// # Errors
    /// Writing failed.
    pub fn write(
        &mut self,
        chunk: &Chunk,
        members: &[&Bitmap],
        quarantined: &[&Bitmap],
    ) -> Result<(), Phrase> {
        match &mut self.target {
            Inner::Text(target) => {
                for row in (0..chunk.rows).filter(|row| !chunk.duplicates.get(*row)) {
                    match self.format {
                        Format::Ndjson => {
                            push_json(
                                chunk,
                                row,
                                &self.quoted,
                                members,
                                quarantined,
                                &mut self.buffer,
                            );
                        }
                        Format::Csv | Format::Parquet => {
                            push_row(chunk, row, members, quarantined, &mut self.buffer);
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
            Inner::Parquet(writer, columns) => {
                let mut live = Bitmap::all(chunk.rows);
                live.and_not(&chunk.duplicates);
                let answers = answer_chunk(chunk, members, quarantined);
                writer.write(&answers, &live, columns)
            }
        }
    }

    /// How many segments there are.
    pub fn segment_count(&self) -> usize {
        self.names.len()
    }

    /// Ends the file and gives the target back to be finished.
    ///
    /// # Errors
    /// Writing failed.
    pub fn end(self) -> Result<Target, Phrase> {
        match self.target {
            Inner::Text(target) => Ok(target),
            #[cfg(feature = "parquet")]
            Inner::Parquet(writer, _) => writer.end(),
        }
    }
}

fn header(columns: &ColumnSet) -> Vec<u8> {
    let mut out = Vec::new();
    if let Some(id) = &columns.id {
        push_csv(&mut out, id, false);
    }
    for (_, name, _) in &columns.fields {
        out.push(b',');
        push_csv(&mut out, name, false);
    }
    out.push(b'\n');
    out
}

fn push_json(
    chunk: &Chunk,
    row: usize,
    names: &[String],
    members: &[&Bitmap],
    quarantined: &[&Bitmap],
    out: &mut Vec<u8>,
) {
    out.extend_from_slice(b"{\"id\":");
    // Writing into memory cannot fail.
    let _ = serde_json::to_writer(&mut *out, chunk.ids.get(row));
    for (key, sets) in [("segments", members), ("quarantined", quarantined)] {
        out.extend_from_slice(format!(",\"{key}\":[").as_bytes());
        let mut has_any = false;
        for (name, _) in names.iter().zip(sets).filter(|(_, rows)| rows.get(row)) {
            if has_any {
                out.push(b',');
            }
            has_any = true;
            out.extend_from_slice(name.as_bytes());
        }
        out.push(b']');
    }
    out.extend_from_slice(b"}\n");
}

fn push_row(
    chunk: &Chunk,
    row: usize,
    members: &[&Bitmap],
    quarantined: &[&Bitmap],
    out: &mut Vec<u8>,
) {
    push_csv(out, chunk.ids.get(row), false);
    for (rows, invalid) in members.iter().zip(quarantined) {
        let text: &[u8] = match (rows.get(row), invalid.get(row)) {
            (_, true) => b",",
            (true, false) => b",true",
            (false, false) => b",false",
        };
        out.extend_from_slice(text);
    }
    out.push(b'\n');
}

/// The answers as a chunk of boolean columns.
#[cfg(feature = "parquet")]
fn answer_chunk(chunk: &Chunk, members: &[&Bitmap], quarantined: &[&Bitmap]) -> Chunk {
    let column = |(rows, invalid): (&&Bitmap, &&Bitmap)| {
        Column::Number(NumberColumn {
            values: (0..chunk.rows)
                .map(|row| i64::from(rows.get(row)))
                .collect(),
            present: invalid.complement(),
            invalid: Bitmap::default(),
        })
    };
    Chunk {
        rows: chunk.rows,
        ids: chunk.ids.clone(),
        columns: members.iter().zip(quarantined).map(column).collect(),
        ..Chunk::default()
    }
}
