//! Ids that all have one length: nothing is done with each. Those that are given out one after the other
//! stay where they are, with their lengths in between; others are copied out of their pages.
//!
//! Anything else about a column (a length that differs, a row without an id, a dictionary) makes it odd,
//! and [`super::ids`] reads it.

use super::flat::Cells;
use super::ids::{Ids, is_plain};
use super::page::PageRoom;
use crate::data::ids::IdKeys;
use crate::table::{Bitmap, EvenTexts, TextColumn};
use parquet::errors::Result;

/// Ids are copied so many bytes at once.
const BLOCK: usize = 16;
/// Longer ids are not read here.
const LONGEST: usize = 64;
/// The length of a text stands before it.
const BEFORE: usize = 4;

/// The ids of a piece while they are gathered.
#[derive(Default)]
pub(super) struct Even {
    /// Rows of the piece.
    rows: usize,
    /// Whether a page with all of them need not be copied.
    is_left: bool,
    /// The ids with their lengths, unless a page holds all of them: then that ends so many bytes after
    /// the start of the first.
    bytes: Vec<u8>,
    in_page: Option<usize>,
    /// Memory for others.
    spare: TextColumn,
    length: usize,
    count: usize,
    is_odd: bool,
}

impl Even {
    /// The ids of some rows in the memory of others; `is_left` when a page can be had as a whole.
    pub(super) fn in_place_of(mut spare: TextColumn, rows: usize, is_left: bool) -> Even {
        let even = spare.even.take().unwrap_or_default();
        let mut bytes = even.bytes;
        bytes.clear();
        Even {
            rows,
            is_left,
            bytes,
            spare,
            ..Even::default()
        }
    }

    /// The ids, when all rows have one that is just its text; else the memory.
    pub(super) fn finish(mut self, room: &mut PageRoom) -> std::result::Result<Ids, TextColumn> {
        let memory = std::mem::take(&mut self.bytes);
        let (bytes, start) = match self.in_page {
            None => (memory, 0),
            Some(behind) => room.take_page(behind, memory).unwrap_or_default(),
        };
        let even = EvenTexts {
            bytes,
            first: start + BEFORE,
            step: BEFORE + self.length,
            length: self.length,
            rows: self.count,
        };
        if !self.is_odd && self.count == self.rows && self.count > 0 {
            if let Some(keys) = keys(&even) {
                let ids = TextColumn {
                    even: Some(even),
                    ..self.spare
                };
                return Ok(self::ids(ids, Some(keys)));
            }
            if let Some(copied) = copied(&even, &mut self.spare) {
                return Ok(self::ids(copied, None));
            }
        }
        self.spare.even = Some(EvenTexts {
            bytes: even.bytes,
            ..EvenTexts::default()
        });
        Err(self.spare)
    }

    /// Adds the rows of a page, `skipped` of them passed over; `None` when one is of another length.
    fn add(&mut self, bytes: &[u8], skipped: usize, count: usize) -> Option<()> {
        let before: &[u8; BEFORE] = bytes.first_chunk()?;
        let length = u32::from_le_bytes(*before) as usize;
        if self.count == 0 {
            self.length = length;
        }
        if !(1..=LONGEST).contains(&length) || length != self.length {
            return None;
        }
        let step = BEFORE + length;
        let end = skipped.checked_add(count)?.checked_mul(step)?;
        let (passed, rows) = bytes.get(..end)?.split_at_checked(skipped * step)?;
        if passed
            .chunks_exact(step)
            .any(|row| !row.starts_with(before))
        {
            return None;
        }
        match self.is_left && count == self.rows {
            true => self.in_page = Some(bytes.len() - passed.len()),
            false => self.bytes.extend_from_slice(rows),
        }
        self.count += count;
        Some(())
    }
}

fn ids(ids: TextColumn, keys: Option<IdKeys>) -> Ids {
    Ids {
        kept: Bitmap::all(ids.len()),
        ids,
        rejects: Vec::new(),
        keys,
    }
}

/// What is known of ids that mostly follow each other, each after its length: one that is plain makes
/// all of them plain.
fn keys(even: &EvenTexts) -> Option<IdKeys> {
    let first = even.get(0)?;
    let length = u32::try_from(even.length).ok()?.to_le_bytes();
    let before = even.bytes.get(..even.first)?;
    let is_after_length = before.ends_with(&length);
    let is_first_plain = is_plain(first, &[u32::from_le_bytes(length)]);
    (is_after_length && is_first_plain).then(|| IdKeys::of_even(even))?
}

/// The ids side by side, in some memory; `None` when one has another length or is not just its text.
fn copied(even: &EvenTexts, spare: &mut TextColumn) -> Option<TextColumn> {
    let (length, count) = (even.length, even.rows);
    let before = u32::try_from(length).ok()?.to_le_bytes();
    let rows = even.bytes.get(even.first.checked_sub(BEFORE)?..)?;
    let rows = rows.get(..count.checked_mul(even.step)?)?;
    let total = count.checked_mul(length)?;
    u32::try_from(total).ok()?;
    let blocks = length.div_ceil(BLOCK);
    let mut text = std::mem::take(&mut spare.text).into_bytes();
    // The last block of an id may reach over the next one, which is written after it.
    text.resize(total + blocks * BLOCK, 0);
    let is_even = match blocks {
        1 => copy_rows::<1>(rows, &before, &mut text),
        2 => copy_rows::<2>(rows, &before, &mut text),
        _ => copy_rows::<4>(rows, &before, &mut text),
    };
    text.truncate(total);
    let mut ends = std::mem::take(&mut spare.ends);
    ends.clear();
    ends.extend((1..=count).map(|row| (row * length) as u32));
    if !is_even || !is_plain(&text, &ends) {
        return None;
    }
    let text = String::from_utf8(text).ok()?;
    let even = None;
    Some(TextColumn { ends, text, even })
}

/// Copies the texts of rows side by side, up to `N` blocks of each; whether all have the same length.
#[inline]
fn copy_rows<const N: usize>(rows: &[u8], before: &[u8; BEFORE], places: &mut [u8]) -> bool {
    let length = u32::from_le_bytes(*before) as usize;
    let step = BEFORE + length;
    let mut is_even = true;
    let mut at = 0;
    for (row, place) in rows.chunks_exact(step).zip(0..) {
        is_even &= row.starts_with(before);
        let from = rows.get(place * step + BEFORE..).unwrap_or(&[]);
        let to = places.get_mut(at..).unwrap_or(&mut []);
        let blocks = from.as_chunks::<BLOCK>().0.first_chunk::<N>();
        match (blocks, to.as_chunks_mut::<BLOCK>().0.first_chunk_mut::<N>()) {
            (Some(blocks), Some(places)) => *places = *blocks,
            // At the end of a page.
            (_, _) => to
                .iter_mut()
                .zip(from.iter().take(length))
                .for_each(|(to, from)| *to = *from),
        }
        at += length;
    }
    is_even
}

impl Cells for Even {
    type Cell = ();

    fn missing(&mut self) {
        self.is_odd = true;
    }

    fn dictionary(
        &mut self,
        _bytes: &[u8],
        count: usize,
        cells: &mut Vec<()>,
    ) -> Result<Option<()>> {
        self.is_odd = true;
        cells.extend(std::iter::repeat_n((), count));
        Ok(Some(()))
    }

    fn plain(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        cells: &mut Vec<()>,
    ) -> Result<Option<()>> {
        if count > 0 {
            self.is_odd = self.is_odd || self.add(bytes, skipped, count).is_none();
        }
        cells.extend(std::iter::repeat_n((), count));
        Ok(Some(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(ids: &[&str]) -> Vec<u8> {
        let with_length = |id: &&str| {
            let length = (id.len() as u32).to_le_bytes();
            [&length, id.as_bytes()].concat()
        };
        ids.iter().flat_map(with_length).collect()
    }

    /// The ids of pages, some passed over in each; whether they were left where they were.
    fn read(pages: &[(&[&str], usize)], spare: TextColumn) -> Option<(Vec<String>, bool)> {
        let rows = pages.iter().map(|(ids, skipped)| ids.len() - skipped).sum();
        let mut even = Even::in_place_of(spare, rows, false);
        let mut cells = Vec::new();
        for (ids, skipped) in pages {
            let count = ids.len() - skipped;
            even.plain(&page(ids), *skipped, count, &mut cells).unwrap();
        }
        assert_eq!(cells.len(), rows);
        let found = even.finish(&mut PageRoom::default()).ok()?;
        let texts = (0..rows).map(|row| found.ids.get(row).to_string());
        assert_eq!(found.ids.even.is_some(), found.keys.is_some());
        Some((texts.collect(), found.keys.is_some()))
    }

    fn check(ids: &[String], is_left: bool) {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut spare = TextColumn::default();
        (0..100).for_each(|_| spare.push("left over"));
        let parts: &[(&[&str], usize)] = &[(&ids[..9], 2), (&ids[9..10], 0), (&ids[10..], 5)];
        let found = read(parts, spare).unwrap();
        let expected = [&ids[2..9], &ids[9..10], &ids[15..]].concat();
        assert_eq!(found.0, expected);
        assert_eq!(found.1, is_left, "{expected:?}");
    }

    #[test]
    fn ids_of_one_length_are_copied() {
        for length in [1, 2, 3, 15, 16, 17, 31, 32, 33, 48, 64] {
            let ids = (0..40).map(|row| format!("{:0length$}", row % 10));
            check(&ids.collect::<Vec<String>>(), false);
        }
    }

    #[test]
    fn ids_that_follow_each_other_stay_where_they_are() {
        for (prefix, length) in [("", 4), ("u", 9), ("customer", 8), ("u-", 14)] {
            for first in [0, 7, 95, 980, 1_000] {
                let id = |row: usize| format!("{prefix}{row:0length$}");
                let ids: Vec<String> = (first..first + 2_500).map(id).collect();
                check(&ids, true);
                for at in [20, 99, 100, 1_234, 2_499] {
                    let mut odd = ids.clone();
                    // One that is there twice: the bits do not say so.
                    odd[at] = ids[0].replace(&id(first), &id(first + 17));
                    check(&odd, false);
                }
            }
        }
    }

    #[test]
    fn anything_else_is_odd() {
        let spare = TextColumn::default;
        assert!(read(&[(&["ab", "cd", "e", "fgh"], 0)], spare()).is_none());
        assert!(read(&[(&["a", "bc", "de"], 1)], spare()).is_none());
        assert!(read(&[(&["ab"], 0), (&["cde"], 0)], spare()).is_none());
        assert!(read(&[(&["a ", "bc"], 0)], spare()).is_none());
        assert!(read(&[(&[" 1", " 2", " 3"], 0)], spare()).is_none());
        assert!(read(&[(&["+1", "+2", "+3"], 0)], spare()).is_none());
        assert!(read(&[(&["\u{e9}1", "\u{e9}2"], 0)], spare()).is_none());
        assert!(read(&[(&["\u{e9}", "bc"], 0)], spare()).is_none());
        assert!(read(&[(&["", ""], 0)], spare()).is_none());
        assert!(read(&[(&[&"x".repeat(65)], 0)], spare()).is_none());
        assert!(read(&[], spare()).is_none());
        let mut even = Even::in_place_of(spare(), 1, false);
        even.plain(&[2, 0, 0, 0, b'a'], 0, 1, &mut Vec::new())
            .unwrap();
        let room = &mut PageRoom::default();
        assert!(even.finish(room).is_err(), "a page that ends too early");
        let mut even = Even::in_place_of(spare(), 1, false);
        even.plain(&page(&["ab"]), 0, 1, &mut Vec::new()).unwrap();
        even.missing();
        assert!(even.finish(room).is_err());
    }

    #[test]
    fn a_length_that_differs_within_a_run_is_odd() {
        let id = |row: usize| format!("u{row:05}");
        let ids: Vec<String> = (0..1_500).map(id).collect();
        let texts: Vec<&str> = ids.iter().map(String::as_str).collect();
        for row in [0, 1, 9, 10, 11, 50, 99, 100, 150, 900, 1_000, 1_499] {
            for at in 0..4 {
                let mut page = page(&texts);
                page[row * 10 + at] ^= 1;
                let mut even = Even::in_place_of(TextColumn::default(), ids.len(), false);
                even.plain(&page, 0, ids.len(), &mut Vec::new()).unwrap();
                assert!(even.finish(&mut PageRoom::default()).is_err(), "{row}");
            }
        }
    }
}
