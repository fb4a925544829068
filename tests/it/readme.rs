//! The two front pages: their commands run, and print what is shown.

use super::layers::root;
use std::path::Path;
use std::process::Command;

const PAGES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// The blocks of a page, without their fences.
fn blocks(page: &str) -> Vec<&str> {
    let blocks = page.split("```").skip(1).step_by(2);
    blocks.map(|block| block.trim_start_matches('\n')).collect()
}

/// The exit code of a command and what it wrote to both outputs.
fn run(folder: &Path, arguments: &[String]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_segrule"))
        .args(arguments)
        .current_dir(folder)
        .env("LC_ALL", "C")
        .env_remove("LANG")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8_lossy(&text).into_owned())
}

/// The arguments of a command line of a page, with single quotes as a shell reads them.
fn arguments(line: &str) -> Option<Vec<String>> {
    let rest = line
        .strip_prefix("segrule ")
        .or_else(|| line.strip_prefix("cargo run --release -- "))?;
    let mut arguments = Vec::new();
    for (index, part) in rest.split('\'').enumerate() {
        if index % 2 == 1 {
            arguments.push(part.to_string());
        } else {
            arguments.extend(part.split_whitespace().map(str::to_string));
        }
    }
    Some(arguments)
}

#[test]
fn every_command_of_the_front_pages_runs() {
    for name in PAGES {
        let page = page(name);
        let lines = blocks(&page).into_iter().flat_map(str::lines);
        let commands: Vec<Vec<String>> = lines.filter_map(arguments).collect();
        assert_eq!(commands.len(), 5, "{name}: {commands:?}");
        for command in commands {
            let (code, text) = run(root(), &command);
            assert_eq!(code, 0, "{name}: {command:?}\n{text}");
        }
    }
}

#[test]
fn the_demo_prints_what_the_front_pages_show() {
    for name in PAGES {
        let page = page(name);
        let blocks = blocks(&page);
        let funnel = blocks.iter().find(|block| block.contains(" 5,000 "));
        let funnel = funnel.unwrap();
        assert!(funnel.contains(" 876 "), "{funnel}");
        let command = arguments(blocks[0].trim_end()).unwrap();
        let (_, text) = run(root(), &command);
        assert!(text.contains(funnel), "{name}:\n{text}");
    }
}

#[test]
fn the_first_plan_is_what_the_front_pages_show() {
    for name in PAGES {
        let page = page(name);
        let blocks = blocks(&page);
        let at = blocks
            .iter()
            .position(|block| block.starts_with("segrule plan"))
            .unwrap();
        let command = arguments(blocks[at].trim_end()).unwrap();
        let (code, text) = run(root(), &command);
        assert_eq!(code, 0);
        assert!(text.contains(blocks[at + 1]), "{name}:\n{text}");
    }
}

#[test]
fn a_typing_mistake_gives_what_the_front_pages_show() {
    for (name, heads, lang) in [
        (PAGES[0], ["schema contact", "unknown-field"], "en"),
        (PAGES[1], ["档案 联系人", "unknown-field"], "zh"),
    ] {
        let page = page(name);
        let blocks = blocks(&page);
        let [rules, shown] = heads.map(|head| {
            let block = blocks.iter().find(|block| block.starts_with(head));
            *block.unwrap()
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("first.seg"), rules).unwrap();
        let command = ["check", "first.seg", "--lang", lang].map(str::to_string);
        let (code, text) = run(folder.path(), &command);
        assert_eq!(code, 1, "{text}");
        assert!(text.starts_with(shown), "{name}:\n{text}");
    }
}

#[test]
fn the_front_pages_name_the_same_test_command_as_ci_runs() {
    let ci = page(".ci/run");
    for name in PAGES {
        let page = page(name);
        assert!(blocks(&page).contains(&"bash tests/all\n"), "{name}");
    }
    let last = ci.trim_end().lines().last();
    assert_eq!(last, Some("exec bash tests/all"));
}
