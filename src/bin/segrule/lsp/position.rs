//! Turns bytes into an editor's lines and columns, and back.
//!
//! Invariants: whatever a position says, the byte it gives lies in the text between two characters;
//! a byte-order mark at the start belongs to the editor's text and not to ours.

use super::protocol::{InitializeParams, Position, Range};

/// What columns count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    /// The first that the editor likes and the server knows; UTF-16 when it names none.
    pub fn chosen(params: &InitializeParams) -> Encoding {
        let offered = &params.capabilities.general.position_encodings;
        let mut known = offered.iter().filter_map(|name| match name.as_str() {
            "utf-8" => Some(Encoding::Utf8),
            "utf-16" => Some(Encoding::Utf16),
            "utf-32" => Some(Encoding::Utf32),
            _ => None,
        });
        known.next().unwrap_or(Encoding::Utf16)
    }

    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    /// How many units a text has.
    fn units(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            // The same whatever is counted.
            _ if text.is_ascii() => text.len(),
            _ => text.chars().map(|one| self.width(one)).sum(),
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// The lines of one text.
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    /// Bytes of the mark at the start that ours does not have.
    mark: usize,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    /// The lines as the editor counts them: `\n`, `\r\n` and `\r` end one.
    pub fn new(text: &'t str, encoding: Encoding) -> Lines<'t> {
        let bytes = text.as_bytes();
        let is_end =
            |at: &usize| bytes.get(*at) == Some(&b'\n') || bytes.get(at + 1) != Some(&b'\n');
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes).filter(is_end);
        let starts = std::iter::once(0).chain(ends.map(|at| at + 1)).collect();
        let mark = match text.starts_with('\u{feff}') {
            true => '\u{feff}'.len_utf8(),
            false => 0,
        };
        Lines {
            text,
            starts,
            mark,
            encoding,
        }
    }

    fn line(&self, line: usize) -> &'t str {
        let start = self.starts.get(line).copied().unwrap_or(self.text.len());
        let end = self.starts.get(line + 1).copied();
        let line = self.text.get(start..end.unwrap_or(self.text.len()));
        line.unwrap_or("").trim_end_matches(['\n', '\r'])
    }

    /// The byte of the editor's text at a position; past a line's end counts as its end.
    pub fn raw_offset(&self, position: Position) -> usize {
        let line = position.line as usize;
        let Some(start) = self.starts.get(line) else {
            return self.text.len();
        };
        let mut left = position.character as usize;
        let mut offset = *start;
        for character in self.line(line).chars() {
            let width = self.encoding.width(character);
            if left < width {
                break;
            }
            left -= width;
            offset += character.len_utf8();
        }
        offset
    }

    /// The byte of our text at a position.
    pub fn offset(&self, position: Position) -> usize {
        self.raw_offset(position).saturating_sub(self.mark)
    }

    /// The bytes of our text in a range.
    pub fn range(&self, range: Range) -> std::ops::Range<usize> {
        let (start, end) = (self.offset(range.start), self.offset(range.end));
        start.min(end)..end.max(start)
    }

    /// The position of a byte of our text.
    pub fn position(&self, offset: usize) -> Position {
        let offset = (offset + self.mark).min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..offset).unwrap_or("");
        let column = self.encoding.units(before);
        Position {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            character: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }

    /// How many units a stretch of our text has; it is expected on one line.
    pub fn units(&self, range: &std::ops::Range<usize>) -> usize {
        let text = self
            .text
            .get(range.start + self.mark..range.end + self.mark);
        self.encoding.units(text.unwrap_or(""))
    }

    /// Starts to go through the text from its beginning.
    pub fn walk(&self) -> Walk<'_> {
        Walk {
            lines: self,
            line: 0,
            at: 0,
            column: 0,
        }
    }

    /// A stretch cut at line ends.
    pub fn by_line(&self, range: &std::ops::Range<usize>) -> Vec<std::ops::Range<usize>> {
        let whole = self
            .text
            .get(range.start + self.mark..range.end + self.mark);
        let is_on_one_line = whole.is_some_and(|text| {
            !text.is_empty() && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none()
        });
        if is_on_one_line {
            return vec![range.clone()];
        }
        let mut parts = Vec::new();
        let first = self.position(range.start).line as usize;
        let last = self.position(range.end).line as usize;
        for line in first..=last {
            let start = self
                .starts
                .get(line)
                .copied()
                .unwrap_or(0)
                .saturating_sub(self.mark);
            let end = start + self.line(line).len();
            let part = range.start.max(start)..range.end.min(end);
            if part.start < part.end {
                parts.push(part);
            }
        }
        parts
    }

    /// Where a stretch of our text stands for the editor.
    pub fn place(&self, range: &std::ops::Range<usize>) -> Range {
        Range {
            start: self.position(range.start),
            end: self.position(range.end),
        }
    }
}

/// Goes forward through a text and knows line and column all the way.
pub struct Walk<'l> {
    lines: &'l Lines<'l>,
    line: usize,
    /// The byte of the editor's text that was reached, and its column.
    at: usize,
    column: usize,
}

impl Walk<'_> {
    /// The position of a byte of our text that does not lie before the last one.
    pub fn position(&mut self, offset: usize) -> Position {
        let offset = (offset + self.lines.mark).min(self.lines.text.len());
        while let Some(next) = self.lines.starts.get(self.line + 1)
            && *next <= offset
        {
            (self.line, self.at, self.column) = (self.line + 1, *next, 0);
        }
        let passed = self.lines.text.get(self.at..offset).unwrap_or("");
        self.column += self.lines.encoding.units(passed);
        self.at = offset;
        Position {
            line: u32::try_from(self.line).unwrap_or(u32::MAX),
            character: u32::try_from(self.column).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn columns_count_what_was_agreed() {
        let text = "a\n年龄😀x\r\ny\rz";
        for (encoding, column) in [
            (Encoding::Utf8, 10),
            (Encoding::Utf16, 4),
            (Encoding::Utf32, 3),
        ] {
            let lines = Lines::new(text, encoding);
            let offset = text.find('x').unwrap();
            assert_eq!(lines.position(offset), at(1, column));
            assert_eq!(lines.offset(at(1, column)), offset);
        }
        let lines = Lines::new(text, Encoding::Utf16);
        assert_eq!(lines.position(text.len()), at(3, 1));
        assert_eq!(lines.position(text.find('z').unwrap()), at(3, 0));
    }

    #[test]
    fn nonsense_positions_give_the_nearest_place() {
        let lines = Lines::new("年\nb", Encoding::Utf16);
        assert_eq!(lines.offset(at(9, 9)), 5);
        assert_eq!(lines.offset(at(0, 9)), 3);
        // Inside a pair of units.
        let lines = Lines::new("😀", Encoding::Utf16);
        assert_eq!(lines.offset(at(0, 1)), 0);
        assert_eq!(lines.position(99), at(0, 2));
    }

    #[test]
    fn a_byte_order_mark_is_the_editors() {
        let lines = Lines::new("\u{feff}ab\nc", Encoding::Utf16);
        assert_eq!(lines.position(0), at(0, 1));
        assert_eq!(lines.position(3), at(1, 0));
        assert_eq!(lines.offset(at(0, 2)), 1);
    }

    #[test]
    fn going_through_a_text_finds_the_same_places() {
        let text = "\u{feff}a\n年龄😀x\r\n\ry😀\rz\n";
        for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
            let lines = Lines::new(text, encoding);
            let mut walk = lines.walk();
            let places = text.char_indices().map(|(at, _)| at.saturating_sub(3));
            for place in places {
                assert_eq!(walk.position(place), lines.position(place), "{place}");
            }
        }
    }

    #[test]
    fn stretches_are_cut_at_line_ends() {
        let lines = Lines::new("a\"x\ny\"b", Encoding::Utf16);
        assert_eq!(lines.by_line(&(1..6)), [1..3, 4..6]);
    }
}
