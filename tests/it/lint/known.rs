//! `check --since`, `--baseline` and `--write-baseline`.

use crate::cli::{folder, run_in};
use std::path::Path;
use std::process::Command;

const SCHEMA: &str = "schema contact { id: id  age: int 0..150  city: text }\n";
const OLD: &str = "segment a = age > 3 or age < 2 and city = \"x\"\n";

fn git(place: &Path, arguments: &[&str]) {
    let author = ["-c", "user.name=a", "-c", "user.email=a@b.example"];
    let mut command = Command::new("git");
    let command = command.current_dir(place).args(author).args(arguments);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn codes(out: &str) -> Vec<(String, u64)> {
    let document: serde_json::Value = serde_json::from_str(out).unwrap();
    let found = document["diagnostics"].as_array().unwrap();
    let found = found.iter().map(|found| {
        let code = found["code"].as_str().unwrap().to_string();
        (code, found["line"].as_u64().unwrap())
    });
    found.collect()
}

#[test]
fn only_findings_that_are_new_since_a_revision_count() {
    let place = folder(&[(
        "rules/a.seg",
        &format!("{SCHEMA}{OLD}segment b = age > 5\n"),
    )]);
    git(place.path(), &["init", "-q"]);
    git(place.path(), &["add", "."]);
    git(place.path(), &["commit", "-q", "-m", "first"]);
    let check = |more: &[&str]| {
        let args = ["check", "--deny", "warnings", "--format", "json"];
        run_in(place.path(), &[&args, more].concat())
    };
    assert_eq!(check(&[]).code, 1);
    let found = check(&["--since", "HEAD"]);
    assert_eq!(
        (found.code, codes(&found.out)),
        (0, vec![]),
        "{}",
        found.err
    );
    assert!(
        found.err.contains("1 findings were there at HEAD already"),
        "{}",
        found.err
    );

    // Lines move, a line with a finding is added, another file comes, and a segment that did not
    // change is now said twice.
    let new = format!(
        "\n\n{SCHEMA}{OLD}segment b = age > 5\nsegment c = age > 5 or age < 1 and city = \"y\"\n"
    );
    std::fs::write(place.path().join("rules/a.seg"), new).unwrap();
    std::fs::write(place.path().join("rules/0 新.seg"), "segment d = age > 5\n").unwrap();
    let found = check(&["--since", "HEAD"]);
    assert_eq!(found.code, 1);
    let expected = [("duplicate-segment", 5), ("mixed-and-or", 6)];
    let expected = expected.map(|(code, line)| (code.to_string(), line));
    assert_eq!(codes(&found.out), expected, "{}", found.err);
    let found = check(&["--since", "nowhere"]);
    assert_eq!(found.code, 2);
}

#[test]
fn an_old_finding_on_a_changed_line_counts_and_an_error_always_does() {
    let place = folder(&[(
        "rules/a.seg",
        &format!("{SCHEMA}{OLD}segment e = agee > 3\n"),
    )]);
    git(place.path(), &["init", "-q"]);
    git(place.path(), &["add", "."]);
    git(place.path(), &["commit", "-q", "-m", "first"]);
    let changed = OLD.replace("age > 3", "age > 4");
    let text = format!("{SCHEMA}{changed}segment e = agee > 3\n");
    std::fs::write(place.path().join("rules/a.seg"), text).unwrap();
    let found = run_in(
        place.path(),
        &["check", "--format", "json", "--since", "HEAD"],
    );
    let expected = [("mixed-and-or", 2), ("unknown-field", 3)];
    let expected = expected.map(|(code, line)| (code.to_string(), line));
    assert_eq!((found.code, codes(&found.out)), (1, expected.to_vec()));
}

#[test]
fn a_baseline_survives_moved_lines_and_tells_what_is_gone() {
    let rules = format!("{SCHEMA}{OLD}segment b = age > 3 or age < 2 and city = \"z\"\n");
    let place = folder(&[("rules/a.seg", &rules)]);
    let check = |more: &[&str]| {
        let args = ["check", "--deny", "warnings", "--format", "json"];
        run_in(place.path(), &[&args, more].concat())
    };
    let found = check(&["--write-baseline", "known.json"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert_eq!(found.err, "2 findings recorded in known.json\n");
    let found = check(&["--baseline", "known.json"]);
    assert_eq!(
        (found.code, codes(&found.out)),
        (0, vec![]),
        "{}",
        found.err
    );

    // The first is corrected, the second moved to another file, a third is new.
    let first = format!("{SCHEMA}segment a = age > 3\n\n");
    std::fs::write(place.path().join("rules/a.seg"), first).unwrap();
    let second = "\n\n  segment b = age > 3 or age < 2  and city = \"z\"\nsegment c = age > 3 or age < 2 and city = \"q\"\n";
    std::fs::write(place.path().join("rules/b.seg"), second).unwrap();
    let found = check(&["--baseline", "known.json"]);
    assert_eq!(codes(&found.out), [("mixed-and-or".to_string(), 4)]);
    assert_eq!(found.code, 1);
    assert_eq!(
        found.err,
        "1 findings of known.json left out\n\
         gone: mixed-and-or in rules/a.seg, segment a\n\
         --write-baseline known.json takes the findings that are gone out\n"
    );
    check(&["--write-baseline", "known.json"]);
    let found = check(&["--baseline", "known.json"]);
    assert_eq!(
        (found.code, found.err.lines().count()),
        (0, 1),
        "{}",
        found.err
    );
}

#[test]
fn a_file_that_is_no_baseline_is_refused() {
    let place = folder(&[
        ("rules/a.seg", SCHEMA),
        ("x.json", "{}"),
        ("y.json", "{\"version\":2,\"findings\":[]}"),
    ]);
    for name in ["x.json", "y.json", "nowhere.json"] {
        let found = run_in(place.path(), &["check", "--baseline", name]);
        assert_eq!(found.code, 2, "{name}");
    }
}
