//! Many questions about one column of numbers: each value finds its bucket once for all of them.
//!
//! The ends of all intervals cut the numbers into buckets; a question is then a set of buckets. A
//! table over the leading bits of a value says where to start, and the next cuts are compared with
//! it; the table is fine, so there are few of them, and every value is compared with as many.

use super::block::{BLOCK_ROWS, ByteRanges};
use crate::value::Intervals;

/// The buckets of one column.
#[derive(Debug)]
pub(super) struct Buckets {
    /// Where buckets start, ascending: bucket `b` holds values from `cuts[b - 1]` on.
    cuts: Vec<i64>,
    /// The first and last cut.
    first: i64,
    last: i64,
    shift: u32,
    /// For each stretch of 2^shift values from the first cut on: the bucket of its first value.
    stretches: Vec<u8>,
    /// How many cuts a stretch has at most.
    steps: usize,
    /// For each question the buckets it holds, as ranges (first, width).
    questions: Vec<ByteRanges>,
}

/// Fewer questions are asked one by one: a comparison each is cheaper than finding buckets.
const FEWEST_QUESTIONS: usize = 16;
/// A value is compared with more cuts than this only when it must be.
const MOST_STEPS: usize = 2;
/// Buckets are counted in a byte.
const MOST_CUTS: usize = 255;
/// The table stays inside the first-level cache.
const MOST_STRETCHES: u64 = 1 << 12;

impl Buckets {
    /// Prepares buckets for the sets of all questions, when that pays and a byte can count them.
    pub(super) fn new(sets: &[&Intervals]) -> Option<Buckets> {
        if sets.len() < FEWEST_QUESTIONS {
            return None;
        }
        let mut cuts: Vec<i64> = sets.iter().flat_map(|set| set.cuts()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        if cuts.len() > MOST_CUTS {
            return None;
        }
        let (&first, &last) = (cuts.first()?, cuts.last()?);
        let width = last.wrapping_sub(first) as u64;
        let shift = (u64::BITS - (width / MOST_STRETCHES).leading_zeros()).min(63);
        let bucket_of = |offset: u64| bucket_at(&cuts, first.wrapping_add(offset as i64));
        let stretches = (0..=width >> shift).map(|stretch| bucket_of(stretch << shift));
        let stretches: Vec<u8> = stretches.collect();
        let rest = (1u64 << shift) - 1;
        let ends = (0..=width >> shift).map(|stretch| (stretch << shift | rest).min(width));
        let steps = stretches
            .iter()
            .zip(ends)
            .map(|(start, end)| usize::from(bucket_of(end) - start));
        let steps = steps.max().unwrap_or(0);
        let mut buckets = Buckets {
            cuts,
            first,
            last,
            shift,
            steps,
            stretches,
            questions: Vec::new(),
        };
        buckets.questions = sets.iter().map(|set| buckets.ranges(set)).collect();
        Some(buckets)
    }

    fn ranges(&self, set: &Intervals) -> ByteRanges {
        let ranges = set.iter().map(|(from, to)| {
            let first = bucket_at(&self.cuts, from);
            let last = bucket_at(&self.cuts, to);
            (first, last - first)
        });
        ranges.collect()
    }

    /// Finds the bucket of each value of a block.
    #[inline(always)]
    pub(super) fn find(&self, values: &[i64], found: &mut [u8; BLOCK_ROWS]) {
        match self.steps {
            0 => self.find_in(values, found, |after, _| after),
            1..=MOST_STEPS => self.find_in(values, found, |mut after, inside| {
                for _ in 0..self.steps {
                    let cut = self.cuts.get(usize::from(after));
                    after += u8::from(cut.is_some_and(|cut| *cut <= inside));
                }
                after
            }),
            _ => self.find_in(values, found, |mut after, inside| {
                while let Some(&cut) = self.cuts.get(usize::from(after))
                    && cut <= inside
                {
                    after += 1;
                }
                after
            }),
        }
    }

    /// `step` goes on from the first bucket of a value's stretch.
    #[inline(always)]
    fn find_in(&self, values: &[i64], found: &mut [u8; BLOCK_ROWS], step: impl Fn(u8, i64) -> u8) {
        for (bucket, &value) in found.iter_mut().zip(values) {
            let inside = value.clamp(self.first, self.last);
            let stretch = (inside.wrapping_sub(self.first) as u64 >> self.shift) as usize;
            let after = self.stretches.get(stretch).copied().unwrap_or(0);
            let after = step(after, inside);
            *bucket = if value < self.first { 0 } else { after };
        }
    }

    /// For each question the buckets it holds.
    pub(super) fn questions(&self) -> &[ByteRanges] {
        &self.questions
    }
}

fn bucket_at(cuts: &[i64], value: i64) -> u8 {
    u8::try_from(cuts.partition_point(|&cut| cut <= value)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::columnar::block::{BLOCK_WORDS, Words, bytes_within};
    use crate::machine::{Lane, Level, Scan};

    /// All questions of a block, through lanes.
    struct Ask<'b>(&'b Buckets, &'b [i64]);

    impl Scan for Ask<'_> {
        type Output = Vec<Words>;

        #[inline(always)]
        fn scan<L: Lane>(self) -> Vec<Words> {
            let Ask(buckets, values) = self;
            let mut found = [0; BLOCK_ROWS];
            buckets.find(values, &mut found);
            let found = found.get(..values.len()).unwrap_or(&[]);
            let ask = |ranges: &ByteRanges| {
                let mut words = [u64::MAX; BLOCK_WORDS];
                bytes_within::<L>(found, ranges, &mut words);
                words
            };
            buckets.questions().iter().map(ask).collect()
        }
    }

    fn check(sets: Vec<Intervals>, values: &[i64]) {
        let all: Vec<&Intervals> = sets.iter().collect();
        let buckets = Buckets::new(&all).unwrap();
        let words = Level::detect().scan(Ask(&buckets, values));
        for (words, set) in words.iter().zip(&sets) {
            for (row, &value) in values.iter().enumerate() {
                let is_in = words[row / 64] >> (row % 64) & 1 == 1;
                assert_eq!(is_in, set.contains(value), "{set:?} {value}");
            }
        }
    }

    #[test]
    fn buckets_answer_as_sets_do() {
        let mut sets = vec![
            Intervals::new(vec![(18, 24)]),
            Intervals::new(vec![(i64::MIN, 17), (60, i64::MAX)]),
            Intervals::new(vec![(18, 18), (30, 39), (100, 100)]),
            Intervals::all(),
            Intervals::none(),
            Intervals::at_least(25),
        ];
        sets.extend((0..12).map(|number| Intervals::single(number * 3)));
        let mut values: Vec<i64> = (-50..200).collect();
        values.extend([i64::MIN, i64::MAX, i64::MAX - 1]);
        check(sets.clone(), &values);
        // Stretches without a cut of their own, with a few, and with many.
        sets.push(Intervals::at_least(1 << 13));
        check(sets.clone(), &values);
        sets.push(Intervals::at_least(1 << 40));
        check(sets, &values);
        let days = (0..40).map(|day| Intervals::at_least(day * 86_400_000));
        let ms: Vec<i64> = (0..1800).map(|at| at * 2_345_678 - 99).collect();
        check(days.collect(), &ms);
    }
}
