//! `check --fix` and `--diff`.

use crate::cli::{folder, run_in};
use std::os::unix::fs::PermissionsExt;

const SCHEMA: &str =
    "schema c {\n  id: id\n  age: int\n  city: text\n  device: one of (android, ios)\n}\n";

fn rules(text: &str) -> String {
    format!("{SCHEMA}{text}")
}

#[test]
fn safe_fixes_are_applied_and_others_wait_for_a_word() {
    let text = rules("segment a = age > 18 AND city = \"x\"\nsegment b = device = androi\n");
    let place = folder(&[("a.seg", &text)]);
    let read = || std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    let found = run_in(place.path(), &["check", "--fix", "a.seg"]);
    assert_eq!(found.code, 1, "{}", found.err);
    assert!(
        found
            .err
            .contains("1 problem fixed; fixes to look at first: 1 more with --unsafe-fixes"),
        "{}",
        found.err
    );
    assert_eq!(read(), text.replace("AND", "and"));
    let found = run_in(place.path(), &["check", "--fix", "--unsafe-fixes", "a.seg"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    assert!(read().contains("device = android"), "{}", read());
    let again = run_in(place.path(), &["check", "--fix", "--unsafe-fixes", "a.seg"]);
    assert!(again.err.starts_with("0 problems fixed"), "{}", again.err);
}

#[test]
fn a_diff_changes_nothing_and_says_what_would() {
    let text = rules("segment a = age > 18 AND city = \"x\"\nsegment b = device = androi\n");
    let place = folder(&[("a.seg", &text)]);
    let found = run_in(place.path(), &["check", "--diff", "a.seg"]);
    assert_eq!(found.code, 1);
    assert!(
        found.out.starts_with("--- a.seg\n+++ a.seg\n@@"),
        "{}",
        found.out
    );
    assert!(
        found
            .out
            .contains("\n+segment a = age > 18 and city = \"x\"\n")
    );
    assert!(!found.out.contains("+segment b"), "{}", found.out);
    let found = run_in(
        place.path(),
        &["check", "--diff", "--unsafe-fixes", "a.seg"],
    );
    assert!(
        found.out.contains("\n+segment b = device = android\n"),
        "{}",
        found.out
    );
    let read = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert_eq!(read, text);
    let alone = run_in(place.path(), &["check", "--unsafe-fixes", "a.seg"]);
    assert_eq!(alone.code, 2);
    assert!(
        alone
            .err
            .contains("--unsafe-fixes goes with --fix or --diff")
    );
}

#[test]
fn a_file_cut_at_a_bad_byte_is_never_written() {
    let mut bytes = rules("segment a = age > 18 AND city = \"x\"\n").into_bytes();
    bytes.extend(b"segment b = city = \"\xff\"\nsegment c = age > 3\n");
    let place = folder(&[]);
    let file = place.path().join("a.seg");
    std::fs::write(&file, &bytes).unwrap();
    let found = run_in(place.path(), &["check", "--fix", "a.seg"]);
    assert_eq!(found.code, 1);
    assert_eq!(std::fs::read(&file).unwrap(), bytes);
}

#[test]
fn a_fix_that_makes_new_errors_is_left_out_and_the_others_are_applied() {
    // Once it can be read, the first segment has two errors instead of one.
    let lines = "segment a = age > 18 AND xx and yy > 1\nsegment b = age > 18 AND city = \"x\"\n\
                 segment d = age > 19 && city = \"x\"\n";
    let place = folder(&[("a.seg", &rules(lines))]);
    let before = run_in(place.path(), &["check", "--format", "json", "a.seg"]);
    let found = run_in(place.path(), &["check", "--fix", "a.seg"]);
    let read = std::fs::read_to_string(place.path().join("a.seg")).unwrap();
    assert!(
        read.contains("segment b = age > 18 and city"),
        "{read}{}",
        found.err
    );
    assert!(read.contains("segment d = age > 19 and city"), "{read}");
    let after = run_in(place.path(), &["check", "--format", "json", "a.seg"]);
    let count = |text: &str| text.matches("\"severity\":\"error\"").count();
    assert!(count(&after.out) < count(&before.out));
}

#[test]
fn overlapping_fixes_come_one_after_the_other_and_marks_and_modes_stay() {
    let text = format!(
        "\u{feff}{}",
        rules("segment a = age => 18 and city == \"x\" && device = ios\r\n")
    );
    let place = folder(&[("a.seg", &text)]);
    let file = place.path().join("a.seg");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    let found = run_in(place.path(), &["check", "--fix", "a.seg"]);
    assert_eq!(found.code, 0, "{}{}", found.out, found.err);
    let read = std::fs::read_to_string(&file).unwrap();
    assert!(read.starts_with('\u{feff}'));
    assert!(
        read.ends_with("age >= 18 and city = \"x\" and device = ios\r\n"),
        "{read:?}"
    );
    let mode = std::fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    let files = std::fs::read_dir(place.path()).unwrap().count();
    assert_eq!(files, 1);
}
