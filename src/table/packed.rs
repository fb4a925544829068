//! Codes and numbers of a column, which chunks that stay in memory keep in few bytes.
//!
//! Readers make them four and eight bytes wide. Packed, a code takes as many bytes as the largest of its
//! column, and a number is counted in steps from the least: most columns shrink to a quarter, and memory
//! is what walking columns waits for.

use super::{Bitmap, Chunk, Column};
use crate::machine::{LANE_BYTES, Lane, Level};
use crate::value::Intervals;
use std::ops::Range;

/// Codes of a dictionary, one after the other.
#[derive(Clone, Debug)]
pub enum CodeVec {
    /// All below 2^8.
    Bytes(Vec<u8>),
    /// All below 2^16.
    Shorts(Vec<u16>),
    /// Any; as readers make them.
    Words(Vec<u32>),
}

/// Numbers, one after the other.
#[derive(Clone, Debug)]
pub enum NumberVec {
    /// As they are; as readers make them.
    Plain(Vec<i64>),
    /// `least` plus so many steps.
    Steps {
        /// The least of them.
        least: i64,
        /// How much a step is, above 0.
        step: u32,
        /// How many steps each is above the least.
        counts: CodeVec,
    },
}

/// A code of some width.
pub(crate) trait Code: Copy + Default + Into<u32> {
    /// The largest.
    const MOST: u32;

    /// The codes, when they are bytes.
    fn bytes(codes: &[Self]) -> Option<&[u8]>;

    /// Which codes lie from `first` to `first + width`, a bit each; neither is above the largest.
    fn within<L: Lane>(codes: &[Self; LANE_BYTES], first: u32, width: u32) -> u64;
}

impl Code for u8 {
    const MOST: u32 = u8::MAX as u32;

    #[inline(always)]
    fn bytes(codes: &[u8]) -> Option<&[u8]> {
        Some(codes)
    }

    #[inline(always)]
    fn within<L: Lane>(codes: &[u8; LANE_BYTES], first: u32, width: u32) -> u64 {
        L::new(codes).mask_within(first as u8, width as u8)
    }
}

impl Code for u16 {
    const MOST: u32 = u16::MAX as u32;

    #[inline(always)]
    fn bytes(_codes: &[u16]) -> Option<&[u8]> {
        None
    }

    #[inline(always)]
    fn within<L: Lane>(codes: &[u16; LANE_BYTES], first: u32, width: u32) -> u64 {
        L::shorts_within(codes, first as u16, width as u16)
    }
}

impl Code for u32 {
    const MOST: u32 = u32::MAX;

    #[inline(always)]
    fn bytes(_codes: &[u32]) -> Option<&[u8]> {
        None
    }

    #[inline(always)]
    fn within<L: Lane>(codes: &[u32; LANE_BYTES], first: u32, width: u32) -> u64 {
        L::words_within(codes, first, width)
    }
}

impl Default for CodeVec {
    fn default() -> CodeVec {
        CodeVec::Words(Vec::new())
    }
}

impl From<Vec<u32>> for CodeVec {
    fn from(codes: Vec<u32>) -> CodeVec {
        CodeVec::Words(codes)
    }
}

impl FromIterator<u32> for CodeVec {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> CodeVec {
        CodeVec::Words(codes.into_iter().collect())
    }
}

impl CodeVec {
    /// The code at a place.
    pub fn get(&self, place: usize) -> Option<u32> {
        match self {
            CodeVec::Bytes(codes) => codes.get(place).copied().map(u32::from),
            CodeVec::Shorts(codes) => codes.get(place).copied().map(u32::from),
            CodeVec::Words(codes) => codes.get(place).copied(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            CodeVec::Bytes(codes) => codes.len(),
            CodeVec::Shorts(codes) => codes.len(),
            CodeVec::Words(codes) => codes.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The codes as words, unpacked when they are packed.
    pub fn into_words(self) -> Vec<u32> {
        match self {
            CodeVec::Bytes(codes) => codes.into_iter().map(u32::from).collect(),
            CodeVec::Shorts(codes) => codes.into_iter().map(u32::from).collect(),
            CodeVec::Words(codes) => codes,
        }
    }

    /// Whether a code is among them; many are looked at together.
    pub(super) fn hold(&self, wanted: u32) -> bool {
        let mut found = false;
        Level::detect().run(
            #[inline(always)]
            || {
                found = match self {
                    CodeVec::Bytes(codes) => holds(codes, wanted),
                    CodeVec::Shorts(codes) => holds(codes, wanted),
                    CodeVec::Words(codes) => holds(codes, wanted),
                }
            },
        );
        found
    }

    /// The same codes, each in as many bytes as the largest takes.
    fn packed(self) -> CodeVec {
        let CodeVec::Words(codes) = self else {
            return self;
        };
        let most = codes.iter().copied().max().unwrap_or(0);
        // What is dropped is 0 in all of them.
        if most <= u32::from(u8::MAX) {
            CodeVec::Bytes(codes.into_iter().map(|code| code as u8).collect())
        } else if most <= u32::from(u16::MAX) {
            CodeVec::Shorts(codes.into_iter().map(|code| code as u16).collect())
        } else {
            CodeVec::Words(codes)
        }
    }
}

impl Extend<u32> for CodeVec {
    fn extend<I: IntoIterator<Item = u32>>(&mut self, more: I) {
        let mut codes = std::mem::take(self).into_words();
        codes.extend(more);
        *self = CodeVec::Words(codes);
    }
}

/// Whether a code is among others.
#[inline(always)]
fn holds<C: Code>(codes: &[C], wanted: u32) -> bool {
    let (parts, rest) = codes.as_chunks::<1024>();
    let mut parts = parts.iter();
    let in_part = parts.any(
        #[inline(always)]
        |codes| {
            let found = codes.iter().map(
                #[inline(always)]
                |code| u32::from((*code).into() == wanted),
            );
            let any = found.fold(
                0,
                #[inline(always)]
                |any, each| any | each,
            );
            any != 0
        },
    );
    in_part || rest.iter().any(|code| (*code).into() == wanted)
}

impl Default for NumberVec {
    fn default() -> NumberVec {
        NumberVec::Plain(Vec::new())
    }
}

impl From<Vec<i64>> for NumberVec {
    fn from(numbers: Vec<i64>) -> NumberVec {
        NumberVec::Plain(numbers)
    }
}

impl FromIterator<i64> for NumberVec {
    fn from_iter<I: IntoIterator<Item = i64>>(numbers: I) -> NumberVec {
        NumberVec::Plain(numbers.into_iter().collect())
    }
}

impl Extend<i64> for NumberVec {
    fn extend<I: IntoIterator<Item = i64>>(&mut self, more: I) {
        let mut numbers = std::mem::take(self).into_plain();
        numbers.extend(more);
        *self = NumberVec::Plain(numbers);
    }
}

impl NumberVec {
    /// One number so many times.
    pub fn all_alike(number: i64, count: usize) -> NumberVec {
        NumberVec::Steps {
            least: number,
            step: 1,
            counts: CodeVec::Bytes(vec![0; count]),
        }
    }

    /// The number at a place.
    pub fn get(&self, place: usize) -> Option<i64> {
        match self {
            NumberVec::Plain(numbers) => numbers.get(place).copied(),
            NumberVec::Steps {
                least,
                step,
                counts,
            } => Some(stepped(*least, *step, counts.get(place)?)),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            NumberVec::Plain(numbers) => numbers.len(),
            NumberVec::Steps { counts, .. } => counts.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as they are, unpacked when they are packed.
    pub fn into_plain(self) -> Vec<i64> {
        match self {
            NumberVec::Plain(numbers) => numbers,
            NumberVec::Steps {
                least,
                step,
                counts,
            } => {
                let counts = counts.into_words().into_iter();
                counts.map(|count| stepped(least, step, count)).collect()
            }
        }
    }

    /// The numbers at some places, as many as `room` has space for at most, in `room` when they are packed.
    #[inline(always)]
    pub(crate) fn part<'n>(&'n self, places: Range<usize>, room: &'n mut [i64]) -> &'n [i64] {
        match self {
            NumberVec::Plain(numbers) => numbers.get(places).unwrap_or(&[]),
            NumberVec::Steps {
                least,
                step,
                counts,
            } => match counts {
                CodeVec::Bytes(counts) => unpack(*least, *step, counts.get(places), room),
                CodeVec::Shorts(counts) => unpack(*least, *step, counts.get(places), room),
                CodeVec::Words(counts) => unpack(*least, *step, counts.get(places), room),
            },
        }
    }

    /// The same numbers in steps from the least, when four bytes can count these; where `present` has no
    /// row there is no number, and afterwards any.
    fn packed(self, present: &Bitmap) -> NumberVec {
        let NumberVec::Plain(numbers) = self else {
            return self;
        };
        let all = || {
            let numbers = numbers.iter().zip(0..);
            numbers.filter_map(|(number, row)| present.get(row).then_some(*number))
        };
        let (Some(least), Some(most)) = (all().min(), all().max()) else {
            return NumberVec::all_alike(0, numbers.len());
        };
        let above = |number: i64| number.wrapping_sub(least) as u64;
        let step = match above(most) {
            0..=0xff => 1,
            _ => all().map(above).try_fold(0, common_step).unwrap_or(1),
        };
        let step = u32::try_from(step).unwrap_or(1).max(1);
        if above(most) / u64::from(step) > u64::from(u32::MAX) {
            return NumberVec::Plain(numbers);
        }
        let counts = numbers
            .iter()
            .zip(0..)
            .map(|(number, row)| match present.get(row) {
                true => (above(*number) / u64::from(step)) as u32,
                false => 0,
            });
        NumberVec::Steps {
            least,
            step,
            counts: counts.collect::<CodeVec>().packed(),
        }
    }
}

/// The counts of steps that lead from `least` into a set of numbers, as ranges (first, width) of those
/// that a count may have.
pub(crate) fn counts_into(least: i64, step: u32, set: &Intervals) -> Vec<(u32, u32)> {
    let (least, step) = (i128::from(least), i128::from(step));
    let ranges = set.iter().filter_map(|(from, to)| {
        let first = (i128::from(from) - least + step - 1)
            .div_euclid(step)
            .max(0);
        let last = (i128::from(to) - least)
            .div_euclid(step)
            .min(u32::MAX.into());
        let first = u32::try_from(first).ok()?;
        let width = u32::try_from(last).ok()?.checked_sub(first)?;
        Some((first, width))
    });
    ranges.collect()
}

/// A number so many steps above the least. Nothing is lost: it was in the range of numbers before it was
/// counted in steps.
#[inline(always)]
fn stepped(least: i64, step: u32, count: u32) -> i64 {
    least.wrapping_add((u64::from(step) * u64::from(count)).cast_signed())
}

#[inline(always)]
fn unpack<'r, C: Code>(
    least: i64,
    step: u32,
    counts: Option<&[C]>,
    room: &'r mut [i64],
) -> &'r [i64] {
    let counts = counts.unwrap_or(&[]);
    for (number, count) in room.iter_mut().zip(counts) {
        *number = stepped(least, step, (*count).into());
    }
    room.get(..counts.len()).unwrap_or(&[])
}

/// The longest step that leads to both numbers from 0; `None` once it is 1.
fn common_step(step: u64, number: u64) -> Option<u64> {
    let (mut step, mut number) = (number, step);
    // The step so far mostly leads to the next number as well.
    while number != 0 {
        (step, number) = (number, step % number);
    }
    (step != 1).then_some(step)
}

impl Chunk {
    /// Packs the codes and numbers, for a chunk that stays in memory. Every cell stays what it is.
    pub fn pack(&mut self) {
        for column in &mut self.columns {
            match column {
                Column::Number(numbers) => {
                    let values = std::mem::take(&mut numbers.values);
                    numbers.values = values.packed(&numbers.present);
                }
                Column::Coded(coded) => coded.codes = std::mem::take(&mut coded.codes).packed(),
                Column::List(lists) => lists.codes = std::mem::take(&mut lists.codes).packed(),
                Column::Text(_) | Column::Absent => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_wherever_it_is() {
        for rows in [0, 1, 1_023, 1_024, 1_025, 5_000] {
            for most in [3, 900, 70_000] {
                let codes: Vec<u32> = (0..rows).map(|row| [0, 2, 3, most][row % 4]).collect();
                assert!(!CodeVec::from(codes.clone()).packed().hold(1), "{rows}");
                for row in (0..rows).step_by(511).chain(rows.checked_sub(1)) {
                    let mut codes = codes.clone();
                    codes[row] = 1;
                    assert!(CodeVec::from(codes.clone()).hold(1), "{row} of {rows}");
                    assert!(CodeVec::from(codes).packed().hold(1), "{row} of {rows}");
                }
            }
        }
    }

    #[test]
    fn packed_codes_are_the_same_codes() {
        for most in [0, 255, 256, 65_535, 65_536, u32::MAX] {
            let codes = vec![most, 0, 1, most / 2];
            let packed = CodeVec::from(codes.clone()).packed();
            let width = match &packed {
                CodeVec::Bytes(_) => 1,
                CodeVec::Shorts(_) => 2,
                CodeVec::Words(_) => 4,
            };
            assert_eq!(
                width,
                if most < 256 {
                    1
                } else if most < 65_536 {
                    2
                } else {
                    4
                }
            );
            assert_eq!(packed.get(3), Some(most / 2));
            assert_eq!((packed.get(4), packed.len()), (None, 4));
            let mut more = packed.clone();
            more.extend([7]);
            assert_eq!(more.into_words(), [codes.as_slice(), &[7]].concat());
            assert_eq!(packed.into_words(), codes);
        }
    }

    /// Packs numbers, reads them back each way, and says how many bytes each takes.
    fn width_of(numbers: &[i64], present: &Bitmap) -> usize {
        let packed = NumberVec::from(numbers.to_vec()).packed(present);
        let mut room = vec![0; numbers.len()];
        let part = packed.part(0..numbers.len(), &mut room).to_vec();
        let all = packed.clone().into_plain();
        assert_eq!(packed.len(), numbers.len());
        for row in present.rows() {
            assert_eq!(part[row], numbers[row]);
            assert_eq!(all[row], numbers[row]);
            assert_eq!(packed.get(row), Some(numbers[row]));
        }
        match packed {
            NumberVec::Plain(_) => 8,
            NumberVec::Steps { counts, .. } => match counts {
                CodeVec::Bytes(_) => 1,
                CodeVec::Shorts(_) => 2,
                CodeVec::Words(_) => 4,
            },
        }
    }

    #[test]
    fn packed_numbers_are_the_same_numbers() {
        let width = |numbers: &[i64]| width_of(numbers, &Bitmap::all(numbers.len()));
        assert_eq!(width(&[]), 1);
        assert_eq!(width(&[i64::MIN]), 1);
        assert_eq!(width(&[i64::MAX, i64::MAX - 255]), 1);
        assert_eq!(width(&[-1, 0, 255]), 2);
        assert_eq!(width(&[-7, 0, 1 << 16]), 4);
        assert_eq!(width(&[0, 1, i64::from(u32::MAX)]), 4);
        assert_eq!(width(&[0, 1, 1 << 32]), 8);
        assert_eq!(width(&[i64::MIN, 0, i64::MAX]), 8);
        // Steps: whole days, whole seconds, and the longest that a step may be.
        let day = 86_400_000;
        assert_eq!(
            width(&[
                1_780_272_000_000,
                1_780_272_000_000 - 200 * day,
                1_780_272_000_000 - day
            ]),
            1
        );
        assert_eq!(width(&[9 * day, 2 * day, 4000 * day]), 2);
        assert_eq!(
            width(&[1_780_272_000_000, 1_780_271_999_000, 1_700_000_000_000]),
            4
        );
        assert_eq!(width(&[i64::MIN, 0]), 8);
        let longest = i64::from(u32::MAX);
        assert_eq!(width(&[0, longest * (longest / 2), longest]), 4);
    }

    #[test]
    fn counts_lead_into_a_set_where_numbers_lie_in_it() {
        let leasts = [i64::MIN, -1_000, -3, 0, 7, i64::MAX - 900];
        let ends = [
            i64::MIN,
            -1_000,
            -4,
            -3,
            0,
            7,
            8,
            20,
            299,
            i64::MAX - 1,
            i64::MAX,
        ];
        for (least, step) in leasts
            .iter()
            .flat_map(|least| [1, 2, 7, 1 << 31, u32::MAX].map(|step| (*least, step)))
        {
            for (from, to) in ends.iter().flat_map(|from| ends.map(|to| (*from, to))) {
                let set = Intervals::new(vec![(from, to)]);
                let ranges = counts_into(least, step, &set);
                for count in [0, 1, 2, 3, 41, 142, 143, 144, 899, 1_000, u32::MAX] {
                    let number = i128::from(least) + i128::from(step) * i128::from(count);
                    let Ok(number) = i64::try_from(number) else {
                        continue;
                    };
                    let is_in = ranges.iter().any(|(first, width)| {
                        count.checked_sub(*first).is_some_and(|by| by <= *width)
                    });
                    assert_eq!(
                        is_in,
                        set.contains(number),
                        "{least} {step} {from} {to} {count}"
                    );
                }
            }
        }
    }

    #[test]
    fn rows_without_a_number_take_no_room() {
        let mut present = Bitmap::all(4);
        present.set(2, false);
        assert_eq!(
            width_of(
                &[1_780_272_000_000, 1_780_272_000_001, 0, 1_780_272_000_255],
                &present
            ),
            1
        );
        assert_eq!(width_of(&[0; 4], &Bitmap::none(4)), 1);
    }
}
