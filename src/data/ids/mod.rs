//! The set of ids seen so far, exact for numbered ids, by 128-bit fingerprint for the rest.
//!
//! An id that is a prefix and up to 18 digits (`u000123`, `13800138000`) belongs to a *series*: the
//! prefix and the number of digits. A series keeps its numbers in pages of bits, so that ids given
//! out one after the other cost about a bit each, and a chunk of them is added as a whole. Only the
//! first [`MOST_SERIES`] series are kept that way; whether an id is in a series depends on nothing but
//! the ids before it in the file.

mod keys;
mod numbers;
mod runs;

pub(super) use keys::IdKeys;

use crate::table::TextColumn;
use hashbrown::HashTable;
use keys::{Key, Series, fingerprint, split};
use numbers::Numbers;

/// Series kept as bits.
const MOST_SERIES: usize = 64;

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
        let place = map.first().copied().flatten();
        let numbers = place.and_then(|place| self.series.get_mut(place));
        if let (Some(dense), Some((_, numbers))) = (&keys.dense, numbers)
            && numbers.add_all(dense)
        {
            return Vec::new();
        }
        let each;
        let keys = match keys.dense {
            Some(_) => {
                each = match &ids.even {
                    Some(_) => IdKeys::of_each(&ids.close(), Vec::new()),
                    None => IdKeys::of_each(ids, Vec::new()),
                };
                &each
            }
            None => keys,
        };
        let mut seen = Vec::new();
        for (row, key) in keys.each().enumerate() {
            let is_new = match key {
                Key::Number { series, number } => match map.get(series).copied().flatten() {
                    Some(series) => self.add_number(series, number),
                    None => self.add_other(fingerprint(ids.get(row).as_bytes())),
                },
                Key::Other(other) => self.add_unknown(ids.get(row).as_bytes(), other),
            };
            if !is_new {
                seen.push(row);
            }
        }
        seen
    }

    /// A series that a chunk had no room for may be one of the set's.
    fn add_unknown(&mut self, id: &[u8], fingerprint: u128) -> bool {
        let known = split(id).and_then(|(prefix, digits, number)| {
            let mut series = self.series.iter();
            let place = series.position(|(series, _)| series.is(prefix, digits))?;
            Some((place, number))
        });
        match known {
            Some((series, number)) => self.add_number(series, number),
            None => self.add_other(fingerprint),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    pub(super) fn column(ids: &[String]) -> TextColumn {
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
        // One series alone, close together and scattered, new and known.
        ids.extend((0..9000u64).map(|number| format!("v{:05}", number * 7 % 9000)));
        ids.extend((8990..10_000u64).map(|number| format!("v{number:05}")));
        ids.extend((0..9000u64).map(|number| format!("v{:05}", number * number % 65_537)));
        let mut set = IdSet::default();
        let mut known = BTreeSet::new();
        for part in ids.chunks(777) {
            let column = column(part);
            let seen = set.add(&column, &IdKeys::new(&column, &mut Vec::new()));
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
        assert_eq!(set.add(&ids, &IdKeys::new(&ids, &mut Vec::new())), [3]);
    }
}
