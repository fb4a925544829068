//! Rule text into trees, syntax trees and errors.

use proptest::prelude::*;
use segrule::diag::{Diagnostic, Fix};
use segrule::source::{SourceId, Sources};
use segrule::syntax::ast::{File, Item};
use segrule::syntax::parse;
use std::fmt::Write;

/// Every corpus file of a folder in order.
fn corpus(folder: &str) -> Vec<(String, String)> {
    let mut paths: Vec<_> = std::fs::read_dir(format!("tests/corpus/{folder}"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let read = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(read).collect()
}

/// Diagnostics as people read them, with the lines their fixes give.
fn diagnostics_text(text: &str, found: &[Diagnostic]) -> String {
    let mut sources = Sources::new();
    let id = sources.add("x.seg", text);
    let mut out = String::new();
    for diagnostic in found {
        let at = sources
            .get(id)
            .unwrap()
            .line_column(diagnostic.span().start as usize);
        let at_text = sources.text_at(diagnostic.span()).escape_debug();
        let code = diagnostic.code.name();
        let (line, column, message) = (at.line, at.column, &diagnostic.message);
        writeln!(out, "{line}:{column} {code}: {message:?}  <{at_text}>").unwrap();
        for label in &diagnostic.labels {
            if !label.text.is_empty() {
                writeln!(out, "    label {:?}", label.text).unwrap();
            }
        }
        if let Some(help) = &diagnostic.help {
            writeln!(out, "    help {help:?}").unwrap();
        }
        for fix in &diagnostic.fixes {
            let line = fixed_lines(text, fix);
            let sure = if fix.safe { "fix" } else { "fix?" };
            writeln!(out, "    {sure} {:?}: {line}", fix.title).unwrap();
        }
    }
    out
}

/// The changed lines after a fix.
fn fixed_lines(text: &str, fix: &Fix) -> String {
    let fixed = apply(text, fix);
    let old: Vec<&str> = text.split('\n').collect();
    let changed: Vec<&str> = fixed
        .split('\n')
        .filter(|line| !old.contains(line))
        .collect();
    changed.join(" ⏎ ").escape_debug().to_string()
}

fn apply(text: &str, fix: &Fix) -> String {
    let mut fixed = text.to_owned();
    for edit in fix.edits.iter().rev() {
        fixed.replace_range(edit.span.range(), &edit.text);
    }
    fixed
}

#[test]
fn broken_files_are_explained() {
    for (name, text) in corpus("err") {
        let parsed = parse(SourceId(0), &text);
        let again: String = parsed.tree.tokens().map(|token| token.text).collect();
        assert_eq!(again, text);
        let kept: Vec<String> = parsed.file.items.iter().map(item_name).collect();
        let broken: Vec<&str> = parsed.file.broken.iter().map(|name| &*name.text).collect();
        let told = diagnostics_text(&text, &parsed.diagnostics);
        insta::assert_snapshot!(
            format!("err_{name}"),
            format!("{told}kept {kept:?}\nbroken {broken:?}")
        );
    }
}

#[test]
fn safe_fixes_give_sound_items() {
    for (name, text) in corpus("err") {
        for diagnostic in parse(SourceId(0), &text).diagnostics {
            for fix in diagnostic.fixes.iter().filter(|fix| fix.safe) {
                let again = parse(SourceId(0), &apply(&text, fix)).diagnostics;
                let before = parse(SourceId(0), &text).diagnostics;
                let same = |other: &&Diagnostic| other.message == diagnostic.message;
                let (old, new) = (
                    before.iter().filter(same).count(),
                    again.iter().filter(same).count(),
                );
                assert!(new < old, "{name}: {diagnostic:?}");
            }
        }
    }
}

fn item_name(item: &Item) -> String {
    let name = match item {
        Item::Schema(item) => &item.name.text,
        Item::Segment(item) => &item.name.text,
        Item::List(item) => &item.name.text,
        Item::Param(item) => &item.name.text,
        Item::Hierarchy(item) => &item.name.text,
        Item::Test(item) => &item.title.value,
        Item::Platform(item) => &item.name.text,
        Item::Campaign(item) => &item.name.text,
    };
    name.to_string()
}

#[test]
fn sound_files_have_no_errors() {
    for (name, text) in corpus("ok") {
        let parsed = parse(SourceId(0), &text);
        let again: String = parsed.tree.tokens().map(|token| token.text).collect();
        assert_eq!(again, text);
        assert_eq!(diagnostics_text(&text, &parsed.diagnostics), "", "{name}");
        insta::assert_snapshot!(format!("ok_{name}"), terse(&parsed.file));
    }
}

/// The syntax tree in a terse form: its debug text without spans and struct noise.
fn terse(file: &File) -> String {
    let mut lines = Vec::new();
    for item in &file.items {
        let debug = format!("{item:?}");
        let mut out = String::new();
        let mut rest = debug.as_str();
        while let Some(at) = rest.find("Span { ") {
            let (before, after) = rest.split_at(at);
            let before = before.trim_end_matches("span: ").trim_end_matches(", ");
            out.push_str(before);
            rest = after.split_once('}').unwrap().1;
        }
        out.push_str(rest);
        for noise in [
            "Expr { kind: ",
            "Literal { kind: ",
            ", quoted: false",
            "text: ",
            " }",
        ] {
            out = out.replace(noise, if noise == " }" { "}" } else { "" });
        }
        lines.push(out);
    }
    lines.join("\n\n")
}

/// Parses a text and gives its diagnostics' codes.
fn codes(text: &str) -> Vec<&'static str> {
    let parsed = parse(SourceId(0), text);
    let again: String = parsed.tree.tokens().map(|token| token.text).collect();
    assert_eq!(again, text, "the tree is lossless");
    parsed
        .diagnostics
        .iter()
        .map(|found| found.code.name())
        .collect()
}

#[test]
fn deep_nesting_is_one_error() {
    for deep in ["(", "not ", "- ", "not (", "（", "非 ", "a = (", "1 + "] {
        let text = format!("segment a = {}x\nsegment b = y\n", deep.repeat(100_000));
        assert_eq!(codes(&text), ["too-deep"], "{deep}");
        assert_eq!(parse(SourceId(0), &text).file.items.len(), 1);
    }
}

#[test]
fn nothing_long_is_read_twice_because_it_failed_once() {
    for open in [
        "(",
        "not (",
        "-(",
        "a = (",
        "a + (",
        "a has (",
        "a not has (",
        "a starts with any of (",
        "a in (",
        "a in 1..(",
        "a before (",
        "at least 1 of (",
        "year(",
        "a is (",
        "a 包含 (",
    ] {
        let text = format!("segment a = {}] {}", open.repeat(40), ")".repeat(40));
        assert_eq!(codes(&text), ["syntax-error"], "{open}");
    }
}

#[test]
fn nesting_up_to_the_limit_is_fine() {
    for (open, close) in [
        ("(", ")"),
        ("not (", ")"),
        ("year(", ")"),
        ("x in (1 + (", "))"),
        ("at least 1 of (a, ", ")"),
    ] {
        let levels = match open {
            "not (" => 64,
            "x in (1 + (" => 42,
            _ => 128,
        };
        let text = format!(
            "segment a = {}x{}",
            open.repeat(levels),
            close.repeat(levels)
        );
        assert_eq!(codes(&text), [""; 0], "{open}");
    }
    let text = format!(
        "segment a = {}%{}",
        "x in (1 + (".repeat(42),
        "))".repeat(42)
    );
    assert_eq!(codes(&text), ["syntax-error"]);
    let text = format!("segment a = {}x{}", "a = (".repeat(128), ")".repeat(128));
    assert_eq!(codes(&text), [""; 0]);
}

#[test]
fn many_alternatives_are_one_node() {
    let text = format!("segment a = {}a", "a or ".repeat(20_000));
    let parsed = parse(SourceId(0), &text);
    assert!(parsed.diagnostics.is_empty());
    let again = parsed.file.clone();
    drop(parsed);
    assert_eq!(again.items.len(), 1);
    let text = format!("segment a = {}a\nsegment b = x", "a or ".repeat(1_000_000));
    assert_eq!(codes(&text), ["too-large"]);
}

/// Pieces of rule text that mutations are made of.
const PIECES: &[&str] = &[
    "segment a = ",
    "schema c {",
    "}",
    "(",
    ")",
    "（",
    "\"",
    "\"\"\"",
    "“",
    "”",
    "`",
    "/",
    "matches ",
    "not ",
    "且",
    " and ",
    " or ",
    "in ",
    "18..24",
    "..",
    "...",
    "..<",
    "2026-01-01",
    "30d",
    "30天",
    "10%",
    "#",
    "# allow: x y\n",
    "\n",
    "\r\n",
    "\r",
    "\u{200b}",
    "\u{202e}",
    "\0",
    "=",
    "==",
    "<>",
    "+",
    "-",
    "campaign x {",
    "platform p {",
    "test \"t\" {",
    "contact {",
    "cap 5 ",
    "per day",
    "list b from ",
    "param p = ",
    "events ",
    "age",
    "年龄在18",
    "所在地=北京+年龄=18-24",
    "is null",
    "like \"%x\"",
    "between 1 and 2",
    ":",
    ";",
    ",",
    "，",
    "。",
    "😀",
    "\\",
    "1234567890123456789012345678901234567890",
    "sample ",
    "at least ",
    "within ",
    "...",
    "'",
    "x",
    "9",
];

/// Parses and formats anything; nothing may panic, no byte may be lost.
fn survives(text: &str) {
    let parsed = parse(SourceId(0), text);
    let again: String = parsed.tree.tokens().map(|token| token.text).collect();
    assert_eq!(again, text);
    for token in parsed.tree.tokens() {
        // What lies between the nodes of the tree is blank: a comment would be lost there.
        let is_gap = token.kind == segrule::syntax::Kind::Space;
        assert!(!is_gap || !token.text.contains(['#', '＃']), "{text:?}");
    }
    let is_error = |found: &&Diagnostic| found.is_error();
    assert!(parsed.diagnostics.iter().filter(is_error).count() <= 20);
    for diagnostic in &parsed.diagnostics {
        assert!(
            text.get(diagnostic.span().range()).is_some(),
            "{diagnostic:?}"
        );
        for fix in &diagnostic.fixes {
            apply(text, fix);
        }
    }
    segrule::syntax::parse_expression(SourceId(0), text);
    let formatted = segrule::format::format_checked(text);
    assert!(
        formatted.is_ok(),
        "{formatted:?}\n{}",
        segrule::format::format_file(&parsed)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_survives(text in "\\PC{0,200}") {
        survives(&text);
    }

    #[test]
    fn any_pieces_survive(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        survives(&pieces.concat());
    }

    #[test]
    fn damaged_files_survive(file in 0usize..3, cuts in proptest::collection::vec((0usize..4000, 0usize..20, proptest::sample::select(PIECES)), 1..4)) {
        let (_, mut text) = corpus("ok").swap_remove(file);
        for (at, length, piece) in cuts {
            let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
            let (start, end) = (floor(at), floor(at + length));
            text.replace_range(start..end.max(start), piece);
        }
        survives(&text);
    }
}
