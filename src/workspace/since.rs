//! Finds the lines of rule files that are not as a git revision has them.

use super::revision::{Git, within};
use super::{Workspace, WorkspaceError};
use crate::source::{SourceId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The lines that changed since a revision, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedLines {
    /// First and last line of each stretch; files that did not change are absent.
    lines: BTreeMap<SourceId, Vec<(u32, u32)>>,
}

impl ChangedLines {
    /// Compares the rule files as they lie in `folder` with a revision. Every line of a file that the
    /// revision lacks has changed.
    ///
    /// # Errors
    /// There is no git, no repository, no such revision, or a file lies outside the repository.
    pub fn since(
        name: &str,
        folder: &Path,
        workspace: &Workspace,
    ) -> Result<ChangedLines, WorkspaceError> {
        let git = Git::new(folder);
        let commit = git.commit(name)?;
        let top = git.top()?;
        let known = listed(
            &git,
            &["ls-tree", "-r", "-z", "--name-only", "--full-tree", &commit],
        )?;
        let changed = listed(
            &git,
            &[
                "diff",
                "--name-only",
                "--no-relative",
                "--no-renames",
                "-z",
                &commit,
            ],
        )?;
        let mut lines = BTreeMap::new();
        for (id, source) in workspace.sources.iter().take(workspace.files.len()) {
            let inside = within(&top, &folder.join(source.path()))?;
            let inside = inside.to_string_lossy().replace('\\', "/");
            if !known.contains(&inside) {
                lines.insert(id, vec![(1, u32::MAX)]);
            } else if changed.contains(&inside) {
                let path = format!(":(top,literal){inside}");
                let patch = git.run(&[
                    "diff",
                    "--unified=0",
                    "--no-color",
                    "--no-ext-diff",
                    "--no-renames",
                    &commit,
                    "--",
                    &path,
                ])?;
                lines.insert(id, patch.lines().filter_map(stretch).collect());
            }
        }
        Ok(ChangedLines { lines })
    }

    /// Whether a span has a changed line.
    pub fn touch(&self, workspace: &Workspace, span: Span) -> bool {
        let Some(stretches) = self.lines.get(&span.source) else {
            return false;
        };
        let Some(source) = workspace.sources.get(span.source) else {
            return false;
        };
        let first = source.line_column(span.start as usize).line;
        let last = source.line_column(span.end as usize).line;
        stretches
            .iter()
            .any(|(from, to)| *from <= last && first <= *to)
    }
}

/// Paths that git writes, each ended by a zero byte.
fn listed(git: &Git, arguments: &[&str]) -> Result<BTreeSet<String>, WorkspaceError> {
    let text = git.run(arguments)?;
    let paths = text.split('\0').filter(|path| !path.is_empty());
    Ok(paths.map(str::to_string).collect())
}

/// The new lines of a header `@@ -3,2 +3,4 @@`; none when lines were only taken away.
fn stretch(line: &str) -> Option<(u32, u32)> {
    let (_, rest) = line.strip_prefix("@@ -")?.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let (start, count) = match new.split_once(',') {
        Some((start, count)) => (start.parse().ok()?, count.parse().ok()?),
        None => (new.parse().ok()?, 1u32),
    };
    let last = count.checked_sub(1)?;
    Some((start, u32::saturating_add(start, last)))
}

#[cfg(test)]
mod tests {
    use super::stretch;

    #[test]
    fn headers_name_the_new_lines() {
        assert_eq!(stretch("@@ -3,2 +3,4 @@ segment a"), Some((3, 6)));
        assert_eq!(stretch("@@ -1 +1 @@"), Some((1, 1)));
        assert_eq!(stretch("@@ -4,2 +3,0 @@"), None);
        assert_eq!(stretch("+@@ -4,2 +3,1 @@"), None);
    }
}
