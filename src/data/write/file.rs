//! Files that appear complete or not at all, and standard output that waits for the end.

use crate::data::{DataError, DataErrorKind};
use crate::say;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use tempfile::{Builder, NamedTempFile, SpooledTempFile};

/// A file being written under a temporary name beside its place.
#[derive(Debug)]
pub struct NewFile {
    path: PathBuf,
    replaces: bool,
    out: BufWriter<Box<dyn Disk>>,
    /// The first write that failed: the file can never be finished then.
    failure: Option<io::ErrorKind>,
}

/// What a file being written asks of the system. Tests put one in its place that fails.
pub(super) trait Disk: Write + Send + std::fmt::Debug {
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;

    /// Gives the temporary file its name. It vanishes when that fails.
    fn rename(&mut self, path: &Path, replaces: bool) -> io::Result<()>;

    /// Makes the name durable.
    fn sync_folder(&mut self, path: &Path) -> io::Result<()>;
}

/// The temporary file until it is renamed; it vanishes when dropped.
#[derive(Debug)]
pub(super) struct Temporary {
    file: Option<NamedTempFile>,
    /// Bytes written since the disk was last told to take them.
    waiting: usize,
    ahead: Option<Ahead>,
}

/// The disk takes so many bytes while others are still being made.
const AHEAD_BYTES: usize = 16 << 20;

/// Has the disk take what was written so far, on a thread of its own: little is left for the end.
#[derive(Debug)]
struct Ahead {
    wishes: SyncSender<()>,
    /// Ends with the first error: the system tells each of them once.
    thread: JoinHandle<io::Result<()>>,
}

impl Ahead {
    fn start(file: &File) -> io::Result<Ahead> {
        let file = file.try_clone()?;
        let (wishes, wished) = sync_channel(1);
        let thread = std::thread::Builder::new().spawn(move || {
            let mut wished = wished.into_iter();
            wished.try_for_each(|()| file.sync_data())
        })?;
        Ok(Ahead { wishes, thread })
    }

    /// Has what was written taken, soon.
    fn wish(&self) {
        // When one wish waits already, it will do.
        let _ = self.wishes.try_send(());
    }

    /// Waits for what is under way.
    ///
    /// # Errors
    /// The disk failed before.
    fn end(self) -> io::Result<()> {
        drop(self.wishes);
        let ended = self.thread.join();
        ended.unwrap_or_else(|_| Err(io::Error::other("writing ended early")))
    }
}

impl Temporary {
    /// Opens a file of mode 0600, whatever the umask, that nothing stood in the place of before.
    pub(super) fn beside(path: &Path) -> io::Result<Temporary> {
        let private = std::fs::Permissions::from_mode(0o600);
        let file = Builder::new()
            .prefix(".segrule-")
            .permissions(private.clone())
            .tempfile_in(folder_of(path))?;
        file.as_file().set_permissions(private)?;
        Ok(Temporary {
            file: Some(file),
            waiting: 0,
            ahead: None,
        })
    }

    fn open(&mut self) -> io::Result<&mut NamedTempFile> {
        self.file
            .as_mut()
            .ok_or_else(|| io::Error::other("the file has its name already"))
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.open()?.write(bytes)?;
        self.waiting += count;
        if self.waiting >= AHEAD_BYTES {
            self.waiting = 0;
            if self.ahead.is_none() {
                self.ahead = Ahead::start(self.open()?.as_file()).ok();
            }
            self.ahead.iter().for_each(Ahead::wish);
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.open()?.flush()
    }
}

impl Disk for Temporary {
    fn sync(&mut self) -> io::Result<()> {
        self.ahead.take().map_or(Ok(()), Ahead::end)?;
        self.open()?.as_file().sync_all()
    }

    fn rename(&mut self, path: &Path, replaces: bool) -> io::Result<()> {
        let Some(file) = self.file.take() else {
            return Ok(());
        };
        // A link at the place is replaced itself, never followed.
        let renamed = match replaces {
            true => file.persist(path),
            false => file.persist_noclobber(path),
        };
        renamed.map(drop).map_err(|error| error.error)
    }

    fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
        sync_folder(path)
    }
}

/// Bytes are handed to the system in pieces of this size.
const BUFFER_BYTES: usize = 1 << 18;

impl NewFile {
    /// Opens a temporary file beside `path`, mode 0600. Called before any work starts, so that a
    /// place that cannot be written is told at once. A symbolic link at the place counts as an
    /// existing file: it is refused, or replaced itself, and never followed.
    ///
    /// # Errors
    /// The file exists and `replaces` is false; it is a folder; the folder is missing or read-only.
    pub fn create(path: &Path, replaces: bool) -> Result<NewFile, DataError> {
        refuse_unless_free(path, replaces)?;
        let temporary = Temporary::beside(path).map_err(|error| DataError::io(path, &error))?;
        Ok(NewFile::on(path, replaces, Box::new(temporary)))
    }

    /// A file on a disk.
    pub(super) fn on(path: &Path, replaces: bool, disk: Box<dyn Disk>) -> NewFile {
        NewFile {
            path: path.to_path_buf(),
            replaces,
            out: BufWriter::with_capacity(BUFFER_BYTES, disk),
            failure: None,
        }
    }

    /// Makes the file appear under its name: written out, synced, renamed, the folder synced.
    ///
    /// # Errors
    /// Any of these failed; then the temporary file is gone and what stood there still stands. Only
    /// when syncing the folder fails the new file, complete, stands there already.
    pub fn finish(self) -> Result<(), DataError> {
        let NewFile {
            path,
            replaces,
            out,
            failure,
        } = self;
        let failed = |error: io::Error| DataError::io(&path, &error);
        if let Some(kind) = failure {
            let _ = out.into_parts();
            return Err(failed(kind.into()));
        }
        let mut disk = out
            .into_inner()
            .map_err(|error| failed(discard(error.into_parts())))?;
        disk.sync().map_err(failed)?;
        disk.rename(&path, replaces).map_err(failed)?;
        disk.sync_folder(&path).map_err(failed)
    }
}

/// The error of a last write; what was not written is dropped without another try.
fn discard((error, out): (io::Error, BufWriter<Box<dyn Disk>>)) -> io::Error {
    let _ = out.into_parts();
    error
}

impl NewFile {
    /// Remembers a failure that trying again does not mend.
    fn noted<T>(&mut self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done
            && error.kind() != io::ErrorKind::Interrupted
        {
            self.failure.get_or_insert(error.kind());
        }
        done
    }
}

impl Write for NewFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let done = self.out.write(bytes);
        self.noted(done)
    }

    fn flush(&mut self) -> io::Result<()> {
        let done = self.out.flush();
        self.noted(done)
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

    /// A disk that writes at most three bytes at once, is interrupted every other time, and fails at
    /// its `fails_at`th step.
    #[derive(Debug)]
    struct FailingDisk {
        disk: Temporary,
        steps: usize,
        fails_at: usize,
        is_interrupted: bool,
    }

    impl FailingDisk {
        fn step(&mut self) -> io::Result<()> {
            self.steps += 1;
            match self.steps == self.fails_at {
                true => Err(io::ErrorKind::StorageFull.into()),
                false => Ok(()),
            }
        }
    }

    impl Write for FailingDisk {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.is_interrupted = !self.is_interrupted;
            if self.is_interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            self.step()?;
            self.disk.write(&bytes[..bytes.len().min(3)])
        }

        fn flush(&mut self) -> io::Result<()> {
            self.disk.flush()
        }
    }

    impl Disk for FailingDisk {
        fn sync(&mut self) -> io::Result<()> {
            self.step()?;
            self.disk.sync()
        }

        fn rename(&mut self, path: &Path, replaces: bool) -> io::Result<()> {
            self.step()?;
            self.disk.rename(path, replaces)
        }

        fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
            self.step()?;
            self.disk.sync_folder(path)
        }
    }

    /// Writes `new contents` in pieces of 5 bytes over `old`; whether it worked, and what stands there.
    fn replaced_on_a_disk_failing_at(step: usize) -> (bool, String, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        let disk = FailingDisk {
            disk: Temporary::beside(&path).unwrap(),
            steps: 0,
            fails_at: step,
            is_interrupted: false,
        };
        let mut file = NewFile::on(&path, true, Box::new(disk));
        let written = b"new contents".chunks(5).try_for_each(|piece| {
            file.write_all(piece)?;
            file.flush()
        });
        // Finishing after a failed write is the caller's mistake, and must not pass.
        let finished = file.finish();
        assert!(written.is_ok() || finished.is_err());
        let files = std::fs::read_dir(folder.path()).unwrap().count();
        let text = std::fs::read_to_string(&path).unwrap();
        (finished.is_ok(), text, files)
    }

    #[test]
    fn o1_a_disk_that_is_full_at_any_step_leaves_the_old_file() {
        let mut step = 1;
        loop {
            let (is_done, text, files) = replaced_on_a_disk_failing_at(step);
            assert_eq!(files, 1, "step {step} leaves no temporary file");
            if is_done {
                assert_eq!(text, "new contents");
                break;
            }
            // Short writes of 3 bytes: 2 + 2 + 1 writes, then sync, rename, and the folder's sync.
            let is_renamed = step == 8;
            assert_eq!(text, if is_renamed { "new contents" } else { "old" });
            step += 1;
        }
        assert_eq!(step, 9);
    }

    #[test]
    fn o5_short_and_interrupted_writes_go_on() {
        let (is_done, text, _) = replaced_on_a_disk_failing_at(usize::MAX);
        assert!(is_done);
        assert_eq!(text, "new contents");
    }

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

    #[test]
    fn a_large_file_is_taken_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ids.csv");
        let mut file = NewFile::create(&path, false).unwrap();
        let part: Vec<u8> = (0..1_000_003u32).map(|at| (at % 251) as u8).collect();
        let parts = 3 * AHEAD_BYTES / part.len();
        (0..parts).for_each(|_| file.write_all(&part).unwrap());
        assert!(!path.exists());
        file.finish().unwrap();
        let found = std::fs::read(&path).unwrap();
        assert!(found.chunks(part.len()).all(|chunk| chunk == part));
        assert_eq!(found.len(), parts * part.len());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_error_met_ahead_is_told_at_the_end() {
        // The system cannot sync this one.
        let file = File::open("/dev/null").unwrap();
        let ahead = Ahead::start(&file).unwrap();
        ahead.wish();
        ahead.end().unwrap_err();
        let ahead = Ahead::start(&tempfile::tempfile().unwrap()).unwrap();
        ahead.wish();
        ahead.wish();
        ahead.end().unwrap();
    }
}
