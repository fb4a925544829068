//! Very many questions about one column of numbers: rows are joined in the order of their values.
//!
//! The ends of all intervals cut the numbers into buckets, and each value finds its bucket once. For
//! the buckets that a block really has, ascending, the rows up to there are kept as a prefix; the
//! rows of an interval are then one prefix without another, whatever the number of questions.

use super::block::{BLOCK_ROWS, BLOCK_WORDS, WORD_ROWS, Words};
use crate::value::Intervals;

/// The buckets of one column, and the prefixes of the block at hand.
#[derive(Debug)]
pub(super) struct Prefixes {
    /// Where buckets start, ascending: bucket `b` holds values from `cuts[b - 1]` on.
    cuts: Vec<i64>,
    first: i64,
    last: i64,
    shift: u32,
    /// For each stretch of 2^shift values from the first cut on: the bucket of its first value.
    stretches: Vec<u32>,
    /// For each question the buckets it holds, as ranges, the end left out.
    questions: Vec<Vec<(u32, u32)>>,
    /// By bucket: how many buckets before it the block has.
    before: Vec<u16>,
    /// The rows of the first so many buckets that the block has.
    prefixes: Vec<Words>,
    found: Box<[u32; BLOCK_ROWS]>,
}

/// Entries of the table that says where to start looking.
const MOST_STRETCHES: u64 = 1 << 14;

impl Prefixes {
    /// Prepares buckets for the sets of all questions; `None` when they have no end at all.
    pub(super) fn new(sets: &[&Intervals]) -> Option<Prefixes> {
        let mut cuts: Vec<i64> = sets.iter().flat_map(|set| set.cuts()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let (&first, &last) = (cuts.first()?, cuts.last()?);
        let width = last.wrapping_sub(first) as u64;
        let shift = (u64::BITS - (width / MOST_STRETCHES).leading_zeros()).min(63);
        let stretches = (0..=width >> shift)
            .map(|stretch| bucket_at(&cuts, first.wrapping_add((stretch << shift) as i64)))
            .collect();
        let ranges = |set: &&Intervals| -> Vec<(u32, u32)> {
            let ranges = set.iter();
            ranges
                .map(|(from, to)| (bucket_at(&cuts, from), bucket_at(&cuts, to) + 1))
                .collect()
        };
        Some(Prefixes {
            questions: sets.iter().map(ranges).collect(),
            before: vec![0; cuts.len() + 2],
            prefixes: Vec::with_capacity(BLOCK_ROWS + 1),
            found: Box::new([0; BLOCK_ROWS]),
            cuts,
            first,
            last,
            shift,
            stretches,
        })
    }

    /// Finds the bucket of each value of a block, and joins the rows.
    #[inline(always)]
    pub(super) fn find(&mut self, values: &[i64]) {
        for (found, &value) in self.found.iter_mut().zip(values) {
            let inside = value.clamp(self.first, self.last);
            let stretch = (inside.wrapping_sub(self.first) as u64 >> self.shift) as usize;
            let start = self.stretches.get(stretch).copied().unwrap_or(0);
            let end = self.stretches.get(stretch + 1).map(|&end| end as usize);
            let cuts = self
                .cuts
                .get(start as usize..end.unwrap_or(self.cuts.len()));
            let passed = cuts.unwrap_or(&[]).partition_point(|&cut| cut <= inside);
            *found = match value < self.first {
                true => 0,
                false => start + passed as u32,
            };
        }
        self.rank(values.len());
        self.join(values.len());
    }

    /// Numbers the buckets that the block has.
    #[inline(always)]
    fn rank(&mut self, rows: usize) {
        self.before.fill(0);
        for &bucket in self.found.iter().take(rows) {
            if let Some(seen) = self.before.get_mut(bucket as usize) {
                *seen = 1;
            }
        }
        let mut count = 0;
        for before in &mut self.before {
            count += std::mem::replace(before, count);
        }
        self.prefixes.clear();
        self.prefixes
            .resize(usize::from(count) + 1, [0; BLOCK_WORDS]);
    }

    #[inline(always)]
    fn join(&mut self, rows: usize) {
        for (row, &bucket) in self.found.iter().take(rows).enumerate() {
            let place = self.before.get(bucket as usize).copied().unwrap_or(0);
            let prefix = self.prefixes.get_mut(usize::from(place) + 1);
            if let Some(word) = prefix.and_then(|words| words.get_mut(row / WORD_ROWS)) {
                *word |= 1 << (row % WORD_ROWS);
            }
        }
        let mut sum = [0; BLOCK_WORDS];
        for prefix in &mut self.prefixes {
            for (word, sum) in prefix.iter_mut().zip(&mut sum) {
                *sum |= *word;
                *word = *sum;
            }
        }
    }

    /// The rows whose bucket belongs to a question.
    #[inline(always)]
    pub(super) fn ask(&self, question: usize, out: &mut Words) {
        out.fill(0);
        let ranges = self.questions.get(question);
        for &(from, to) in ranges.map_or(&[][..], |ranges| ranges) {
            if let (Some(below), Some(up_to)) = (self.prefix(from), self.prefix(to)) {
                for ((word, below), up_to) in out.iter_mut().zip(below).zip(up_to) {
                    *word |= up_to & !below;
                }
            }
        }
    }

    /// The rows of all buckets before one.
    #[inline(always)]
    fn prefix(&self, bucket: u32) -> Option<&Words> {
        let place = self.before.get(bucket as usize)?;
        self.prefixes.get(usize::from(*place))
    }
}

fn bucket_at(cuts: &[i64], value: i64) -> u32 {
    u32::try_from(cuts.partition_point(|&cut| cut <= value)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_answer_as_sets_do() {
        let mut sets: Vec<Intervals> = (0..400)
            .map(|number| {
                let from = number * 37 % 1000 - 300;
                Intervals::new(vec![(from, from + number % 50), (from + 60, from + 61)])
            })
            .collect();
        sets.extend([
            Intervals::all(),
            Intervals::none(),
            Intervals::at_least(1 << 50),
        ]);
        sets.push(Intervals::new(vec![(i64::MIN, -200), (500, i64::MAX)]));
        let all: Vec<&Intervals> = sets.iter().collect();
        let mut prefixes = Prefixes::new(&all).unwrap();
        let mut values: Vec<i64> = (-400..900).collect();
        values.extend([i64::MIN, i64::MAX, i64::MAX - 1, 1 << 50, (1 << 50) - 1]);
        for values in [&values[..], &values[..3], &[], &values[1298..]] {
            prefixes.find(values);
            for (question, set) in sets.iter().enumerate() {
                let mut words = [u64::MAX; BLOCK_WORDS];
                prefixes.ask(question, &mut words);
                for (row, &value) in values.iter().enumerate() {
                    let is_in = words[row / 64] >> (row % 64) & 1 == 1;
                    assert_eq!(is_in, set.contains(value), "{set:?} {value}");
                }
            }
        }
    }
}
