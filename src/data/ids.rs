//! The set of ids seen so far, exact for numbered ids, by 128-bit fingerprint for the rest.
//!
//! An id that is a prefix and up to 18 digits (`u000123`, `13800138000`) belongs to a *series*: the
//! prefix and the number of digits. A series keeps its numbers in pages of bits, so that ids given
//! out one after the other cost about a bit each. Only the first [`MOST_SERIES`] series are kept that
//! way; whether an id is in a series depends on nothing but the ids before it in the file.

use crate::table::TextColumn;
use foldhash::quality::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;

/// Series kept as bits.
const MOST_SERIES: usize = 64;
/// Numbers a page.
const PAGE_NUMBERS: u64 = 4096;
/// Numbers a page lists before it keeps bits.
const MOST_LISTED: usize = 10;

/// What a worker works out about the ids of a chunk before its turn comes.
#[derive(Debug, Default)]
pub(super) struct IdKeys {
    series: Vec<Series>,
    keys: Vec<Key>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Series {
    prefix: String,
    digits: u8,
}

#[derive(Clone, Copy, Debug)]
enum Key {
    /// A number of a series of this chunk.
    Number { series: u8, number: u64 },
    /// Whatever: the gate looks at the text.
    Other(u128),
}

impl IdKeys {
    /// Works out the keys of ids.
    pub(super) fn new(ids: &TextColumn) -> IdKeys {
        let mut keys = IdKeys {
            series: Vec::new(),
            keys: Vec::with_capacity(ids.len()),
        };
        let mut last = 0;
        for row in 0..ids.len() {
            let key = keys.key(ids.get(row), &mut last);
            keys.keys.push(key);
        }
        keys
    }

    fn key(&mut self, id: &str, last: &mut usize) -> Key {
        let again = self.series.get(*last).and_then(|series| series.number(id));
        if let Some(number) = again {
            return Key::Number {
                series: *last as u8,
                number,
            };
        }
        let other = || Key::Other(fingerprint(id));
        let Some((prefix, digits, number)) = split(id) else {
            return other();
        };
        let is_it = |series: &Series| series.digits == digits && series.prefix == prefix;
        let known = self.series.iter().position(is_it);
        let series = match known {
            Some(known) => known,
            None if self.series.len() < MOST_SERIES => {
                let prefix = prefix.to_string();
                self.series.push(Series { prefix, digits });
                self.series.len() - 1
            }
            None => return other(),
        };
        *last = series;
        Key::Number {
            series: series as u8,
            number,
        }
    }
}

impl Series {
    /// The number of an id of this series.
    #[inline]
    fn number(&self, id: &str) -> Option<u64> {
        let digits = id.as_bytes().strip_prefix(self.prefix.as_bytes())?;
        if digits.len() != usize::from(self.digits) {
            return None;
        }
        digits.iter().try_fold(0, |sum, byte| {
            let digit = byte.wrapping_sub(b'0');
            (digit < 10).then(|| sum * 10 + u64::from(digit))
        })
    }
}

/// Prefix, number of digits and number of a numbered id.
fn split(id: &str) -> Option<(&str, u8, u64)> {
    const MOST_DIGITS: usize = 18;
    let digits = id
        .bytes()
        .rev()
        .take(MOST_DIGITS)
        .take_while(u8::is_ascii_digit)
        .count();
    let (prefix, text) = id.split_at_checked(id.len() - digits)?;
    let number = text
        .bytes()
        .fold(0, |sum, byte| sum * 10 + u64::from(byte - b'0'));
    (digits > 0).then_some((prefix, digits as u8, number))
}

fn fingerprint(id: &str) -> u128 {
    let half = |seed| u128::from(FixedState::with_seed(seed).hash_one(id.as_bytes()));
    half(0x1d1d) << 64 | half(0x2e2e)
}

/// All ids seen so far.
#[derive(Debug, Default)]
pub(super) struct IdSet {
    series: Vec<(Series, Numbers)>,
    others: HashTable<u128>,
}

impl IdSet {
    /// Adds the ids of a chunk; rows whose id was seen before, in this chunk or an earlier one.
    pub(super) fn add(&mut self, ids: &TextColumn, keys: &IdKeys) -> Vec<usize> {
        let map: Vec<Option<usize>> = keys.series.iter().map(|series| self.find(series)).collect();
        let mut seen = Vec::new();
        for (row, key) in keys.keys.iter().enumerate() {
            let is_new = match *key {
                Key::Number { series, number } => {
                    match map.get(usize::from(series)).copied().flatten() {
                        Some(series) => self.add_number(series, number),
                        None => self.add_other(fingerprint(ids.get(row))),
                    }
                }
                // A series that this chunk had no room for may be one of the set's.
                Key::Other(other) => match split(ids.get(row)) {
                    Some((prefix, digits, number)) => {
                        let known = self.series.iter().position(|(series, _)| {
                            series.digits == digits && series.prefix == prefix
                        });
                        match known {
                            Some(series) => self.add_number(series, number),
                            None => self.add_other(other),
                        }
                    }
                    None => self.add_other(other),
                },
            };
            if !is_new {
                seen.push(row);
            }
        }
        seen
    }

    fn find(&mut self, wanted: &Series) -> Option<usize> {
        let known = self.series.iter().position(|(series, _)| series == wanted);
        known.or_else(|| {
            let has_room = self.series.len() < MOST_SERIES;
            has_room.then(|| {
                self.series.push((wanted.clone(), Numbers::default()));
                self.series.len() - 1
            })
        })
    }

    fn add_number(&mut self, series: usize, number: u64) -> bool {
        self.series
            .get_mut(series)
            .is_none_or(|(_, numbers)| numbers.add(number))
    }

    fn add_other(&mut self, fingerprint: u128) -> bool {
        let hash = fingerprint as u64;
        if self
            .others
            .find(hash, |known| *known == fingerprint)
            .is_some()
        {
            return false;
        }
        self.others
            .insert_unique(hash, fingerprint, |known| *known as u64);
        true
    }
}

/// A set of numbers in pages.
#[derive(Debug, Default)]
struct Numbers {
    pages: Vec<Page>,
    places: HashTable<u32>,
    last: usize,
}

#[derive(Debug)]
struct Page {
    number: u64,
    content: PageContent,
}

#[derive(Debug)]
enum PageContent {
    Listed {
        count: u8,
        numbers: [u16; MOST_LISTED],
    },
    Bits(Box<[u64; (PAGE_NUMBERS / 64) as usize]>),
}

impl Numbers {
    /// Adds a number; whether it is new.
    #[inline]
    fn add(&mut self, number: u64) -> bool {
        let (page, offset) = (number / PAGE_NUMBERS, (number % PAGE_NUMBERS) as u16);
        if self
            .pages
            .get(self.last)
            .is_none_or(|last| last.number != page)
        {
            self.last = self.find(page);
        }
        self.pages
            .get_mut(self.last)
            .is_none_or(|page| page.content.add(offset))
    }

    fn find(&mut self, page: u64) -> usize {
        let spread = |page: u64| page.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        let number_of = |place: u32| self.pages.get(place as usize).map_or(0, |page| page.number);
        if let Some(&place) = self
            .places
            .find(spread(page), |&place| number_of(place) == page)
        {
            return place as usize;
        }
        let place = self.pages.len();
        self.pages.push(Page {
            number: page,
            content: PageContent::Listed {
                count: 0,
                numbers: [0; MOST_LISTED],
            },
        });
        let pages = &self.pages;
        self.places
            .insert_unique(spread(page), place as u32, |&place| {
                spread(pages.get(place as usize).map_or(0, |page| page.number))
            });
        place
    }
}

impl PageContent {
    fn add(&mut self, offset: u16) -> bool {
        match self {
            PageContent::Bits(words) => {
                let Some(word) = words.get_mut(usize::from(offset / 64)) else {
                    return true;
                };
                let bit = 1 << (offset % 64);
                let is_new = *word & bit == 0;
                *word |= bit;
                is_new
            }
            PageContent::Listed { count, numbers } => {
                let known = usize::from(*count);
                if numbers.iter().take(known).any(|&number| number == offset) {
                    return false;
                }
                if let Some(place) = numbers.get_mut(known) {
                    *place = offset;
                    *count += 1;
                    return true;
                }
                let mut bits = PageContent::Bits(Box::new([0; (PAGE_NUMBERS / 64) as usize]));
                for number in *numbers {
                    bits.add(number);
                }
                bits.add(offset);
                *self = bits;
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn column(ids: &[String]) -> TextColumn {
        let mut column = TextColumn::default();
        ids.iter().for_each(|id| column.push(id));
        column
    }

    #[test]
    fn the_set_is_a_set() {
        let mut ids = Vec::new();
        for number in 0..9000u64 {
            ids.push(format!("u{:07}", number * number % 7919 * 31));
            ids.push(format!("{}", number * 7_919_999 % 13_800_138_000));
            ids.push(format!("p{}-{}", number % 300, number % 5));
            ids.push(format!("张{number}x"));
        }
        let mut set = IdSet::default();
        let mut known = BTreeSet::new();
        for part in ids.chunks(777) {
            let column = column(part);
            let seen = set.add(&column, &IdKeys::new(&column));
            let expected: Vec<usize> = (0..part.len())
                .filter(|&row| !known.insert(part[row].clone()))
                .collect();
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn leading_zeros_make_another_id() {
        let mut set = IdSet::default();
        let ids = column(&["7".into(), "07".into(), "007".into(), "07".into()]);
        assert_eq!(set.add(&ids, &IdKeys::new(&ids)), [3]);
    }
}
