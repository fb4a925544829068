//! Whole arrays at once: numbers and times that need no second look.
//!
//! Every way here gives what reading cell by cell gives; it answers `None` where it cannot.

use crate::schema::{Field, Type};
use crate::table::{Bitmap, CodedColumn, Column, ListColumn, NumberColumn};
use crate::value::{Instant, Intervals, Zone};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Int8Type, Int16Type, Int32Type, Int64Type,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType,
    TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};
use std::sync::Arc;

/// The column of an array whose rows all stay.
pub(super) fn number_column(array: &ArrayRef, field: &Field, zone: &Zone) -> Option<NumberColumn> {
    if !field.missing_when.is_empty() {
        return None;
    }
    match (&field.kind, array.data_type()) {
        (Type::Int(range), kind) => cleared(integers(array, kind)?, array, range),
        (Type::Decimal { places, range }, DataType::Decimal128(precision, scale))
            if u8::try_from(*scale).ok() == Some(*places) && *precision <= 18 =>
        {
            // Up to 18 digits fit into 64 bits.
            let values = array.as_primitive::<Decimal128Type>().values();
            cleared(
                values.iter().map(|&units| units as i64).collect(),
                array,
                range,
            )
        }
        (Type::Date(format), DataType::Date32) if format.is_iso() => {
            let values = array.as_primitive::<Date32Type>().values();
            let in_calendar = Intervals::new(vec![(
                i64::from(crate::value::Date::MIN.0),
                i64::from(crate::value::Date::MAX.0),
            )]);
            cleared(
                values.iter().map(|&days| i64::from(days)).collect(),
                array,
                &in_calendar,
            )
        }
        (Type::Datetime(format), DataType::Timestamp(unit, at)) if format.is_iso() => {
            let is_utc = zone.name() == "UTC";
            if at.is_none() && !is_utc {
                return None;
            }
            let values = milliseconds(array, unit)?;
            cleared(values, array, &calendar_ms())
        }
        (_, _) => None,
    }
}

/// Milliseconds of the years 0001 to 9999.
fn calendar_ms() -> Intervals {
    let zone = Zone::utc();
    let Instant(first) = zone.start_of_day(crate::value::Date::MIN);
    let Instant(last) = zone.end_of_day(crate::value::Date::MAX);
    Intervals::new(vec![(first, last)])
}

fn integers(array: &ArrayRef, kind: &DataType) -> Option<Vec<i64>> {
    Some(match kind {
        DataType::Int64 => array.as_primitive::<Int64Type>().values().to_vec(),
        DataType::Int32 => widened::<Int32Type>(array),
        DataType::Int16 => widened::<Int16Type>(array),
        DataType::Int8 => widened::<Int8Type>(array),
        DataType::UInt32 => widened::<UInt32Type>(array),
        DataType::UInt16 => widened::<UInt16Type>(array),
        DataType::UInt8 => widened::<UInt8Type>(array),
        _ => return None,
    })
}

fn widened<T: ArrowPrimitiveType>(array: &ArrayRef) -> Vec<i64>
where
    T::Native: Into<i64>,
{
    let values = array.as_primitive::<T>().values();
    values.iter().map(|&value| value.into()).collect()
}

fn milliseconds(array: &ArrayRef, unit: &TimeUnit) -> Option<Vec<i64>> {
    Some(match unit {
        TimeUnit::Second => {
            let values = array.as_primitive::<TimestampSecondType>().values();
            values.iter().map(|at| at.saturating_mul(1000)).collect()
        }
        TimeUnit::Millisecond => array
            .as_primitive::<TimestampMillisecondType>()
            .values()
            .to_vec(),
        TimeUnit::Microsecond => {
            let values = array.as_primitive::<TimestampMicrosecondType>().values();
            values.iter().map(|at| at.div_euclid(1000)).collect()
        }
        TimeUnit::Nanosecond => {
            let values = array.as_primitive::<TimestampNanosecondType>().values();
            values.iter().map(|at| at.div_euclid(1_000_000)).collect()
        }
    })
}

/// Values under a null are whatever the file left there, and set to 0.
fn cleared(mut values: Vec<i64>, array: &ArrayRef, range: &Intervals) -> Option<NumberColumn> {
    let present = present(array.nulls(), values.len());
    clear(&mut values, &present);
    Some(checked(values, present, range))
}

/// Values with the rows that hold one; those outside the range are invalid.
pub(super) fn checked(
    mut values: Vec<i64>,
    mut present: Bitmap,
    range: &Intervals,
) -> NumberColumn {
    let mut invalid = Bitmap::default();
    if !are_all_in(&values, range) {
        let outside = Bitmap::from_fn(values.len(), |row| {
            present.get(row) && values.get(row).is_none_or(|value| !range.contains(*value))
        });
        if !outside.is_none() {
            present.and_not(&outside);
            clear(&mut values, &present);
            invalid = outside;
        }
    }
    NumberColumn {
        values: values.into(),
        present,
        invalid,
    }
}

fn clear(values: &mut [i64], present: &Bitmap) {
    if present.count() != values.len() as u64 {
        for (row, value) in values.iter_mut().enumerate() {
            if !present.get(row) {
                *value = 0;
            }
        }
    }
}

/// Whether all values are in a range of one piece, many at a time.
fn are_all_in(values: &[i64], range: &Intervals) -> bool {
    let mut pieces = range.iter();
    match (pieces.next(), pieces.next()) {
        _ if range.is_all() => true,
        (Some((first, last)), None) => values.chunks(1024).all(|part| {
            let is_out = |value: &i64| *value < first || *value > last;
            !part.iter().fold(false, |out, value| out | is_out(value))
        }),
        (_, _) => false,
    }
}

/// The rows of a column that stay.
pub(super) fn keep(column: Column, kept: &Bitmap) -> Column {
    let bits = |bits: &Bitmap| {
        let mut of_kept = Bitmap::default();
        kept.rows().for_each(|row| of_kept.push(bits.get(row)));
        of_kept
    };
    match column {
        Column::Number(numbers) => Column::Number(NumberColumn {
            values: kept
                .rows()
                .filter_map(|row| numbers.values.get(row))
                .collect(),
            present: bits(&numbers.present),
            invalid: Some(bits(&numbers.invalid))
                .filter(|invalid| !invalid.is_none())
                .unwrap_or_default(),
        }),
        Column::Coded(coded) => Column::Coded(CodedColumn {
            codes: kept.rows().filter_map(|row| coded.codes.get(row)).collect(),
            dictionary: coded.dictionary,
        }),
        Column::List(lists) => Column::List(ListColumn {
            invalid: Some(bits(&lists.invalid))
                .filter(|invalid| !invalid.is_none())
                .unwrap_or_default(),
            ..kept_lists(lists, kept)
        }),
        // These are read for the rows that stay.
        Column::Text(_) | Column::Absent => column,
    }
}

fn kept_lists(lists: ListColumn, kept: &Bitmap) -> ListColumn {
    let mut offsets = vec![0];
    let mut codes = Vec::with_capacity(lists.codes.len());
    for row in kept.rows() {
        codes.extend(lists.row(row));
        offsets.push(codes.len() as u32);
    }
    ListColumn {
        offsets,
        codes: codes.into(),
        invalid: Bitmap::default(),
        dictionary: Arc::clone(&lists.dictionary),
    }
}

fn present(nulls: Option<&NullBuffer>, rows: usize) -> Bitmap {
    match nulls {
        None => Bitmap::all(rows),
        Some(nulls) => {
            let chunks = nulls.inner().bit_chunks();
            Bitmap::from_words(chunks.iter_padded().take(rows.div_ceil(64)).collect(), rows)
        }
    }
}
