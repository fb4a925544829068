//! Turns rows of values into a chunk: for small data that is already in memory.

use super::{
    Bitmap, Chunk, CodeVec, CodedColumn, Column, Dictionary, FIRST_ENTRY, INVALID, ListColumn,
    MISSING, NumberColumn, TextColumn,
};
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::value::{Value, float_key};
use std::sync::Arc;

impl Chunk {
    /// Makes a chunk of contacts given as id and cells by [`FieldId`]; fields past the end of a
    /// contact's cells are missing.
    pub fn from_rows(schema: &Schema, projection: &[FieldId], rows: &[(&str, &[Value])]) -> Chunk {
        let mut ids = TextColumn::default();
        for (id, _) in rows {
            ids.push(id);
        }
        let columns = projection.iter().map(|field| {
            let cells = rows
                .iter()
                .map(|(_, cells)| cells.get(field.index()).unwrap_or(&Value::Missing));
            match schema.field(*field) {
                Some(declared) => column(&declared.kind, cells),
                None => Column::Absent,
            }
        });
        Chunk {
            rows: rows.len(),
            columns: columns.collect(),
            ids,
            ..Chunk::default()
        }
    }
}

fn column<'v>(kind: &Type, cells: impl Iterator<Item = &'v Value>) -> Column {
    match kind {
        Type::Bool
        | Type::Int(_)
        | Type::Decimal { .. }
        | Type::Float(_)
        | Type::Date(_)
        | Type::Datetime(_) => number_column(cells),
        Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version => {
            coded_column(cells)
        }
        Type::List { .. } => list_column(cells),
        Type::Id => text_column(cells),
    }
}

fn number_column<'v>(cells: impl Iterator<Item = &'v Value>) -> Column {
    let mut column = NumberColumn::default();
    for cell in cells {
        let number = match cell {
            Value::Bool(is_true) => Some(i64::from(*is_true)),
            Value::Int(number) => Some(*number),
            Value::Decimal { units, .. } => Some(*units),
            Value::Float(number) => Some(float_key(*number)),
            Value::Date(date) => Some(i64::from(date.0)),
            Value::Instant(instant) => Some(instant.0),
            _ => None,
        };
        column.values.extend([number.unwrap_or(0)]);
        column.present.push(number.is_some());
        column
            .invalid
            .push(number.is_none() && *cell != Value::Missing);
    }
    Column::Number(column)
}

fn coded_column<'v>(cells: impl Iterator<Item = &'v Value>) -> Column {
    let mut dictionary = Dictionary::new();
    let codes = cells.map(|cell| code_of(&mut dictionary, cell)).collect();
    Column::Coded(CodedColumn {
        codes,
        dictionary: Arc::new(dictionary),
    })
}

fn code_of(dictionary: &mut Dictionary, cell: &Value) -> u32 {
    match cell {
        Value::Missing => MISSING,
        Value::Invalid => INVALID,
        value => {
            let known = dictionary.entries.iter().position(|entry| entry == value);
            let index = known.unwrap_or_else(|| {
                dictionary.entries.push(value.clone());
                dictionary.entries.len() - 1
            });
            FIRST_ENTRY + u32::try_from(index).unwrap_or(0)
        }
    }
}

fn list_column<'v>(cells: impl Iterator<Item = &'v Value>) -> Column {
    let mut dictionary = Dictionary::new();
    let mut offsets = vec![0];
    let mut codes = Vec::new();
    let mut invalid = Bitmap::default();
    for cell in cells {
        if let Value::List(elements) = cell {
            codes.extend(
                elements
                    .iter()
                    .map(|element| code_of(&mut dictionary, element)),
            );
        }
        invalid.push(*cell == Value::Invalid);
        offsets.push(u32::try_from(codes.len()).unwrap_or(u32::MAX));
    }
    Column::List(ListColumn {
        offsets,
        codes: CodeVec::from(codes),
        invalid,
        dictionary: Arc::new(dictionary),
    })
}

fn text_column<'v>(cells: impl Iterator<Item = &'v Value>) -> Column {
    let mut column = TextColumn::default();
    for cell in cells {
        match cell {
            Value::Text(text) => column.push(text),
            _ => column.push(""),
        }
    }
    Column::Text(column)
}
