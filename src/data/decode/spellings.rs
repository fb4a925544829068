//! Turns spellings into dictionary codes: each distinct spelling is read once.

use crate::data::limit;
use crate::table::{Dictionary, FIRST_ENTRY, INVALID, MISSING};
use crate::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use std::hash::BuildHasher;
use std::sync::Arc;

/// The spellings seen by one worker for one field, and their codes.
#[derive(Debug)]
pub(in crate::data) struct Spellings {
    hasher: FixedState,
    /// Spellings that are a [`Key`].
    short: HashTable<(Key, u32)>,
    long: HashTable<Spelling>,
    bytes: Vec<u8>,
    dictionary: Arc<Dictionary>,
}

#[derive(Clone, Copy, Debug)]
struct Spelling {
    hash: u64,
    start: u32,
    length: u32,
    code: u32,
}

impl Spellings {
    /// Knows no spelling yet.
    pub(in crate::data) fn new() -> Spellings {
        Spellings {
            hasher: FixedState::with_seed(0x5e67),
            short: HashTable::new(),
            long: HashTable::new(),
            bytes: Vec::new(),
            dictionary: Arc::default(),
        }
    }

    /// Starts over with a fresh dictionary when this one grew too large. Call between chunks.
    pub(in crate::data) fn renew(&mut self) {
        let count = self.short.len() + self.long.len();
        if count > limit::SPELLINGS || self.bytes.len() > limit::SPELLING_BYTES {
            *self = Spellings::new();
        }
    }

    /// The dictionary so far, for a chunk.
    pub(in crate::data) fn dictionary(&self) -> Arc<Dictionary> {
        Arc::clone(&self.dictionary)
    }

    /// The code of a spelling; `read` says what it means the first time it is seen.
    #[inline]
    pub(in crate::data) fn code(&mut self, spelling: &[u8], read: impl FnOnce() -> Value) -> u32 {
        if let Some(key) = Key::of(spelling) {
            let known = self.short.find(key.hash(), |(known, _)| *known == key);
            return match known {
                Some((_, code)) => *code,
                None => self.learn_short(key, read()),
            };
        }
        let hash = self.hasher.hash_one(spelling);
        let known = self.long.find(hash, |known| {
            let (start, length) = (known.start as usize, known.length as usize);
            known.hash == hash && self.bytes.get(start..start + length) == Some(spelling)
        });
        match known {
            Some(known) => known.code,
            None => self.learn(hash, spelling, read()),
        }
    }

    #[cold]
    fn learn_short(&mut self, key: Key, value: Value) -> u32 {
        let code = self.code_of(value);
        self.short
            .insert_unique(key.hash(), (key, code), |(known, _)| known.hash());
        code
    }

    #[cold]
    fn learn(&mut self, hash: u64, spelling: &[u8], value: Value) -> u32 {
        let code = self.code_of(value);
        let entry = Spelling {
            hash,
            start: self.bytes.len() as u32,
            length: spelling.len() as u32,
            code,
        };
        self.bytes.extend_from_slice(spelling);
        self.long.insert_unique(hash, entry, |known| known.hash);
        code
    }

    fn code_of(&mut self, value: Value) -> u32 {
        match value {
            Value::Missing => MISSING,
            Value::Invalid => INVALID,
            value => {
                let dictionary = Arc::make_mut(&mut self.dictionary);
                dictionary.entries.push(value);
                FIRST_ENTRY + (dictionary.entries.len() - 1) as u32
            }
        }
    }
}

/// A spelling of up to 32 bytes in four words. Words may overlap: with the length they say which bytes
/// it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key {
    words: [u64; 4],
    length: u8,
}

impl Key {
    #[inline]
    fn of(spelling: &[u8]) -> Option<Key> {
        let length = spelling.len();
        let words = match length {
            0 => [0; 4],
            1..4 => {
                let byte = |at: usize| spelling.get(at).map_or(0, |byte| u64::from(*byte));
                let bytes = byte(0) | byte(length / 2) << 8 | byte(length - 1) << 16;
                [bytes, 0, 0, 0]
            }
            4..8 => {
                let low = u32::from_le_bytes(*spelling.first_chunk()?);
                let high = u32::from_le_bytes(*spelling.last_chunk()?);
                [u64::from(low) | u64::from(high) << 32, 0, 0, 0]
            }
            8..=16 => {
                let low = u64::from_le_bytes(*spelling.first_chunk()?);
                let high = u64::from_le_bytes(*spelling.last_chunk()?);
                [low, high, 0, 0]
            }
            17..=32 => {
                let low = u128::from_le_bytes(*spelling.first_chunk()?);
                let high = u128::from_le_bytes(*spelling.last_chunk()?);
                [
                    low as u64,
                    (low >> 64) as u64,
                    high as u64,
                    (high >> 64) as u64,
                ]
            }
            _ => return None,
        };
        Some(Key {
            words,
            length: length as u8,
        })
    }

    #[inline]
    fn hash(&self) -> u64 {
        let [a, b, c, d] = self.words;
        let mixed = |one: u64, other: u64| {
            let product = u128::from(one) * u128::from(other);
            product as u64 ^ (product >> 64) as u64
        };
        let low = mixed(
            a ^ 0x9e37_79b9_7f4a_7c15,
            b ^ 0xd6e8_feb8_6659_fd93 ^ u64::from(self.length),
        );
        match self.length {
            17.. => mixed(low ^ c, d ^ 0xa076_1d64_78bd_642f),
            _ => low,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_has_a_code_of_its_own() {
        let mut spellings = Spellings::new();
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for length in 0..40usize {
            // All alike, each with one byte that differs, and two that change places.
            texts.push(vec![b'a'; length]);
            texts.push(vec![0; length]);
            for at in 0..length {
                let mut text = vec![b'a'; length];
                text[at] = b'b';
                texts.push(text);
            }
        }
        texts.sort();
        texts.dedup();
        let value = |at: usize| Value::Int(at as i64);
        let codes: Vec<u32> = texts
            .iter()
            .enumerate()
            .map(|(at, text)| spellings.code(text, || value(at)))
            .collect();
        for (at, (text, code)) in texts.iter().zip(&codes).enumerate() {
            let again = spellings.code(text, || unreachable!("it is known"));
            assert_eq!(again, *code);
            assert_eq!(spellings.dictionary().value(*code), value(at));
        }
    }

    #[test]
    fn hashes_of_short_spellings_differ() {
        let mut hashes: Vec<u64> = (0..100_000u32)
            .map(|number| {
                Key::of(format!("专题页{number}").as_bytes())
                    .unwrap()
                    .hash()
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), 100_000);
        let tops: std::collections::BTreeSet<u64> = hashes.iter().map(|hash| hash >> 57).collect();
        let lows: std::collections::BTreeSet<u64> = hashes.iter().map(|hash| hash & 1023).collect();
        assert_eq!((tops.len(), lows.len()), (128, 1024));
    }
}
