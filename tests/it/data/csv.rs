//! CSV as it should be, and as people write it.

use super::{
    Files, Loaded, csv, failure, field, lenient, list, load_with, names, people, schema, text_value,
};
use segrule::data::Input;
use segrule::schema::Type;
use segrule::value::{Intervals, Value};

#[test]
fn cells_are_values_missing_or_invalid() {
    let loaded = csv(
        "id,age,name,seen,tags\n\
         1,18,张三,2026-11-22T09:00:00,a;b\n\
         2,１８,  Li ,2026-11-22 09:00,;\n\
         3,18岁,,2026-02-30,\n\
         4,200, \u{3000} ,2026-11-22T24:00:00,a\n\
         5,18.0,x,2026-11-22,a;;b\n",
        &people(),
    );
    assert_eq!(loaded.cell("1", 1), &Value::Int(18));
    assert_eq!(loaded.cell("2", 1), &Value::Int(18));
    assert_eq!(loaded.cell("3", 1), &Value::Invalid);
    assert_eq!(loaded.cell("4", 1), &Value::Invalid);
    assert_eq!(loaded.cell("5", 1), &Value::Int(18));
    assert_eq!(loaded.cell("2", 2), &text_value("Li"));
    assert_eq!(loaded.cell("3", 2), &Value::Missing);
    assert_eq!(loaded.cell("4", 2), &Value::Missing);
    assert_eq!(loaded.cell("3", 3), &Value::Invalid);
    assert_eq!(loaded.cell("4", 3), &Value::Invalid);
    assert_eq!(loaded.cell("2", 4), &Value::Missing);
    assert_eq!(
        loaded.cell("5", 4),
        &Value::List(vec![text_value("a"), text_value("b")])
    );
    let age = &loaded.report.invalid[0];
    assert_eq!((age.name.as_str(), age.count), ("age", 2));
    let shapes: Vec<&str> = age
        .samples
        .iter()
        .map(|sample| sample.shape.as_str())
        .collect();
    assert_eq!(shapes, ["99岁", "999"]);
    assert_eq!(age.samples[0].line, 4);
}

#[test]
fn d5_a_byte_order_mark_is_dropped() {
    assert_eq!(csv("\u{feff}id,name\n1,a\n", &names()).ids(), ["1"]);
    assert_eq!(csv("\u{feff}\"id\",name\n1,a\n", &names()).ids(), ["1"]);
}

#[test]
fn d7_every_line_end_is_read_and_the_last_row_never_lost() {
    for text in [
        "id,name\n1,a\n2,b\n",
        "id,name\n1,a\n2,b",
        "id,name\r\n1,a\r\n2,b\r\n",
        "id,name\r\n1,a\r\n2,b",
        "id,name\r1,a\r2,b\r",
        "id,name\r1,a\r2,b",
        "id,name\n1,a\r\n2,b\r",
        "id,name\n\n1,a\n\r\n\n2,b\n\n",
        "\n\nid,name\n1,a\n2,b\n",
        "\"id\",\"name\"\r\n\"1\",\"a\"\r\n2,\"b\"",
    ] {
        let loaded = csv(text, &names());
        assert_eq!(loaded.ids(), ["1", "2"], "{text:?}");
        assert_eq!(loaded.cell("2", 1), &text_value("b"), "{text:?}");
        assert_eq!(loaded.report.rejected, 0, "{text:?}");
    }
}

#[test]
fn quotes_hold_separators_line_ends_and_quotes() {
    let loaded = csv(
        "id,name\n1,\"a,b\"\n2,\"a\r\nb\"\n3,\"say \"\"hi\"\"\"\n4,\"\"\n5,\" x \"\n",
        &names(),
    );
    assert_eq!(loaded.cell("1", 1), &text_value("a,b"));
    assert_eq!(loaded.cell("2", 1), &text_value("a\r\nb"));
    assert_eq!(loaded.cell("3", 1), &text_value("say \"hi\""));
    assert_eq!(loaded.cell("4", 1), &Value::Missing);
    assert_eq!(loaded.cell("5", 1), &text_value("x"));
}

#[test]
fn separators_are_sniffed_or_given() {
    for separator in [',', ';', '\t', '|'] {
        let text =
            "id_age_name_seen_tags\n1_18_a_2026-11-22_x\n".replace('_', &separator.to_string());
        assert_eq!(csv(&text, &people()).ids(), ["1"], "{separator:?}");
    }
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", "id^name\n1^a,b;c\n"));
    input.separator = Some(b'^');
    let loaded = load_with(&input, &names(), &lenient()).unwrap();
    assert_eq!(loaded.cell("1", 1), &text_value("a,b;c"));
}

#[test]
fn names_stand_in_for_a_header() {
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", "1,a\n2,b\n"));
    input.names = Some(vec!["id".into(), "name".into()]);
    assert_eq!(
        load_with(&input, &names(), &lenient()).unwrap().ids(),
        ["1", "2"]
    );
}

#[test]
fn columns_are_found_by_alias_and_others_ignored() {
    let mut named = field("name", super::text());
    named.aka = vec!["姓名".into()];
    let schema = schema(vec![field("id", Type::Id), named]);
    let loaded = csv("id,extra, 姓名 \n1,x,a\n", &schema);
    assert_eq!(loaded.cell("1", 1), &text_value("a"));
    assert_eq!(loaded.report.ignored, ["extra"]);
    let both = failure("id,name,姓名\n1,a,b\n", "a.csv", &schema);
    assert!(both.contains("both the field `name`"), "{both}");
}

#[test]
fn an_optional_column_may_be_absent() {
    let mut age = field("age", Type::Int(Intervals::all()));
    age.is_optional = true;
    let schema = schema(vec![field("id", Type::Id), age]);
    let loaded = csv("id,x\n1,2\n", &schema);
    assert_eq!(loaded.cell("1", 1), &Value::Missing);
    assert_eq!(loaded.report.absent.len(), 1);
}

#[test]
fn several_files_are_one_input() {
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", "id,name\n1,a\n2,b\n"));
    input
        .paths
        .push(files.write("b.csv", "name;id\nc;3\nd;1\n"));
    let loaded = load_with(&input, &names(), &lenient()).unwrap();
    assert_eq!(loaded.ids(), ["1", "2", "3"]);
    assert_eq!(loaded.rejects(), [(3, "duplicate-id")]);
    assert!(loaded.report.rejects[0].file.ends_with("b.csv"));
}

#[test]
fn without_an_id_the_record_number_is_the_id() {
    let schema = schema(vec![field("name", super::text())]);
    let loaded = csv("name,x\na,\nb,,\nc,\n", &schema);
    assert_eq!(loaded.ids(), ["1", "3"]);
    assert_eq!(loaded.rows[1].1, 2);
}

#[test]
fn d25_files_without_contacts_are_fine() {
    for text in ["id,name\n", "id,name"] {
        assert!(csv(text, &names()).rows.is_empty());
    }
    assert_eq!(csv("id,name\n1,\n", &names()).cell("1", 1), &Value::Missing);
    let empty = failure("", "a.csv", &names());
    assert!(empty.contains("is empty"), "{empty}");
}

fn numbered(count: usize) -> String {
    let mut text = String::from("id,age,name,seen,tags\n");
    for row in 0..count {
        let name = match row % 7 {
            0 => "\"a\nb\"".to_string(),
            1 => "\"say \"\"x\"\"\"".to_string(),
            other => format!("n{other}"),
        };
        text.push_str(&format!(
            "u{:05},{},{name},2026-01-{:02},t{};z\n",
            row % 4990,
            row % 99,
            row % 28 + 1,
            row % 13
        ));
    }
    text
}

#[test]
fn results_do_not_depend_on_threads_or_block_sizes() {
    let text = numbered(5000);
    let files = Files::new();
    let input = Input::file(files.write("a.csv", text));
    let mut expected: Option<Loaded> = None;
    for (threads, block_bytes) in [(1, 1 << 20), (2, 97), (3, 1000), (8, 4096), (2, 1 << 14)] {
        let mut options = lenient();
        options.threads = Some(threads);
        options.block_bytes = block_bytes;
        let loaded = load_with(&input, &people(), &options).unwrap();
        assert_eq!(loaded.rows.len(), 4990);
        assert_eq!(loaded.report.rejected, 10);
        if let Some(expected) = &expected {
            assert_eq!(loaded.rows, expected.rows);
            assert_eq!(loaded.rejects(), expected.rejects());
        }
        expected = expected.or(Some(loaded));
    }
}

#[test]
fn lists_are_split_at_their_separator() {
    let schema = schema(vec![field("id", Type::Id), field("tags", list(Some("; ")))]);
    let loaded = csv("id,tags\n1,a; b ;  ; c;d\n", &schema);
    let expected = ["a", "b", "c;d"].map(text_value).to_vec();
    assert_eq!(loaded.cell("1", 1), &Value::List(expected));
}
