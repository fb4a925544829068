//! Decides which columns are read straight from their pages, and reads them.

use super::convert::FieldReader;
use super::copy;
use super::flat::{self, Cells, Flat, Rows};
use super::leaf::Leaf;
use super::values::{Codes, NO_NUMBER, NumberWay, Numbers};
use super::window::Window;
use crate::schema::{Field, Type};
use crate::table::{CodedColumn, Column};
use crate::value::{Date, Intervals, Zone};
use arrow_schema::DataType;
use parquet::basic::{LogicalType, TimeUnit, Type as PhysicalType};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use std::fs::File;
use std::sync::Arc;

/// A column without nesting, read straight from its pages.
#[derive(Clone, Debug)]
pub(super) struct FlatColumn {
    /// Its place in a row group.
    index: usize,
    is_optional: bool,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    Numbers(NumberWay, Intervals),
    Texts,
}

/// Where pages are read from.
pub(super) struct Pages<'g> {
    pub(super) file: Arc<File>,
    pub(super) file_bytes: u64,
    pub(super) group: &'g RowGroupMetaData,
    pub(super) rows: Rows,
}

impl FlatColumn {
    /// The column of a field, if it is read so.
    pub(super) fn of_field(
        leaf: &Leaf,
        field: &Field,
        zone: &Zone,
        file: &SchemaDescriptor,
    ) -> Option<FlatColumn> {
        let (index, column) = flat_column(leaf, file)?;
        let way = match &field.kind {
            Type::Region { from, .. } if !from.is_empty() => return None,
            Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version => {
                is_text(leaf, column).then_some(Way::Texts)?
            }
            Type::Bool
            | Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_) => {
                let (way, range) = number_way(leaf, field, zone, column)?;
                Way::Numbers(way, range)
            }
            Type::Id | Type::List { .. } => return None,
        };
        Some(FlatColumn {
            index,
            is_optional: column.max_def_level() > 0,
            way,
        })
    }

    /// The column of ids, if it is read so.
    pub(super) fn of_ids(leaf: &Leaf, file: &SchemaDescriptor) -> Option<FlatColumn> {
        let (index, column) = flat_column(leaf, file)?;
        is_text(leaf, column).then_some(FlatColumn {
            index,
            is_optional: column.max_def_level() > 0,
            way: Way::Texts,
        })
    }

    /// Reads the cells; `None` when the Parquet library must.
    ///
    /// # Errors
    /// The file is broken.
    pub(super) fn cells<C: Cells>(
        &self,
        pages: &Pages<'_>,
        cells: &mut C,
        room: Vec<C::Cell>,
    ) -> Result<Option<Flat<C::Cell>>> {
        let group = pages.group;
        let column = group.columns().get(self.index);
        let column =
            column.ok_or_else(|| ParquetError::General("a row group lacks a column".into()))?;
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let (start, bytes) = column.byte_range();
        let window = Window::new(&pages.file, pages.file_bytes, start.saturating_add(bytes));
        let mut reader = SerializedPageReader::new(Arc::new(window), column, rows, None)?;
        flat::read(&mut reader, self.is_optional, pages.rows, cells, room)
    }
}

impl FieldReader {
    /// Reads the field's column from pages; `None` when the Parquet library must.
    ///
    /// # Errors
    /// The file is broken.
    pub(super) fn read_flat(&mut self, pages: &Pages<'_>) -> Result<Option<Column>> {
        let Some(flat) = self.flat.clone() else {
            return Ok(None);
        };
        let (numbers, room) = match self.spare.take() {
            Some(Column::Number(spare)) => (spare.values, Vec::new()),
            Some(Column::Coded(spare)) => (Vec::new(), spare.codes),
            Some(Column::List(_) | Column::Text(_) | Column::Absent) | None => Default::default(),
        };
        Ok(match &flat.way {
            Way::Numbers(way, range) => {
                let found = flat.cells(pages, &mut Numbers(way), numbers)?;
                found.map(|found| Column::Number(copy::checked(found.cells, found.present, range)))
            }
            Way::Texts => {
                self.spellings.renew();
                let mut codes = Codes {
                    field: &self.field,
                    zone: &self.zone,
                    spellings: &mut self.spellings,
                };
                let found = flat.cells(pages, &mut codes, room)?;
                found.map(|found| {
                    Column::Coded(CodedColumn {
                        codes: found.cells,
                        dictionary: self.spellings.dictionary(),
                    })
                })
            }
        })
    }
}

/// The column of a leaf, when it is a root and holds one value a row.
fn flat_column<'f>(
    leaf: &Leaf,
    file: &'f SchemaDescriptor,
) -> Option<(usize, &'f Arc<ColumnDescriptor>)> {
    let columns = leaf.columns(file);
    let [index] = columns.as_slice() else {
        return None;
    };
    let column = file.columns().get(*index)?;
    let is_flat = column.max_rep_level() == 0
        && column.max_def_level() <= 1
        && column.path().parts().len() == 1;
    is_flat.then_some((*index, column))
}

fn is_text(leaf: &Leaf, column: &ColumnDescriptor) -> bool {
    let is_text = |kind: &DataType| {
        matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        )
    };
    let is_coded =
        |kind: &DataType| matches!(kind, DataType::Dictionary(_, value) if is_text(value));
    column.physical_type() == PhysicalType::BYTE_ARRAY
        && (is_text(&leaf.kind) || is_coded(&leaf.kind))
}

/// How the numbers of a field are read, and which of them are valid.
fn number_way(
    leaf: &Leaf,
    field: &Field,
    zone: &Zone,
    column: &ColumnDescriptor,
) -> Option<(NumberWay, Intervals)> {
    if !field.missing_when.is_empty() {
        return None;
    }
    // Ways with invalid numbers of their own have this one.
    let known = |range: &Intervals| range.intersect(&Intervals::at_least(NO_NUMBER + 1));
    let physical = column.physical_type();
    Some(match (&field.kind, physical, &leaf.kind) {
        (Type::Bool, PhysicalType::BOOLEAN, DataType::Boolean) => {
            (NumberWay::Bit, Intervals::all())
        }
        (Type::Int(range), PhysicalType::INT64, DataType::UInt64) => {
            (NumberWay::UInt64, known(range))
        }
        (Type::Int(range), _, kind) => (int_way(physical, kind)?, range.clone()),
        (Type::Decimal { places, range }, _, DataType::Decimal128(digits, scale))
            if u8::try_from(*scale).ok() == Some(*places) && *digits <= 18 =>
        {
            (decimal_way(column)?, range.clone())
        }
        (Type::Decimal { places, range }, PhysicalType::DOUBLE, DataType::Float64) => {
            (NumberWay::Money { places: *places }, known(range))
        }
        (Type::Float(range), PhysicalType::DOUBLE, DataType::Float64) => {
            (NumberWay::Double, known(range))
        }
        (Type::Float(range), PhysicalType::FLOAT, DataType::Float32) => {
            (NumberWay::Float, known(range))
        }
        (Type::Date(format), PhysicalType::INT32, DataType::Date32) if format.is_iso() => {
            let days = (i64::from(Date::MIN.0), i64::from(Date::MAX.0));
            (NumberWay::Int32, Intervals::new(vec![days]))
        }
        (Type::Datetime(format), PhysicalType::INT64, DataType::Timestamp(_, at))
            if format.is_iso() =>
        {
            let is_local = at.is_none() && zone.name() != "UTC";
            let way = NumberWay::Time {
                parts: parts_of_ms(column)?,
                zone: is_local.then(|| zone.clone()),
            };
            (way, known(&Intervals::all()))
        }
        (_, _, _) => return None,
    })
}

fn int_way(physical: PhysicalType, kind: &DataType) -> Option<NumberWay> {
    Some(match (physical, kind) {
        (PhysicalType::INT32, DataType::Int8) => NumberWay::Int8,
        (PhysicalType::INT32, DataType::Int16) => NumberWay::Int16,
        (PhysicalType::INT32, DataType::Int32) => NumberWay::Int32,
        (PhysicalType::INT32, DataType::UInt8) => NumberWay::UInt8,
        (PhysicalType::INT32, DataType::UInt16) => NumberWay::UInt16,
        (PhysicalType::INT32, DataType::UInt32) => NumberWay::UInt32,
        (PhysicalType::INT64, DataType::Int64) => NumberWay::Int64,
        (_, _) => return None,
    })
}

fn decimal_way(column: &ColumnDescriptor) -> Option<NumberWay> {
    match column.physical_type() {
        PhysicalType::INT32 => Some(NumberWay::Int32),
        PhysicalType::INT64 => Some(NumberWay::Int64),
        PhysicalType::FIXED_LEN_BYTE_ARRAY => {
            let bytes = usize::try_from(column.type_length()).ok()?;
            (1..=8).contains(&bytes).then_some(NumberWay::Big { bytes })
        }
        PhysicalType::BOOLEAN
        | PhysicalType::INT96
        | PhysicalType::FLOAT
        | PhysicalType::DOUBLE
        | PhysicalType::BYTE_ARRAY => None,
    }
}

/// How many of a column's units a millisecond has. The schema that Arrow adds may name seconds where
/// the file holds milliseconds.
fn parts_of_ms(column: &ColumnDescriptor) -> Option<i64> {
    match column.logical_type_ref()? {
        LogicalType::Timestamp(kind) => Some(match kind.unit {
            TimeUnit::MILLIS => 1,
            TimeUnit::MICROS => 1_000,
            TimeUnit::NANOS => 1_000_000,
        }),
        _ => None,
    }
}
