//! Turns the texts of an id column into ids: places of texts first, then one copy of all of them.
//!
//! Ids that are plain ASCII are looked at together; any other piece goes id by id.

use super::flat::{Cells, Flat};
use super::values::texts;
use crate::data::RejectReason;
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
        if spans.iter().any(|span| span.length == NONE) {
            return None;
        }
        let total: u64 = spans.iter().map(|span| u64::from(span.length)).sum();
        let total = u32::try_from(total).ok()? as usize;
        let TextColumn { text, mut ends } = std::mem::take(&mut self.spare);
        let mut text = text.into_bytes();
        text.clear();
        text.reserve(total + BLOCK);
        ends.clear();
        ends.reserve(spans.len());
        let mut at = 0;
        let mut is_odd = false;
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
            // White space at the ends would be trimmed; an empty id is none.
            let last = source.get(length.checked_sub(1)?)?;
            is_odd |= *last <= b' ' || *source.first()? <= b' ';
            at += length;
            ends.push(at as u32);
        }
        // Without a plus no id is a number that a spreadsheet shortened.
        if is_odd || !text.is_ascii() || memchr::memchr2(b'+', 0, &text).is_some() {
            return None;
        }
        let text = String::from_utf8(text).ok()?;
        Some(TextColumn { ends, text })
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
