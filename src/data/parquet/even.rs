//! Ids that all have one length: they are copied out of their pages and nothing else is done with each.
//!
//! Anything else about a column (a length that differs, a row without an id, a dictionary) makes it odd,
//! and [`super::ids`] reads it.

use super::flat::Cells;
use super::ids::{Ids, is_plain};
use crate::table::{Bitmap, TextColumn};
use parquet::errors::Result;

/// Ids are copied so many bytes at once.
const BLOCK: usize = 16;
/// Longer ids are not read here.
const LONGEST: usize = 64;
/// The length of a text stands before it.
const BEFORE: usize = 4;

/// The ids of a piece while they are copied.
#[derive(Default)]
pub(super) struct Even {
    /// The ids one after the other; may be longer than they are.
    text: Vec<u8>,
    ends: Vec<u32>,
    length: usize,
    count: usize,
    is_odd: bool,
}

impl Even {
    /// Ids in the memory of others.
    pub(super) fn in_place_of(spare: TextColumn) -> Even {
        Even {
            text: spare.text.into_bytes(),
            ends: spare.ends,
            ..Even::default()
        }
    }

    /// The ids, when all `rows` have one that is just its text; else the memory.
    pub(super) fn finish(mut self, rows: usize) -> std::result::Result<Ids, TextColumn> {
        self.ends.clear();
        let total = self.count.checked_mul(self.length);
        let total = total.filter(|total| u32::try_from(*total).is_ok());
        if let Some(total) = total.filter(|_| !self.is_odd && self.count == rows && rows > 0) {
            self.text.truncate(total);
            let ends = (1..=self.count).map(|row| (row * self.length) as u32);
            self.ends.extend(ends);
            if is_plain(&self.text, &self.ends)
                && let Ok(text) = String::from_utf8(std::mem::take(&mut self.text))
            {
                return Ok(Ids {
                    ids: TextColumn {
                        ends: self.ends,
                        text,
                    },
                    kept: Bitmap::all(rows),
                    rejects: Vec::new(),
                });
            }
        }
        self.ends.clear();
        Err(TextColumn {
            ends: self.ends,
            text: String::new(),
        })
    }

    /// Copies the texts of a page, `skipped` of them passed over; `None` when one is of another length.
    fn copy(&mut self, bytes: &[u8], skipped: usize, count: usize) -> Option<()> {
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
        let blocks = length.div_ceil(BLOCK);
        let start = self.count.checked_mul(length)?;
        let total = start.checked_add(count.checked_mul(length)?)?;
        // The last block of an id may reach over the next one, which is written after it.
        let room = total + blocks * BLOCK;
        if self.text.len() < room {
            self.text.resize(room, 0);
        }
        let places = self.text.get_mut(start..)?;
        let is_even = match blocks {
            1 => copy_rows::<1>(rows, before, places),
            2 => copy_rows::<2>(rows, before, places),
            _ => copy_rows::<4>(rows, before, places),
        };
        self.count += count;
        is_even.then_some(())
    }
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
        self.is_odd = self.is_odd || self.copy(bytes, skipped, count).is_none();
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

    fn read(pages: &[(&[&str], usize)], spare: TextColumn) -> Option<Vec<String>> {
        let mut even = Even::in_place_of(spare);
        let mut cells = Vec::new();
        for (ids, skipped) in pages {
            let count = ids.len() - skipped;
            even.plain(&page(ids), *skipped, count, &mut cells).unwrap();
        }
        let found = even.finish(cells.len()).ok()?;
        Some(
            (0..cells.len())
                .map(|row| found.ids.get(row).to_string())
                .collect(),
        )
    }

    #[test]
    fn ids_of_one_length_are_copied() {
        for length in [1, 2, 3, 15, 16, 17, 31, 32, 33, 48, 64] {
            let ids: Vec<String> = (0..40)
                .map(|row| format!("{:0length$}", row % 10))
                .collect();
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            let mut spare = TextColumn::default();
            (0..length * 3).for_each(|_| spare.push("left over"));
            let found = read(&[(&ids[..9], 2), (&ids[9..10], 0), (&ids[10..], 5)], spare).unwrap();
            let expected = [&ids[2..9], &ids[9..10], &ids[15..]].concat();
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn anything_else_is_odd() {
        let spare = TextColumn::default;
        assert!(read(&[(&["ab", "cd", "e", "fgh"], 0)], spare()).is_none());
        assert!(read(&[(&["a", "bc", "de"], 1)], spare()).is_none());
        assert!(read(&[(&["ab"], 0), (&["cde"], 0)], spare()).is_none());
        assert!(read(&[(&["a ", "bc"], 0)], spare()).is_none());
        assert!(read(&[(&["\u{e9}", "bc"], 0)], spare()).is_none());
        assert!(read(&[(&["", ""], 0)], spare()).is_none());
        assert!(read(&[(&[&"x".repeat(65)], 0)], spare()).is_none());
        assert!(read(&[], spare()).is_none());
        let mut even = Even::default();
        even.plain(&[2, 0, 0, 0, b'a'], 0, 1, &mut Vec::new())
            .unwrap();
        assert!(even.finish(1).is_err(), "a page that ends too early");
        let mut even = Even::default();
        even.plain(&page(&["ab"]), 0, 1, &mut Vec::new()).unwrap();
        even.missing();
        assert!(even.finish(1).is_err());
    }
}
