//! Turns the texts of an id column into ids: places of texts first, then one copy of all of them.
//!
//! Ids that are plain ASCII are looked at together; any other piece goes id by id.

use super::flat::{Cells, Flat};
use super::values::texts;
use crate::data::RejectReason;
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
/// Ids that are copied in such blocks at most.
const MOST_BLOCKS: usize = 4;

/// The texts that spans point at.
#[derive(Default)]
pub(super) struct Heap {
    bytes: Vec<u8>,
    /// Memory that is used again.
    pub(super) spans: Vec<Span>,
    pub(super) spare: TextColumn,
}

/// The ids of a piece.
pub(super) struct Ids {
    /// Of the rows that stay.
    pub(super) ids: TextColumn,
    pub(super) kept: Bitmap,
    /// Rows without a good id, and why.
    pub(super) rejects: Vec<(usize, RejectReason)>,
}

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
        if self.add_even(bytes, skipped, count, spans).is_some() {
            return Ok(Some(()));
        }
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
    /// Adds texts that all have the same length; `None`, and nothing is added, when they have not.
    fn add_even(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        spans: &mut Vec<Span>,
    ) -> Option<()> {
        let before = bytes.first_chunk()?;
        let length = u32::from_le_bytes(*before) as usize;
        let blocks = length.div_ceil(BLOCK);
        if !(1..=MOST_BLOCKS).contains(&blocks) {
            return None;
        }
        let step = before.len() + length;
        let end = skipped.checked_add(count)?.checked_mul(step)?;
        let rows = bytes.get(..end)?.chunks_exact(step);
        let is_even = |row: &[u8]| row.first_chunk() == Some(before);
        if !rows.fold(true, |all, row| all & is_even(row)) {
            return None;
        }
        let base = self.bytes.len();
        let total = base.checked_add(count.checked_mul(length)?)?;
        u32::try_from(total).ok()?;
        self.bytes.resize(total + blocks * BLOCK, 0);
        for row in 0..count {
            let from = bytes.get((skipped + row) * step + before.len()..)?;
            let to = self.bytes.get_mut(base + row * length..)?;
            copy_blocks(from, to, length, blocks);
        }
        self.bytes.truncate(total);
        let starts = (base..total).step_by(length);
        spans.extend(starts.map(|start| Span {
            start: start as u32,
            length: length as u32,
        }));
        Some(())
    }

    /// Forgets the texts.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }

    /// The ids that spans stand for.
    ///
    /// # Errors
    /// A text is not UTF-8.
    pub(super) fn ids(&mut self, spans: Flat<Span>) -> Result<Ids> {
        self.bytes.extend_from_slice(&[0; BLOCK]);
        let ids = match self.plain_ids(&spans.cells) {
            Some(ids) => Ok(Ids {
                kept: Bitmap::all(spans.cells.len()),
                ids,
                rejects: Vec::new(),
            }),
            None => self.odd_ids(&spans.cells),
        };
        self.spans = spans.cells;
        ids
    }

    /// All ids at once; `None` when one of them might be more or less than its text.
    fn plain_ids(&mut self, spans: &[Span]) -> Option<TextColumn> {
        let mut total = 0;
        let (mut is_close, mut is_odd) = (true, false);
        for span in spans {
            is_odd |= span.length == NONE || span.length == 0;
            is_close &= u64::from(span.start) == total;
            total += u64::from(span.length);
        }
        let total = u32::try_from(total).ok().filter(|_| !is_odd)? as usize;
        let TextColumn { text, mut ends } = std::mem::take(&mut self.spare);
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
        Some(TextColumn { ends, text })
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

/// Copies a short text with the bytes after it that its last block has; without them where either side
/// has no room for a block.
#[inline]
fn copy_blocks(from: &[u8], to: &mut [u8], length: usize, blocks: usize) {
    let sources = from.as_chunks::<BLOCK>().0;
    let places = to.as_chunks_mut::<BLOCK>().0;
    match (sources.get(..blocks), places.get_mut(..blocks)) {
        (Some(sources), Some(places)) => {
            let each = places.iter_mut().zip(sources);
            each.for_each(|(place, source)| *place = *source);
        }
        _ => {
            let each = to.iter_mut().zip(from).take(length);
            each.for_each(|(place, source)| *place = *source);
        }
    }
}

/// Whether every id is just its text: ASCII, without white space at its ends, which would be trimmed,
/// and without a plus, so that none is a number that a spreadsheet shortened.
fn is_plain(text: &[u8], ends: &[u32]) -> bool {
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
