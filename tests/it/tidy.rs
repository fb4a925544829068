//! The house rules that a program can check.

use super::layers::{root, rust_files};
use std::path::PathBuf;

/// A file with more lines is cut into rooms.
const MOST_LINES: usize = 600;

/// A function with more lines is cut into smaller ones.
const MOST_FUNCTION_LINES: usize = 70;

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
    let single = [
        "README.md",
        "README.zh-CN.md",
        "Cargo.toml",
        "clippy.toml",
        "deny.toml",
        "segrule.toml",
        "tests/all",
        ".ci/run",
    ];
    files.extend(single.map(|name| root().join(name)));
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

/// The functions of a file: name, first line, number of lines. The layout tool puts the closing brace
/// of a function in the column where its first line starts.
fn functions(text: &str) -> Vec<(String, usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let start = line.trim_start();
        let indent = &line[..line.len() - start.len()];
        let words: Vec<&str> = start.split(' ').collect();
        let Some(word) = words.iter().position(|word| *word == "fn") else {
            continue;
        };
        let are_modifiers = words[..word].iter().all(|word| {
            ["const", "unsafe", "async", "extern", "\"C\""].contains(word)
                || word.starts_with("pub")
        });
        let end = format!("{indent}}}");
        let length = lines[at..].iter().position(|line| *line == end);
        let is_whole = !line.ends_with(';') && !line.ends_with('}');
        if let (true, true, Some(length)) = (are_modifiers, is_whole, length) {
            let name = words.get(word + 1).unwrap_or(&"");
            let name = name.split(['(', '<']).next().unwrap();
            found.push((name.to_string(), at + 1, length + 1));
        }
    }
    found
}

#[test]
fn functions_are_short() {
    let example = "impl A {\n    pub fn one() {\n        two();\n    }\n\n    fn three() {}\n}\n";
    assert_eq!(functions(example), [("one".to_string(), 2, 3)]);
    let mut count = 0;
    let mut long = Vec::new();
    for file in all_rust_files() {
        for (name, line, lines) in functions(&std::fs::read_to_string(&file).unwrap()) {
            count += 1;
            if lines > MOST_FUNCTION_LINES {
                long.push(format!(
                    "{}:{line}: {name} has {lines} lines",
                    file.display()
                ));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
    assert!(count > 1_000, "only {count} functions were seen");
}

#[test]
fn every_grammar_rule_has_a_sentence() {
    let grammar = std::fs::read_to_string(root().join("grammar/segrule.pest")).unwrap();
    let (mut rules, mut before) = (0, "");
    for (number, line) in (1..).zip(grammar.lines()) {
        let name = line.split(" = ").next().unwrap();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if line.contains(" = ") && name.chars().all(is_word) {
            rules += 1;
            let has_sentence = before.starts_with("/// ");
            assert!(has_sentence, "grammar/segrule.pest:{number}: {name}");
        }
        before = line;
    }
    assert!(rules > 200, "only {rules} rules were seen");
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
