//! The house rules that a program can check.

use super::layers::{root, rust_files};
use segrule::diag::{Category, Code};
use segrule::source::Sources;
use std::path::PathBuf;

/// A file with more lines is cut into rooms.
const MOST_LINES: usize = 620;

fn all_rust_files() -> Vec<PathBuf> {
    let folders = ["src", "tests", "rules"];
    folders
        .iter()
        .flat_map(|folder| rust_files(&root().join(folder)))
        .collect()
}

fn text_files() -> Vec<PathBuf> {
    let mut files = all_rust_files();
    let mut open = vec![
        root().join("docs"),
        root().join("rules"),
        root().join("grammar"),
    ];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.extend(["README.md", "README.zh-CN.md", "Cargo.toml"].map(|name| root().join(name)));
    files
}

#[test]
fn every_file_says_what_it_is() {
    for file in all_rust_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(
            text.starts_with("//!"),
            "{} has no module text",
            file.display()
        );
        let lines = text.lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines", file.display());
    }
}

#[test]
fn nothing_is_left_to_do_in_the_code() {
    let words = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["unimple", "mented!"],
        ["to", "do!("],
    ]
    .map(|parts| parts.concat());
    for file in all_rust_files() {
        let text = std::fs::read_to_string(&file).unwrap();
        for word in &words {
            assert!(!text.contains(word.as_str()), "{}: {word}", file.display());
        }
    }
}

#[test]
fn no_machine_is_named() {
    let places = [["/wo", "rk/"], ["/ro", "ot/"], ["/tm", "p/h"]].map(|parts| parts.concat());
    for file in text_files() {
        let text = String::from_utf8_lossy(&std::fs::read(&file).unwrap()).into_owned();
        for place in &places {
            assert!(
                !text.contains(place.as_str()),
                "{}: {place}",
                file.display()
            );
        }
    }
}

#[test]
fn every_dependency_has_a_reason() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let mut is_inside = false;
    let mut before = "";
    for line in manifest.lines() {
        if line.starts_with('[') {
            is_inside = line.contains("dependencies]");
        }
        let is_dependency = is_inside && line.contains(" = ") && !line.starts_with('#');
        // Several crates of one kind may share the sentence above the first.
        let is_explained = before.starts_with('#') || before.contains(" = ");
        assert!(!is_dependency || is_explained, "{line}");
        before = line;
    }
}

#[test]
fn links_in_docs_resolve() {
    for file in text_files() {
        if file.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let path = target.split('#').next().unwrap();
            if path.is_empty() || path.contains("://") {
                continue;
            }
            let full = file.parent().unwrap().join(path);
            assert!(full.exists(), "{}: {target}", file.display());
        }
    }
}

const SCHEMA: &str = "schema contact {\n  id: id\n  region: region aka 所在地\n  age: int 0..150 aka 年龄\n  device: one of (android, ios)\n  last_active: datetime\n  birthday: date\n  last_visit: text aka 最近访问\n  tags: list of text separated by \";\"\n  spend: decimal(2)\n  blocked: bool\n}\n";

/// The codes that checking a text gives.
fn codes(text: &str) -> Vec<&'static str> {
    let text = match text.contains("schema ") {
        true => text.to_string(),
        false => format!("{SCHEMA}{text}\n"),
    };
    let mut sources = Sources::new();
    let id = sources.add("page.seg", text);
    let parsed = segrule::syntax::parse(id, sources.get(id).unwrap().text());
    let files = [(id, parsed.file)];
    let checked = segrule::check::check(&segrule::check::CheckInput {
        sources: &sources,
        files: &files,
        list_files: &segrule::check::NoListFiles,
        params: &indexmap::IndexMap::new(),
        schema: None,
    });
    let all = [parsed.diagnostics, checked.diagnostics].concat();
    let all = segrule::check::apply_allows(&sources, &files, all);
    all.iter()
        .map(|diagnostic| diagnostic.code.name())
        .collect()
}

/// Codes whose examples need a file, a platform or bytes that a page cannot show.
const NOT_SHOWN: [&str; 9] = [
    "empty-list-file",
    "list-file",
    "not-utf8",
    "bad-platform",
    "unknown-platform",
    "too-deep",
    "too-large",
    "hidden-character",
    "invalid-character",
];

#[test]
fn every_code_has_a_page_whose_examples_are_true() {
    for code in Code::ALL {
        let (name, page) = (code.name(), code.page());
        assert!(page.starts_with(&format!("# {name}\n")), "{name}");
        let (english, chinese) = page.split_once("\n---\n").unwrap_or((page, ""));
        assert!(
            chinese.chars().any(|c| c >= '\u{4e00}'),
            "{name} has no Chinese part"
        );
        let blocks: Vec<&str> = english.split("```").skip(1).step_by(2).collect();
        if NOT_SHOWN.contains(&name) {
            continue;
        }
        // Pages of syntax codes may describe many forms in words.
        if code.category() == Category::Syntax && blocks.len() < 2 {
            continue;
        }
        let [bad, good, ..] = blocks.as_slice() else {
            panic!("{name} needs a bad and a good example");
        };
        let strip = |block: &str| block.trim_start_matches("seg").trim_start().to_string();
        assert!(
            codes(&strip(bad)).contains(&name),
            "{name}: {:?}",
            codes(&strip(bad))
        );
        assert!(
            !codes(&strip(good)).contains(&name),
            "{name}: the good example has it"
        );
    }
}

#[test]
fn the_demo_is_what_the_generator_writes() {
    let committed = std::fs::read_to_string(root().join("rules/demo/contacts.csv")).unwrap();
    assert!(
        committed == contacts::contacts_csv(),
        "run: cargo run --example demo-contacts > rules/demo/contacts.csv"
    );
}

#[path = "../../rules/demo/contacts.rs"]
mod contacts;
