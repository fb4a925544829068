//! One file a verb; what they share is the arguments ([`args`]) and the world outside ([`host`]).

pub mod args;
mod check;
mod chinese;
mod classify;
mod compare;
mod completions;
mod count;
mod deps;
mod diff;
mod explain;
mod fix;
mod fmt;
mod funnel;
pub mod host;
mod lsp;
mod man;
mod output;
mod plan;
mod prove;
mod questions;
mod schema;
mod select;
mod show;
mod test;
mod watch;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
pub use host::Host;
use segrule::diag::Lang;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

/// A small language and tool for choosing who gets a message.
#[derive(Parser)]
#[command(
    name = "segrule",
    version,
    about,
    max_term_width = 100,
    propagate_version = true
)]
pub struct Cli {
    /// Language of messages: en or zh [default: segrule.toml, then the locale]
    #[arg(long, global = true, value_name = "LANG", value_parser = args::parse_lang)]
    lang: Option<Lang>,

    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Checks rule files: syntax, names, types, values
    Check(check::Args),
    /// Counts the members of segments, exactly
    Count(count::Args),
    /// Writes the members of a segment
    Select(select::Args),
    /// Writes the segments of every contact
    Classify(classify::Args),
    /// Shows what each clause of a segment removes
    Funnel(funnel::Args),
    /// Plans a campaign: who gets it when, within the platform's limits
    Plan(plan::Args),
    /// Compares a campaign over every platform that can carry it
    Compare(compare::Args),
    /// Shows what comes with segrule
    Show(show::Args),
    /// Explains a diagnostic code, why a contact is in or out, or who is in for want of a value
    Explain(explain::Args),
    /// Shows what segments and campaigns read, or who reads something
    Deps(deps::Args),
    /// Compares two versions of the rules: what changed, who is gained and lost
    Diff(diff::Args),
    /// Proves a claim about segments, or shows a contact that breaks it
    Prove(prove::Args),
    /// Answers expressions one after the other: contacts stay in memory
    Repl(super::repl::Args),
    /// Runs the tests in rule files
    Test(test::Args),
    /// Works with schemas
    Schema(schema::Args),
    /// Lays rule files out in one way, comments kept
    Fmt(fmt::Args),
    /// Serves an editor: the language server, over standard input and output
    Lsp(lsp::Args),
    /// Prints a completion script for a shell
    Completions(completions::Args),
    /// Prints the manual page
    Man(man::Args),
}

/// Verbs that look at contacts only when they are told to.
const WITHOUT_DATA: [&str; 1] = ["diff"];

/// Contact files as the default of every verb that takes some.
fn with_data(command: clap::Command, data: &[PathBuf]) -> clap::Command {
    if data.is_empty() || WITHOUT_DATA.contains(&command.get_name()) {
        return command;
    }
    let takes_data = |arg: &clap::Arg| arg.get_long() == Some("data");
    let command = command.mut_args(|arg| match takes_data(&arg) {
        true => arg.default_values(data.iter().map(|path| path.as_os_str().to_os_string())),
        false => arg,
    });
    command.mut_subcommands(|verb| with_data(verb, data))
}

/// How a run ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0: nothing to report.
    Clean,
    /// 1: rule errors, failed tests, files that `fmt --check` would change.
    Findings,
    /// 2: wrong usage, files or data that cannot be read.
    Failure,
    /// 3: neither proved nor disproved.
    Undecided,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        match exit {
            Exit::Clean => ExitCode::SUCCESS,
            Exit::Findings => ExitCode::from(1),
            Exit::Failure => ExitCode::from(2),
            Exit::Undecided => ExitCode::from(3),
        }
    }
}

/// Runs the command line of this process.
pub fn run() -> Exit {
    let cli = match parsed() {
        Ok(cli) => cli,
        Err(exit) => return exit,
    };
    let host = match Host::new(cli.lang) {
        Ok(host) => host,
        Err(failure) => return host::report_early(&failure),
    };
    let result = match cli.verb {
        Verb::Check(args) => check::run(&args, cli.lang, &host),
        Verb::Count(args) => count::run(&args, &host),
        Verb::Select(args) => select::run(&args, &host),
        Verb::Classify(args) => classify::run(&args, &host),
        Verb::Funnel(args) => funnel::run(&args, &host),
        Verb::Plan(args) => plan::run(&args, &host),
        Verb::Compare(args) => compare::run(&args, &host),
        Verb::Show(args) => show::run(&args, &host),
        Verb::Explain(args) => explain::run(&args, &host),
        Verb::Deps(args) => deps::run(&args, &host),
        Verb::Diff(args) => diff::run(&args, &host),
        Verb::Prove(args) => prove::run(&args, &host),
        Verb::Repl(args) => super::repl::run(&args, &host),
        Verb::Test(args) => test::run(&args, cli.lang, &host),
        Verb::Schema(args) => schema::run(args, &host),
        Verb::Fmt(args) => fmt::run(&args, &host),
        Verb::Lsp(args) => lsp::run(&args, &host),
        Verb::Completions(args) => completions::run(&args, &host),
        Verb::Man(args) => man::run(&args, &host),
    };
    result.unwrap_or_else(|failure| host.report(&failure))
}

/// The command line's description in one language.
pub fn described(lang: Lang) -> clap::Command {
    match lang {
        Lang::En => Cli::command(),
        Lang::Zh => chinese::translated(Cli::command()),
    }
}

/// The arguments of this process, or how it ends when they do not fit or ask for help.
fn parsed() -> Result<Cli, Exit> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let lang = host::language_of(&arguments);
    let command = with_data(described(lang), &host::default_data());
    let arguments = match lang {
        Lang::En => arguments,
        Lang::Zh => chinese::with_help_flag(arguments),
    };
    let matches = command.try_get_matches_from(arguments);
    let cli = matches.and_then(|matches| {
        limit_threads(&matches);
        Cli::from_arg_matches(&matches)
    });
    let error = match cli {
        Ok(cli) => return Ok(cli),
        Err(error) => error,
    };
    match chinese::message(&error).filter(|_| lang == Lang::Zh) {
        Some(message) => host::complain(&message),
        None => {
            let _ = error.print();
        }
    }
    Err(match error.use_stderr() {
        true => Exit::Failure,
        false => Exit::Clean,
    })
}

/// `--threads` is for everything that runs side by side, not only for reading.
fn limit_threads(matches: &ArgMatches) {
    let of_verb = matches
        .subcommand()
        .and_then(|(_, matches)| matches.try_get_one::<usize>("threads").ok().flatten());
    if let Some(&threads) = of_verb {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1));
        // Nothing has run side by side yet, so there is no pool that this could come too late for.
        let _ = pool.build_global();
    }
}

#[cfg(test)]
mod tests {
    use super::{Cli, with_data};
    use clap::{CommandFactory, FromArgMatches};

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn contacts_of_the_configuration_are_a_default() {
        let command = with_data(Cli::command(), &["a.csv".into()]);
        command.clone().debug_assert();
        let data = |arguments: &[&str]| {
            let matches = command.clone().try_get_matches_from(arguments).ok()?;
            Cli::from_arg_matches(&matches).ok()?;
            let (_, verb) = matches.subcommand()?;
            let paths = verb.get_many::<std::path::PathBuf>("data")?;
            Some(
                paths
                    .map(|path| path.display().to_string())
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(data(&["segrule", "count"]), Some(vec!["a.csv".to_string()]));
        assert_eq!(
            data(&["segrule", "count", "--data", "b.csv"]),
            Some(vec!["b.csv".to_string()])
        );
        assert_eq!(data(&["segrule", "diff", "a", "b"]), None);
    }
}
