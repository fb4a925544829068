//! Turns the fixes of diagnostics into new texts of rule files.
//!
//! Invariants: a fix is applied as a whole or not at all, and never over another one; fixes are applied
//! until nothing changes, round by round, each round checked anew; a fix that leaves any file with more
//! errors than before is left out; nothing is written here.

use super::{Levels, Workspace, WorkspaceError};
use crate::diag::{Code, Diagnostic, Edit, Fix};
use crate::source::{SourceId, Span};
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Rounds of fixing; each may make room for fixes that overlapped.
const MOST_ROUNDS: usize = 100;

/// Which fixes are applied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Which {
    /// Those whose meaning is certain.
    Safe,
    /// Also those that a person should look at.
    All,
}

/// What fixing came to.
#[derive(Debug)]
pub struct Repair {
    /// The files whose text changes, in their order.
    pub files: Vec<Repaired>,
    /// Fixes applied.
    pub applied: usize,
    /// Fixes left out, because they would have made new errors.
    pub refused: usize,
    /// The rules with the new texts.
    pub workspace: Workspace,
}

/// A file with its old and new text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// The file.
    pub path: PathBuf,
    /// The text that was read.
    pub before: Arc<str>,
    /// The text with the fixes.
    pub after: String,
}

/// Applies fixes until nothing changes. `examine` adds to freshly checked rules whatever else is to be
/// found and fixed.
///
/// # Errors
/// Those of `examine`.
pub fn repair(
    start: &Workspace,
    which: Which,
    levels: &Levels,
    examine: &mut dyn FnMut(&mut Workspace) -> Result<(), WorkspaceError>,
) -> Result<Repair, WorkspaceError> {
    let mut look = |texts: &IndexMap<SourceId, String>| {
        let mut workspace = start.with_texts(texts, levels);
        examine(&mut workspace)?;
        Ok::<_, WorkspaceError>(workspace)
    };
    let mut texts: IndexMap<SourceId, String> = IndexMap::new();
    let mut workspace = look(&texts)?;
    let mut limits = Limits::new(start);
    let mut applied = 0;
    for _ in 0..MOST_ROUNDS {
        let round = Round::choose(&workspace, which, &limits);
        if round.fixes.is_empty() {
            break;
        }
        let mut next = texts.clone();
        for (id, edits) in &round.edits {
            if let Some(source) = workspace.sources.get(*id) {
                next.insert(*id, edited(source.text(), edits));
            }
        }
        let candidate = look(&next)?;
        if has_more_errors(&workspace, &candidate) {
            limits.narrow(&round);
        } else {
            applied += round.fixes.len();
            (texts, workspace) = (next, candidate);
        }
    }
    let files = start.sources.iter().filter_map(|(id, source)| {
        let after = texts.get(&id).filter(|after| ***after != **source.text())?;
        Some(Repaired {
            path: source.path().to_path_buf(),
            before: Arc::clone(source.text()),
            after: after.clone(),
        })
    });
    Ok(Repair {
        files: files.collect(),
        applied,
        refused: limits.refused.len(),
        workspace,
    })
}

/// What rounds must leave alone.
struct Limits {
    /// Files whose text was cut at a bad byte: it is not the file's.
    cut: BTreeSet<SourceId>,
    /// Fixes that make errors.
    refused: BTreeSet<Mark>,
    /// Fixes of one round.
    most_fixes: usize,
}

/// What a fix is known by when its place has moved.
type Mark = (SourceId, Code, String);

fn mark(diagnostic: &Diagnostic) -> Mark {
    let place = diagnostic.span().source;
    (place, diagnostic.code, diagnostic.message.en.clone())
}

impl Limits {
    fn new(start: &Workspace) -> Limits {
        let cut = start.broken.iter().map(|broken| broken.span().source);
        Limits {
            cut: cut.collect(),
            refused: BTreeSet::new(),
            most_fixes: usize::MAX,
        }
    }

    /// After a round that made errors: half of it next time, until the one fix that makes them is
    /// found.
    fn narrow(&mut self, round: &Round) {
        match round.fixes.as_slice() {
            [one] => {
                self.refused.insert(mark(one));
                self.most_fixes = usize::MAX;
            }
            fixes => self.most_fixes = fixes.len() / 2,
        }
    }
}

/// The fixes of one round, which do not touch each other.
#[derive(Default)]
struct Round<'w> {
    edits: BTreeMap<SourceId, Vec<&'w Edit>>,
    /// What they fix.
    fixes: Vec<&'w Diagnostic>,
    /// Stretches taken, by file: start and end.
    taken: BTreeMap<SourceId, BTreeMap<u32, u32>>,
}

impl<'w> Round<'w> {
    fn choose(workspace: &'w Workspace, which: Which, limits: &Limits) -> Round<'w> {
        let mut round = Round::default();
        for diagnostic in &workspace.diagnostics {
            let Some(fix) = best(diagnostic, which) else {
                continue;
            };
            let is_free = |edit: &Edit| {
                !limits.cut.contains(&edit.span.source)
                    && fits(workspace, edit.span)
                    && !round.has_taken(edit.span)
            };
            if !fix.edits.iter().all(is_free) || limits.refused.contains(&mark(diagnostic)) {
                continue;
            }
            for edit in &fix.edits {
                let Span { source, start, end } = edit.span;
                round.taken.entry(source).or_default().insert(start, end);
                round.edits.entry(source).or_default().push(edit);
            }
            round.fixes.push(diagnostic);
            if round.fixes.len() == limits.most_fixes {
                break;
            }
        }
        round
    }

    /// Whether a stretch overlaps or adjoins one of those taken.
    fn has_taken(&self, span: Span) -> bool {
        let here = self.taken.get(&span.source);
        let before = here.and_then(|here| here.range(..=span.end).next_back());
        before.is_some_and(|(_, end)| *end >= span.start)
    }
}

/// The fix of a diagnostic that is applied: a safe one before others.
fn best(diagnostic: &Diagnostic, which: Which) -> Option<&Fix> {
    let safe = diagnostic.fixes.iter().find(|fix| fix.safe);
    let any = match which {
        Which::Safe => None,
        Which::All => diagnostic.fixes.first(),
    };
    safe.or(any).filter(|fix| !fix.edits.is_empty())
}

fn fits(workspace: &Workspace, span: Span) -> bool {
    let source = workspace.sources.get(span.source);
    source.is_some_and(|source| source.text().get(span.range()).is_some())
}

/// The text after edits that do not touch each other.
fn edited(text: &str, edits: &[&Edit]) -> String {
    let mut edits: Vec<&&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        out.push_str(text.get(at..range.start).unwrap_or(""));
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}

/// Whether any file has more errors than before, be it one that was not changed.
fn has_more_errors(before: &Workspace, after: &Workspace) -> bool {
    let (before, after) = (errors(before), errors(after));
    let known = |id: &SourceId| before.get(id).copied().unwrap_or(0);
    after.iter().any(|(id, count)| *count > known(id))
}

fn errors(workspace: &Workspace) -> BTreeMap<SourceId, usize> {
    let mut errors = BTreeMap::new();
    for diagnostic in workspace
        .diagnostics
        .iter()
        .filter(|found| found.is_error())
    {
        *errors.entry(diagnostic.span().source).or_default() += 1;
    }
    errors
}
