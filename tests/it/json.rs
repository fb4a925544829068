//! The page about JSON and what is written: every key stands on the page, every key of the page's tables
//! is written.

use super::cli::{folder, run, run_in};
use super::layers::root;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

type Words = BTreeSet<String>;

/// Objects whose keys are names of fields or parameters.
const BY_NAME: [&str; 2] = ["cells", "set"];
const AT: [&str; 4] = ["--now", "2026-11-22T09:00+08:00", "--zone", "Asia/Shanghai"];
const DEMO: [&str; 4] = ["--rules", "rules/demo", "--data", "rules/demo/contacts.csv"];
const EXAMPLES: [&str; 6] = [
    "--rules",
    "rules/demo",
    "--rules",
    "rules/examples",
    "--data",
    "rules/demo/contacts.csv",
];

/// Every word inside backticks or a block.
fn quoted_words(text: &str) -> Words {
    let mut words = Words::new();
    for quoted in text.split('`').skip(1).step_by(2) {
        let parts = quoted.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        words.extend(parts.filter(|part| !part.is_empty()).map(str::to_string));
    }
    words
}

/// The sections of the page by their headings; blocks count as quoted.
fn sections() -> BTreeMap<String, String> {
    let page = std::fs::read_to_string(root().join("docs/json/README.md")).unwrap();
    let page = page.replace("```json", "`").replace("```", "`");
    page.split("\n## ")
        .skip(1)
        .map(|section| {
            let (heading, text) = section.split_once('\n').unwrap();
            (heading.to_string(), text.to_string())
        })
        .collect()
}

fn section<'a>(sections: &'a BTreeMap<String, String>, start: &str) -> &'a str {
    let found = sections
        .iter()
        .find(|(heading, _)| heading.starts_with(start));
    found.unwrap_or_else(|| panic!("no section {start}")).1
}

/// The keys that the tables of a section begin their rows with.
fn table_keys(text: &str) -> Words {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let firsts = rows.filter_map(|row| row.split(" | ").next());
    firsts.flat_map(quoted_words).collect()
}

fn keys(value: &Value, found: &mut Words) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                found.insert(key.clone());
                if !BY_NAME.contains(&key.as_str()) {
                    keys(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| keys(value, found)),
        _ => {}
    }
}

fn written(text: &str, found: &mut Words) {
    let value: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
    if value.is_object() {
        assert_eq!(value["version"], 1, "{text}");
    }
    keys(&value, found);
    found.remove("version");
}

/// Compares a section, and those it refers to, with what runs wrote.
#[track_caller]
fn compare(headings: &[&str], outputs: &[String]) {
    let sections = sections();
    let texts: Vec<&str> = headings
        .iter()
        .map(|each| section(&sections, each))
        .collect();
    let told: Words = texts.iter().flat_map(|text| quoted_words(text)).collect();
    let mut found = Words::new();
    outputs
        .iter()
        .for_each(|output| written(output, &mut found));
    let untold: Vec<_> = found.difference(&told).collect();
    assert!(untold.is_empty(), "{headings:?} does not tell {untold:?}");
    let unwritten: Vec<_> = table_keys(texts[0]).difference(&found).cloned().collect();
    assert!(
        unwritten.is_empty(),
        "{headings:?}: nothing writes {unwritten:?}"
    );
}

fn output(args: &[&[&str]]) -> String {
    let found = run(&[&args.concat()[..], &["--format", "json"]].concat());
    assert!((0..2).contains(&found.code), "{args:?}: {}", found.err);
    found.out
}

#[test]
fn checks_and_counts_are_told() {
    let rules = folder(&[(
        "a.seg",
        "schema contact {\n  id: id\n  age: int\n}\nsegment a = agee > 3\n",
    )]);
    let found = run_in(rules.path(), &["check", "a.seg", "--format", "json"]);
    compare(&["`check --format json`"], &[found.out]);
    let found = run_in(rules.path(), &["check", "a.seg", "--format", "gitlab"]);
    compare(&["`check --format gitlab`"], &[found.out]);
    let counted = output(&[&["count"], &DEMO, &AT]);
    compare(&["`count --format json`"], &[counted]);
    let funnel = output(&[&["funnel", "beijing_students"], &DEMO, &AT]);
    compare(&["`funnel --format json`", "`count"], &[funnel]);
    let missing = output(&[&["explain", "beijing_students", "--missing"], &DEMO, &AT]);
    compare(&["`explain NAME --missing", "`count"], &[missing]);
}

#[test]
fn reasons_and_proofs_are_told() {
    let explained = |id: &str| {
        output(&[
            &["explain", "beijing_students", "--contact", id],
            &DEMO,
            &AT,
        ])
    };
    let quarantined = run(&[&["select", "--where", "age > 3"][..], &DEMO, &AT].concat());
    assert_eq!(quarantined.code, 0);
    let of_contact = ["c00001", "c00002", "c00011", "c01501"].map(explained);
    compare(&["`explain NAME --contact"], &of_contact);
    let used = output(&[&["deps", "--used-by", "age"], &DEMO[..2]]);
    compare(&["`deps"], &[output(&[&["deps"], &DEMO[..2]]), used]);
    let proved = |claim: &str| output(&[&["prove", claim], &DEMO[..2], &AT]);
    let claims = [
        "beijing_students implies age < 30",
        "beijing_students implies age < 20",
    ];
    compare(&["`prove CLAIM"], &claims.map(proved));
    compare(
        &["`prove --all"],
        &[output(&[&["prove", "--all"], &DEMO[..2], &AT])],
    );
}

#[test]
fn tests_and_differences_are_told() {
    let covered = output(&[&["test", "--coverage", "--suggest"], &DEMO[..2]]);
    let rules = folder(&[
        (
            "old/a.seg",
            "schema contact {\n  id: id\n  age: int\n  city: text\n}\nparam least = 3\nlist l = (\"a\", \"b\")\nsegment a = age > least and city in l\nsegment b = age = 1\ntest \"t\" {\n  contact { age: 9 } in a\n}\n",
        ),
        (
            "new/a.seg",
            "schema contact {\n  id: id\n  age: int\n  city: text\n  x: int\n}\nparam least = 4\nlist l = (\"a\", \"c\")\nsegment a = age > least and city in l\nsegment c = age = 2\n",
        ),
        ("a.csv", "id,age,city,x\n1,4,a,\n2,9,c,\n3,9,b,\n4,q,a,\n"),
    ]);
    let failed = run_in(
        rules.path(),
        &["test", "--rules", "old", "--format", "json"],
    );
    assert_eq!(failed.code, 1);
    compare(
        &["`test", "`explain NAME --contact"],
        &[covered, failed.out],
    );
    let args = ["diff", "old", "new", "--data", "a.csv", "--format", "json"];
    let found = run_in(rules.path(), &args);
    assert_eq!(found.code, 1, "{}", found.err);
    compare(&["`diff"], &[found.out]);
}

#[test]
fn plans_and_comparisons_are_told() {
    let planned = |name: &str| output(&[&["plan", name], &EXAMPLES, &AT]);
    let names = [
        "new_lipstick",
        "checkup_reminder",
        "spring_course",
        "spring_by_hand",
    ];
    let mut plans: Vec<String> = names.iter().map(|name| planned(name)).collect();
    plans.push(planned("anniversary"));
    let tight = "campaign c {\n  platform wecom tier basic\n  audience everyone\n  start 2026-11-23T09:00\n  \
                 until 2026-11-23T09:30\n  batch 500 every 15min\n}\n";
    let (misfit, code) = super::plan::planned(tight, &super::plan::people(3_000), &[]);
    assert_eq!(code, 1);
    plans.push(misfit.to_string());
    compare(&["`plan NAME"], &plans);
    let compared = output(&[&["compare", "new_lipstick"], &EXAMPLES, &AT]);
    compare(&["`compare NAME"], &[compared]);
}

#[test]
fn baselines_are_told() {
    let rules = folder(&[(
        "a.seg",
        "schema contact {\n  id: id\n  age: int\n}\nsegment a = age > 3\n",
    )]);
    let found = run_in(
        rules.path(),
        &["check", "a.seg", "--write-baseline", "b.json"],
    );
    assert_eq!(found.code, 0, "{}", found.err);
    let text = std::fs::read_to_string(rules.path().join("b.json")).unwrap();
    compare(&["`check --write-baseline"], &[text]);
}
