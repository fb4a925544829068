//! Writes one Roaring bitmap a segment over row numbers, as a folder that appears whole.

use super::file::{folder_of, private_file, sync_folder};
use crate::data::{DataError, DataErrorKind};
use crate::diag::Phrase;
use crate::say;
use crate::table::{Bitmap, Chunk};
use roaring::RoaringBitmap;
use std::io::{BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Bitmaps being gathered for a folder: `NAME.roaring` a segment in the portable format of Roaring,
/// over record numbers from 0, and `contacts.roaring` with the records that are contacts.
#[derive(Debug)]
pub struct BitmapFolder {
    path: PathBuf,
    folder: TempDir,
    names: Vec<String>,
    sets: Vec<RoaringBitmap>,
    contacts: RoaringBitmap,
}

impl BitmapFolder {
    /// Makes a temporary folder beside `path`, mode 0700.
    ///
    /// # Errors
    /// `path` exists, or its parent cannot be written.
    pub fn create(path: &Path, names: &[String]) -> Result<BitmapFolder, DataError> {
        let failed = |error: std::io::Error| DataError::io(path, &error);
        if std::fs::symlink_metadata(path).is_ok() {
            let what = say!(
                "exists already: name a new folder",
                "已经存在：请给出新的文件夹"
            );
            return Err(DataError::in_file(
                DataErrorKind::Io,
                &path.to_string_lossy(),
                &what,
            ));
        }
        let folder = tempfile::Builder::new()
            .prefix(".segrule-")
            .tempdir_in(folder_of(path))
            .map_err(failed)?;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path(), private).map_err(failed)?;
        Ok(BitmapFolder {
            path: path.to_path_buf(),
            folder,
            names: names.to_vec(),
            sets: vec![RoaringBitmap::new(); names.len()],
            contacts: RoaringBitmap::new(),
        })
    }

    /// Adds the members of each segment among the rows of a chunk.
    ///
    /// # Errors
    /// A record number above 2^32: Roaring files hold no more.
    pub fn add<'b>(
        &mut self,
        chunk: &Chunk,
        members: impl IntoIterator<Item = &'b Bitmap>,
    ) -> Result<(), Phrase> {
        let number = |row: usize| {
            u32::try_from(chunk.records.of(row)).map_err(|_| {
                say!(
                    "bitmaps hold record numbers below 4,294,967,296 only",
                    "位图只能容纳小于 4,294,967,296 的记录号"
                )
            })
        };
        for row in (0..chunk.rows).filter(|row| !chunk.duplicates.get(*row)) {
            self.contacts.insert(number(row)?);
        }
        for (set, rows) in self.sets.iter_mut().zip(members) {
            for row in rows.rows() {
                set.insert(number(row)?);
            }
        }
        Ok(())
    }

    /// Writes every file and makes the folder appear.
    ///
    /// # Errors
    /// Writing failed; nothing is left then.
    pub fn finish(self) -> Result<(), DataError> {
        let path = self.path;
        let failed = |error: std::io::Error| DataError::io(&path, &error);
        let named = self.names.iter().map(String::as_str).zip(&self.sets);
        for (name, set) in named.chain([("contacts", &self.contacts)]) {
            let place = self.folder.path().join(file_name(name));
            let mut out = BufWriter::new(private_file(&place).map_err(failed)?);
            set.serialize_into(&mut out).map_err(failed)?;
            out.flush().map_err(failed)?;
            out.get_ref().sync_all().map_err(failed)?;
        }
        let made = self.folder.keep();
        std::fs::rename(&made, &path).map_err(|error| {
            let _ = std::fs::remove_dir_all(&made);
            failed(error)
        })?;
        sync_folder(&path).map_err(failed)
    }
}

/// A segment's name as a file name: what a folder separator would be is written `_`.
fn file_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|character| match character {
            '/' | '\\' | '\0' => '_',
            other => other,
        })
        .collect();
    format!("{safe}.roaring")
}
