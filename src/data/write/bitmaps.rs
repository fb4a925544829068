//! Writes one Roaring bitmap a segment over row numbers, as a folder that appears whole.

use super::folder::NewFolder;
use crate::data::DataError;
use crate::diag::Phrase;
use crate::say;
use crate::table::{Bitmap, Chunk};
use roaring::RoaringBitmap;
use std::collections::HashSet;
use std::path::Path;

/// Bitmaps being gathered for a folder: `NAME.roaring` a segment in the portable format of Roaring,
/// over record numbers from 0, and `contacts.roaring` with the records that are contacts. A name that
/// cannot be a file's, is another's, or is longer than 200 bytes gets a number: `contacts~2.roaring`.
#[derive(Debug)]
pub struct BitmapFolder {
    folder: NewFolder,
    /// What the file of each segment is called.
    files: Vec<String>,
    sets: Vec<RoaringBitmap>,
    contacts: RoaringBitmap,
}

impl BitmapFolder {
    /// Makes a temporary folder beside `path`, mode 0700.
    ///
    /// # Errors
    /// `path` exists, or its parent cannot be written.
    pub fn create(path: &Path, names: &[String]) -> Result<BitmapFolder, DataError> {
        Ok(BitmapFolder {
            folder: NewFolder::create(path, None)?,
            files: file_names(names),
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
        let mut live = Bitmap::all(chunk.rows);
        live.and_not(&chunk.duplicates);
        append(&mut self.contacts, chunk, &live)?;
        for (set, rows) in self.sets.iter_mut().zip(members) {
            append(set, chunk, rows)?;
        }
        Ok(())
    }

    /// Writes every file and makes the folder appear.
    ///
    /// # Errors
    /// Writing failed; nothing is left then.
    pub fn finish(mut self) -> Result<(), DataError> {
        let named = self.files.iter().map(String::as_str).zip(&self.sets);
        for (name, set) in named.chain([(CONTACTS, &self.contacts)]) {
            let name = format!("{name}.roaring");
            self.folder.file(&name, |out| set.serialize_into(out))?;
        }
        self.folder.finish()
    }
}

/// Adds rows of a chunk, whose record numbers only ever rise.
fn append(set: &mut RoaringBitmap, chunk: &Chunk, rows: &Bitmap) -> Result<(), Phrase> {
    let too_many = || {
        say!(
            "bitmaps hold record numbers below 4,294,967,296 only",
            "位图只能容纳小于 4,294,967,296 的记录号"
        )
    };
    for row in rows.rows() {
        let number = u32::try_from(chunk.records.of(row)).map_err(|_| too_many())?;
        // Appending is quick; a number that does not rise is put where it belongs.
        if set.try_push(number).is_err() {
            set.insert(number);
        }
    }
    Ok(())
}

/// The file of all contacts.
const CONTACTS: &str = "contacts";
/// Names of files may have 255 bytes; some are left for the number and the extension.
const LONGEST_NAME_BYTES: usize = 200;

/// Names that any file system can tell apart, case ignored: separators are written `_`.
fn file_names(names: &[String]) -> Vec<String> {
    let mut taken: HashSet<String> = HashSet::from([CONTACTS.to_string()]);
    let mut unused = |name: &String| {
        let safe = safe_name(name);
        let mut file = safe.clone();
        let mut number = 1;
        while !taken.insert(file.to_lowercase()) {
            number += 1;
            file = format!("{safe}~{number}");
        }
        file
    };
    names.iter().map(&mut unused).collect()
}

fn safe_name(name: &str) -> String {
    let mut safe = String::new();
    for character in name.chars() {
        if safe.len() + character.len_utf8() > LONGEST_NAME_BYTES {
            break;
        }
        safe.push(match character {
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' => '_',
            control if control.is_control() => '_',
            '.' if safe.is_empty() => '_',
            other => other,
        });
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_differ_whatever_the_names_of_segments() {
        let long = "北".repeat(100);
        let names = [
            "contacts",
            "vip",
            "VIP",
            "a/b",
            "a_b",
            "..",
            &long,
            &format!("{long}京"),
        ];
        let names = names.map(str::to_string);
        let files = file_names(&names);
        assert_eq!(
            files[..6],
            ["contacts~2", "vip", "VIP~2", "a_b", "a_b~2", "_."]
        );
        assert!(files.iter().all(|file| file.len() < 220));
        assert_ne!(files[6], files[7]);
    }
}
