//! What can go wrong with contact files, with the place where it is known.

use crate::diag::{Lang, Phrase, escape_controls, io_reason};
use std::fmt;
use std::path::Path;

/// Contact data that cannot be read. The message names the place and says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataError {
    /// Which kind of failure.
    pub kind: DataErrorKind,
    /// `file:line:column: what is wrong`, as far as the place is known.
    pub message: Phrase,
}

/// Kinds of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DataErrorKind {
    /// The operating system refused to open or read.
    Io,
    /// The bytes are not what the format asks for.
    Broken,
    /// The text is in another encoding than the one declared.
    Encoding,
    /// The columns do not fit the schema.
    Columns,
    /// Something is larger than this program reads.
    Limit,
    /// More records were rejected than the run allows.
    TooManyRejects,
    /// The caller's sink failed; the message is its own.
    Sink,
}

impl DataError {
    /// Makes an error about a whole file.
    pub fn in_file(kind: DataErrorKind, file: &str, what: &Phrase) -> DataError {
        let file = escape_controls(file);
        let message = Phrase::new(
            format!("{file}: {}", what.get(Lang::En)),
            format!("{file}：{}", what.get(Lang::Zh)),
        );
        DataError { kind, message }
    }

    /// Makes an error about a line (from 1).
    pub fn at_line(kind: DataErrorKind, file: &str, line: u64, what: &Phrase) -> DataError {
        DataError::in_file(kind, &format!("{file}:{line}"), what)
    }

    /// Makes an error about a line and a column in characters (both from 1).
    pub fn at(kind: DataErrorKind, file: &str, line: u64, column: u64, what: &Phrase) -> DataError {
        DataError::in_file(kind, &format!("{file}:{line}:{column}"), what)
    }

    /// A file operation failed.
    pub fn io(path: &Path, error: &std::io::Error) -> DataError {
        let what = io_reason(error);
        DataError::in_file(DataErrorKind::Io, &path.to_string_lossy(), &what)
    }

    /// The caller's sink failed.
    pub fn sink(message: Phrase) -> DataError {
        DataError {
            kind: DataErrorKind::Sink,
            message,
        }
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message.en)
    }
}

impl std::error::Error for DataError {}
