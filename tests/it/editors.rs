//! The extension for Visual Studio Code: its colours are the language's words, its package is whole.

#[path = "../../editors/pack/colours.rs"]
mod colours;
#[path = "../../editors/pack/vsix.rs"]
mod vsix;

use super::layers::root;
use regex::Regex;
use serde_json::Value;
use std::io::{Cursor, Read};

fn extension() -> std::path::PathBuf {
    root().join("editors/vscode")
}

#[test]
fn the_colours_are_those_of_the_words() {
    let path = extension().join("syntaxes/segrule.tmLanguage.json");
    let kept = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        kept,
        colours::text_mate(),
        "run `cargo run --example vscode -- --grammar`"
    );
}

/// The scope of each word of a line, as an editor would find it: the earliest match, the first of equals.
fn scopes(line: &str) -> Vec<(String, String)> {
    let grammar: Value = serde_json::from_str(&colours::text_mate()).unwrap();
    let patterns = grammar["patterns"].as_array().unwrap();
    let rules: Vec<(Regex, &Value)> = patterns
        .iter()
        .filter_map(|rule| {
            // Look-behind and look-ahead are only about edges of words.
            let written = rule["match"].as_str()?;
            let plain = written
                .replace("(?<![\\p{L}\\p{N}_])", "\\b")
                .replace("(?![\\p{L}\\p{N}_])", "\\b");
            Regex::new(&plain).ok().map(|regex| (regex, rule))
        })
        .collect();
    let (mut at, mut found) = (0, Vec::new());
    while at < line.len() {
        let next = rules
            .iter()
            .filter_map(|(regex, rule)| {
                let place = regex.captures_at(line, at)?;
                Some((place.get(0).unwrap().start(), place, *rule))
            })
            .min_by_key(|(start, ..)| *start);
        let Some((_, place, rule)) = next else { break };
        let whole = place.get(0).unwrap();
        match rule["name"].as_str() {
            Some(name) => found.push((whole.as_str().to_string(), name.to_string())),
            None => {
                for (group, capture) in rule["captures"].as_object().unwrap() {
                    let text = place.get(group.parse().unwrap()).unwrap().as_str();
                    let name = capture["name"].as_str().unwrap();
                    found.push((text.to_string(), name.to_string()));
                }
            }
        }
        at = whole.end().max(at + 1);
    }
    found
}

#[track_caller]
fn check_scopes(line: &str, expected: &[(&str, &str)]) {
    let found = scopes(line);
    for (text, scope) in expected {
        let is_it = |found: &&(String, String)| {
            found.0 == *text && found.1.trim_end_matches(".segrule") == *scope
        };
        assert!(
            found.iter().any(|found| is_it(&found)),
            "{text} {scope}: {found:?}"
        );
    }
}

#[test]
fn lines_are_coloured_in_both_languages() {
    check_scopes(
        "segment a = age >= 18 and last_active within 30d",
        &[
            ("segment", "keyword.declaration"),
            ("a", "entity.name.type"),
            (">=", "keyword.operator"),
            ("18", "constant.numeric"),
            ("and", "keyword.operator.logical"),
            ("within", "keyword.operator.word"),
            ("30d", "constant.numeric.duration"),
        ],
    );
    check_scopes(
        "人群 甲 = 年龄 在 18..24 且 最近访问 不为空",
        &[
            ("人群", "keyword.declaration"),
            ("且", "keyword.operator.logical"),
            ("在", "keyword.operator.word"),
            ("不为空", "keyword.operator.word"),
        ],
    );
    check_scopes(
        "x starts with y and at least 2 of (everyone)  # why",
        &[
            ("starts with", "keyword.operator.word"),
            ("at least", "keyword.operator.logical"),
            ("everyone", "constant.language"),
            ("# why", "comment.line.number-sign"),
        ],
    );
    // Part of a name is no word.
    let found = scopes("android = brand");
    assert!(found.iter().all(|(text, _)| text == "="), "{found:?}");
}

#[test]
fn the_package_is_whole() {
    let bytes = vsix::packed(&extension()).unwrap();
    assert_eq!(bytes, vsix::packed(&extension()).unwrap());
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let names: Vec<String> = (0..zip.len())
        .map(|at| zip.by_index(at).unwrap().name().unwrap().into_owned())
        .collect();
    let mut text = |name: &str| {
        let mut text = String::new();
        zip.by_name(name)
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    };
    let types = text("[Content_Types].xml");
    for name in names.iter().filter(|name| *name != "[Content_Types].xml") {
        let ending = name.rsplit('.').next().unwrap();
        assert!(
            types.contains(&format!("Extension=\".{ending}\"")),
            "{name}"
        );
    }
    let package: Value = serde_json::from_str(&text("extension/package.json")).unwrap();
    assert_eq!(package["version"], env!("CARGO_PKG_VERSION"));
    assert!(package.get("dependencies").is_none());
    let manifest = text("extension.vsixmanifest");
    for part in [
        "Id=\"segrule\"",
        "Version=\"0.1.0\"",
        "extension/package.json",
    ] {
        assert!(manifest.contains(part), "{part}");
    }
    // Every file that package.json names is inside, and so is every module that is required.
    let mut named: Vec<String> = vec![package["main"].as_str().unwrap().to_string()];
    let contributes = &package["contributes"];
    named.push(
        contributes["grammars"][0]["path"]
            .as_str()
            .unwrap()
            .to_string(),
    );
    named.push(
        contributes["languages"][0]["configuration"]
            .as_str()
            .unwrap()
            .to_string(),
    );
    let required = Regex::new(r"require\('([^']+)'\)").unwrap();
    for script in ["extension.js", "client.js"] {
        let script = text(&format!("extension/{script}"));
        for module in required.captures_iter(&script) {
            match &module[1] {
                "vscode" | "child_process" => {}
                own => named.push(format!("{own}.js")),
            }
        }
    }
    for name in named {
        let name = format!("extension/{}", name.trim_start_matches("./"));
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for name in names.iter().filter(|name| name.ends_with(".json")) {
        let parsed: Result<Value, _> = serde_json::from_str(&text(name));
        assert!(parsed.is_ok(), "{name}");
    }
}
