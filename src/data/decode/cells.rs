//! Where the cells of a block's records stand in its text.

use crate::data::{Block, Reject, RejectReason};
use crate::table::RecordNumbers;

/// A stretch of a block's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::data) struct Span {
    pub(in crate::data) start: u32,
    pub(in crate::data) end: u32,
}

impl Span {
    /// A cell that is invalid whatever the field is.
    pub(in crate::data) const INVALID: Span = Span {
        start: u32::MAX,
        end: u32::MAX,
    };
    const LIST_START: u32 = u32::MAX - 1;

    /// A stretch of text.
    pub(in crate::data) fn new(start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// A JSON array, by its place in [`Cells::lists`].
    pub(in crate::data) fn list(index: usize) -> Span {
        Span {
            start: Span::LIST_START,
            end: index as u32,
        }
    }

    /// The place in [`Cells::lists`] when the cell is an array.
    pub(in crate::data) fn as_list(self) -> Option<usize> {
        (self.start == Span::LIST_START).then_some(self.end as usize)
    }

    /// The bytes of the cell; nothing for invalid cells and arrays.
    #[inline(always)]
    pub(in crate::data) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes
            .get(self.start as usize..self.end as usize)
            .unwrap_or(&[])
    }

    /// The text of the cell; `None` for invalid cells and arrays.
    #[inline(always)]
    pub(in crate::data) fn text(self, text: &str) -> Option<&str> {
        text.get(self.start as usize..self.end as usize)
    }
}

/// The needed cells of a block, column by column, and the records that are none.
#[derive(Debug, Default)]
pub(in crate::data) struct Cells {
    /// How many records can be read.
    pub(in crate::data) rows: usize,
    /// How many records there are.
    pub(in crate::data) records: u64,
    /// One list of cells a needed column.
    pub(in crate::data) columns: Vec<Vec<Span>>,
    /// Elements of JSON arrays: ranges of `elements`.
    pub(in crate::data) lists: Vec<(u32, u32)>,
    /// Elements of all JSON arrays.
    pub(in crate::data) elements: Vec<Span>,
    /// Where each row starts; not kept when every line is a row.
    pub(in crate::data) starts: Vec<u32>,
    /// Every record ends with a line end, so that as many records as lines means one a line.
    pub(in crate::data) has_line_ends_only: bool,
    /// Number of each row within the block; empty when no record was rejected.
    pub(in crate::data) numbers: Vec<u32>,
    /// Rejected records: number within the block, offset, reason.
    pub(in crate::data) rejected: Vec<(u32, u32, RejectReason)>,
}

impl Cells {
    /// Forgets the last block.
    pub(in crate::data) fn clear(&mut self, columns: usize) {
        self.rows = 0;
        self.records = 0;
        self.columns.resize_with(columns, Vec::new);
        for cells in &mut self.columns {
            cells.clear();
        }
        self.lists.clear();
        self.elements.clear();
        self.starts.clear();
        self.has_line_ends_only = false;
        self.numbers.clear();
        self.rejected.clear();
    }

    /// Adds a cell to the row that is being read.
    pub(in crate::data) fn push(&mut self, slot: usize, cell: Span) {
        if let Some(cells) = self.columns.get_mut(slot) {
            cells.push(cell);
        }
    }

    /// Ends a row that started at an offset.
    pub(in crate::data) fn end_row(&mut self, start: usize) {
        self.starts.push(start as u32);
        if !self.rejected.is_empty() {
            self.number_rows();
            self.numbers.push(self.records as u32);
        }
        self.rows += 1;
        self.records += 1;
    }

    /// Rejects the record at an offset; its cells must not have been added.
    pub(in crate::data) fn reject(&mut self, start: usize, reason: RejectReason) {
        self.number_rows();
        self.rejected
            .push((self.records as u32, start as u32, reason));
        self.records += 1;
    }

    fn number_rows(&mut self) {
        let known = self.numbers.len();
        self.numbers
            .extend((known..self.rows).map(|row| row as u32));
    }

    /// Takes rows out for a reason each; the reasons are by row, `None` keeps.
    pub(in crate::data) fn reject_rows(&mut self, reasons: &[Option<RejectReason>]) {
        self.number_rows();
        for (row, reason) in reasons.iter().enumerate() {
            if let Some(reason) = reason {
                let number = self.numbers.get(row).copied().unwrap_or(0);
                let start = self.starts.get(row).copied().unwrap_or(u32::MAX);
                self.rejected.push((number, start, *reason));
            }
        }
        self.rejected.sort_by_key(|&(number, ..)| number);
        for cells in &mut self.columns {
            keep(cells, reasons);
        }
        keep(&mut self.numbers, reasons);
        if !self.starts.is_empty() {
            keep(&mut self.starts, reasons);
        }
        self.rows = self.numbers.len();
    }

    /// The line of each row and of each rejected record of a block.
    pub(in crate::data) fn lines(&self, block: &Block) -> (RecordNumbers, Vec<Reject>) {
        let is_lined = self.has_line_ends_only && self.records == block.line_count;
        match is_lined {
            true => self.numbered_lines(block.line),
            false => self.counted_lines(&block.bytes, block.line),
        }
    }

    /// One record a line.
    fn numbered_lines(&self, first: u64) -> (RecordNumbers, Vec<Reject>) {
        let rejects = self.rejected.iter().map(|&(number, _, reason)| Reject {
            line: first + u64::from(number),
            reason,
        });
        let mut lines = self.record_numbers();
        lines.first = first;
        for line in lines.each.iter_mut().flatten() {
            *line += first;
        }
        (lines, rejects.collect())
    }

    fn counted_lines(&self, bytes: &[u8], first: u64) -> (RecordNumbers, Vec<Reject>) {
        let mut counter = LineCounter::new(bytes, first);
        let mut rejected = self.rejected.iter().peekable();
        let mut rejects = Vec::with_capacity(self.rejected.len());
        let mut each = Vec::new();
        for row in 0..self.starts.len() {
            let start = self.starts.get(row).copied().unwrap_or(0);
            while let Some((_, offset, reason)) = rejected.next_if(|(_, offset, _)| *offset < start)
            {
                rejects.push(Reject {
                    line: counter.line_of(*offset),
                    reason: *reason,
                });
            }
            each.push(counter.line_of(start));
        }
        rejects.extend(rejected.map(|&(_, offset, reason)| Reject {
            line: counter.line_of(offset),
            reason,
        }));
        let lines = RecordNumbers {
            first,
            each: Some(each),
        };
        (lines, rejects)
    }

    /// The number of each row within the block.
    pub(in crate::data) fn record_numbers(&self) -> RecordNumbers {
        let each = (!self.numbers.is_empty()).then(|| {
            self.numbers
                .iter()
                .map(|&number| u64::from(number))
                .collect()
        });
        RecordNumbers { first: 0, each }
    }
}

fn keep<T>(items: &mut Vec<T>, reasons: &[Option<RejectReason>]) {
    let mut reasons = reasons.iter();
    items.retain(|_| reasons.next().is_none_or(Option::is_none));
}

/// Counts line ends up to ascending offsets.
#[derive(Debug)]
struct LineCounter<'b> {
    bytes: &'b [u8],
    end: u8,
    at: usize,
    line: u64,
}

impl<'b> LineCounter<'b> {
    fn new(bytes: &'b [u8], line: u64) -> LineCounter<'b> {
        LineCounter {
            bytes,
            end: line_end(bytes),
            at: 0,
            line,
        }
    }

    fn line_of(&mut self, offset: u32) -> u64 {
        let passed = self.bytes.get(self.at..offset as usize).unwrap_or(&[]);
        self.line += memchr::memchr_iter(self.end, passed).count() as u64;
        self.at = self.at.max(offset as usize);
        self.line
    }
}

/// The byte that ends lines in a text: a return only where there is no line feed.
pub(in crate::data) fn line_end(bytes: &[u8]) -> u8 {
    match memchr::memchr(b'\n', bytes) {
        Some(_) => b'\n',
        None => b'\r',
    }
}
