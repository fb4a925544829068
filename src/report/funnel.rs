//! What each clause of a segment removed, as text and JSON.

use super::{grouped, percent, plural, to_json_line};
use crate::diag::{Lang, escape_controls};
use crate::say;
use serde::Serialize;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What `funnel` found: everyone, then clause by clause, to the members.
#[derive(Clone, Debug, Serialize)]
pub struct Funnel {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// The segment, or the expression given.
    pub name: String,
    /// Records that are contacts.
    pub contacts: u64,
    /// Records that could not be read at all.
    pub rejected: u64,
    /// Contacts with an invalid cell that the segment reads: out before the first clause.
    pub quarantined: u64,
    /// The clauses in the order written.
    pub clauses: Vec<FunnelClause>,
    /// Who is in.
    pub members: u64,
    /// Members only because a value is missing.
    pub missing_included: u64,
}

/// One clause of a funnel.
#[derive(Clone, Debug, Serialize)]
pub struct FunnelClause {
    /// As written.
    pub clause: String,
    /// Who is left after it.
    pub left: u64,
    /// Whom it removed.
    pub removed: u64,
    /// How many of all contacts (quarantined aside) satisfy it alone.
    pub alone: u64,
}

/// Cells of the drawn bar.
const BAR_CELLS: u64 = 24;
/// Clauses longer than this are cut in the text form.
const LONGEST_CLAUSE_COLUMNS: usize = 48;

impl Funnel {
    /// The documented JSON (`docs/json/funnel.md`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// The name, a line a clause with a bar, and how many are in for want of a value.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = format!("{}\n{}", escape_controls(&self.name), self.to_rows(lang));
        if self.missing_included > 0 {
            let count = grouped(self.missing_included);
            let are = plural(self.missing_included, "is", "are");
            let note = say!(
                "  {count} {are} in only because a value is missing",
                "  其中 {count} 位只因缺失值而入选"
            );
            let _ = writeln!(out, "{}", note.get(lang));
        }
        out
    }

    /// A line a clause with a bar.
    pub fn to_rows(&self, lang: Lang) -> String {
        let start = say!("contacts", "联系人");
        let invalid = say!("without quarantined", "除去被隔离者");
        let mut rows = vec![(start.get(lang).to_string(), self.contacts, 0)];
        if self.quarantined > 0 {
            let left = self.contacts - self.quarantined;
            rows.push((invalid.get(lang).to_string(), left, self.quarantined));
        }
        for clause in &self.clauses {
            rows.push((shortened(&clause.clause), clause.left, clause.removed));
        }
        let width = rows.iter().map(|row| row.0.width()).max().unwrap_or(0);
        let counts = rows
            .iter()
            .map(|row| grouped(row.1).len())
            .max()
            .unwrap_or(0);
        let removals = rows
            .iter()
            .map(|row| grouped(row.2).len() + 1)
            .max()
            .unwrap_or(0);
        let mut out = String::new();
        for (label, left, removed) in &rows {
            let pad = " ".repeat(width - label.width());
            let share = percent(*left, self.contacts);
            let removed = match removed {
                0 => String::new(),
                _ => format!("-{}", grouped(*removed)),
            };
            let left_text = grouped(*left);
            let bar = bar(*left, self.contacts);
            let line = format!(
                "  {label}{pad}  {left_text:>counts$}  {share:>7}  {removed:>removals$}  {bar}"
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out
    }
}

fn bar(part: u64, whole: u64) -> String {
    let cells = (u128::from(part) * u128::from(BAR_CELLS)).div_ceil(u128::from(whole.max(1)));
    "█".repeat(usize::try_from(cells).unwrap_or(0))
}

/// One line of at most so many columns, white space folded.
fn shortened(clause: &str) -> String {
    let line = clause.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = escape_controls(&line);
    if line.width() <= LONGEST_CLAUSE_COLUMNS {
        return line;
    }
    let mut columns = 1;
    let kept: String = line
        .chars()
        .take_while(|character| {
            columns += character.width().unwrap_or(0);
            columns <= LONGEST_CLAUSE_COLUMNS
        })
        .collect();
    kept + "…"
}
