//! Turns a changed text into what [`parse`] would make of it, from what was made of the text before.
//!
//! Invariants: the result is that of [`parse`], byte for byte; only items that the change touches, and
//! the next one (a doc comment above it may have changed), are read by the grammar again.

use super::ast::{Placed, moved};
use super::split::{Chunk, Part, text_to_parts};
use super::tree::Entry;
use super::{Parsed, Reading, limit, parse};
use crate::diag::Diagnostic;
use crate::source::{SourceId, common_ends};
use std::sync::Arc;

/// Where the items of a file start.
#[derive(Clone, Debug)]
pub(super) struct Marks {
    pub(super) source: SourceId,
    pub(super) list: Vec<Mark>,
    /// Syntax errors, those that are not told too.
    pub(super) errors: usize,
}

/// Where one item starts, and how much of the results belongs to what stands before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    start: usize,
    entries: usize,
    items: usize,
    broken: usize,
    diagnostics: usize,
}

/// Parses a text that was changed a little since it was parsed last.
///
/// ```
/// use segrule::source::SourceId;
/// use segrule::syntax::{parse, parse_again};
/// let before = parse(SourceId(0), "segment a = age > 3\nsegment b = vip\n");
/// let after = parse_again(before, SourceId(0), "segment a = age > 30\nsegment b = vip\n");
/// assert_eq!(after.file.items[1].span().start, 21);
/// ```
pub fn parse_again(before: Parsed, source: SourceId, text: &str) -> Parsed {
    let is_sound = before.marks.source == source && before.marks.errors <= limit::SYNTAX_ERRORS;
    if !is_sound || text.len() > limit::FILE_BYTES {
        return parse(source, text);
    }
    let parts = text_to_parts(source, text);
    let starts: Vec<usize> = parts.iter().filter_map(item_start).collect();
    let kept = Kept::of(&before, text, &starts);
    let (mut reading, tail) = Reading::resumed(before, source, text, &kept);
    let middle = parts.into_iter().filter(|part| {
        let start = part_start(part);
        kept.from <= start && start < kept.until
    });
    reading.parts(middle);
    match reading.errors + error_count(&tail.diagnostics) > limit::SYNTAX_ERRORS {
        true => parse(source, text),
        false => {
            reading.append(tail, kept.by);
            reading.finish()
        }
    }
}

/// Where a part starts an item, if it does.
pub(super) fn item_start(part: &Part) -> Option<usize> {
    match part {
        Part::Chunk(Chunk { range, .. }) if !range.is_empty() => Some(range.start),
        Part::Chunk(_) | Part::Comment(_) => None,
    }
}

fn part_start(part: &Part) -> usize {
    match part {
        Part::Chunk(chunk) => chunk.range.start,
        Part::Comment(range) => range.start,
    }
}

fn error_count(diagnostics: &[Diagnostic]) -> usize {
    diagnostics.iter().filter(|found| found.is_error()).count()
}

/// What of the results before stays.
struct Kept {
    /// What stands before this mark stays where it is.
    front: Mark,
    /// What stands behind this mark moves: its place among the marks before.
    tail: usize,
    /// The bytes of the new text that are read again.
    from: usize,
    until: usize,
    /// By how much the tail moves.
    by: i64,
}

impl Kept {
    fn of(before: &Parsed, text: &str, starts: &[usize]) -> Kept {
        let (old, new) = (before.tree.text().as_bytes(), text.as_bytes());
        let marks = before.marks.list.as_slice();
        let (same_front, same_back) = common_ends(old, new);
        let in_front =
            |(mark, start): &(&Mark, &usize)| mark.start == **start && mark.start <= same_front;
        let front = marks.iter().zip(starts).take_while(in_front).count();
        let by = signed(new.len()) - signed(old.len());
        let is_behind = |(mark, start): &(&Mark, &usize)| {
            signed(mark.start) + by == signed(**start) && mark.start >= old.len() - same_back
        };
        let behind = marks.iter().rev().zip(starts.iter().rev());
        // The first of them is read again: what stands above it may be its doc comment.
        let behind = behind.take_while(is_behind).count().saturating_sub(1);
        let room = (marks.len() - front).min(starts.len() - front);
        let behind = behind.min(room);
        let front = front.checked_sub(1).and_then(|at| marks.get(at)).copied();
        Kept {
            from: front.map_or(0, |mark| mark.start),
            front: front.unwrap_or(Mark::START),
            tail: marks.len() - behind,
            until: starts
                .get(starts.len() - behind)
                .map_or(usize::MAX, |start| *start),
            by,
        }
    }
}

/// Files are limited to 16 MiB, so lengths always fit.
fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl Mark {
    /// Before everything.
    const START: Mark = Mark {
        start: 0,
        entries: 0,
        items: 0,
        broken: 0,
        diagnostics: 0,
    };
}

/// Results to append, perhaps moved.
pub(super) struct Tail {
    /// What stood before it.
    mark: Mark,
    marks: Vec<Mark>,
    entries: Vec<Entry>,
    items: Vec<super::ast::Item>,
    broken: Vec<super::ast::Ident>,
    diagnostics: Vec<Diagnostic>,
}

impl Reading {
    /// How much was made so far.
    pub(super) fn mark(&self, start: usize) -> Mark {
        Mark {
            start,
            entries: self.tree.entries.len(),
            items: self.file.items.len(),
            broken: self.file.broken.len(),
            diagnostics: self.builder.diagnostics.len(),
        }
    }

    /// All results, as what follows others.
    pub(super) fn into_tail(self) -> Tail {
        Tail {
            mark: Mark::START,
            marks: self.marks,
            entries: self.tree.entries,
            items: self.file.items,
            broken: self.file.broken,
            diagnostics: self.builder.diagnostics,
        }
    }

    /// The results as they were where reading goes on, and those to append.
    fn resumed(before: Parsed, source: SourceId, text: &str, kept: &Kept) -> (Reading, Tail) {
        let mut reading = Reading::new(source, text);
        let mut file = Arc::unwrap_or_clone(before.file);
        let mut entries = before.tree.entries;
        let mut diagnostics = before.diagnostics;
        let mut marks = before.marks.list;
        let behind = marks.split_off(kept.tail);
        let end = Mark {
            start: before.tree.text.len(),
            entries: entries.len(),
            items: file.items.len(),
            broken: file.broken.len(),
            diagnostics: diagnostics.len(),
        };
        let mark = behind.first().copied().unwrap_or(end);
        let tail = Tail {
            mark,
            marks: behind,
            entries: entries.split_off(mark.entries),
            items: file.items.split_off(mark.items),
            broken: file.broken.split_off(mark.broken),
            diagnostics: diagnostics.split_off(mark.diagnostics),
        };
        let front = kept.front;
        marks.retain(|mark| mark.start < kept.from);
        entries.truncate(front.entries);
        file.items.truncate(front.items);
        file.broken.truncate(front.broken);
        diagnostics.truncate(front.diagnostics);
        reading.errors = error_count(&diagnostics);
        reading.marks = marks;
        reading.tree.entries = entries;
        reading.file = file;
        reading.builder.diagnostics = diagnostics;
        (reading, tail)
    }

    /// Takes the rest of the results, moved to where its text stands now.
    pub(super) fn append(&mut self, mut tail: Tail, by: i64) {
        let now = self.mark(0);
        let further = signed(now.entries) - signed(tail.mark.entries);
        for entry in &mut tail.entries {
            entry.start = moved(entry.start, by);
            entry.end = moved(entry.end, by);
            entry.next = moved(entry.next, further);
        }
        if by != 0 {
            tail.items.shift(by);
            tail.broken.shift(by);
            tail.diagnostics.shift(by);
        }
        let after = |at: usize, old: usize, new: usize| at - old + new;
        self.marks.extend(tail.marks.iter().map(|mark| Mark {
            start: usize::try_from(signed(mark.start) + by).unwrap_or(0),
            entries: after(mark.entries, tail.mark.entries, now.entries),
            items: after(mark.items, tail.mark.items, now.items),
            broken: after(mark.broken, tail.mark.broken, now.broken),
            diagnostics: after(mark.diagnostics, tail.mark.diagnostics, now.diagnostics),
        }));
        self.errors += error_count(&tail.diagnostics);
        self.tree.entries.append(&mut tail.entries);
        self.file.items.append(&mut tail.items);
        self.file.broken.append(&mut tail.broken);
        self.builder.diagnostics.append(&mut tail.diagnostics);
    }
}
