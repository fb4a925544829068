//! Writes the segments of every contact: one row a contact.

use super::cell::{Form, push_text};
use super::file::Target;
use super::lines::ClassLines;
#[cfg(feature = "parquet")]
use super::rows::ColumnSet;
use super::rows::{failed, id_name};
use crate::data::Format;
use crate::diag::Phrase;
use crate::schema::Schema;
#[cfg(feature = "parquet")]
use crate::schema::Type;
use crate::table::{Bitmap, Chunk};
#[cfg(feature = "parquet")]
use crate::table::{Column, NumberColumn};
use std::io::Write;

/// Writes `{"id":…,"segments":[…],"quarantined":[…]}` lines, or an id and a column of booleans a
/// segment (empty where quarantined).
pub struct ClassWriter {
    target: Inner,
    segment_count: usize,
}

enum Inner {
    Text(TextClasses),
    #[cfg(feature = "parquet")]
    Parquet(Box<super::parquet::ParquetRows>, ColumnSet),
}

impl ClassWriter {
    /// Starts with the header. With `is_for_people` a spreadsheet takes no cell for a formula.
    ///
    /// # Errors
    /// Writing failed.
    pub fn new(
        target: Target,
        schema: &Schema,
        names: Vec<String>,
        format: Format,
        is_for_people: bool,
    ) -> Result<ClassWriter, Phrase> {
        let segment_count = names.len();
        let target = match (format, is_for_people) {
            (Format::Ndjson, _) => Inner::Text(TextClasses::json(target, &names)),
            (Format::Csv, true) => {
                Inner::Text(TextClasses::csv(target, schema, &names, Form::Spreadsheet)?)
            }
            (Format::Csv, false) => {
                Inner::Text(TextClasses::csv(target, schema, &names, Form::Csv)?)
            }
            #[cfg(feature = "parquet")]
            (Format::Parquet, _) => {
                let columns = answer_columns(schema, names);
                let writer = super::parquet::ParquetRows::new(target, &columns)?;
                Inner::Parquet(Box::new(writer), columns)
            }
            #[cfg(not(feature = "parquet"))]
            (Format::Parquet, _) => {
                return Err(crate::say!(
                    "this build writes no Parquet",
                    "此版本不支持写 Parquet"
                ));
            }
        };
        Ok(ClassWriter {
            target,
            segment_count,
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
            Inner::Text(writer) => writer.write(chunk, members, quarantined),
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
        self.segment_count
    }

    /// Ends the file and gives the target back to be finished.
    ///
    /// # Errors
    /// Writing failed.
    pub fn end(self) -> Result<Target, Phrase> {
        match self.target {
            Inner::Text(writer) => Ok(writer.target),
            #[cfg(feature = "parquet")]
            Inner::Parquet(writer, _) => writer.end(),
        }
    }
}

/// Lines of NDJSON or CSV.
struct TextClasses {
    target: Target,
    form: Form,
    /// Of the rows of one word: the segments of each.
    segments: Vec<Vec<u32>>,
    quarantines: Vec<Vec<u32>>,
    lines: ClassLines,
    buffer: String,
}

/// Rows taken together: those of one word of a bitmap.
const WORD_ROWS: usize = 64;

impl TextClasses {
    fn json(target: Target, names: &[String]) -> TextClasses {
        TextClasses {
            target,
            form: Form::Json,
            segments: vec![Vec::new(); WORD_ROWS],
            quarantines: vec![Vec::new(); WORD_ROWS],
            lines: ClassLines::new(names),
            buffer: String::new(),
        }
    }

    fn csv(
        target: Target,
        schema: &Schema,
        names: &[String],
        form: Form,
    ) -> Result<TextClasses, Phrase> {
        let mut classes = TextClasses {
            form,
            ..TextClasses::json(target, &[])
        };
        push_text(&mut classes.buffer, &id_name(schema), form);
        for name in names {
            classes.buffer.push(',');
            push_text(&mut classes.buffer, name, form);
        }
        classes.buffer.push('\n');
        classes.send()?;
        Ok(classes)
    }

    fn write(
        &mut self,
        chunk: &Chunk,
        members: &[&Bitmap],
        quarantined: &[&Bitmap],
    ) -> Result<(), Phrase> {
        for word in 0..chunk.rows.div_ceil(WORD_ROWS) {
            match self.form {
                Form::Json => self.push_objects(chunk, word, members, quarantined),
                Form::Csv | Form::Spreadsheet => {
                    self.push_fields(chunk, word, members, quarantined)
                }
            }
            self.send()?;
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), Phrase> {
        let sent = self.target.write_all(self.buffer.as_bytes());
        self.buffer.clear();
        sent.map_err(|error| failed(&error))
    }

    fn push_objects(
        &mut self,
        chunk: &Chunk,
        word: usize,
        members: &[&Bitmap],
        quarantined: &[&Bitmap],
    ) {
        // A contact is in few of many segments: only the bits that are set are looked at.
        gather(&mut self.segments, word, members);
        gather(&mut self.quarantines, word, quarantined);
        let lists = self.segments.iter().zip(&self.quarantines);
        for (row, (segments, quarantines)) in live_rows(chunk, word).zip(lists) {
            let Some(row) = row else { continue };
            let id = chunk.ids.get(row);
            let lines = &self.lines;
            lines.push_contact(&mut self.buffer, id, segments, quarantines);
        }
    }

    fn push_fields(
        &mut self,
        chunk: &Chunk,
        word: usize,
        members: &[&Bitmap],
        quarantined: &[&Bitmap],
    ) {
        for row in live_rows(chunk, word).flatten() {
            push_text(&mut self.buffer, chunk.ids.get(row), self.form);
            for (rows, invalid) in members.iter().zip(quarantined) {
                self.buffer
                    .push_str(match (rows.get(row), invalid.get(row)) {
                        (_, true) => ",",
                        (true, false) => ",true",
                        (false, false) => ",false",
                    });
            }
            self.buffer.push('\n');
        }
    }
}

/// The rows of a word, `None` for those that are no contacts.
fn live_rows(chunk: &Chunk, word: usize) -> impl Iterator<Item = Option<usize>> {
    let start = word * WORD_ROWS;
    let rows = start..chunk.rows.min(start + WORD_ROWS);
    rows.map(|row| (!chunk.duplicates.get(row)).then_some(row))
}

/// Lists for each row of a word the sets it is in.
fn gather(lists: &mut [Vec<u32>], word: usize, sets: &[&Bitmap]) {
    lists.iter_mut().for_each(Vec::clear);
    for (set, rows) in (0..).zip(sets) {
        let mut bits = rows.words().get(word).copied().unwrap_or(0);
        while bits != 0 {
            if let Some(list) = lists.get_mut(bits.trailing_zeros() as usize) {
                list.push(set);
            }
            bits &= bits - 1;
        }
    }
}

/// The id and a boolean a segment.
#[cfg(feature = "parquet")]
fn answer_columns(schema: &Schema, names: Vec<String>) -> ColumnSet {
    let column = |name| (crate::name::FieldId::from_index(0), name, Type::Bool);
    ColumnSet {
        id: Some(id_name(schema)),
        fields: names.into_iter().map(column).collect(),
    }
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
