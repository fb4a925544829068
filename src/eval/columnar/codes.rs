//! Questions about a column of dictionary codes, decided once per distinct value.
//!
//! A few questions keep a byte a code each. Many questions keep, for every code, the list of those
//! it answers yes, and each row sets just those bits.

use super::block::{BLOCK_WORDS, WORD_ROWS, Words, fill};
use crate::eval::asked::Asked;
use crate::eval::leaf::Leaf;
use crate::table::{Dictionary, FIRST_ENTRY};
use crate::value::Value;

/// Up to so many questions are looked up one by one.
const MOST_SINGLE_QUESTIONS: usize = 3;

/// What is known of the codes of one dictionary.
#[derive(Debug, Default)]
pub(super) struct CodeTable {
    identity: Option<u64>,
    /// Codes decided so far.
    known: usize,
    /// For a few questions: one byte a code, a table a question.
    truth: Vec<Vec<u8>>,
    /// For many questions: where each code's list ends in `yes`.
    ends: Vec<u32>,
    /// Questions answered yes, by code.
    yes: Vec<u32>,
    /// The questions that the value at hand answers yes.
    holding: Vec<u32>,
}

impl CodeTable {
    /// Brings the table up to date: entries of a dictionary never change, so only new ones are
    /// decided, unless it is another dictionary than last time.
    pub(super) fn update(&mut self, leaves: &[Leaf], asked: &Asked, dictionary: &Dictionary) {
        if self.identity != Some(dictionary.identity) {
            *self = CodeTable {
                identity: Some(dictionary.identity),
                ..CodeTable::default()
            };
            self.truth = match leaves.len() {
                0..=MOST_SINGLE_QUESTIONS => leaves
                    .iter()
                    .map(|_| vec![0; FIRST_ENTRY as usize])
                    .collect(),
                _ => Vec::new(),
            };
            self.ends = vec![0; FIRST_ENTRY as usize];
        }
        let fresh = dictionary.entries.get(self.known..).unwrap_or(&[]);
        for value in fresh {
            self.decide(leaves, asked, value);
        }
        self.known = dictionary.entries.len();
    }

    fn decide(&mut self, leaves: &[Leaf], asked: &Asked, value: &Value) {
        if self.truth.is_empty() {
            self.holding.clear();
            asked.decide(leaves, value, &mut self.holding);
            self.holding.sort_unstable();
            self.holding.dedup();
            self.yes.extend_from_slice(&self.holding);
            self.ends
                .push(u32::try_from(self.yes.len()).unwrap_or(u32::MAX));
        } else {
            for (truth, leaf) in self.truth.iter_mut().zip(leaves) {
                truth.push(u8::from(leaf.passes(value)));
            }
        }
    }

    /// Whether each question has a table of its own.
    pub(super) fn is_single(&self) -> bool {
        !self.truth.is_empty()
    }

    /// One question for the rows of a block.
    #[inline(always)]
    pub(super) fn ask(&self, question: usize, codes: &[u32], out: &mut Words) {
        let truth = self.truth.get(question).map_or(&[][..], |truth| truth);
        fill(codes, out, |code| {
            truth.get(code as usize).is_some_and(|&byte| byte != 0)
        });
    }

    /// One question about the elements of the rows of a block; `offsets` has one entry more than
    /// there are rows.
    #[inline(always)]
    pub(super) fn ask_lists(
        &self,
        question: usize,
        offsets: &[u32],
        codes: &[u32],
        out: &mut Words,
    ) {
        let truth = self.truth.get(question).map_or(&[][..], |truth| truth);
        out.fill(0);
        let (Some(&first), Some(&end)) = (offsets.first(), offsets.last()) else {
            return;
        };
        let elements = codes.get(first as usize..end as usize).unwrap_or(&[]);
        let mut row = 0;
        // Most elements are a no: only for a yes its row is looked for.
        for (start, part) in (first..).step_by(WORD_ROWS).zip(elements.chunks(WORD_ROWS)) {
            let is_yes = |code: u32| truth.get(code as usize).copied().unwrap_or(0);
            let bits = part.iter().enumerate();
            let mut yes = bits.fold(0, |bits, (at, code)| bits | u64::from(is_yes(*code)) << at);
            while yes != 0 {
                row = row_of(offsets, row, start + yes.trailing_zeros());
                if let Some(word) = out.get_mut(row / WORD_ROWS) {
                    *word |= 1 << (row % WORD_ROWS);
                }
                yes &= yes - 1;
            }
        }
    }

    /// All questions at once: each row sets the bits of the questions its code answers yes.
    #[inline(always)]
    pub(super) fn scatter(&self, codes: &[u32], out: &mut [Words]) {
        clear(out);
        for (word, rows) in codes.chunks(WORD_ROWS).enumerate().take(BLOCK_WORDS) {
            for (bit, &code) in rows.iter().enumerate() {
                self.set(code, word, bit, out);
            }
        }
    }

    /// The same for the elements of lists.
    #[inline(always)]
    pub(super) fn scatter_lists(&self, offsets: &[u32], codes: &[u32], out: &mut [Words]) {
        clear(out);
        for_each_element(offsets, codes, |word, bit, code| {
            self.set(code, word, bit, out)
        });
    }

    #[inline(always)]
    fn set(&self, code: u32, word: usize, bit: usize, out: &mut [Words]) {
        let code = code as usize;
        let end = self.ends.get(code).map_or(0, |&end| end as usize);
        let start = self
            .ends
            .get(code.wrapping_sub(1))
            .map_or(0, |&start| start as usize);
        for &question in self.yes.get(start..end).unwrap_or(&[]) {
            if let Some(place) = out
                .get_mut(question as usize)
                .and_then(|words| words.get_mut(word))
            {
                *place |= 1 << bit;
            }
        }
    }
}

#[inline(always)]
fn clear(out: &mut [Words]) {
    for words in out {
        words.fill(0);
    }
}

/// The row that an element belongs to, from a row on that is not after it.
#[inline(always)]
fn row_of(offsets: &[u32], row: usize, element: u32) -> usize {
    /// Rows looked at before the rest is halved again and again.
    const NEAR: usize = 4;
    let ends = offsets.get(row + 1..).unwrap_or(&[]);
    let is_before = |end: &u32| *end <= element;
    let passed = ends.iter().take(NEAR).take_while(|end| is_before(end));
    let passed = passed.count();
    row + match passed {
        NEAR => NEAR + ends.get(NEAR..).unwrap_or(&[]).partition_point(is_before),
        _ => passed,
    }
}

#[inline(always)]
fn for_each_element(offsets: &[u32], codes: &[u32], mut visit: impl FnMut(usize, usize, u32)) {
    let starts = offsets.iter().zip(offsets.iter().skip(1));
    for (row, (&start, &end)) in starts.enumerate() {
        for &code in codes.get(start as usize..end as usize).unwrap_or(&[]) {
            visit(row / WORD_ROWS, row % WORD_ROWS, code);
        }
    }
}
