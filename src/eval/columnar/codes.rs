//! Questions about a column of dictionary codes, decided once per distinct value.
//!
//! A few questions keep a bit each in a byte a code; they are read for a block at once. Many questions
//! keep, for every code, those it answers yes, and each row sets just those bits.

use super::block::{BLOCK_ROWS, BLOCK_WORDS, WORD_ROWS, Words, add_bytes_with};
use crate::eval::asked::Asked;
use crate::eval::leaf::Leaf;
use crate::machine::Lane;
use crate::table::{Dictionary, FIRST_ENTRY};
use crate::value::Value;

/// Questions that share the bytes of a plane.
const PLANE_QUESTIONS: usize = 8;
/// Up to so many questions are kept in planes.
const MOST_IN_PLANES: usize = 2 * PLANE_QUESTIONS;
/// Codes that answer no more questions than this set as many bits, whatever they answer: a loop that
/// always takes as long is quicker than one that nobody can foresee.
const MOST_STEADY: usize = 4;

/// What is known of the codes of one dictionary.
#[derive(Debug, Default)]
pub(super) struct CodeTable {
    identity: Option<u64>,
    /// Codes decided so far.
    known: usize,
    /// For a few questions: a byte a code for each eight of them.
    planes: Vec<Vec<u8>>,
    /// For many questions: where each code's list ends in `yes`.
    ends: Vec<u32>,
    /// Questions answered yes, by code.
    yes: Vec<u32>,
    /// The most that a code answers yes.
    most: usize,
    /// While they are few: as many entries for every code.
    steady: Vec<[Entry; MOST_STEADY]>,
    /// The questions that the value at hand answers yes.
    holding: Vec<u32>,
}

/// A question, and the bit that is set there: none where a code answers fewer questions.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    question: u32,
    bit: u32,
}

/// The elements of the lists of a block: the row of each, counted from the block's first.
#[derive(Debug, Default)]
pub(super) struct ElementRows(Vec<u16>);

impl ElementRows {
    /// Finds the rows; `offsets` has one entry more than there are rows.
    #[inline(always)]
    fn find(&mut self, offsets: &[u32]) -> &[u16] {
        /// Most lists are shorter: their rows are written without counting.
        const SHORT: usize = 4;
        let first = offsets.first().copied().unwrap_or(0);
        let last = offsets.last().copied().unwrap_or(0);
        let count = last.saturating_sub(first) as usize;
        self.0.clear();
        self.0.resize(count + SHORT, 0);
        let lists = offsets.iter().zip(offsets.iter().skip(1));
        for (row, (start, end)) in (0u16..).zip(lists) {
            let start = start.saturating_sub(first) as usize;
            let end = end.saturating_sub(first) as usize;
            if let Some(places) = self.0.get_mut(start..start + SHORT) {
                places.fill(row);
            }
            if end - start > SHORT
                && let Some(places) = self.0.get_mut(start + SHORT..end)
            {
                places.fill(row);
            }
        }
        self.0.get(..count).unwrap_or(&[])
    }
}

impl CodeTable {
    /// Brings the table up to date: entries of a dictionary never change, so only new ones are
    /// decided, unless it is another dictionary than last time.
    pub(super) fn update(&mut self, leaves: &[Leaf], asked: &Asked, dictionary: &Dictionary) {
        const NO_ENTRIES: usize = FIRST_ENTRY as usize;
        if self.identity != Some(dictionary.identity) {
            *self = CodeTable {
                identity: Some(dictionary.identity),
                ..CodeTable::default()
            };
            if leaves.len() <= MOST_IN_PLANES {
                let planes = leaves.len().div_ceil(PLANE_QUESTIONS);
                self.planes = vec![vec![0; NO_ENTRIES]; planes];
            }
            self.ends = vec![0; NO_ENTRIES];
            self.steady = vec![Default::default(); NO_ENTRIES];
        }
        let fresh = dictionary.entries.get(self.known..).unwrap_or(&[]);
        for value in fresh {
            self.decide(leaves, asked, value);
        }
        self.known = dictionary.entries.len();
    }

    fn decide(&mut self, leaves: &[Leaf], asked: &Asked, value: &Value) {
        if self.are_in_planes() {
            let bits = |leaves: &[Leaf]| {
                let bits = leaves.iter().enumerate();
                bits.fold(0, |bits, (bit, leaf)| {
                    bits | u8::from(leaf.passes(value)) << bit
                })
            };
            for (plane, leaves) in self.planes.iter_mut().zip(leaves.chunks(PLANE_QUESTIONS)) {
                plane.push(bits(leaves));
            }
            return;
        }
        self.holding.clear();
        asked.decide(leaves, value, &mut self.holding);
        self.holding.sort_unstable();
        self.holding.dedup();
        self.yes.extend_from_slice(&self.holding);
        self.ends
            .push(u32::try_from(self.yes.len()).unwrap_or(u32::MAX));
        self.most = self.most.max(self.holding.len());
        // What nobody needs is written anywhere, but not where other rows are waiting for it.
        let spare = self.steady.len() % leaves.len().max(1);
        let spare = self.holding.last().copied().unwrap_or(spare as u32);
        let mut entries = [Entry {
            question: spare,
            bit: 0,
        }; MOST_STEADY];
        for (entry, question) in entries.iter_mut().zip(&self.holding) {
            *entry = Entry {
                question: *question,
                bit: 1,
            };
        }
        self.steady.push(entries);
    }

    fn are_in_planes(&self) -> bool {
        !self.planes.is_empty()
    }

    /// Answers all questions for the codes of a block; `found` is room for a byte a row.
    #[inline(always)]
    pub(super) fn ask<L: Lane>(
        &self,
        codes: &[u32],
        found: &mut [u8; BLOCK_ROWS],
        out: &mut [Words],
    ) {
        clear(out);
        if !self.are_in_planes() {
            let rows = (0u16..).zip(codes.iter().copied());
            return self.scatter(rows, out);
        }
        for (plane, out) in self.planes.iter().zip(out.chunks_mut(PLANE_QUESTIONS)) {
            for (found, &code) in found.iter_mut().zip(codes) {
                *found = plane.get(code as usize).copied().unwrap_or(0);
            }
            let found = found.get(..codes.len()).unwrap_or(&[]);
            for (bit, words) in out.iter_mut().enumerate() {
                add_bytes_with::<L>(found, words, 1 << bit);
            }
        }
    }

    /// Answers all questions about the elements of the lists of a block; `offsets` has one entry more
    /// than there are rows.
    #[inline(always)]
    pub(super) fn ask_lists<L: Lane>(
        &self,
        offsets: &[u32],
        codes: &[u32],
        rows: &mut ElementRows,
        found: &mut [u8; BLOCK_ROWS],
        out: &mut [Words],
    ) {
        clear(out);
        let (Some(&first), Some(&end)) = (offsets.first(), offsets.last()) else {
            return;
        };
        let elements = codes.get(first as usize..end as usize).unwrap_or(&[]);
        if !self.are_in_planes() {
            let rows = rows.find(offsets).iter().copied();
            return self.scatter(rows.zip(elements.iter().copied()), out);
        }
        let rows = rows.find(offsets);
        for (plane, out) in self.planes.iter().zip(out.chunks_mut(PLANE_QUESTIONS)) {
            for (rows, codes) in rows.chunks(BLOCK_ROWS).zip(elements.chunks(BLOCK_ROWS)) {
                for (found, &code) in found.iter_mut().zip(codes) {
                    *found = plane.get(code as usize).copied().unwrap_or(0);
                }
                let found = found.get(..codes.len()).unwrap_or(&[]);
                for (question, words) in out.iter_mut().enumerate() {
                    let mut yes = [0; BLOCK_WORDS];
                    add_bytes_with::<L>(found, &mut yes, 1 << question);
                    add_rows(&yes, rows, words);
                }
            }
        }
    }

    /// All questions at once: each row sets the bits of the questions its code answers yes.
    #[inline(always)]
    fn scatter(&self, rows: impl Iterator<Item = (u16, u32)>, out: &mut [Words]) {
        match self.most {
            0..=1 => self.scatter_steadily::<1>(rows, out),
            2 => self.scatter_steadily::<2>(rows, out),
            3..=MOST_STEADY => self.scatter_steadily::<MOST_STEADY>(rows, out),
            _ => {
                for (row, code) in rows {
                    self.set(code, row, out);
                }
            }
        }
    }

    #[inline(always)]
    fn scatter_steadily<const N: usize>(
        &self,
        rows: impl Iterator<Item = (u16, u32)>,
        out: &mut [Words],
    ) {
        for (row, code) in rows {
            let (word, bit) = (usize::from(row) / WORD_ROWS, usize::from(row) % WORD_ROWS);
            let entries = self.steady.get(code as usize);
            for entry in entries.iter().flat_map(|entries| entries.iter().take(N)) {
                let words = out.get_mut(entry.question as usize);
                if let Some(place) = words.and_then(|words| words.get_mut(word)) {
                    *place |= u64::from(entry.bit) << bit;
                }
            }
        }
    }

    #[inline(always)]
    fn set(&self, code: u32, row: u16, out: &mut [Words]) {
        let (word, bit) = (usize::from(row) / WORD_ROWS, usize::from(row) % WORD_ROWS);
        let code = code as usize;
        let end = self.ends.get(code).map_or(0, |&end| end as usize);
        let start = self
            .ends
            .get(code.wrapping_sub(1))
            .map_or(0, |&start| start as usize);
        for &question in self.yes.get(start..end).unwrap_or(&[]) {
            let words = out.get_mut(question as usize);
            if let Some(place) = words.and_then(|words| words.get_mut(word)) {
                *place |= 1 << bit;
            }
        }
    }
}

/// Adds the rows of the elements whose bits are set: few are.
#[inline(always)]
fn add_rows(elements: &Words, rows: &[u16], out: &mut Words) {
    for (word, bits) in elements.iter().enumerate() {
        let mut bits = *bits;
        while bits != 0 {
            let element = word * WORD_ROWS + bits.trailing_zeros() as usize;
            let row = usize::from(rows.get(element).copied().unwrap_or(0));
            if let Some(word) = out.get_mut(row / WORD_ROWS) {
                *word |= 1 << (row % WORD_ROWS);
            }
            bits &= bits - 1;
        }
    }
}

#[inline(always)]
fn clear(out: &mut [Words]) {
    for words in out {
        words.fill(0);
    }
}
