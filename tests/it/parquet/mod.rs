//! Parquet files: what their columns mean to fields, and what a broken file may not do.

mod agree;
mod broken;
mod columns;
mod settled;
mod types;

use crate::data::{Loaded, failure, field, load, schema};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use segrule::schema::{Schema, Type};
use segrule::value::{Intervals, TimeFormat, Value};
use std::sync::Arc;

pub fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

pub fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    WriterProperties::builder()
}

pub fn written(batch: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

pub fn bytes_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    written(&batch(columns), properties().build())
}

pub fn numbers(count: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(
        (1..=count).map(|id| id.to_string()),
    ))
}

pub fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// A file of ids from 1 and one column, read as a field of a type.
pub fn read(kind: Type, cells: ArrayRef) -> Loaded {
    let bytes = bytes_of(vec![("id", numbers(cells.len())), ("x", cells)]);
    load(bytes, "a.parquet", &one(kind)).unwrap()
}

pub fn one(kind: Type) -> Schema {
    schema(vec![field("id", Type::Id), field("x", kind)])
}

/// The cells of the column.
#[track_caller]
pub fn check(kind: Type, cells: ArrayRef, expected: &[Value]) {
    let shown = format!("{:?}", cells.data_type());
    let loaded = read(kind, cells);
    let found: Vec<&Value> = loaded.rows.iter().map(|(_, _, cells)| &cells[1]).collect();
    assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{shown}");
    let invalid = expected
        .iter()
        .filter(|cell| **cell == Value::Invalid)
        .count() as u64;
    let counted: u64 = loaded.report.invalid.iter().map(|field| field.count).sum();
    assert_eq!(counted, invalid, "{shown}");
}

/// Why the column cannot be read as a field of a type.
#[track_caller]
pub fn refused(kind: Type, cells: ArrayRef) -> String {
    let bytes = bytes_of(vec![("id", numbers(cells.len())), ("x", cells)]);
    failure(bytes, "a.parquet", &one(kind))
}

pub fn int() -> Type {
    Type::Int(Intervals::new(vec![(-10, 200)]))
}

pub fn decimal(places: u8) -> Type {
    Type::Decimal {
        places,
        range: Intervals::all(),
    }
}

pub fn units(units: i64, places: u8) -> Value {
    Value::Decimal { units, places }
}

pub fn datetime() -> Type {
    Type::Datetime(TimeFormat::Iso)
}
