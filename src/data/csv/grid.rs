//! Turns a block of CSV records into the spans of the cells that are needed.
//!
//! The quick way finds all separators and line ends by bit masks and is right when every record of
//! the block has the header's number of fields and every quote stands where it may; it says so
//! itself, and otherwise the careful way reads the block again.

use super::careful::read_carefully;
use super::marks::parity_up_to;
use crate::data::decode::{Cells, Span};
use crate::machine::{LANE_BYTES, Lane, Level, Scan};

/// How records are laid out in a file.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct Dialect {
    /// Between fields.
    pub(in crate::data) separator: u8,
    /// Fields a record.
    pub(in crate::data) columns: usize,
}

/// Finds the cells of the needed columns; unescaped cells are appended to `bytes`.
pub(in crate::data) fn find_cells(
    bytes: &mut Vec<u8>,
    dialect: Dialect,
    needed: &[usize],
    scratch: &mut Vec<u32>,
    out: &mut Cells,
) {
    out.clear(needed.len());
    let level = Level::detect();
    let separator = dialect.separator;
    scratch.clear();
    let plain = level.scan(PlainEnds {
        bytes,
        separator,
        ends: scratch,
    });
    let is_plain = plain.is_some();
    let lines = plain.or_else(|| {
        scratch.clear();
        level.scan(QuotedEnds {
            bytes,
            separator,
            ends: scratch,
        })
    });
    let is_regular = lines.is_some_and(|lines| is_regular(bytes, dialect, scratch, lines))
        && has_short_records(bytes);
    if !is_regular {
        read_carefully(bytes, dialect, needed, out);
        return;
    }
    out.rows = scratch.len() / dialect.columns;
    out.records = out.rows as u64;
    for (slot, &column) in needed.iter().enumerate() {
        if let Some(cells) = out.columns.get_mut(slot) {
            gather(scratch, dialect.columns, column, cells);
        }
    }
    out.has_line_ends_only = true;
    if !is_plain {
        out.starts.push(0);
        let ends = scratch.chunks_exact(dialect.columns);
        out.starts
            .extend(ends.filter_map(|row| row.last()).map(|end| end + 1));
        out.starts.truncate(out.rows);
        for cells in &mut out.columns {
            unquote(bytes, cells);
        }
    }
}

/// Whether no record can hold a field that is too long; else lengths have to be checked.
fn has_short_records(bytes: &[u8]) -> bool {
    bytes.len() <= crate::data::limit::FIELD_BYTES
        || bytes
            .chunks(crate::data::limit::FIELD_BYTES / 2)
            .all(|part| memchr::memchr(b'\n', part).is_some())
}

/// Finds the offsets of all separators and line ends; gives the number of line ends, or `None` at the
/// first quote or carriage return, which ask for the other way.
struct PlainEnds<'a> {
    bytes: &'a [u8],
    separator: u8,
    ends: &'a mut Vec<u32>,
}

impl Scan for PlainEnds<'_> {
    type Output = Option<usize>;

    // No closures: what is compiled for a level's instructions is this body and what is put into it.
    #[inline(always)]
    fn scan<L: Lane>(self) -> Option<usize> {
        let mut lines = 0;
        let mut offset = 0;
        let (lanes, rest) = self.bytes.as_chunks::<LANE_BYTES>();
        let last = filled_up(rest);
        for bytes in lanes.iter().chain(&last) {
            let lane = L::new(bytes);
            let line_ends = lane.mask_of(b'\n');
            if lane.mask_of(b'"') | lane.mask_of(b'\r') != 0 {
                return None;
            }
            lines += line_ends.count_ones() as usize;
            push_bits(self.ends, offset, lane.mask_of(self.separator) | line_ends);
            offset += LANE_BYTES;
        }
        Some(lines)
    }
}

/// The same with quotes and carriage returns; `None` when some quote or return stands where the
/// simple reading of quotes would be wrong.
struct QuotedEnds<'a> {
    bytes: &'a [u8],
    separator: u8,
    ends: &'a mut Vec<u32>,
}

impl Scan for QuotedEnds<'_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn scan<L: Lane>(self) -> Option<usize> {
        let mut lines = 0;
        let mut misplaced = 0;
        let mut offset = 0;
        // All ones while the last lane ended inside quotes.
        let mut inside_before = 0u64;
        // Whether the byte before this lane ends a field, closes a quote, or is a return.
        let (mut break_before, mut close_before, mut return_before) = (1u64, 0u64, 0u64);
        let (lanes, rest) = self.bytes.as_chunks::<LANE_BYTES>();
        let last = filled_up(rest);
        for bytes in lanes.iter().chain(&last) {
            let lane = L::new(bytes);
            let quotes = lane.mask_of(b'"');
            let inside = parity_up_to(quotes) ^ inside_before;
            let line_ends = lane.mask_of(b'\n') & !inside;
            let returns = lane.mask_of(b'\r') & !inside;
            let breaks = (lane.mask_of(self.separator) | line_ends) & !inside;
            let (opens, closes) = (quotes & inside, quotes & !inside);
            let after_break = breaks << 1 | break_before;
            let after_close = closes << 1 | close_before;
            let after_return = returns << 1 | return_before;
            // An opening quote starts a field or is the second of a pair; after a closing one the
            // field ends or the pair goes on; a return is the first half of a line end.
            misplaced |= opens & !(after_break | after_close);
            misplaced |= after_close & !(breaks | returns | opens);
            misplaced |= after_return & !line_ends;
            inside_before = 0u64.wrapping_sub(inside >> 63);
            (break_before, close_before, return_before) =
                (breaks >> 63, closes >> 63, returns >> 63);
            lines += line_ends.count_ones() as usize;
            push_bits(self.ends, offset, breaks);
            offset += LANE_BYTES;
        }
        // The zeros that fill the last lane up follow a line end, so nothing is misplaced by them.
        (misplaced == 0 && inside_before == 0).then_some(lines)
    }
}

/// The bytes past the last whole lane, filled up with zeros; nothing when there are none.
fn filled_up(rest: &[u8]) -> Option<[u8; LANE_BYTES]> {
    let mut lane = [0; LANE_BYTES];
    for (to, from) in lane.iter_mut().zip(rest) {
        *to = *from;
    }
    (!rest.is_empty()).then_some(lane)
}

#[inline(always)]
fn push_bits(ends: &mut Vec<u32>, offset: usize, mut bits: u64) {
    let wanted = ends.len() + bits.count_ones() as usize;
    let offset = offset as u32;
    // Eight at a time without a branch; those past the last bit are cut off again.
    while bits != 0 {
        let mut eight = [0u32; 8];
        for place in &mut eight {
            *place = offset + bits.trailing_zeros();
            bits &= bits.wrapping_sub(1);
        }
        ends.extend_from_slice(&eight);
    }
    ends.truncate(wanted);
}

/// Whether every record has the right number of fields.
fn is_regular(bytes: &[u8], dialect: Dialect, ends: &[u32], lines: usize) -> bool {
    let rows = ends.chunks_exact(dialect.columns);
    // A record of one empty field looks like an empty line, which is no record.
    dialect.columns > 1
        && lines * dialect.columns == ends.len()
        && rows
            .filter_map(|row| row.last())
            .all(|&end| bytes.get(end as usize) == Some(&b'\n'))
}

/// Picks one column's cells out of the offsets of all field ends.
#[expect(
    clippy::indexing_slicing,
    reason = "every row has `columns` ends, and the column is one of them"
)]
fn gather(ends: &[u32], columns: usize, column: usize, cells: &mut Vec<Span>) {
    cells.reserve(ends.len() / columns);
    if column == 0 {
        let mut start = 0;
        cells.extend(ends.chunks_exact(columns).map(|row| {
            let span = Span { start, end: row[0] };
            start = row[columns - 1] + 1;
            span
        }));
    } else {
        cells.extend(ends.chunks_exact(columns).map(|row| Span {
            start: row[column - 1] + 1,
            end: row[column],
        }));
    }
}

/// Takes quotes off cells that have them. White space at the ends of other cells, such as the return
/// of a line end, is dropped by whoever reads the cell.
fn unquote(bytes: &mut Vec<u8>, cells: &mut [Span]) {
    for cell in cells {
        if bytes.get(cell.start as usize) == Some(&b'"') {
            let has_return = bytes.get((cell.end as usize).wrapping_sub(1)) == Some(&b'\r');
            let end = cell.end - u32::from(has_return);
            *cell = unquote_one(
                bytes,
                Span {
                    start: cell.start + 1,
                    end: end.saturating_sub(1),
                },
            );
        }
    }
}

/// The text between the outer quotes; pairs of quotes become one in a copy at the end of `bytes`.
pub(super) fn unquote_one(bytes: &mut Vec<u8>, inner: Span) -> Span {
    let (start, end) = (inner.start as usize, inner.end as usize);
    let has_pairs = bytes
        .get(start..end)
        .is_some_and(|text| memchr::memchr(b'"', text).is_some());
    if !has_pairs {
        return inner;
    }
    let copy_start = bytes.len();
    let mut from = start;
    while let Some(quote) = bytes
        .get(from..end)
        .and_then(|text| memchr::memchr(b'"', text))
    {
        bytes.extend_from_within(from..=from + quote);
        from += quote + 2;
    }
    if from < end {
        bytes.extend_from_within(from..end);
    }
    Span {
        start: copy_start as u32,
        end: bytes.len() as u32,
    }
}
