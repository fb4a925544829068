//! The command line in Chinese: its help, its manual and what is wrong with arguments. Names of verbs
//! and options, codes and JSON stay the same.

mod words;
mod wrong;

pub use wrong::message;

use clap::{Arg, ArgAction, Command};
use std::ffi::OsString;
use words::WORDS;

const TEMPLATE: &str = "{before-help}{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The Chinese for a text of the help; the text itself when there is none.
fn chinese(text: &str) -> &str {
    let found = WORDS.iter().find(|(english, _)| *english == text);
    found.map_or(text, |(_, chinese)| chinese)
}

/// Gives a command and its verbs Chinese help.
pub fn translated(command: Command) -> Command {
    let path = command.get_name().to_string();
    verb(command, &path)
}

fn verb(command: Command, path: &str) -> Command {
    let about = command.get_about().map(ToString::to_string);
    let usage = usage(&command, path);
    let has_verbs = command.has_subcommands();
    let mut command = command
        .about(chinese(&about.unwrap_or_default()).to_string())
        .version(env!("CARGO_PKG_VERSION"))
        .help_template(TEMPLATE)
        .override_usage(usage)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .disable_version_flag(true)
        .disable_help_subcommand(true)
        .mut_args(argument)
        .arg(
            Arg::new("help")
                .short('h')
                .long("help")
                .action(ArgAction::Help)
                .help_heading("选项")
                .help(chinese("Print help")),
        )
        .arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help_heading("选项")
                .help(chinese("Print version")),
        )
        .mut_subcommands(|inner| {
            let path = format!("{path} {}", inner.get_name());
            verb(inner, &path)
        });
    if has_verbs {
        command = command.after_help(format!("“{path} 命令 --help”显示一个命令的帮助"));
    }
    command
}

/// The usage line: what clap writes, in Chinese.
fn usage(command: &Command, path: &str) -> String {
    let mut words = vec![path.to_string(), "[选项]".to_string()];
    for argument in command.get_positionals() {
        let names = argument.get_value_names().unwrap_or_default();
        let name = names.first().map_or("", |name| name.as_str());
        let is_several = argument
            .get_num_args()
            .is_some_and(|count| count.max_values() > 1)
            || matches!(argument.get_action(), ArgAction::Append);
        let dots = if is_several { "..." } else { "" };
        words.push(match argument.is_required_set() {
            true => format!("<{name}>{dots}"),
            false => format!("[{name}]{dots}"),
        });
    }
    if command.has_subcommands() {
        words.push("<命令>".to_string());
    }
    words.join(" ")
}

/// An argument with its help, default and possible values in Chinese.
fn argument(argument: Arg) -> Arg {
    let help = argument.get_help().map(ToString::to_string);
    let mut text = chinese(&help.unwrap_or_default()).to_string();
    let takes_value = argument.get_action().takes_values();
    let defaults: Vec<String> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy().into_owned())
        .collect();
    if takes_value && !defaults.is_empty() {
        text += &format!(" [默认：{}]", defaults.join("、"));
    }
    let possible: Vec<String> = match takes_value {
        true => argument.get_possible_values(),
        false => Vec::new(),
    }
    .iter()
    .map(|value| value.get_name().to_string())
    .collect();
    if !possible.is_empty() {
        text += &format!(" [可选：{}]", possible.join("、"));
    }
    let heading = if argument.is_positional() {
        "参数"
    } else {
        "选项"
    };
    let argument = argument
        .help(text)
        .long_help(None::<&str>)
        .help_heading(heading);
    match takes_value {
        true => argument.hide_default_value(true).hide_possible_values(true),
        false => argument,
    }
}

/// `segrule help VERB` as `segrule VERB --help`: the verb `help` that clap makes is in English.
pub fn with_help_flag(mut arguments: Vec<OsString>) -> Vec<OsString> {
    let is_word = |argument: &OsString| !argument.to_string_lossy().starts_with('-');
    let mut words = arguments.iter().enumerate().skip(1);
    let first = words.find(|(at, argument)| {
        let is_language = arguments
            .get(at - 1)
            .is_some_and(|before| before == "--lang");
        is_word(argument) && !is_language
    });
    if let Some((at, word)) = first
        && word == "help"
    {
        arguments.remove(at);
        arguments.push("--help".into());
    }
    arguments
}

/// The headings of a manual page.
const HEADINGS: [(&str, &str); 8] = [
    ("NAME", "名称"),
    ("SYNOPSIS", "用法"),
    ("DESCRIPTION", "说明"),
    ("OPTIONS", "选项"),
    ("SUBCOMMANDS", "命令"),
    ("EXTRA", "其他"),
    ("VERSION", "版本"),
    ("ARGUMENTS", "参数"),
];

/// A manual page with Chinese headings.
pub fn manual(page: &str) -> String {
    let lines = page.lines().map(|line| {
        let heading = line.strip_prefix(".SH ");
        let found = heading.and_then(|heading| {
            let heading = heading.trim_matches('"');
            HEADINGS.iter().find(|(english, _)| *english == heading)
        });
        found.map_or(line.to_string(), |(_, chinese)| format!(".SH {chinese}"))
    });
    lines.map(|line| line + "\n").collect()
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::{WORDS, translated};
    use clap::{Command, CommandFactory};
    use std::collections::BTreeSet;

    /// What a command and its verbs say of themselves.
    fn texts(command: &Command, all: &mut BTreeSet<String>) {
        all.extend(command.get_about().map(ToString::to_string));
        for argument in command.get_arguments() {
            all.extend(argument.get_help().map(ToString::to_string));
        }
        for verb in command.get_subcommands() {
            texts(verb, all);
        }
    }

    #[test]
    fn every_text_of_the_help_has_chinese_and_nothing_else_does() {
        let mut all = BTreeSet::from(["Print help".to_string(), "Print version".to_string()]);
        texts(&Cli::command(), &mut all);
        let known: BTreeSet<String> = WORDS.iter().map(|(text, _)| text.to_string()).collect();
        assert_eq!(known.len(), WORDS.len(), "a text stands twice");
        let missing: Vec<_> = all.difference(&known).collect();
        let dead: Vec<_> = known.difference(&all).collect();
        assert!(
            missing.is_empty() && dead.is_empty(),
            "add to src/bin/segrule/cli/chinese/words.rs: {missing:#?}\ntake out of it: {dead:#?}"
        );
    }

    fn helps(command: &mut Command, all: &mut Vec<String>) {
        all.push(command.render_long_help().to_string());
        let names: Vec<String> = command
            .get_subcommands()
            .map(|verb| verb.get_name().to_string())
            .collect();
        for name in names {
            helps(command.find_subcommand_mut(&name).unwrap(), all);
        }
    }

    #[test]
    fn the_chinese_help_has_no_english_of_the_parser() {
        let mut command = translated(Cli::command());
        command.build();
        let mut all = Vec::new();
        helps(&mut command, &mut all);
        assert!(all.len() > 15);
        for help in all {
            for word in [
                "Usage",
                "Options",
                "Commands",
                "Arguments",
                "[default",
                "ossible",
                "Print",
            ] {
                assert!(!help.contains(word), "{word} in {help}");
            }
        }
    }

    #[test]
    fn both_languages_take_the_same_arguments() {
        let lines: [&[&str]; 6] = [
            &["segrule", "count", "a", "b", "--where", "x = 1"],
            &["segrule", "check", "rules", "--format", "sarif"],
            &["segrule", "schema", "infer", "--data", "a.csv"],
            &["segrule", "prove", "a implies b", "--lang", "zh"],
            &["segrule", "prove"],
            &["segrule", "count", "--nonsense"],
        ];
        for line in lines {
            let english = Cli::command().try_get_matches_from(line);
            let chinese = translated(Cli::command()).try_get_matches_from(line);
            assert_eq!(
                english.map_err(|error| error.kind()).map(|_| ()),
                chinese.map_err(|error| error.kind()).map(|_| ())
            );
        }
    }
}
