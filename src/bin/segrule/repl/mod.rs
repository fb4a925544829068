//! `segrule repl`: a prompt over contacts that stay in memory.
//!
//! The session ([`segrule::workspace::Session`]) answers; here lines are read, taken apart and printed.

mod command;
mod history;
mod line;
mod prompt;
mod shell;

use super::cli::Exit;
use super::cli::args::{DataArgs, RuleArgs, TimeArgs, load};
use super::cli::host::{Failure, Host};
use segrule::say;
use segrule::workspace::Session;
use shell::{Next, Shell};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

/// The arguments of the verb.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// Where lines typed are kept [default: in the user's data folder]
    #[arg(long, value_name = "FILE")]
    history: Option<PathBuf>,

    /// Keeps no lines
    #[arg(long, conflicts_with = "history")]
    no_history: bool,
}

/// Runs the prompt; without a terminal, the lines of standard input.
pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    if args.data.data.iter().any(|path| path.as_os_str() == "-") {
        return Err(Failure::Message(say!(
            "lines are read from standard input: give --data a file",
            "标准输入用于读取命令：请用 --data 给出文件"
        )));
    }
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let workspace = load(&args.rules, &args.data, host, true)?;
    let options = args.data.options(&clock, host)?;
    let session = Session::load(workspace, &input, &options)?;
    args.data.finish(session.report(), host)?;
    args.time.warn_of_utc(host);
    args.rules.tell_of_unread(&args.data, host);
    let mut shell = Shell::new(session, host);
    let is_terminal = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    match is_terminal {
        true => {
            let file = match args.no_history {
                true => None,
                false => args.history.clone().or_else(history::default_file),
            };
            prompt::run(&mut shell, file)?;
            Ok(Exit::Clean)
        }
        false => piped(&mut shell),
    }
}

/// Answers the lines of standard input, without prompts.
fn piped(shell: &mut Shell) -> Result<Exit, Failure> {
    let mut typed = String::new();
    for read in std::io::stdin().lock().lines() {
        let read = read.map_err(|error| say!("standard input: {error}", "标准输入：{error}"))?;
        if !typed.is_empty() {
            typed.push('\n');
        }
        typed.push_str(&read);
        if line::is_complete(&typed) {
            let whole = std::mem::take(&mut typed);
            if shell.answer(&whole)? == Next::End {
                return Ok(shell.exit());
            }
        }
    }
    shell.answer(&typed)?;
    Ok(shell.exit())
}
