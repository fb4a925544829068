//! Turns rule files into [`SourceId`]s and byte [`Span`]s, and spans back into lines and columns.
//!
//! Invariants: a span never crosses files; offsets are bytes into the text as it was read (after a
//! leading byte-order mark is dropped); columns given to people count characters from 1.

use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Names one file of a [`Sources`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// A stretch of one file, in bytes, end excluded.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file.
    pub source: SourceId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// How many things two runs of them begin with alike, and how many of the rest they end with alike.
///
/// ```
/// use segrule::source::common_ends;
/// assert_eq!(common_ends(b"abcd", b"axd"), (1, 1));
/// assert_eq!(common_ends(b"aa", b"aaa"), (2, 0));
/// ```
pub fn common_ends<T: PartialEq>(old: &[T], new: &[T]) -> (usize, usize) {
    let alike = |(a, b): &(&T, &T)| a == b;
    let front = old.iter().zip(new).take_while(alike).count();
    let room = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev());
    (front, back.take(room).take_while(alike).count())
}

impl Span {
    /// Makes a span from byte offsets; offsets past 4 GiB saturate (files are limited far below).
    pub fn new(source: SourceId, start: usize, end: usize) -> Span {
        let clip = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Span {
            source,
            start: clip(start),
            end: clip(end),
        }
    }

    /// The smallest span that covers both; `other` is expected in the same file.
    pub fn to(self, other: Span) -> Span {
        Span {
            source: self.source,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// The bytes covered.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Whether a byte offset lies inside, the end included (where a cursor stands).
    pub fn touches(self, offset: usize) -> bool {
        self.start as usize <= offset && offset <= self.end as usize
    }
}

/// A place as people count it: both from 1, the column in characters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// One rule file with its line index.
#[derive(Clone, Debug)]
pub struct Source {
    path: PathBuf,
    text: Arc<str>,
    line_starts: Vec<u32>,
}

impl Source {
    fn new(path: PathBuf, text: Arc<str>) -> Source {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX)))
            .collect();
        Source {
            path,
            text,
            line_starts,
        }
    }

    /// Where the file was found, as given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The text, without a leading byte-order mark.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// How many lines the file has; an empty file has one.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// The text of a line (from 1) without its line break; empty past the end.
    pub fn line(&self, line: u32) -> &str {
        let at = (line as usize).saturating_sub(1);
        let Some(&start) = self.line_starts.get(at) else {
            return "";
        };
        let end = self
            .line_starts
            .get(at + 1)
            .map_or(self.text.len(), |&next| next as usize);
        let line = self.text.get(start as usize..end).unwrap_or("");
        line.trim_end_matches(['\n', '\r'])
    }

    /// The byte offset at which a line (from 1) starts; the text's end past the last line.
    pub fn line_start(&self, line: u32) -> usize {
        let at = (line as usize).saturating_sub(1);
        self.line_starts
            .get(at)
            .map_or(self.text.len(), |&start| start as usize)
    }

    /// The line and column of a byte offset; offsets inside a character count as its start.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = offset.min(self.text.len());
        let line = self
            .line_starts
            .partition_point(|&start| start as usize <= offset);
        let start = self.line_start(u32::try_from(line).unwrap_or(u32::MAX));
        let before = self.text.as_bytes().get(start..offset).unwrap_or(&[]);
        // A character is counted at its first byte: continuation bytes are 10xxxxxx.
        let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        LineColumn {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: u32::try_from(column).unwrap_or(u32::MAX),
        }
    }
}

/// All files of one run, in the order they were added.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// An empty collection.
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a file; a byte-order mark at its start is dropped.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> SourceId {
        let text: Arc<str> = text.into();
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => Arc::from(rest),
            None => text,
        };
        let id = SourceId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(Source::new(path.into(), text));
        id
    }

    /// Gives files other names.
    pub fn rename(&mut self, name: impl Fn(&Path) -> PathBuf) {
        for file in &mut self.files {
            file.path = name(&file.path);
        }
    }

    /// The file behind an id, if the id came from this collection.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// The text a span covers; empty when the span does not fit its file.
    pub fn text_at(&self, span: Span) -> &str {
        self.get(span.source)
            .and_then(|source| source.text.get(span.range()))
            .unwrap_or("")
    }

    /// All files with their ids.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        (0..).map(SourceId).zip(&self.files)
    }

    /// How many files there are.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is no file.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::new();
        let id = sources.add("a.seg", "一二\n三x");
        let source = sources.get(id).unwrap();
        assert_eq!(source.line_column(3), LineColumn { line: 1, column: 2 });
        assert_eq!(source.line_column(10), LineColumn { line: 2, column: 2 });
        assert_eq!(source.line_column(99), LineColumn { line: 2, column: 3 });
        assert_eq!(source.line(2), "三x");
    }

    #[test]
    fn a_byte_order_mark_is_dropped_once() {
        let mut sources = Sources::new();
        let id = sources.add("a.seg", "\u{feff}\u{feff}x");
        assert_eq!(&**sources.get(id).unwrap().text(), "\u{feff}x");
    }
}
