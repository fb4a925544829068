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
