//! Turns pieces of layout into lines: indentation, trailing comments in columns, blank lines.
//!
//! Invariants: a comment ends its line; at most one blank line in a row, none at the start.

use super::token;
use crate::syntax::{Kind, Node};
use unicode_width::UnicodeWidthStr;

/// Comments of longer lines stand right behind them.
const ALIGNED_COLUMNS: usize = 60;

/// One line.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    text: String,
    comment: Option<String>,
    /// The block it belongs to; comments line up within one.
    block: usize,
    /// Broken text: nothing of it is trimmed.
    is_verbatim: bool,
    /// The least column of its comment.
    least: usize,
}

/// Lines while they are laid out.
pub(super) struct Rows<'t> {
    source: &'t str,
    rows: Vec<Row>,
    /// The line being written; `None` between lines.
    open: Option<Row>,
    indent: usize,
    /// Where the last token or comment ended in the source.
    seen: usize,
    block: usize,
    least: usize,
    /// The last token written, with the node it belongs to.
    before: Option<(Kind, Kind)>,
}

impl<'t> Rows<'t> {
    pub(super) fn new(source: &'t str) -> Rows<'t> {
        Rows {
            source,
            rows: Vec::new(),
            open: None,
            indent: 0,
            seen: 0,
            block: 0,
            least: 0,
            before: None,
        }
    }

    /// The last token written, with the node it belongs to; `None` where no space is wanted.
    pub(super) fn before(&self) -> Option<(Kind, Kind)> {
        self.before
    }

    /// Notes the last token written.
    pub(super) fn set_before(&mut self, before: Option<(Kind, Kind)>) {
        self.before = before;
    }

    /// Whether the last line opened a block.
    pub(super) fn is_first_in_block(&self) -> bool {
        let last = self.open.as_ref().or(self.rows.last());
        last.is_some_and(|row| row.text.ends_with('{'))
    }

    /// Ends the line unless a comment follows that still belongs to it.
    pub(super) fn end_after_comment(&mut self, indent: usize, next: Option<Node<'_>>) {
        let is_behind = next.is_some_and(|next| {
            next.kind() == Kind::Comment && !self.breaks_before(next.range().start)
        });
        if !is_behind {
            self.start(indent);
        }
    }

    /// Starts a line.
    pub(super) fn start(&mut self, indent: usize) {
        self.end();
        self.indent = indent;
        self.open = Some(Row {
            text: " ".repeat(indent),
            comment: None,
            block: self.block,
            is_verbatim: false,
            least: self.least,
        });
    }

    /// Ends the line, if one is open.
    pub(super) fn end(&mut self) {
        if let Some(mut row) = self.open.take() {
            if !row.is_verbatim {
                row.text.truncate(row.text.trim_end_matches(' ').len());
            }
            if !row.text.is_empty() || row.comment.is_some() {
                self.rows.push(row);
            }
        }
    }

    /// How many lines are done.
    pub(super) fn count(&self) -> usize {
        self.rows.len()
    }

    /// The lines since there were so many, the open one with them.
    pub(super) fn since(&mut self, first: usize) -> Vec<Row> {
        self.end();
        self.rows.get(first..).unwrap_or(&[]).to_vec()
    }

    /// The lines of an item outside all blocks once more.
    pub(super) fn again(&mut self, lines: &[Row]) {
        self.open = None;
        let (block, least) = (self.block, self.least);
        let lines = lines.iter().cloned();
        self.rows.extend(lines.map(|row| Row {
            block,
            least,
            ..row
        }));
    }

    /// Lines from here on have their comments in columns of their own.
    pub(super) fn new_block(&mut self, least: usize) -> usize {
        self.end();
        self.block += 1;
        std::mem::replace(&mut self.least, least)
    }

    /// How wide the open line is.
    pub(super) fn column(&self) -> usize {
        self.open
            .as_ref()
            .map_or(self.indent, |row| width(&row.text))
    }

    /// Whether nothing but white space is on the open line.
    pub(super) fn is_empty_line(&self) -> bool {
        self.open
            .as_ref()
            .is_none_or(|row| row.text.trim().is_empty())
    }

    /// Writes text that stands for a node.
    pub(super) fn push(&mut self, text: &str, node: Node<'_>) {
        self.write(text);
        self.seen = node.range().end;
    }

    /// Writes text.
    pub(super) fn write(&mut self, text: &str) {
        if self.open.is_none() {
            self.start(self.indent);
        }
        if let Some(row) = &mut self.open {
            row.text.push_str(text);
        }
    }

    /// Writes a space unless the line just started.
    pub(super) fn space(&mut self) {
        if !self.is_empty_line()
            && let Some(row) = &mut self.open
            && !row.text.ends_with(' ')
        {
            row.text.push(' ');
        }
    }

    /// Fills the line with spaces up to a column, at least one.
    pub(super) fn pad(&mut self, column: usize) {
        let missing = column.saturating_sub(self.column()).max(1);
        self.write(&" ".repeat(missing));
    }

    /// Notes how far the source is written.
    pub(super) fn saw(&mut self, end: usize) {
        self.seen = end;
    }

    /// A comment: behind the line it stood on, else on a line of its own. What follows starts a line.
    pub(super) fn comment(&mut self, node: Node<'_>, indent: usize) {
        let text = token::comment(node.text());
        let gap = self.source.get(self.seen..node.range().start).unwrap_or("");
        self.seen = node.range().end;
        let is_behind = !gap.contains('\n') && (self.open.is_some() || !self.rows.is_empty());
        if is_behind {
            self.end();
            if let Some(row) = self.rows.last_mut()
                && row.comment.is_none()
                && !row.text.trim_start().starts_with('#')
            {
                row.comment = Some(text);
                return;
            }
        }
        self.start(indent);
        self.write(&text);
        if let Some(row) = &mut self.open {
            // A comment ends as `token::comment` says.
            row.is_verbatim = true;
        }
        self.end();
    }

    /// Broken text as it was.
    pub(super) fn verbatim(&mut self, node: Node<'_>) {
        self.start(0);
        let range = node.range();
        let line_start = self
            .source
            .get(..range.start)
            .map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
        let lead = self.source.get(line_start..range.start).unwrap_or("");
        if lead.trim().is_empty() {
            self.write(lead);
        }
        // Line breaks at its end (of a text that is never closed) come from the rows themselves.
        self.push(node.text().trim_end_matches('\n'), node);
        if node.text().ends_with('\r') {
            // A line break right behind it would make it part of that.
            self.write(" ");
        }
        if let Some(row) = &mut self.open {
            row.is_verbatim = true;
        }
        self.end();
    }

    /// Keeps a blank line that stood before a place.
    pub(super) fn keep_blank_line(&mut self, start: usize) {
        let gap = self.source.get(self.seen..start).unwrap_or("");
        let is_apart = gap.matches('\n').count() > 1;
        if is_apart && !self.rows.is_empty() {
            self.blank_line();
        }
    }

    fn blank_line(&mut self) {
        self.end();
        if self
            .rows
            .last()
            .is_some_and(|row| !row.text.is_empty() || row.comment.is_some())
        {
            self.rows.push(Row::default());
        }
    }

    /// Whether a line break lies between what is written and a place.
    pub(super) fn breaks_before(&self, start: usize) -> bool {
        self.source
            .get(self.seen..start)
            .is_some_and(|gap| gap.contains('\n'))
    }

    /// The text.
    pub(super) fn finish(mut self) -> String {
        self.end();
        let mut out = String::new();
        let mut rest = self.rows.as_slice();
        while !rest.is_empty() {
            let is_blank = |row: &Row| row.text.is_empty() && row.comment.is_none();
            let first = rest.first().map_or(0, |row| row.block);
            let ends = |row: &Row| is_blank(row) || row.block != first || row.text.contains('\n');
            let length = rest.iter().position(ends).unwrap_or(rest.len()).max(1);
            let (run, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
            write_run(run, &mut out);
            rest = after;
        }
        out
    }
}

/// Lines whose comments line up.
fn write_run(run: &[Row], out: &mut String) {
    let commented = run.iter().filter(|row| row.comment.is_some());
    let widths = commented.map(|row| (width(&row.text) + 2).max(row.least));
    let column = widths
        .filter(|&width| width <= ALIGNED_COLUMNS)
        .max()
        .unwrap_or(0);
    for row in run {
        out.push_str(&row.text);
        if let Some(comment) = &row.comment {
            let missing = column.saturating_sub(width(&row.text)).max(2);
            out.push_str(&" ".repeat(missing));
            out.push_str(comment);
        }
        out.push('\n');
    }
}

/// Columns on a terminal of a text's last line.
pub(super) fn width(text: &str) -> usize {
    match text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        true => text.len(),
        false => text.rsplit('\n').next().map_or(0, UnicodeWidthStr::width),
    }
}

/// Whether a text is no wider than so many columns.
pub(super) fn fits(text: &str, most: usize) -> bool {
    // No character has more columns than bytes.
    text.len() <= most || width(text) <= most
}

#[cfg(test)]
mod tests {
    use super::{fits, width};
    use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

    #[test]
    fn nothing_is_wider_than_it_is_long() {
        for character in '\0'..=char::MAX {
            let least = character.width().unwrap_or(0);
            assert!(least <= character.len_utf8(), "{character:?}");
        }
        for text in [
            "",
            "a ~",
            "年龄",
            "1\u{fe0f}\u{20e3}",
            "👩‍👩‍👧",
            "a\tb",
            "e\u{301}",
        ] {
            assert_eq!(width(text), text.width());
            for most in 0..30 {
                assert_eq!(fits(text, most), text.width() <= most, "{text:?} {most}");
            }
        }
        assert_eq!(width("年龄\nab"), 2);
    }
}
