//! What the cells of each type of column mean to a field.

use crate::data::{Files, field, lenient, list, load, load_with, schema, text, text_value};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::{Int8Type, UInt16Type};
use arrow_array::{
    BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, LargeBinaryArray,
    LargeListArray, LargeStringArray, ListArray, NullArray, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray,
    TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array,
};
use segrule::data::Input;
use segrule::schema::Type;
use segrule::value::{Date, Instant, Intervals, TimeFormat, Value, Zone};
use std::sync::Arc;

use super::*;

#[test]
fn integers_of_any_width_are_read() {
    let expected = [Value::Int(7), Value::Missing, Value::Int(100)];
    check(
        int(),
        array(Int8Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(Int16Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(Int32Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(Int64Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(UInt8Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(UInt16Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(UInt32Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        int(),
        array(UInt64Array::from(vec![Some(7), None, Some(100)])),
        &expected,
    );
    check(
        Type::Int(Intervals::all()),
        array(UInt64Array::from(vec![u64::MAX, 1])),
        &[Value::Invalid, Value::Int(1)],
    );
    check(int(), array(Int32Array::from(vec![201])), &[Value::Invalid]);
    check(
        int(),
        array(Float64Array::from(vec![18.0, 18.5])),
        &[Value::Int(18), Value::Invalid],
    );
    check(
        int(),
        array(
            Decimal128Array::from(vec![1800, 1850])
                .with_precision_and_scale(10, 2)
                .unwrap(),
        ),
        &[Value::Int(18), Value::Invalid],
    );
}

#[test]
fn a_text_column_of_an_int_field_is_read_as_csv_would_be() {
    check(
        int(),
        array(StringArray::from(vec![
            Some(" １８ "),
            Some("18.0"),
            Some("1,0"),
            Some(""),
            None,
        ])),
        &[
            Value::Int(18),
            Value::Int(18),
            Value::Invalid,
            Value::Missing,
            Value::Missing,
        ],
    );
}

#[test]
fn values_that_count_as_missing_are_missing() {
    let mut age = field("x", int());
    age.missing_when = vec![Value::Int(-1)];
    let bytes = bytes_of(vec![
        ("id", numbers(2)),
        ("x", array(Int64Array::from(vec![-1, 5]))),
    ]);
    let loaded = load(
        bytes,
        "a.parquet",
        &schema(vec![field("id", Type::Id), age]),
    )
    .unwrap();
    assert_eq!(*loaded.cell("1", 1), Value::Missing);
    assert_eq!(*loaded.cell("2", 1), Value::Int(5));
}

#[test]
fn decimals_are_exact_or_invalid() {
    let of = |digits: Vec<i128>, scale| {
        array(
            Decimal128Array::from(digits)
                .with_precision_and_scale(38, scale)
                .unwrap(),
        )
    };
    check(
        decimal(2),
        of(vec![123, -5], 2),
        &[units(123, 2), units(-5, 2)],
    );
    check(decimal(2), of(vec![7], 0), &[units(700, 2)]);
    check(
        decimal(2),
        of(vec![1230, 1234], 3),
        &[units(123, 2), Value::Invalid],
    );
    check(
        decimal(2),
        array(Int32Array::from(vec![3])),
        &[units(300, 2)],
    );
    // Ten digits and more than an i64 of units.
    check(
        decimal(2),
        of(vec![i128::from(i64::MAX)], 0),
        &[Value::Invalid],
    );
}

#[test]
fn d24_decimals_of_scale_30_are_exact_or_invalid() {
    let of = |digits: Vec<i128>| {
        array(
            Decimal128Array::from(digits)
                .with_precision_and_scale(38, 30)
                .unwrap(),
        )
    };
    let one = 10_i128.pow(30);
    check(
        decimal(2),
        of(vec![one, one / 4, one + 1, -one, 99_999_999 * one]),
        &[
            units(100, 2),
            units(25, 2),
            Value::Invalid,
            units(-100, 2),
            units(9_999_999_900, 2),
        ],
    );
}

#[test]
fn d24_money_in_floats_is_read_when_its_shortest_form_fits() {
    check(
        decimal(2),
        array(Float64Array::from(vec![
            0.1,
            30.83,
            30.830000000000002,
            0.1 + 0.2,
            f64::NAN,
            1e300,
        ])),
        &[
            units(10, 2),
            units(3083, 2),
            Value::Invalid,
            Value::Invalid,
            Value::Invalid,
            Value::Invalid,
        ],
    );
    check(
        decimal(2),
        array(Float32Array::from(vec![0.1, 0.125])),
        &[units(10, 2), Value::Invalid],
    );
}

#[test]
fn floats_are_finite() {
    let kind = || Type::Float(Intervals::all());
    check(
        kind(),
        array(Float64Array::from(vec![0.5, f64::NAN, f64::INFINITY])),
        &[Value::Float(0.5), Value::Invalid, Value::Invalid],
    );
    check(
        kind(),
        array(Float32Array::from(vec![0.5])),
        &[Value::Float(0.5)],
    );
    check(
        kind(),
        array(Int64Array::from(vec![3])),
        &[Value::Float(3.0)],
    );
}

#[test]
fn booleans_are_read_also_from_numbers_and_texts() {
    let expected = [Value::Bool(true), Value::Bool(false)];
    check(
        Type::Bool,
        array(BooleanArray::from(vec![true, false])),
        &expected,
    );
    check(Type::Bool, array(Int32Array::from(vec![1, 0])), &expected);
    check(
        Type::Bool,
        array(StringArray::from(vec!["是", "no"])),
        &expected,
    );
}

#[test]
fn text_is_read_from_every_string_type() {
    let expected = [text_value("é"), Value::Missing, text_value("b")];
    let cells = || vec![Some(" e\u{301} "), None, Some("b")];
    check(text(), array(StringArray::from(cells())), &expected);
    check(text(), array(LargeStringArray::from(cells())), &expected);
    check(text(), array(StringViewArray::from(cells())), &expected);
    let keyed: DictionaryArray<Int8Type> = cells().into_iter().collect();
    check(text(), array(keyed), &expected);
    let keyed: DictionaryArray<UInt16Type> = cells().into_iter().collect();
    check(text(), array(keyed), &expected);
    let bytes = || vec![Some(&b"e\xcc\x81"[..]), None, Some(&b"\xff"[..])];
    let expected = [text_value("é"), Value::Missing, Value::Invalid];
    check(text(), array(BinaryArray::from(bytes())), &expected);
    check(text(), array(LargeBinaryArray::from(bytes())), &expected);
    check(
        text(),
        array(Int32Array::from(vec![18])),
        &[text_value("18")],
    );
}

#[test]
fn one_of_and_region_are_checked_once_a_distinct_text() {
    let kind = Type::OneOf(Arc::from([Arc::from("ios"), Arc::from("pc")]));
    check(
        kind,
        array(StringArray::from(vec![Some("ios"), Some("x"), None])),
        &[text_value("ios"), Value::Invalid, Value::Missing],
    );
}

#[test]
fn dates_are_read_from_days_and_midnights() {
    let kind = || Type::Date(TimeFormat::Iso);
    let day = Value::Date(Date(20_000));
    check(
        kind(),
        array(Date32Array::from(vec![Some(20_000), None])),
        &[day.clone(), Value::Missing],
    );
    check(
        kind(),
        array(Date32Array::from(vec![i32::MAX])),
        &[Value::Invalid],
    );
    check(
        kind(),
        array(Date64Array::from(vec![20_000 * 86_400_000])),
        std::slice::from_ref(&day),
    );
    check(
        kind(),
        array(TimestampMicrosecondArray::from(vec![
            20_000 * 86_400_000_000,
            3_600_000_000,
        ])),
        &[day.clone(), Value::Invalid],
    );
    check(kind(), array(StringArray::from(vec!["2024-10-04"])), &[day]);
}

#[test]
fn times_with_a_zone_are_instants_and_those_without_are_local() {
    let at = 1_767_225_600_000; // 2026-01-01T00:00Z
    let with = |zone: &str| {
        array(TimestampMillisecondArray::from(vec![Some(at), None]).with_timezone(zone))
    };
    let instant = Value::Instant(Instant(at));
    check(datetime(), with("UTC"), &[instant.clone(), Value::Missing]);
    check(
        datetime(),
        with("+08:00"),
        &[instant.clone(), Value::Missing],
    );
    let expected = std::slice::from_ref(&instant);
    check(
        datetime(),
        array(TimestampSecondArray::from(vec![at / 1000])),
        expected,
    );
    check(
        datetime(),
        array(TimestampMillisecondArray::from(vec![at])),
        expected,
    );
    check(
        datetime(),
        array(TimestampMicrosecondArray::from(vec![at * 1000 + 999])),
        expected,
    );
    check(
        datetime(),
        array(TimestampNanosecondArray::from(vec![at * 1_000_000 + 1])),
        expected,
    );
    check(
        datetime(),
        array(TimestampMillisecondArray::from(vec![i64::MAX])),
        &[Value::Invalid],
    );
    check(
        datetime(),
        array(TimestampSecondArray::from(vec![i64::MIN])),
        &[Value::Invalid],
    );
    check(datetime(), array(Date32Array::from(vec![20_454])), expected);

    let files = Files::new();
    let cells = array(TimestampMicrosecondArray::from(vec![at * 1000]));
    let path = files.write(
        "a.parquet",
        bytes_of(vec![("id", numbers(1)), ("x", cells)]),
    );
    let mut options = lenient();
    options.zone = Zone::named("Asia/Shanghai").unwrap();
    let loaded = load_with(&Input::file(path), &one(datetime()), &options).unwrap();
    assert_eq!(
        *loaded.cell("1", 1),
        Value::Instant(Instant(at - 8 * 3_600_000))
    );
}

#[test]
fn a_field_with_an_epoch_takes_integers() {
    check(
        Type::Datetime(TimeFormat::EpochSeconds),
        array(Int64Array::from(vec![1_767_225_600])),
        &[Value::Instant(Instant(1_767_225_600_000))],
    );
}

fn tags() -> ListArray {
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("a"), None, Some(" b ")]);
    tags.append_value(Vec::<Option<&str>>::new());
    tags.append_null();
    tags.append_value([Some("")]);
    tags.finish()
}

#[test]
fn lists_drop_blanks_and_missing_elements() {
    let full = Value::List(vec![text_value("a"), text_value("b")]);
    let expected = [full, Value::Missing, Value::Missing, Value::Missing];
    check(list(None), array(tags()), &expected);
    let (field, offsets, values, nulls) = tags().into_parts();
    let offsets = offsets
        .iter()
        .map(|offset| i64::from(*offset))
        .collect::<Vec<_>>();
    let offsets = arrow_buffer::OffsetBuffer::new(offsets.into());
    check(
        list(None),
        array(LargeListArray::new(field, offsets, values, nulls)),
        &expected,
    );
    check(
        list(Some(";")),
        array(StringArray::from(vec![Some("a; b ;"), None])),
        &[
            Value::List(vec![text_value("a"), text_value("b")]),
            Value::Missing,
        ],
    );
    let numbers = ListArray::from_iter_primitive::<arrow_array::types::Int32Type, _, _>(vec![
        Some(vec![Some(1), Some(2)]),
        Some(vec![Some(1), Some(999)]),
    ]);
    let kind = Type::List {
        element: Box::new(int()),
        separator: None,
    };
    check(
        kind,
        array(numbers),
        &[
            Value::List(vec![Value::Int(1), Value::Int(2)]),
            Value::Invalid,
        ],
    );
}

#[test]
fn d25_a_column_without_a_type_is_missing() {
    let missing = [Value::Missing, Value::Missing];
    check(int(), array(NullArray::new(2)), &missing);
    check(text(), array(NullArray::new(2)), &missing);
    check(list(None), array(NullArray::new(2)), &missing);
    check(
        Type::Date(TimeFormat::Iso),
        array(NullArray::new(2)),
        &missing,
    );
}

#[test]
fn other_scalars_are_read_through_their_text() {
    check(
        text(),
        array(BooleanArray::from(vec![true])),
        &[text_value("true")],
    );
    check(
        text(),
        array(Date32Array::from(vec![0])),
        &[text_value("1970-01-01")],
    );
    check(
        text(),
        array(TimestampSecondArray::from(vec![0])),
        &[text_value("1970-01-01T00:00:00")],
    );
    check(
        text(),
        array(TimestampSecondArray::from(vec![0]).with_timezone("UTC")),
        &[text_value("1970-01-01T00:00:00Z")],
    );
    check(
        text(),
        array(
            Decimal128Array::from(vec![-5])
                .with_precision_and_scale(9, 2)
                .unwrap(),
        ),
        &[text_value("-0.05")],
    );
    let keyed: DictionaryArray<Int8Type> = [Some("7"), None, Some("x")].into_iter().collect();
    check(
        int(),
        array(keyed),
        &[Value::Int(7), Value::Missing, Value::Invalid],
    );
}
