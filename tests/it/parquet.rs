//! Parquet files: what their columns mean to fields, and what a broken file may not do.

use crate::data::{
    Files, Loaded, failure, field, lenient, list, load, load_with, schema, text, text_value,
};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::{Int8Type, UInt16Type};
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    Decimal256Array, DictionaryArray, FixedSizeBinaryArray, Float32Array, Float64Array, Int8Array,
    Int16Array, Int32Array, Int64Array, LargeBinaryArray, LargeListArray, LargeStringArray,
    ListArray, NullArray, RecordBatch, StringArray, StringViewArray, StructArray,
    Time32SecondArray, TimestampMicrosecondArray, TimestampMillisecondArray,
    TimestampNanosecondArray, TimestampSecondArray, UInt8Array, UInt16Array, UInt32Array,
    UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use segrule::data::{DataErrorKind, Input, RejectReason};
use segrule::name::Name;
use segrule::schema::{Field, Schema, Type};
use segrule::value::{Date, Instant, Intervals, TimeFormat, Value, Zone};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    RecordBatch::try_from_iter_with_nullable(columns).unwrap()
}

fn properties() -> parquet::file::properties::WriterPropertiesBuilder {
    WriterProperties::builder()
}

fn written(batch: &RecordBatch, properties: WriterProperties) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn bytes_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    written(&batch(columns), properties().build())
}

fn numbers(count: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(
        (1..=count).map(|id| id.to_string()),
    ))
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

/// A file of ids from 1 and one column, read as a field of a type.
fn read(kind: Type, cells: ArrayRef) -> Loaded {
    let bytes = bytes_of(vec![("id", numbers(cells.len())), ("x", cells)]);
    load(bytes, "a.parquet", &one(kind)).unwrap()
}

fn one(kind: Type) -> Schema {
    schema(vec![field("id", Type::Id), field("x", kind)])
}

/// The cells of the column.
#[track_caller]
fn check(kind: Type, cells: ArrayRef, expected: &[Value]) {
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
fn refused(kind: Type, cells: ArrayRef) -> String {
    let bytes = bytes_of(vec![("id", numbers(cells.len())), ("x", cells)]);
    failure(bytes, "a.parquet", &one(kind))
}

fn int() -> Type {
    Type::Int(Intervals::new(vec![(-10, 200)]))
}

fn decimal(places: u8) -> Type {
    Type::Decimal {
        places,
        range: Intervals::all(),
    }
}

fn units(units: i64, places: u8) -> Value {
    Value::Decimal { units, places }
}

fn datetime() -> Type {
    Type::Datetime(TimeFormat::Iso)
}

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
fn dictionaries_with_many_rows_are_read_in_time() {
    let rows = 200_000;
    let keyed: DictionaryArray<Int8Type> = (0..rows)
        .map(|row| Some(["a", "b", "c"][row % 3]))
        .collect();
    let loaded = read(text(), array(keyed));
    assert_eq!(loaded.rows.len(), rows);
    assert_eq!(
        loaded.rows[rows - 1].2[1],
        text_value(["a", "b", "c"][(rows - 1) % 3])
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
fn nested_records_are_entered_by_dots() {
    let inner = StructArray::try_from(vec![
        ("os", array(StringArray::from(vec!["ios", "pc", "x"]))),
        ("v", array(Int32Array::from(vec![1, 2, 3]))),
    ]);
    let (fields, arrays, _) = inner.unwrap().into_parts();
    let nulls = arrow_buffer::NullBuffer::from(vec![true, true, false]);
    let device = StructArray::new(fields, arrays, Some(nulls));
    let bytes = bytes_of(vec![("id", numbers(3)), ("device", array(device))]);
    let fields = vec![
        field("id", Type::Id),
        field("device.os", text()),
        field("device.v", int()),
    ];
    let loaded = load(bytes, "a.parquet", &schema(fields)).unwrap();
    assert_eq!(*loaded.cell("2", 1), text_value("pc"));
    assert_eq!(*loaded.cell("2", 2), Value::Int(2));
    assert_eq!(*loaded.cell("3", 1), Value::Missing);
    assert_eq!(*loaded.cell("3", 2), Value::Missing);
    assert!(loaded.report.ignored.is_empty());
}

#[test]
fn columns_are_found_as_in_csv() {
    let columns = || {
        vec![
            (" 编号 ", numbers(1)),
            ("other", array(Int32Array::from(vec![1]))),
        ]
    };
    let id = Field {
        aka: vec![Name::new("编号")],
        ..field("id", Type::Id)
    };
    let optional = Field {
        is_optional: true,
        ..field("age", int())
    };
    let known = schema(vec![id.clone(), optional]);
    let loaded = load(bytes_of(columns()), "a.parquet", &known).unwrap();
    assert_eq!(loaded.ids(), ["1"]);
    assert_eq!(loaded.report.ignored, ["other"]);
    assert_eq!(loaded.report.absent, [Name::new("age")]);
    assert_eq!(*loaded.cell("1", 1), Value::Missing);
    let strict = schema(vec![id, field("age", int())]);
    let error = failure(bytes_of(columns()), "a.parquet", &strict);
    assert!(error.contains("age"), "{error}");
}

#[test]
fn a_file_is_known_by_its_content() {
    let bytes = bytes_of(vec![
        ("id", numbers(2)),
        ("x", array(Int32Array::from(vec![1, 2]))),
    ]);
    assert_eq!(
        load(bytes, "contacts", &one(int())).unwrap().ids(),
        ["1", "2"]
    );
}

#[test]
fn rows_without_a_good_id_are_rejected() {
    let ids = StringArray::from(vec![
        Some(" a "),
        None,
        Some(""),
        Some("1.38E+10"),
        Some("a"),
        Some("b"),
    ]);
    let bytes = bytes_of(vec![
        ("id", array(ids)),
        ("x", array(Int32Array::from(vec![1, 2, 3, 4, 5, 6]))),
    ]);
    let loaded = load(bytes, "a.parquet", &one(int())).unwrap();
    assert_eq!(loaded.ids(), ["a", "b"]);
    assert_eq!(loaded.rows[1].1, 5, "record numbers count rejected rows");
    assert_eq!(*loaded.cell("b", 1), Value::Int(6));
    let name = RejectReason::name;
    assert_eq!(
        loaded.rejects(),
        [
            (2, name(RejectReason::MissingId)),
            (3, name(RejectReason::MissingId)),
            (4, name(RejectReason::SpreadsheetId)),
            (5, name(RejectReason::DuplicateId)),
        ]
    );
}

#[test]
fn integer_ids_are_their_digits() {
    let ids = array(Int64Array::from(vec![13_800_138_000, 7]));
    let bytes = bytes_of(vec![
        ("id", ids),
        ("x", array(Int32Array::from(vec![1, 2]))),
    ]);
    let loaded = load(bytes, "a.parquet", &one(int())).unwrap();
    assert_eq!(loaded.ids(), ["13800138000", "7"]);
}

#[test]
fn codecs_and_page_versions_are_read_alike() {
    let rows = 3_000;
    let columns = batch(vec![
        ("id", numbers(rows)),
        (
            "x",
            Arc::new(Int32Array::from_iter(
                (0..rows as i32).map(|row| (row % 7 > 0).then_some(row % 100)),
            )),
        ),
    ]);
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::ZSTD(ZstdLevel::default()),
        Compression::GZIP(Default::default()),
        Compression::LZ4_RAW,
        Compression::BROTLI(Default::default()),
    ];
    for codec in codecs {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            let properties = properties()
                .set_compression(codec)
                .set_writer_version(version)
                .set_max_row_group_row_count(Some(1_000))
                .set_data_page_row_count_limit(100)
                .set_write_batch_size(50)
                .build();
            let loaded = load(written(&columns, properties), "a.parquet", &one(int())).unwrap();
            assert_eq!(loaded.rows.len(), rows, "{codec:?} {version:?}");
            for (row, (id, record, cells)) in loaded.rows.iter().enumerate() {
                assert_eq!(
                    (id.as_str(), *record),
                    (&*(row + 1).to_string(), row as u64)
                );
                let expected = match row % 7 {
                    0 => Value::Missing,
                    _ => Value::Int(row as i64 % 100),
                };
                assert_eq!(cells[1], expected);
            }
        }
    }
}

#[test]
fn large_groups_are_read_in_pieces_in_order() {
    let rows = 150_000;
    let mut tags = ListBuilder::new(StringBuilder::new());
    (0..rows).for_each(|row| tags.append_value((0..row % 3).map(|tag| Some(format!("t{tag}")))));
    let columns = batch(vec![("id", numbers(rows)), ("x", array(tags.finish()))]);
    let loaded = load(
        written(&columns, properties().build()),
        "a.parquet",
        &one(list(None)),
    )
    .unwrap();
    assert_eq!(loaded.rows.len(), rows);
    for (row, (id, record, cells)) in loaded.rows.iter().enumerate() {
        assert_eq!(
            (id.as_str(), *record),
            (&*(row + 1).to_string(), row as u64)
        );
        let tags = (0..row % 3)
            .map(|tag| text_value(&format!("t{tag}")))
            .collect::<Vec<_>>();
        assert_eq!(
            cells[1],
            if tags.is_empty() {
                Value::Missing
            } else {
                Value::List(tags)
            }
        );
    }
}

#[test]
fn d24_columns_of_other_kinds_are_refused_by_name() {
    let time = array(Time32SecondArray::from(vec![1]));
    let error = refused(int(), Arc::clone(&time));
    assert!(error.contains("`x`") && error.contains("Time32"), "{error}");
    let wide = array(Decimal256Array::from(vec![arrow_buffer::i256::ONE]));
    assert!(refused(decimal(2), wide).contains("`x`"));
    let raw = array(FixedSizeBinaryArray::try_from_iter([[1_u8, 2]].iter()).unwrap());
    assert!(refused(text(), raw).contains("`x`"));
    let nested = StructArray::try_from(vec![("a", numbers(1))]).unwrap();
    let item = Arc::new(arrow_schema::Field::new(
        "item",
        nested.data_type().clone(),
        true,
    ));
    let offsets = arrow_buffer::OffsetBuffer::new(vec![0, 1].into());
    let records = ListArray::new(item, offsets, array(nested), None);
    assert!(refused(list(None), array(records)).contains("`x`"));
    assert!(
        refused(
            int(),
            array(ListArray::from_iter_primitive::<
                arrow_array::types::Int32Type,
                _,
                _,
            >([Some([Some(1)])]))
        )
        .contains("`x`")
    );
    // What no rule reads may be of any kind.
    let bytes = bytes_of(vec![
        ("id", numbers(1)),
        ("x", array(Int32Array::from(vec![1]))),
        ("t", time),
    ]);
    load(bytes, "a.parquet", &one(int())).unwrap();
}

#[test]
fn d24_int96_is_refused_because_its_zone_is_unknown() {
    use parquet::data_type::{ByteArray, ByteArrayType, Int96, Int96Type};
    use parquet::file::writer::SerializedFileWriter;
    let message = "message m { optional binary id (UTF8); optional int96 x; }";
    let parsed = Arc::new(parquet::schema::parser::parse_message_type(message).unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, parsed, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let id = [ByteArray::from("1")];
    column
        .typed::<ByteArrayType>()
        .write_batch(&id, Some(&[1]), None)
        .unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let time = [Int96::from(vec![0, 0, 2_440_588])];
    column
        .typed::<Int96Type>()
        .write_batch(&time, Some(&[1]), None)
        .unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    let error = failure(&bytes, "a.parquet", &one(datetime()));
    assert!(error.contains("INT96"), "{error}");
    let only_id = schema(vec![field("id", Type::Id)]);
    assert_eq!(load(&bytes, "a.parquet", &only_id).unwrap().ids(), ["1"]);
}

#[test]
fn d23_files_that_are_no_parquet_are_refused() {
    let good = bytes_of(vec![
        ("id", numbers(3)),
        ("x", array(Int32Array::from(vec![1, 2, 3]))),
    ]);
    let mut long_footer = good.clone();
    let at = good.len() - 8;
    long_footer[at..at + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let mut bad_magic = good.clone();
    let last = good.len() - 1;
    bad_magic[last] = b'X';
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("magic only", b"PAR1"),
        ("two magics", b"PAR1PAR1"),
        ("footer past the start", &long_footer),
        ("bad magic", &bad_magic),
        ("first half", &good[..good.len() / 2]),
        ("second half", &good[good.len() / 2..]),
    ] {
        let error = load(bytes, "a.parquet", &one(int())).err().unwrap();
        assert_eq!(error.kind, DataErrorKind::Broken, "{name}: {error}");
    }
    let encrypted = [b"PARE", &good[4..good.len() - 4], b"PARE"].concat();
    let error = failure(encrypted, "a.parquet", &one(int()));
    assert!(error.contains("ncrypt"), "{error}");
}

#[test]
fn d25_a_file_without_rows_is_read() {
    let empty = batch(vec![
        ("id", numbers(0)),
        ("x", array(Int32Array::from(Vec::<i32>::new()))),
    ]);
    for bytes in [
        written(&empty, properties().build()),
        bytes_of(vec![
            ("id", numbers(0)),
            ("x", array(Int32Array::from(Vec::<i32>::new()))),
        ]),
    ] {
        assert!(
            load(bytes, "a.parquet", &one(int()))
                .unwrap()
                .rows
                .is_empty()
        );
    }
    let nulls = array(Int32Array::from(vec![None, None]));
    check(int(), nulls, &[Value::Missing, Value::Missing]);
}

/// A small file with most kinds of pages.
fn small() -> (Vec<u8>, Schema) {
    let rows = 40;
    let keyed: DictionaryArray<Int8Type> = (0..rows).map(|row| Some(["a", "b"][row % 2])).collect();
    let mut tags = ListBuilder::new(StringBuilder::new());
    (0..rows).for_each(|row| tags.append_value((0..row % 3).map(|tag| Some(format!("t{tag}")))));
    let columns = batch(vec![
        ("id", numbers(rows)),
        (
            "n",
            Arc::new(Int32Array::from_iter(
                (0..rows as i32).map(|row| (row % 5 > 0).then_some(row)),
            )),
        ),
        ("k", array(keyed)),
        ("t", array(tags.finish())),
        (
            "s",
            Arc::new(
                Decimal128Array::from_iter_values(0..rows as i128)
                    .with_precision_and_scale(20, 2)
                    .unwrap(),
            ),
        ),
    ]);
    let fields = vec![
        field("id", Type::Id),
        field("n", int()),
        field("k", text()),
        field("t", list(None)),
        field("s", decimal(2)),
    ];
    let properties = properties()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(25))
        .build();
    (written(&columns, properties), schema(fields))
}

#[test]
fn d23_a_flipped_bit_anywhere_is_an_error_or_read_without_a_panic() {
    let (good, fields) = small();
    let files = Files::new();
    let path = files.write("a.parquet", &good);
    let input = Input::file(path.clone());
    assert_eq!(
        load_with(&input, &fields, &lenient()).unwrap().rows.len(),
        40
    );
    let disk = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    let mut errors = 0;
    for (at, byte) in good.iter().enumerate() {
        for change in [1 << (at % 8), 0xff] {
            disk.write_all_at(&[byte ^ change], at as u64).unwrap();
            match load_with(&input, &fields, &lenient()) {
                Ok(loaded) => assert!(loaded.rows.len() <= 40),
                Err(error) => {
                    assert!(!error.message.zh.is_empty());
                    errors += 1;
                }
            }
        }
        disk.write_all_at(&[*byte], at as u64).unwrap();
    }
    assert!(errors > good.len() / 2, "{errors} of {}", 2 * good.len());
    assert_eq!(
        load_with(&input, &fields, &lenient()).unwrap().rows.len(),
        40
    );
}

#[test]
fn d23_a_file_cut_anywhere_is_an_error() {
    let (good, fields) = small();
    let files = Files::new();
    let path = files.write("a.parquet", &good);
    let disk = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
    for length in (0..good.len()).rev() {
        disk.set_len(length as u64).unwrap();
        let loaded = load_with(&Input::file(path.clone()), &fields, &lenient());
        assert!(loaded.is_err(), "{length}");
    }
}

#[test]
fn d22_a_page_that_expands_too_far_is_refused() {
    let rows = 80_000;
    let wide = "a".repeat(1024);
    let cells = array(StringArray::from_iter_values(
        (0..rows).map(|_| wide.as_str()),
    ));
    let columns = batch(vec![("id", numbers(rows)), ("x", cells)]);
    let properties = properties()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_dictionary_enabled(false)
        .set_data_page_size_limit(1 << 30)
        .set_data_page_row_count_limit(rows)
        .set_write_batch_size(rows)
        .build();
    let bytes = written(&columns, properties);
    assert!(bytes.len() < 1 << 20);
    let error = failure(&bytes, "a.parquet", &one(text()));
    assert!(error.contains("smaller pages"), "{error}");
    // The columns that nobody reads are not looked at.
    let only_id = schema(vec![field("id", Type::Id)]);
    assert_eq!(
        load(&bytes, "a.parquet", &only_id).unwrap().rows.len(),
        rows
    );
}

#[test]
fn wide_rows_are_read_in_smaller_pieces() {
    let rows = 2_000;
    let wide = |row: usize| format!("{row}").repeat(20_000 / (1 + row.ilog10() as usize));
    let cells = (1..=rows).map(wide);
    let columns = batch(vec![
        ("id", numbers(rows)),
        ("x", array(StringArray::from_iter_values(cells))),
    ]);
    let loaded = load(
        written(&columns, properties().build()),
        "a.parquet",
        &one(text()),
    )
    .unwrap();
    assert_eq!(loaded.rows.len(), rows);
    for (row, (id, record, cells)) in loaded.rows.iter().enumerate() {
        assert_eq!(
            (id.as_str(), *record),
            (&*(row + 1).to_string(), row as u64)
        );
        assert_eq!(cells[1], text_value(&wide(row + 1)));
    }
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

#[test]
fn only_the_parts_of_a_record_that_are_asked_for_are_read() {
    // The broken part of the record is never looked at.
    let inner = StructArray::try_from(vec![
        ("os", array(StringArray::from(vec!["ios"]))),
        ("at", array(Time32SecondArray::from(vec![1]))),
        (
            "kind",
            array(
                [Some("k")]
                    .into_iter()
                    .collect::<DictionaryArray<Int8Type>>(),
            ),
        ),
    ]);
    let bytes = bytes_of(vec![("id", numbers(1)), ("device", array(inner.unwrap()))]);
    let fields = vec![
        field("id", Type::Id),
        field("device.os", text()),
        field("device.kind", text()),
    ];
    let loaded = load(bytes, "a.parquet", &schema(fields)).unwrap();
    assert_eq!(*loaded.cell("1", 1), text_value("ios"));
    assert_eq!(*loaded.cell("1", 2), text_value("k"));
    assert_eq!(loaded.report.ignored, ["device.at"]);
}

#[test]
fn what_is_written_is_read_again() {
    use segrule::data::Format;
    use segrule::data::write::{ColumnSet, RowFormat, RowWriter, Target};
    use segrule::name::FieldId;
    use segrule::table::{Bitmap, Chunk};
    let known = schema(vec![
        field("id", Type::Id),
        field("n", Type::Int(Intervals::all())),
        field("s", decimal(2)),
        field("f", Type::Float(Intervals::all())),
        field("d", Type::Date(TimeFormat::Iso)),
        field("at", datetime()),
        field("b", Type::Bool),
        field("t", text()),
        field("l", list(None)),
    ]);
    let cells = vec![
        text_value("1"),
        Value::Int(i64::MIN),
        units(i64::MAX, 2),
        Value::Float(-0.5),
        Value::Date(Date(-1)),
        Value::Instant(Instant(-1)),
        Value::Bool(false),
        text_value("北"),
        Value::List(vec![text_value("a"), text_value("b")]),
    ];
    let fields: Vec<FieldId> = (1..known.len()).map(FieldId::from_index).collect();
    let chunk = Chunk::from_rows(&known, &fields, &[("1", &cells), ("2", &[]), ("3", &cells)]);
    let format = RowFormat {
        format: Format::Parquet,
        is_for_people: false,
        zone: Zone::named("Asia/Shanghai").unwrap(),
    };
    let target = Target::open(None, false).unwrap();
    let mut writer = RowWriter::new(target, ColumnSet::new(&known, &fields), format).unwrap();
    writer
        .write(&chunk, &Bitmap::from_fn(3, |row| row < 2))
        .unwrap();
    let mut bytes = Vec::new();
    writer.end().unwrap().finish(&mut bytes).unwrap();
    let loaded = load(bytes, "a.parquet", &known).unwrap();
    assert_eq!(loaded.ids(), ["1", "2"]);
    assert_eq!(loaded.rows[0].2, cells);
    assert!(
        loaded.rows[1].2[1..]
            .iter()
            .all(|cell| *cell == Value::Missing)
    );
}
