//! Many questions about one column of numbers: each value finds its bucket once for all of them.
//!
//! The ends of all intervals cut the numbers into buckets; a question is then a set of buckets. A
//! table over the leading bits of a value says where to start, and the next cuts are compared with
//! it; the table is fine, so mostly there is nothing left to compare.

use super::block::{BLOCK_ROWS, Words, fill, fill_more};
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
    /// For each question the buckets it holds, as ranges (first, width).
    questions: Vec<Vec<(u8, u8)>>,
}

/// Fewer questions are asked one by one: a comparison each is cheaper than finding buckets.
const FEWEST_QUESTIONS: usize = 4;
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
        let mut cuts: Vec<i64> = Vec::new();
        for (from, to) in sets.iter().flat_map(|set| set.iter()) {
            cuts.push(from);
            cuts.extend(to.checked_add(1));
        }
        cuts.retain(|&cut| cut != i64::MIN);
        cuts.sort_unstable();
        cuts.dedup();
        if cuts.len() > MOST_CUTS {
            return None;
        }
        let (&first, &last) = (cuts.first()?, cuts.last()?);
        let width = last.wrapping_sub(first) as u64;
        let shift = (u64::BITS - (width / MOST_STRETCHES).leading_zeros()).min(63);
        let stretches = (0..=width >> shift)
            .map(|stretch| bucket_at(&cuts, first.wrapping_add((stretch << shift) as i64)))
            .collect();
        let mut buckets = Buckets {
            cuts,
            first,
            last,
            shift,
            stretches,
            questions: Vec::new(),
        };
        buckets.questions = sets.iter().map(|set| buckets.ranges(set)).collect();
        Some(buckets)
    }

    fn ranges(&self, set: &Intervals) -> Vec<(u8, u8)> {
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
        for (bucket, &value) in found.iter_mut().zip(values) {
            let inside = value.clamp(self.first, self.last);
            let stretch = (inside.wrapping_sub(self.first) as u64 >> self.shift) as usize;
            let mut after = self.stretches.get(stretch).copied().unwrap_or(0);
            while let Some(&cut) = self.cuts.get(usize::from(after))
                && cut <= inside
            {
                after += 1;
            }
            *bucket = if value < self.first { 0 } else { after };
        }
    }

    /// The rows whose bucket belongs to a question.
    #[inline(always)]
    pub(super) fn ask(&self, question: usize, found: &[u8], out: &mut Words) {
        let ranges = self
            .questions
            .get(question)
            .map_or(&[][..], |ranges| ranges);
        let holds =
            |(first, width): (u8, u8)| move |bucket: u8| bucket.wrapping_sub(first) <= width;
        match ranges {
            [] => out.fill(0),
            [one] => fill(found, out, holds(*one)),
            [one, more @ ..] => {
                fill(found, out, holds(*one));
                for range in more {
                    fill_more(found, out, holds(*range));
                }
            }
        }
    }
}

fn bucket_at(cuts: &[i64], value: i64) -> u8 {
    u8::try_from(cuts.partition_point(|&cut| cut <= value)).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_answer_as_sets_do() {
        let sets = [
            Intervals::new(vec![(18, 24)]),
            Intervals::new(vec![(i64::MIN, 17), (60, i64::MAX)]),
            Intervals::new(vec![(18, 18), (30, 39), (100, 100)]),
            Intervals::all(),
            Intervals::none(),
            Intervals::at_least(25),
        ];
        let all: Vec<&Intervals> = sets.iter().collect();
        let buckets = Buckets::new(&all).unwrap();
        let mut values: Vec<i64> = (-50..200).collect();
        values.extend([i64::MIN, i64::MAX, i64::MAX - 1]);
        let mut found = [0; BLOCK_ROWS];
        buckets.find(&values, &mut found);
        for (question, set) in sets.iter().enumerate() {
            let mut words = [0; super::super::block::BLOCK_WORDS];
            buckets.ask(question, &found[..values.len()], &mut words);
            for (row, &value) in values.iter().enumerate() {
                let is_in = words[row / 64] >> (row % 64) & 1 == 1;
                assert_eq!(is_in, set.contains(value), "{set:?} {value}");
            }
        }
    }
}
