//! A block of rows and the loops over it.
//!
//! Every loop is a plain function over arrays of a fixed length, inlined into one function per level
//! of machine (see [`crate::machine`]), where the compiler turns it into vector instructions.

/// How many rows a word holds.
pub(super) const WORD_ROWS: usize = 64;
/// How many words of 64 rows are looked at together: 2,048 rows keep the slots of a thousand
/// predicates (256 bytes each) inside the second-level cache.
pub(super) const BLOCK_WORDS: usize = 32;
/// How many rows are looked at together.
pub(super) const BLOCK_ROWS: usize = BLOCK_WORDS * WORD_ROWS;

/// One predicate's answers for a block.
pub(super) type Words = [u64; BLOCK_WORDS];

/// Packs 64 truth values, one a byte, into a word.
#[inline(always)]
fn pack(bytes: &[u8; WORD_ROWS]) -> u64 {
    // Gathers the lowest bit of each of eight bytes into the top byte of the product.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut word = 0;
    for (index, eight) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let byte = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        word |= byte << (index * 8);
    }
    word
}

/// Writes one bit a row for which `is_in` holds; rows past the end of `rows` are not in.
#[inline(always)]
pub(super) fn fill<T: Copy>(rows: &[T], out: &mut Words, is_in: impl Fn(T) -> bool) {
    out.fill(0);
    let (full, rest) = rows.as_chunks::<WORD_ROWS>();
    for (word, rows) in out.iter_mut().zip(full) {
        *word = pack(&rows.map(|row| u8::from(is_in(row))));
    }
    if let Some(word) = out.get_mut(full.len()) {
        for (bit, &row) in rest.iter().enumerate() {
            *word |= u64::from(is_in(row)) << bit;
        }
    }
}

/// Adds the rows for which `is_in` holds.
#[inline(always)]
pub(super) fn fill_more<T: Copy>(rows: &[T], out: &mut Words, is_in: impl Fn(T) -> bool) {
    let mut more = [0; BLOCK_WORDS];
    fill(rows, &mut more, is_in);
    for (word, more) in out.iter_mut().zip(&more) {
        *word |= more;
    }
}

/// Keeps the rows that are also in `other` (complemented by `flip` of all ones).
#[inline(always)]
pub(super) fn keep(out: &mut Words, other: &Words, flip: u64) {
    for (word, other) in out.iter_mut().zip(other) {
        *word &= other ^ flip;
    }
}

/// Adds the rows in `other` (complemented by `flip` of all ones).
#[inline(always)]
pub(super) fn join(out: &mut Words, other: &Words, flip: u64) {
    for (word, other) in out.iter_mut().zip(other) {
        *word |= other ^ flip;
    }
}

/// How many rows are in.
#[inline(always)]
pub(super) fn count(words: &Words) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
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

    #[test]
    fn counters_compare_bit_by_bit() {
        let inputs = [0b1111u64, 0b0111, 0b0011, 0b0001];
        assert_eq!(at_least(1, inputs.into_iter()), 0b1111);
        assert_eq!(at_least(2, inputs.into_iter()), 0b0111);
        assert_eq!(at_least(4, inputs.into_iter()), 0b0001);
        assert_eq!(at_least(5, inputs.into_iter()), 0);
    }

    #[test]
    fn every_row_has_its_bit() {
        let rows: Vec<usize> = (0..BLOCK_ROWS - 3).collect();
        let mut words = [0; BLOCK_WORDS];
        fill(&rows, &mut words, |row| row % 7 == 2 || row % 11 == 0);
        for (row, expected) in rows.iter().map(|row| (*row, row % 7 == 2 || row % 11 == 0)) {
            assert_eq!(
                words[row / 64] >> (row % 64) & 1 == 1,
                expected,
                "row {row}"
            );
        }
        assert_eq!(words[BLOCK_WORDS - 1] >> 61, 0);
    }
}
