//! The pages of diagnostic codes: each says what it means in two languages, with examples that are true.
//!
//! A page has an English part and, after a line `---`, a Chinese one; each part has a block `seg bad`
//! that gives the code and nothing else, and a block `seg good` that gives nothing (notes of other codes
//! aside). Contacts that an example is held against stand in a block `csv contacts`. What cannot be
//! printed is written in the signs `⟨ ⟩`: `⟨U+200B⟩` a character, `⟨FF FE⟩` bytes, `⟨129 × not ⟩` so
//! many copies.

use super::layers::root;
use segrule::data::Input;
use segrule::diag::{Code, Diagnostic, Fix, Severity};
use segrule::value::{Clock, Instant, Zone};
use segrule::workspace::{Config, RunOptions, Workspace};
use std::path::Path;

/// The schema of examples that define none.
const SCHEMA: &str = r#"schema contact {
  id:          id
  region:      region aka 所在地
  age:         int 0..150 aka 年龄
  device:      one of (android, ios) aka 设备
  last_active: datetime aka 最近活跃
  birthday:    date aka 生日
  last_visit:  text aka 最近访问
  nickname:    text aka 昵称
  tags:        list of text separated by ";" aka 标签
  orders:      int 0..
  spend:       decimal(2) aka 消费
  blocked:     bool aka 已拉黑
}
"#;

/// The bytes that an example stands for.
fn expand(example: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (index, part) in example.split(['⟨', '⟩']).enumerate() {
        if index % 2 == 0 {
            bytes.extend(part.as_bytes());
        } else if let Some(number) = part.strip_prefix("U+") {
            let number = u32::from_str_radix(number, 16).unwrap();
            let character = char::from_u32(number).unwrap();
            bytes.extend(character.to_string().as_bytes());
        } else if let Some((count, text)) = part.split_once(" × ") {
            bytes.extend(text.repeat(count.parse().unwrap()).as_bytes());
        } else {
            let byte = |word: &str| u8::from_str_radix(word, 16).unwrap();
            bytes.extend(part.split(' ').map(byte));
        }
    }
    bytes
}

/// What a rule file with this text gives; two list files stand beside it. Codes that are off by default are
/// on for their own page; notes are told on their own page only.
fn found(folder: &Path, name: &str, example: &str, contacts: Option<&str>) -> Vec<Diagnostic> {
    let has_schema = example.contains("schema ") || example.contains("档案 ");
    let mut bytes = expand(example);
    if !has_schema {
        bytes.extend(b"\n");
        bytes.extend(SCHEMA.as_bytes());
    }
    let file = folder.join("page.seg");
    std::fs::write(&file, bytes).unwrap();
    std::fs::write(folder.join("staff.csv"), "a1\na2\n").unwrap();
    std::fs::write(folder.join("empty.csv"), "").unwrap();
    let params = indexmap::IndexMap::new();
    let config = match Code::named(name).is_some_and(Code::is_opt_in) {
        true => {
            let text = format!("[levels]\n{name} = \"warning\"\n");
            std::fs::write(folder.join("segrule.toml"), text).unwrap();
            let config = Config::find(folder).unwrap();
            std::fs::remove_file(folder.join("segrule.toml")).unwrap();
            config
        }
        false => Config::default(),
    };
    let mut workspace = Workspace::load(&[file], &params, &config, None, None).unwrap();
    let clock = Clock {
        now: Instant(1_795_000_000_000),
        zone: Zone::utc(),
    };
    match contacts {
        None => {
            workspace.analyze(&clock, &config.levels);
        }
        Some(contacts) => {
            let path = folder.join("contacts.csv");
            std::fs::write(&path, expand(contacts)).unwrap();
            let input = Input {
                paths: vec![path],
                ..Input::default()
            };
            let options = RunOptions {
                clock,
                max_rejects: None,
                threads: None,
                progress: None,
            };
            workspace
                .analyze_with(&config.levels, &input, &options)
                .unwrap();
        }
    }
    let mut found = workspace.diagnostics;
    found.retain(|found| found.severity > Severity::Note || found.code.name() == name);
    found
}

fn codes(found: &[Diagnostic]) -> Vec<&'static str> {
    found.iter().map(|found| found.code.name()).collect()
}

/// The fixes that the bad examples of a code are offered.
pub fn fixes_of_examples(folder: &Path, code: Code) -> Vec<Fix> {
    let mut fixes = Vec::new();
    for part in code.page().split("\n---\n") {
        let contacts = block(part, "csv contacts");
        let example = block(part, "seg bad").unwrap();
        for found in found(folder, code.name(), example, contacts) {
            fixes.extend(found.fixes);
        }
    }
    fixes
}

/// The text of the one block with this heading.
fn block<'a>(part: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = part.split_once(&format!("\n```{heading}\n"))?;
    rest.split_once("\n```").map(|(text, _)| text)
}

/// What is wrong with one part of a page.
fn wrong_part(folder: &Path, name: &str, part: &str) -> Option<String> {
    let Some(bad) = block(part, "seg bad") else {
        return Some(format!("{name}: no block `seg bad`"));
    };
    let Some(good) = block(part, "seg good") else {
        return Some(format!("{name}: no block `seg good`"));
    };
    let contacts = block(part, "csv contacts");
    let found = codes(&found(folder, name, bad, contacts));
    if found.is_empty() || found.iter().any(|code| *code != name) {
        return Some(format!("{name}: the bad example gives {found:?}:\n{bad}"));
    }
    let found = codes(&self::found(folder, name, good, contacts));
    (!found.is_empty()).then(|| format!("{name}: the good example gives {found:?}:\n{good}"))
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

#[test]
fn every_code_has_a_page_whose_examples_are_true() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = Vec::new();
    for code in Code::ALL {
        let (name, page) = (code.name(), code.page());
        if !page.starts_with(&format!("# {name}\n\n")) {
            wrong.push(format!("{name}: the page does not start with its code"));
        }
        let Some((english, chinese)) = page.split_once("\n---\n") else {
            wrong.push(format!("{name}: no Chinese part"));
            continue;
        };
        let prose = chinese.split("```").step_by(2).collect::<String>();
        if !is_chinese(&prose) {
            wrong.push(format!("{name}: the Chinese part is not Chinese"));
        }
        for part in [english, chinese] {
            wrong.extend(wrong_part(folder.path(), name, part));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_is_the_page_of_a_code() {
    for entry in std::fs::read_dir(root().join("docs/diagnostics")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(Code::named(&name).is_some(), "{}", path.display());
    }
}

#[test]
fn examples_say_what_cannot_be_printed() {
    assert_eq!(
        expand("a⟨U+200B⟩b⟨FF FE⟩⟨3 × x ⟩"),
        b"a\xE2\x80\x8Bb\xFF\xFEx x x "
    );
}
