//! The order of modules: each imports only modules on lower rungs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The ladder, lowest rung first; modules on one rung do not know each other.
const LADDER: &[&[&str]] = &[
    &["source", "name"],
    &["value"],
    &["diag", "region"],
    &["syntax", "schema"],
    &["format", "check", "table"],
    &["dag"],
    &["data", "analyze", "eval", "sql"],
    &["ruletest", "campaign"],
    &["measure", "report"],
    &["workspace"],
    &["ide"],
];

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

/// The modules of this crate that a line of code names through `crate::`.
fn named(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap_or("");
    let mut names = Vec::new();
    for part in code.split("crate::").skip(1) {
        if let Some(group) = part.strip_prefix('{') {
            let inside = group.split('}').next().unwrap_or("");
            let words = inside
                .split(',')
                .map(|word| word.trim().split("::").next().unwrap_or(""));
            names.extend(words.map(str::to_string));
        } else {
            let end = part
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(part.len());
            names.push(part[..end].to_string());
        }
    }
    names
}

#[test]
fn modules_import_only_lower_rungs() {
    let mut rungs = BTreeMap::new();
    for (rung, modules) in LADDER.iter().enumerate() {
        for module in *modules {
            rungs.insert(*module, rung);
        }
    }
    let source = root().join("src");
    let mut wrong = Vec::new();
    for file in rust_files(&source) {
        let inside = file
            .strip_prefix(&source)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let module = inside.split('/').next().unwrap();
        if inside == "lib.rs" || module == "bin" {
            continue;
        }
        let Some(&rung) = rungs.get(module) else {
            wrong.push(format!(
                "src/{inside}: `{module}` is on no rung of the ladder"
            ));
            continue;
        };
        for (number, line) in std::fs::read_to_string(&file).unwrap().lines().enumerate() {
            for name in named(line) {
                let is_macro = name == "say" || name.is_empty();
                let is_fine = match rungs.get(name.as_str()) {
                    Some(&other) => other < rung || name == module,
                    None => is_macro,
                };
                if !is_fine {
                    wrong.push(format!(
                        "src/{inside}:{}: `{module}` imports `{name}`",
                        number + 1
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_binary_uses_the_public_api_only() {
    let folder = root().join("src/bin");
    for file in rust_files(&folder) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("#[path"), "{}", file.display());
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            assert!(!line.contains("crate::"), "{}: {line}", file.display());
        }
    }
}

#[test]
fn the_architecture_page_holds_the_same_ladder() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let rows: Vec<Vec<String>> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .map(|line| {
            let cell = line.split('|').nth(2).unwrap();
            cell.split('`')
                .skip(1)
                .step_by(2)
                .map(str::to_string)
                .collect()
        })
        .collect();
    let there: Vec<&[&str]> = LADDER
        .iter()
        .copied()
        .filter(|modules| {
            modules
                .iter()
                .any(|module| root().join("src").join(module).is_dir())
        })
        .collect();
    let built: Vec<Vec<String>> = there
        .iter()
        .map(|modules| {
            let exists = |module: &&&str| root().join("src").join(module).is_dir();
            modules
                .iter()
                .filter(exists)
                .map(|module| (*module).to_string())
                .collect()
        })
        .collect();
    assert_eq!(rows, built);
}
