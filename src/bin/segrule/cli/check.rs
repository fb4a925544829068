//! `segrule check`

use super::Exit;
use super::args::{DataArgs, RuleArgs, TimeArgs};
use super::host::{Failure, Host};
use clap::ValueEnum;
use segrule::diag::{Diagnostic, Severity, render_text};
use segrule::report::diagnostics::{to_github, to_json, to_junit, to_sarif};
use segrule::say;
use segrule::workspace::Workspace;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// Rule files or folders; the same as --rules
    paths: Vec<PathBuf>,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How findings are written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,

    /// Makes warnings fail the check
    #[arg(long, value_enum, value_name = "WHAT")]
    deny: Option<Deny>,

    /// Applies the safe fixes to the files
    #[arg(long)]
    fix: bool,

    /// Shows what --fix would change, and changes nothing
    #[arg(long)]
    diff: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
    Sarif,
    Junit,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let paths = match args.paths.is_empty() {
        true => args.rules.paths(host, false),
        false => args.paths.clone(),
    };
    let workspace = load(&paths, args, host)?;
    if args.fix || args.diff {
        let fixed = super::fix::apply(&workspace, args.diff, host)?;
        if args.diff {
            return Ok(if fixed { Exit::Findings } else { Exit::Clean });
        }
        let workspace = load(&paths, args, host)?;
        return finish(&workspace, args, host);
    }
    finish(&workspace, args, host)
}

fn load(paths: &[PathBuf], args: &Args, host: &Host) -> Result<Workspace, Failure> {
    let input = match args.data.data.is_empty() {
        true => None,
        false => Some(args.data.input()?),
    };
    let clock = args.time.clock(host)?;
    let mut workspace = Workspace::load(
        paths,
        &args.rules.params(),
        &host.config,
        input.as_ref(),
        args.data.id.as_deref(),
    )?;
    let unproved = workspace.analyze(&clock, &host.config.levels);
    if unproved > 0 {
        host.remark(&say!(
            "note: {unproved} segments were not analysed in full: the rules are large",
            "提示：规则较多，有 {unproved} 个人群未完整分析"
        ));
    }
    Ok(workspace)
}

fn finish(workspace: &Workspace, args: &Args, host: &Host) -> Result<Exit, Failure> {
    let (diagnostics, sources) = (&workspace.diagnostics, &workspace.sources);
    match args.format {
        Format::Text => {
            host.print(&render_text(diagnostics, sources, host.output_style()))?;
            host.remark(&summary(workspace));
        }
        Format::Json => host.print(&to_json(diagnostics, sources, host.lang))?,
        Format::Github => host.print(&to_github(diagnostics, sources, host.lang))?,
        Format::Sarif => host.print(&to_sarif(diagnostics, sources, host.lang))?,
        Format::Junit => host.print(&to_junit(diagnostics, sources, host.lang))?,
    }
    let limit = match args.deny {
        Some(Deny::Warnings) => Severity::Warning,
        None => Severity::Error,
    };
    Ok(if workspace.has(limit) {
        Exit::Findings
    } else {
        Exit::Clean
    })
}

fn summary(workspace: &Workspace) -> segrule::diag::Phrase {
    let count = |severity| {
        let of = |diagnostic: &&Diagnostic| diagnostic.severity == severity;
        workspace.diagnostics.iter().filter(of).count()
    };
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let files = workspace.sources.len();
    let segments = workspace.rules.segments.len();
    say!(
        "checked {segments} segments in {files} files: {errors} errors, {warnings} warnings",
        "检查了 {files} 个文件中的 {segments} 个人群：{errors} 个错误，{warnings} 个警告"
    )
}
