//! Whole arrays at once: numbers and times that need no second look.
//!
//! Every way here gives what reading cell by cell gives; it answers `None` where it cannot.

use crate::schema::{Field, Type};
use crate::table::{Bitmap, NumberColumn};
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

/// The column of an array whose rows all stay.
pub(super) fn number_column(array: &ArrayRef, field: &Field, zone: &Zone) -> Option<NumberColumn> {
    if !field.missing_when.is_empty() {
        return None;
    }
    match (&field.kind, array.data_type()) {
        (Type::Int(range), kind) => checked(integers(array, kind)?, array, range),
        (Type::Decimal { places, range }, DataType::Decimal128(precision, scale))
            if u8::try_from(*scale).ok() == Some(*places) && *precision <= 18 =>
        {
            // Up to 18 digits fit into 64 bits.
            let values = array.as_primitive::<Decimal128Type>().values();
            checked(
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
            checked(
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
            checked(values, array, &calendar_ms())
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

/// Values with the rows that hold one; those outside the range are invalid. Values under a null are
/// whatever the file left there, and set to 0.
fn checked(mut values: Vec<i64>, array: &ArrayRef, range: &Intervals) -> Option<NumberColumn> {
    let mut present = present(array.nulls(), values.len());
    let mut invalid = Bitmap::default();
    if !range.is_all() {
        let outside = Bitmap::from_fn(values.len(), |row| {
            present.get(row) && values.get(row).is_none_or(|value| !range.contains(*value))
        });
        if !outside.is_none() {
            present.and_not(&outside);
            invalid = outside;
        }
    }
    if present.count() != values.len() as u64 {
        for (row, value) in values.iter_mut().enumerate() {
            if !present.get(row) {
                *value = 0;
            }
        }
    }
    Some(NumberColumn {
        values,
        present,
        invalid,
    })
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
