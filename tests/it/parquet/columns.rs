//! How columns, records and groups of a file are found.

use crate::data::{failure, field, list, load, schema, text, text_value};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    DictionaryArray, Int32Array, Int64Array, StringArray, StructArray, Time32SecondArray,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterVersion;
use segrule::data::RejectReason;
use segrule::name::Name;
use segrule::schema::{Field, Type};
use segrule::value::{Date, Instant, Intervals, TimeFormat, Value, Zone};
use std::sync::Arc;

use super::*;

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

#[test]
fn a_region_is_put_together_from_columns() {
    let place = Type::Region {
        hierarchy: segrule::region::Hierarchy::china(),
        from: Arc::from(["省", "市", "区"].map(segrule::name::Name::new)),
    };
    let alone = Type::Region {
        hierarchy: segrule::region::Hierarchy::china(),
        from: Arc::from([segrule::name::Name::new("市")]),
    };
    let schema = schema(vec![
        field("id", Type::Id),
        field("place", place),
        field("city", alone),
        field("市", text()),
    ]);
    // The file has no column for the third part.
    let rows = [
        ("1", Some("广东"), Some("深圳")),
        ("2", Some("北京"), None),
        ("", Some("广东"), Some("广州")),
        ("4", None, None),
        ("5", Some("广东"), Some("nowhere")),
        ("6", Some("a\u{1f}b"), Some(" ")),
    ];
    let mut csv = "id,省,市\n".to_string();
    for (id, province, city) in rows {
        let (province, city) = (province.unwrap_or(""), city.unwrap_or(""));
        csv.push_str(&format!("{id},{province},{city}\n"));
    }
    let wanted = crate::data::csv(csv, &schema);
    assert_eq!(wanted.rows.len(), 5);
    let bytes = bytes_of(vec![
        (
            "id",
            array(StringArray::from_iter_values(rows.map(|row| row.0))),
        ),
        ("省", array(StringArray::from_iter(rows.map(|row| row.1)))),
        ("市", array(StringArray::from_iter(rows.map(|row| row.2)))),
    ]);
    let found = load(bytes, "a.parquet", &schema).unwrap();
    assert_eq!(found.rows, wanted.rows);
    let counts = |loaded: &Loaded| {
        let invalid = loaded.report.invalid.iter();
        invalid
            .map(|field| (field.name.clone(), field.count))
            .collect::<Vec<_>>()
    };
    assert_eq!(counts(&found), counts(&wanted));
    assert!(matches!(found.cell("1", 1), Value::Region(_)));
    assert_eq!(found.cell("5", 1), &Value::Invalid);
}
