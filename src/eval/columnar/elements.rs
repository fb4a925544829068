//! The elements of lists, and the rows they belong to.

use super::block::{BLOCK_ROWS, WORD_ROWS, Words};

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

/// Adds the rows of the elements whose bits are set: few are.
#[inline(always)]
pub(super) fn add_rows(elements: &Words, rows: &[u16], out: &mut Words) {
    for (word, bits) in elements.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let element = word * WORD_ROWS + bits.trailing_zeros() as usize;
            let row = usize::from(rows.get(element).copied().unwrap_or(0));
            if let Some(word) = out.get_mut(row / WORD_ROWS) {
                *word |= 1 << (row % WORD_ROWS);
            }
            bits &= bits - 1;
        }
    }
}
