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
    table: HashTable<Spelling>,
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
            table: HashTable::new(),
            bytes: Vec::new(),
            dictionary: Arc::default(),
        }
    }

    /// Starts over with a fresh dictionary when this one grew too large. Call between chunks.
    pub(in crate::data) fn renew(&mut self) {
        if self.table.len() > limit::SPELLINGS || self.bytes.len() > limit::SPELLING_BYTES {
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
        let hash = self.hasher.hash_one(spelling);
        let known = self.table.find(hash, |known| {
            let (start, length) = (known.start as usize, known.length as usize);
            known.hash == hash && self.bytes.get(start..start + length) == Some(spelling)
        });
        match known {
            Some(known) => known.code,
            None => self.learn(hash, spelling, read()),
        }
    }

    #[cold]
    fn learn(&mut self, hash: u64, spelling: &[u8], value: Value) -> u32 {
        let code = match value {
            Value::Missing => MISSING,
            Value::Invalid => INVALID,
            value => {
                let dictionary = Arc::make_mut(&mut self.dictionary);
                dictionary.entries.push(value);
                FIRST_ENTRY + (dictionary.entries.len() - 1) as u32
            }
        };
        let entry = Spelling {
            hash,
            start: self.bytes.len() as u32,
            length: spelling.len() as u32,
            code,
        };
        self.bytes.extend_from_slice(spelling);
        self.table.insert_unique(hash, entry, |known| known.hash);
        code
    }
}
