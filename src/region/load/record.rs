//! Turns CSV text into records: quotes, CRLF, blank lines and a byte-order mark are understood.

use super::{HierarchyError, HierarchyErrorKind, error};
use crate::region::spelling::normalise;

/// One row and the line it begins on, from 1.
pub(super) struct Record {
    pub(super) line: u32,
    /// Cells in NFKC, trimmed.
    pub(super) cells: Vec<String>,
}

/// Splits the text; rows whose cells are all blank are left out, the first row sets the width.
pub(super) fn text_to_records(text: &str) -> Result<Vec<Record>, HierarchyError> {
    let mut reader = Reader {
        line: 1,
        ..Reader::default()
    };
    reader.start_record();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if reader.is_quoted && chars.peek() == Some(&'"') => {
                chars.next();
                reader.cell.push('"');
            }
            '"' if reader.is_quoted => reader.is_quoted = false,
            '"' if reader.cell.trim().is_empty() => reader.is_quoted = true,
            ',' if !reader.is_quoted => reader.end_cell(),
            '\n' => reader.end_line()?,
            _ => reader.cell.push(c),
        }
    }
    if reader.is_quoted {
        return Err(error(reader.record_line, HierarchyErrorKind::OpenQuote));
    }
    reader.end_record()?;
    Ok(reader.records)
}

#[derive(Default)]
struct Reader {
    records: Vec<Record>,
    cells: Vec<String>,
    cell: String,
    line: u32,
    record_line: u32,
    is_quoted: bool,
}

impl Reader {
    fn start_record(&mut self) {
        self.record_line = self.line;
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.cell);
        self.cells.push(normalise(&cell).into_owned());
    }

    fn end_line(&mut self) -> Result<(), HierarchyError> {
        self.line = self.line.saturating_add(1);
        if self.is_quoted {
            self.cell.push('\n');
            return Ok(());
        }
        self.end_record()
    }

    fn end_record(&mut self) -> Result<(), HierarchyError> {
        self.end_cell();
        let cells = std::mem::take(&mut self.cells);
        let line = self.record_line;
        self.start_record();
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        let found = cells.len();
        let wanted = self
            .records
            .first()
            .map_or(found, |header| header.cells.len());
        if found != wanted {
            return Err(error(line, HierarchyErrorKind::Ragged { found, wanted }));
        }
        self.records.push(Record { line, cells });
        Ok(())
    }
}
