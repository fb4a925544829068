//! Turns lines of JSON that arrive one by one into chunks, as soon as they are there.
//!
//! Invariants: a line is never held back once its end has been read; a line that is no contact is
//! rejected and the stream goes on; memory does not grow with the number of lines, so ids are not
//! compared with earlier ones.

use super::gate::{Gate, settle_ids};
use super::ndjson::line_layout;
use super::read::own_error;
use super::{Block, DataError, DataErrorKind, Decoded, Decoder, Layout, LoadReport, Piece};
use super::{Reject, RejectReason, Request, limit};
use crate::schema::{IdSource, Schema};
use std::io::Read;
use std::sync::Arc;

/// Contacts that arrive as lines of JSON, without an end that is known.
pub struct ContactStream {
    reader: Box<dyn Read>,
    file: Arc<str>,
    layout: Arc<dyn Layout>,
    decoder: Box<dyn Decoder>,
    gate: Gate,
    has_id_field: bool,
    /// Read and not yet handed out.
    pending: Vec<u8>,
    /// The line (from 1) of the first pending byte.
    line: u64,
    /// The line at hand is too long: what has come of it is dropped.
    is_skipping: bool,
    is_done: bool,
}

/// Bytes asked for at once.
const READ_BYTES: usize = 1 << 16;

impl ContactStream {
    /// Reads from `reader`, called `name` in messages; chunks carry ids and the fields of `request`.
    pub fn new(reader: Box<dyn Read>, name: &str, request: Request) -> ContactStream {
        let file: Arc<str> = name.into();
        let schema: &Schema = &request.schema;
        let has_id_field = schema.id != IdSource::Row;
        let request = Arc::new(request);
        let layout = line_layout(&file, &request);
        let gate = Gate::new(&[Arc::clone(&layout)], &request.schema, true);
        ContactStream {
            reader,
            file,
            decoder: Arc::clone(&layout).decoder(),
            layout,
            gate,
            has_id_field,
            pending: Vec::new(),
            line: 1,
            is_skipping: false,
            is_done: false,
        }
    }

    /// Waits for the end of a line, and decodes all lines that have ended; `None` at the end.
    ///
    /// # Errors
    /// The stream cannot be read.
    pub fn next_lines(&mut self) -> Result<Option<Vec<Decoded>>, DataError> {
        loop {
            let end = match self.is_done {
                true => self.pending.len(),
                false => memchr::memrchr(b'\n', &self.pending).map_or(0, |end| end + 1),
            };
            let mut bytes: Vec<u8> = self.pending.drain(..end).collect();
            if self.is_done && !self.is_skipping && !bytes.ends_with(b"\n") && !bytes.is_empty() {
                bytes.push(b'\n');
            }
            let mut found = Vec::new();
            if self.is_skipping && (end > 0 || self.is_done) {
                self.is_skipping = false;
                let rest = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |end| end + 1);
                bytes.drain(..rest);
                found.push(rejected(self.line, RejectReason::TooLong));
                self.line += 1;
            }
            if !bytes.is_empty() {
                found.extend(self.decode(bytes));
            }
            for decoded in &mut found {
                self.gate.count(decoded);
                settle_ids(decoded, self.has_id_field, true);
            }
            if !found.is_empty() {
                return Ok(Some(found));
            }
            if self.is_done {
                return Ok(None);
            }
            self.read()?;
        }
    }

    /// What reading the stream came to.
    pub fn finish(self) -> LoadReport {
        self.gate.finish(&[self.layout])
    }

    fn read(&mut self) -> Result<(), DataError> {
        if self.is_skipping || self.pending.len() > limit::RECORD_BYTES {
            self.is_skipping = true;
            self.pending.clear();
        }
        let start = self.pending.len();
        self.pending.resize(start + READ_BYTES, 0);
        let free = self.pending.get_mut(start..).unwrap_or(&mut []);
        let count = loop {
            match self.reader.read(free) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let count = count.map_err(|error| own_error(error, &self.file))?;
        self.pending.truncate(start + count);
        self.is_done = count == 0;
        Ok(())
    }

    /// Decodes whole lines: together, or one by one when one of them spoils the rest.
    fn decode(&mut self, mut bytes: Vec<u8>) -> Vec<Decoded> {
        let line = self.line;
        if line == 1 && bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        let lines = memchr::memchr_iter(b'\n', &bytes).count() as u64;
        self.line += lines;
        if let Ok(decoded) = self.decode_block(bytes.clone(), line, lines) {
            return vec![decoded];
        }
        let mut found = Vec::new();
        for (number, bytes) in (line..).zip(bytes.split_inclusive(|&byte| byte == b'\n')) {
            let decoded = self.decode_block(bytes.to_vec(), number, 1);
            found.push(decoded.unwrap_or_else(|error| {
                rejected(
                    number,
                    match error.kind {
                        DataErrorKind::Columns => RejectReason::DuplicateKey,
                        DataErrorKind::Io
                        | DataErrorKind::Broken
                        | DataErrorKind::Encoding
                        | DataErrorKind::Limit
                        | DataErrorKind::TooManyRejects
                        | DataErrorKind::Sink => RejectReason::BrokenJson,
                    },
                )
            }));
        }
        found
    }

    fn decode_block(
        &mut self,
        bytes: Vec<u8>,
        line: u64,
        line_count: u64,
    ) -> Result<Decoded, DataError> {
        let block = Block {
            bytes,
            line,
            line_count,
            spare: None,
        };
        let decoded = self.decoder.decode(Piece::Text(block));
        if decoded.is_err() {
            // What a broken line left behind goes with the decoder.
            self.decoder = Arc::clone(&self.layout).decoder();
        }
        decoded
    }
}

fn rejected(line: u64, reason: RejectReason) -> Decoded {
    Decoded {
        records: 1,
        rejects: vec![Reject { line, reason }],
        ..Decoded::default()
    }
}
