//! Runs a [`Program`] over chunks, one worker a thread.

use super::block::{BLOCK_ROWS, BLOCK_WORDS, WORD_ROWS, Words, at_least, count, join, keep};
use super::group::{GroupState, Rows};
use super::program::{Operand, Program, Step, Target};
use crate::machine::Level;
use crate::table::{Bitmap, Chunk};

/// How many contacts one root found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// In the audience.
    pub members: u64,
    /// Left out because a cell that is read is invalid.
    pub quarantined: u64,
    /// Members only because a value is missing.
    pub missing_included: u64,
}

impl Tally {
    /// Adds the counts of another part of the data.
    pub fn add(&mut self, other: Tally) {
        self.members += other.members;
        self.quarantined += other.quarantined;
        self.missing_included += other.missing_included;
    }
}

/// Who is in, for one root and one chunk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Rows in the audience.
    pub members: Bitmap,
    /// Rows that are quarantined.
    pub quarantined: Bitmap,
    /// Members that would be members even if tests of missing values counted as unknown.
    pub certain: Bitmap,
}

/// The state of one thread: slots for a block and tables that outlive chunks.
#[derive(Debug)]
pub struct Worker<'p> {
    program: &'p Program,
    level: Level,
    groups: Vec<GroupState>,
    slots: Vec<Words>,
    quarantine: Vec<Bitmap>,
}

impl<'p> Worker<'p> {
    /// Makes a worker for a program.
    pub fn new(program: &'p Program) -> Worker<'p> {
        let groups = program.groups.iter();
        Worker {
            program,
            level: Level::detect(),
            groups: groups
                .map(|group| GroupState::new(program, group))
                .collect(),
            slots: vec![[0; BLOCK_WORDS]; program.slot_count()],
            quarantine: Vec::new(),
        }
    }

    /// Adds the counts of a chunk, one tally a root.
    pub fn tally(&mut self, chunk: &Chunk, tallies: &mut [Tally]) {
        self.run(chunk, |root, _, words| {
            if let Some(tally) = tallies.get_mut(root) {
                tally.add(words.tally());
            }
        });
    }

    /// Who is in, one answer a root.
    pub fn answer(&mut self, chunk: &Chunk) -> Vec<Answers> {
        let rows = chunk.rows;
        let empty = Answers {
            members: Bitmap::none(rows),
            quarantined: Bitmap::none(rows),
            certain: Bitmap::none(rows),
        };
        let mut answers = vec![empty; self.program.roots.len()];
        self.run(chunk, |root, word, words| {
            if let Some(answer) = answers.get_mut(root) {
                words.copy_to(answer, word);
            }
        });
        answers
    }

    /// Evaluates block by block; `sink` gets a root's words for the block that starts at a word.
    fn run(&mut self, chunk: &Chunk, mut sink: impl FnMut(usize, usize, &RootWords)) {
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            state.update(self.program, group, chunk);
        }
        self.update_quarantine(chunk);
        for start in (0..chunk.rows).step_by(BLOCK_ROWS) {
            let rows = Rows {
                chunk,
                start,
                end: (start + BLOCK_ROWS).min(chunk.rows),
            };
            let level = self.level;
            level.run(
                #[inline(always)]
                || self.block(rows, &mut sink),
            );
        }
    }

    #[inline(always)]
    fn block(&mut self, rows: Rows, sink: &mut impl FnMut(usize, usize, &RootWords)) {
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            if let Some(out) = self.slots.get_mut(group.leaves.clone()) {
                state.ask(self.program, group, rows, out);
            }
        }
        let first = self.program.leaves.len();
        for (index, step) in self.program.steps.iter().enumerate() {
            let (before, rest) = self.slots.split_at_mut(first + index);
            if let Some(out) = rest.first_mut() {
                compute(step, before, out);
            }
        }
        let live = live_rows(rows);
        let mut words = RootWords::default();
        for (index, target) in self.program.roots.iter().enumerate() {
            self.root(target, rows.start / WORD_ROWS, &live, &mut words);
            sink(index, rows.start / WORD_ROWS, &words);
        }
    }

    #[inline(always)]
    fn root(&self, target: &Target, first: usize, live: &Words, out: &mut RootWords) {
        out.members = *live;
        out.quarantined.fill(0);
        if let Some(invalid) = self
            .quarantine
            .get(target.quarantine)
            .filter(|rows| !rows.is_empty())
        {
            let words = invalid.words().iter().skip(first);
            for ((quarantined, member), word) in
                out.quarantined.iter_mut().zip(&mut out.members).zip(words)
            {
                *quarantined = word & *member;
                *member &= !word;
            }
        }
        self.keep_operand(target.node, &mut out.members);
        out.certain = out.members;
        if target.certain != target.node {
            self.keep_operand(target.certain, &mut out.certain);
        }
    }

    #[inline(always)]
    fn keep_operand(&self, operand: Operand, words: &mut Words) {
        if let Some(other) = self.slots.get(operand.slot) {
            keep(words, other, flip(operand));
        }
    }

    fn update_quarantine(&mut self, chunk: &Chunk) {
        let columns = chunk.columns.iter().enumerate();
        let invalid: Vec<Option<Bitmap>> = columns
            .map(
                |(place, column)| match self.program.invalidating.contains(&place) {
                    true => column.invalid_rows(),
                    false => None,
                },
            )
            .collect();
        self.quarantine.clear();
        for columns in &self.program.quarantines {
            let mut rows = Bitmap::default();
            for bitmap in columns
                .iter()
                .filter_map(|&column| invalid.get(column)?.as_ref())
            {
                if rows.is_empty() {
                    rows = Bitmap::none(chunk.rows);
                }
                rows.or(bitmap);
            }
            self.quarantine.push(rows);
        }
    }
}

#[inline(always)]
fn flip(operand: Operand) -> u64 {
    if operand.is_negated { u64::MAX } else { 0 }
}

/// Computes one step from the slots before it.
#[inline(always)]
fn compute(step: &Step, before: &[Words], out: &mut Words) {
    let slot = |operand: &Operand| Some((before.get(operand.slot)?, flip(*operand)));
    match step {
        Step::Constant(is_in) => out.fill(if *is_in { u64::MAX } else { 0 }),
        Step::And(of) => {
            out.fill(u64::MAX);
            for (words, flip) in of.iter().filter_map(slot) {
                keep(out, words, flip);
            }
        }
        Step::Or(of) => {
            out.fill(0);
            for (words, flip) in of.iter().filter_map(slot) {
                join(out, words, flip);
            }
        }
        Step::AtLeast(needed, of) => {
            for (index, word) in out.iter_mut().enumerate() {
                let inputs = of
                    .iter()
                    .filter_map(slot)
                    .map(|(words, flip)| words.get(index).copied().unwrap_or(0) ^ flip);
                *word = at_least(*needed, inputs);
            }
        }
    }
}

/// Rows that exist and are no duplicates.
#[inline(always)]
fn live_rows(rows: Rows) -> Words {
    let mut live = [0; BLOCK_WORDS];
    let count = rows.end - rows.start;
    let duplicates = rows.chunk.duplicates.words();
    for (index, word) in live.iter_mut().enumerate() {
        let real = match count.saturating_sub(index * WORD_ROWS) {
            0 => 0,
            left @ 1..WORD_ROWS => (1 << left) - 1,
            _ => u64::MAX,
        };
        let duplicate = duplicates.get(rows.start / WORD_ROWS + index);
        *word = real & !duplicate.copied().unwrap_or(0);
    }
    live
}

/// The words of one root for one block.
#[derive(Default)]
struct RootWords {
    members: Words,
    quarantined: Words,
    certain: Words,
}

impl RootWords {
    #[inline(always)]
    fn tally(&self) -> Tally {
        let members = count(&self.members);
        Tally {
            members,
            quarantined: count(&self.quarantined),
            missing_included: members - count(&self.certain),
        }
    }

    #[inline(always)]
    fn copy_to(&self, answer: &mut Answers, first: usize) {
        let copy = |bitmap: &mut Bitmap, words: &Words| {
            let places = bitmap.words_mut().iter_mut().skip(first);
            for (place, word) in places.zip(words) {
                *place = *word;
            }
        };
        copy(&mut answer.members, &self.members);
        copy(&mut answer.quarantined, &self.quarantined);
        copy(&mut answer.certain, &self.certain);
    }
}
