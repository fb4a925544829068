//! Ids given out one after the other: a run is looked at ten ids at a time, and its numbers are not read.

use super::keys::{Series, Short, split};
use super::numbers::Dense;
use crate::table::TextColumn;

/// Bytes read at once; longer ids are not looked at here.
const BYTES: usize = 16;
/// Ids whose runs are shorter than this on average are better read one by one.
const SHORTEST_RUN: usize = 8;
/// Runs that any chunk may have.
const FREE_RUNS: usize = 4;

/// The only series of ids and their numbers, when all are of one and mostly follow each other.
pub(super) fn dense(ids: &TextColumn) -> Option<(Series, Dense)> {
    let first = ids.get(0).as_bytes();
    let (prefix, digits, _) = split(first)?;
    let series = Series {
        prefix: prefix.to_vec(),
        digits,
    };
    let short = Short::new(&series)?;
    let length = first.len();
    if !are_even(&ids.ends, length) {
        return None;
    }
    let runs = runs(ids.text.as_bytes(), ids.len(), length, &short)?;
    Some((series, Dense::of_runs(&runs)?))
}

/// Whether every id has a length.
fn are_even(ends: &[u32], length: usize) -> bool {
    let Ok(length) = u32::try_from(length) else {
        return false;
    };
    let Some((first, rest)) = ends.split_first() else {
        return false;
    };
    let pairs = ends.iter().zip(rest);
    let differ = pairs.fold(0, |any, (before, end)| {
        any | (end.wrapping_sub(*before) ^ length)
    });
    *first == length && differ == 0
}

/// Where numbers start to follow each other, and how many do; `None` when they rarely do, or an id is of
/// another series.
fn runs(text: &[u8], count: usize, length: usize, short: &Short) -> Option<Vec<(u64, usize)>> {
    let ids = Ids {
        text,
        count,
        length,
        ones: u128::MAX >> (8 * (BYTES - length)),
        last: 8 * (length - 1),
    };
    let mut runs: Vec<(u64, usize)> = Vec::new();
    let mut row = 0;
    while row < count {
        let number = short.number(ids.block(row), length)?;
        let long = ids.run(row, number);
        runs.push((number, long));
        row += long;
        if runs.len() > FREE_RUNS + row / SHORTEST_RUN {
            return None;
        }
    }
    Some(runs)
}

/// Ids of one length, at most [`BYTES`].
struct Ids<'t> {
    text: &'t [u8],
    count: usize,
    length: usize,
    /// Ones where an id stands in a block.
    ones: u128,
    /// Bits before its last digit.
    last: usize,
}

impl Ids<'_> {
    /// How many ids from a row on, whose number is given, have numbers that follow each other.
    fn run(&self, row: usize, number: u64) -> usize {
        let mut id = self.id(row);
        let mut digit = (number % 10) as usize;
        let mut next = row + 1;
        loop {
            // Ids that differ from the one before in their last digit, together.
            let step = (9 - digit).min(self.count - next);
            let mut differ = 0;
            let mut wanted = id;
            for row in next..next + step {
                wanted = wanted.wrapping_add(1 << self.last);
                differ |= self.id(row) ^ wanted;
            }
            if differ != 0 {
                return next - row + self.following(next, step, id);
            }
            next += step;
            if next == self.count {
                return next - row;
            }
            match carried(wanted, self.length) {
                Some(carried) if self.id(next) == carried => id = carried,
                _ => return next - row,
            }
            (digit, next) = (0, next + 1);
        }
    }

    /// How many of some ids follow `before`, within its ten.
    fn following(&self, first: usize, most: usize, before: u128) -> usize {
        let mut wanted = before;
        let mut ids = (first..first + most).map(|row| self.id(row));
        let is_next = |id: &u128| {
            wanted += 1 << self.last;
            *id == wanted
        };
        ids.by_ref().take_while(is_next).count()
    }

    #[inline(always)]
    fn id(&self, row: usize) -> u128 {
        u128::from_le_bytes(self.block(row)) & self.ones
    }

    /// The bytes from an id on, zeros after the end.
    #[inline(always)]
    fn block(&self, row: usize) -> [u8; BYTES] {
        let rest = self.text.get(row * self.length..).unwrap_or(&[]);
        match rest.first_chunk() {
            Some(block) => *block,
            None => short_block(rest),
        }
    }
}

#[cold]
fn short_block(rest: &[u8]) -> [u8; BYTES] {
    let mut block = [0; BYTES];
    let bytes = block.iter_mut().zip(rest);
    bytes.for_each(|(to, from)| *to = *from);
    block
}

/// The id after one that ends in 9; `None` where every digit is 9.
fn carried(id: u128, length: usize) -> Option<u128> {
    let mut bytes = id.to_le_bytes();
    for byte in bytes.get_mut(..length)?.iter_mut().rev() {
        match byte {
            b'9' => *byte = b'0',
            b'0'..=b'8' => {
                *byte += 1;
                return Some(u128::from_le_bytes(bytes));
            }
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::IdKeys;
    use super::super::tests::column;
    use super::*;

    /// What reading every number finds.
    fn numbers(ids: &TextColumn) -> Vec<u64> {
        let numbers = (0..ids.len()).map(|row| split(ids.get(row).as_bytes()).unwrap().2);
        numbers.collect()
    }

    fn check(ids: &[String], is_found: bool) {
        let ids = column(ids);
        let found = dense(&ids);
        assert_eq!(found.is_some(), is_found, "{}", ids.text);
        if let Some((_, found)) = found {
            assert_eq!(found, Dense::new(&numbers(&ids)).unwrap());
        }
    }

    #[test]
    fn runs_have_the_numbers_of_their_ids() {
        for (prefix, digits) in [("", 4), ("u", 9), ("客户", 10), ("abc-", 12), ("7x", 4)] {
            let id = |number: u64| format!("{prefix}{number:0digits$}");
            for first in [0, 7, 9, 10, 95, 990, 1_995, 8_000] {
                for count in [1, 2, 3, 9, 10, 11, 12, 100, 1_234] {
                    let ids: Vec<String> = (first..first + count).map(id).collect();
                    check(&ids, true);
                    // One that is left out, one that comes again, two that change places.
                    for at in [0, 1, 5, 9, 10, 50].map(|at| at % ids.len()) {
                        let mut without = ids.clone();
                        without.remove(at);
                        check(&without, !without.is_empty());
                        let mut again = ids.clone();
                        again.push(ids[at].clone());
                        check(&again, false);
                        let mut swapped = ids.clone();
                        let last = swapped.len() - 1;
                        swapped.swap(at, last);
                        check(&swapped, true);
                    }
                }
            }
        }
    }

    #[test]
    fn other_ids_are_no_runs() {
        let texts = |ids: &[&str]| -> Vec<String> { ids.iter().map(|id| id.to_string()).collect() };
        check(&texts(&["u1", "u2", "u03"]), false);
        check(&texts(&["u1", "u2", "v3"]), false);
        check(&texts(&["u8", "u9", "u:"]), false);
        check(&texts(&["9", "10"]), false);
        check(&texts(&["anna", "anne"]), false);
        check(&texts(&["a9", "b0"]), false);
        check(&texts(&["u99", "v00"]), false);
        check(&[], false);
        // Numbers that are far apart, and some of which no two follow each other.
        let far = (0..1000u64).map(|number| format!("{:09}", number * 7_919));
        check(&far.collect::<Vec<String>>(), false);
        let even = (0..1000u64).map(|number| format!("{:09}", number * 2));
        let even: Vec<String> = even.collect();
        check(&even, false);
        let keys = IdKeys::new(&column(&even), &mut Vec::new());
        assert!(keys.dense.is_some(), "their numbers are read");
    }
}
