//! Schemas found from the data alone.

use super::Files;
use indexmap::IndexMap;
use segrule::data::{Input, infer, schema_text, schema_text_with};
use segrule::diag::Lang;
use segrule::schema::IdSource;
use segrule::source::SourceId;
use segrule::value::{Clock, Instant, Zone};
use segrule::workspace::{Config, RunOptions, Workspace, profile};

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

/// The line that is offered instead of each column's own, by the cells of the column.
fn offered(cells: &[(&str, usize)]) -> String {
    let files = Files::new();
    let mut text = String::from("id,x\n");
    let mut row = 0;
    for (cell, count) in cells {
        for _ in 0..*count {
            row += 1;
            text.push_str(&format!("c{row},\"{cell}\"\n"));
        }
    }
    let input = Input::file(files.write("a.csv", &text));
    let workspace = Workspace::load(
        &[],
        &IndexMap::new(),
        &Config::default(),
        Some(&input),
        None,
    );
    let workspace = workspace.unwrap();
    let fields: Vec<_> = workspace.schema().iter().map(|(id, _)| id).collect();
    let options = RunOptions {
        clock: Clock {
            now: Instant(0),
            zone: Zone::utc(),
        },
        max_rejects: None,
        threads: None,
        progress: None,
    };
    let (profile, _) = profile(&workspace, &fields, &input, &options).unwrap();
    let near = profile.near_types(workspace.schema());
    let text = schema_text_with(workspace.schema(), Lang::En, |id| near.get(&id));
    let parsed = segrule::syntax::parse(SourceId(0), &text);
    assert!(parsed.diagnostics.is_empty(), "{text}");
    // What is offered can be taken as it is.
    let taken = text.replace("  # x:", "  y:");
    let parsed = segrule::syntax::parse(SourceId(0), &taken);
    assert!(parsed.diagnostics.is_empty(), "{taken}");
    let lines = text.lines().filter_map(|line| line.strip_prefix("  # "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn columns_that_a_few_cells_leave_as_text_get_a_type_to_take_instead() {
    assert_eq!(
        offered(&[("18", 8), ("２0", 1), ("18岁", 2)]),
        "x: int  # 9 of 11 cells, not such as \"18岁\""
    );
    assert_eq!(offered(&[("18", 7), ("a", 1), ("b", 1), ("c", 1)]), "");
    assert_eq!(
        offered(&[("1.5", 5), ("2", 4), ("?", 1)]),
        "x: decimal(1)  # 9 of 10 cells, not such as \"?\""
    );
    assert_eq!(
        offered(&[("2026-01-02", 9), ("soon", 1)]),
        "x: date  # 9 of 10 cells, not such as \"soon\""
    );
    assert_eq!(
        offered(&[("2026/01/02", 4), ("2026/1/3", 4)]),
        "x: date format \"%Y/%m/%d\"  # all 8 cells"
    );
    assert_eq!(
        offered(&[("2026/01/02 09:30", 4), ("2026/1/3 10:00", 4)]),
        "x: datetime format \"%Y/%m/%d %H:%M\"  # all 8 cells"
    );
    assert_eq!(offered(&[("是", 4), ("否", 4)]), "x: bool  # all 8 cells");
}

#[test]
fn places_lists_and_choices_are_offered_never_taken() {
    assert_eq!(
        offered(&[("北京", 4), ("广东省/深圳市", 4), ("朝阳", 1)]),
        "x: region  # 8 of 9 cells, not such as \"朝阳\""
    );
    assert_eq!(
        offered(&[("a;b", 2), ("b;c", 2), ("a;c", 2), ("c", 2)]),
        "x: list of text separated by \";\"  # all 8 cells"
    );
    assert_eq!(
        offered(&[("ios", 8), ("android", 8)]),
        "x: one of (\"android\", \"ios\")  # all 16 cells"
    );
    assert_eq!(offered(&[("ios", 1), ("android", 1)]), "");
    assert_eq!(
        offered(&[("1764288000", 3), ("1764374400", 3)]),
        "x: datetime epoch s  # all 6 cells"
    );
    assert_eq!(
        offered(&[("1764288000000", 3)]),
        "x: datetime epoch ms  # all 3 cells"
    );
    assert_eq!(offered(&[("13800138000", 3)]), "");
}
