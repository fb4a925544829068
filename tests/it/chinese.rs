//! The command line in Chinese, from outside.

use super::cli::{Run, folder, run, run_in};

fn is_han(text: &str) -> bool {
    text.chars()
        .any(|sign| ('\u{4e00}'..='\u{9fff}').contains(&sign))
}

fn chinese(arguments: &[&str]) -> Run {
    run(&[arguments, &["--lang", "zh"]].concat())
}

/// The verbs that a help lists.
fn verbs(help: &str) -> Vec<String> {
    let listed = help.split("\n命令:\n").nth(1).unwrap_or("");
    let lines = listed.lines().take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.split_whitespace().next().map(String::from))
        .collect()
}

/// Every line of the help of a verb, and of those below it, that says something has Chinese.
fn read_help(path: &[&str], count: &mut usize) {
    for flag in ["-h", "--help"] {
        let found = chinese(&[path, &[flag]].concat());
        assert_eq!((found.code, found.err.as_str()), (0, ""));
        for line in found.out.lines().filter(|line| !line.trim().is_empty()) {
            // An option on a line of its own is followed by what it says.
            let is_name =
                line.trim_start().starts_with(['-', '<', '[']) && !line.trim().contains("  ");
            assert!(
                is_han(line) || is_name,
                "`segrule {} {flag}` has a line without Chinese (src/bin/segrule/cli/chinese/words.rs): {line}",
                path.join(" ")
            );
            *count += 1;
        }
        if flag == "--help" {
            for verb in verbs(&found.out) {
                read_help(&[path, &[verb.as_str()]].concat(), count);
            }
        }
    }
}

#[test]
fn the_help_of_every_verb_is_in_chinese() {
    let mut count = 0;
    read_help(&[], &mut count);
    assert!(count > 500, "{count}");
    let found = chinese(&["man"]);
    assert!(found.out.contains(".SH 选项"), "{}", found.out);
    assert!(!found.out.contains("Print help"), "{}", found.out);
    let found = run(&["man", "schema"]);
    for title in [".TH segrule-schema 1", ".TH segrule-schema-infer 1"] {
        assert!(found.out.contains(title), "{}", found.out);
    }
}

#[test]
fn what_is_wrong_with_arguments_is_told_in_chinese() {
    let cases: [(&[&str], &str); 9] = [
        (&["count", "--dat", "a.csv"], "没有参数 --dat"),
        (&["cuont"], "没有命令 cuont"),
        (
            &["check", "--format", "xml"],
            "--format <FORMAT> 的值“xml”无效",
        ),
        (
            &["count", "--max-rejects", "many"],
            "的值“many”无效：应为百分数，如 0.1%",
        ),
        (
            &["count", "--set", "x"],
            "的值“x”无效：应为 NAME=VALUE 的形式",
        ),
        (&["plan"], "缺少参数 <NAME>"),
        (&["test", "--force"], "缺少参数 --suggest、--output <FILE>"),
        (&["select", "a", "b"], "没有参数 b"),
        (
            &["count", "--now", "1", "--now", "2"],
            "--now <TIME> 只能给出一次",
        ),
    ];
    for (arguments, wanted) in cases {
        let found = chinese(arguments);
        assert_eq!((found.code, found.out.as_str()), (2, ""), "{}", found.err);
        let first = found.err.lines().next().unwrap();
        assert!(
            first.starts_with("错误：") && first.contains(wanted),
            "{}",
            found.err
        );
        assert_eq!(run(arguments).code, 2);
        assert!(run(arguments).err.starts_with("error: "));
    }
    assert!(chinese(&["cuont"]).err.contains("是不是 count？"));
    assert!(
        chinese(&["check", "--format", "xml"])
            .err
            .contains("可选：text、json")
    );
}

#[test]
fn the_language_of_the_help_comes_from_the_configuration_too() {
    let place = folder(&[("segrule.toml", "lang = \"zh\"\n")]);
    assert!(
        run_in(place.path(), &["count", "-h"])
            .out
            .contains("用法：segrule count")
    );
    assert!(
        run_in(place.path(), &["count", "-h", "--lang=en"])
            .out
            .contains("Usage: segrule count")
    );
}

#[test]
fn help_is_a_verb_as_well() {
    for (asked, flag) in [
        (&["help"][..], &["--help"][..]),
        (&["help", "count"], &["count", "--help"]),
        (&["help", "schema", "infer"], &["schema", "infer", "--help"]),
    ] {
        for lang in ["zh", "en"] {
            let language = ["--lang", lang];
            let found = run(&[&language[..], asked].concat());
            let same = run(&[&language[..], flag].concat());
            assert_eq!((found.code, &found.out), (0, &same.out), "{asked:?}");
        }
    }
    let found = run(&["--lang", "zh", "help", "cuont"]);
    assert_eq!(found.code, 2);
    assert!(found.err.contains("是不是 count"), "{}", found.err);
}
