//! The prompt through the real binary: lines in, answers out, and the page about it.

use super::cli::{Run, folder};
use super::layers::root;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

const DEMO: [&str; 8] = [
    "--rules",
    "rules/demo",
    "--data",
    "rules/demo/contacts.csv",
    "--now",
    "2026-11-22T09:00+08:00",
    "--zone",
    "Asia/Shanghai",
];

/// Runs a session over lines that come through a pipe; what is odd about the data is left out.
fn session(folder: &Path, arguments: &[&str], lines: &str) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
        .args([&["repl"], arguments].concat())
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("LANG")
        .env("XDG_DATA_HOME", folder.join("data"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A session that ends early reads no more.
    let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let is_odd = |line: &&str| line.contains("(first at ") || line.contains("（首见于 ");
    let err = text(output.stderr);
    Run {
        code: output.status.code().unwrap_or(-1),
        out: text(output.stdout),
        err: err
            .split_inclusive('\n')
            .filter(|line| !is_odd(line))
            .collect(),
    }
}

fn demo(lines: &str) -> Run {
    session(root(), &DEMO, lines)
}

#[test]
fn an_expression_gives_count_funnel_and_people() {
    let found = demo("beijing_students\n");
    assert_eq!((found.code, found.err.as_str()), (0, ""));
    assert_eq!(
        found.out,
        "876 of 5,000 contacts  17.52%  16 quarantined\n  \
           contacts               5,000  100.00%          ████████████████████████\n  \
           without quarantined    4,984   99.68%     -16  ████████████████████████\n  \
           region = Beijing       2,009   40.18%  -2,975  ██████████\n  \
           age in 18..24          1,307   26.14%    -702  ███████\n  \
           last_visit = \"课程页\"    876   17.52%    -431  █████\n  \
           id      region         age  last_visit\n  \
           c00001  北京市         19   课程页\n  \
           c00008  北京市/通州区  21   课程页\n  \
           c00016  北京市         24   课程页\n  \
           c00037  北京市/通州区  21   课程页\n  \
           c00047  北京市/海淀区  22   课程页\n"
    );
}

#[test]
fn mistakes_are_shown_and_the_session_goes_on() {
    let found = demo("agee > 3\nage > 30 and\nage > 40\n所在地 = 北京 且 年龄段 > 3\nage > 150\n");
    assert_eq!(found.code, 1);
    assert!(found.out.starts_with("1,"), "{}", found.out);
    assert!(
        found.err.contains(" 1 │ agee > 3\n   · ──┬─\n"),
        "{}",
        found.err
    );
    assert!(
        found
            .err
            .contains(" 1 │ 所在地 = 北京 且 年龄段 > 3\n   ·                  ───┬──\n"),
        "{}",
        found.err
    );
    assert_eq!(
        found
            .out
            .lines()
            .filter(|line| line.contains(" of 5,000"))
            .count(),
        2
    );
    let found = demo("agee > 3\n:nothing\nage > 60\n");
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("there is no command `:nothing`"),
        "{}",
        found.err
    );
    let found = demo("age > 30 and\n");
    assert_eq!(found.code, 1);
}

#[test]
fn quitting_leaves_the_rest_unread() {
    let found = demo("# a remark\n\nage > 60\n:quit\nagee > 3\n");
    assert_eq!((found.code, found.err.as_str()), (0, ""));
    assert_eq!(
        found
            .out
            .lines()
            .filter(|line| line.contains("of 5,000"))
            .count(),
        1
    );
}

#[test]
fn definitions_are_saved_laid_out_and_run_again() {
    let contacts = "id,年龄,device\n1,20,ios\n2,40,ios\n3,25,pc\n";
    let folder = folder(&[("c.csv", contacts)]);
    let lines = ":let young = 年龄<30\n:let young_ios=young and\n device = ios\nyoung_ios\n:save new.seg\n:save new.seg\n";
    let data = ["--data", "c.csv", "--id", "id", "--zone", "UTC"];
    let found = session(folder.path(), &data, lines);
    assert_eq!(found.code, 2, "{}", found.err);
    assert!(
        found.out.contains("added to new.seg: young, young_ios"),
        "{}",
        found.out
    );
    assert!(
        found.err.contains("new.seg defines `young` already"),
        "{}",
        found.err
    );
    let saved = std::fs::read_to_string(folder.path().join("new.seg")).unwrap();
    assert_eq!(
        saved,
        "segment young = 年龄 < 30

segment young_ios = young and device = ios
"
    );
    assert!(
        !folder.path().join("data").exists(),
        "a pipe leaves no history"
    );
}

#[test]
fn the_prompt_needs_data_in_a_file() {
    let found = session(root(), &["--data", "-"], "");
    assert_eq!(found.code, 2);
    assert!(
        found.err.contains("lines are read from standard input"),
        "{}",
        found.err
    );
    let found = session(root(), &[], "");
    assert_eq!(found.code, 2);
}

#[test]
fn the_rules_beside_the_configuration_are_known_and_others_are_told_of() {
    let schema = "schema contact {\n  id: id\n  age: int aka 年龄\n}\nsegment adults = age >= 18\n";
    let contacts = "id,年龄\n1,20\n2,9岁\n";
    let files = [("rules/own.seg", schema), ("a.csv", contacts)];
    let bare = folder(&files);
    let found = session(bare.path(), &["--data", "a.csv"], "adults\n");
    assert_eq!(found.code, 1);
    let told = found.err.contains("the rule files in rules/ are not read");
    assert!(told, "{}", found.err);
    std::fs::write(bare.path().join("segrule.toml"), "data = \"a.csv\"\n").unwrap();
    let found = session(bare.path(), &[], "adults\n");
    assert_eq!(found.code, 0, "{}", found.err);
    assert!(found.out.starts_with("1 of 2 contacts"), "{}", found.out);
    assert!(!found.err.contains("not read"), "{}", found.err);
}

#[test]
fn every_command_answers_in_both_languages() {
    for lang in ["en", "zh"] {
        let lines = ":help\n:schema\n:segments\n:now\n:now 2026-12-01T00:00+08:00\n:field age\n:field 地区\n:field last_active\n\
             :field tags\n:field spend\n:field blocked\n:field id\n:explain c00001 zombies\n:diff zombies 活跃\n\
             :prove beijing_students implies 北京学生\n";
        let found = demo(&format!(":lang {lang}\n{lines}"));
        assert_eq!((found.code, found.err.as_str()), (0, ""), "{lang}");
        let has = |text: &str| assert!(found.out.contains(text), "{text}: {}", found.out);
        match lang {
            "en" => {
                has("  :let NAME = EXPR ");
                has("now 2026-12-01T00:00:00+08:00 (2026-11-30T16:00:00Z), zone Asia/Shanghai");
                has("proved: they can share members, and each can have its own");
                has("holds for every contact");
            }
            _ => {
                has("  :定义 名称 = 表达式 ");
                has("  北京市         806   16.12%  ████");
                has("已证明：两者可以有共同成员，也可以各有自己的成员");
                has("对所有联系人都成立");
            }
        }
    }
    for (line, told) in [
        (":let", "write :let NAME = EXPR"),
        (":explain c00001", "nothing was asked yet"),
        (":explain nobody age > 3", "there is no contact `nobody`"),
        (":field agee", "did you mean age?"),
        (":diff a", "write :diff A B"),
        (":save", "write :save FILE [NAME]"),
        (":save x.seg", "nothing was defined yet"),
        (":lang fr", "write :lang zh|en"),
        (":now soon", "`soon` is no time"),
        (":prove age", "is no claim"),
    ] {
        let found = demo(&format!("{line}\n"));
        assert_eq!(found.code, 2, "{line}");
        assert!(found.err.contains(told), "{line}: {}", found.err);
    }
}

/// What is typed in a block of the page, and what is shown.
fn block(text: &str) -> (String, String) {
    let (mut typed, mut shown) = (String::new(), String::new());
    let mut is_open = false;
    for line in text.lines() {
        match line.strip_prefix("> ") {
            Some(line) => {
                typed += &format!("{line}\n");
                is_open = line.ends_with("and") || line.ends_with('(') || line.ends_with(',');
            }
            None if is_open => {
                typed += &format!("{line}\n");
                is_open = false;
            }
            None => shown += &format!("{line}\n"),
        }
    }
    (typed, shown)
}

#[test]
fn the_page_shows_what_the_prompt_answers() {
    let path = root().join("docs/repl.md");
    let page = std::fs::read_to_string(path).unwrap();
    let blocks: Vec<&str> = page.split("```repl\n").skip(1).collect();
    assert!(blocks.len() > 6);
    for text in blocks {
        let text = text.split("```").next().unwrap();
        let (typed, shown) = block(text);
        let found = demo(&typed);
        assert_eq!(shown, found.out + &found.err, "{typed}");
    }
}
