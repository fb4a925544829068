//! What changed between two versions of the rules, as Markdown for a pull request.
//!
//! Invariants: nothing from rules can end a code span, a block of code or a cell of a table; no contact
//! of the data is named, only made-up ones.

use super::diff::{Difference, Kind, Moves, SegmentChange, Shown};
use super::grouped;
use crate::diag::{Lang, escape_controls};
use crate::say;
use std::fmt::Write;

impl Difference {
    /// A table of the segments that change, then each with its clauses and examples.
    pub fn to_markdown(&self, lang: Lang) -> String {
        let (old, new) = (code(&self.old.rules), code(&self.new.rules));
        let mut out = say!(
            "### Rules: {old} → {new}\n\n",
            "### 规则：{old} → {new}\n\n"
        )
        .get(lang)
        .to_string();
        for line in self.definition_lines(lang) {
            let _ = writeln!(out, "- {}", text(&line));
        }
        let told: Vec<&SegmentChange> =
            self.segments.iter().filter(|each| each.is_told()).collect();
        if !told.is_empty() {
            out.push_str(&table(&told, lang));
        }
        for change in told {
            section(&mut out, change, lang);
        }
        let _ = writeln!(out, "\n{}", self.summary().get(lang));
        out
    }
}

fn table(told: &[&SegmentChange], lang: Lang) -> String {
    let has_data = told.iter().any(|change| change.data.is_some());
    let head = match has_data {
        true => say!(
            "| segment | change | before | after | gained | lost |\n|---|---|--:|--:|--:|--:|\n",
            "| 人群 | 变化 | 之前 | 之后 | 增加 | 减少 |\n|---|---|--:|--:|--:|--:|\n"
        ),
        false => say!(
            "| segment | change |\n|---|---|\n",
            "| 人群 | 变化 |\n|---|---|\n"
        ),
    };
    let mut out = format!("\n{}", head.get(lang));
    for change in told {
        let name = code(&change.name).replace('|', "\\|");
        let kind = change.kind.phrase();
        let remark = change.remark(lang, code).replace('|', "\\|");
        let _ = write!(out, "| {name} | {}{remark} |", kind.get(lang));
        if has_data {
            let data = change.data.clone().unwrap_or_default();
            let Moves {
                old,
                new,
                gained,
                lost,
                ..
            } = data;
            for number in [old, new, gained, lost] {
                let _ = write!(out, " {} |", grouped(number));
            }
        }
        out.push('\n');
    }
    out
}

/// What changes in one segment; nothing for one that is simply new or gone.
fn section(out: &mut String, change: &SegmentChange, lang: Lang) {
    if matches!(change.kind, Kind::Added | Kind::Removed) {
        return;
    }
    let name = code(&change.name);
    let (en, zh) = (change.kind.phrase().en, change.kind.phrase().zh);
    let headline = say!("\n#### {name}: {en}\n\n", "\n#### {name}：{zh}\n\n");
    out.push_str(headline.get(lang));
    let clauses: Vec<String> = change
        .marked_clauses()
        .into_iter()
        .map(|(mark, clause)| {
            // `!` is what readers of differences colour as changed.
            let mark = if mark == '~' { '!' } else { mark };
            format!("{mark} {}\n", escape_controls(clause))
        })
        .collect();
    if !clauses.is_empty() {
        let clauses = clauses.concat();
        let fence = "`".repeat(longest_run(&clauses).max(2) + 1);
        let _ = writeln!(out, "{fence}diff\n{clauses}{fence}\n");
    }
    for moved in &change.moved_by {
        let _ = writeln!(out, "- {}", moved.phrase(code).get(lang));
    }
    let examples = [
        (&change.lost_example, say!("could leave", "可能离开")),
        (&change.gained_example, say!("could come", "可能加入")),
    ];
    for (example, label) in examples {
        if let Some(example) = example {
            let (en, zh) = (&label.en, &label.zh);
            let (contact, cells) = (text(&example.to_line(lang)), cells(example, lang));
            let line = say!(
                "- {en}: {contact} ({cells})\n",
                "- {zh}：{contact}（{cells}）\n"
            );
            out.push_str(line.get(lang));
        }
    }
}

/// The cells of a made-up contact.
fn cells(example: &Shown, lang: Lang) -> String {
    if example.cells.is_empty() {
        let nothing = say!("every cell missing", "所有字段均缺失");
        return nothing.get(lang).to_string();
    }
    let cells = example.cells.iter();
    let cells: Vec<String> = cells
        .map(|(field, value)| format!("{field} = {value}"))
        .collect();
    code(&cells.join(", "))
}

/// Text as a code span.
fn code(text: &str) -> String {
    let text = escape_controls(text).replace('\n', " ");
    let ticks = "`".repeat(longest_run(&text) + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{ticks} {text} {ticks}"),
        false => format!("{ticks}{text}{ticks}"),
    }
}

/// The longest run of backquotes.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|sign| sign != '`');
    runs.map(str::len).max().unwrap_or(0)
}

/// Text in which no sign means anything to Markdown.
fn text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for sign in text.chars() {
        if "\\`*_{}[]<>|#@!~&".contains(sign) {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

impl SegmentChange {
    /// Whether there is something to tell.
    pub(super) fn is_told(&self) -> bool {
        let has_moved = self
            .data
            .as_ref()
            .is_some_and(|data| data.gained + data.lost > 0);
        self.kind != Kind::Equal || has_moved
    }
}

#[cfg(test)]
mod tests {
    use super::{code, text};

    #[test]
    fn nothing_ends_a_code_span_early() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a ` b"), "``a ` b``");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(text("<b> @all"), "\\<b\\> \\@all");
    }
}
