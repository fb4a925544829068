//! Mistakes that are easily passed over in silence, and those that are easily told twice.

use super::{check_clean, check_said, checked, checked_whole, listed};
use segrule::check::typed::ConditionKind;
use segrule::diag::Diagnostic;
use segrule::syntax::ast::LiteralKind;

#[track_caller]
fn check_whole(text: &str, expected: &[&str]) {
    let (found, sources) = checked_whole(text, &[]);
    assert_eq!(listed(&found, &sources), expected, "{text}");
}

#[test]
fn a_broken_field_is_told_once() {
    check_whole(
        "schema c {
  id: id
  x: innt aka y
  b: bool
  place: region
}
param d = 3
segment a = x > 3 and y < 4
segment good = b
test \"t\" { contact { id: \"1\", x: 3 } in good }
campaign m { platform p
  audience good
  order by y desc
  rotate x by province every 30min }
platform p { cap 3 sends per day }
",
        &["unknown-type @innt"],
    );
}

#[test]
fn a_hierarchy_that_cannot_be_read_is_told_once() {
    check_whole(
        "schema c {\n  id: id\n  shop: store\n}
hierarchy store from \"stores.csv\"
segment a = shop = Berlin",
        &["list-file @\"stores.csv\""],
    );
}

#[test]
fn a_mistake_inside_a_mistake_is_told_once() {
    check_said(
        "segment a = last_visit = contact.agee",
        &["unknown-field @agee"],
    );
    check_said(
        "segment a = last_visit = 3 + agee",
        &["type-mismatch @3 + agee"],
    );
    check_said(
        "segment a = blocked\nsegment b = id in a",
        &["type-mismatch @a"],
    );
}

#[test]
fn values_that_no_cell_holds_are_told() {
    check_said(
        "segment a = age = 99999999999999999999",
        &["out-of-range @99999999999999999999"],
    );
    check_clean("segment a = age < 99999999999999999999");
    check_said("segment a = age in 18.5..20", &["inexact-literal @18.5"]);
    check_said(
        "segment a = month(birthday) = 13 or weekday(birthday) in (sat, 9)",
        &["out-of-range @13", "out-of-range @9"],
    );
    check_said(
        "list odd = (ios, symbian)\nsegment a = device in odd",
        &["bad-value @odd"],
    );
}

#[test]
fn stretches_of_time_that_are_empty_are_told() {
    for stretch in [
        "2026-01-01..<2026-01-01",
        "tomorrow..today",
        "next year..last year",
        "2026-01-01T10:00..2026-01-01T09:00",
        "2026-01-01T10:00+08:00..<2026-01-01T10:00+08:00",
    ] {
        let expected = format!("empty-range @{stretch}");
        check_said(
            &format!("segment a = last_active in {stretch}"),
            &[&expected],
        );
    }
    for stretch in [
        "2026-01-01..2026-01-01",
        "this month..last week",
        "next week..tomorrow",
        "next month..this week",
        "this week..yesterday",
    ] {
        check_clean(&format!("segment a = last_active in {stretch}"));
    }
}

#[test]
fn days_of_the_week_go_by_name() {
    check_clean("segment a = weekday(birthday) in mon..fri and weekday(birthday) = Sunday");
    check_clean("segment a = weekday(birthday) in (周六, 星期日)");
    check_said("segment a = age in (sat, 3)", &["type-mismatch @sat"]);
}

#[test]
fn equal_values_written_differently_are_duplicates() {
    check_said("segment a = age in (1, 1.0)", &["duplicate-value @1.0"]);
    check_said(
        "segment a = last_visit in (x, \"x\")",
        &["duplicate-value @\"x\""],
    );
    check_said("list a = (x, y, \"x\")", &["duplicate-value @\"x\""]);
    check_said(
        "list a = (x, \"\", 1..3)",
        &["empty-text @\"\"", "bad-value @1..3"],
    );
}

#[test]
fn a_parameter_may_stand_on_either_side() {
    check_clean(
        "param since = 2026-01-01
param page = \"x\"
param low = -3
segment a = since <= last_active and page = last_visit and low < age",
    );
}

#[test]
fn settings_are_written_as_in_rule_files() {
    let rules =
        "param d = this month\nparam n = 3\nparam s = 10%\nparam t = \"a\"\nparam g = 30d ago";
    let settings = [
        ("d", "last month"),
        ("n", "７"),
        ("s", "20"),
        ("t", "say \"x\""),
        ("g", "2mo ago"),
    ];
    let (found, _) = checked(rules, &settings);
    assert!(found.diagnostics.is_empty(), "{:?}", found.diagnostics);
    let kind = |name: &str| &found.rules.params.get(name).unwrap().kind;
    assert!(matches!(kind("n"), LiteralKind::Number(number) if number.to_string() == "7"));
    assert!(matches!(kind("t"), LiteralKind::Text(text) if &**text == "say \"x\""));
    for (name, text) in [
        ("n", "30d"),
        ("n", "3\nsegment evil = everyone"),
        ("d", "3"),
        ("g", "30d"),
    ] {
        let (found, _) = checked(rules, &[(name, text)]);
        let codes: Vec<_> = found
            .diagnostics
            .iter()
            .map(|found| found.code.name())
            .collect();
        assert_eq!(codes, ["bad-value"], "{name}={text}");
        assert!(found.rules.find_segment("evil").is_none());
    }
}

#[test]
fn a_schema_says_nothing_twice_and_nothing_in_vain() {
    let schema = |field: &str| format!("schema c {{\n  id: id\n  {field}\n}}\n");
    check_whole(&schema("age: int aka age"), &["duplicate-name @age"]);
    check_whole(
        &schema("age: int aka 年龄, 年龄"),
        &["duplicate-name @年龄"],
    );
    check_whole(
        &schema("d: date format \"%Q%Y\""),
        &["bad-schema @\"%Q%Y\""],
    );
    check_whole(
        &schema("d: date format \"%m/%d\""),
        &["bad-schema @\"%m/%d\""],
    );
    check_whole(&schema("d: date format \"%d.%m.%Y\""), &[]);
    check_whole(
        &schema("d: int missing when (30d, -1)"),
        &["bad-value @30d"],
    );
    check_whole(
        &format!("{}schema d {{ id: id }}", schema("b: bool")),
        &["bad-schema @d"],
    );
}

#[test]
fn all_items_share_one_name_space() {
    check_said(
        "platform p { cap 3 sends per day }
platform p profile documented { cap 4 sends per day }
segment p = blocked
platform p { cap 5 sends per day }
segment contact = blocked",
        &[
            "duplicate-name @p",
            "duplicate-name @p",
            "duplicate-name @contact",
        ],
    );
}

#[test]
fn every_use_of_a_doubtful_place_is_told() {
    check_said(
        "segment a = region = 朝阳\nsegment b = region = 朝阳 or region = 北亰",
        &[
            "ambiguous-region @朝阳",
            "ambiguous-region @朝阳",
            "unknown-region @北亰",
        ],
    );
}

#[test]
fn several_comments_may_allow_things_on_one_line() {
    check_clean(
        "# allow: mixed-and-or reads well
# allow: duplicate-value on purpose
segment a = blocked or age in (1, 1) and spend > 3",
    );
}

#[test]
fn cells_of_tests_are_read_as_the_field_reads_them() {
    check_said(
        "segment a = blocked
test \"t\" {
  contact { id: \"1\", blocked: maybe } in a
  contact { id: \"2\", blocked: maybe } quarantined from a
  contact { id: \"3\", blocked: true, age: \"old\" } in a
  contact { id: \"4\", blocked: yes } in a
}",
        &["bad-value @blocked: maybe"],
    );
}

#[test]
fn bare_words_of_contains_may_be_ambiguous() {
    check_said(
        "segment a = last_visit contains age",
        &["ambiguous-word @age"],
    );
}

#[test]
fn thousands_of_mistakes_take_no_time() {
    let lines = (0..20_000).map(|at| format!("segment s{at} = t{at} and region = 北亰{at}\n"));
    let start = std::time::Instant::now();
    let (found, _) = checked(&lines.collect::<String>(), &[]);
    assert_eq!(found.diagnostics.len(), 40_000);
    // Comparing every wrong name with every place would take minutes in a test build.
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
fn doublings_of_segments_stay_small() {
    let mut text = String::from("segment s0 = blocked\n");
    for at in 1..=50 {
        text.push_str(&format!("segment s{at} = s{0} or s{0}\n", at - 1));
    }
    let (found, _) = checked(&text, &[]);
    assert!(found.diagnostics.is_empty());
    let last = found.rules.find_segment("s50").unwrap();
    let kind = &found.rules.segment(last).unwrap().condition.kind;
    assert!(matches!(kind, ConditionKind::Or(of) if of.len() == 2));
}

#[test]
fn a_segment_has_a_limit_of_nodes() {
    let terms: Vec<String> = (0..10_001).map(|at| format!("spend > {at}")).collect();
    let (found, _) = checked(&format!("segment a = {}", terms.join(" or ")), &[]);
    let codes: Vec<_> = found
        .diagnostics
        .iter()
        .map(|found| found.code.name())
        .collect();
    assert_eq!(codes, ["too-large"]);
}

#[test]
fn classes_of_patterns_are_ascii() {
    let (found, _) = checked(
        "segment a = last_visit matches /^\\d+$/ and last_visit matches /(?i)^\\w+$/ and last_visit matches /^[\\w\\s]+$/ and last_visit matches /^.$/",
        &[],
    );
    assert!(found.diagnostics.is_empty());
    let a = found.rules.find_segment("a").unwrap();
    let mut patterns = Vec::new();
    let segment = found.rules.segment(a).unwrap();
    segment.condition.visit(&mut |part| {
        use segrule::check::typed::{Question, TextQuestion};
        if let ConditionKind::Ask(Question::Text(_, test)) = &part.kind
            && let TextQuestion::Regex(pattern) = &test.question
        {
            patterns.push(pattern.regex.clone());
        }
    });
    let matches =
        |text: &str| -> Vec<bool> { patterns.iter().map(|regex| regex.is_match(text)).collect() };
    assert_eq!(matches("1"), [true, true, true, true]);
    assert_eq!(matches("１"), [false, false, false, true]);
    assert_eq!(matches("ſ"), [false, false, false, true]);
    assert_eq!(matches("京"), [false, false, false, true]);
    assert_eq!(matches("\n"), [false, false, true, false]);
}

#[test]
fn every_diagnostic_says_what_its_text_is_and_what_to_do() {
    let (found, _) = checked(
        "segment a = agee > 3 or b1 or foo(age) = 3 or region = 北亰 or device = x or last_visit in ()
segment b = last_visit matches /(/ or age in nix or last_active within days
list c = ()
list d from \"x.csv\"
segment e = last_visit = \" x\"",
        &[("zz", "3")],
    );
    assert!(found.diagnostics.len() > 8);
    for diagnostic in &found.diagnostics {
        assert_is_complete(diagnostic);
    }
}

#[track_caller]
fn assert_is_complete(diagnostic: &Diagnostic) {
    let label = &diagnostic.labels[0].text;
    let help = diagnostic.help.as_ref().unwrap();
    for phrase in [&diagnostic.message, label, help] {
        assert!(
            !phrase.en.is_empty() && !phrase.zh.is_empty(),
            "{diagnostic:?}"
        );
    }
}

#[test]
fn comments_that_allow_proved_findings_are_judged_after_the_proofs() {
    check_clean("# allow: never-matches on purpose\nsegment a = age < 3 and age > 5");
    check_clean("# allow: redundant-clause a guard\nsegment a = age < 3");
}
