//! Turns the texts of an id column into ids: places of texts first, then one copy of all of them.
//!
//! Ids of one length are read by [`Even`]; others that are plain ASCII are looked at together; any other
//! piece goes id by id.

use super::direct::{FlatColumn, Pages};
use super::even::Even;
use super::flat::{Cells, Flat, Spread};
use super::page::PageRoom;
use super::values::texts;
use crate::data::RejectReason;
use crate::data::ids::IdKeys;
use crate::machine::Level;
use crate::table::{Bitmap, TextColumn};
use parquet::errors::{ParquetError, Result};
use std::borrow::Cow;

/// Where the text of a row is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    start: u32,
    /// [`NONE`] for rows without a text.
    length: u32,
}

const NONE: u32 = u32::MAX;
/// Short ids are copied so many bytes at once.
const BLOCK: usize = 16;

/// Reads the ids of one piece after the other.
#[derive(Default)]
pub(super) struct IdReader {
    heap: Heap,
    /// Memory that is used again.
    pub(super) spare: TextColumn,
    /// Whether ids of different lengths, or none, were met.
    is_odd: bool,
}

impl IdReader {
    /// The ids of a piece; `None` when the Parquet library must read them.
    ///
    /// # Errors
    /// The file is broken.
    pub(super) fn read(
        &mut self,
        column: &FlatColumn,
        pages: &Pages<'_>,
        room: &mut PageRoom,
    ) -> Result<Option<Ids>> {
        if !self.is_odd {
            let spare = std::mem::take(&mut self.spare);
            let is_left = column.is_read_here(pages);
            let mut even = Even::in_place_of(spare, pages.rows.count, is_left);
            let read = column.cells(pages, &mut even, Vec::new(), room);
            match even.finish(room) {
                Ok(ids) if matches!(read, Ok(Some(_))) => return Ok(Some(ids)),
                Ok(ids) => self.spare = ids.ids,
                Err(spare) => self.spare = spare,
            }
            // The rest of the file is like this piece.
            self.is_odd = true;
        }
        self.heap.bytes.clear();
        let memory = std::mem::take(&mut self.heap.spans);
        let spans = column.cells(pages, &mut self.heap, memory, room)?;
        let spare = std::mem::take(&mut self.spare);
        spans.map(|spans| self.heap.ids(spans, spare)).transpose()
    }
}

/// The texts that spans point at.
#[derive(Default)]
struct Heap {
    bytes: Vec<u8>,
    /// Memory that is used again.
    spans: Vec<Span>,
}

/// The ids of a piece.
pub(super) struct Ids {
    /// Of the rows that stay.
    pub(super) ids: TextColumn,
    pub(super) kept: Bitmap,
    /// Rows without a good id, and why.
    pub(super) rejects: Vec<(usize, RejectReason)>,
    /// What is known of them already.
    pub(super) keys: Option<IdKeys>,
}

impl Spread for Span {}

impl Cells for Heap {
    type Cell = Span;

    fn missing(&mut self) -> Span {
        Span {
            start: 0,
            length: NONE,
        }
    }

    fn plain(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        spans: &mut Vec<Span>,
    ) -> Result<Option<()>> {
        let base = self.bytes.len();
        let mut from = None;
        let mut end = 0;
        let read = texts(bytes, skipped, count, |start, text| {
            // Where the first text starts in the page is where the copy starts.
            let from = *from.get_or_insert(start);
            end = start + text.len();
            let start = u32::try_from(base + (start - from)).ok();
            let length = u32::try_from(text.len()).ok();
            let span = start
                .zip(length)
                .map(|(start, length)| Span { start, length });
            spans.push(span.ok_or_else(|| ParquetError::General("texts too long".into()))?);
            Ok(())
        })?;
        let copied = from.and_then(|from| bytes.get(from..end)).unwrap_or(&[]);
        self.bytes.extend_from_slice(copied);
        Ok(read)
    }
}

impl Heap {
    /// The ids that spans stand for.
    ///
    /// # Errors
    /// A text is not UTF-8.
    fn ids(&mut self, spans: Flat<Span>, spare: TextColumn) -> Result<Ids> {
        self.bytes.extend_from_slice(&[0; BLOCK]);
        let ids = match self.plain_ids(&spans.cells, spare) {
            Some(ids) => Ok(Ids {
                kept: Bitmap::all(spans.cells.len()),
                ids,
                rejects: Vec::new(),
                keys: None,
            }),
            None => self.odd_ids(&spans.cells),
        };
        self.spans = spans.cells;
        ids
    }

    /// All ids at once; `None` when one of them might be more or less than its text.
    fn plain_ids(&mut self, spans: &[Span], spare: TextColumn) -> Option<TextColumn> {
        let mut total = 0;
        let (mut is_close, mut is_odd) = (true, false);
        for span in spans {
            is_odd |= span.length == NONE || span.length == 0;
            is_close &= u64::from(span.start) == total;
            total += u64::from(span.length);
        }
        let total = u32::try_from(total).ok().filter(|_| !is_odd)? as usize;
        let TextColumn { text, mut ends, .. } = spare;
        let mut text = text.into_bytes();
        ends.clear();
        if is_close {
            // The texts follow each other already.
            std::mem::swap(&mut text, &mut self.bytes);
            text.truncate(total);
            ends.extend(spans.iter().map(|span| span.start + span.length));
        } else {
            self.copy(spans, total, &mut text, &mut ends)?;
        }
        if !is_plain(&text, &ends) {
            if is_close {
                self.bytes = text;
            }
            return None;
        }
        let text = String::from_utf8(text).ok()?;
        let even = None;
        Some(TextColumn { ends, text, even })
    }

    /// Copies texts one after the other.
    fn copy(
        &self,
        spans: &[Span],
        total: usize,
        text: &mut Vec<u8>,
        ends: &mut Vec<u32>,
    ) -> Option<()> {
        text.clear();
        text.reserve(total + BLOCK);
        ends.reserve(spans.len());
        let mut at = 0;
        for span in spans {
            let length = span.length as usize;
            let source = self.bytes.get(span.start as usize..)?;
            match source.first_chunk::<BLOCK>() {
                Some(block) if length <= BLOCK => {
                    text.extend_from_slice(block);
                    text.truncate(at + length);
                }
                Some(_) | None => text.extend_from_slice(source.get(..length)?),
            }
            at += length;
            ends.push(at as u32);
        }
        Some(())
    }

    fn odd_ids(&self, spans: &[Span]) -> Result<Ids> {
        let mut found = Ids {
            ids: TextColumn::default(),
            kept: Bitmap::all(spans.len()),
            rejects: Vec::new(),
            keys: None,
        };
        for (row, span) in spans.iter().enumerate() {
            let text = match span.length {
                NONE => None,
                length => {
                    let start = span.start as usize;
                    let bytes = self.bytes.get(start..start + length as usize);
                    let text = std::str::from_utf8(bytes.unwrap_or(&[]));
                    Some(text.map_err(|error| ParquetError::General(error.to_string()))?)
                }
            };
            match id_of(text) {
                Ok(id) => found.ids.push(&id),
                Err(reason) => {
                    found.kept.set(row, false);
                    found.rejects.push((row, reason));
                }
            }
        }
        Ok(found)
    }
}

/// Whether every id is just its text: ASCII, without white space at its ends, which would be trimmed,
/// and without a plus, so that none is a number that a spreadsheet shortened.
pub(super) fn is_plain(text: &[u8], ends: &[u32]) -> bool {
    let mut has_odd = false;
    Level::detect().run(
        #[inline(always)]
        || has_odd = text.iter().fold(false, |any, byte| any | is_odd(*byte)),
    );
    if !has_odd {
        return true;
    }
    if !text.is_ascii() || memchr::memchr2(b'+', 0, text).is_some() {
        return false;
    }
    let mut start = 0;
    ends.iter().all(|end| {
        let id = text.get(start..*end as usize).unwrap_or(&[]);
        start = *end as usize;
        let is_seen = |byte: Option<&u8>| byte.is_some_and(|byte| *byte > b' ');
        is_seen(id.first()) && is_seen(id.last())
    })
}

/// Whether ids with this byte are looked at closely.
#[inline(always)]
fn is_odd(byte: u8) -> bool {
    byte <= b' ' || byte == b'+' || byte >= 0x7f
}

/// The id that a text is.
pub(super) fn id_of(text: Option<&str>) -> std::result::Result<Cow<'_, str>, RejectReason> {
    let id = crate::value::normalise_text(text.unwrap_or(""));
    if id.is_empty() {
        Err(RejectReason::MissingId)
    } else if id.contains('\0') {
        Err(RejectReason::InvalidId)
    } else if crate::schema::is_spreadsheet_number(&id) {
        Err(RejectReason::SpreadsheetId)
    } else {
        Ok(id)
    }
}
