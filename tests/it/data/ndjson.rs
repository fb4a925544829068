//! NDJSON and JSON arrays.

use super::{
    Files, Loaded, csv, failure, field, lenient, list, load, load_with, names, people, schema,
    text, text_value,
};
use segrule::data::Input;
use segrule::schema::Type;
use segrule::value::{Intervals, Value};

fn json(bytes: impl AsRef<[u8]>, schema: &segrule::schema::Schema) -> Loaded {
    load(bytes, "people.ndjson", schema).unwrap()
}

#[test]
fn scalars_are_read_as_their_csv_text_would_be() {
    let loaded = json(
        r#"{"id":1,"age":18,"name":18,"seen":"2026-11-22T09:00:00","tags":["a","b",null,""]}
{"id":"2","age":"１８","name":true,"tags":"a;b"}
 { "tags" : [] , "id" : "3" , "age" : null , "name" : "\u5f20\t\"" }
{"id":"4","age":18.0,"name":1.50,"tags":["a",[1]],"extra":{"x":[{"y":1}]}}
{"id":"5","age":[18],"name":{"a":1},"tags":{"a":1}}"#,
        &people(),
    );
    assert_eq!(loaded.ids(), ["1", "2", "3", "4", "5"]);
    assert_eq!(loaded.cell("1", 1), &Value::Int(18));
    assert_eq!(loaded.cell("1", 2), &text_value("18"));
    assert_eq!(loaded.cell("2", 1), &Value::Int(18));
    assert_eq!(loaded.cell("2", 2), &text_value("true"));
    let both = Value::List(vec![text_value("a"), text_value("b")]);
    assert_eq!(loaded.cell("1", 4), &both);
    assert_eq!(loaded.cell("2", 4), &both);
    assert_eq!(loaded.cell("3", 1), &Value::Missing);
    assert_eq!(loaded.cell("3", 2), &text_value("张\t\""));
    assert_eq!(loaded.cell("3", 4), &Value::Missing);
    assert_eq!(loaded.cell("4", 1), &Value::Int(18));
    assert_eq!(loaded.cell("4", 2), &text_value("1.50"));
    assert_eq!(loaded.cell("4", 4), &Value::Invalid);
    for column in [1, 2, 4] {
        assert_eq!(loaded.cell("5", column), &Value::Invalid, "{column}");
    }
}

#[test]
fn d18_records_that_are_no_objects_are_rejected() {
    let deep = format!(
        "{{\"id\":\"d\",\"x\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let deep_object = format!(
        "{{\"id\":\"o\",\"x\":{}1{}}}",
        "{\"a\":".repeat(40),
        "}".repeat(40)
    );
    let lines = [
        r#"{"id":"1","name":"a","name":"b"}"#,
        r#"{"id":"2","name":"a",}"#,
        &deep,
        r#"["id","3"]"#,
        "",
        r#"{"id":"4"} {"id":"5"}"#,
        r#"{"id":"6","name":"a" "b"}"#,
        r#"{"id":"7""#,
        &deep_object,
        r#"{"id":"ok","name":"x"}"#,
        r#"{"name":"x"}"#,
        r#"{"id":"9","x":{"y":1,"y":2}}"#,
    ];
    let loaded = json(lines.join("\n"), &names());
    assert_eq!(loaded.ids(), ["ok"]);
    let expected = [
        (1, "duplicate-key"),
        (2, "broken-json"),
        (3, "too-deep"),
        (4, "broken-json"),
        (6, "broken-json"),
        (7, "broken-json"),
        (8, "broken-json"),
        (9, "too-deep"),
        (11, "missing-id"),
        (12, "duplicate-key"),
    ];
    assert_eq!(loaded.rejects(), expected);
}

#[test]
fn d19_surrogates_escapes_and_other_words() {
    let loaded = json(
        "{\"id\":\"1\",\"name\":\"\\ud83d\"}\n{\"id\":\"2\",\"name\":\"\\ud83d\\ude00\"}\n\
         {\"id\":\"3\",\"name\":\"\\x\"}\n{\"id\":\"4\",\"name\":NaN}\n{\"id\":\"5\",\"name\":\"a\tb\"}\n\
         {\"id\":\"6\",\"name\":01}\n{\"id\":\"\\udc00\",\"name\":\"x\"}\n{\"id\":\"8\",\"name\":\"\\u0000\"}\n",
        &names(),
    );
    assert_eq!(loaded.ids(), ["1", "2", "8"]);
    assert_eq!(loaded.cell("1", 1), &Value::Invalid);
    assert_eq!(loaded.cell("2", 1), &text_value("😀"));
    assert_eq!(loaded.cell("8", 1), &Value::Invalid);
    let reasons: Vec<&str> = loaded.rejects().iter().map(|(_, reason)| *reason).collect();
    assert_eq!(
        reasons,
        [
            "broken-json",
            "broken-json",
            "broken-json",
            "broken-json",
            "invalid-id"
        ]
    );
}

#[test]
fn d20_integers_are_exact() {
    let schema = schema(vec![
        field("id", Type::Id),
        field("n", Type::Int(Intervals::all())),
    ]);
    let loaded = json(
        "{\"id\":9007199254740993,\"n\":9007199254740993}\n{\"id\":2,\"n\":1e3}\n",
        &schema,
    );
    assert_eq!(loaded.ids(), ["9007199254740993", "2"]);
    assert_eq!(loaded.rows[0].2[1], Value::Int(9_007_199_254_740_993));
    assert_eq!(loaded.cell("2", 1), &Value::Invalid);
}

#[test]
fn dots_step_into_nested_objects() {
    let schema = schema(vec![
        field("id", Type::Id),
        field("device.os", text()),
        field("tags", list(None)),
    ]);
    let loaded = json(
        r#"{"id":"1","device":{"model":"x","os":"ios"},"tags":["a"]}
{"id":"2","device":{"os":"android","model":"y"}}
{"id":"3","device":null}
{"id":"4","device":"x"}
{"device.os":"ios","id":"5"}
{"id":"6","device":{"model":"x","os":"ios"},"tags":["a","b"]}"#,
        &schema,
    );
    let expected = [
        ("1", Some("ios")),
        ("2", Some("android")),
        ("3", None),
        ("4", None),
        ("5", Some("ios")),
        ("6", Some("ios")),
    ];
    for (id, os) in expected {
        assert_eq!(
            loaded.cell(id, 1),
            &os.map_or(Value::Missing, text_value),
            "{id}"
        );
    }
    assert_eq!(
        loaded.cell("6", 2),
        &Value::List(vec![text_value("a"), text_value("b")])
    );
}

#[test]
fn a_key_and_its_alias_in_one_record_are_an_error() {
    let mut named = field("name", text());
    named.aka = vec!["姓名".into()];
    let schema = schema(vec![field("id", Type::Id), named]);
    let loaded = json(
        "{\"id\":1,\"姓名\":\"a\"}\n{\"id\":2,\"name\":\"b\"}\n",
        &schema,
    );
    assert_eq!(loaded.cell("1", 1), &text_value("a"));
    assert_eq!(loaded.cell("2", 1), &text_value("b"));
    let message = failure(
        "{\"id\":1}\n{\"id\":2,\"name\":\"b\",\"姓名\":\"c\"}\n",
        "a.ndjson",
        &schema,
    );
    assert!(
        message.contains("a.ndjson:2:") && message.contains("same field"),
        "{message}"
    );
}

#[test]
fn a_key_that_no_record_has_is_a_warning() {
    let loaded = json("{\"id\":1}\n{\"id\":2}\n", &names());
    assert_eq!(loaded.rows.len(), 2);
    assert!(
        loaded
            .report
            .notes
            .iter()
            .any(|note| note.en.contains("no record has the key `name`"))
    );
    let fine = json("{\"id\":1}\n{\"id\":2,\"name\":null}\n", &names());
    assert!(fine.report.notes.is_empty());
}

#[test]
fn an_array_of_objects_is_read_element_by_element() {
    let text = "[\n  {\"id\": \"1\",\n   \"name\": \"a,]\\\"\"},\n  {\"id\": \"2\", \"name\": \"b\"},\n  7,\n  {\"id\": \"3\"}\n]\n";
    let loaded = load(text, "people.json", &names()).unwrap();
    assert_eq!(loaded.ids(), ["1", "2", "3"]);
    assert_eq!(loaded.cell("1", 1), &text_value("a,]\""));
    assert_eq!(loaded.rejects(), [(5, "broken-json")]);
    assert!(load("[]", "a.json", &names()).unwrap().rows.is_empty());
    assert!(load(" [ ] \n", "a.json", &names()).unwrap().rows.is_empty());
    assert_eq!(
        load("{\"id\":1}\n", "a.json", &names()).unwrap().rows.len(),
        1
    );
    assert_eq!(
        load("[{\"id\":1},]", "a.json", &names())
            .unwrap()
            .report
            .rejected,
        1
    );
    let cut = failure("[{\"id\":1},", "a.json", &names());
    assert!(cut.contains("never closed"), "{cut}");
    let cut = failure("[{\"id\":1}", "a.json", &names());
    assert!(cut.contains("never closed"), "{cut}");
    let more = failure("[{\"id\":1}] {\"id\":2}", "a.json", &names());
    assert!(more.contains("after the end"), "{more}");
}

#[test]
fn blank_lines_and_line_ends_do_not_matter() {
    for text in [
        "{\"id\":1}\n{\"id\":2}",
        "\n{\"id\":1}\r\n\r\n{\"id\":2}\r\n",
        "\u{feff}{\"id\":1}\n \n{\"id\":2}\n",
    ] {
        assert_eq!(json(text, &names()).ids(), ["1", "2"], "{text:?}");
    }
    assert!(json("", &names()).rows.is_empty());
}

#[test]
fn results_do_not_depend_on_threads_or_block_sizes() {
    let lines: Vec<String> = (0..3000)
        .map(|row| match row % 5 {
            0 => format!("{{\"id\":{row},\"name\":\"n{row}\"}}"),
            1 => format!("{{\"name\":\"\\u5f20{row}\",\"id\":{row}}}"),
            2 => format!("{{\"id\":\"{row}\"}}"),
            3 => format!("{{\"id\":{row},\"name\":null,\"x\":[1,{{}}]}}"),
            _ => format!("{{\"id\":{row},\"name\":}}"),
        })
        .collect();
    let files = Files::new();
    let inputs = [
        Input::file(files.write("a.ndjson", lines.join("\n"))),
        Input::file(files.write("a.json", format!("[{}]", lines.join(",\n")))),
    ];
    let expected = load_with(&inputs[0], &names(), &lenient()).unwrap();
    assert_eq!(expected.rows.len(), 2400);
    for input in &inputs {
        for (threads, block_bytes) in [(1, 60), (3, 1000), (2, 1 << 20)] {
            let mut options = lenient();
            options.threads = Some(threads);
            options.block_bytes = block_bytes;
            let loaded = load_with(input, &names(), &options).unwrap();
            assert_eq!(loaded.rows, expected.rows);
            assert_eq!(loaded.rejects(), expected.rejects());
        }
    }
}

#[test]
fn blank_lines_count_even_where_every_record_is_rejected() {
    let loaded = json("\n\n{\"x\":\n\n7\n", &names());
    assert_eq!(loaded.rejects(), [(3, "broken-json"), (5, "broken-json")]);
    let loaded = csv("id,name\n\n\n1\n\n\"2\n\",\"a\"b\n", &names());
    assert_eq!(loaded.rejects(), [(4, "ragged"), (6, "stray-quote")]);
}

#[test]
fn the_depth_limit_does_not_depend_on_records_before() {
    let record = |id: u32, arrays: usize| {
        let (open, close) = ("[".repeat(arrays), "]".repeat(arrays));
        format!("{{\"id\":{id},\"x\":{{\"y\":{open}{close}}}}}\n")
    };
    let text: String = [(1, 1), (2, 30), (3, 31), (4, 32)]
        .map(|(id, arrays)| record(id, arrays))
        .concat();
    let loaded = json(text, &schema(vec![field("id", Type::Id)]));
    assert_eq!(loaded.ids(), ["1", "2"]);
    assert_eq!(loaded.rejects(), [(3, "too-deep"), (4, "too-deep")]);
}

#[test]
fn a_record_ends_with_its_line_even_inside_an_array() {
    let text = concat!(
        "{\"id\":\"1\",\"tags\":[\"a\"],\"x\":[1]}\n",
        "{\"id\":\"2\",\"tags\":[\"b\",\n\"c\"],\"x\":[1]}\n",
        "  {\"id\":\"4\",\"tags\":[\"d\",\"e\"],\"x\":[1]} \t\r\n",
        "{\"id\":\"5\",\"tags\":[\"f\"],\"x\":[1,\n2]}\n",
        "\n",
        "{\"id\":\"8\",\"tags\":[],\"x\":[]}}\n",
        "{\"id\":\"9\",\"tags\":[],\"x\":[]}\r\n",
        "{\"id\":\"10\",\"tags\":[ \"g\" ],\"x\":[ ]}",
    );
    let fields = || vec![field("id", Type::Id), field("tags", list(None))];
    let broken = |lines: &[u64]| -> Vec<(u64, &str)> {
        lines.iter().map(|line| (*line, "broken-json")).collect()
    };
    let loaded = json(text, &schema(fields()));
    assert_eq!(loaded.ids(), ["1", "4", "9", "10"]);
    assert_eq!(loaded.rejects(), broken(&[2, 3, 5, 6, 8]));
    let two = Value::List(vec![text_value("d"), text_value("e")]);
    assert_eq!(loaded.cell("4", 1), &two);
    assert_eq!(loaded.cell("10", 1), &Value::List(vec![text_value("g")]));
    // Nobody asks for the arrays.
    let loaded = json(text, &schema(vec![field("id", Type::Id)]));
    assert_eq!(loaded.ids(), ["1", "4", "9", "10"]);
    assert_eq!(loaded.rejects(), broken(&[2, 3, 5, 6, 8]));
    // Between the elements of an array lines may end anywhere.
    let whole = "[{\"id\":\"1\",\"tags\":[\"a\"]}\n, {\"id\":\"2\",\"tags\":[\"b\",\n\"c\"]},\n{\"id\":\"3\",\"tags\":[]\n}]\n";
    let loaded = load(whole, "people.json", &schema(fields())).unwrap();
    assert_eq!(loaded.ids(), ["1", "2", "3"]);
}
