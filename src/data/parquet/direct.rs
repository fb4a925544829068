//! Decides which columns are read straight from their pages, and reads them.

use super::convert::FieldReader;
use super::copy;
use super::flat::{self, Cells, Flat, Rows};
use super::leaf::Leaf;
use super::lists::{self, Depth, Lists};
use super::page::{OwnPages, PageRoom, PageSource, is_read_here};
use super::pages::bounds;
use super::values::{Codes, NO_NUMBER, NumberWay, Numbers};
use super::window::Window;
use crate::schema::{Field, Type};
use crate::table::{CodedColumn, Column, ListColumn, NumberVec};
use crate::value::{Date, Intervals, Zone};
use arrow_schema::DataType;
use parquet::basic::{LogicalType, TimeUnit, Type as PhysicalType};
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};
use std::fs::File;
use std::sync::Arc;

/// A column without nesting, or of lists of texts, read straight from its pages.
#[derive(Clone, Debug)]
pub(super) struct FlatColumn {
    /// Its place in a row group.
    pub(super) index: usize,
    pub(super) is_optional: bool,
    pub(super) way: Way,
}

#[derive(Clone, Debug)]
pub(super) enum Way {
    Numbers(NumberWay, Intervals),
    Texts,
    Lists(Depth),
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
        if let Type::List { .. } = &field.kind {
            return list_column(leaf, file);
        }
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

    /// Reads the cells into some memory; `None` when the Parquet library must.
    ///
    /// # Errors
    /// The file is broken.
    pub(super) fn cells<C: Cells>(
        &self,
        pages: &Pages<'_>,
        cells: &mut C,
        memory: Vec<C::Cell>,
        room: &mut PageRoom,
    ) -> Result<Option<Flat<C::Cell>>> {
        let mut source = self.pages(pages, room)?;
        flat::read(&mut source, self.is_optional, pages.rows, cells, memory)
    }

    /// Whether its pages are read here, not by the Parquet library.
    pub(super) fn is_read_here(&self, pages: &Pages<'_>) -> bool {
        let column = pages.group.columns().get(self.index);
        column.is_some_and(|column| is_read_here(column.compression()))
    }

    fn pages<'r>(&self, pages: &'r Pages<'_>, room: &'r mut PageRoom) -> Result<PageSource<'r>> {
        let group = pages.group;
        let lacking = || ParquetError::General("a row group lacks a column".into());
        let column = group.columns().get(self.index).ok_or_else(lacking)?;
        let (start, end) = bounds(column).ok_or_else(lacking)?;
        let own = OwnPages::new(&pages.file, (start, end), column.compression(), room);
        if let Some(own) = own {
            return Ok(PageSource::Own(own));
        }
        let rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let window = Arc::new(Window::new(&pages.file, pages.file_bytes, end));
        let reader = SerializedPageReader::new(window, column, rows, None)?;
        Ok(PageSource::Library {
            reader: Box::new(reader),
            page: None,
        })
    }
}

impl FieldReader {
    /// Reads the field's column from pages; `None` when the Parquet library must.
    ///
    /// # Errors
    /// The file is broken.
    pub(super) fn read_flat(
        &mut self,
        pages: &Pages<'_>,
        page_room: &mut PageRoom,
    ) -> Result<Option<Column>> {
        let Some(flat) = self.flat.clone() else {
            return Ok(None);
        };
        if let Some(column) = self.settled(pages) {
            return Ok(Some(Column::Number(column)));
        }
        let (mut numbers, mut room, mut lists) = (Vec::new(), Vec::new(), Lists::default());
        match self.spare.take() {
            Some(Column::Number(spare)) => {
                if let NumberVec::Plain(values) = spare.values {
                    numbers = values;
                }
            }
            Some(Column::Coded(spare)) => room = spare.codes.into_words(),
            Some(Column::List(spare)) => {
                (lists.offsets, lists.codes) = (spare.offsets, spare.codes.into_words());
            }
            Some(Column::Text(_) | Column::Absent) | None => {}
        }
        Ok(match &flat.way {
            Way::Numbers(way, range) => {
                let found = flat.cells(pages, &mut Numbers(way), numbers, page_room)?;
                found.map(|found| Column::Number(copy::checked(found.cells, found.present, range)))
            }
            Way::Lists(depth) => {
                let mut reader = flat.pages(pages, page_room)?;
                let found = lists::read(
                    &mut reader,
                    *depth,
                    pages.rows,
                    &mut self.text_codes(),
                    lists,
                )?;
                found.map(|found| {
                    Column::List(ListColumn {
                        offsets: found.offsets,
                        codes: found.codes.into(),
                        invalid: found.invalid,
                        dictionary: self.spellings.dictionary(),
                    })
                })
            }
            Way::Texts => {
                let found = flat.cells(pages, &mut self.text_codes(), room, page_room)?;
                found.map(|found| {
                    Column::Coded(CodedColumn {
                        codes: found.cells.into(),
                        dictionary: self.spellings.dictionary(),
                    })
                })
            }
        })
    }
}

impl FieldReader {
    /// Codes of the next piece's texts.
    fn text_codes(&mut self) -> Codes<'_> {
        self.spellings.renew();
        Codes {
            field: &self.field,
            zone: &self.zone,
            spellings: &mut self.spellings,
        }
    }
}

/// The column of a leaf, when it is a root and holds a list of texts a row.
fn list_column(leaf: &Leaf, file: &SchemaDescriptor) -> Option<FlatColumn> {
    let (DataType::List(element) | DataType::LargeList(element)) = &leaf.kind else {
        return None;
    };
    let columns = leaf.columns(file);
    let [index] = columns.as_slice() else {
        return None;
    };
    let column = file.columns().get(*index)?;
    let value = u32::try_from(column.max_def_level()).ok()?;
    let is_optional = column.self_type().is_optional();
    let depth = Depth {
        element: value.checked_sub(u32::from(is_optional))?,
        value,
    };
    let is_list = column.max_rep_level() == 1
        && depth.element > 0
        && leaf.is_root()
        && is_of_texts(element.data_type(), column);
    is_list.then_some(FlatColumn {
        index: *index,
        is_optional,
        way: Way::Lists(depth),
    })
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
    is_of_texts(&leaf.kind, column)
}

fn is_of_texts(kind: &DataType, column: &ColumnDescriptor) -> bool {
    let is_text = |kind: &DataType| {
        matches!(
            kind,
            DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
        )
    };
    let is_coded =
        |kind: &DataType| matches!(kind, DataType::Dictionary(_, value) if is_text(value));
    column.physical_type() == PhysicalType::BYTE_ARRAY && (is_text(kind) || is_coded(kind))
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
