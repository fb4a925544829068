//! A folder that appears whole or not at all, private to its owner.
//!
//! Invariants: at any moment, also when the machine stops, the old folder or the new one stands at the
//! place, whole; everything inside is on the disk before the new one does.

use super::cell::{Form, push_text};
use super::file::{folder_of, private_file, sync_folder};
use crate::data::{DataError, DataErrorKind};
use crate::say;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A folder being written under a temporary name beside its place: mode 0700, its files 0600.
#[derive(Debug)]
pub struct NewFolder {
    path: PathBuf,
    folder: TempDir,
    /// The file by which an old folder is known, when one may be replaced.
    mark: Option<&'static str>,
    /// Files and folders inside that are not on the disk yet.
    unsynced: Vec<PathBuf>,
}

/// Files made durable side by side: the disk takes many in one go.
const SYNCED_AT_ONCE: usize = 16;

impl NewFolder {
    /// Makes the temporary folder. With `mark` an existing folder that holds a file of that name is
    /// replaced at the end.
    ///
    /// # Errors
    /// Something stands at `path` that may not be replaced, or its parent cannot be written.
    pub fn create(path: &Path, mark: Option<&'static str>) -> Result<NewFolder, DataError> {
        let failed = |error: io::Error| DataError::io(path, &error);
        let is_taken = std::fs::symlink_metadata(path).is_ok();
        let may_replace = mark.is_some_and(|mark| path.join(mark).is_file());
        if is_taken && !may_replace {
            let what = match mark {
                None => say!(
                    "exists already: name a new folder",
                    "已经存在：请给出新的文件夹"
                ),
                Some(mark) => say!(
                    "is no folder with a {mark}: it is not replaced",
                    "不是含有 {mark} 的文件夹，不会替换"
                ),
            };
            let shown = path.to_string_lossy();
            return Err(DataError::in_file(DataErrorKind::Io, &shown, &what));
        }
        let private = || std::fs::Permissions::from_mode(0o700);
        let folder = tempfile::Builder::new()
            .prefix(".segrule-")
            .permissions(private())
            .tempdir_in(folder_of(path))
            .map_err(failed)?;
        std::fs::set_permissions(folder.path(), private()).map_err(failed)?;
        Ok(NewFolder {
            path: path.to_path_buf(),
            folder,
            mark,
            unsynced: Vec::new(),
        })
    }

    /// Makes a folder inside.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn subfolder(&mut self, name: &str) -> Result<(), DataError> {
        let place = self.folder.path().join(name);
        let made = std::fs::DirBuilder::new().create(&place);
        let private = std::fs::Permissions::from_mode(0o700);
        made.and_then(|()| std::fs::set_permissions(&place, private))
            .map_err(|error| DataError::io(&self.path, &error))?;
        self.unsynced.push(place);
        Ok(())
    }

    /// Writes a file inside; [`NewFolder::finish`] makes it durable.
    ///
    /// # Errors
    /// Writing failed, in `write` or on the disk.
    pub fn file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), DataError> {
        let failed = |error: io::Error| DataError::io(&self.path.join(name), &error);
        let place = self.folder.path().join(name);
        let mut out = BufWriter::new(private_file(&place).map_err(failed)?);
        write(&mut out).map_err(failed)?;
        out.flush().map_err(failed)?;
        self.unsynced.push(place);
        Ok(())
    }

    /// Makes the folder appear, in the place of an old one where that is allowed.
    ///
    /// # Errors
    /// It cannot be renamed; nothing is left then, and what stood there still stands.
    pub fn finish(self) -> Result<(), DataError> {
        let path = self.path;
        let failed = |error: io::Error| DataError::io(&path, &error);
        sync_all(&self.unsynced).map_err(failed)?;
        // The names inside are made durable before the folder gets its own.
        sync_all(&[self.folder.path().to_path_buf()]).map_err(failed)?;
        let made = self.folder.keep();
        let placed = match self.mark {
            Some(_) if path.exists() => replace(&made, &path),
            Some(_) | None => std::fs::rename(&made, &path),
        };
        if let Err(error) = placed {
            let _ = std::fs::remove_dir_all(&made);
            return Err(failed(error));
        }
        sync_folder(&path).map_err(failed)
    }
}

/// Makes files and folders durable, many at a time.
fn sync_all(paths: &[PathBuf]) -> io::Result<()> {
    let part = paths.len().div_ceil(SYNCED_AT_ONCE).max(1);
    std::thread::scope(|scope| {
        let sync = |paths: &[PathBuf]| -> io::Result<()> {
            let mut paths = paths.iter();
            paths.try_for_each(|path| File::open(path)?.sync_all())
        };
        let parts: Vec<_> = paths
            .chunks(part)
            .map(|paths| scope.spawn(move || sync(paths)))
            .collect();
        let done = parts.into_iter().map(|part| match part.join() {
            Ok(done) => done,
            Err(_) => Err(io::Error::other("a file could not be made durable")),
        });
        done.fold(Ok(()), Result::and)
    })
}

/// Puts a folder in the place of another and removes that one. Where the system can, both change places
/// at once; else there is a moment without either.
fn replace(made: &Path, path: &Path) -> io::Result<()> {
    if exchange(made, path) {
        // The new folder stands: an old one that stays behind is no reason to fail.
        let _ = std::fs::remove_dir_all(made);
        return Ok(());
    }
    let old = set_aside(path)?;
    let placed = std::fs::rename(made, path);
    if placed.is_err() {
        let _ = std::fs::rename(old.keep().join(OLD), path);
    }
    placed
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(made: &Path, path: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, made, CWD, path, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_made: &Path, _path: &Path) -> bool {
    false
}

const OLD: &str = "old";

/// Moves an old folder into a temporary one beside it, which vanishes when dropped.
fn set_aside(path: &Path) -> io::Result<TempDir> {
    let aside = tempfile::Builder::new()
        .prefix(".segrule-")
        .tempdir_in(folder_of(path))?;
    std::fs::rename(path, aside.path().join(OLD))?;
    Ok(aside)
}

/// Adds a text as one CSV field, quoted where it must be. With `is_for_people` nothing in it can be
/// taken for a formula.
pub fn push_csv_field(out: &mut String, text: &str, is_for_people: bool) {
    let form = match is_for_people {
        true => Form::Spreadsheet,
        false => Form::Csv,
    };
    push_text(out, text, form);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_appears_whole_and_replaces_only_its_like() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("plan");
        let write = |mark, text: &str| {
            let mut folder = NewFolder::create(&path, mark)?;
            folder.subfolder("inside")?;
            folder.file("inside/a.csv", |out| out.write_all(text.as_bytes()))?;
            folder.file("plan.json", |out| out.write_all(b"{}"))?;
            folder.finish()
        };
        write(None, "one").unwrap();
        assert!(write(None, "two").is_err());
        assert_eq!(
            std::fs::read_to_string(path.join("inside/a.csv")).unwrap(),
            "one"
        );
        write(Some("plan.json"), "three").unwrap();
        assert_eq!(
            std::fs::read_to_string(path.join("inside/a.csv")).unwrap(),
            "three"
        );
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join("inside/a.csv")), 0o600);
        std::fs::remove_file(path.join("plan.json")).unwrap();
        assert!(write(Some("plan.json"), "four").is_err());
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 1);
    }
}
