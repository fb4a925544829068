//! Turns Parquet's runs of small numbers into numbers or bits: repeated ones, and ones packed bit by bit.
//!
//! Every reader answers `None` where the bytes end or make no sense, and writes no more than was asked
//! for, whatever the bytes claim.

use crate::machine::Level;
use crate::table::Bitmap;

/// A reader of such runs.
pub(super) struct Hybrid<'b> {
    bytes: &'b [u8],
    /// Bits of a number, at most 32.
    width: usize,
    run: Run<'b>,
}

/// What is left of the run at hand.
#[derive(Clone, Copy)]
enum Run<'b> {
    Same {
        number: u32,
        left: usize,
    },
    Packed {
        bytes: &'b [u8],
        at: usize,
        left: usize,
    },
}

impl<'b> Hybrid<'b> {
    /// A reader of numbers of `width` bits.
    pub(super) fn new(bytes: &'b [u8], width: u8) -> Option<Hybrid<'b>> {
        (width <= 32).then_some(Hybrid {
            bytes,
            width: usize::from(width),
            run: Run::Same { number: 0, left: 0 },
        })
    }

    /// Starts the next run when nothing is left of the one at hand.
    fn refill(&mut self) -> Option<()> {
        while matches!(
            self.run,
            Run::Same { left: 0, .. } | Run::Packed { left: 0, .. }
        ) {
            let head = self.varint()?;
            let count = usize::try_from(head >> 1).ok()?;
            self.run = match head & 1 {
                0 => {
                    let (number, rest) = self.bytes.split_at_checked(self.width.div_ceil(8))?;
                    self.bytes = rest;
                    let number = number.iter().rev();
                    let number = number.fold(0, |number, byte| number << 8 | u32::from(*byte));
                    Run::Same {
                        number,
                        left: count,
                    }
                }
                _ => {
                    // The last run of a page may be cut short.
                    let wanted = count.checked_mul(self.width)?;
                    let (bytes, rest) = self.bytes.split_at(wanted.min(self.bytes.len()));
                    self.bytes = rest;
                    let held = (bytes.len() * 8).checked_div(self.width);
                    Run::Packed {
                        bytes,
                        at: 0,
                        left: count.checked_mul(8)?.min(held.unwrap_or(usize::MAX)),
                    }
                }
            };
        }
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..35).step_by(7) {
            let (byte, rest) = self.bytes.split_first()?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    /// Passes numbers over.
    pub(super) fn skip(&mut self, mut count: usize) -> Option<()> {
        while count > 0 {
            self.refill()?;
            match &mut self.run {
                Run::Same { left, .. } => {
                    let passed = count.min(*left);
                    (*left, count) = (*left - passed, count - passed);
                }
                Run::Packed { at, left, .. } => {
                    let passed = count.min(*left);
                    *at += passed;
                    (*left, count) = (*left - passed, count - passed);
                }
            }
        }
        Some(())
    }

    /// Fills `out` with the next numbers.
    pub(super) fn fill(&mut self, mut out: &mut [u32]) -> Option<()> {
        let width = self.width;
        while !out.is_empty() {
            self.refill()?;
            let passed = match &mut self.run {
                Run::Same { number, left } => {
                    let passed = out.len().min(*left);
                    out.get_mut(..passed)?.fill(*number);
                    *left -= passed;
                    passed
                }
                Run::Packed { bytes, at, left } => {
                    let passed = out.len().min(*left);
                    let numbers = out.get_mut(..passed)?;
                    let (bytes, at_number) = (*bytes, *at);
                    Level::detect().run(
                        #[inline(always)]
                        || unpack(bytes, width, at_number, numbers),
                    );
                    *at += passed;
                    *left -= passed;
                    passed
                }
            };
            out = out.get_mut(passed..)?;
        }
        Some(())
    }

    /// Counts the ones among the next bits; numbers are of one bit.
    pub(super) fn count_ones(&mut self, mut count: usize) -> Option<usize> {
        let mut ones = 0;
        while count > 0 {
            let (bits, passed) = self.bits(count)?;
            ones += match bits {
                Bits::Same(bit) => passed * usize::from(bit),
                Bits::Packed(word) => word.count_ones() as usize,
            };
            count -= passed;
        }
        Some(ones)
    }

    /// Adds the next bits at the end of a set; how many of them are one. Numbers are of one bit.
    pub(super) fn append_bits(&mut self, mut count: usize, set: &mut BitsEnd) -> Option<usize> {
        let mut ones = 0;
        while count > 0 {
            let (bits, passed) = self.bits(count)?;
            match bits {
                Bits::Same(bit) => {
                    set.push_same(bit, passed);
                    ones += passed * usize::from(bit);
                }
                Bits::Packed(word) => {
                    set.push(word, passed);
                    ones += word.count_ones() as usize;
                }
            }
            count -= passed;
        }
        Some(ones)
    }

    /// The next bits, at most `most` and at least one; how many.
    fn bits(&mut self, most: usize) -> Option<(Bits, usize)> {
        /// So many bits are in eight bytes wherever in the first of them they start.
        const WHOLE: usize = 57;
        self.refill()?;
        Some(match &mut self.run {
            Run::Same { number, left } => {
                let passed = most.min(*left);
                *left -= passed;
                (Bits::Same(*number & 1 == 1), passed)
            }
            Run::Packed { bytes, at, left } => {
                let passed = most.min(*left).min(WHOLE);
                let word = load(bytes, *at / 8) >> (*at % 8);
                *at += passed;
                *left -= passed;
                (Bits::Packed(word & ((1 << passed) - 1)), passed)
            }
        })
    }
}

enum Bits {
    Same(bool),
    Packed(u64),
}

/// Eight bytes from a place on, zeros after the end.
#[inline(always)]
fn load(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or(&[]);
    match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => {
            let mut eight = [0; 8];
            eight
                .iter_mut()
                .zip(rest)
                .for_each(|(to, from)| *to = *from);
            u64::from_le_bytes(eight)
        }
    }
}

/// Reads packed numbers from the number `at` on.
#[inline(always)]
fn unpack(bytes: &[u8], width: usize, at: usize, out: &mut [u32]) {
    let mask = (1u64 << width) - 1;
    let one = |at: usize| (load(bytes, at * width / 8) >> (at * width % 8) & mask) as u32;
    let head = (at.wrapping_neg() % 8).min(out.len());
    let (first, rest) = out.split_at_mut(head);
    for (number, out) in (at..).zip(first) {
        *out = one(number);
    }
    let (eights, last) = rest.as_chunks_mut::<8>();
    let at = at + head;
    let mut start = at * width / 8;
    let count = eights.len() * 8;
    for (group, eight) in eights.iter_mut().enumerate() {
        if width <= 16 {
            // Four numbers are in eight bytes; the second four start at a half byte when the width is odd.
            let low = load(bytes, start);
            let high = load(bytes, start + width / 2) >> (width % 2 * 4);
            for (place, out) in eight.iter_mut().enumerate() {
                let word = if place < 4 { low } else { high };
                *out = (word >> (place % 4 * width) & mask) as u32;
            }
        } else {
            for (place, out) in eight.iter_mut().enumerate() {
                *out = one(at + group * 8 + place);
            }
        }
        start += width;
    }
    for (number, out) in (at + count..).zip(last) {
        *out = one(number);
    }
}

/// A set of rows that grows at its end, many rows at a time.
#[derive(Default)]
pub(super) struct BitsEnd {
    words: Vec<u64>,
    len: usize,
}

impl BitsEnd {
    /// An empty set with room for rows.
    pub(super) fn with_capacity(rows: usize) -> BitsEnd {
        BitsEnd {
            words: Vec::with_capacity(rows.div_ceil(64)),
            len: 0,
        }
    }

    /// Adds up to 64 rows; bits past them must be 0.
    pub(super) fn push(&mut self, bits: u64, count: usize) {
        let used = self.len % 64;
        match (used, self.words.last_mut()) {
            (1.., Some(last)) => {
                *last |= bits << used;
                if used + count > 64 {
                    self.words.push(bits >> (64 - used));
                }
            }
            _ if count > 0 => self.words.push(bits),
            _ => {}
        }
        self.len += count;
    }

    /// Adds rows that are all in the set, or all not.
    pub(super) fn push_same(&mut self, is_in: bool, mut count: usize) {
        while count > 0 {
            let step = count.min(64 - self.len % 64);
            let ones = u64::MAX >> (64 - step);
            self.push(if is_in { ones } else { 0 }, step);
            count -= step;
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The words from a row on that starts a word of its own when shifted: 64 rows from `row`.
    #[inline(always)]
    pub(super) fn word_at(&self, row: usize) -> u64 {
        let (word, shift) = (row / 64, row % 64);
        let low = self.words.get(word).copied().unwrap_or(0) >> shift;
        let next = self.words.get(word + 1).copied().unwrap_or(0);
        match shift {
            0 => low,
            _ => low | next << (64 - shift),
        }
    }

    /// The set.
    pub(super) fn finish(self) -> Bitmap {
        Bitmap::from_words(self.words, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers packed bit by bit, lowest first.
    fn packed(numbers: &[u32], width: usize) -> Vec<u8> {
        let mut bytes = vec![0u8; (numbers.len() * width).div_ceil(8)];
        for (place, number) in numbers.iter().enumerate() {
            for bit in 0..width {
                let at = place * width + bit;
                bytes[at / 8] |= ((number >> bit & 1) as u8) << (at % 8);
            }
        }
        bytes
    }

    fn numbers(count: usize, width: usize) -> Vec<u32> {
        let mask = (1u64 << width) - 1;
        let number = |at: u64| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20 & mask) as u32;
        (0..count as u64).map(number).collect()
    }

    #[test]
    fn numbers_of_any_width_are_read_in_parts_of_any_size() {
        for width in 0..=32 {
            let first = numbers(48, width);
            let mut bytes = vec![(48 / 8) << 1 | 1];
            bytes.extend(packed(&first, width));
            bytes.push(13 << 1);
            let same = numbers(2, width)[1];
            bytes.extend(&same.to_le_bytes()[..width.div_ceil(8)]);
            bytes.push(1 << 1 | 1);
            bytes.extend(packed(&first[..8], width));
            let mut all = first.clone();
            all.extend([same; 13]);
            all.extend(&first[..8]);
            for step in [1, 3, 8, 17, 69] {
                for skipped in [0, 1, 7, 8, 50, 60] {
                    let mut reader = Hybrid::new(&bytes, width as u8).unwrap();
                    reader.skip(skipped).unwrap();
                    let mut found = vec![0; all.len() - skipped];
                    for part in found.chunks_mut(step) {
                        reader.fill(part).unwrap();
                    }
                    assert_eq!(found, all[skipped..], "width {width}");
                    assert!(width == 0 || reader.fill(&mut [0]).is_none());
                }
            }
        }
        assert!(Hybrid::new(&[], 33).is_none());
    }

    #[test]
    fn bits_are_counted_and_kept() {
        let mut bytes = vec![9 << 1 | 1];
        let first = numbers(72, 1);
        bytes.extend(packed(&first, 1));
        bytes.extend([0x80 | 100, 1, 1, 3 << 1, 0]);
        let mut all = first;
        all.extend([1; 114]);
        all.extend([0; 3]);
        for step in [1, 5, 57, 64, 189] {
            for skipped in [0, 1, 70, 100] {
                let mut reader = Hybrid::new(&bytes, 1).unwrap();
                let before = reader.count_ones(skipped).unwrap();
                assert_eq!(before as u32, all[..skipped].iter().sum::<u32>());
                let mut set = BitsEnd::default();
                let mut left = all.len() - skipped;
                while left > 0 {
                    let part = left.min(step);
                    reader.append_bits(part, &mut set).unwrap();
                    left -= part;
                }
                let word = set.word_at(3);
                let set = set.finish();
                assert_eq!(set.len(), all.len() - skipped);
                let rows = all[skipped..].iter().enumerate();
                for (row, bit) in rows {
                    assert_eq!(set.get(row), *bit == 1, "{row}");
                    if (3..67).contains(&row) {
                        assert_eq!(word >> (row - 3) & 1 == 1, *bit == 1);
                    }
                }
            }
        }
    }

    #[test]
    fn nonsense_is_not_read() {
        for bytes in [&[][..], &[0x80], &[0xff; 9], &[5], &[4]] {
            let mut reader = Hybrid::new(bytes, 12).unwrap();
            assert!(reader.fill(&mut [0; 9]).is_none(), "{bytes:?}");
        }
        // A run that claims more than anyone asked for.
        let mut reader = Hybrid::new(&[0xfe, 0xff, 0xff, 0xff, 0x0f, 1], 1).unwrap();
        assert_eq!(reader.count_ones(1000), Some(1000));
    }
}
