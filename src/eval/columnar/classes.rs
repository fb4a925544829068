//! Codes that answer every question alike are one class, numbered in a byte.

use super::block::{BLOCK_WORDS, ByteRanges, WORD_ROWS, Words};
use crate::table::Code;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// Classes that a byte can tell apart.
pub(super) const MOST_CLASSES: usize = 256;

/// The classes of a dictionary so far. The first one answers no to everything.
#[derive(Debug)]
pub(super) struct Classes {
    numbers: HashMap<Arc<[u32]>, u8, FixedState>,
    /// The questions that each class answers yes, ascending.
    sets: Vec<Arc<[u32]>>,
}

impl Classes {
    pub(super) fn new() -> Classes {
        let mut classes = Classes {
            numbers: HashMap::default(),
            sets: Vec::new(),
        };
        classes.number(&[]);
        classes
    }

    /// The class of codes that answer yes to these questions, ascending; `None` when a byte cannot
    /// number it.
    pub(super) fn number(&mut self, holding: &[u32]) -> Option<u8> {
        if let Some(number) = self.numbers.get(holding) {
            return Some(*number);
        }
        let number = u8::try_from(self.sets.len()).ok()?;
        let set: Arc<[u32]> = holding.into();
        self.sets.push(Arc::clone(&set));
        self.numbers.insert(set, number);
        Some(number)
    }

    /// The questions that a class answers yes.
    pub(super) fn set(&self, class: u8) -> &[u32] {
        self.sets.get(usize::from(class)).map_or(&[], |set| set)
    }

    /// How many classes there are.
    pub(super) fn len(&self) -> usize {
        self.sets.len()
    }

    /// The classes that hold each question.
    pub(super) fn held(&self, questions: usize) -> Vec<Vec<u8>> {
        let mut held = vec![Vec::new(); questions];
        for (class, set) in (0..=u8::MAX).zip(&self.sets) {
            add_held(&mut held, class, set);
        }
        held
    }
}

/// Notes that a byte holds some questions.
pub(super) fn add_held(held: &mut [Vec<u8>], byte: u8, questions: &[u32]) {
    for question in questions {
        if let Some(held) = held.get_mut(*question as usize) {
            held.push(byte);
        }
    }
}

/// Ascending bytes as ranges.
pub(super) fn ranges(held: &[u8]) -> ByteRanges {
    let mut ranges = ByteRanges::new();
    for &byte in held {
        match ranges.last_mut() {
            Some((first, width))
                if u16::from(*first) + u16::from(*width) + 1 == u16::from(byte) =>
            {
                *width += 1;
            }
            _ => ranges.push((byte, 0)),
        }
    }
    ranges
}

/// What classes a question is joined from.
#[derive(Debug)]
pub(super) struct Union {
    classes: Vec<u8>,
    /// Whether the question holds exactly the others.
    is_complement: bool,
}

impl Union {
    /// The union of some classes.
    pub(super) fn new(held: Vec<u8>) -> Union {
        Union {
            classes: held,
            is_complement: false,
        }
    }

    /// The union of some classes where every row has exactly one; the fewer of them and the others are
    /// joined.
    pub(super) fn of_single(held: Vec<u8>, class_count: usize) -> Union {
        if held.len() <= class_count / 2 {
            return Union::new(held);
        }
        let all = (0..=u8::MAX).take(class_count);
        Union {
            classes: all.filter(|class| !held.contains(class)).collect(),
            is_complement: true,
        }
    }

    /// Writes the rows of the classes; what is after the last row is not defined.
    #[inline(always)]
    pub(super) fn join(&self, rows: &ClassRows, out: &mut Words) {
        let mut sum = [0; BLOCK_WORDS];
        for class in &self.classes {
            if let Some(words) = rows.0.get(usize::from(*class)) {
                sum.iter_mut()
                    .zip(words)
                    .for_each(|(sum, word)| *sum |= word);
            }
        }
        let flip = if self.is_complement { u64::MAX } else { 0 };
        out.iter_mut()
            .zip(&sum)
            .for_each(|(out, sum)| *out = sum ^ flip);
    }
}

/// The rows of each class in a block.
#[derive(Debug)]
pub(super) struct ClassRows(Box<[Words; MOST_CLASSES]>);

impl ClassRows {
    pub(super) fn new() -> Option<ClassRows> {
        let words: Box<[Words]> = vec![[0; BLOCK_WORDS]; MOST_CLASSES].into();
        words.try_into().ok().map(ClassRows)
    }

    #[inline(always)]
    pub(super) fn clear(&mut self, class_count: usize) {
        let used = self.0.iter_mut().take(class_count);
        used.for_each(|words| words.fill(0));
    }

    /// Sets the bit of each row in the class of its code.
    #[inline(always)]
    pub(super) fn add_codes<C: Code>(&mut self, bytes: &[u8], codes: &[C]) {
        for (word, codes) in codes.chunks(WORD_ROWS).enumerate().take(BLOCK_WORDS) {
            let mut bit = 1u64;
            for &code in codes {
                self.add(byte_of(bytes, code.into()), word, bit);
                bit <<= 1;
            }
        }
    }

    /// Sets the bits of rows in the classes of their elements' codes.
    #[inline(always)]
    pub(super) fn add_elements<C: Code>(&mut self, bytes: &[u8], rows: &[u16], codes: &[C]) {
        for (&row, &code) in rows.iter().zip(codes) {
            let row = usize::from(row);
            let bit = 1 << (row % WORD_ROWS);
            self.add(byte_of(bytes, code.into()), row / WORD_ROWS, bit);
        }
    }

    #[inline(always)]
    fn add(&mut self, class: u8, word: usize, bit: u64) {
        let words = self.0.get_mut(usize::from(class));
        if let Some(word) = words.and_then(|words| words.get_mut(word)) {
            *word |= bit;
        }
    }
}

/// The byte of a code; codes that nobody knows answer no.
#[inline(always)]
pub(super) fn byte_of(bytes: &[u8], code: u32) -> u8 {
    bytes.get(code as usize).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_numbered_as_long_as_a_byte_can() {
        let mut classes = Classes::new();
        assert_eq!(classes.number(&[]), Some(0));
        for class in 1..256 {
            assert_eq!(classes.number(&[class, class + 1]), Some(class as u8));
        }
        assert_eq!(classes.number(&[5, 6]), Some(5));
        assert_eq!(classes.number(&[999]), None);
        assert_eq!(classes.set(7), [7, 8]);
        let held = classes.held(300);
        assert_eq!((&held[7][..], &held[0][..]), (&[6, 7][..], &[][..]));
    }

    #[test]
    fn ranges_hold_what_bytes_do() {
        assert_eq!(ranges(&[]), []);
        assert_eq!(ranges(&[0, 1, 2, 5, 254, 255]), [(0, 2), (5, 0), (254, 1)]);
    }

    #[test]
    fn unions_are_joined_from_the_fewer() {
        let mut rows = ClassRows::new().unwrap();
        let bytes = [0, 0, 1, 2, 3, 2];
        let codes: Vec<u32> = (0..1000).map(|row| row % 7).collect();
        rows.clear(4);
        rows.add_codes(&bytes, &codes);
        for held in [vec![], vec![2], vec![0, 1, 3], vec![0, 1, 2, 3]] {
            let mut words = [7; BLOCK_WORDS];
            Union::of_single(held.clone(), 4).join(&rows, &mut words);
            for (row, code) in codes.iter().enumerate() {
                let is_in = words[row / 64] >> (row % 64) & 1 == 1;
                assert_eq!(is_in, held.contains(&byte_of(&bytes, *code)), "{held:?}");
            }
        }
    }
}
