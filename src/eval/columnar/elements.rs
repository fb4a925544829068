//! The elements of lists, and the rows they belong to.

use super::block::{BLOCK_ROWS, WORD_ROWS, Words};
use crate::machine::Lane;

/// The elements of the lists of a block: the row of each, counted from the block's first.
#[derive(Debug, Default)]
pub(super) struct ElementRows(Vec<u16>);

impl ElementRows {
    /// Finds the rows; `offsets` has one entry more than there are rows.
    #[inline(always)]
    pub(super) fn find(&mut self, offsets: &[u32]) -> &[u16] {
        /// Most lists are shorter: their rows are written without counting.
        const SHORT: usize = 4;
        let first = offsets.first().copied().unwrap_or(0);
        let last = offsets.last().copied().unwrap_or(0);
        let count = last.saturating_sub(first) as usize;
        self.0.clear();
        self.0.resize(count + SHORT, 0);
        let lists = offsets.iter().zip(offsets.iter().skip(1));
        for (row, (start, end)) in (0u16..).zip(lists) {
            let start = start.saturating_sub(first) as usize;
            let end = end.saturating_sub(first) as usize;
            if let Some(places) = self.0.get_mut(start..start + SHORT) {
                places.fill(row);
            }
            if end - start > SHORT
                && let Some(places) = self.0.get_mut(start + SHORT..end)
            {
                places.fill(row);
            }
        }
        self.0.get(..count).unwrap_or(&[])
    }
}

/// The length of each list of a block, 255 where it is longer.
#[inline(always)]
pub(super) fn lengths(offsets: &[u32], found: &mut [u8; BLOCK_ROWS]) {
    let lists = offsets.iter().zip(offsets.iter().skip(1));
    for (found, (start, end)) in found.iter_mut().zip(lists) {
        *found = end.saturating_sub(*start).min(u32::from(u8::MAX)) as u8;
    }
}

impl ElementRows {
    /// The lists whose offsets these are; `offsets` has one entry more than there are rows.
    pub(super) fn of<'l>(&'l mut self, offsets: &'l [u32]) -> Lists<'l> {
        Lists {
            offsets,
            rows: self,
            are_found: false,
        }
    }
}

/// The lists of a block.
pub(super) struct Lists<'l> {
    offsets: &'l [u32],
    rows: &'l mut ElementRows,
    /// Whether the rows of all elements are found.
    are_found: bool,
}

/// The rows of no more elements than this are searched for; of more all rows are found.
const MOST_SEARCHED: u64 = 256;

impl Lists<'_> {
    /// Adds the rows of the elements whose bits are set, counted from the `first`.
    #[inline(always)]
    pub(super) fn add_rows<L: Lane>(&mut self, elements: &Words, first: usize, out: &mut Words) {
        if !self.are_found && L::count(elements) > MOST_SEARCHED {
            self.rows.find(self.offsets);
            self.are_found = true;
        }
        match self.are_found {
            true => self.look_up(elements, first, out),
            false => self.search(elements, first, out),
        }
    }

    fn look_up(&self, elements: &Words, first: usize, out: &mut Words) {
        let rows = self.rows.0.get(first..).unwrap_or(&[]);
        each_bit(elements, |element| {
            add(usize::from(rows.get(element).copied().unwrap_or(0)), out);
        });
    }

    fn search(&self, elements: &Words, first: usize, out: &mut Words) {
        let start = self.offsets.first().map_or(0, |start| *start as usize) + first;
        let mut ends = self.offsets.get(1..).unwrap_or(&[]);
        let mut row = 0;
        each_bit(elements, |element| {
            let passed = ends.partition_point(|end| *end as usize <= start + element);
            ends = ends.get(passed..).unwrap_or(&[]);
            row += passed;
            add(row, out);
        });
    }
}

fn each_bit(words: &Words, mut take: impl FnMut(usize)) {
    for (word, bits) in words.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            take(word * WORD_ROWS + bits.trailing_zeros() as usize);
            bits &= bits - 1;
        }
    }
}

fn add(row: usize, out: &mut Words) {
    if let Some(word) = out.get_mut(row / WORD_ROWS) {
        *word |= 1 << (row % WORD_ROWS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::columnar::block::BLOCK_WORDS;

    #[test]
    fn elements_are_searched_for_and_found_in_the_same_rows() {
        let mut state = 1u64;
        let mut roll = |sides: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) % sides
        };
        for most in [1, 2, 5, 90] {
            let mut offsets = vec![7u32];
            for _ in 0..BLOCK_ROWS {
                let length = if roll(3) == 0 { 0 } else { roll(most) };
                offsets.push(offsets[offsets.len() - 1] + length as u32);
            }
            let count = (offsets[BLOCK_ROWS] - 7) as usize;
            for (first, share) in [(0, 2), (0, 40), (BLOCK_ROWS, 9), (BLOCK_ROWS, 300)] {
                let mut elements = [0; BLOCK_WORDS];
                let mut expected = [0; BLOCK_WORDS];
                for element in 0..count.saturating_sub(first).min(BLOCK_ROWS) {
                    if roll(share) == 0 {
                        elements[element / 64] |= 1 << (element % 64);
                        let place = 7 + (first + element) as u32;
                        let row = offsets[1..].iter().position(|end| *end > place).unwrap();
                        expected[row / 64] |= 1 << (row % 64);
                    }
                }
                for are_found in [false, true] {
                    let mut rows = ElementRows::default();
                    let mut lists = rows.of(&offsets);
                    if are_found {
                        lists.rows.find(&offsets);
                        lists.are_found = true;
                    }
                    let mut out = [0; BLOCK_WORDS];
                    match are_found {
                        true => lists.look_up(&elements, first, &mut out),
                        false => lists.search(&elements, first, &mut out),
                    }
                    assert_eq!(out, expected, "{most} {first} {share} {are_found}");
                }
            }
        }
    }
}
