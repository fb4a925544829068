//! `segrule check`

use super::Exit;
use super::args::{DataArgs, RuleArgs, TimeArgs};
use super::fix;
use super::host::{Failure, Host};
use super::watch::watch;
use clap::ValueEnum;
use segrule::data::{Input, LoadReport};
use segrule::diag::{Diagnostic, Lang, Severity, render_text};
use segrule::report::annotations::{to_github, to_gitlab, to_junit};
use segrule::report::diagnostics::to_json;
use segrule::report::plural;
use segrule::report::sarif::to_sarif;
use segrule::say;
use segrule::workspace::{
    Baseline, ChangedLines, Compared, Levels, Revision, RunOptions, Which, Workspace,
    WorkspaceError, repair,
};
use std::path::{Path, PathBuf};

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

    /// Only findings on lines changed since a git revision, and findings that are new since then
    #[arg(long, value_name = "GIT_REF", conflicts_with_all = ["fix", "diff"])]
    since: Option<String>,

    /// Leaves out the findings recorded in a file, and tells which of them are gone
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff"])]
    baseline: Option<PathBuf>,

    /// Records the findings in a file for --baseline
    #[arg(long, value_name = "FILE", conflicts_with_all = ["fix", "diff", "baseline", "since"])]
    write_baseline: Option<PathBuf>,

    /// With --fix or --diff: also the fixes that a person should look at
    #[arg(long, alias = "unsafe")]
    unsafe_fixes: bool,

    /// Checks again whenever a file changes
    #[arg(long, conflicts_with_all = ["fix", "diff", "write_baseline"])]
    watch: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
    Github,
    Gitlab,
    Sarif,
    Junit,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Deny {
    Warnings,
}

pub fn run(args: &Args, lang: Option<Lang>, host: &Host) -> Result<Exit, Failure> {
    if !args.watch {
        return check(args, host);
    }
    let rules = |host: &Host| args.rules.paths_or(&args.paths, host);
    let reads = |host: &Host| [rules(host), args.data.data.clone()].concat();
    watch(lang, reads, |host| check(args, host))
}

fn check(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let paths = args.rules.paths_or(&args.paths, host);
    let examiner = Examiner::new(args, host)?;
    let mut workspace = load(&paths, args, host)?;
    if !args.fix && !args.diff {
        if args.unsafe_fixes {
            return Err(Failure::Message(say!(
                "--unsafe-fixes goes with --fix or --diff",
                "--unsafe-fixes 须与 --fix 或 --diff 同用"
            )));
        }
        let (unproved, report) = examiner.examine(&mut workspace)?;
        if unproved > 0 {
            let were = plural(unproved as u64, "segment was", "segments were");
            host.remark(&say!(
                "note: {unproved} {were} not analysed in full: the rules are large",
                "提示：规则较多，有 {unproved} 个人群未完整分析"
            ));
        }
        if let Some(report) = report {
            args.data.finish(&report, host)?;
        }
        return known(workspace, &paths, &examiner, args, host);
    }
    let which = match args.unsafe_fixes {
        true => Which::All,
        false => Which::Safe,
    };
    let mut examine = |workspace: &mut Workspace| examiner.examine(workspace).map(|_| ());
    let repair = repair(&workspace, which, examiner.levels, &mut examine)?;
    if args.diff {
        fix::show(&repair, host)?;
        return Ok(match repair.files.is_empty() {
            true => Exit::Clean,
            false => Exit::Findings,
        });
    }
    fix::write(&repair, host)?;
    finish(&repair.workspace, args, host)
}

fn load(paths: &[PathBuf], args: &Args, host: &Host) -> Result<Workspace, Failure> {
    let input = args.data.given()?;
    Ok(Workspace::load(
        paths,
        &args.rules.params(),
        &host.config,
        input.as_ref(),
        args.data.id.as_deref(),
    )?)
}

/// What findings hang on besides the rules.
struct Examiner<'a> {
    levels: &'a Levels,
    input: Option<Input>,
    options: RunOptions,
    /// Whether the findings are all that is asked for afterwards.
    is_last: bool,
}

impl<'a> Examiner<'a> {
    fn new(args: &Args, host: &'a Host) -> Result<Examiner<'a>, Failure> {
        let clock = args.time.clock(host)?;
        let input = args.data.given()?;
        let mut paths = input.iter().flat_map(|input| &input.paths);
        if paths.any(|path| path.as_os_str() == "-") {
            return Err(Failure::Message(say!(
                "check reads the contacts more than once: give a file instead of -",
                "check 会多次读取联系人：请给出文件，而不是 -"
            )));
        }
        Ok(Examiner {
            levels: &host.config.levels,
            input,
            options: args.data.options(&clock, host)?,
            is_last: !args.fix
                && !args.diff
                && args.since.is_none()
                && args.baseline.is_none()
                && args.write_baseline.is_none(),
        })
    }

    /// Adds what analysis finds, and what the contacts show.
    fn examine(
        &self,
        workspace: &mut Workspace,
    ) -> Result<(usize, Option<LoadReport>), WorkspaceError> {
        match &self.input {
            None if self.is_last => {
                let unproved = workspace.analyze_last(&self.options.clock, self.levels);
                Ok((unproved, None))
            }
            None => Ok((workspace.analyze(&self.options.clock, self.levels), None)),
            Some(input) => workspace.analyze_with(self.levels, input, &self.options),
        }
    }
}

/// Leaves out what was known before, or records it.
fn known(
    mut workspace: Workspace,
    paths: &[PathBuf],
    examiner: &Examiner,
    args: &Args,
    host: &Host,
) -> Result<Exit, Failure> {
    if let Some(path) = &args.write_baseline {
        let baseline = Baseline::of(&workspace);
        baseline.write(path)?;
        let (count, path) = (baseline.len(), path.display());
        host.remark(&say!(
            "{count} findings recorded in {path}",
            "已把 {count} 个问题记入 {path}"
        ));
        workspace.diagnostics.retain(Diagnostic::is_error);
        return finish(&workspace, args, host);
    }
    if let Some(name) = &args.since {
        let lines = ChangedLines::since(name, &host.folder, &workspace)?;
        let old = before(name, paths, examiner, args, host)?;
        let found = old.leave_out(&mut workspace, |lines_of, found| {
            lines.touch(lines_of, found.span())
        });
        let known = found.known;
        host.remark(&say!(
            "{known} findings were there at {name} already: left out",
            "{known} 个问题在 {name} 时已存在，不再列出"
        ));
    }
    if let Some(path) = &args.baseline {
        let found = Baseline::read(path)?.leave_out(&mut workspace, |_, _| false);
        remark_baseline(&found, path, args.since.is_some(), host);
    }
    let exit = finish(&workspace, args, host);
    if !args.watch {
        // The process ends: taking a large rule set apart would only cost time.
        std::mem::forget(workspace);
    }
    exit
}

/// The findings of the rules as a revision has them; none when it has no such rules.
fn before(
    name: &str,
    paths: &[PathBuf],
    examiner: &Examiner,
    args: &Args,
    host: &Host,
) -> Result<Baseline, Failure> {
    let Ok(revision) = Revision::check_out(name, &host.folder, paths) else {
        return Ok(Baseline::default());
    };
    let mut workspace = load(&revision.paths, args, host)?;
    examiner.examine(&mut workspace)?;
    Ok(Baseline::of(&workspace))
}

fn remark_baseline(found: &Compared, path: &Path, is_part: bool, host: &Host) {
    let (known, path) = (found.known, path.display());
    host.remark(&say!(
        "{known} findings of {path} left out",
        "{known} 个问题已记录在 {path}，不再列出"
    ));
    // What --since left out is not gone.
    if found.resolved.is_empty() || is_part {
        return;
    }
    for each in &found.resolved {
        let (code, file, item) = (&each.code, &each.file, &each.item);
        host.remark(&say!(
            "gone: {code} in {file}, {item}",
            "已解决：{file} 中 {item} 的 {code}"
        ));
    }
    host.remark(&say!(
        "--write-baseline {path} takes the findings that are gone out",
        "用 --write-baseline {path} 可去掉已解决的记录"
    ));
}

fn finish(workspace: &Workspace, args: &Args, host: &Host) -> Result<Exit, Failure> {
    let (diagnostics, sources) = (&workspace.diagnostics, &workspace.sources);
    let limit = match args.deny {
        Some(Deny::Warnings) => Severity::Warning,
        None => Severity::Error,
    };
    match args.format {
        Format::Text => {
            host.print(&render_text(diagnostics, sources, host.output_style()))?;
            host.remark(&summary(workspace));
        }
        Format::Json => host.print(&to_json(diagnostics, sources, host.lang))?,
        Format::Github => host.print(&to_github(diagnostics, sources, host.lang))?,
        Format::Gitlab => host.print(&to_gitlab(diagnostics, sources, host.lang))?,
        Format::Sarif => host.print(&to_sarif(diagnostics, sources, host.lang))?,
        Format::Junit => host.print(&to_junit(diagnostics, sources, host.lang, limit))?,
    }
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
    let notes = count(Severity::Note);
    let (files, segments) = (workspace.sources.len(), workspace.rules.segments.len());
    let number = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let (of_errors, of_warnings) = (number(errors, "error"), number(warnings, "warning"));
    let (en, zh) = match notes {
        0 => (String::new(), String::new()),
        _ => (
            format!(", {}", number(notes, "note")),
            format!("，{notes} 条提示"),
        ),
    };
    let of_files = number(files, "file");
    // How many segments a file with errors has cannot be told: some do not parse.
    if errors > 0 {
        return say!(
            "checked {of_files}: {of_errors}, {of_warnings}{en}",
            "检查了 {files} 个文件：{errors} 个错误，{warnings} 个警告{zh}"
        );
    }
    let of_segments = number(segments, "segment");
    say!(
        "checked {of_segments} in {of_files}: {of_errors}, {of_warnings}{en}",
        "检查了 {files} 个文件中的 {segments} 个人群：{errors} 个错误，{warnings} 个警告{zh}"
    )
}
