//! What a broken or hostile file may not do.

use crate::data::{
    Files, failure, field, lenient, list, load, load_with, schema, text, text_value,
};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::types::Int8Type;
use arrow_array::{
    Array, Decimal128Array, Decimal256Array, DictionaryArray, FixedSizeBinaryArray, Int32Array,
    ListArray, StringArray, StructArray, Time32SecondArray,
};
use parquet::basic::{Compression, ZstdLevel};
use segrule::data::{DataErrorKind, Input};
use segrule::schema::{Schema, Type};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::*;

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

/// A file with checksums of its pages: ids u1, u2, u3 and x 7, 8, 9, uncompressed.
const CHECKED: &str = "\
    5041523115001530153015ba84dbfe011c15061500150615061c0000000200000006010200000075310200000075\
    320200000075331500153c153c15ede7df82081c15061500150615061c0000000200000006010700000000000000\
    080000000000000009000000000000001504193c35001806736368656d61150400150c25021802696425004c1c00\
    000015042502180178001606191c192c26001c150c19250600191802696415001606166216622608491c15001500\
    1502003c160c19061926000600000026001c1504192506001918017815001606166e166e266a491c150015001502\
    003c29061926000600000016d0011606260816d001002820706172717565742d6370702d6172726f772076657273\
    696f6e2032362e302e31192c1c00001c000000bb00000050415231";

#[test]
fn d24_a_wrong_checksum_is_an_error() {
    let bytes: Vec<u8> = (0..CHECKED.len() / 2)
        .map(|at| u8::from_str_radix(&CHECKED[at * 2..at * 2 + 2], 16).unwrap())
        .collect();
    let schema = one(Type::Int(Intervals::all()));
    let loaded = load(bytes.clone(), "a.parquet", &schema).unwrap();
    assert_eq!(loaded.rows[1].2[1], Value::Int(8));
    let id = bytes.windows(2).position(|two| two == b"u2").unwrap();
    let eight = 8i64.to_le_bytes();
    let number = bytes.windows(8).position(|word| word == eight).unwrap();
    for at in [id, number] {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        let error = failure(wrong, "a.parquet", &schema);
        assert!(error.to_lowercase().contains("crc"), "{error}");
    }
}
