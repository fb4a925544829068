//! Codes of more classes than a byte can number: for every code the questions that it answers yes, and
//! each row sets just their bits.

use super::block::{WORD_ROWS, Words};

/// Codes that answer no more questions than this set as many bits, whatever they answer: a loop that
/// always takes as long is quicker than one that nobody can foresee.
const MOST_STEADY: usize = 4;

/// The questions of each code.
#[derive(Debug, Default)]
pub(super) struct Scatter {
    /// Where each code's list ends in `yes`.
    ends: Vec<u32>,
    /// Questions answered yes, by code.
    yes: Vec<u32>,
    /// The most that a code answers yes.
    most: usize,
    /// While they are few: as many entries for every code.
    steady: Vec<[Entry; MOST_STEADY]>,
}

/// A question, and the bit that is set there: none where a code answers fewer questions.
#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    question: u32,
    bit: u32,
}

impl Scatter {
    /// Adds the next code, which answers yes to these of the questions, ascending.
    pub(super) fn push(&mut self, holding: &[u32], questions: usize) {
        self.yes.extend_from_slice(holding);
        self.ends
            .push(u32::try_from(self.yes.len()).unwrap_or(u32::MAX));
        self.most = self.most.max(holding.len());
        // What nobody needs is written anywhere, but not where other rows are waiting for it.
        let spare = self.steady.len() % questions.max(1);
        let spare = holding.last().copied().unwrap_or(spare as u32);
        let mut entries = [Entry {
            question: spare,
            bit: 0,
        }; MOST_STEADY];
        for (entry, question) in entries.iter_mut().zip(holding) {
            *entry = Entry {
                question: *question,
                bit: 1,
            };
        }
        self.steady.push(entries);
    }

    /// All questions at once: each row sets the bits of the questions its code answers yes.
    #[inline(always)]
    pub(super) fn set_all(&self, rows: impl Iterator<Item = (u16, u32)>, out: &mut [Words]) {
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
