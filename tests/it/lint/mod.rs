//! Findings in daily use: fixing them, leaving old ones out, showing them on build servers.

mod catalogue;
mod ci;
mod fix;
mod known;
mod shown;

use super::cli::{folder, run_in};

#[test]
fn segments_past_the_contacts_looked_at_are_told_apart_by_their_own() {
    let mut rules = String::from("schema contact {\n  id: id\n  age: int\n}\n");
    for number in 0..4_300 {
        rules.push_str(&format!("segment s{number} = age = {number}\n"));
    }
    rules.push_str("segment again = age > 4298 and not (age > 4299)\n");
    let folder = folder(&[("a.seg", &rules)]);
    let found = run_in(folder.path(), &["check", "a.seg", "--format", "json"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(!found.err.contains("not analysed"), "{}", found.err);
    let duplicates = found.out.matches("\"duplicate-segment\"").count();
    assert_eq!(duplicates, 1, "{}", found.err);
}

#[test]
fn the_same_predicate_is_told_when_no_work_is_left_for_proofs() {
    let values: Vec<String> = (0..1_500).map(|number| (number * 2).to_string()).collect();
    let mut rules = String::from("schema contact {\n  id: id\n  age: int\n  vip: bool\n}\n");
    rules.push_str(&format!("list even = ({})\n", values.join(", ")));
    for number in 0..400 {
        rules.push_str(&format!(
            "segment s{number} = age in even and age > {number}\n"
        ));
    }
    for name in ["first", "again"] {
        rules.push_str(&format!("segment young_{name} = vip and age < 30\n"));
        rules.push_str(&format!("segment old_{name} = vip and age > 60\n"));
    }
    let folder = folder(&[("a.seg", &rules)]);
    let found = run_in(folder.path(), &["check", "a.seg", "--format", "json"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.err.contains("not analysed"), "{}", found.err);
    for (again, first) in [("young_again", "young_first"), ("old_again", "old_first")] {
        let told = format!("`{again}` selects the same contacts as `{first}`");
        assert!(found.out.contains(&told), "{told}");
    }
}

#[test]
fn what_is_proved_on_all_cores_is_told_in_the_order_of_the_text() {
    let mut rules = String::from("schema contact {\n  id: id\n  age: int\n  vip: bool\n}\n");
    for number in 0..600 {
        let clauses = match number % 3 {
            0 => format!("age > {number} and vip and age < {number}"),
            1 => format!(
                "vip and sample 10% salt \"{number}\" and not (sample 20% salt \"{number}\")"
            ),
            _ => format!("age > {number} and vip"),
        };
        rules.push_str(&format!("segment s{number} = {clauses}\n"));
    }
    let folder = folder(&[("a.seg", &rules)]);
    let found = run_in(folder.path(), &["check", "a.seg", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let never = document["diagnostics"].as_array().unwrap().iter();
    let never: Vec<&serde_json::Value> = never
        .filter(|each| each["code"] == "never-matches")
        .collect();
    let lines: Vec<u64> = never
        .iter()
        .filter_map(|each| each["line"].as_u64())
        .collect();
    let expected: Vec<u64> = (0..600)
        .filter(|each| each % 3 < 2)
        .map(|each| each + 6)
        .collect();
    assert_eq!(lines, expected, "{}", found.err);
    // Each says which two of its clauses exclude each other.
    let pairs = never.iter().filter(|each| {
        each["labels"]
            .as_array()
            .is_some_and(|labels| labels.len() == 3)
    });
    assert_eq!(pairs.count(), 400, "{:?}", never.first());
}
