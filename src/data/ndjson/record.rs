//! Turns JSON records into cells.
//!
//! Records mostly have the same keys in the same order, so the text between values is remembered as
//! a *shape* and compared as a whole; a record of another shape is walked key by key, and its shape
//! is remembered too.

use super::scan::{Raw, scan_array, scan_value, unescape};
use super::walk::{Met, walk};
use crate::data::RejectReason;
use crate::data::decode::{Cells, Span};
use crate::name::Name;
use crate::value::normalise_text;
use indexmap::IndexMap;
use std::sync::atomic::{AtomicBool, Ordering};

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
    lead: Box<[u8]>,
    slot: Option<usize>,
    /// How many objects the value stands in.
    depth: usize,
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

    /// Reads the record `block[start..end]` and adds it to the cells.
    pub(super) fn read(
        &mut self,
        block: &[u8],
        start: usize,
        end: usize,
        keys: &Keys,
        cells: &mut Cells,
    ) -> Result<(), Fault> {
        let marks = (cells.lists.len(), cells.elements.len(), self.side.len());
        for tried in 0..self.shapes.len().min(MOST_TRIED) {
            if self.follow(tried, block, start, end, cells).is_some() {
                if tried > 0 {
                    self.shapes.swap(tried, tried - 1);
                }
                self.push_row(start, cells);
                return Ok(());
            }
            self.row.fill(Span::default());
            cells.lists.truncate(marks.0);
            cells.elements.truncate(marks.1);
            self.side.truncate(marks.2);
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

    /// Reads a record of a known shape; `None` when it has another one or is broken.
    #[inline]
    fn follow(
        &mut self,
        shape: usize,
        block: &[u8],
        start: usize,
        end: usize,
        cells: &mut Cells,
    ) -> Option<()> {
        let shape = self.shapes.get(shape)?;
        let bytes = block.get(..end)?;
        let mut at = start;
        for step in &shape.steps {
            if !bytes.get(at..)?.starts_with(&step.lead) {
                return None;
            }
            at += step.lead.len();
            let (after, raw) = scan_value(bytes, at, step.depth).ok()?;
            if raw == Raw::Object {
                return None;
            }
            at = after;
            if let Some(slot) = step.slot
                && let Some(cell) = self.row.get_mut(slot)
            {
                *cell = cell_of(raw, block, &mut self.side, cells)?;
            }
        }
        (bytes.get(at..)? == &*shape.tail).then_some(())
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
                let lead = record.get(last..value.start).unwrap_or(&[]).into();
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
#[inline]
fn cell_of(raw: Raw, block: &[u8], side: &mut Vec<u8>, cells: &mut Cells) -> Option<Span> {
    match raw {
        Raw::Array(span) => {
            let first = cells.elements.len() as u32;
            let elements = &mut cells.elements;
            let inside = block.get(..span.end as usize)?;
            let read = scan_array(inside, span.start as usize + 1, 0, &mut |raw| {
                elements.push(scalar(raw, block, side));
            });
            read.ok()?;
            cells.lists.push((first, elements.len() as u32));
            Some(Span::list(cells.lists.len() - 1))
        }
        raw => Some(scalar(raw, block, side)),
    }
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
