//! Hover, definitions, references, renaming, outlines, colours, hints, repairs.

use super::{SCHEMA, marked};
use segrule::diag::{Edit, Lang};
use segrule::ide::{Facts, LensAction, Project};
use segrule::source::SourceId;
use segrule::value::{Clock, Zone, parse_instant};
use std::path::Path;

/// A project of the schema and some texts; the mark's file and place.
fn project(texts: &[&str]) -> (Project, SourceId, usize) {
    let zone = Zone::named("Asia/Shanghai").unwrap();
    let clock = Clock {
        now: parse_instant("2026-11-22T09:00+08:00", &zone).unwrap(),
        zone,
    };
    let facts = Facts {
        clock,
        seen: super::seen(),
        ..Facts::default()
    };
    let mut project = Project::empty(facts);
    project.edit(Path::new("0.seg"), SCHEMA.into());
    let (mut source, mut offset) = (SourceId(0), 0);
    for (at, text) in (1..).zip(texts) {
        let path = format!("{at}.seg");
        let text = match text.contains("$0") {
            true => {
                let (text, place) = marked(text);
                (source, offset) = (SourceId(at), place);
                text
            }
            false => (*text).to_string(),
        };
        project.edit(Path::new(&path), text.as_str().into());
    }
    (project, source, offset)
}

#[track_caller]
fn check_hover(text: &str, expected: &[&str]) {
    let (mut project, source, offset) = project(&[text]);
    let hover = project.view().hover(source, offset);
    let said = hover.map_or(String::new(), |hover| hover.text);
    for part in expected {
        assert!(said.contains(part), "{text}: {part:?} is not in {said:?}");
    }
    if expected.is_empty() {
        assert_eq!(said, "", "{text}");
    }
}

#[test]
fn hover_tells_types_docs_names_and_values() {
    check_hover(
        "segment a = a$0ge > 3",
        &["age: int 0..150", "In full years.", "`年龄`"],
    );
    check_hover("segment a = 年龄$0 > 3", &["age: int 0..150"]);
    check_hover(
        "segment a = buy$0ers",
        &["segment buyers", "买家", "`spend`"],
    );
    check_hover("segment a = id in sta$0ff", &["2 values: 1, 2"]);
    check_hover(
        "segment a = spend > min_$0spend",
        &["param min_spend = 200.00"],
    );
    check_hover(
        "segment a = ye$0ar(birthday) = 2000",
        &["The year of the local date."],
    );
    check_hover("segment a = device = io$0s", &["9 contacts have it"]);
    check_hover("segment a = region = 深$0圳", &["广东省/深圳市"]);
    check_hover("segment a = last_visit$0 = \"x\"", &["课程页 (40)"]);
    check_hover("segment a = age > 3 an$0d blocked", &["**and · 且**"]);
    check_hover(
        "segment a = last_active with$0in 30d",
        &["from 2026-10-23", "Asia/Shanghai"],
    );
    check_hover("segment a = age > $03", &[]);
}

#[test]
fn hover_works_in_text_that_does_not_parse() {
    check_hover("segment b = a$0ge > and", &["age: int 0..150"]);
    check_hover("segment b = = buy$0ers", &["segment buyers"]);
    check_hover("# a$0ge\nsegment b = age > 3", &[]);
}

#[track_caller]
fn check_definition(text: &str, expected: &str) {
    let (mut project, source, offset) = project(&[text]);
    let view = project.view();
    let target = view.definition(source, offset);
    let found = target.map_or("", |target| view.workspace.sources.text_at(target.whole));
    assert!(
        found.starts_with(expected) && found.is_empty() == expected.is_empty(),
        "{found}"
    );
}

#[test]
fn definitions_are_found_from_every_kind_of_use() {
    check_definition("segment a = ag$0e > 3", "age: int");
    check_definition("segment a = contact.ag$0e > 3", "age: int");
    check_definition("segment a = not 活跃$0", "segment 活跃");
    check_definition("segment a = id in staff$0", "list staff");
    check_definition("segment a = age in (1, 2) and spend > min_spend$0", "param");
    check_definition("segment a = device = \"4g$0\"", "\"4g\"");
    check_definition("test \"x\" {\n  contact { ag$0e: 3 } in buyers\n}", "age");
    check_definition(
        "test \"x\" {\n  contact { age: 3 } in buyers$0\n}",
        "segment buyers",
    );
    check_definition(
        "campaign c {\n  platform wecom\n  audience buyers$0\n}",
        "segment buyers",
    );
    check_definition(
        "campaign c {\n  platform wecom\n  exclude staff$0\n}",
        "list staff",
    );
    check_definition("segment a = region = 北$0京", "");
    check_definition("segment a = b$0\nsegment b = age = \"x\"", "segment b");
}

#[test]
fn references_are_found_in_all_files() {
    let (mut project, source, offset) =
        project(&["segment a = buy$0ers", "segment b = not buyers"]);
    let references = project.view().references(source, offset);
    let files: Vec<u32> = references.iter().map(|each| each.span.source.0).collect();
    assert_eq!(files, [0, 1, 2]);
    assert!(references[0].is_definition);
}

/// Renames at the mark; gives the texts of all files after the schema, or why not.
fn renamed(texts: &[&str], new: &str) -> Result<Vec<String>, String> {
    let (mut project, source, offset) = project(texts);
    let edits = project.rename(source, offset, new).map_err(|why| why.en)?;
    let sources = project.view().workspace.sources.clone();
    Ok(sources
        .iter()
        .map(|(id, source)| apply(source.text(), id, &edits))
        .collect())
}

fn apply(text: &str, id: SourceId, edits: &[Edit]) -> String {
    let mut own: Vec<&Edit> = edits.iter().filter(|edit| edit.span.source == id).collect();
    own.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_string();
    for edit in own {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

#[track_caller]
fn check_refused(text: &str, new: &str, why: &str) {
    let refused = renamed(&[text], new).unwrap_err();
    assert!(refused.contains(why), "{refused}");
}

#[test]
fn renaming_changes_every_file() {
    let texts = renamed(&["segment a = buy$0ers", "segment b = not buyers"], "paid").unwrap();
    assert!(texts[0].contains("segment paid \"买家\""));
    assert_eq!(texts[1..], ["segment a = paid", "segment b = not paid"]);
}

#[test]
fn renaming_quotes_what_has_to_be_quoted() {
    let texts = renamed(&["segment a = buy$0ers"], "big spenders").unwrap();
    assert_eq!(texts[1], "segment a = `big spenders`");
    let texts = renamed(&["segment `x y` = age > 3\nsegment a = `x y`$0"], "in").unwrap();
    assert_eq!(texts[1], "segment `in` = age > 3\nsegment a = `in`");
    let texts = renamed(&["segment `x y` = age > 3\nsegment a = `x y`$0"], "`b`").unwrap();
    assert_eq!(texts[1], "segment b = age > 3\nsegment a = b");
}

#[test]
fn a_renamed_field_still_finds_its_column() {
    let texts = renamed(&["segment a = ag$0e > 3 and 年龄 < 9"], "years").unwrap();
    assert!(
        texts[0].contains("years: int 0..150 aka 年龄, age\n"),
        "{}",
        texts[0]
    );
    assert_eq!(texts[1], "segment a = years > 3 and 年龄 < 9");
    let texts = renamed(&["segment a = bl$0ocked"], "barred").unwrap();
    assert!(texts[0].contains("barred: bool aka blocked\n"));
    let texts = renamed(&["segment a = 年$0龄 > 3 and age < 9"], "岁数").unwrap();
    assert!(texts[0].contains("age: int 0..150 aka 岁数\n"));
    assert_eq!(texts[1], "segment a = 岁数 > 3 and age < 9");
}

#[test]
fn renaming_is_refused_when_it_would_change_a_meaning() {
    check_refused("segment a = buy$0ers", "活跃", "taken");
    check_refused("segment a = buy$0ers", "age", "taken");
    check_refused("segment a = ag$0e > 3", "spend", "taken");
    check_refused("segment a = ag$0e > 3", "buyers", "taken");
    check_refused("segment a = buy$0ers", "a`b", "no name");
    check_refused("segment a = buy$0ers", "", "no name");
    check_refused("segment a = region = 北$0京", "x", "value");
    check_refused("segment a = ye$0ar(birthday) = 3", "x", "function");
    check_refused("segment a = buy$0ers\nsegment b = = buyers", "x", "mistake");
    // A parameter comes before a bare value: `ios` would be another thing.
    check_refused(
        "segment a = device = ios and spend > min_spend$0",
        "ios",
        "change what other names mean",
    );
}

#[test]
fn outlines_show_broken_items_too() {
    let (mut project, source, _) =
        project(&["segment a = age > 3$0\nsegment b = = 3\ntest \"t\" {\n}"]);
    let view = project.view();
    let names: Vec<String> = view
        .symbols(source)
        .into_iter()
        .map(|symbol| symbol.name)
        .collect();
    assert_eq!(names, ["a", "b", "t"]);
    let schema = &view.symbols(SourceId(0))[0];
    assert_eq!(schema.children.len(), 11);
    assert_eq!(schema.children[2].detail, "int 0..150");
}

/// Every coloured stretch as `text kind`.
fn colours(text: &str) -> Vec<String> {
    let (mut project, source, _) = project(&[&format!("{text}$0")]);
    let view = project.view();
    let found = view.highlights(source);
    let pairs = found.windows(2);
    assert!(
        pairs
            .clone()
            .all(|pair| pair[0].range.end <= pair[1].range.start),
        "{found:?}"
    );
    let source = view.source(source).unwrap();
    let shown = |range: std::ops::Range<usize>| source.text()[range].to_string();
    found
        .into_iter()
        .map(|each| format!("{} {:?}", shown(each.range), each.kind))
        .collect()
}

#[test]
fn colours_tell_names_words_and_values_apart() {
    assert_eq!(
        colours("## doc\nsegment a = age >= 18 且 not buyers # x"),
        [
            "## doc Comment",
            "segment Keyword",
            "a Segment",
            "= Operator",
            "age Field",
            ">= Operator",
            "18 Number",
            "且 Keyword",
            "not Keyword",
            "buyers Segment",
            "# x Comment",
        ]
    );
    let value = colours("segment a = device = ios and tags has any of (\"x\")");
    assert!(value.contains(&"ios Value".to_string()), "{value:?}");
    assert!(value.contains(&"any of Operator".to_string()), "{value:?}");
}

#[test]
fn text_that_does_not_parse_is_coloured_too() {
    let found = colours("segment a = age > and buyers \"x");
    for wanted in [
        "segment Keyword",
        "age Field",
        "and Keyword",
        "buyers Segment",
        "\"x Text",
    ] {
        assert!(found.contains(&wanted.to_string()), "{wanted}: {found:?}");
    }
    let found = colours("schema s2 {\n  id: id\n  a: int int\n  b: text\n}");
    for wanted in ["schema Keyword", "id Field", "b Field", "text Type"] {
        assert!(found.contains(&wanted.to_string()), "{wanted}: {found:?}");
    }
}

#[track_caller]
fn check_hints(text: &str, expected: &[&str]) {
    let (mut project, source, _) = project(&[&format!("{text}$0")]);
    let view = project.view();
    let hints = view.hints(source, &(0..text.len()));
    let said: Vec<String> = hints.into_iter().map(|hint| hint.text.en).collect();
    assert_eq!(said, expected, "{text}");
}

#[test]
fn hints_show_the_days_that_times_reach() {
    check_hints("segment a = last_active within 30d", &["from 2026-10-23"]);
    check_hints(
        "segment a = last_active within 72h",
        &["from 2026-11-19 09:00"],
    );
    check_hints("segment a = birthday within next 7d", &["to 2026-11-29"]);
    check_hints(
        "segment a = last_active within 30d..90d ago",
        &["2026-08-24 to 2026-10-23"],
    );
    check_hints(
        "segment a = birthday in last month",
        &["2026-10-01 to 2026-10-31"],
    );
    check_hints("segment a = birthday on yesterday", &["2026-11-21"]);
    check_hints("segment a = last_active before 30d ago", &["to 2026-10-22"]);
    check_hints("segment a = last_active after 2026-01-01", &[]);
    check_hints(
        "segment a = birthday within next 7d anniversary",
        &["11-22 to 11-29 of any year"],
    );
}

#[test]
fn lenses_count_segments_and_run_tests() {
    let text = "segment a = age > 3$0\ntest \"t\" {\n  contact { age: 4 } in a\n}";
    let (mut project, source, _) = project(&[text]);
    let view = project.view();
    let actions: Vec<LensAction> = view
        .lenses(source, true)
        .into_iter()
        .map(|lens| lens.action)
        .collect();
    assert_eq!(
        actions,
        [LensAction::Count("a".into()), LensAction::RunTest(20)]
    );
    assert_eq!(view.lenses(source, false).len(), 1);
}

#[test]
fn repairs_come_from_diagnostics() {
    let (mut project, source, offset) = project(&["segment a = agee$0 > 3"]);
    let view = project.view();
    let actions = view.actions(source, &(offset..offset));
    assert_eq!(actions.len(), 1);
    assert_eq!(actions[0].fix.edits[0].text, "age");
    assert!(view.actions(source, &(0..3)).is_empty());
}

#[test]
fn layout_changes_only_what_differs() {
    let (mut project, source, _) = project(&["segment  a=age>3$0\nsegment b = age > 4\n"]);
    let edit = project.layout(source).unwrap().unwrap();
    assert_eq!(edit.span.range(), 8..15);
    assert_eq!(edit.text, "a = age > ");
}

#[test]
fn chinese_is_spoken_when_asked_for() {
    let (mut project, source, offset) = project(&["segment a = last_active with$0in 30d"]);
    project.facts.lang = Lang::Zh;
    let hover = project.view().hover(source, offset).unwrap();
    assert!(hover.text.starts_with("自 2026-10-23 起"), "{}", hover.text);
}
