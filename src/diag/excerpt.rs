//! Turns the lines around labels into text that is safe and short enough to draw.
//!
//! Invariants: invisible and direction-changing characters are written out (`\u{202e}`), so that what
//! people see is what the file holds; very long lines are cut around their labels; places keep their
//! line numbers, and the header's column counts characters of the real line.

use super::render::{escape_controls, is_hidden};
use crate::source::{Source, Span};
use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use std::collections::BTreeSet;

/// Longer lines are cut.
const LONGEST_LINE_CHARS: usize = 160;
/// Characters kept before a label on a line that is cut.
const LEAD_CHARS: usize = 40;
/// Lines of context that are drawn around a label.
const CONTEXT_LINES: u32 = 1;
/// So many lines that nobody looks at keep two stretches apart; the others are left out.
const GAP_LINES: u32 = 3;
/// A label over more lines is drawn on its first ones.
const MOST_LABEL_LINES: u32 = 6;

/// The drawable lines of one file.
pub(super) struct Excerpt {
    name: String,
    text: String,
    /// For each line in `text`: where it starts there, and how its characters map.
    lines: Vec<Line>,
    /// The primary label's place in `text`, and its column in the file.
    primary: (usize, usize),
}

struct Line {
    /// Its number in the file, from 1.
    number: u32,
    /// Byte offset of the line in the file, and of its first kept character.
    file_start: usize,
    kept_from: usize,
    kept_to: usize,
    /// Byte offset in the excerpt.
    start: usize,
    /// For each kept character: its offset in the file and in the excerpt.
    places: Vec<(usize, usize)>,
    end: usize,
}

impl Excerpt {
    /// Takes the lines that the labels of one file touch, with their neighbours; of the lines in
    /// between a few are kept, empty.
    pub(super) fn new(source: &Source, labels: &[Span]) -> Excerpt {
        let mut wanted: BTreeSet<u32> = BTreeSet::new();
        for label in labels {
            let from = source.line_column(label.start as usize).line;
            let to = source
                .line_column(label.end as usize)
                .line
                .min(from + MOST_LABEL_LINES);
            wanted.extend(from.saturating_sub(CONTEXT_LINES).max(1)..=to + CONTEXT_LINES);
        }
        let lines = u32::try_from(source.line_count()).unwrap_or(u32::MAX);
        // What follows the last line break is no line to show.
        let last_line = match source.line(lines) {
            "" => lines.saturating_sub(1).max(1),
            _ => lines,
        };
        wanted.retain(|&line| line <= last_line);
        let mut excerpt = Excerpt {
            name: escape_controls(&source.path().to_string_lossy()),
            text: String::new(),
            lines: Vec::new(),
            primary: (0, 0),
        };
        let mut next = wanted.first().copied().unwrap_or(1);
        for &line in &wanted {
            for gap in next..line.min(next.saturating_add(GAP_LINES)) {
                excerpt.add_line(source, gap, "", labels);
            }
            excerpt.add_line(source, line, source.line(line), labels);
            next = line.saturating_add(1);
        }
        if let Some(primary) = labels.first() {
            let at = source.line_column(primary.start as usize);
            excerpt.primary = (excerpt.place(primary.start as usize), at.column as usize);
        }
        excerpt
    }

    fn add_line(&mut self, source: &Source, number: u32, text: &str, labels: &[Span]) {
        let file_start = source.line_start(number);
        let focus = labels
            .iter()
            .map(|label| (label.start as usize).wrapping_sub(file_start))
            .find(|&offset| offset <= text.len())
            .unwrap_or(0);
        let (from, to) = window(text, focus);
        let mut line = Line {
            number,
            file_start,
            kept_from: file_start + from,
            kept_to: file_start + to,
            start: self.text.len(),
            places: Vec::new(),
            end: 0,
        };
        if from > 0 {
            self.text.push('…');
        }
        for (offset, character) in text.get(from..to).unwrap_or("").char_indices() {
            line.places
                .push((file_start + from + offset, self.text.len()));
            if is_hidden(character) {
                self.text
                    .push_str(&escape_controls(character.encode_utf8(&mut [0; 4])));
            } else {
                self.text.push(character);
            }
        }
        if to < text.len() {
            self.text.push('…');
        }
        line.end = self.text.len();
        self.text.push('\n');
        self.lines.push(line);
    }

    /// Where a byte of the file stands in the excerpt; the nearest kept place when it was cut.
    fn place(&self, offset: usize) -> usize {
        let after = self.lines.partition_point(|line| line.file_start <= offset);
        let Some(line) = self.lines.get(after.wrapping_sub(1)).or(self.lines.first()) else {
            return 0;
        };
        if offset < line.kept_from {
            return line.start;
        }
        if offset >= line.kept_to {
            return line.end;
        }
        let at = line.places.partition_point(|&(file, _)| file < offset);
        line.places.get(at).map_or(line.end, |&(_, here)| here)
    }

    /// The stretch of the excerpt that shows a label.
    pub(super) fn span(&self, label: Span) -> SourceSpan {
        let start = self.place(label.start as usize);
        let end = self.place(label.end as usize).max(start);
        SourceSpan::new(start.into(), end - start)
    }
}

/// The bytes of a line that are kept around a focus.
fn window(text: &str, focus: usize) -> (usize, usize) {
    if text.chars().nth(LONGEST_LINE_CHARS).is_none() {
        return (0, text.len());
    }
    let before = text.get(..focus).unwrap_or("");
    let from = before
        .char_indices()
        .rev()
        .nth(LEAD_CHARS - 1)
        .map_or(0, |(at, _)| at);
    let rest = text.get(from..).unwrap_or("");
    let to = rest
        .char_indices()
        .nth(LONGEST_LINE_CHARS)
        .map_or(text.len(), |(at, _)| from + at);
    (from, to)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self
            .text
            .as_str()
            .read_span(span, lines_before, lines_after)?;
        let line = self.lines.get(inner.line());
        let line = line.map_or(inner.line(), |line| line.number as usize - 1);
        let (primary, column) = self.primary;
        let column = match span.offset() == primary {
            true => column.saturating_sub(1),
            false => inner.column(),
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            line,
            column,
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;

    #[test]
    fn long_lines_are_cut_and_hidden_characters_shown() {
        let mut sources = Sources::new();
        let long = format!("{}目标\u{202e}{}", "x".repeat(5000), "y".repeat(5000));
        let id = sources.add("a.seg", format!("first\n{long}\nlast"));
        let source = sources.get(id).unwrap();
        let label = Span::new(id, 6 + 5000, 6 + 5000 + 6);
        let excerpt = Excerpt::new(source, &[label]);
        let span = excerpt.span(label);
        assert_eq!(
            &excerpt.text[span.offset()..span.offset() + span.len()],
            "目标"
        );
        assert!(excerpt.text.contains("\\u{202e}"));
        assert!(excerpt.text.len() < 500);
        assert_eq!(excerpt.lines[0].number, 1);
        assert_eq!(excerpt.primary.1, 5001);
    }

    #[test]
    fn labels_far_apart_leave_out_what_is_between() {
        let mut sources = Sources::new();
        let text: String = (1..=50_000).map(|line| format!("line {line}\n")).collect();
        let place = |what: &str| text.find(what).unwrap();
        let (early, late) = (place("line 17\n"), place("line 49000\n"));
        let id = sources.add("a.seg", text.clone());
        let labels = [late, early].map(|start| Span::new(id, start, start + 4));
        let excerpt = Excerpt::new(sources.get(id).unwrap(), &labels);
        assert!(excerpt.text.len() < 200, "{}", excerpt.text);
        for (label, number) in labels.iter().zip([49_000, 17]) {
            let shown = excerpt.read_span(&excerpt.span(*label), 1, 1).unwrap();
            assert_eq!(shown.line(), number - 2);
            let text = std::str::from_utf8(shown.data()).unwrap();
            assert!(text.contains(&format!("\nline {number}\n")), "{text}");
        }
    }
}
