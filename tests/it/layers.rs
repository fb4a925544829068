//! The order of modules: each imports only modules on lower rungs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The ladder, lowest rung first; modules on one rung do not know each other.
const LADDER: &[&[&str]] = &[
    &["source", "name", "machine"],
    &["value"],
    &["diag", "region"],
    &["syntax", "schema"],
    &["format", "check", "table"],
    &["dag"],
    &["data", "eval", "sql"],
    &["ruletest", "campaign", "analyze", "lint"],
    &["measure", "report"],
    &["workspace"],
    &["ide"],
];

/// The macros of this crate: they may be named from its root.
const MACROS: [&str; 1] = ["say"];

pub fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The code without comments, every line still where it was.
fn without_comments(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""));
    lines.collect::<Vec<_>>().join("\n")
}

/// The first words of the paths in a group `{a::{b, c}, d}`, whatever lines it spans.
fn first_words(group: &str) -> Vec<String> {
    let (mut words, mut word, mut depth) = (Vec::new(), String::new(), 0);
    for sign in group.chars() {
        match sign {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => words.push(std::mem::take(&mut word)),
            _ if depth == 0 => word.push(sign),
            _ => {}
        }
    }
    words.push(word);
    let first = |word: &String| word.trim().split("::").next().unwrap_or("").to_string();
    let words = words.iter().map(first);
    words.filter(|word| !word.is_empty()).collect()
}

/// What a file names of this crate from its root, with the line.
fn named(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for root in ["crate::", "segrule::"] {
        for (at, _) in code.match_indices(root) {
            let is_part_of_a_word = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if is_part_of_a_word {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            let rest = &code[at + root.len()..];
            let names = match rest.strip_prefix('{') {
                Some(group) => first_words(group),
                None => {
                    let is_end = |c: char| !c.is_alphanumeric() && c != '_';
                    vec![rest[..rest.find(is_end).unwrap_or(rest.len())].to_string()]
                }
            };
            found.extend(names.into_iter().map(|name| (line, name)));
        }
    }
    found
}

/// What is wrong in one file of a module.
fn wrong_imports(inside: &str, code: &str) -> Vec<String> {
    let rung_of: BTreeMap<&str, usize> = LADDER
        .iter()
        .enumerate()
        .flat_map(|(rung, modules)| modules.iter().map(move |module| (*module, rung)))
        .collect();
    let module = inside.split('/').next().unwrap();
    let Some(rung) = rung_of.get(module) else {
        return vec![format!(
            "src/{inside}:1: `{module}` is on no rung of the ladder"
        )];
    };
    let mut wrong = Vec::new();
    for (line, name) in named(&without_comments(code)) {
        let is_fine = match rung_of.get(name.as_str()) {
            Some(other) => other < rung || name == module,
            None => MACROS.contains(&name.as_str()),
        };
        if !is_fine {
            wrong.push(format!("src/{inside}:{line}: `{module}` imports `{name}`"));
        }
    }
    wrong
}

#[test]
fn modules_import_only_lower_rungs() {
    let source = root().join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let inside = file.strip_prefix(&source).unwrap().to_string_lossy();
        let inside = inside.replace('\\', "/");
        if inside != "lib.rs" && !inside.starts_with("bin/") {
            wrong.extend(wrong_imports(
                &inside,
                &std::fs::read_to_string(&file).unwrap(),
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_ladder_sees_imports_in_every_form() {
    let code = "//! crate::ide\nuse crate::{\n    name::{Name, x},\n    workspace::Y,\n};\nfn a() {\n    segrule::dag::b();\n    crate::say!();\n    crate::check::c();\n}\n";
    assert_eq!(
        wrong_imports("check/mod.rs", code),
        [
            "src/check/mod.rs:2: `check` imports `workspace`",
            "src/check/mod.rs:7: `check` imports `dag`",
        ]
    );
    assert_eq!(
        wrong_imports("table/a.rs", "use crate::check::A;\nuse crate::Thing;\n"),
        [
            "src/table/a.rs:1: `table` imports `check`",
            "src/table/a.rs:2: `table` imports `Thing`",
        ]
    );
    assert_eq!(
        wrong_imports("stray/mod.rs", ""),
        ["src/stray/mod.rs:1: `stray` is on no rung of the ladder"]
    );
}

#[test]
fn the_library_shows_exactly_the_ladder() {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut shown: Vec<&str> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    shown.sort_unstable();
    let mut built: Vec<&str> = LADDER
        .iter()
        .flat_map(|modules| modules.iter().copied())
        .filter(|module| is_built(module))
        .collect();
    built.sort_unstable();
    assert_eq!(shown, built);
}

#[test]
fn the_binary_uses_the_public_api_only() {
    let folder = root().join("src/bin");
    for file in rust_files(&folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("#[path"), "{}", file.display());
        for (number, line) in (1..).zip(without_comments(&text).lines()) {
            let place = format!("{}:{number}", file.display());
            assert!(!line.contains("crate::"), "{place}: {line}");
        }
    }
}

fn is_built(module: &str) -> bool {
    root().join("src").join(module).is_dir()
}

#[test]
fn the_architecture_page_holds_the_same_ladder() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let rows: Vec<Vec<&str>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| {
            let modules = line.split('|').nth(2).unwrap();
            modules.split('`').skip(1).step_by(2).collect()
        })
        .collect();
    let built: Vec<Vec<&str>> = LADDER
        .iter()
        .map(|modules| {
            let built = modules.iter().copied().filter(|module| is_built(module));
            built.collect::<Vec<&str>>()
        })
        .filter(|modules| !modules.is_empty())
        .collect();
    assert_eq!(rows, built);
}
