//! Applies fixes to rule files, or shows them.

use super::host::{Failure, Host};
use segrule::diag::{Edit, Phrase};
use segrule::report::patch::unified_diff;
use segrule::say;
use segrule::source::SourceId;
use segrule::workspace::{Workspace, replace_file};
use std::collections::BTreeMap;

/// Applies the safe fixes (or prints them as a diff); whether there was any.
pub fn apply(workspace: &Workspace, is_diff: bool, host: &Host) -> Result<bool, Failure> {
    let mut edits: BTreeMap<SourceId, Vec<&Edit>> = BTreeMap::new();
    for diagnostic in &workspace.diagnostics {
        let safe = diagnostic.fixes.iter().find(|fix| fix.safe);
        for edit in safe.iter().flat_map(|fix| &fix.edits) {
            edits.entry(edit.span.source).or_default().push(edit);
        }
    }
    let mut has_changed = false;
    for (id, edits) in edits {
        let Some(source) = workspace.sources.get(id) else {
            continue;
        };
        let fixed = apply_edits(source.text(), edits);
        if *fixed == **source.text() {
            continue;
        }
        has_changed = true;
        let path = source.path();
        if is_diff {
            host.print(&unified_diff(
                &path.to_string_lossy(),
                source.text(),
                &fixed,
            ))?;
        } else {
            replace_file(path, &fixed)?;
            host.remark(&fixed_message(path));
        }
    }
    Ok(has_changed)
}

fn fixed_message(path: &std::path::Path) -> Phrase {
    let path = path.display();
    say!("fixed {path}", "已修复 {path}")
}

/// Applies edits from the end of the text backwards; an edit that overlaps one already applied is
/// left for the next run.
fn apply_edits(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    edits.dedup_by(|a, b| a.span == b.span && a.text == b.text);
    let mut fixed = text.to_string();
    let mut limit = text.len();
    for edit in edits.into_iter().rev() {
        let range = edit.span.range();
        if range.end <= limit
            && text.is_char_boundary(range.start)
            && text.is_char_boundary(range.end)
        {
            limit = range.start;
            fixed.replace_range(range, &edit.text);
        }
    }
    fixed
}
