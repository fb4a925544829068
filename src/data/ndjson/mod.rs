//! NDJSON, one object a line, and JSON files that are one array of objects.

mod record;
mod scan;
mod walk;

pub(super) use scan::Raw;
pub(super) use walk::{Met, walk};

use super::columns::ColumnMap;
use super::cut::{Cutter, RecordEnds};
use super::decode::Cells;
use super::read::Stream;
use super::rows::RowDecoder;
use super::{DataError, DataErrorKind, Decoded, Decoder, Layout, Piece, Request, Source};
use crate::diag::Phrase;
use crate::say;
use record::{Fault, Keys, RecordReader};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Ends each element of an array in the blocks that decoders get: it cannot stand in JSON text.
pub(super) const ELEMENT_END: u8 = 0x1e;

/// Opens a JSON stream; the byte after each record.
pub(super) fn open(stream: Stream, block_bytes: usize) -> Result<(Cutter, u8), DataError> {
    let mut cutter = Cutter::new(stream, RecordEnds::Lines, block_bytes);
    let head = cutter.head(256)?;
    let blank = head
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    if head.get(blank) != Some(&b'[') {
        return Ok((cutter, b'\n'));
    }
    cutter.skip(blank + 1);
    cutter.set_ends(RecordEnds::Elements);
    Ok((cutter, ELEMENT_END))
}

/// Calls `each` with the start and end of every record of a block, blank ones left out.
pub(super) fn for_each_record(
    bytes: &[u8],
    record_end: u8,
    mut each: impl FnMut(usize, usize) -> Result<(), DataError>,
) -> Result<(), DataError> {
    let mut start = 0;
    while start < bytes.len() {
        let (record, next) = record_at(bytes, start, record_end);
        if let Some(record) = record {
            each(record.start, record.end)?;
        }
        start = next;
    }
    Ok(())
}

/// The record whose line starts at `start`, unless the line is blank, and where the next line starts.
fn record_at(bytes: &[u8], start: usize, record_end: u8) -> (Option<Range<usize>>, usize) {
    let rest = bytes.get(start..).unwrap_or(&[]);
    let stop = memchr::memchr(record_end, rest).unwrap_or(rest.len());
    let line = rest.get(..stop).unwrap_or(&[]);
    let text = line.trim_ascii();
    // Between the commas of an array nothing is one record too few.
    let is_record = !text.is_empty() || record_end == ELEMENT_END;
    let first = start + line.len() - line.trim_ascii_start().len();
    (
        is_record.then_some(first..first + text.len()),
        start + stop + 1,
    )
}

/// Calls `each` with the text of a value or of the elements of an array; `None` for what is no text.
pub(super) fn for_each_scalar(record: &[u8], raw: Raw, each: &mut dyn FnMut(Option<&str>)) {
    match raw {
        Raw::Null => {}
        Raw::Bare(span) => each(std::str::from_utf8(span.of(record)).ok()),
        Raw::Text { span, is_escaped } => {
            let mut text = Vec::new();
            let decoded = match is_escaped {
                true => scan::unescape(span.of(record), &mut text),
                false => {
                    text.extend_from_slice(span.of(record));
                    Some(())
                }
            };
            each(decoded.and_then(|()| std::str::from_utf8(&text).ok()));
        }
        Raw::Array(span) => {
            let start = span.start as usize + 1;
            // The array has been scanned before, so it can be read.
            let _ = scan::scan_array(record, start, 0, &mut |element| match element {
                Raw::Array(_) | Raw::Object => each(None),
                scalar => for_each_scalar(record, scalar, each),
            });
        }
        Raw::Object => each(None),
    }
}

/// A JSON file as a source of chunks.
pub(super) struct NdjsonSource {
    cutter: Cutter,
    layout: Arc<NdjsonLayout>,
}

struct NdjsonLayout {
    file: Arc<str>,
    record_end: u8,
    map: ColumnMap,
    keys: Keys,
    request: Arc<Request>,
}

impl NdjsonSource {
    /// Opens a stream for a request.
    pub(super) fn new(
        stream: Stream,
        block_bytes: usize,
        request: &Arc<Request>,
    ) -> Result<NdjsonSource, DataError> {
        let (cutter, record_end) = open(stream, block_bytes)?;
        let layout = NdjsonLayout::new(cutter.file(), record_end, request);
        Ok(NdjsonSource {
            cutter,
            layout: Arc::new(layout),
        })
    }
}

impl Source for NdjsonSource {
    fn next_piece(&mut self) -> Result<Option<Piece>, DataError> {
        Ok(self.cutter.next_block()?.map(Piece::Text))
    }

    fn layout(&self) -> Arc<dyn Layout> {
        Arc::clone(&self.layout) as Arc<dyn Layout>
    }
}

/// What decoders of lines of objects share, for a stream that is read line by line.
pub(super) fn line_layout(file: &Arc<str>, request: &Arc<Request>) -> Arc<dyn Layout> {
    Arc::new(NdjsonLayout::new(file, b'\n', request))
}

impl NdjsonLayout {
    fn new(file: &Arc<str>, record_end: u8, request: &Arc<Request>) -> NdjsonLayout {
        let (map, columns) = ColumnMap::of_keys(&request.schema);
        let count = columns.values().max().map_or(0, |last| last + 1);
        NdjsonLayout {
            file: Arc::clone(file),
            record_end,
            map,
            keys: Keys {
                columns,
                seen: (0..count).map(|_| AtomicBool::new(false)).collect(),
                has_records: AtomicBool::new(false),
            },
            request: Arc::clone(request),
        }
    }
}

impl Layout for NdjsonLayout {
    fn decoder(self: Arc<Self>) -> Box<dyn Decoder> {
        let rows = RowDecoder::new(&self.request, &self.map, &self.file);
        let records = RecordReader::new(self.keys.seen.len(), rows.needed());
        Box::new(NdjsonDecoder {
            layout: self,
            rows,
            records,
            cells: Cells::default(),
        })
    }

    fn file(&self) -> &str {
        &self.file
    }

    fn remarks(&self) -> Vec<Phrase> {
        if !self.keys.has_records.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let is_seen = |column: &Option<usize>| {
            let seen = column.and_then(|column| self.keys.seen.get(column));
            seen.is_some_and(|seen| seen.load(Ordering::Relaxed))
        };
        let fields = self.request.schema.iter();
        let unseen = fields
            .filter(|(id, field)| !field.is_optional && !self.map.of(*id).iter().any(is_seen));
        let file = crate::diag::escape_controls(&self.file);
        unseen
            .map(|(_, field)| {
                let name = &field.name;
                say!(
                    "{file}: no record has the key `{name}`: it is missing for everyone",
                    "{file}：没有一条记录有键 `{name}`：对所有人都视为缺失"
                )
            })
            .collect()
    }
}

struct NdjsonDecoder {
    layout: Arc<NdjsonLayout>,
    rows: RowDecoder,
    records: RecordReader,
    cells: Cells,
}

impl Decoder for NdjsonDecoder {
    fn decode(&mut self, piece: Piece) -> Result<Decoded, DataError> {
        let Piece::Text(mut block) = piece else {
            return Ok(Decoded::default());
        };
        let NdjsonDecoder {
            layout,
            rows,
            records,
            cells,
        } = self;
        cells.clear(rows.needed().len());
        cells.has_line_ends_only = true;
        let bytes = &block.bytes;
        let mut at = 0;
        while at < bytes.len() {
            if let Some(next) = records.read_alike(bytes, at, layout.record_end, cells) {
                at = next;
                continue;
            }
            let (record, next) = record_at(bytes, at, layout.record_end);
            at = next;
            let Some(Range { start, end }) = record else {
                continue;
            };
            match records.read(bytes, start, end, &layout.keys, cells) {
                Ok(()) => {}
                Err(Fault::Rejected(reason)) => cells.reject(start, reason),
                Err(Fault::TwoKeys(first, second)) => {
                    let passed = bytes.get(..start).unwrap_or(&[]);
                    let line = block.line + memchr::memchr_iter(b'\n', passed).count() as u64;
                    return Err(two_keys(&layout.file, line, &first, &second));
                }
            }
        }
        records.take_side(&mut block.bytes);
        rows.decode(&block, cells)
    }
}

fn two_keys(file: &str, line: u64, first: &str, second: &str) -> DataError {
    let what = say!(
        "keys `{first}` and `{second}` are the same field: remove one",
        "键 `{first}` 和 `{second}` 是同一个字段：请去掉一个"
    );
    DataError::at_line(DataErrorKind::Columns, file, line, &what)
}
