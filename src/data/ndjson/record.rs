//! Turns JSON records into cells.
//!
//! Records mostly have the same keys in the same order, so the text between values is remembered as
//! a *shape* and compared as a whole; a record of another shape is walked key by key, and its shape
//! is remembered too.

use super::scan::{Raw, scan_array, scan_value, skip_space, unescape};
use super::walk::{Met, walk};
use crate::data::RejectReason;
use crate::data::decode::{Cells, Span};
use crate::name::Name;
use crate::value::normalise_text;
use indexmap::IndexMap;
use std::sync::atomic::{AtomicBool, Ordering};
use wide::u8x16;

/// Which key is which column, and which keys occur at all.
#[derive(Debug)]
pub(super) struct Keys {
    /// Column by key, nested keys with dots; several keys may name one column.
    pub(super) columns: IndexMap<Name, usize>,
    /// By column: whether any record has it.
    pub(super) seen: Vec<AtomicBool>,
    /// Whether there was a record at all.
    pub(super) has_records: AtomicBool,
}

/// What went wrong with a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The record is no contact.
    Rejected(RejectReason),
    /// Two keys of the record are the same field.
    TwoKeys(String, String),
}

/// Reads records for one worker.
#[derive(Debug)]
pub(super) struct RecordReader {
    /// By column: its place among the needed ones.
    slots: Vec<Option<usize>>,
    shapes: Vec<Shape>,
    /// Records walked so far, and by column the last of them that has it.
    record: u64,
    met_in: Vec<u64>,
    /// The cells of the record at hand, by slot.
    row: Vec<Span>,
    /// Text of unescaped strings; spans count it as if it stood behind the block.
    side: Vec<u8>,
}

/// Shapes remembered; records of other shapes are walked.
const MOST_SHAPES: usize = 64;
/// Shapes tried before a record is walked.
const MOST_TRIED: usize = 6;

#[derive(Debug, Default)]
struct Shape {
    steps: Vec<Step>,
    /// The text after the last value.
    tail: Box<[u8]>,
}

#[derive(Debug)]
struct Step {
    /// The text before the value.
    lead: Lead,
    slot: Option<usize>,
    /// How many objects the value stands in.
    depth: usize,
}

/// Text that is compared very often: 16 bytes at a time where there are as many.
#[derive(Debug)]
struct Lead {
    text: Box<[u8]>,
    /// Its first bytes, and a bit for each of them.
    first: u8x16,
    mask: u32,
}

impl Lead {
    fn new(text: &[u8]) -> Lead {
        let mut first = [0; 16];
        for (place, byte) in first.iter_mut().zip(text) {
            *place = *byte;
        }
        Lead {
            text: text.into(),
            first: u8x16::new(first),
            mask: (1 << text.len().min(16)) - 1,
        }
    }

    /// Whether text begins so.
    #[inline(always)]
    fn begins(&self, text: &[u8]) -> bool {
        let Some(part) = text.first_chunk::<16>() else {
            return text.starts_with(&self.text);
        };
        let alike = u8x16::new(*part).simd_eq(self.first).to_bitmask();
        alike & self.mask == self.mask && (self.text.len() <= 16 || text.starts_with(&self.text))
    }
}

impl RecordReader {
    pub(super) fn new(columns: usize, needed: &[usize]) -> RecordReader {
        let slot = |column| needed.iter().position(|needed| *needed == column);
        RecordReader {
            slots: (0..columns).map(slot).collect(),
            shapes: Vec::new(),
            record: 0,
            met_in: vec![0; columns],
            row: vec![Span::default(); needed.len()],
            side: Vec::new(),
        }
    }

    /// Unescaped text of the block, to be put behind it.
    pub(super) fn take_side(&mut self, bytes: &mut Vec<u8>) {
        bytes.append(&mut self.side);
    }

    /// Reads the record at `start` when it has the shape that was met last; gives where the next one
    /// starts. Its end need not be looked for.
    #[inline(always)]
    pub(super) fn read_alike(
        &mut self,
        block: &[u8],
        start: usize,
        record_end: u8,
        cells: &mut Cells,
    ) -> Option<usize> {
        let marks = (cells.lists.len(), cells.elements.len(), self.side.len());
        let start = skip_space(block, start);
        if let Some(end) = self.follow(0, block, start, block.len(), Some(record_end), cells) {
            let mut end = end;
            while let Some(b' ' | b'\t' | b'\r' | b'\n') = block.get(end)
                && block.get(end) != Some(&record_end)
            {
                end += 1;
            }
            if block.get(end) == Some(&record_end) {
                self.push_row(start, cells);
                return Some(end + 1);
            }
        }
        self.forget(marks, cells);
        None
    }

    /// Forgets what was read of a record that turned out to be of another shape.
    fn forget(&mut self, marks: (usize, usize, usize), cells: &mut Cells) {
        self.row.fill(Span::default());
        cells.lists.truncate(marks.0);
        cells.elements.truncate(marks.1);
        self.side.truncate(marks.2);
    }

    /// Reads the record `block[start..end]`, which [`RecordReader::read_alike`] did not read, and adds it to
    /// the cells.
    pub(super) fn read(
        &mut self,
        block: &[u8],
        start: usize,
        end: usize,
        keys: &Keys,
        cells: &mut Cells,
    ) -> Result<(), Fault> {
        let marks = (cells.lists.len(), cells.elements.len(), self.side.len());
        // The first shape was tried before.
        for tried in 1..self.shapes.len().min(MOST_TRIED) {
            if self.follow_again(tried, block, start, end, cells) == Some(end) {
                self.shapes.swap(tried, tried - 1);
                self.push_row(start, cells);
                return Ok(());
            }
            self.forget(marks, cells);
        }
        let result = self.walk(block, start, end, keys, cells);
        match result {
            Ok(()) => self.push_row(start, cells),
            Err(_) => {
                cells.lists.truncate(marks.0);
                cells.elements.truncate(marks.1);
            }
        }
        result
    }

    fn push_row(&mut self, start: usize, cells: &mut Cells) {
        for (slot, cell) in self.row.iter_mut().enumerate() {
            cells.push(slot, std::mem::take(cell));
        }
        cells.end_row(start);
    }

    /// Reads a record of a known shape and gives its end; `None` when it has another shape or is broken.
    /// With `record_end` it may go on behind `end`: only in arrays could that byte be taken for white
    /// space, everywhere else it is not JSON.
    #[inline(always)]
    fn follow(
        &mut self,
        shape: usize,
        block: &[u8],
        start: usize,
        end: usize,
        record_end: Option<u8>,
        cells: &mut Cells,
    ) -> Option<usize> {
        let shape = self.shapes.get(shape)?;
        let bytes = block.get(..end)?;
        let mut at = start;
        for step in &shape.steps {
            if !step.lead.begins(bytes.get(at..)?) {
                return None;
            }
            at += step.lead.text.len();
            if let Some(slot) = step.slot
                && bytes.get(at) == Some(&b'[')
            {
                let (after, list) = list_of(bytes, at, step.depth, block, &mut self.side, cells)?;
                if has(bytes.get(at..after)?, record_end) {
                    return None;
                }
                *self.row.get_mut(slot)? = list;
                at = after;
                continue;
            }
            let (after, raw) = scan_value(bytes, at, step.depth).ok()?;
            if matches!(raw, Raw::Array(_)) && has(bytes.get(at..after)?, record_end) {
                return None;
            }
            if raw == Raw::Object {
                return None;
            }
            at = after;
            if let Some(slot) = step.slot
                && let Some(cell) = self.row.get_mut(slot)
            {
                *cell = match raw {
                    Raw::Array(_) => cell_of(raw, block, &mut self.side, cells)?,
                    raw => scalar(raw, block, &mut self.side),
                };
            }
        }
        let is_whole = bytes.get(at..)?.starts_with(&shape.tail);
        is_whole.then_some(at + shape.tail.len())
    }

    /// The same for a record that had not the shape that was met last.
    #[inline(never)]
    fn follow_again(
        &mut self,
        shape: usize,
        block: &[u8],
        start: usize,
        end: usize,
        cells: &mut Cells,
    ) -> Option<usize> {
        self.follow(shape, block, start, end, None, cells)
    }

    /// Reads any record, key by key.
    fn walk(
        &mut self,
        block: &[u8],
        start: usize,
        end: usize,
        keys: &Keys,
        cells: &mut Cells,
    ) -> Result<(), Fault> {
        self.row.fill(Span::default());
        let record = block.get(start..end).unwrap_or(&[]);
        let mut met: Vec<(usize, Raw, usize, usize)> = Vec::new();
        let mut shape = Shape::default();
        let mut last = 0;
        let mut two_keys = None;
        self.record += 1;
        let (number, met_in) = (self.record, &mut self.met_in);
        let slots = &self.slots;
        let learns = self.shapes.len() < MOST_SHAPES;
        let walked = walk(record, &mut |value: Met| {
            let column = keys.columns.get(&*normalise_text(value.path)).copied();
            if let Some(column) = column {
                if let Some(met_in) = met_in.get_mut(column) {
                    if *met_in == number {
                        two_keys = Some((column, value.path.to_string()));
                    }
                    *met_in = number;
                }
                if let Some(seen) = keys.seen.get(column) {
                    seen.store(true, Ordering::Relaxed);
                }
            }
            let slot = column.and_then(|column| slots.get(column).copied().flatten());
            if let Some(slot) = slot {
                met.push((slot, value.raw, value.start, value.end));
            }
            if learns && value.raw != Raw::Object {
                let lead = Lead::new(record.get(last..value.start).unwrap_or(&[]));
                shape.steps.push(Step {
                    lead,
                    slot,
                    depth: value.depth,
                });
                last = value.end;
            }
        });
        walked.map_err(Fault::Rejected)?;
        if let Some((column, second)) = two_keys {
            return Err(Fault::TwoKeys(first_key(record, keys, column), second));
        }
        keys.has_records.store(true, Ordering::Relaxed);
        let has_objects = met.iter().any(|(_, raw, ..)| *raw == Raw::Object);
        for (slot, raw, ..) in met {
            let cell = cell_of(shifted(raw, start), block, &mut self.side, cells);
            if let Some(place) = self.row.get_mut(slot) {
                *place = cell.unwrap_or(Span::INVALID);
            }
        }
        shape.tail = record.get(last..).unwrap_or(&[]).into();
        if learns && !has_objects {
            self.shapes.insert(0, shape);
        }
        Ok(())
    }
}

/// The first key of a record that is a column.
fn first_key(record: &[u8], keys: &Keys, column: usize) -> String {
    let mut first = None;
    // The record has been walked before, so it can be walked.
    let _ = walk(record, &mut |value: Met| {
        if first.is_none() && keys.columns.get(&*normalise_text(value.path)) == Some(&column) {
            first = Some(value.path.to_string());
        }
    });
    first.unwrap_or_default()
}

/// A value of a record as a value of the block that the record stands in.
fn shifted(raw: Raw, by: usize) -> Raw {
    let shift = |span: Span| Span::new(span.start as usize + by, span.end as usize + by);
    match raw {
        Raw::Text { span, is_escaped } => Raw::Text {
            span: shift(span),
            is_escaped,
        },
        Raw::Bare(span) => Raw::Bare(shift(span)),
        Raw::Array(span) => Raw::Array(shift(span)),
        Raw::Null => Raw::Null,
        Raw::Object => Raw::Object,
    }
}

/// The cell that a value is; the elements of an array are added to `cells`.
fn cell_of(raw: Raw, block: &[u8], side: &mut Vec<u8>, cells: &mut Cells) -> Option<Span> {
    match raw {
        Raw::Array(span) => {
            let inside = block.get(..span.end as usize)?;
            let list = list_of(inside, span.start as usize, 0, block, side, cells);
            list.map(|(_, list)| list)
        }
        raw => Some(scalar(raw, block, side)),
    }
}

fn has(text: &[u8], byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| memchr::memchr(byte, text).is_some())
}

/// The array that opens at `at`: where it ends, and its cell; its elements are added to `cells`.
fn list_of(
    bytes: &[u8],
    at: usize,
    depth: usize,
    block: &[u8],
    side: &mut Vec<u8>,
    cells: &mut Cells,
) -> Option<(usize, Span)> {
    let first = cells.elements.len() as u32;
    let elements = &mut cells.elements;
    let end = scan_array(bytes, at + 1, depth + 1, &mut |raw| {
        elements.push(scalar(raw, block, side));
    });
    let end = end.ok()?;
    cells.lists.push((first, elements.len() as u32));
    Some((end, Span::list(cells.lists.len() - 1)))
}

#[inline(always)]
fn scalar(raw: Raw, block: &[u8], side: &mut Vec<u8>) -> Span {
    match raw {
        Raw::Null => Span::default(),
        Raw::Bare(span) => span,
        Raw::Text { span, is_escaped } if !is_escaped => span,
        Raw::Text { span, .. } => unescaped(span, block, side),
        Raw::Array(_) | Raw::Object => Span::INVALID,
    }
}

#[cold]
fn unescaped(span: Span, block: &[u8], side: &mut Vec<u8>) -> Span {
    let start = side.len();
    match unescape(span.of(block), side) {
        Some(()) => Span::new(block.len() + start, block.len() + side.len()),
        None => {
            side.truncate(start);
            Span::INVALID
        }
    }
}
