//! Writes results: whole or not at all.
//!
//! Invariants: nothing is visible under its name before it is complete; an existing file stays as it
//! is unless replacing was asked for; files with personal data are readable by their owner only,
//! whatever the umask; what goes to standard output is held back until the run is known to be good,
//! except answers to a stream ([`ClassLines`]).

mod bitmaps;
mod cell;
mod classes;
mod file;
mod folder;
mod ids;
mod lines;
#[cfg(feature = "parquet")]
mod parquet;
mod rows;

pub use bitmaps::{BitmapFolder, BitmapPart};
pub use classes::ClassWriter;
pub use file::{FinishError, NewFile, Target};
pub use folder::{NewFolder, push_csv_field};
pub use lines::ClassLines;
pub use rows::{ColumnSet, RowFormat, RowWriter};
