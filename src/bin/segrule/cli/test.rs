//! `segrule test`

use super::Exit;
use super::args::{RuleArgs, TimeArgs, Told};
use super::host::{Failure, Host};
use super::output::finish;
use super::watch::watch;
use clap::ValueEnum;
use segrule::data::write::Target;
use segrule::diag::Lang;
use segrule::report::coverage::{CoverageReport, Percent};
use segrule::report::tests::{Beside, to_json, to_junit, to_text};
use segrule::report::verdict::Surroundings;
use segrule::ruletest::{Outcome, run_tests};
use segrule::say;
use segrule::value::{Clock, parse_decimal};
use segrule::workspace::{CoverOptions, Covered, Workspace, cover};
use std::io::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// Shows which clauses no test hangs on, each way
    #[arg(long)]
    coverage: bool,

    /// Fails when less is covered than this share of the clauses
    #[arg(long, value_name = "PERCENT", value_parser = parse_min)]
    min: Option<u64>,

    /// Prints tests for clauses that are not covered
    #[arg(long)]
    suggest: bool,

    /// Looks only at the clauses of this segment; may be given several times
    #[arg(long = "segment", value_name = "NAME")]
    segments: Vec<String>,

    /// The file the suggested tests are written to [default: standard output]
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        requires = "suggest"
    )]
    output: Option<PathBuf>,

    /// Replaces an existing file
    #[arg(long, requires = "output")]
    force: bool,

    /// How the results are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Runs the tests again whenever a file changes
    #[arg(long, conflicts_with_all = ["suggest", "output"])]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Junit,
}

/// Reads `90`, `90%` or `92.5` as hundredths of a per cent.
fn parse_min(text: &str) -> Result<u64, Told> {
    let units = parse_decimal(text.strip_suffix('%').unwrap_or(text), 2);
    units
        .and_then(|units| u64::try_from(units).ok())
        .filter(|units| *units <= 10_000)
        .ok_or_else(|| Told(say!("a share such as 90", "百分数，如 90")))
}

pub fn run(args: &Args, lang: Option<Lang>, host: &Host) -> Result<Exit, Failure> {
    match args.watch {
        true => watch(lang, |host| args.rules.paths(host), |host| test(args, host)),
        false => test(args, host),
    }
}

fn test(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let clock = args.time.clock(host)?;
    let paths = args.rules.paths(host);
    let workspace = Workspace::load(&paths, &args.rules.params(), &host.config, None, None)?;
    if workspace.has_errors() {
        return Err(Failure::Rules(workspace.sources, workspace.diagnostics));
    }
    let outcomes = run_tests(&workspace.rules, &clock)?;
    let covered = covered(args, host, &workspace, &clock)?;
    let around = Surroundings {
        rules: &workspace.rules,
        sources: &workspace.sources,
        zone: &clock.zone,
    };
    let report = covered.as_ref().map(|covered| &covered.report);
    let suggested = covered.as_ref().map(|covered| covered.suggested.as_str());
    let beside = Beside {
        coverage: report.filter(|_| args.coverage || args.min.is_some()),
        min: args.min,
        suggested: suggested.filter(|_| args.suggest && args.output.is_none()),
    };
    let has_passed = outcomes.iter().all(Outcome::has_passed);
    match args.format {
        Format::Text => {
            let results = to_text(&outcomes, around, host.lang);
            match (args.suggest, has_passed) {
                // Standard output is for the suggested tests alone.
                (true, false) => host.remark_text(&results),
                (true, true) => {}
                (false, _) => host.print(&results)?,
            }
            if let Some(coverage) = beside.coverage {
                let style = host.output_style();
                host.print_or_remark(&coverage.to_text(&workspace.sources, style), !args.suggest)?;
            }
        }
        Format::Json => host.print(&to_json(&outcomes, around, beside))?,
        Format::Junit => host.print(&to_junit(&outcomes, around, beside, host.lang))?,
    }
    if let Some(covered) = covered.as_ref().filter(|_| args.suggest) {
        hand_out(args, host, covered)?;
    }
    let is_enough = is_enough(args, host, report);
    Ok(match has_passed && is_enough {
        true => Exit::Clean,
        false => Exit::Findings,
    })
}

fn covered(
    args: &Args,
    host: &Host,
    workspace: &Workspace,
    clock: &Clock,
) -> Result<Option<Covered>, Failure> {
    if !args.coverage && !args.suggest && args.min.is_none() {
        return Ok(None);
    }
    let options = CoverOptions {
        clock,
        segments: &args.segments,
        lang: host.lang,
    };
    Ok(Some(cover(workspace, &options)?))
}

/// Writes the suggested tests, and tells what they do.
fn hand_out(args: &Args, host: &Host, covered: &Covered) -> Result<(), Failure> {
    let text = covered.suggested.as_bytes();
    if args.output.is_some() || args.format == Format::Text {
        let mut target = Target::open(args.output.as_deref(), args.force)?;
        target
            .write_all(text)
            .map_err(|error| super::host::output_failure(&error))?;
        finish(target)?;
    }
    let (before, after) = (covered.report.percent, covered.with_suggested.percent);
    host.remark(&match text.is_empty() {
        true => say!(
            "coverage is {before}: there is nothing to suggest",
            "覆盖率为 {before}：没有可建议的测试"
        ),
        false => say!(
            "coverage: {before}, with these tests {after}",
            "覆盖率：{before}，加上这些测试后为 {after}"
        ),
    });
    host.remark_text(&covered.with_suggested.rest(host.lang));
    Ok(())
}

/// Whether enough is covered; tells when it is not.
fn is_enough(args: &Args, host: &Host, report: Option<&CoverageReport>) -> bool {
    let (Some(min), Some(report)) = (args.min, report) else {
        return true;
    };
    let is_enough = report.reaches(min);
    if !is_enough {
        let (found, wanted) = (report.percent, Percent(Some(min)));
        host.remark(&say!(
            "coverage is {found}, less than {wanted}",
            "覆盖率为 {found}，低于 {wanted}"
        ));
    }
    is_enough
}
