//! Turns the ids of a chunk into keys, away from the gate: numbers of series, fingerprints otherwise.

use super::MOST_SERIES;
use super::numbers::Dense;
use super::runs;
use crate::table::{EvenTexts, TextColumn};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Digits of a number at most.
const MOST_DIGITS: usize = 18;
/// Digits before the number at most: random ids (`550e8400-e29b-…`) would each be a series otherwise.
const MOST_PREFIX_DIGITS: usize = 4;
/// Stands for an id of no series.
const OTHER: u8 = u8::MAX;

/// What a worker works out about the ids of a chunk before its turn comes.
#[derive(Debug, Default)]
pub(in crate::data) struct IdKeys {
    pub(super) series: Vec<Series>,
    /// The series of each id, [`OTHER`] for none; without any, all are of the only series.
    kinds: Vec<u8>,
    /// The number of each id, or its place among the others; empty when there are bits.
    numbers: Vec<u64>,
    others: Vec<u128>,
    /// The numbers as bits, when there is one series, close together and no number twice.
    pub(super) dense: Option<Dense>,
}

/// Ids that share a prefix and the number of digits that follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Series {
    pub(super) prefix: Vec<u8>,
    pub(super) digits: u8,
}

/// What is known about one id.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    /// A number of a series of this chunk.
    Number { series: usize, number: u64 },
    /// Whatever: the gate looks at the text.
    Other(u128),
}

impl IdKeys {
    /// Works out the keys of ids; `room` is used for numbers, and given back when bits are enough.
    pub(in crate::data) fn new(ids: &TextColumn, room: &mut Vec<u64>) -> IdKeys {
        let closed;
        let ids = match &ids.even {
            Some(even) => {
                if let Some(keys) = IdKeys::of_even(even) {
                    return keys;
                }
                closed = ids.close();
                &closed
            }
            None => ids,
        };
        if let Some((series, dense)) = runs::dense(ids) {
            return IdKeys::of_series(series, dense);
        }
        let mut keys = IdKeys::of_each(ids, std::mem::take(room));
        if let ([_], true) = (keys.series.as_slice(), keys.kinds.is_empty()) {
            keys.dense = Dense::new(&keys.numbers);
            if keys.dense.is_some() {
                *room = std::mem::take(&mut keys.numbers);
            }
        }
        keys
    }

    /// The keys of ids that mostly follow each other and have the same bytes between them, if that is so:
    /// then each is a prefix and so many digits.
    pub(in crate::data) fn of_even(ids: &EvenTexts) -> Option<IdKeys> {
        let (series, dense) = runs::dense_even(ids)?;
        Some(IdKeys::of_series(series, dense))
    }

    fn of_series(series: Series, dense: Dense) -> IdKeys {
        IdKeys {
            series: vec![series],
            dense: Some(dense),
            ..IdKeys::default()
        }
    }

    /// The key of each id, without bits.
    pub(super) fn of_each(ids: &TextColumn, mut room: Vec<u64>) -> IdKeys {
        room.clear();
        room.reserve(ids.len());
        let mut keys = IdKeys {
            numbers: room,
            ..IdKeys::default()
        };
        let text = ids.text.as_bytes();
        let (mut start, mut last) = (0, 0);
        let mut rest = ids.ends.as_slice();
        let mut short: Option<Short> = None;
        loop {
            if let Some(short) = &short {
                let read = short.read(text, start, rest, &mut keys.numbers);
                if let Some(end) = read.checked_sub(1).and_then(|last| rest.get(last)) {
                    start = *end as usize;
                }
                rest = rest.get(read..).unwrap_or(&[]);
            }
            let Some((end, after)) = rest.split_first() else {
                return keys;
            };
            let end = *end as usize;
            keys.add(text.get(start..end).unwrap_or(&[]), &mut last);
            short = keys.short();
            (start, rest) = (end, after);
        }
    }

    /// The only series, when its ids are short.
    fn short(&self) -> Option<Short> {
        match (self.series.as_slice(), self.kinds.is_empty()) {
            ([series], true) => Short::new(series),
            _ => None,
        }
    }

    fn add(&mut self, id: &[u8], last: &mut usize) {
        let again = self.series.get(*last).and_then(|series| series.number(id));
        match again {
            Some(number) => {
                self.numbers.push(number);
                if !self.kinds.is_empty() {
                    self.kinds.push(*last as u8);
                }
            }
            None => self.add_new(id, last),
        }
    }

    #[cold]
    fn add_new(&mut self, id: &[u8], last: &mut usize) {
        let number = split(id).and_then(|(prefix, digits, number)| {
            *last = self.find(prefix, digits)?;
            Some(number)
        });
        let kind = number.map_or(OTHER, |_| *last as u8);
        if kind != 0 && self.kinds.is_empty() {
            self.kinds.resize(self.numbers.len(), 0);
        }
        if kind != 0 || !self.kinds.is_empty() {
            self.kinds.push(kind);
        }
        self.numbers
            .push(number.unwrap_or(self.others.len() as u64));
        if number.is_none() {
            self.others.push(fingerprint(id));
        }
    }

    /// The place of a series, which is made while there is room.
    fn find(&mut self, prefix: &[u8], digits: u8) -> Option<usize> {
        let is_it = |series: &Series| series.is(prefix, digits);
        if let Some(known) = self.series.iter().position(is_it) {
            return Some(known);
        }
        (self.series.len() < MOST_SERIES).then(|| {
            let prefix = prefix.to_vec();
            self.series.push(Series { prefix, digits });
            self.series.len() - 1
        })
    }

    /// The key of each id.
    pub(super) fn each(&self) -> impl Iterator<Item = Key> {
        let kinds = self.kinds.iter().copied().chain(std::iter::repeat(0));
        self.numbers.iter().zip(kinds).map(|(number, kind)| {
            let other = usize::try_from(*number).ok();
            let other = other.and_then(|place| self.others.get(place));
            match (kind, other) {
                (OTHER, Some(other)) => Key::Other(*other),
                (series, _) => Key::Number {
                    series: usize::from(series),
                    number: *number,
                },
            }
        })
    }
}

impl Series {
    pub(super) fn is(&self, prefix: &[u8], digits: u8) -> bool {
        self.digits == digits && self.prefix == prefix
    }

    /// The number of an id of this series.
    #[inline]
    fn number(&self, id: &[u8]) -> Option<u64> {
        let (prefix, digits) = id.split_at_checked(self.prefix.len())?;
        if digits.len() != usize::from(self.digits) || prefix != self.prefix {
            return None;
        }
        let mut number = 0u64;
        let mut rest = digits;
        while let Some((eight, tail)) = rest.split_first_chunk() {
            number = number * 100_000_000 + eight_digits(u64::from_le_bytes(*eight))?;
            rest = tail;
        }
        rest.iter().try_fold(number, |sum, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| sum * 10 + u64::from(digit))
        })
    }
}

/// A series whose ids have up to 16 bytes: they are read all bytes at once.
#[derive(Debug)]
pub(super) struct Short {
    length: usize,
    /// The prefix, and ones where it stands.
    prefix: u128,
    prefix_ones: u128,
    /// Zeros (`0`) before the digits, once these are the last of 16 bytes, and ones where they stand.
    zeros: u128,
    digit_ones: u128,
    /// Ones where all but the last digit stand.
    stem_ones: u128,
}

impl Short {
    pub(super) fn new(series: &Series) -> Option<Short> {
        const BYTES: usize = 16;
        let digits = usize::from(series.digits);
        let length = series.prefix.len().checked_add(digits)?;
        if length > BYTES || digits == 0 {
            return None;
        }
        let mut prefix = [0; BYTES];
        let bytes = prefix.iter_mut().zip(&series.prefix);
        bytes.for_each(|(to, from)| *to = *from);
        let digit_ones = u128::MAX << (8 * (BYTES - digits));
        Some(Short {
            length,
            prefix: u128::from_le_bytes(prefix),
            prefix_ones: (1 << (8 * series.prefix.len())) - 1,
            zeros: u128::from_le_bytes([b'0'; BYTES]) & !digit_ones,
            digit_ones,
            stem_ones: (1 << (8 * (length - 1))) - 1,
        })
    }

    /// Adds the numbers of ids up to the first that is of no such series; how many. Ids that differ from
    /// the one before in their last digit are read faster.
    fn read(&self, text: &[u8], mut start: usize, ends: &[u32], numbers: &mut Vec<u64>) -> usize {
        let before = numbers.len();
        // No block of digits is 0 everywhere.
        let (mut last, mut tens) = (0, 0);
        numbers.extend(ends.iter().map_while(|end| {
            let length = (*end as usize).wrapping_sub(start);
            let block = *text.get(start..)?.first_chunk()?;
            start = *end as usize;
            let bits = u128::from_le_bytes(block);
            if length == self.length && (bits ^ last) & self.stem_ones == 0 && last != 0 {
                let digit = block.get(length - 1)?.wrapping_sub(b'0');
                return (digit < 10).then(|| tens + u64::from(digit));
            }
            let number = self.number(block, length)?;
            last = bits;
            tens = number - number % 10;
            Some(number)
        }));
        numbers.len() - before
    }

    /// The number of the id of some length that a block starts with.
    #[inline]
    pub(super) fn number(&self, block: [u8; 16], length: usize) -> Option<u64> {
        let block = u128::from_le_bytes(block);
        if length != self.length || block & self.prefix_ones != self.prefix {
            return None;
        }
        let digits = block << (8 * (16 - self.length)) & self.digit_ones | self.zeros;
        let high = eight_digits(digits as u64)?;
        let low = eight_digits((digits >> 64) as u64)?;
        Some(high * 100_000_000 + low)
    }
}

/// The number of eight ASCII digits, all at once; the first is in the lowest byte.
#[inline]
fn eight_digits(text: u64) -> Option<u64> {
    const HIGH: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const ZEROS: u64 = 0x3030_3030_3030_3030;
    let over = text.wrapping_add(0x0606_0606_0606_0606);
    if text & HIGH != ZEROS || over & HIGH != ZEROS {
        return None;
    }
    let ones = text & 0x0f0f_0f0f_0f0f_0f0f;
    let pairs = ones.wrapping_mul(10).wrapping_add(ones >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    Some(fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff)
}

/// Prefix, number of digits and number of a numbered id. Depends on nothing but the id.
pub(super) fn split(id: &[u8]) -> Option<(&[u8], u8, u64)> {
    let last = id.iter().rev().take(MOST_DIGITS);
    let digits = last.take_while(|byte| byte.is_ascii_digit()).count();
    let (prefix, text) = id.split_at_checked(id.len() - digits)?;
    let prefix_digits = prefix.iter().filter(|byte| byte.is_ascii_digit()).count();
    let number = text
        .iter()
        .fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    (digits > 0 && prefix_digits <= MOST_PREFIX_DIGITS).then_some((prefix, digits as u8, number))
}

/// 128 bits that no two ids share in practice.
pub(super) fn fingerprint(id: &[u8]) -> u128 {
    let half = |seed| u128::from(FixedState::with_seed(seed).hash_one(id));
    half(0x1d1d) << 64 | half(0x2e2e)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_digits_are_read_at_once() {
        for number in [0u64, 1, 9, 10, 12_345_678, 90_000_001, 99_999_999] {
            let text = format!("{number:08}");
            let bytes = *text.as_bytes().first_chunk().unwrap();
            assert_eq!(eight_digits(u64::from_le_bytes(bytes)), Some(number));
        }
        for text in [
            "1234567:",
            "/2345678",
            "123 5678",
            "12345\u{e9}7",
            "abcdefgh",
        ] {
            let bytes = *text.as_bytes().first_chunk().unwrap();
            assert_eq!(eight_digits(u64::from_le_bytes(bytes)), None, "{text}");
        }
    }

    #[test]
    fn short_ids_are_read_at_once() {
        for (prefix, digits) in [("", 1), ("u", 9), ("客户", 10), ("", 16), ("abc-", 8)] {
            let series = Series {
                prefix: prefix.into(),
                digits,
            };
            let short = Short::new(&series).unwrap();
            let width = usize::from(digits);
            for number in [0u64, 7, 90, 12_345_678, 9_876_543_210_123_456] {
                let number = number % 10u64.pow(u32::from(digits));
                let id = format!("{prefix}{number:0width$}");
                let block = format!("{id}7u8v9w0x1y2z3a4b");
                let block = *block.as_bytes().first_chunk().unwrap();
                assert_eq!(short.number(block, id.len()), Some(number), "{id}");
                assert_eq!(short.number(block, id.len() + 1), None);
                // One after the other, up and down, across tens, until one is of another series.
                let steps = [0u64, 1, 2, 5, 9, 10, 11, 3, 99, 100, 101, 1];
                let series = steps.map(|step| (number + step) % 10u64.pow(u32::from(digits)));
                let mut text = String::new();
                let mut ends = Vec::new();
                for number in series {
                    text.push_str(&format!("{prefix}{number:0width$}"));
                    ends.push(text.len() as u32);
                }
                for odd in [":", "x", "00", ""] {
                    let last = format!("{}{odd}", &text[text.len() - id.len()..text.len() - 1]);
                    let text = format!("{text}{last}{text}-and-so-on");
                    let mut ends = ends.clone();
                    ends.push(ends[ends.len() - 1] + last.len() as u32);
                    ends.push(ends[ends.len() - 1] + id.len() as u32);
                    let mut found = Vec::new();
                    assert_eq!(
                        short.read(text.as_bytes(), 0, &ends, &mut found),
                        series.len()
                    );
                    assert_eq!(found, series);
                }
                let at = id.len() - 1;
                for wrong in [b'/', b':', b'a', 0xff] {
                    let mut block = block;
                    block[at] = wrong;
                    assert_eq!(short.number(block, id.len()), None, "{id}");
                }
                if !prefix.is_empty() {
                    let mut block = block;
                    block[0] ^= 1;
                    assert_eq!(short.number(block, id.len()), None, "{id}");
                }
            }
        }
        let long = Series {
            prefix: b"abcdefgh".to_vec(),
            digits: 9,
        };
        assert!(Short::new(&long).is_none());
    }

    #[test]
    fn random_ids_are_no_series() {
        assert!(split(b"550e8400-e29b-41d4-a716-446655440000").is_none());
        assert_eq!(split(b"2024-00017"), Some((&b"2024-"[..], 5, 17)));
        assert_eq!(split(b"u007"), Some((&b"u"[..], 3, 7)));
        assert_eq!(split(b"anna"), None);
    }
}
