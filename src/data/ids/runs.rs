//! Ids given out one after the other: a run is looked at ten or a hundred ids at a time, and its numbers
//! are not read.

use super::keys::{Series, Short, split};
use super::numbers::Dense;
use crate::machine::Level;
use crate::table::{EvenTexts, TextColumn};

/// Bytes read at once; longer ids are not looked at here.
const BYTES: usize = 16;
/// Ids whose runs are shorter than this on average are better read one by one.
const SHORTEST_RUN: usize = 8;
/// Runs that any chunk may have.
const FREE_RUNS: usize = 4;
/// The bytes that may stand before each id.
const BEFORE: usize = 4;
/// Ids that are looked at together.
const HUNDRED: usize = 100;

/// The only series of ids and their numbers, when all are of one and mostly follow each other.
pub(super) fn dense(ids: &TextColumn) -> Option<(Series, Dense)> {
    let length = ids.ends.first().map(|end| *end as usize)?;
    if !are_even(&ids.ends, length) {
        return None;
    }
    let (bytes, step) = (ids.text.as_bytes(), length);
    dense_rows((bytes, 0, step), length, ids.len())
}

/// The same of ids at even distances, and each must have the same [`BEFORE`] bytes before it, if there
/// is anything in between.
pub(super) fn dense_even(ids: &EvenTexts) -> Option<(Series, Dense)> {
    dense_rows((&ids.bytes, ids.first, ids.step), ids.length, ids.rows)
}

fn dense_rows(
    (bytes, first, step): (&[u8], usize, usize),
    length: usize,
    count: usize,
) -> Option<(Series, Dense)> {
    let (prefix, digits, _) = split(bytes.get(first..first.checked_add(length)?)?)?;
    let series = Series {
        prefix: prefix.to_vec(),
        digits,
    };
    let short = Short::new(&series)?;
    let before = match step.checked_sub(length)? {
        0 => None,
        _ => Some(*bytes.get(first.checked_sub(BEFORE)?..)?.first_chunk()?),
    };
    // Nothing is looked at but these rows.
    let end = first.checked_add(count.checked_mul(step)?)?;
    let bytes = bytes.get(..end.checked_sub(step - length)?)?;
    let ids = Ids {
        bytes,
        first,
        step,
        count,
        length,
        before,
        ones: u128::MAX >> (8 * (BYTES - length)),
        last: 8 * (length - 1),
        next_hundred: next_hundred(step, length, digits),
    };
    Some((series, Dense::of_runs(&runs(&ids, &short)?)?))
}

/// What a hundred ids differ in from the hundred before: one in the third digit from the end. The bytes
/// between ids come first.
fn next_hundred(step: usize, length: usize, digits: u8) -> Vec<u8> {
    let mut differ = vec![0; step * HUNDRED - (step - length)];
    let thirds = differ
        .iter_mut()
        .skip(length.saturating_sub(3))
        .step_by(step);
    thirds.for_each(|third| *third = 1);
    match digits < 3 || differ.len() < LANES {
        true => Vec::new(),
        false => differ,
    }
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
fn runs(ids: &Ids<'_>, short: &Short) -> Option<Vec<(u64, usize)>> {
    let mut runs: Vec<(u64, usize)> = Vec::new();
    let mut row = 0;
    while row < ids.count {
        let number = short.number(ids.block(row), ids.length)?;
        if ids.differs_before(row) != 0 {
            return None;
        }
        let long = ids.run(row, number);
        runs.push((number, long));
        row += long;
        if runs.len() > FREE_RUNS + row / SHORTEST_RUN {
            return None;
        }
    }
    Some(runs)
}

/// Ids of one length, at most [`BYTES`], at even distances.
struct Ids<'t> {
    bytes: &'t [u8],
    /// Where the first starts.
    first: usize,
    step: usize,
    count: usize,
    length: usize,
    /// What stands right before each.
    before: Option<[u8; BEFORE]>,
    /// Ones where an id stands in a block.
    ones: u128,
    /// Bits before its last digit.
    last: usize,
    /// What the bytes of a hundred ids are more than those of the hundred before, when only their third
    /// digit from the end counts on; empty when that cannot be.
    next_hundred: Vec<u8>,
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
                differ |= self.id(row) ^ wanted | u128::from(self.differs_before(row));
            }
            if differ != 0 {
                return next - row + self.following(next, step, id);
            }
            next += step;
            let hundreds = self.hundreds(row, next, number);
            if hundreds > 0 {
                next += hundreds;
                wanted = self.id(next - 1);
            }
            if next == self.count {
                return next - row;
            }
            match carried(wanted, self.length) {
                Some(carried) if self.id(next) == carried && self.differs_before(next) == 0 => {
                    id = carried;
                }
                _ => return next - row,
            }
            (digit, next) = (0, next + 1);
        }
    }

    /// How many ids from `next` on go on with a run in whole hundreds, the run's first row and number
    /// being given. Each hundred is like the one before but for one digit.
    fn hundreds(&self, row: usize, next: usize, number: u64) -> usize {
        let known = next - row;
        let number = number + known as u64;
        if known < HUNDRED || !number.is_multiple_of(HUNDRED as u64) || self.next_hundred.is_empty()
        {
            return 0;
        }
        let mut passed = 0;
        // From 0 on the digit before counts on as well.
        let mut third = number / HUNDRED as u64 % 10;
        while (1..=9).contains(&third)
            && self.count - next - passed >= HUNDRED
            && self.is_next_hundred(next + passed)
        {
            (passed, third) = (passed + HUNDRED, third + 1);
        }
        passed
    }

    fn is_next_hundred(&self, row: usize) -> bool {
        let long = self.next_hundred.len();
        let bytes_from = |row: usize| {
            let start = self.first + row * self.step;
            self.bytes.get(start..start + long)
        };
        let (Some(now), Some(before)) = (bytes_from(row), bytes_from(row - HUNDRED)) else {
            return false;
        };
        let mut is_next = false;
        Level::detect().run(
            #[inline(always)]
            || is_next = are_more_by(now, before, &self.next_hundred),
        );
        // What stands before the first of them is not among these bytes.
        is_next && self.differs_before(row) == 0
    }

    /// How many of some ids follow `before`, within its ten.
    fn following(&self, first: usize, most: usize, before: u128) -> usize {
        let mut wanted = before;
        let is_next = |row: &usize| {
            wanted += 1 << self.last;
            self.id(*row) == wanted && self.differs_before(*row) == 0
        };
        (first..first + most).take_while(is_next).count()
    }

    #[inline(always)]
    fn id(&self, row: usize) -> u128 {
        u128::from_le_bytes(self.block(row)) & self.ones
    }

    /// The bytes from an id on, zeros after the end.
    #[inline(always)]
    fn block(&self, row: usize) -> [u8; BYTES] {
        let start = self.first + row * self.step;
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        match rest.first_chunk() {
            Some(block) => *block,
            None => short_block(rest),
        }
    }

    /// Not 0 when something else stands before an id than before the first.
    #[inline(always)]
    fn differs_before(&self, row: usize) -> u32 {
        let Some(before) = self.before else {
            return 0;
        };
        let start = (self.first + row * self.step).wrapping_sub(BEFORE);
        let found = self.bytes.get(start..).and_then(<[u8]>::first_chunk);
        let number = u32::from_le_bytes;
        found.map_or(1, |found| number(*found) ^ number(before))
    }
}

/// Bytes that are looked at together.
const LANES: usize = 64;

type Lanes<'b> = Option<&'b [u8; LANES]>;
type LastLanes<'b> = (Lanes<'b>, Lanes<'b>, Lanes<'b>);

/// Whether bytes are those before, each more by as much as told. There are [`LANES`] of each at least,
/// and as many of one as of the other.
#[inline(always)]
fn are_more_by(now: &[u8], before: &[u8], more: &[u8]) -> bool {
    let whole = now.len() / LANES * LANES;
    let (Some(first_now), Some(first_before), Some(first_more)) =
        (now.get(..whole), before.get(..whole), more.get(..whole))
    else {
        return false;
    };
    let lasts = (now.last_chunk(), before.last_chunk(), more.last_chunk());
    let (Some(now), Some(before), Some(more)): LastLanes<'_> = lasts else {
        return false;
    };
    differ_by(first_now, first_before, first_more) | differ_by(now, before, more) == 0
}

#[inline(always)]
fn differ_by(now: &[u8], before: &[u8], more: &[u8]) -> u8 {
    let each = now.iter().zip(before).zip(more);
    each.fold(
        0,
        #[inline(always)]
        |differ, ((now, before), more)| differ | (now.wrapping_sub(*before) ^ more),
    )
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

    /// Ids with something in between, and more after the last.
    fn even(ids: &[String]) -> Option<EvenTexts> {
        let length = ids.first()?.len();
        if ids.iter().any(|id| id.len() != length) {
            return None;
        }
        let mut bytes = b"..".to_vec();
        ids.iter()
            .for_each(|id| bytes.extend(format!("\n\0\0\0{id}").bytes()));
        bytes.extend(b"\n\0\0\0u00001");
        Some(EvenTexts {
            bytes,
            first: 6,
            step: length + 4,
            length,
            rows: ids.len(),
        })
    }

    fn check(ids: &[String], is_found: bool) {
        let even = even(ids);
        let ids = column(ids);
        let found = dense(&ids);
        assert_eq!(found.is_some(), is_found, "{}", ids.text);
        if let Some(even) = even {
            assert_eq!(dense_even(&even), found, "{}", ids.text);
        }
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
    fn hundreds_end_where_an_id_is_another() {
        for (prefix, digits) in [("", 5), ("u", 3), ("u", 9), ("客户", 10), ("abc-", 12)] {
            let id = |number: u64| format!("{prefix}{number:0digits$}");
            let most = 10u64.pow(digits as u32) - 1;
            for first in [0, 99, 9_950].map(|first| first.min(most)) {
                let last = (first + 1_555).min(most);
                let ids: Vec<String> = (first..=last).map(id).collect();
                check(&ids, true);
                for at in [
                    0, 1, 49, 50, 99, 100, 149, 150, 250, 999, 1_000, 1_901, 3_333,
                ] {
                    let at = at % ids.len();
                    for place in 0..prefix.len() + digits {
                        let mut ids = ids.clone();
                        let mut odd = std::mem::take(&mut ids[at]).into_bytes();
                        odd[place] ^= 1;
                        let Ok(odd) = String::from_utf8(odd) else {
                            continue;
                        };
                        ids[at] = odd;
                        let found = dense(&column(&ids));
                        let numbers: Vec<u64> = numbers(&column(&ids));
                        let is_of_series = place >= prefix.len() || ids.len() == 1;
                        let expected = Dense::new(&numbers).filter(|_| is_of_series);
                        assert_eq!(found.map(|found| found.1), expected, "{at} {place}");
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
