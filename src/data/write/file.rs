//! Files that appear complete or not at all, and standard output that waits for the end.

use crate::data::{DataError, DataErrorKind};
use crate::say;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tempfile::{Builder, NamedTempFile, SpooledTempFile};

/// A file being written under a temporary name beside its place.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    replaces: bool,
    out: BufWriter<NamedTempFile>,
}

/// Bytes are handed to the system in pieces of this size.
const BUFFER_BYTES: usize = 1 << 18;

impl NewFile {
    /// Opens a temporary file beside `path`, mode 0600. Called before any work starts, so that a
    /// place that cannot be written is told at once.
    ///
    /// # Errors
    /// The file exists and `replaces` is false; it is a folder; the folder is missing or read-only.
    pub fn create(path: &Path, replaces: bool) -> Result<NewFile, DataError> {
        refuse_unless_free(path, replaces)?;
        let temporary = Builder::new()
            .prefix(".segrule-")
            .permissions(std::fs::Permissions::from_mode(0o600))
            .tempfile_in(folder_of(path))
            .map_err(|error| DataError::io(path, &error))?;
        Ok(NewFile {
            path: path.to_path_buf(),
            replaces,
            out: BufWriter::with_capacity(BUFFER_BYTES, temporary),
        })
    }

    /// Makes the file appear under its name: written out, synced, renamed, the folder synced.
    ///
    /// # Errors
    /// Any of these failed; then the temporary file is gone and what stood there still stands.
    pub fn finish(self) -> Result<(), DataError> {
        let path = self.path;
        let failed = |error: io::Error| DataError::io(&path, &error);
        let temporary = self
            .out
            .into_inner()
            .map_err(|error| failed(error.into_error()))?;
        temporary.as_file().sync_all().map_err(failed)?;
        // A link at the place is replaced itself, never followed.
        let renamed = match self.replaces {
            true => temporary.persist(&path),
            false => temporary.persist_noclobber(&path),
        };
        renamed.map_err(|error| failed(error.error))?;
        sync_folder(&path).map_err(failed)
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Refuses a place that is taken.
pub(super) fn refuse_unless_free(path: &Path, replaces: bool) -> Result<(), DataError> {
    let shown = path.to_string_lossy();
    let refuse = |what| Err(DataError::in_file(DataErrorKind::Io, &shown, &what));
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(DataError::io(path, &error)),
        Ok(meta) if meta.is_dir() => refuse(say!("is a folder", "是一个文件夹")),
        Ok(meta) if !meta.is_file() && !meta.is_symlink() => {
            refuse(say!("is no regular file", "不是普通文件"))
        }
        Ok(_) if replaces => Ok(()),
        Ok(_) => refuse(say!(
            "exists already: add --force to replace it",
            "已经存在：要替换请加 --force"
        )),
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(0)
        .open(folder_of(path))?
        .sync_all()
}

/// Where a result goes.
#[derive(Debug)]
pub enum Target {
    /// A file.
    File(Box<NewFile>),
    /// Standard output, held back until [`Target::finish`].
    Spool(SpooledTempFile),
}

/// What is held in memory before it goes to an unnamed temporary file of mode 0600.
const SPOOL_BYTES: usize = 8 << 20;

impl Target {
    /// A file, or standard output without a path.
    ///
    /// # Errors
    /// As [`NewFile::create`].
    pub fn open(path: Option<&Path>, replaces: bool) -> Result<Target, DataError> {
        Ok(match path {
            Some(path) => Target::File(Box::new(NewFile::create(path, replaces)?)),
            None => Target::Spool(SpooledTempFile::new(SPOOL_BYTES)),
        })
    }

    /// Makes the result visible: renames the file, or copies what was held back to `stdout`.
    ///
    /// # Errors
    /// Writing failed. A reader that closed standard output is a [`io::ErrorKind::BrokenPipe`].
    pub fn finish(self, stdout: &mut impl Write) -> Result<(), FinishError> {
        match self {
            Target::File(file) => file.finish().map_err(FinishError::File),
            Target::Spool(mut spool) => {
                let mut copy = || -> io::Result<()> {
                    spool.rewind()?;
                    let mut buffer = vec![0; BUFFER_BYTES];
                    loop {
                        let count = spool.read(&mut buffer)?;
                        if count == 0 {
                            return stdout.flush();
                        }
                        stdout.write_all(buffer.get(..count).unwrap_or(&[]))?;
                    }
                };
                copy().map_err(FinishError::Stdout)
            }
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Target::File(file) => file.write(bytes),
            Target::Spool(spool) => spool.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Target::File(file) => file.flush(),
            Target::Spool(spool) => spool.flush(),
        }
    }
}

/// Why a result could not be made visible.
#[derive(Debug)]
pub enum FinishError {
    /// The file could not be written.
    File(DataError),
    /// Standard output could not be written.
    Stdout(io::Error),
}

/// Opens a file for writing in a folder of results, mode 0600.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_stays_without_force() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        assert!(NewFile::create(&path, false).is_err());
        let mut file = NewFile::create(&path, true).unwrap();
        file.write_all(b"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn an_unfinished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut file = NewFile::create(&path, false).unwrap();
        file.write_all(b"half").unwrap();
        drop(file);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_link_is_replaced_and_never_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("t"), folder.path().join("l"));
        std::fs::write(&target, "kept").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(NewFile::create(&link, false).is_err());
        let mut file = NewFile::create(&link, true).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "kept");
        assert!(!std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn places_that_cannot_be_written_are_told_before_work_starts() {
        let folder = tempfile::tempdir().unwrap();
        assert!(NewFile::create(folder.path(), true).is_err());
        assert!(NewFile::create(&folder.path().join("no/such/a.csv"), false).is_err());
    }
}
