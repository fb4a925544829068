//! A block of rows and the loops over it.
//!
//! Every loop is a plain function over arrays of a fixed length, inlined into one function per level
//! of machine (see [`crate::machine`]), where the compiler turns it into vector instructions; what is
//! compared goes through lanes of 64.

use crate::machine::{Lane, SET_WORDS};
use crate::table::Code;

/// How many rows a word holds.
pub(super) const WORD_ROWS: usize = 64;
/// How many words of 64 rows are looked at together: 2,048 rows keep the answers to a few thousand
/// questions (256 bytes each) inside the second-level cache.
pub(super) const BLOCK_WORDS: usize = SET_WORDS;
/// How many rows are looked at together.
pub(super) const BLOCK_ROWS: usize = BLOCK_WORDS * WORD_ROWS;

/// One predicate's answers for a block.
pub(super) type Words = [u64; BLOCK_WORDS];

/// Codes as ranges (first, width).
pub(super) type CodeRanges = Vec<(u32, u32)>;

/// Bytes as ranges (first, width).
pub(super) type ByteRanges = Vec<(u8, u8)>;

/// Finds the rows whose byte lies in one of the ranges: from `first` to `first + width`, counted round.
#[inline(always)]
pub(super) fn bytes_within<L: Lane>(bytes: &[u8], ranges: &[(u8, u8)], out: &mut Words) {
    out.fill(0);
    for (first, width) in ranges {
        add_masks(
            bytes,
            out,
            #[inline(always)]
            |bytes| L::new(bytes).mask_within(*first, *width),
        );
    }
}

/// Finds the rows whose code lies in one of the ranges: from `first` to `first + width`.
#[inline(always)]
pub(super) fn codes_within<L: Lane, C: Code>(codes: &[C], ranges: &[(u32, u32)], out: &mut Words) {
    out.fill(0);
    for &(first, width) in ranges {
        let Some(most) = C::MOST.checked_sub(first) else {
            continue;
        };
        let width = width.min(most);
        add_masks(
            codes,
            out,
            #[inline(always)]
            |codes| C::within::<L>(codes, first, width),
        );
    }
}

/// Adds the rows whose byte has one of the bits.
#[inline(always)]
pub(super) fn add_bytes_with<L: Lane>(bytes: &[u8], out: &mut Words, bits: u8) {
    add_masks(
        bytes,
        out,
        #[inline(always)]
        |bytes| L::new(bytes).mask_of_bits(bits),
    );
}

/// Adds the rows whose number lies in a range.
#[inline(always)]
pub(super) fn add_numbers_within<L: Lane>(
    numbers: &[i64],
    out: &mut Words,
    (from, to): (i64, i64),
) {
    let width = to.wrapping_sub(from) as u64;
    add_masks(
        numbers,
        out,
        #[inline(always)]
        |numbers| L::numbers_within(numbers, from, width),
    );
}

/// Adds the rows of masks of 64; rows past the end of `rows` are not in.
#[inline(always)]
fn add_masks<T: Copy + Default>(
    rows: &[T],
    out: &mut Words,
    mask: impl Fn(&[T; WORD_ROWS]) -> u64,
) {
    let (full, rest) = rows.as_chunks::<WORD_ROWS>();
    for (word, rows) in out.iter_mut().zip(full) {
        *word |= mask(rows);
    }
    if let Some(word) = out.get_mut(full.len()).filter(|_| !rest.is_empty()) {
        let mut rows = [T::default(); WORD_ROWS];
        rows.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        *word |= mask(&rows) & ((1 << rest.len()) - 1);
    }
}

/// Keeps the rows that are also in `other` (complemented by `flip` of all ones).
#[inline(always)]
pub(super) fn keep(out: &mut Words, other: &Words, flip: u64) {
    for (word, other) in out.iter_mut().zip(other) {
        *word &= other ^ flip;
    }
}

/// Rows with at least `count` of the inputs set, by a counter of bit planes.
#[inline(always)]
pub(super) fn at_least(count: u32, inputs: impl Iterator<Item = u64>) -> u64 {
    let mut planes = [0u64; 32];
    for input in inputs {
        let mut carry = input;
        for plane in &mut planes {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
            if carry == 0 {
                break;
            }
        }
    }
    // Compare the counter with `count`, highest plane first.
    let (mut above, mut equal) = (0u64, u64::MAX);
    for (bit, plane) in planes.iter().enumerate().rev() {
        let wanted = if count >> bit & 1 == 1 { u64::MAX } else { 0 };
        above |= equal & plane & !wanted;
        equal &= !(plane ^ wanted);
    }
    above | equal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::{Level, Scan};

    #[test]
    fn counters_compare_bit_by_bit() {
        let inputs = [0b1111u64, 0b0111, 0b0011, 0b0001];
        assert_eq!(at_least(1, inputs.into_iter()), 0b1111);
        assert_eq!(at_least(2, inputs.into_iter()), 0b0111);
        assert_eq!(at_least(4, inputs.into_iter()), 0b0001);
        assert_eq!(at_least(5, inputs.into_iter()), 0);
    }

    /// Rows whose number is small, through lanes.
    struct Small<'n>(&'n [i64]);

    impl Scan for Small<'_> {
        type Output = Words;

        #[inline(always)]
        fn scan<L: Lane>(self) -> Words {
            let mut words = [0; BLOCK_WORDS];
            add_numbers_within::<L>(self.0, &mut words, (-3, 4));
            words
        }
    }

    #[test]
    fn every_row_has_its_bit() {
        let rows: Vec<i64> = (0..BLOCK_ROWS as i64 - 3)
            .map(|row| row * 7 % 23 - 9)
            .collect();
        let words = Level::detect().scan(Small(&rows));
        for (row, number) in rows.iter().enumerate() {
            let is_in = words[row / 64] >> (row % 64) & 1 == 1;
            assert_eq!(is_in, (-3..=4).contains(number), "row {row}");
        }
        assert_eq!(words[BLOCK_WORDS - 1] >> 61, 0);
    }
}
