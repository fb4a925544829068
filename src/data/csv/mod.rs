//! CSV and TSV: header, separator, blocks of records into chunks.

mod careful;
mod grid;
mod marks;
mod sniff;

pub(super) use careful::{RawField, split_record};
pub(super) use grid::{Dialect, find_cells};

use super::columns::ColumnMap;
use super::cut::{Cutter, RecordEnds};
use super::decode::Cells;
use super::read::Stream;
use super::rows::RowDecoder;
use super::{
    DataError, DataErrorKind, Decoded, Decoder, Input, Layout, Piece, Request, Source, limit,
};
use crate::name::Name;
use crate::say;
use std::sync::Arc;

/// A CSV file whose header is known.
pub(super) struct CsvFile {
    pub(super) cutter: Cutter,
    pub(super) columns: Vec<String>,
    pub(super) dialect: Dialect,
}

/// Opens a CSV stream: finds the separator and the column names.
pub(super) fn open(
    stream: Stream,
    input: &Input,
    known: &[&str],
    is_tabbed: bool,
    block_bytes: usize,
) -> Result<CsvFile, DataError> {
    let mut cutter = Cutter::new(stream, RecordEnds::Lines, block_bytes);
    let head = cutter.head(sniff::HEAD_BYTES)?;
    let separator = match input.separator {
        Some(separator) => separator,
        None if is_tabbed => b'\t',
        None => sniff::separator(head, known),
    };
    cutter.set_ends(RecordEnds::Quoted(separator));
    let columns = match &input.names {
        Some(names) => names.clone(),
        None => header(&mut cutter, separator)?,
    };
    if columns.len() > limit::COLUMNS {
        let (count, most) = (columns.len(), limit::COLUMNS);
        let what = say!(
            "{count} columns, and at most {most} are read",
            "有 {count} 列，最多读取 {most} 列"
        );
        return Err(DataError::in_file(
            DataErrorKind::Limit,
            cutter.file(),
            &what,
        ));
    }
    let dialect = Dialect {
        separator,
        columns: columns.len(),
    };
    Ok(CsvFile {
        cutter,
        columns,
        dialect,
    })
}

/// Reads and skips the first record.
fn header(cutter: &mut Cutter, separator: u8) -> Result<Vec<String>, DataError> {
    let file = Arc::clone(cutter.file());
    let fail = |kind, what| Err(DataError::at_line(kind, &file, 1, &what));
    let mut wanted = sniff::HEAD_BYTES;
    let mut fields: Vec<RawField> = Vec::new();
    loop {
        let head = cutter.head(wanted)?.to_vec();
        let blank = head
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        if blank == head.len() {
            let what = say!(
                "the file is empty: not even a header",
                "文件是空的，连表头都没有"
            );
            return match cutter.is_done() {
                true => fail(DataErrorKind::Columns, what),
                false => fail(DataErrorKind::Limit, what),
            };
        }
        let record = split_record(&head, separator, blank, &mut fields);
        if record.next >= head.len() && !cutter.is_done() {
            if head.len() > limit::RECORD_BYTES {
                return fail(
                    DataErrorKind::Limit,
                    say!("the header is too long", "表头过长"),
                );
            }
            wanted = head.len() * 2;
            continue;
        }
        if record.fault.is_some() || record.end > head.len() {
            let what = say!(
                "a quote in the header where none may stand",
                "表头中的引号位置不对"
            );
            return fail(DataErrorKind::Broken, what);
        }
        let names: Option<Vec<String>> = fields
            .iter()
            .map(|field| field_name(&head, field))
            .collect();
        cutter.skip(record.next.min(head.len()));
        return match names {
            Some(names) => Ok(names),
            None => fail(DataErrorKind::Encoding, not_utf8(&head)),
        };
    }
}

fn field_name(head: &[u8], field: &RawField) -> Option<String> {
    let name = std::str::from_utf8(field.text.of(head)).ok()?;
    Some(match field.is_quoted {
        true => name.replace("\"\"", "\""),
        false => name.trim().to_string(),
    })
}

/// What to say of text that is not UTF-8: GB18030 when it could be that.
pub(super) fn not_utf8(bytes: &[u8]) -> crate::diag::Phrase {
    let (_, has_errors) = encoding_rs::GB18030.decode_without_bom_handling(bytes);
    match has_errors {
        false => say!(
            "the text is not UTF-8 but could be GB18030: give --encoding gb18030",
            "文本不是 UTF-8，可能是 GB18030：请加 --encoding gb18030"
        ),
        true => say!(
            "the text is not UTF-8: convert it, or give --encoding gb18030",
            "文本不是 UTF-8：请先转换，或加 --encoding gb18030"
        ),
    }
}

/// A CSV file as a source of chunks.
pub(super) struct CsvSource {
    cutter: Cutter,
    layout: Arc<CsvLayout>,
}

struct CsvLayout {
    file: Arc<str>,
    dialect: Dialect,
    map: ColumnMap,
    request: Arc<Request>,
}

impl CsvSource {
    /// Matches the file's columns with the schema.
    pub(super) fn new(file: CsvFile, request: &Arc<Request>) -> Result<CsvSource, DataError> {
        let name = Arc::clone(file.cutter.file());
        let map = ColumnMap::new(&request.schema, &file.columns, &name)?;
        Ok(CsvSource {
            cutter: file.cutter,
            layout: Arc::new(CsvLayout {
                file: name,
                dialect: file.dialect,
                map,
                request: Arc::clone(request),
            }),
        })
    }
}

impl Source for CsvSource {
    fn next_piece(&mut self) -> Result<Option<Piece>, DataError> {
        Ok(self.cutter.next_block()?.map(Piece::Text))
    }

    fn layout(&self) -> Arc<dyn Layout> {
        Arc::clone(&self.layout) as Arc<dyn Layout>
    }
}

impl Layout for CsvLayout {
    fn decoder(self: Arc<Self>) -> Box<dyn Decoder> {
        let rows = RowDecoder::new(&self.request, &self.map, &self.file);
        Box::new(CsvDecoder {
            dialect: self.dialect,
            rows,
            cells: Cells::default(),
            scratch: Vec::new(),
        })
    }

    fn file(&self) -> &str {
        &self.file
    }

    fn ignored(&self) -> &[String] {
        &self.map.ignored
    }

    fn absent(&self) -> &[Name] {
        &self.map.absent
    }
}

struct CsvDecoder {
    dialect: Dialect,
    rows: RowDecoder,
    cells: Cells,
    scratch: Vec<u32>,
}

impl Decoder for CsvDecoder {
    fn decode(&mut self, piece: Piece) -> Result<Decoded, DataError> {
        let Piece::Text(mut block) = piece else {
            return Ok(Decoded::default());
        };
        let needed = self.rows.needed();
        find_cells(
            &mut block.bytes,
            self.dialect,
            needed,
            &mut self.scratch,
            &mut self.cells,
        );
        self.rows.decode(&block, &mut self.cells)
    }
}
