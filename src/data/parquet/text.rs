//! Turns cells of Arrow arrays into the text that a CSV cell would have.

use crate::value::{Date, Instant, Number, Zone};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float16Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrowPrimitiveType};
use arrow_schema::{DataType, TimeUnit};
use std::fmt::Display;

const DAY_MS: i64 = 86_400_000;
/// Stands for a cell without text; invalid for every type.
const NO_TEXT: &str = "\0";

/// Hands the text of every cell over, `None` for nulls; `rows` nulls when there is no array.
pub(super) fn for_each_text(
    array: Option<&dyn Array>,
    rows: usize,
    mut take: impl FnMut(Option<&str>),
) {
    match array {
        None => (0..rows).for_each(|_| take(None)),
        Some(array) => each_text(array, &mut take),
    }
}

fn each_text(array: &dyn Array, take: &mut dyn FnMut(Option<&str>)) {
    match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().iter().for_each(take),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(take),
        DataType::Utf8View => array.as_string_view().iter().for_each(take),
        DataType::Binary => array.as_binary::<i32>().iter().for_each(|b| take(utf8(b))),
        DataType::LargeBinary => array.as_binary::<i64>().iter().for_each(|b| take(utf8(b))),
        DataType::BinaryView => array.as_binary_view().iter().for_each(|b| take(utf8(b))),
        DataType::Boolean => {
            let texts = array.as_boolean().iter();
            texts.for_each(|cell| take(cell.map(|is_true| if is_true { "true" } else { "false" })));
        }
        DataType::Int8 => shown::<Int8Type>(array, take),
        DataType::Int16 => shown::<Int16Type>(array, take),
        DataType::Int32 => shown::<Int32Type>(array, take),
        DataType::Int64 => shown::<Int64Type>(array, take),
        DataType::UInt8 => shown::<UInt8Type>(array, take),
        DataType::UInt16 => shown::<UInt16Type>(array, take),
        DataType::UInt32 => shown::<UInt32Type>(array, take),
        DataType::UInt64 => shown::<UInt64Type>(array, take),
        DataType::Float16 => shown::<Float16Type>(array, take),
        DataType::Float32 => shown::<Float32Type>(array, take),
        DataType::Float64 => shown::<Float64Type>(array, take),
        DataType::Decimal128(_, scale) => {
            let scale = u8::try_from(*scale).ok();
            written::<Decimal128Type, _>(array, take, |digits| Some(Number::new(digits, scale?)));
        }
        DataType::Date32 => written::<Date32Type, _>(array, take, |days| date(i64::from(days))),
        DataType::Date64 => {
            written::<Date64Type, _>(array, take, |ms| date(ms.div_euclid(DAY_MS)));
        }
        DataType::Timestamp(unit, zone) => times(array, unit, zone.is_some(), take),
        DataType::Dictionary(..) => entries(array, take),
        DataType::Null => (0..array.len()).for_each(|_| take(None)),
        // Columns of other kinds are refused before any cell is read.
        _ => (0..array.len()).for_each(|_| take(Some(NO_TEXT))),
    }
}

fn utf8(bytes: Option<&[u8]>) -> Option<&str> {
    bytes.map(|bytes| std::str::from_utf8(bytes).unwrap_or(NO_TEXT))
}

fn date(days: i64) -> Option<Date> {
    let is_known = (i64::from(Date::MIN.0)..=i64::from(Date::MAX.0)).contains(&days);
    i32::try_from(days).ok().filter(|_| is_known).map(Date)
}

fn shown<T: ArrowPrimitiveType>(array: &dyn Array, take: &mut dyn FnMut(Option<&str>))
where
    T::Native: Display,
{
    written::<T, _>(array, take, Some);
}

/// Hands cells over as `text` writes them; what it cannot write has no text.
fn written<T: ArrowPrimitiveType, D: Display>(
    array: &dyn Array,
    take: &mut dyn FnMut(Option<&str>),
    text: impl Fn(T::Native) -> Option<D>,
) {
    use std::fmt::Write;
    let mut buffer = String::new();
    for cell in array.as_primitive::<T>().iter() {
        let Some(cell) = cell else {
            take(None);
            continue;
        };
        buffer.clear();
        match text(cell) {
            // Writing into a string cannot fail.
            Some(text) => {
                let _ = write!(buffer, "{text}");
            }
            None => buffer.push_str(NO_TEXT),
        }
        take(Some(&buffer));
    }
}

/// Times with a zone are written in UTC; those without as the local time they are.
fn times(array: &dyn Array, unit: &TimeUnit, has_zone: bool, take: &mut dyn FnMut(Option<&str>)) {
    let utc = Zone::utc();
    let text = |ms: Option<i64>| {
        let ms = ms.filter(|ms| date(ms.div_euclid(DAY_MS)).is_some())?;
        let mut text = utc.rfc3339(Instant(ms));
        if !has_zone {
            text.pop();
        }
        Some(text)
    };
    match unit {
        TimeUnit::Second => {
            written::<TimestampSecondType, _>(array, take, |at| text(at.checked_mul(1000)));
        }
        TimeUnit::Millisecond => {
            written::<TimestampMillisecondType, _>(array, take, |at| text(Some(at)));
        }
        TimeUnit::Microsecond => {
            written::<TimestampMicrosecondType, _>(array, take, |at| {
                text(Some(at.div_euclid(1000)))
            });
        }
        TimeUnit::Nanosecond => {
            written::<TimestampNanosecondType, _>(array, take, |at| {
                text(Some(at.div_euclid(1_000_000)))
            });
        }
    }
}

/// Dictionaries: each entry is turned into text once.
fn entries(array: &dyn Array, take: &mut dyn FnMut(Option<&str>)) {
    let keyed = array.as_any_dictionary();
    let mut texts: Vec<Option<String>> = Vec::with_capacity(keyed.values().len());
    each_text(&**keyed.values(), &mut |text| {
        texts.push(text.map(str::to_string));
    });
    if texts.is_empty() {
        (0..array.len()).for_each(|_| take(None));
        return;
    }
    for (row, place) in keyed.normalized_keys().into_iter().enumerate() {
        let text = texts.get(place).and_then(Option::as_deref);
        take(text.filter(|_| !array.is_null(row)));
    }
}
