//! What can go wrong outside rule text: files, configuration, data.

use crate::data::DataError;
use crate::diag::{Phrase, io_reason};
use crate::say;
use std::fmt;
use std::path::Path;

/// The outside world failed. The message says what to do, in both languages.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkspaceError {
    /// What failed and what to do.
    pub message: Phrase,
}

impl WorkspaceError {
    /// Makes an error from its message.
    pub fn new(message: Phrase) -> WorkspaceError {
        WorkspaceError { message }
    }

    /// A file operation failed.
    pub fn io(path: &Path, error: &std::io::Error) -> WorkspaceError {
        let (path, reason) = (path.display(), io_reason(error));
        let (en, zh) = (reason.en, reason.zh);
        WorkspaceError::new(say!("{path}: {en}", "{path}：{zh}"))
    }
}

impl From<DataError> for WorkspaceError {
    fn from(error: DataError) -> WorkspaceError {
        WorkspaceError::new(error.message)
    }
}

impl fmt::Display for WorkspaceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message.en)
    }
}

impl std::error::Error for WorkspaceError {}
