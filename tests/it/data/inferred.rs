//! Schemas found from the data alone.

use super::Files;
use segrule::data::{Input, infer, schema_text};
use segrule::schema::IdSource;
use segrule::source::SourceId;

fn schema_of(name: &str, text: &str, id: Option<&str>) -> String {
    let files = Files::new();
    let schema = infer(&Input::file(files.write(name, text)), id).unwrap();
    let text = schema_text(&schema);
    let parsed = segrule::syntax::parse(SourceId(0), &text);
    assert!(parsed.diagnostics.is_empty(), "{text}");
    text
}

#[test]
fn every_cell_counts_never_a_sample() {
    let mut text = String::from("id,n,when\n");
    (0..200_000).for_each(|row| text.push_str(&format!("{row},{row},2026-01-01\n")));
    text.push_str("x,1.5,2026-01-01 09:00\n");
    assert_eq!(
        schema_of("a.csv", &text, None),
        "schema contact {\n  id: id\n  n: decimal(1)\n  when: datetime\n}\n"
    );
}

#[test]
fn types_are_those_that_fit_all_cells() {
    let text =
        "id;ok;spend;born;name;total spend;in\n1;true;1.50;2000-01-01;张三;1e3;\n2;;20;;；;2;x\n";
    assert_eq!(
        schema_of("a.csv", text, None),
        "schema contact {\n  id: id\n  ok: bool\n  spend: decimal(2)\n  born: date\n  name: text\n  `total spend`: float\n  `in`: text\n}\n"
    );
}

#[test]
fn the_id_is_given_or_called_id_or_the_record_number() {
    assert!(schema_of("a.csv", "phone,n\n1,2\n", Some("phone")).contains("phone: id\n"));
    let without = schema_of("a.csv", "phone,n\n1,2\n", None);
    assert!(
        without.contains("  id: id row\n") && without.contains("phone: int\n"),
        "{without}"
    );
    let files = Files::new();
    let input = Input::file(files.write("a.csv", "phone,n\n1,2\n"));
    assert_eq!(infer(&input, None).unwrap().id, IdSource::Row);
    let error = infer(&input, Some("phones")).unwrap_err();
    assert!(error.message.en.contains("is it phone?"), "{error}");
}

#[test]
fn json_lists_are_lists_and_nested_keys_have_dots() {
    let text = "{\"id\":1,\"tags\":[\"a\"],\"device\":{\"os\":\"ios\"},\"n\":[1,2]}\n{\"id\":2,\"late\":true,\"tags\":[]}\n";
    assert_eq!(
        schema_of("a.ndjson", text, None),
        "schema contact {\n  id: id\n  tags: list of text\n  device.os: text\n  n: list of int\n  late: bool\n}\n"
    );
}

#[test]
fn a_column_that_one_file_lacks_is_optional() {
    let files = Files::new();
    let mut input = Input::file(files.write("a.csv", "id,n\n1,2\n"));
    input.paths.push(files.write("b.csv", "id,m\n1,2\n"));
    let text = schema_text(&infer(&input, None).unwrap());
    assert!(
        text.contains("n: int optional") && text.contains("m: int optional"),
        "{text}"
    );
}
