//! `segrule.toml` and what the command line takes from it.

use super::cli::{folder, run_in};

const RULES: &str = "schema contact {\n  id: id\n  age: int\n}\nsegment adults = age >= 18\n";

#[test]
fn contacts_are_those_of_the_configuration_unless_others_are_given() {
    let place = folder(&[
        ("segrule.toml", "data = \"some/contacts.csv\"\n"),
        ("rules/a.seg", RULES),
        ("some/contacts.csv", "id,age\n1,20\n2,30\n3,7\n"),
        ("others.csv", "id,age\n1,20\n"),
        ("deep/er/empty.txt", ""),
    ]);
    let counted = run_in(place.path(), &["count", "--format", "json"]);
    assert!(counted.out.contains("\"members\":2"), "{}", counted.err);
    let deep = place.path().join("deep/er");
    let counted = run_in(&deep, &["count", "--format", "json"]);
    assert!(counted.out.contains("\"members\":2"), "{}", counted.err);
    let counted = run_in(
        place.path(),
        &["count", "--data", "others.csv", "--format", "json"],
    );
    assert!(counted.out.contains("\"members\":1"), "{}", counted.err);
    let selected = run_in(place.path(), &["select", "adults"]);
    assert_eq!(selected.out, "id\n1\n2\n");
    let inferred = run_in(place.path(), &["schema", "infer"]);
    assert!(inferred.out.contains("age: int"), "{}", inferred.err);
}

#[test]
fn several_files_are_one_set_of_contacts() {
    let place = folder(&[
        ("segrule.toml", "data = [\"a.csv\", \"b.csv\"]\n"),
        ("rules/a.seg", RULES),
        ("a.csv", "id,age\n1,20\n"),
        ("b.csv", "id,age\n2,30\n"),
    ]);
    let counted = run_in(place.path(), &["count", "--format", "json"]);
    assert!(counted.out.contains("\"contacts\":2"), "{}", counted.err);
}

#[test]
fn comparing_rules_reads_no_contacts_unless_told_to() {
    let place = folder(&[
        ("segrule.toml", "data = \"contacts.csv\"\n"),
        ("old/a.seg", RULES),
        ("new/a.seg", RULES),
    ]);
    let compared = run_in(place.path(), &["diff", "old", "new"]);
    assert_eq!(compared.code, 0, "{}", compared.err);
}

#[test]
fn help_is_given_beside_a_broken_configuration() {
    let place = folder(&[("segrule.toml", "nonsense = 3\n")]);
    let helped = run_in(place.path(), &["--help"]);
    assert_eq!(helped.code, 0);
    let counted = run_in(place.path(), &["count"]);
    assert_eq!(counted.code, 2);
    assert!(counted.err.contains("nonsense"), "{}", counted.err);
}
