//! `segrule diff`

use super::Exit;
use super::args::{DataArgs, RuleArgs, TimeArgs};
use super::host::{Failure, Host};
use segrule::say;
use segrule::value::Clock;
use segrule::workspace::{DiffOptions, OldOrNew, Revision, Workspace, diff};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The old rules: a file, a folder or a git revision
    old: Option<String>,

    /// The new rules [default: those of --rules]
    new: Option<String>,

    /// Only this segment; may be given several times
    #[arg(long = "segment", value_name = "NAME")]
    segments: Vec<String>,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// The new side's now, for the same rules at two times; --now is the old side's
    #[arg(long, value_name = "TIME")]
    then: Option<String>,

    /// Most ids shown of people gained and of people lost
    #[arg(long, value_name = "N", default_value_t = 10)]
    limit: usize,

    /// How the difference is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// Documented and versioned, for programs.
    Json,
    /// For a pull request.
    Markdown,
}

/// Rules of one side with what keeps their files alive.
struct Side {
    workspace: Workspace,
    name: String,
    _revision: Option<Revision>,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    if args.old.is_none() && args.then.is_none() {
        return Err(Failure::Message(say!(
            "give the old rules (a folder or a git revision), or --then TIME for the same rules at two times",
            "请给出旧规则（文件夹或 git 版本）；比较同一规则的两个时刻请用 --then"
        )));
    }
    let clock = args.time.clock(host)?;
    let then = match &args.then {
        Some(text) => args.time.at(text, &clock.zone)?,
        None => clock.now,
    };
    let old = load(args.old.as_deref(), args, host)?;
    let new = load(args.new.as_deref(), args, host)?;
    let every = new.workspace.wanted(&[])?;
    args.time.warn_without_zone(&new.workspace, &every, host);
    let input = match args.data.data.is_empty() {
        true => None,
        false => Some(args.data.input()?),
    };
    let later = Clock {
        now: then,
        zone: clock.zone.clone(),
    };
    let run = args.data.options(&later, host)?;
    let options = DiffOptions {
        segments: &args.segments,
        input: input.as_ref(),
        run: &run,
        most_ids: args.limit,
    };
    let (difference, report) = diff(
        OldOrNew {
            workspace: &old.workspace,
            name: &old.name,
            now: clock.now,
        },
        OldOrNew {
            workspace: &new.workspace,
            name: &new.name,
            now: then,
        },
        &options,
    )?;
    if let Some(report) = report {
        args.data.finish(&report, host)?;
    }
    match args.format {
        Format::Text => host.print(&difference.to_text(host.lang))?,
        Format::Json => host.print(&difference.to_json())?,
        Format::Markdown => host.print(&difference.to_markdown(host.lang))?,
    }
    Ok(
        match (difference.has_changes(), difference.has_undecided()) {
            (true, _) => Exit::Findings,
            (false, true) => Exit::Undecided,
            (false, false) => Exit::Clean,
        },
    )
}

/// The rules at a path or a git revision; those of `--rules` without either.
fn load(given: Option<&str>, args: &Args, host: &Host) -> Result<Side, Failure> {
    let paths = args.rules.paths(host);
    let (paths, revision, name) = match given {
        None => {
            let shown = paths.iter().map(|path| path.display().to_string());
            let name = shown.collect::<Vec<_>>().join(", ");
            (paths, None, name)
        }
        Some(given) if host.folder.join(given).exists() => {
            (vec![PathBuf::from(given)], None, given.to_string())
        }
        Some(given) => {
            let revision = Revision::check_out(given, &host.folder, &paths)?;
            (revision.paths.clone(), Some(revision), given.to_string())
        }
    };
    let input = match args.data.data.is_empty() {
        true => None,
        false => Some(args.data.input()?),
    };
    let mut workspace = Workspace::load(
        &paths,
        &args.rules.params(),
        &host.config,
        input.as_ref(),
        args.data.id.as_deref(),
    )?;
    if let Some(revision) = &revision {
        workspace.sources.rename(|path| revision.shown(path));
    }
    if workspace.has_errors() {
        return Err(Failure::Rules(workspace.sources, workspace.diagnostics));
    }
    Ok(Side {
        workspace,
        name,
        _revision: revision,
    })
}
