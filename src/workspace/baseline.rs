//! Turns findings into a file of known ones, and leaves known ones out.
//!
//! Invariants: a finding is known by its code, the item it stands in and the text of its lines, so
//! that it is known again when lines move, and is new when its lines change; what keeps an item from
//! being used is never left out.

use super::files::{read_limited, replace_file};
use super::{Workspace, WorkspaceError};
use crate::diag::{Code, Diagnostic, Severity};
use crate::name::Name;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{Ident, Item};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::Path;

/// No sensible baseline is larger.
const LARGEST_BASELINE_BYTES: u64 = 64 << 20;

/// Characters of the finding's line that a baseline shows.
const SHOWN_CHARACTERS: usize = 80;

/// A finding as a baseline keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What it is known by.
    pub fingerprint: String,
    /// How many findings look like this.
    pub count: usize,
    /// Its code.
    pub code: String,
    /// The file it was in, for people.
    pub file: String,
    /// The item it was in, such as `segment vip`, for people.
    pub item: String,
    /// The start of its line, for people.
    pub text: String,
}

/// Findings that were there before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    known: IndexMap<String, Known>,
}

/// What leaving known findings out came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Findings that were known and are left out.
    pub known: usize,
    /// Known findings that are gone; `count` says how many.
    pub resolved: Vec<Known>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    version: u32,
    findings: Vec<Known>,
}

impl Baseline {
    /// The findings of checked rules; errors are none.
    pub fn of(workspace: &Workspace) -> Baseline {
        let mut known: IndexMap<String, Known> = IndexMap::new();
        let found = workspace.diagnostics.iter();
        for diagnostic in found.filter(|found| is_finding(found.code)) {
            let finding = finding(workspace, diagnostic);
            let entry = known.entry(finding.fingerprint.clone());
            entry.or_insert(finding).count += 1;
        }
        Baseline { known }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// The file cannot be read or is no baseline.
    pub fn read(path: &Path) -> Result<Baseline, WorkspaceError> {
        let bytes = read_limited(path, LARGEST_BASELINE_BYTES)?;
        let document: Result<Document, _> = serde_json::from_slice(&bytes);
        let shown = path.display();
        match document {
            Ok(document) if document.version == 1 => {
                let mut known: IndexMap<String, Known> = IndexMap::new();
                for each in document.findings {
                    let count = each.count;
                    let none = Known { count: 0, ..each };
                    let entry = known.entry(none.fingerprint.clone()).or_insert(none);
                    entry.count = entry.count.saturating_add(count);
                }
                Ok(Baseline { known })
            }
            Ok(document) => {
                let version = document.version;
                Err(WorkspaceError::new(say!(
                    "{shown}: a baseline of version {version}; this tool reads version 1",
                    "{shown}：基线文件的版本是 {version}，本工具只能读取版本 1"
                )))
            }
            Err(error) => Err(WorkspaceError::new(say!(
                "{shown}: no baseline: {error}",
                "{shown}：不是基线文件：{error}"
            ))),
        }
    }

    /// Writes it, one finding a line, so that changes of it read well.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write(&self, path: &Path) -> Result<(), WorkspaceError> {
        let mut all: Vec<&Known> = self.known.values().collect();
        all.sort_by_key(|known| (&known.file, &known.item, &known.code, &known.fingerprint));
        let mut text = String::from("{\"version\":1,\"findings\":[");
        for (index, known) in all.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            let line = serde_json::to_string(known).unwrap_or_default();
            let _ = write!(text, "{comma}\n{line}");
        }
        text.push_str("\n]}\n");
        match path.exists() {
            true => replace_file(path, &text),
            false => std::fs::write(path, text).map_err(|error| WorkspaceError::io(path, &error)),
        }
    }

    /// How many findings it has.
    pub fn len(&self) -> usize {
        self.known.values().map(|known| known.count).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Leaves the known findings out of what there is to say; `keeps` says which stay nevertheless.
    pub fn leave_out(
        &self,
        workspace: &mut Workspace,
        keeps: impl Fn(&Workspace, &Diagnostic) -> bool,
    ) -> Compared {
        let mut left: IndexMap<&str, usize> = IndexMap::new();
        left.extend(
            self.known
                .values()
                .map(|each| (each.fingerprint.as_str(), each.count)),
        );
        let mut compared = Compared::default();
        let mut kept = Vec::with_capacity(workspace.diagnostics.len());
        for diagnostic in std::mem::take(&mut workspace.diagnostics) {
            let is_known = is_finding(diagnostic.code) && {
                let print = finding(workspace, &diagnostic).fingerprint;
                let open = left.get_mut(print.as_str()).filter(|open| **open > 0);
                open.map(|open| *open -= 1).is_some()
            };
            if is_known && !keeps(workspace, &diagnostic) {
                compared.known += 1;
            } else {
                kept.push(diagnostic);
            }
        }
        workspace.diagnostics = kept;
        for (print, count) in left.into_iter().filter(|(_, count)| *count > 0) {
            let known = self.known.get(print).cloned();
            compared
                .resolved
                .extend(known.map(|known| Known { count, ..known }));
        }
        compared
    }
}

/// Whether a code only says that something is probably not meant.
fn is_finding(code: Code) -> bool {
    code.severity() != Severity::Error
}

/// A finding as a baseline keeps it, not counted yet.
fn finding(workspace: &Workspace, diagnostic: &Diagnostic) -> Known {
    let span = diagnostic.span();
    let code = diagnostic.code.name();
    let item = item_at(workspace, span);
    let lines = lines_of(workspace, span);
    let mut hash = Sha256::new();
    for part in [code, item.as_str(), lines.as_str()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let digest = hash.finalize();
    let fingerprint = digest.iter().take(12).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let source = workspace.sources.get(span.source);
    let path = source.map_or(String::new(), |source| {
        source.path().to_string_lossy().replace('\\', "/")
    });
    Known {
        fingerprint,
        count: 0,
        code: code.to_string(),
        file: path,
        item,
        text: lines.chars().take(SHOWN_CHARACTERS).collect(),
    }
}

/// The text of the lines of a span, with single blanks.
fn lines_of(workspace: &Workspace, span: Span) -> String {
    let Some(source) = workspace.sources.get(span.source) else {
        return String::new();
    };
    let first = source.line_column(span.start as usize).line;
    let last = source.line_column(span.end as usize).line;
    let lines = (first..=last).map(|line| source.line(line));
    let words = lines.flat_map(str::split_whitespace);
    words.collect::<Vec<_>>().join(" ")
}

/// The item that a span stands in, such as `segment vip`; empty between items.
fn item_at(workspace: &Workspace, span: Span) -> String {
    let file = workspace.files.get(span.source.0 as usize);
    let items = file.map_or(&[][..], |(_, file)| &file.items);
    // Items stand in the order of the text.
    let before = items.partition_point(|item| item.span().start <= span.start);
    let item = before.checked_sub(1).and_then(|at| items.get(at));
    let around = item.filter(|item| span.end <= item.span().end);
    around.map_or(String::new(), shown)
}

fn shown(item: &Item) -> String {
    let named = |kind: &str, ident: &Ident| format!("{kind} {}", Name::new(&ident.text));
    match item {
        Item::Schema(item) => named("schema", &item.name),
        Item::Segment(item) => named("segment", &item.name),
        Item::List(item) => named("list", &item.name),
        Item::Param(item) => named("param", &item.name),
        Item::Hierarchy(item) => named("hierarchy", &item.name),
        Item::Platform(item) => named("platform", &item.name),
        Item::Campaign(item) => named("campaign", &item.name),
        Item::Test(item) => format!("test {:?}", item.title.value),
    }
}
