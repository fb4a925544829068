//! A folder that appears whole or not at all, private to its owner.

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
}

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
        })
    }

    /// Makes a folder inside.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn subfolder(&self, name: &str) -> Result<(), DataError> {
        let place = self.folder.path().join(name);
        let made = std::fs::DirBuilder::new().create(&place);
        let private = std::fs::Permissions::from_mode(0o700);
        made.and_then(|()| std::fs::set_permissions(&place, private))
            .map_err(|error| DataError::io(&self.path, &error))
    }

    /// Writes a file inside, made durable.
    ///
    /// # Errors
    /// Writing failed, in `write` or on the disk.
    pub fn file(
        &self,
        name: &str,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), DataError> {
        let failed = |error: io::Error| DataError::io(&self.path.join(name), &error);
        let mut out = BufWriter::new(private_file(&self.folder.path().join(name)).map_err(failed)?);
        write(&mut out).map_err(failed)?;
        out.flush().map_err(failed)?;
        out.get_ref().sync_all().map_err(failed)
    }

    /// Makes the folder appear, in the place of an old one where that is allowed.
    ///
    /// # Errors
    /// It cannot be renamed; nothing is left then, and what stood there still stands.
    pub fn finish(self) -> Result<(), DataError> {
        let path = self.path;
        let failed = |error: io::Error| DataError::io(&path, &error);
        // The names inside are made durable before the folder gets its own.
        let inside = File::open(self.folder.path());
        inside
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        let old = match self.mark {
            Some(_) if path.exists() => Some(set_aside(&path).map_err(failed)?),
            Some(_) | None => None,
        };
        let made = self.folder.keep();
        let renamed = std::fs::rename(&made, &path);
        if let Err(error) = renamed {
            let _ = std::fs::remove_dir_all(&made);
            if let Some(old) = old {
                let _ = std::fs::rename(old.keep().join(OLD), &path);
            }
            return Err(failed(error));
        }
        sync_folder(&path).map_err(failed)
    }
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
            let folder = NewFolder::create(&path, mark)?;
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
