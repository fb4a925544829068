//! `classify --stdin` from outside: contacts arrive one by one, answers leave at once.

use super::layers::root;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use tempfile::TempDir;

const RULES: &str = "schema contact {\n  id: id\n  age: int aka years\n  city: text\n}\n\
    segment adult = age >= 18\n\
    segment local = city in (\"北京\", \"上海\") and not (age < 10)\n";

fn rules(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.seg"), text).unwrap();
    folder
}

fn start(folder: &Path, args: &[&str], input: Stdio) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_segrule"));
    command.args(["classify", "--stdin"]).args(args);
    command.current_dir(folder).env("LC_ALL", "C");
    command.stdin(input).stdout(Stdio::piped());
    command.stderr(Stdio::piped()).spawn().unwrap()
}

/// Everything the tool says to a whole input.
fn answer(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut child = start(folder, args, Stdio::piped());
    let mut stdin: ChildStdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_answer_comes_before_the_next_contact() {
    let folder = rules(RULES);
    let mut child = start(folder.path(), &["--rules", "a.seg"], Stdio::piped());
    let mut stdin = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let dialogue = [
        (
            "{\"id\":\"1\",\"age\":30,\"city\":\"北京\"}",
            "{\"id\":\"1\",\"segments\":[\"adult\",\"local\"],\"quarantined\":[]}",
        ),
        (
            "{\"id\":2,\"age\":\"old\"}",
            "{\"id\":\"2\",\"segments\":[],\"quarantined\":[\"adult\",\"local\"]}",
        ),
        (
            "{\"id\":\"1\",\"city\":\"上海\"}",
            "{\"id\":\"1\",\"segments\":[\"local\"],\"quarantined\":[]}",
        ),
        ("{\"age\":3}", "{\"line\":4,\"error\":\"missing-id\"}"),
        ("what", "{\"line\":5,\"error\":\"broken-json\"}"),
    ];
    for (contact, wanted) in dialogue {
        writeln!(stdin, "{contact}").unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), wanted);
    }
    drop(stdin);
    assert!(answers.next().is_none());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stderr).contains("2 records rejected"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_broken_line_spoils_no_other() {
    let folder = rules(RULES);
    let mut input = b"\xef\xbb\xbf{\"id\":\"1\",\"age\":20}\r\n\n".to_vec();
    input.extend(b"{\"id\":\"\xff\",\"age\":20}\n{\"id\":\"3\",\"age\":1}\n");
    input.extend(b"{\"id\":\"4\",\"years\":9,\"age\":9}\n{\"id\":\"5\",\"id\":\"6\"}\n");
    input.extend(b"{\"id\":\"7\",\"city\":\"\\u5317\\u4eac\"}");
    let output = answer(folder.path(), &["--rules", "a.seg"], &input);
    assert_eq!(output.status.code(), Some(0));
    let out = text(&output.stdout);
    let wanted = [
        "{\"id\":\"1\",\"segments\":[\"adult\"],\"quarantined\":[]}",
        "{\"line\":3,\"error\":\"broken-json\"}",
        "{\"id\":\"3\",\"segments\":[],\"quarantined\":[]}",
    ];
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(&lines[..3], &wanted);
    assert_eq!(lines[3], "{\"line\":5,\"error\":\"duplicate-key\"}");
    assert_eq!(lines[4], "{\"line\":6,\"error\":\"duplicate-key\"}");
    assert_eq!(
        lines[5],
        "{\"id\":\"7\",\"segments\":[\"local\"],\"quarantined\":[]}"
    );
    assert_eq!(lines.len(), 6);
}

#[test]
fn a_line_without_end_is_rejected_and_forgotten() {
    let folder = rules(RULES);
    let mut input = b"{\"id\":\"1\",\"age\":20}\n{\"id\":\"".to_vec();
    input.resize(input.len() + (20 << 20), b'x');
    input.extend(b"\"}\n{\"id\":\"3\",\"age\":20}\n");
    let output = answer(folder.path(), &["--rules", "a.seg", "adult"], &input);
    let wanted = "{\"id\":\"1\",\"segments\":[\"adult\"],\"quarantined\":[]}\n\
        {\"line\":2,\"error\":\"too-long\"}\n\
        {\"id\":\"3\",\"segments\":[\"adult\"],\"quarantined\":[]}\n";
    assert_eq!(text(&output.stdout), wanted);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_stream_is_answered_as_a_file_is() {
    let folder = tempfile::tempdir().unwrap();
    let demo = root().join("rules/demo");
    let (rules, contacts) = (demo.to_str().unwrap(), demo.join("contacts.csv"));
    let tool = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_segrule"));
        command.args(args).args(["--rules", rules]);
        command.args(["--now", "2026-11-22T09:00+08:00", "--zone", "Asia/Shanghai"]);
        command.current_dir(folder.path()).output().unwrap()
    };
    let contacts = contacts.to_str().unwrap();
    let select = [
        "select",
        "--where",
        "everyone",
        "--columns",
        "all",
        "--data",
        contacts,
    ];
    let found = tool(&[&select[..], &["-o", "all.ndjson"]].concat());
    assert!(found.status.success(), "{}", text(&found.stderr));
    let whole = tool(&["classify", "--data", "all.ndjson", "--to", "ndjson"]);
    assert!(whole.status.success(), "{}", text(&whole.stderr));
    let input = std::fs::read(folder.path().join("all.ndjson")).unwrap();
    let args = [
        "--rules",
        rules,
        "--now",
        "2026-11-22T09:00+08:00",
        "--zone",
        "Asia/Shanghai",
    ];
    let lines = answer(folder.path(), &args, &input);
    assert!(whole.stdout.len() > 100_000);
    assert!(whole.stdout == lines.stdout, "the answers differ");
}

#[test]
fn what_cannot_be_a_stream_is_refused() {
    let folder = rules(RULES);
    let opened = std::fs::File::open(folder.path()).unwrap();
    let child = start(folder.path(), &["--rules", "a.seg"], Stdio::from(opened));
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains("<stdin>"));
    let output = answer(folder.path(), &["--data", "x.csv"], b"");
    assert_eq!(output.status.code(), Some(2));
    let bare = rules("segment all = everyone\n");
    let output = answer(bare.path(), &["--rules", "a.seg"], b"{\"id\":1}\n");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("schema"),
        "{}",
        text(&output.stderr)
    );
}
