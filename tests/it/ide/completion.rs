//! What is offered while somebody types.

use super::{SCHEMA, marked, offered, seen, workspace};
use segrule::ide::{Typed, complete};

/// The first things offered at the mark, as they would be written.
#[track_caller]
fn check_first(text: &str, first: &[&str]) {
    let found = offered(text);
    let found: Vec<&str> = found.iter().map(|each| each.insert.as_str()).collect();
    let start = &found[..first.len().min(found.len())];
    assert_eq!(start, first, "{text}: {found:?}");
}

/// What must be among the things offered, and what must not.
#[track_caller]
fn check_among(text: &str, some: &[&str], none: &[&str]) {
    let found = offered(text);
    let found: Vec<&str> = found.iter().map(|each| each.insert.as_str()).collect();
    for wanted in some {
        assert!(found.contains(wanted), "{text}: no {wanted} in {found:?}");
    }
    for unwanted in none {
        assert!(!found.contains(unwanted), "{text}: {unwanted} in {found:?}");
    }
}

#[test]
fn items_start_at_the_margin() {
    check_first("$0", &["segment", "人群"]);
    check_first("seg$0", &["segment"]);
    check_first("人$0", &["人群"]);
    check_among("segment a = age > 3\n\nca$0", &["campaign"], &["contains"]);
    check_among("segment a = $0", &[], &["segment", "campaign"]);
}

#[test]
fn a_condition_starts_with_fields_and_segments() {
    check_first("segment a = $0", &["id", "region", "age"]);
    check_among(
        "segment a = $0",
        &["buyers", "活跃", "not", "at least", "everyone", "year("],
        &["and", "staff", "a", "segment"],
    );
    check_among("segment a = not $0", &["blocked", "buyers"], &["or"]);
    check_among("segment a = age > 3 and $0", &["age", "buyers"], &["and"]);
    check_among("segment a = (blocked or $0", &["age", "活跃"], &[]);
    check_among("segment a = at least 2 of (blocked, $0", &["age"], &[]);
}

#[test]
fn chinese_rules_are_offered_chinese_words_first() {
    check_first("人群 甲 = 年$0", &["年龄"]);
    check_first("人群 甲 = 年龄 > 3 $0", &["且", "and", "或", "or"]);
    check_first("segment a = age > 3 $0", &["and", "且"]);
    check_among("人群 甲 = $0", &["年龄", "最近活跃", "非"], &[]);
    check_first("人群 甲 = 最近访问 开$0", &["开头是"]);
}

#[test]
fn operators_fit_the_type() {
    check_first("segment a = age $0", &["=", ">=", "<="]);
    check_among(
        "segment a = age $0",
        &["in", "is missing"],
        &["contains", "within", "and"],
    );
    check_among(
        "segment a = last_visit $0",
        &["contains", "starts with", "matches"],
        &["<", "has"],
    );
    check_first("segment a = last_active $0", &["within"]);
    check_first("segment a = tags $0", &["has"]);
    check_among("segment a = tags $0", &["has any of"], &["="]);
    check_first("segment a = blocked $0", &["and"]);
    check_among("segment a = buyers $0", &["and", "or"], &["=", "in"]);
    check_among("segment a = year(birthday) $0", &["=", "in"], &["and"]);
    check_among(
        "segment a = last_visit not $0",
        &["contains", "in"],
        &["not in", "is missing", "="],
    );
}

#[test]
fn words_of_two_parts_are_offered_when_the_first_is_typed() {
    check_first("segment a = last_visit starts w$0", &["starts with"]);
    check_first("segment a = age is $0", &["missing", "not missing"]);
    check_first("segment a = tags has a$0", &["has any of", "has all of"]);
    check_first("campaign x {\n  order b$0", &["order by"]);
    check_first("segment a = last_active in last mo$0", &["last month"]);
    let found = offered("segment a = last_visit starts w$0");
    assert_eq!(
        &"segment a = last_visit starts w"[found[0].replace.clone()],
        "starts w"
    );
}

#[test]
fn values_are_those_declared_and_those_seen() {
    check_first("segment a = device = $0", &["android", "ios", "\"4g\""]);
    check_first(
        "segment a = device in (ios, $0",
        &["android", "ios", "\"4g\""],
    );
    check_first(
        "segment a = last_visit = $0",
        &["\"课程页\"", "\"优惠券页\""],
    );
    check_first("segment a = last_visit = \"课$0", &["\"课程页\""]);
    check_first(
        "segment a = last_visit = \"课$0 and age > 3",
        &["\"课程页\""],
    );
    check_first("segment a = tags has any of (\"高$0\")", &["\"高价值\""]);
    check_first(
        "segment a = tags has $0",
        &["\"高价值\"", "\"new \\\"x\\\"\""],
    );
    check_first("segment a = blocked = $0", &["true", "真", "false", "假"]);
    check_among(
        "segment a = spend > $0",
        &["min_spend", "contact.age"],
        &["contact.birthday"],
    );
    check_among("segment a = device = $0", &["ios"], &["min_spend"]);
    check_among("segment a = tags has $0", &[], &["min_spend"]);
    check_among("segment a = age in $0", &["staff", "("], &["min_spend"]);
    check_first("segment a = weekday(birthday) in ($0", &["mon"]);
    let found = offered("segment a = last_visit = $0");
    assert_eq!(found[0].count, Some(40));
}

#[test]
fn places_are_found_by_any_of_their_names() {
    check_first("segment a = region = $0", &["深圳", "北京"]);
    check_first("segment a = region = Shenz$0", &["深圳"]);
    check_first("segment a = region = 朝阳$0", &["\"北京市/朝阳区\""]);
    check_first("segment a = region = \"广东/深$0", &["\"广东省/深圳市\""]);
    check_first(
        "campaign x {\n  rotate region by $0",
        &["province", "city", "district"],
    );
}

#[test]
fn times_are_offered_where_times_stand() {
    check_first("segment a = last_active within $0", &["7d", "30d"]);
    check_among("segment a = last_active within $0", &["next"], &["today"]);
    check_first(
        "segment a = last_active within 30$0",
        &["d", "h", "w", "mo"],
    );
    check_first("segment a = last_active within 30m$0", &["mo", "min"]);
    check_first("segment a = age > 30$0", &[]);
    assert!(offered("segment a = age > 30$0").is_empty());
    check_among(
        "segment a = last_active within 30d $0",
        &["and", "anniversary"],
        &[],
    );
    check_first("segment a = birthday before $0", &["today"]);
    check_first("segment a = birthday in $0", &["today"]);
}

#[test]
fn blocks_offer_what_belongs_inside_them() {
    check_first("schema s {\n  a: $0", &["bool"]);
    check_among(
        "schema s {\n  a: $0",
        &["region", "one of", "整数"],
        &["aka"],
    );
    check_among(
        "schema s {\n  a: text $0",
        &["folded", "aka", "optional"],
        &["separated by"],
    );
    check_first("schema s {\n  $0", &["city: "]);
    check_among("schema s {\n  a: list of $0", &["text"], &["aka"]);
    check_first("test \"x\" {\n  $0", &["contact"]);
    check_first("test \"x\" {\n  contact { $0", &["id", "region", "age"]);
    check_first("test \"x\" {\n  contact { device: $0", &["android", "ios"]);
    check_first("test \"x\" {\n  contact { age: 3 } $0", &["in"]);
    check_first(
        "test \"x\" {\n  contact { age: 3 } in $0",
        &["buyers", "活跃"],
    );
}

#[test]
fn campaigns_offer_clauses_and_what_goes_on_with_them() {
    check_first("campaign x {\n  $0", &["platform", "平台", "audience"]);
    check_among(
        "campaign x {\n  platform $0",
        &["wecom", "wechat"],
        &["audience"],
    );
    check_first("campaign x {\n  platform wecom $0", &["tier"]);
    check_among(
        "campaign x {\n  audience $0",
        &["buyers", "age"],
        &["wecom"],
    );
    check_among(
        "campaign x {\n  audience buyers\n  $0",
        &["exclude", "and"],
        &[],
    );
    check_first("campaign x {\n  exclude $0", &["buyers", "活跃", "staff"]);
    check_among("campaign x {\n  order by age $0", &["desc"], &[]);
    check_first("campaign x {\n  message text {\n    $0", &["text"]);
    check_among("platform p {\n  $0", &["cap", "message", "上限"], &[]);
    check_first("platform p {\n  cap 5 $0", &["recipients"]);
    check_first("platform p {\n  cap 5 sends per $0", &["send"]);
}

#[test]
fn nothing_is_offered_where_nobody_can_help() {
    check_first("segment a = age > 3 # wh$0", &[]);
    assert!(offered("segment a = age > 3 # wh$0").is_empty());
    assert!(offered("segment a = age > \"x$0").is_empty());
    assert!(offered("segment $0").is_empty());
    check_among("# allow: mixed$0", &["mixed-and-or"], &[]);
}

#[test]
fn names_that_need_backquotes_get_them() {
    let text = "schema s {\n  id: id\n  `total spend`: int\n}\nsegment a = tot$0";
    let (text, offset) = marked(text);
    let (_, workspace) = workspace(&[("a.seg", &text)]);
    let typed = Typed {
        text: &text,
        offset,
        is_expression: false,
    };
    let found = complete(&workspace, typed, &seen());
    assert_eq!(found[0].insert, "`total spend`");
}

#[test]
fn an_expression_alone_is_completed_too() {
    let (_, workspace) = workspace(&[("schema.seg", SCHEMA)]);
    let first = |text: &str| {
        let (text, offset) = marked(text);
        let typed = Typed {
            text: &text,
            offset,
            is_expression: true,
        };
        let found = complete(&workspace, typed, &seen());
        found.first().map(|found| found.insert.clone())
    };
    assert_eq!(first("$0").as_deref(), Some("id"));
    assert_eq!(first("ag$0").as_deref(), Some("age"));
    assert_eq!(first("age > 3 $0").as_deref(), Some("and"));
    assert_eq!(first("device = i$0").as_deref(), Some("ios"));
    assert_eq!(first("segment = $0"), Some("min_spend".to_string()));
}

/// Every operator offered for a field is one that the checker takes for its type.
#[test]
fn whatever_is_offered_is_legal() {
    let value = |field: &str, operator: &str| match (field, operator) {
        (_, "is missing" | "is not missing") => "",
        (_, "within") => "30d",
        (_, "within next") => "7d",
        ("last_active" | "birthday", "in") => "last month",
        ("last_active" | "birthday", _) => "2026-01-01",
        ("id", "matches") | ("last_visit", "matches") => "\"x*\"",
        ("age" | "spend", "in" | "not in") => "1..2",
        ("age" | "spend", "+" | "-" | "*" | "/") => "2 > 3",
        ("age" | "spend", _) => "3",
        ("region", "in" | "not in") => "(北京)",
        ("region", _) => "北京",
        ("device", "in" | "not in") => "(ios)",
        ("device", _) => "ios",
        ("app", "in" | "not in") => "(\"8\"..\"9\")",
        ("app", _) => "\"8\"",
        (_, "has any of" | "has all of" | "has none of" | "contains any of" | "in" | "not in") => {
            "(\"x\")"
        }
        ("blocked", "and" | "or") => "blocked",
        ("blocked", _) => "true",
        _ => "\"x\"",
    };
    let mut tried = 0;
    let fields = [
        "id",
        "region",
        "age",
        "device",
        "last_active",
        "birthday",
        "last_visit",
        "tags",
        "spend",
        "blocked",
        "app",
    ];
    for field in fields {
        let found = offered(&format!("segment a = {field} $0"));
        for operator in found.iter().filter(|each| each.insert.is_ascii()) {
            let operator = operator.insert.as_str();
            let text = format!("segment a = {field} {operator} {}", value(field, operator));
            let (_, workspace) = workspace(&[("schema.seg", SCHEMA), ("own.seg", &text)]);
            assert!(
                !workspace.has_errors(),
                "{text}: {:?}",
                workspace.diagnostics
            );
            tried += 1;
        }
    }
    assert!(tried > 60, "only {tried} were tried");
}
