//! The command line from outside: files and arguments in, text and exit codes out.

use super::layers::root;
use std::io::{Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs the tool in a folder, in English unless the arguments say otherwise.
pub fn run_in(folder: &Path, args: &[&str]) -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_segrule"))
        .args(args)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("LANG")
        .output()
        .unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub fn run(args: &[&str]) -> Run {
    run_in(root(), args)
}

/// A folder with files.
pub fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const DEMO: [&str; 4] = ["--rules", "rules/demo", "--data", "rules/demo/contacts.csv"];

fn demo(args: &[&str]) -> Run {
    run(&[args, &DEMO].concat())
}

#[test]
fn the_demo_is_clean_and_its_tests_pass() {
    let found = run(&["check", "rules/demo", "--deny", "warnings"]);
    assert_eq!((found.code, found.out.as_str()), (0, ""), "{}", found.err);
    let found = run(&["test", "--rules", "rules/demo"]);
    assert_eq!(found.code, 0, "{}", found.out);
    let found = run(&["fmt", "--check", "rules/demo"]);
    assert_eq!((found.code, found.out.as_str()), (0, ""));
}

#[test]
fn counts_in_json_have_the_documented_keys() {
    let now = ["--now", "2026-11-22T09:00+08:00", "--format", "json"];
    let found = demo(&[&["count", "beijing_students"][..], &now].concat());
    assert_eq!(
        found.out,
        "{\"version\":1,\"now\":\"2026-11-22T01:00:00Z\",\"zone\":\"Asia/Shanghai\",\"contacts\":5000,\"rejected\":4,\
         \"segments\":[{\"name\":\"beijing_students\",\"members\":876,\"quarantined\":16,\"missing_included\":0}]}\n"
    );
}

#[test]
fn all_formats_and_thread_counts_give_the_same_members() {
    let folder = tempfile::tempdir().unwrap();
    let contacts = root().join("rules/demo/contacts.csv");
    let rules = root().join("rules/demo");
    let (contacts, rules) = (contacts.to_str().unwrap(), rules.to_str().unwrap());
    let time = [
        "--now",
        "2026-11-22T09:00+08:00",
        "--zone",
        "Asia/Shanghai",
        "--rules",
        rules,
    ];
    for name in ["all.csv", "all.ndjson", "all.parquet"] {
        let args = [
            "select",
            "--where",
            "everyone",
            "--columns",
            "all",
            "-o",
            name,
            "--data",
            contacts,
        ];
        let found = run_in(folder.path(), &[&args[..], &time].concat());
        assert_eq!(found.code, 0, "{}", found.err);
    }
    let mut answers = Vec::new();
    for name in ["all.csv", "all.ndjson", "all.parquet"] {
        for threads in ["1", "3"] {
            let args = [
                "count",
                "--format",
                "json",
                "--data",
                name,
                "--threads",
                threads,
            ];
            let found = run_in(folder.path(), &[&args[..], &time].concat());
            assert_eq!(found.code, 0, "{name}: {}", found.err);
            answers.push(found.out);
        }
    }
    assert!(
        answers.iter().all(|answer| answer == &answers[0]),
        "{answers:#?}"
    );
    assert!(answers[0].contains("\"beijing_students\",\"members\":876"));
}

#[test]
fn no_rule_file_is_needed_to_explore() {
    let folder = folder(&[("people.csv", "id,age,city\n1,20,北京\n2,30,上海\n3,,北京\n")]);
    let args = [
        "count",
        "--where",
        "age in 18..24 and city = \"北京\"",
        "--data",
        "people.csv",
    ];
    let found = run_in(folder.path(), &args);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.contains("  1   33.33%"), "{}", found.out);
    let found = run_in(
        folder.path(),
        &["count", "--where", "agee > 3", "--data", "people.csv"],
    );
    assert_eq!(found.code, 1);
    assert!(found.err.contains("did you mean `age`?"), "{}", found.err);
    // An expression may begin with a minus sign.
    let args = ["count", "--where", "-age <= -30", "--data", "people.csv"];
    let found = run_in(folder.path(), &args);
    assert!(
        found.out.contains("  1   33.33%"),
        "{}{}",
        found.out,
        found.err
    );
}

#[test]
fn standard_input_needs_no_schema_either() {
    let text = "id,age\n1,20\n2,30\n3,\n";
    for path in ["-", "/dev/stdin"] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
            .args(["select", "--where", "age > 25", "--data", path])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut input = child.stdin.take().unwrap();
        input.write_all(text.as_bytes()).unwrap();
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout), "id\n2\n", "{path}");
    }
}

#[test]
fn places_that_cannot_be_written_are_told_in_both_languages() {
    let folder = folder(&[("a.csv", "id,age\n1,30\n")]);
    let select = ["select", "--where", "age > 25", "--data", "a.csv"];
    for (path, told) in [
        ("lost/b.csv", "lost/b.csv：没有这个文件或文件夹"),
        ("b.csv.gz", "b.csv.gz：结果不压缩"),
    ] {
        let place = ["-o", path, "--lang", "zh"];
        let found = run_in(folder.path(), &[&select[..], &place[..]].concat());
        assert_eq!(found.code, 2);
        assert!(found.err.contains(told), "{}", found.err);
    }
}

#[test]
fn columns_without_a_field_are_told_once() {
    let rules = "schema contact {\n  id: id\n  age: int\n}\nsegment old = age > 25\n";
    let folder = folder(&[
        ("rules/a.seg", rules),
        ("a.csv", "id,age,city,x\n1,30,y,z\n"),
    ]);
    let found = run_in(folder.path(), &["count", "--data", "a.csv"]);
    assert_eq!(
        found.err,
        "columns that the schema does not name are ignored: city, x\n"
    );
}

#[test]
fn check_in_json_has_places_in_lines_characters_and_bytes() {
    let folder = folder(&[(
        "a.seg",
        "schema c {\n  id: id\n  年龄: int\n}\nsegment 学生 = 年令 > 18\n",
    )]);
    let found = run_in(folder.path(), &["check", "a.seg", "--format", "json"]);
    assert_eq!(found.code, 1);
    let document: serde_json::Value = serde_json::from_str(&found.out).unwrap();
    let first = &document["diagnostics"][0];
    assert_eq!(first["code"], "unknown-field");
    assert_eq!(
        (first["line"].as_u64(), first["column"].as_u64()),
        (Some(5), Some(14))
    );
    assert_eq!(
        (first["end_line"].as_u64(), first["end_column"].as_u64()),
        (Some(5), Some(16))
    );
    let text = std::fs::read(folder.path().join("a.seg")).unwrap();
    let bytes = first["start_byte"].as_u64().unwrap() as usize
        ..first["end_byte"].as_u64().unwrap() as usize;
    assert_eq!(&text[bytes], "年令".as_bytes());
    for format in ["github", "sarif", "junit"] {
        let found = run_in(folder.path(), &["check", "a.seg", "--format", format]);
        assert_eq!(found.code, 1);
        assert!(found.out.contains("unknown-field"), "{}", found.out);
    }
}

#[test]
fn messages_are_chinese_when_asked_for() {
    let folder = folder(&[("a.seg", "schema c { id: id }\nsegment a = agee > 3\n")]);
    let found = run_in(folder.path(), &["--lang", "zh", "check", "a.seg"]);
    assert!(found.out.contains("没有字段 `agee`"), "{}", found.out);
    let found = run(&["--lang", "zh", "explain", "mixed-and-or"]);
    assert!(found.out.contains("先于"), "{}", found.out);
    assert_eq!(run(&["explain", "no-such-code"]).code, 2);
}

#[test]
fn tag_notation_is_repaired() {
    let schema = "schema c {\n  id: id\n  所在地: region\n  年龄: int\n  最近访问: text\n}\n";
    let rule = format!("{schema}segment a = 所在地=北京+年龄=18-24+最近访问=课程页\n");
    let folder = folder(&[("a.seg", &rule)]);
    assert_eq!(run_in(folder.path(), &["check", "a.seg"]).code, 1);
    let diff = run_in(folder.path(), &["check", "--diff", "a.seg"]);
    assert!(
        diff.out
            .contains("+segment a = 所在地 = 北京 且 年龄 在 18..24 且 最近访问 = \"课程页\""),
        "{}",
        diff.out
    );
    let fixed = run_in(folder.path(), &["check", "--fix", "a.seg"]);
    assert_eq!(fixed.code, 0, "{}{}", fixed.out, fixed.err);
    let text = std::fs::read_to_string(folder.path().join("a.seg")).unwrap();
    assert!(
        text.ends_with("segment a = 所在地 = 北京 且 年龄 在 18..24 且 最近访问 = \"课程页\"\n"),
        "{text}"
    );
}

#[test]
fn a_contact_is_explained_clause_by_clause() {
    let found = demo(&["explain", "beijing_students", "--contact", "c00001"]);
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(
        found.out.contains("c00001 is in beijing_students"),
        "{}",
        found.out
    );
    assert!(found.out.contains("[age = 19]"), "{}", found.out);
    // The segments that a condition names are opened too.
    let now = ["--now", "2026-11-22T09:00+08:00"];
    let args = ["explain", "reachable_students", "--contact", "c00001"];
    let found = demo(&[&args[..], &now[..]].concat());
    let opened =
        "      ✗ 活跃\n        ✗ 最近活跃 within 72h   [last_active = 2026-11-13T17:14:47+08:00]\n";
    assert!(found.out.contains(opened), "{}", found.out);
    let found = demo(&["explain", "beijing_students", "--contact", "nobody"]);
    assert_eq!(found.code, 2);
}

#[test]
fn failed_tests_say_why() {
    let rules = "schema c {\n  id: id\n  age: int\n}\nsegment a = age > 3\ntest \"t\" { contact { id: \"1\", age: 3 } in a }\n";
    let folder = folder(&[("rules/a.seg", rules)]);
    let found = run_in(folder.path(), &["test"]);
    assert_eq!(found.code, 1);
    assert!(
        found.out.contains("expected `in`, found `not in`"),
        "{}",
        found.out
    );
    assert!(found.out.contains("[age = 3]"), "{}", found.out);
}

#[test]
fn hostile_rule_files_give_an_error_quickly() {
    let schema = "schema c {\n  id: id\n  age: int\n  t: text\n}\n";
    let deep = format!(
        "{schema}segment a = {}age > 3{}\n",
        "(".repeat(100_000),
        ")".repeat(100_000)
    );
    let nots = format!("{schema}segment a = {}age > 3\n", "not ".repeat(100_000));
    let wide = format!(
        "{schema}segment a = {}\n",
        vec!["age > 3"; 100_000].join(" or ")
    );
    let long = format!(
        "{schema}segment a = t = \"{}\"\nsegment b = age > {}\n",
        "x".repeat(1_000_000),
        "9".repeat(5_000)
    );
    let bidi = format!("{schema}segment a = t = \"a\u{202e}b\"\n");
    for (name, text, code) in [
        ("deep", deep, "too-deep"),
        ("nots", nots, "too-deep"),
        ("wide", wide, "too-large"),
        ("long", long, "too-large"),
        ("bidi", bidi, "hidden-character"),
    ] {
        let folder = folder(&[("a.seg", &text)]);
        let started = Instant::now();
        let found = run_in(folder.path(), &["check", "a.seg"]);
        assert!(
            found.out.contains(code),
            "{name}: {}",
            &found.out[..found.out.len().min(500)]
        );
        assert!(
            found.out.len() < 20_000,
            "{name} prints {} bytes",
            found.out.len()
        );
        assert!(!found.out.contains('\u{202e}'), "{name}");
        assert!(started.elapsed() < Duration::from_secs(20), "{name}");
    }
}

#[test]
fn only_regular_utf8_rule_files_are_read() {
    for path in ["/dev/zero", "no/such/file.seg"] {
        let found = run(&["check", path]);
        assert_eq!(found.code, 2, "{}", found.err);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.seg"), b"segment a = t = \"\xff\"\n").unwrap();
    let found = run_in(folder.path(), &["check", "a.seg"]);
    assert_eq!(found.code, 1);
    assert!(
        found.out.contains("not UTF-8 from byte 17 on"),
        "{}",
        found.out
    );
    let utf16: Vec<u8> = "segment a = everyone"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(
        folder.path().join("b.seg"),
        [&[0xff, 0xfe][..], &utf16].concat(),
    )
    .unwrap();
    let found = run_in(folder.path(), &["check", "b.seg"]);
    assert!(found.out.contains("UTF-16"), "{}", found.out);
}

#[test]
fn list_files_stay_inside_the_rule_set() {
    let secret = folder(&[("secret.csv", "hidden\n")]);
    let rules = "schema c {\n  id: id\n}\nlist a from \"LIST\"\nsegment s = id in a\n";
    let outside = secret.path().join("secret.csv");
    for path in [
        "../secret.csv",
        outside.to_str().unwrap(),
        "http://example.com/a.csv",
        "link.csv",
        "missing.csv",
    ] {
        let folder = folder(&[("rules/a.seg", &rules.replace("LIST", path))]);
        symlink(&outside, folder.path().join("rules/link.csv")).unwrap();
        let found = run_in(folder.path(), &["check"]);
        assert_eq!(found.code, 1, "{path}");
        assert!(found.out.contains("list-file"), "{path}: {}", found.out);
        assert!(!found.out.contains("hidden"), "{path}");
    }
    let folder = folder(&[
        ("rules/a.seg", &rules.replace("LIST", "staff.csv")),
        ("rules/staff.csv", "\u{feff}1\n2\n\n"),
    ]);
    std::fs::write(folder.path().join("c.csv"), "id\n1\n3\n").unwrap();
    let found = run_in(folder.path(), &["select", "s", "--data", "c.csv"]);
    assert_eq!(found.out, "id\n1\n", "{}", found.err);
}

#[test]
fn results_appear_whole_or_not_at_all() {
    let folder = folder(&[
        ("c.csv", "id,age\n1,20\n2,30\n"),
        ("bad.csv", "id,age\n1,20\n2\n"),
    ]);
    let select = ["select", "--where", "age >= 18", "-o", "out.csv", "--data"];
    let ok = run_in(folder.path(), &[&select[..], &["c.csv"]].concat());
    assert_eq!(ok.code, 0, "{}", ok.err);
    let out = folder.path().join("out.csv");
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "id\n1\n2\n");
    assert_eq!(
        std::fs::metadata(&out).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let again = run_in(folder.path(), &[&select[..], &["c.csv"]].concat());
    assert_eq!(again.code, 2);
    assert!(again.err.contains("--force"), "{}", again.err);
    // Half of the records cannot be read: nothing is written, nothing is left behind.
    let failed = run_in(
        folder.path(),
        &[&select[..], &["bad.csv", "--force"]].concat(),
    );
    assert_eq!(failed.code, 2, "{}", failed.err);
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "id\n1\n2\n");
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 3);
    let stdout = run_in(
        folder.path(),
        &["select", "--where", "age >= 18", "--data", "bad.csv"],
    );
    assert_eq!((stdout.code, stdout.out.as_str()), (2, ""));
}

#[test]
fn a_reader_that_stops_early_is_no_failure() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
        .args(["select", "--where", "everyone", "--columns", "all"])
        .args(DEMO)
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("error"));
}

#[test]
fn formulas_are_guarded_for_spreadsheets_only() {
    let folder = folder(&[
        ("c.csv", "id,name\n-5,=1+1\n"),
        (
            "rules/a.seg",
            "schema c {\n  id: id\n  name: text\n}\nsegment a = everyone\n",
        ),
    ]);
    let machine = run_in(
        folder.path(),
        &["select", "a", "--columns", "name", "--data", "c.csv"],
    );
    assert_eq!(machine.out, "id,name\n-5,=1+1\n", "{}", machine.err);
    let people = run_in(
        folder.path(),
        &[
            "select",
            "a",
            "--columns",
            "name",
            "--data",
            "c.csv",
            "--for",
            "spreadsheet",
        ],
    );
    assert_eq!(people.out, "id,name\n'-5,'=1+1\n");
}

#[test]
fn wrong_usage_is_told_with_exit_code_two() {
    for args in [
        &["count"][..],
        &["count", "beijing_students", "--rules", "rules/demo"],
        &[
            "count",
            "no_such_segment",
            "--rules",
            "rules/demo",
            "--data",
            "rules/demo/contacts.csv",
        ],
        &[
            "count",
            "beijing_students",
            "--rules",
            "rules/demo",
            "--data",
            "no/such.csv",
        ],
        &[
            "count",
            "beijing_students",
            "--rules",
            "rules/demo",
            "--data",
            "rules/demo/contacts.csv",
            "--zone",
            "Asia/Shanghia",
        ],
        &[
            "count",
            "beijing_students",
            "--rules",
            "rules/demo",
            "--data",
            "rules/demo/contacts.csv",
            "--now",
            "soon",
        ],
        &["frobnicate"],
    ] {
        let found = run(args);
        assert_eq!(found.code, 2, "{args:?}: {}", found.err);
        assert!(!found.err.is_empty());
    }
    let found = demo(&["count", "beijing_student"]);
    assert!(
        found.err.contains("did you mean beijing_students"),
        "{}",
        found.err
    );
}

#[test]
fn completions_and_the_manual_are_printed() {
    assert!(run(&["completions", "bash"]).out.contains("segrule"));
    assert!(run(&["man"]).out.contains(".TH"));
    assert!(run(&["--version"]).out.starts_with("segrule "));
}

/// What a run that goes on has written so far, until it holds something; the run is ended after that.
fn until(child: &mut std::process::Child, wanted: &str) -> String {
    let mut told = String::new();
    let mut output = child.stderr.take().unwrap();
    let mut bytes = [0; 4096];
    while !told.contains(wanted) {
        let read = output.read(&mut bytes).unwrap();
        assert!(read > 0, "{told}");
        told.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    child.stderr = Some(output);
    told
}

#[test]
fn a_watched_check_runs_again_when_a_file_changes() {
    let schema = "schema contact {\n  id: id\n  age: int\n}\n";
    let right = format!("{schema}segment a = age > 3\n");
    let folder = folder(&[("rules/a.seg", &right)]);
    for (verb, told) in [("check", "1 error"), ("test", "unknown field `agee`")] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
            .args([verb, "--watch", "--rules", "rules"])
            .current_dir(folder.path())
            .env("LC_ALL", "C")
            .env_remove("LANG")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let first = until(&mut child, "watching 1 file;");
        assert!(!first.contains(told), "{first}");
        let wrong = format!("{schema}segment a = agee > 33\n");
        std::fs::write(folder.path().join("rules/a.seg"), wrong).unwrap();
        let second = until(&mut child, "watching 1 file;");
        assert!(second.contains(told), "{second}");
        std::fs::write(folder.path().join("rules/a.seg"), &right).unwrap();
        let third = until(&mut child, "watching 1 file;");
        assert!(!third.contains(told), "{third}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let found = run_in(folder.path(), &["check", "--watch", "--fix", "rules"]);
    assert_eq!(found.code, 2, "{}", found.err);
}
