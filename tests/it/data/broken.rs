//! Files that are wrong: what is rejected, what is refused, and where the message points.

use super::{
    Files, csv, failure, field, lenient, load, load_with, names, people, schema, text_value,
};
use segrule::data::{DataErrorKind, Input, ScanOptions};
use segrule::schema::Type;
use segrule::value::{Intervals, Value, Zone};

#[test]
fn d1_ragged_rows_are_rejected_with_their_line() {
    let loaded = csv("id,name\n1,a\n2\n3,b,c\n\n4,d\n", &names());
    assert_eq!(loaded.ids(), ["1", "4"]);
    assert_eq!(loaded.rejects(), [(3, "ragged"), (4, "ragged")]);
    assert_eq!(loaded.rows[1].1, 3);
}

#[test]
fn d1_too_many_rejects_fail_the_run() {
    let files = Files::new();
    let mut text = String::from("id,name\n");
    (0..999).for_each(|row| text.push_str(&format!("{row},a\n")));
    text.push_str("x\n");
    let options = ScanOptions::new(Zone::utc());
    let input = Input::file(files.write("a.csv", &text));
    assert!(load_with(&input, &names(), &options).is_ok());
    text.push_str("y\n");
    let input = Input::file(files.write("b.csv", &text));
    let error = load_with(&input, &names(), &options).err().unwrap();
    assert_eq!(error.kind, DataErrorKind::TooManyRejects);
    assert!(error.message.en.contains("2 of 1001"), "{error}");
    assert!(error.message.en.contains("b.csv:1001"), "{error}");
}

#[test]
fn d2_nul_makes_the_cell_invalid() {
    let loaded = csv("id,name\n1,a\0b\n2,c\n", &names());
    assert_eq!(loaded.cell("1", 1), &Value::Invalid);
    assert_eq!(loaded.cell("2", 1), &text_value("c"));
    assert_eq!(
        csv("id,name\na\0,b\n", &names()).rejects(),
        [(2, "invalid-id")]
    );
}

#[test]
fn d2_utf_16_is_refused_with_a_guess() {
    let utf16: Vec<u8> = "id,name\n1,a\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(failure(&utf16, "a.csv", &names()).contains("UTF-16LE"));
    let with_mark = [&[0xff, 0xfe], &utf16[..]].concat();
    assert!(failure(with_mark, "a.csv", &names()).contains("UTF-16LE"));
}

#[test]
fn d3_an_unclosed_quote_is_reported_where_it_opens() {
    let mut text = String::from("id,name\n1,a\n2,\"b\n");
    (0..20_000).for_each(|row| text.push_str(&format!("{row},c\n")));
    let message = failure(&text, "a.csv", &names());
    assert!(
        message.contains("a.csv:3: the quote that opens here"),
        "{message}"
    );
    let message = failure("id,name\n1,a\n2,\"b\n3,c\n", "a.csv", &names());
    assert!(message.contains("a.csv:3:"), "{message}");
}

#[test]
fn d4_quotes_in_odd_places_reject_the_row() {
    let loaded = csv(
        "id,name\n1,\"a\"b\n2,c\"d\n3,ok\n4, \"x\"\n5,\"x\" \n6,\"p\"\"\"\n",
        &names(),
    );
    assert_eq!(loaded.ids(), ["3", "6"]);
    let lines: Vec<u64> = loaded.rejects().iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 5, 6]);
    assert!(
        loaded
            .rejects()
            .iter()
            .all(|(_, reason)| *reason == "stray-quote")
    );
    assert_eq!(loaded.cell("6", 1), &text_value("p\""));
}

#[test]
fn d6_gb18030_is_read_when_declared_and_refused_otherwise() {
    let (bytes, _, _) = encoding_rs::GB18030.encode("id,name\n1,张三\n2,𠀀\n");
    let message = failure(&bytes, "a.csv", &names());
    assert!(message.contains("a.csv:2"), "{message}");
    assert!(message.contains("--encoding gb18030"), "{message}");
    assert!(!message.contains('张'));
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", &bytes));
    input.encoding = segrule::data::Encoding::Gb18030;
    let loaded = load_with(&input, &names(), &lenient()).unwrap();
    assert_eq!(loaded.cell("1", 1), &text_value("张三"));
    assert_eq!(loaded.cell("2", 1), &text_value("𠀀"));
    let marked = [&[0x84, 0x31, 0x95, 0x33], &bytes[..]].concat();
    input.paths = vec![files.write("m.csv", marked)];
    assert_eq!(
        load_with(&input, &names(), &lenient()).unwrap().ids(),
        ["1", "2"]
    );
    input.paths = vec![files.write("b.csv", b"id,name\n1,\xff\xff\n")];
    let error = load_with(&input, &names(), &lenient()).err().unwrap();
    assert_eq!(error.kind, DataErrorKind::Encoding);
}

#[test]
fn d8_large_things_are_limited() {
    let long = format!("id,name\n1,{}\n2,b\n", "x".repeat((1 << 20) + 1));
    let loaded = csv(long, &names());
    assert_eq!(loaded.ids(), ["2"]);
    assert_eq!(loaded.rejects(), [(2, "too-long")]);
    let wide = format!("id,name{}\n", ",x".repeat(10_000));
    assert!(failure(wide, "a.csv", &names()).contains("at most 10000"));
    let line = format!("id,name\n1,{}", "x".repeat(40 << 20));
    assert!(failure(line, "a.csv", &names()).contains("a.csv:2:"));
}

#[test]
fn d9_the_first_of_two_equal_ids_stays() {
    let loaded = csv(
        "id,name\nc1,a\n c1 ,b\nＣ1,c\ne\u{301},d\né,e\nc1,a\n",
        &names(),
    );
    assert_eq!(loaded.ids(), ["c1", "Ｃ1", "é"]);
    assert_eq!(loaded.cell("c1", 1), &text_value("a"));
    assert_eq!(
        loaded.rejects(),
        [
            (3, "duplicate-id"),
            (6, "duplicate-id"),
            (7, "duplicate-id")
        ]
    );
}

#[test]
fn d10_rows_without_an_id_are_rejected() {
    let loaded = csv("id,name\n,a\n \u{3000} ,b\n3,c\n", &names());
    assert_eq!(loaded.ids(), ["3"]);
    assert_eq!(loaded.rejects(), [(2, "missing-id"), (3, "missing-id")]);
    assert_eq!(loaded.rows[0].1, 2);
}

#[test]
fn d11_ids_are_exact_text() {
    let loaded = csv(
        "id,name\n00123,a\n123,b\n1.38E+10,c\n13800138000,d\n",
        &names(),
    );
    assert_eq!(loaded.ids(), ["00123", "123", "13800138000"]);
    assert_eq!(loaded.rejects(), [(4, "spreadsheet-id")]);
    assert!(
        loaded.report.rejects[0]
            .reason
            .phrase()
            .en
            .contains("Excel")
    );
}

#[test]
fn d12_columns_must_fit_the_schema() {
    let missing = failure("id,nmae\n1,a\n", "a.csv", &names());
    assert!(
        missing.contains("no column for `name` (is it nmae?)"),
        "{missing}"
    );
    let twice = failure("id,name,x,x\n1,a,b,c\n", "a.csv", &names());
    assert!(twice.contains("columns 3 and 4"), "{twice}");
    let headless = failure("1,a\n2,b\n", "a.csv", &names());
    assert!(headless.contains("--names"), "{headless}");
}

#[test]
fn d13_units_and_thousands_are_invalid_and_counted_by_shape() {
    let loaded = csv(
        "id,age,name,seen,tags\n1,18岁,,,\n2,N/A,,,\n3,\"1,000\",,,\n4,１８,,,\n5,20岁,,,\n",
        &people(),
    );
    assert_eq!(loaded.cell("4", 1), &Value::Int(18));
    let shapes: Vec<(&str, u64)> = loaded.report.invalid[0]
        .samples
        .iter()
        .map(|sample| (sample.shape.as_str(), sample.count))
        .collect();
    assert_eq!(shapes, [("99岁", 2), ("a/a", 1), ("9,999", 1)]);
}

#[test]
fn d14_numbers_that_do_not_fit_are_invalid() {
    let schema = schema(vec![
        field("id", Type::Id),
        field("n", Type::Int(Intervals::all())),
        field("f", Type::Float(Intervals::all())),
        field(
            "m",
            Type::Decimal {
                places: 2,
                range: Intervals::all(),
            },
        ),
    ]);
    let loaded = csv(
        "id,n,f,m\n1,9223372036854775807,NaN,0.1\n2,9223372036854775808,inf,0.105\n3,-0,1e400,-0\n4,1e3,-0.0,0.100\n",
        &schema,
    );
    assert_eq!(loaded.cell("1", 1), &Value::Int(i64::MAX));
    assert_eq!(loaded.cell("2", 1), &Value::Invalid);
    assert_eq!(loaded.cell("3", 1), &Value::Int(0));
    assert_eq!(loaded.cell("4", 1), &Value::Invalid);
    assert_eq!(loaded.cell("4", 2), &Value::Float(0.0));
    for id in ["1", "2", "3"] {
        assert_eq!(loaded.cell(id, 2), &Value::Invalid);
    }
    assert_eq!(
        loaded.cell("4", 3),
        &Value::Decimal {
            units: 10,
            places: 2
        }
    );
    assert_eq!(loaded.cell("2", 3), &Value::Invalid);
}

#[test]
fn d15_d16_times_are_iso_or_invalid() {
    let text = "id,age,name,seen,tags\n1,,,2026-02-30,\n2,,,2026-01-01T24:00,\n3,,,2026-01-01T00:00:60,\n\
                4,,,0000-01-01,\n5,,,10000-01-01,\n6,,,01/02/2026,\n7,,,2026-11-22T09:00:00+08:00,\n\
                8,,,2026-11-22T09:00:00.1239Z,\n9,,,2026-11-22 09:00,\n";
    let loaded = csv(text, &people());
    for id in ["1", "2", "3", "4", "5", "6"] {
        assert_eq!(loaded.cell(id, 3), &Value::Invalid, "{id}");
    }
    for id in ["7", "8", "9"] {
        assert!(matches!(loaded.cell(id, 3), Value::Instant(_)), "{id}");
    }
    assert_eq!(loaded.report.invalid[0].count, 6);
}

#[test]
fn d26_a_file_that_is_no_file_is_refused() {
    let files = Files::new();
    let folder = files.write("x", "").parent().unwrap().to_path_buf();
    let error = load_with(&Input::file(folder), &names(), &lenient())
        .err()
        .unwrap();
    assert_eq!(error.kind, DataErrorKind::Io);
    let gone = Input::file("/nonexistent/people.csv");
    assert!(load_with(&gone, &names(), &lenient()).is_err());
}

#[test]
fn d27_the_same_person_in_two_files_is_kept_once() {
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", "id,name\n1,a\n"));
    input.paths.push(files.write("b.csv", "id,name\n1,b\n"));
    let loaded = load_with(&input, &names(), &lenient()).unwrap();
    assert_eq!(loaded.cell("1", 1), &text_value("a"));
    assert_eq!(loaded.report.rejected, 1);
}

#[test]
fn d30_control_characters_never_reach_messages() {
    let message = failure("id,na\u{1b}]52me\n1,a\n", "a.csv", &names());
    assert!(!message.contains('\u{1b}'), "{message:?}");
}

#[test]
fn messages_and_shapes_hold_nothing_personal() {
    let loaded = csv(
        "id,age,name,seen,tags\n1,张三,,secret@example.com,\n",
        &people(),
    );
    for invalid in &loaded.report.invalid {
        for sample in &invalid.samples {
            assert!(
                !sample.shape.contains(['张', '三', 's']),
                "{}",
                sample.shape
            );
        }
    }
    assert!(load("id,name\n1,张三\n2\n", "a.csv", &names()).is_ok());
}
