//! Keeps what can be read only once, standard input and pipes, in unnamed files, so that a run can
//! read it a second time.
//!
//! Invariants: nothing is kept unless the caller of [`super::Input`] asks for it; only the owner can
//! read what is kept; it is gone when its last user is, after a crash too.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What was kept, by the path it was read from. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Kept(Option<Arc<Mutex<Files>>>);

type Files = BTreeMap<PathBuf, Arc<File>>;

/// Whether something is read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// To find the types of its columns; its contacts are read after that.
    First,
    /// For its contacts.
    Last,
}

impl Kept {
    /// Keeps what a first reading reads.
    pub fn started() -> Kept {
        Kept(Some(Arc::default()))
    }

    /// What was kept of a path, from its start.
    pub(super) fn again(&self, path: &Path) -> Option<Box<dyn Read + Send>> {
        let kept = self.0.as_ref()?.lock();
        let file = kept
            .unwrap_or_else(PoisonError::into_inner)
            .get(path)?
            .clone();
        Some(Box::new(Again { file, at: 0 }))
    }

    /// A reader of the same bytes that keeps them as they go by when they will be read again.
    pub(super) fn reader(
        &self,
        path: &Path,
        reading: Reading,
        reader: Box<dyn Read + Send>,
    ) -> io::Result<Box<dyn Read + Send>> {
        let (Some(kept), Reading::First) = (&self.0, reading) else {
            return Ok(reader);
        };
        let file = Arc::new(tempfile::tempfile()?);
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(path.to_owned(), file.clone());
        Ok(Box::new(Keeping { reader, file }))
    }
}

/// Whether a path is a pipe: what was read from it is gone.
pub(super) fn is_pipe(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

struct Keeping {
    reader: Box<dyn Read + Send>,
    file: Arc<File>,
}

impl Read for Keeping {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(into)?;
        let mut file: &File = &self.file;
        file.write_all(into.get(..count).unwrap_or_default())?;
        Ok(count)
    }
}

struct Again {
    file: Arc<File>,
    at: u64,
}

impl Read for Again {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read_at(into, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_by_is_read_again_from_its_start() {
        let kept = Kept::started();
        let path = Path::new("-");
        assert!(kept.again(path).is_none());
        let mut once = kept
            .reader(path, Reading::First, Box::new(&b"id\n1\n"[..]))
            .unwrap();
        let mut text = String::new();
        once.read_to_string(&mut text).unwrap();
        for _ in 0..2 {
            let mut again = String::new();
            let mut reader = kept.clone().again(path).unwrap();
            reader.read_to_string(&mut again).unwrap();
            assert_eq!(again, text);
        }
    }

    #[test]
    fn nothing_is_kept_unasked() {
        let path = Path::new("-");
        let unasked = (Kept::default(), Reading::First);
        for (kept, reading) in [unasked, (Kept::started(), Reading::Last)] {
            let mut once = kept.reader(path, reading, Box::new(&b"id\n"[..])).unwrap();
            once.read_to_end(&mut Vec::new()).unwrap();
            assert!(kept.again(path).is_none());
        }
    }
}
