//! What a file format has to provide: pieces of a file in order, and decoders that turn a piece into
//! a chunk on any thread.
//!
//! A [`Source`] belongs to one file and is asked by one thread at a time. Each worker thread makes a
//! [`Decoder`] of its own for each file and keeps it, with its dictionaries, until the end.

use super::ids::IdKeys;
use super::{DataError, InvalidCells, Reject};
use crate::diag::Phrase;
use crate::name::{FieldId, Name};
use crate::schema::Schema;
use crate::table::{Chunk, RecordNumbers};
use crate::value::Zone;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What a scan wants from every file.
#[derive(Clone, Debug)]
pub struct Request {
    /// The schema; every column it declares must be there unless optional.
    pub schema: Schema,
    /// The fields to decode, in this order.
    pub fields: Vec<FieldId>,
    /// Fields whose numbers need not be told apart between these cuts, ascending.
    pub cuts: BTreeMap<FieldId, Vec<i64>>,
    /// Times without an offset are local there.
    pub zone: Zone,
}

/// One open file, cut into pieces in file order.
pub trait Source: Send {
    /// Cuts off the next piece, ending at a record's end; `None` at the end of the file.
    ///
    /// # Errors
    /// The file cannot be read, or is broken.
    fn next_piece(&mut self) -> Result<Option<Piece>, DataError>;

    /// How decoders for this file are made.
    fn layout(&self) -> Arc<dyn Layout>;
}

/// What all decoders of one file share: which column is which field.
pub trait Layout: Send + Sync {
    /// Makes a decoder for one worker thread.
    fn decoder(self: Arc<Self>) -> Box<dyn Decoder>;

    /// The file's name for messages.
    fn file(&self) -> &str;

    /// Columns of the file that no field names.
    fn ignored(&self) -> &[String] {
        &[]
    }

    /// Optional fields that the file lacks.
    fn absent(&self) -> &[Name] {
        &[]
    }

    /// What is worth saying once the whole file has been read.
    fn remarks(&self) -> Vec<Phrase> {
        Vec::new()
    }
}

/// Turns pieces of one file into chunks.
pub trait Decoder: Send {
    /// Decodes a piece.
    ///
    /// # Errors
    /// The piece is broken in a way that rejecting a record cannot mend.
    fn decode(&mut self, piece: Piece) -> Result<Decoded, DataError>;

    /// Takes back what is left of a chunk, to use its memory again.
    fn reuse(&mut self, chunk: Chunk) {
        drop(chunk);
    }
}

/// A part of a file that is decoded in one go, of about half a megabyte to four.
#[derive(Debug)]
pub enum Piece {
    /// Whole records of a text format.
    Text(Block),
    /// Rows of one row group.
    Rows {
        /// The row group, from 0.
        group: usize,
        /// The first row within the group.
        first: u64,
        /// How many rows.
        count: u64,
        /// The number of the first row within the file, from 0.
        record: u64,
    },
}

/// Memory of blocks that are done with, to be used again.
#[derive(Clone, Debug, Default)]
pub(super) struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

/// So many are kept; a reader is a few blocks ahead.
const MOST_SPARE: usize = 8;

impl Spare {
    /// Memory for a block, empty.
    pub(super) fn take(&self, wanted: usize) -> Vec<u8> {
        let kept = self.0.lock().ok().and_then(|mut kept| kept.pop());
        kept.unwrap_or_else(|| Vec::with_capacity(wanted))
    }

    fn give(&self, mut bytes: Vec<u8>) {
        if let Ok(mut kept) = self.0.lock()
            && kept.len() < MOST_SPARE
        {
            bytes.clear();
            kept.push(bytes);
        }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        if let Some(spare) = &self.spare {
            spare.give(std::mem::take(&mut self.bytes));
        }
    }
}

/// Whole records of a text file.
#[derive(Debug)]
pub struct Block {
    /// The bytes, not yet known to be UTF-8.
    pub bytes: Vec<u8>,
    /// The line (from 1) of the first byte.
    pub line: u64,
    /// How many line ends there are; `u64::MAX` when records have nothing to do with lines.
    pub line_count: u64,
    /// Where its memory goes when it is done with.
    pub(super) spare: Option<Spare>,
}

/// What became of a piece.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The contacts. `ids` must be filled whenever the schema's id is a field, trimmed and NFC;
    /// record numbers count from 0 at the start of the piece, rejected records counted;
    /// `duplicates` stays empty.
    pub chunk: Chunk,
    /// How many records the piece held, rejected ones included.
    pub records: u64,
    /// Where each contact of the chunk stands: its line in a text file, its row (from 1) in Parquet.
    pub lines: RecordNumbers,
    /// Records that are no contacts, in file order.
    pub rejects: Vec<Reject>,
    /// Cells that are invalid.
    pub invalid: InvalidCells,
    /// What the reader knows of the ids already.
    pub(in crate::data) keys: Option<IdKeys>,
}
