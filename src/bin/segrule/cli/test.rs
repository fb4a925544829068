//! `segrule test`

use super::Exit;
use super::args::{RuleArgs, TimeArgs};
use super::host::{Failure, Host};
use clap::ValueEnum;
use segrule::report::tests::{to_json, to_junit, to_text};
use segrule::report::verdict::Surroundings;
use segrule::ruletest::{Outcome, run_tests};
use segrule::workspace::Workspace;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the results are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let clock = args.time.clock(host)?;
    let paths = args.rules.paths(host, false);
    let workspace = Workspace::load(&paths, &args.rules.params(), &host.config, None, None)?;
    if workspace.has_errors() {
        return Err(Failure::Rules(workspace.sources, workspace.diagnostics));
    }
    let outcomes = run_tests(&workspace.rules, &clock)?;
    let around = Surroundings {
        rules: &workspace.rules,
        sources: &workspace.sources,
        zone: &clock.zone,
    };
    match args.format {
        Format::Text => host.print(&to_text(&outcomes, around, host.lang))?,
        Format::Json => host.print(&to_json(&outcomes, around))?,
        Format::Junit => host.print(&to_junit(&outcomes, around, host.lang))?,
    }
    Ok(if outcomes.iter().all(Outcome::has_passed) {
        Exit::Clean
    } else {
        Exit::Findings
    })
}
