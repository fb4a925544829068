//! Writes one Roaring bitmap a segment over row numbers, as a folder that appears whole.

use super::folder::NewFolder;
use crate::data::DataError;
use crate::diag::Phrase;
use crate::say;
use crate::table::{Bitmap, Chunk, RecordNumbers};
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
    /// As [`BitmapPart::new`].
    pub fn add<'b>(
        &mut self,
        chunk: &Chunk,
        members: impl IntoIterator<Item = &'b Bitmap>,
    ) -> Result<(), Phrase> {
        self.add_part(BitmapPart::new(chunk, members)?);
        Ok(())
    }

    /// Adds what was made of a chunk.
    pub fn add_part(&mut self, part: BitmapPart) {
        self.contacts |= part.contacts;
        for (set, rows) in self.sets.iter_mut().zip(part.sets) {
            *set |= rows;
        }
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

/// The bitmaps of one chunk: threads make them side by side, [`BitmapFolder::add_part`] joins them.
#[derive(Debug)]
pub struct BitmapPart {
    sets: Vec<RoaringBitmap>,
    contacts: RoaringBitmap,
}

impl BitmapPart {
    /// Takes the members of each segment among the rows of a chunk.
    ///
    /// # Errors
    /// A record number above 2^32: Roaring files hold no more.
    pub fn new<'b>(
        chunk: &Chunk,
        members: impl IntoIterator<Item = &'b Bitmap>,
    ) -> Result<BitmapPart, Phrase> {
        let mut live = Bitmap::all(chunk.rows);
        live.and_not(&chunk.duplicates);
        let mut bytes = Vec::new();
        let mut records_of = |rows: &Bitmap| records_of(&chunk.records, rows, &mut bytes);
        Ok(BitmapPart {
            contacts: records_of(&live)?,
            sets: members
                .into_iter()
                .map(records_of)
                .collect::<Result<Vec<RoaringBitmap>, Phrase>>()?,
        })
    }
}

/// The record numbers of rows; `bytes` is room that is used again.
fn records_of(
    records: &RecordNumbers,
    rows: &Bitmap,
    bytes: &mut Vec<u8>,
) -> Result<RoaringBitmap, Phrase> {
    let last = records.first.checked_add(rows.len() as u64);
    let is_low = last.is_some_and(|end| end <= 1 << 32);
    match (&records.each, u32::try_from(records.first)) {
        (None, Ok(first)) if is_low => Ok(shifted(rows, first, bytes)),
        (_, _) => one_by_one(records, rows),
    }
}

/// Rows as records that follow each other: whole words at a time.
fn shifted(rows: &Bitmap, first: u32, bytes: &mut Vec<u8>) -> RoaringBitmap {
    let shift = first % u64::BITS;
    bytes.clear();
    let mut carried = 0;
    for word in rows.words() {
        bytes.extend_from_slice(&(word << shift | carried).to_le_bytes());
        // What a shift by all bits would leave.
        carried = (word >> 1) >> (u64::BITS - 1 - shift);
    }
    if carried != 0 {
        bytes.extend_from_slice(&carried.to_le_bytes());
    }
    RoaringBitmap::from_lsb0_bytes(first - shift, bytes)
}

fn one_by_one(records: &RecordNumbers, rows: &Bitmap) -> Result<RoaringBitmap, Phrase> {
    let too_many = || {
        say!(
            "bitmaps hold record numbers below 4,294,967,296 only",
            "位图只能容纳小于 4,294,967,296 的记录号"
        )
    };
    let mut set = RoaringBitmap::new();
    for row in rows.rows() {
        let number = u32::try_from(records.of(row)).map_err(|_| too_many())?;
        // Appending is quick; a number that does not rise is put where it belongs.
        if set.try_push(number).is_err() {
            set.insert(number);
        }
    }
    Ok(set)
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
    fn rows_become_the_records_they_are() {
        let records = |first| RecordNumbers { first, each: None };
        let mut bytes = Vec::new();
        for first in [0, 1, 63, 64, 65_500, 65_536, 1 << 31, (1 << 32) - 200_000] {
            for (len, step) in [
                (200_000, 1),
                (200_000, 7),
                (200_000, 999),
                (70, 3),
                (1, 1),
                (0, 1),
            ] {
                let rows = Bitmap::from_fn(len, |row| row % step == 0);
                let found = records_of(&records(first), &rows, &mut bytes).unwrap();
                assert_eq!(found, one_by_one(&records(first), &rows).unwrap());
                assert_eq!(found.len(), rows.count(), "{first} {len} {step}");
            }
        }
        // The last number that fits, and rows past it that nobody is in.
        let first = records((1 << 32) - 2);
        let of = |rows: &[usize], len| {
            let rows = Bitmap::from_fn(len, |row| rows.contains(&row));
            records_of(&first, &rows, &mut Vec::new())
        };
        assert_eq!(of(&[0, 1], 2).unwrap().max(), Some(u32::MAX));
        assert_eq!(of(&[1], 9).unwrap().len(), 1);
        of(&[1, 2], 9).unwrap_err();
    }

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
