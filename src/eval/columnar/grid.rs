//! A few questions about one column of numbers: each value finds its cell on a grid once for all of them.
//!
//! The ends of intervals that people write lie evenly: ages, whole days, round sums. When all of them
//! lie on a grid of few steps, the cell of a value is one multiplication away, without a table, and eight
//! values find theirs at once; a question is then a set of cells.

use super::block::{BLOCK_ROWS, ByteRanges, WORD_ROWS};
use crate::value::Intervals;

/// The grid of one column.
#[derive(Debug)]
pub(super) struct Grid {
    /// The last value of the first cell, which holds all values below as well.
    low: i64,
    /// The first value of the last cell, which holds all values above as well.
    high: i64,
    /// Values of a cell.
    step: u64,
    /// For each question the cells it holds.
    questions: Vec<ByteRanges>,
}

/// Fewer intervals are compared with every value: finding cells costs more than so many comparisons.
const FEWEST_INTERVALS: usize = 5;
/// The same where a step is one number and nothing is multiplied.
const FEWEST_OF_ONES: usize = 4;
/// Cells are counted in a byte.
const MOST_CELLS: u64 = 256;
/// With longer steps a product might be rounded to the wrong side: see [`Grid::find`].
const LONGEST_STEP: u64 = 1 << 40;

impl Grid {
    /// Prepares a grid for the sets of all questions, when there is one and it pays.
    pub(super) fn new(sets: &[&Intervals]) -> Option<Grid> {
        let cuts: Vec<i64> = sets.iter().flat_map(|set| set.cuts()).collect();
        let (&first, &last) = (cuts.iter().min()?, cuts.iter().max()?);
        let from_first = |cut: i64| cut.wrapping_sub(first) as u64;
        let step = cuts
            .iter()
            .fold(0, |step, cut| divisor(step, from_first(*cut)));
        let step = step.max(1);
        let intervals: usize = sets.iter().map(|set| set.iter().count()).sum();
        let fewest = match step {
            1 => FEWEST_OF_ONES,
            _ => FEWEST_INTERVALS,
        };
        let last_cell = (from_first(last) / step).checked_add(1)?;
        if intervals < fewest || last_cell >= MOST_CELLS || step > LONGEST_STEP {
            return None;
        }
        let cell_of = |cut: i64| u8::try_from(from_first(cut) / step + 1).unwrap_or(u8::MAX);
        let ranges = |set: &&Intervals| {
            let ranges = set.iter().map(|(from, to)| {
                let first = if from == i64::MIN { 0 } else { cell_of(from) };
                let end = to.checked_add(1).map(cell_of);
                let last = end.map_or(last_cell as u8, |end| end - 1);
                (first, last - first)
            });
            ranges.collect()
        };
        Some(Grid {
            // No cut is the least number of all.
            low: first.wrapping_sub(1),
            high: last,
            step,
            questions: sets.iter().map(ranges).collect(),
        })
    }

    /// Finds the cell of each value of a block.
    #[inline(always)]
    pub(super) fn find(&self, values: &[i64], found: &mut [u8; BLOCK_ROWS]) {
        if self.step == 1 {
            return each(
                values,
                found,
                #[inline(always)]
                |value| self.offset(value) as u8,
            );
        }
        // A cell is the offset divided by the step, rounded up: half a step less, rounded to the
        // nearest. To stay clear of halves, half a number is taken off as well: every exact result is
        // then at least 0.5 / 2^40 away from a half, and rounding spoils less than 2^-43 of it.
        let inverse = 1.0 / self.step as f64;
        let shift = 0.5 - 0.5 * inverse;
        each(
            values,
            found,
            #[inline(always)]
            |value| {
                let offset = f64::from_bits(self.offset(value) | WHOLE.to_bits()) - WHOLE;
                (offset * inverse + shift + WHOLE).to_bits() as u8
            },
        );
    }

    /// How far a value lies above the first cell; at most as far as the last cell does.
    #[inline(always)]
    fn offset(&self, value: i64) -> u64 {
        value.max(self.low).min(self.high).wrapping_sub(self.low) as u64
    }

    /// For each question the cells it holds.
    pub(super) fn questions(&self) -> &[ByteRanges] {
        &self.questions
    }
}

/// Whole numbers below this, added to it, are the lowest bits of the sum.
const WHOLE: f64 = (1u64 << 52) as f64;

/// Writes a byte for each value, 64 at a time.
#[inline(always)]
fn each(values: &[i64], found: &mut [u8; BLOCK_ROWS], byte: impl Fn(i64) -> u8) {
    let (full, rest) = values.as_chunks::<WORD_ROWS>();
    let (bytes, _) = found.as_chunks_mut::<WORD_ROWS>();
    for (bytes, values) in bytes.iter_mut().zip(full) {
        for (to, value) in bytes.iter_mut().zip(values) {
            *to = byte(*value);
        }
    }
    for (to, value) in bytes
        .as_flattened_mut()
        .iter_mut()
        .skip(full.len() * WORD_ROWS)
        .zip(rest)
    {
        *to = byte(*value);
    }
}

/// The largest number that divides both; nothing divides by 0.
fn divisor(one: u64, other: u64) -> u64 {
    match one {
        0 => other,
        _ => divisor(other % one, one),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::columnar::block::{BLOCK_WORDS, Words, bytes_within};
    use crate::machine::{Lane, Level, Scan};

    /// All questions of a block, through lanes.
    struct Ask<'b>(&'b Grid, &'b [i64]);

    impl Scan for Ask<'_> {
        type Output = Vec<Words>;

        #[inline(always)]
        fn scan<L: Lane>(self) -> Vec<Words> {
            let Ask(grid, values) = self;
            let mut found = [0; BLOCK_ROWS];
            grid.find(values, &mut found);
            let found = found.get(..values.len()).unwrap_or(&[]);
            let ask = |ranges: &ByteRanges| {
                let mut words = [u64::MAX; BLOCK_WORDS];
                bytes_within::<L>(found, ranges, &mut words);
                words
            };
            grid.questions().iter().map(ask).collect()
        }
    }

    /// Asks about numbers around every cut, and everywhere else.
    fn check(sets: &[Intervals]) {
        let all: Vec<&Intervals> = sets.iter().collect();
        let grid = Grid::new(&all).unwrap();
        let step = grid.step.cast_signed();
        let cells = (0..258).map(|cell| grid.low.wrapping_add(step.wrapping_mul(cell)));
        let near = cells.flat_map(|start| (-2..4).map(move |by| start.wrapping_add(by)));
        let half = (0..258).map(|cell| grid.low.wrapping_add(step.wrapping_mul(cell) + step / 2));
        let mut values: Vec<i64> = near.chain(half).collect();
        values.extend([i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX]);
        let dice = (0..2000u64).map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).cast_signed());
        values.extend(dice.clone());
        values.extend(dice.map(|number| grid.low.wrapping_add(number.rem_euclid(step) * 3)));
        for level in [Level::Basic, Level::detect()] {
            for values in values.chunks(BLOCK_ROWS - 5) {
                let words = level.scan(Ask(&grid, values));
                for (words, set) in words.iter().zip(sets) {
                    for (row, &value) in values.iter().enumerate() {
                        let is_in = words[row / 64] >> (row % 64) & 1 == 1;
                        assert_eq!(is_in, set.contains(value), "{set:?} {value}");
                    }
                    let left = values.len()..BLOCK_ROWS;
                    left.for_each(|row| assert_eq!(words[row / 64] >> (row % 64) & 1, 0));
                }
            }
        }
    }

    #[test]
    fn grids_answer_as_sets_do() {
        for step in [
            1,
            2,
            3,
            7,
            10,
            1000,
            86_400_000,
            1 << 39,
            (1 << 40) - 1,
            1 << 40,
        ] {
            for first in [i64::MIN + 1, -7, 0, 18, 1_780_272_000_000, i64::MAX - 300] {
                let at = |cell: i64| first.saturating_add(cell.saturating_mul(step));
                let mut sets = vec![
                    Intervals::new(vec![(at(0), at(1) - 1)]),
                    Intervals::new(vec![(at(0), at(2) - 1), (at(5), at(6) - 1)]),
                    Intervals::at_least(at(1)),
                    Intervals::all(),
                    Intervals::none(),
                ];
                if at(254) - first == step * 254 {
                    sets.push(Intervals::new(vec![
                        (i64::MIN, at(3) - 1),
                        (at(254), i64::MAX),
                    ]));
                }
                if at(6) - first == step * 6 {
                    check(&sets);
                }
            }
        }
    }

    #[test]
    fn what_lies_unevenly_has_no_grid() {
        let few = [5, 6, 8, 9, 261].map(Intervals::at_least);
        let all: Vec<&Intervals> = few.iter().collect();
        assert!(Grid::new(&all[..4]).is_some());
        assert!(Grid::new(&all[..3]).is_none());
        assert!(Grid::new(&all).is_none());
        let ends = [
            Intervals::at_most(i64::MAX - 1),
            Intervals::at_least(i64::MIN + 1),
        ];
        assert!(Grid::new(&ends.iter().collect::<Vec<_>>()).is_none());
        assert!(Grid::new(&[&Intervals::all(), &Intervals::none()]).is_none());
        let long: Vec<Intervals> = (0..5).map(|at| Intervals::at_least(at << 41)).collect();
        assert!(Grid::new(&long.iter().collect::<Vec<_>>()).is_none());
    }
}
