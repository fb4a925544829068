//! Writes selected rows as Parquet: typed columns, zstd.

use super::file::Target;
use super::rows::ColumnSet;
use crate::diag::Phrase;
use crate::say;
use crate::schema::Type;
use crate::table::{Bitmap, Chunk};
use crate::value::{Value, Zone};
use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Decimal128Builder, Float64Builder, Int64Builder, ListBuilder,
    StringBuilder, TimestampMillisecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use std::sync::Arc;

/// A row group ends when it has gathered so many encoded bytes.
const GROUP_BYTES: usize = 64 << 20;

/// A Parquet file being written.
pub(super) struct ParquetRows {
    writer: ArrowWriter<Target>,
    schema: SchemaRef,
}

impl ParquetRows {
    pub(super) fn new(target: Target, columns: &ColumnSet) -> Result<ParquetRows, Phrase> {
        let id = columns
            .id
            .iter()
            .map(|name| Field::new(name, DataType::Utf8, false));
        let fields = columns
            .fields
            .iter()
            .map(|(_, name, kind)| Field::new(name, arrow_type(kind), true));
        let schema = Arc::new(Schema::new(id.chain(fields).collect::<Vec<_>>()));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .build();
        let writer = ArrowWriter::try_new(target, schema.clone(), Some(properties));
        Ok(ParquetRows {
            writer: writer.map_err(|error| failed(&error))?,
            schema,
        })
    }

    pub(super) fn write(
        &mut self,
        chunk: &Chunk,
        rows: &Bitmap,
        columns: &ColumnSet,
    ) -> Result<(), Phrase> {
        if rows.is_none() {
            return Ok(());
        }
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(columns.fields.len() + 1);
        if columns.id.is_some() {
            let mut ids = StringBuilder::new();
            rows.rows()
                .for_each(|row| ids.append_value(chunk.ids.get(row)));
            arrays.push(Arc::new(ids.finish()));
        }
        for (column, (_, _, kind)) in columns.fields.iter().enumerate() {
            let values = rows.rows().map(|row| chunk.value(column, row, kind));
            arrays.push(array(values, kind));
        }
        let batch = RecordBatch::try_new(self.schema.clone(), arrays);
        let batch = batch.map_err(|error| say!("Parquet: {error}", "Parquet：{error}"))?;
        let written = self.writer.write(&batch);
        written.map_err(|error| failed(&error))?;
        // Long texts must not pile up until a row group has all its rows.
        if self.writer.in_progress_size() >= GROUP_BYTES {
            let flushed = self.writer.flush();
            flushed.map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    pub(super) fn end(self) -> Result<Target, Phrase> {
        self.writer.into_inner().map_err(|error| failed(&error))
    }
}

fn failed(error: &parquet::errors::ParquetError) -> Phrase {
    say!(
        "the result cannot be written: {error}",
        "无法写入结果：{error}"
    )
}

fn arrow_type(kind: &Type) -> DataType {
    match kind {
        Type::Bool => DataType::Boolean,
        Type::Int(_) => DataType::Int64,
        // 19 digits hold every number of units.
        Type::Decimal { places, .. } => {
            DataType::Decimal128(19, i8::try_from(*places).unwrap_or(0))
        }
        Type::Float(_) => DataType::Float64,
        Type::Date(_) => DataType::Date32,
        Type::Datetime(_) => DataType::Timestamp(TimeUnit::Millisecond, Some(Arc::from("UTC"))),
        Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version | Type::Id => {
            DataType::Utf8
        }
        Type::List { .. } => DataType::List(Arc::new(Field::new("item", DataType::Utf8, true))),
    }
}

fn array(values: impl Iterator<Item = Value>, kind: &Type) -> ArrayRef {
    match kind {
        Type::Bool => {
            let mut out = BooleanBuilder::new();
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Bool(is_true) => Some(is_true),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Int(_) => {
            let mut out = Int64Builder::new();
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Int(number) => Some(number),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Decimal { .. } => {
            let mut out = Decimal128Builder::new().with_data_type(arrow_type(kind));
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Decimal { units, .. } => Some(i128::from(units)),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Float(_) => {
            let mut out = Float64Builder::new();
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Float(number) => Some(number),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Date(_) => {
            let mut out = Date32Builder::new();
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Date(date) => Some(date.0),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Datetime(_) => {
            let mut out = TimestampMillisecondBuilder::new().with_timezone("UTC");
            values.for_each(|value| {
                out.append_option(match value {
                    Value::Instant(instant) => Some(instant.0),
                    _ => None,
                })
            });
            Arc::new(out.finish())
        }
        Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version | Type::Id => {
            let mut out = StringBuilder::new();
            values.for_each(|value| out.append_option(text(&value, kind)));
            Arc::new(out.finish())
        }
        Type::List { element, .. } => list_array(values, element),
    }
}

fn list_array(values: impl Iterator<Item = Value>, element: &Type) -> ArrayRef {
    let mut out = ListBuilder::new(StringBuilder::new());
    for value in values {
        match value {
            Value::List(elements) => {
                for value in &elements {
                    out.values().append_option(text(value, element));
                }
                out.append(true);
            }
            _ => out.append(false),
        }
    }
    Arc::new(out.finish())
}

fn text(value: &Value, kind: &Type) -> Option<String> {
    match value {
        Value::Missing | Value::Invalid => None,
        value => Some(super::cell::cell_text(value, kind, &Zone::utc())),
    }
}
