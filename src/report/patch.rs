//! Two versions of a file as a unified diff.

use std::fmt::Write;

/// Lines shown around each change.
const CONTEXT_LINES: usize = 3;

/// The changes from `old` to `new` as `diff -u` writes them; empty when there is none.
pub fn unified_diff(path: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let diff = similar::TextDiff::from_lines(old, new);
    let mut out = String::new();
    let _ = write!(
        out,
        "{}",
        diff.unified_diff()
            .context_radius(CONTEXT_LINES)
            .header(path, path)
    );
    out
}
