//! `segrule fmt`

use super::Exit;
use super::args::RuleArgs;
use super::host::{Failure, Host};
use segrule::format::format_checked;
use segrule::report::patch::unified_diff;
use segrule::say;
use segrule::workspace::{replace_file, rule_texts};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// Rule files or folders; the same as --rules
    paths: Vec<PathBuf>,

    #[command(flatten)]
    rules: RuleArgs,

    /// Changes nothing; exit code 1 when a file would change
    #[arg(long)]
    check: bool,

    /// Shows the changes, and makes none
    #[arg(long)]
    diff: bool,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let paths = args.rules.paths_or(&args.paths, host);
    let mut would_change = false;
    let mut is_broken = false;
    for (path, text) in rule_texts(&paths)? {
        let shown = path.display();
        let formatted = match format_checked(&text) {
            Ok(formatted) => formatted,
            Err(reason) => {
                is_broken = true;
                host.remark(&say!(
                    "{shown}: left as it is: {reason}",
                    "{shown}：保持原样：{reason}"
                ));
                continue;
            }
        };
        if formatted == text {
            continue;
        }
        would_change = true;
        if args.diff {
            host.print(&unified_diff(&path.to_string_lossy(), &text, &formatted))?;
        } else if args.check {
            host.print(&format!("{shown}\n"))?;
        } else {
            replace_file(&path, &formatted)?;
        }
    }
    let is_dry = args.check || args.diff;
    Ok(if is_broken || is_dry && would_change {
        Exit::Findings
    } else {
        Exit::Clean
    })
}
