//! Turns contact files (CSV, NDJSON, Parquet) into [`Chunk`](crate::table::Chunk)s, and hands them
//! to whoever evaluates them.
//!
//! Invariants: text is never decoded lossily and a cell is never guessed; a file that cannot be read
//! to its end is an error, never a shorter file; memory does not grow with the number of records,
//! except for the set of ids that finds duplicates; results reach the caller in file order whatever
//! the number of threads; messages name files, lines and fields, never what a cell holds.

mod columns;
mod csv;
mod cut;
mod decode;
mod error;
mod flow;
mod gate;
mod ids;
mod infer;
mod input;
mod kept;
mod limit;
mod ndjson;
mod open;
#[cfg(feature = "parquet")]
mod parquet;
mod read;
mod report;
mod rows;
mod scan;
mod source;
mod stream;
pub mod write;

pub use error::{DataError, DataErrorKind};
pub use infer::{NearType, infer, near_type, schema_text, schema_text_with};
pub use input::{Encoding, Format, Input};
pub use kept::Kept;
pub use report::{
    InvalidCells, InvalidField, InvalidSample, LoadReport, Reject, RejectReason, RejectedRecord,
    write_rejects,
};
pub use scan::{Projection, ScanOptions, scan};
pub use source::{Block, Decoded, Decoder, Layout, Piece, Request, Source};
pub use stream::ContactStream;
