//! Runs a [`Program`] over chunks, one worker a thread.

use super::block::{BLOCK_ROWS, BLOCK_WORDS, WORD_ROWS, Words, at_least};
use super::group::{GroupState, Rows};
use super::order::Turn;
use super::program::{How, Operand, Program, Target};
use crate::machine::{Lane, Level, Scan};
use crate::table::{Bitmap, Chunk};
use std::ops::Range;

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
    /// How many these are, counted while they were found.
    pub member_count: u64,
    /// Rows that are quarantined; empty (no words) when none is.
    pub quarantined: Bitmap,
    /// Members that would be members even if tests of missing values counted as unknown; `None`
    /// when these are all of them.
    pub certain: Option<Bitmap>,
}

impl Answers {
    /// Makes room for the rows of a chunk; every word is written afterwards.
    fn make_room(&mut self, rows: usize, has_quarantine: bool, has_certain: bool) {
        self.member_count = 0;
        self.members.resize(rows);
        self.quarantined
            .resize(if has_quarantine { rows } else { 0 });
        match has_certain {
            true => self.certain.get_or_insert_default().resize(rows),
            false => self.certain = None,
        }
    }

    fn seal(&mut self) {
        self.members.seal();
        if let Some(certain) = &mut self.certain {
            certain.seal();
        }
        self.quarantined.seal();
        if self.quarantined.is_none() {
            self.quarantined = Bitmap::default();
        }
    }

    /// Members that are in whatever the missing values are.
    pub fn certain(&self) -> &Bitmap {
        self.certain.as_ref().unwrap_or(&self.members)
    }
}

/// The state of one thread: slots for a block and tables that outlive chunks.
#[derive(Debug)]
pub struct Worker<'p> {
    program: &'p Program,
    level: Level,
    groups: Vec<GroupState>,
    slots: Vec<Words>,
    /// Rows with an invalid cell, for each set of columns; empty when there are none.
    quarantine: Vec<Bitmap>,
    /// The rows of the block that may be members, for each of these sets with rows.
    open: Vec<Words>,
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
            open: vec![[0; BLOCK_WORDS]; program.quarantines.len()],
        }
    }

    /// Adds the counts of a chunk, one tally a root.
    pub fn tally(&mut self, chunk: &Chunk, tallies: &mut [Tally]) {
        self.start(chunk);
        self.run(chunk, 0..chunk.rows, &mut Counts { tallies });
    }

    /// Who is in, one answer a root.
    pub fn answer(&mut self, chunk: &Chunk) -> Vec<Answers> {
        let mut answers = Vec::new();
        self.answer_into(chunk, &mut answers);
        answers
    }

    /// Who is in, one answer a root, in the place of the answers about another chunk, whose memory is
    /// used again: for many roots new memory costs more than finding who is in.
    pub fn answer_into(&mut self, chunk: &Chunk, answers: &mut Vec<Answers>) {
        self.start(chunk);
        self.answer_rows(chunk, 0..chunk.rows, answers);
    }

    /// Hands over who is in, one answer a root, for some rows after the other: these rows, and answers
    /// whose rows are counted from the first of them. Answers about few rows of many roots are still near the
    /// processor when they are looked at.
    pub fn answer_parts(
        &mut self,
        chunk: &Chunk,
        answers: &mut Vec<Answers>,
        mut take: impl FnMut(Range<usize>, &[Answers]),
    ) {
        /// Bytes of the members of a part.
        const PART_BYTES: usize = 1 << 19;
        let rows = PART_BYTES * 8 / self.program.roots.len().max(1);
        let rows = (rows / BLOCK_ROWS).max(1) * BLOCK_ROWS;
        self.start(chunk);
        for first in (0..chunk.rows).step_by(rows) {
            let rows = first..chunk.rows.min(first + rows);
            self.answer_rows(chunk, rows.clone(), answers);
            take(rows, answers);
        }
    }

    /// Who is in among rows that begin a block.
    fn answer_rows(&mut self, chunk: &Chunk, rows: Range<usize>, answers: &mut Vec<Answers>) {
        answers.resize_with(self.program.roots.len(), Answers::default);
        for (answers, target) in answers.iter_mut().zip(&self.program.roots) {
            let invalid = self.quarantine.get(target.quarantine);
            let has_quarantine = invalid.is_some_and(|rows| !rows.is_empty());
            answers.make_room(rows.len(), has_quarantine, target.certain != target.node);
        }
        let words = rows.start / WORD_ROWS..rows.end.div_ceil(WORD_ROWS);
        self.run(chunk, rows, &mut Drafts { answers, words });
        answers.iter_mut().for_each(Answers::seal);
    }

    /// Looks at what a chunk brings along: new texts, invalid cells.
    fn start(&mut self, chunk: &Chunk) {
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            state.update(self.program, group, chunk);
        }
        self.update_quarantine(chunk);
    }

    /// Evaluates block by block; `sink` gets what a root finds in the block that starts at a word.
    fn run(&mut self, chunk: &Chunk, rows: Range<usize>, sink: &mut impl Sink) {
        let end = rows.end;
        for start in rows.step_by(BLOCK_ROWS) {
            let rows = Rows {
                chunk,
                start,
                end: (start + BLOCK_ROWS).min(end),
            };
            self.level.scan(Block {
                worker: self,
                rows,
                sink,
            });
        }
    }

    #[inline(always)]
    fn block<L: Lane>(&mut self, rows: Rows, sink: &mut impl Sink) {
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            if let Some(out) = self.slots.get_mut(group.leaves.clone()) {
                state.ask::<L>(self.program, group, rows, out);
            }
        }
        let live = live_rows(rows);
        self.open_rows(rows.start / WORD_ROWS, &live);
        let order = &self.program.order;
        let mut start = 0;
        for turn in &order.turns {
            match turn {
                Turn::Compute { how, to, end } => {
                    let end = *end as usize;
                    let of = order.operands.get(start..end).unwrap_or(&[]);
                    let words = compute::<L>(*how, of, &self.slots);
                    if let Some(slot) = self.slots.get_mut(*to as usize) {
                        *slot = words;
                    }
                    start = end;
                }
                Turn::Take { root, target } => {
                    if let Some(found) = self.found(target, &live) {
                        sink.take::<L>(*root as usize, rows.start / WORD_ROWS, &found);
                    }
                }
            }
        }
    }

    /// The rows that no invalid cell keeps out, where there is one.
    #[inline(always)]
    fn open_rows(&mut self, first: usize, live: &Words) {
        let sets = self.open.iter_mut().zip(&self.quarantine);
        for (open, invalid) in sets.filter(|(_, invalid)| !invalid.is_empty()) {
            *open = *live;
            for (word, invalid) in open.iter_mut().zip(invalid.words().iter().skip(first)) {
                *word &= !invalid;
            }
        }
    }

    /// What one root finds in the block.
    #[inline(always)]
    fn found<'w>(&'w self, target: &Target, live: &'w Words) -> Option<Found<'w>> {
        let operand = |operand: Operand| Some((self.slots.get(operand.slot())?, operand.flip()));
        let has_quarantine = !self.quarantine.get(target.quarantine)?.is_empty();
        Some(Found {
            live,
            open: match has_quarantine {
                true => self.open.get(target.quarantine)?,
                false => live,
            },
            has_quarantine,
            members: operand(target.node)?,
            certain: match target.certain == target.node {
                true => None,
                false => Some(operand(target.certain)?),
            },
        })
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

/// Computes a step.
#[inline(always)]
fn compute<L: Lane>(how: How, of: &[Operand], slots: &[Words]) -> Words {
    let slot = |operand: &Operand| Some((slots.get(operand.slot())?, operand.flip()));
    match how {
        How::All => L::all_of(of.iter().filter_map(slot)),
        How::AtLeast(needed) => count_up(needed, of, slots),
    }
}

/// Rows that at least so many operands hold.
#[inline(never)]
fn count_up(needed: u32, of: &[Operand], slots: &[Words]) -> Words {
    let mut out = [0; BLOCK_WORDS];
    for (index, word) in out.iter_mut().enumerate() {
        let inputs = of.iter().filter_map(|operand| {
            let words = slots.get(operand.slot())?;
            Some(words.get(index)? ^ operand.flip())
        });
        *word = at_least(needed, inputs);
    }
    out
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

/// One block's work, at the level of the machine.
struct Block<'b, 'p, S> {
    worker: &'b mut Worker<'p>,
    rows: Rows<'b>,
    sink: &'b mut S,
}

impl<S: Sink> Scan for Block<'_, '_, S> {
    type Output = ();

    #[inline(always)]
    fn scan<L: Lane>(self) {
        self.worker.block::<L>(self.rows, self.sink);
    }
}

/// What one root finds in one block.
struct Found<'w> {
    live: &'w Words,
    /// Rows that may be members.
    open: &'w Words,
    /// Whether a row of the chunk is quarantined.
    has_quarantine: bool,
    members: (&'w Words, u64),
    /// `None` when all members are.
    certain: Option<(&'w Words, u64)>,
}

impl Found<'_> {
    #[inline(always)]
    fn members<L: Lane>(&self) -> Words {
        L::all_of([self.members, (self.open, 0)].into_iter())
    }

    #[inline(always)]
    fn quarantined<L: Lane>(&self) -> Words {
        L::all_of([(self.live, 0), (self.open, u64::MAX)].into_iter())
    }

    /// Members that are in whatever the missing values are; `None` when all are.
    #[inline(always)]
    fn certain<L: Lane>(&self) -> Option<Words> {
        let sets = [self.members, (self.open, 0), self.certain?];
        Some(L::all_of(sets.into_iter()))
    }
}

/// Takes what roots find.
trait Sink {
    /// Takes what a root finds in the block that starts at a word; must be `#[inline(always)]`.
    fn take<L: Lane>(&mut self, root: usize, first: usize, found: &Found);
}

/// Counts.
struct Counts<'t> {
    tallies: &'t mut [Tally],
}

impl Sink for Counts<'_> {
    #[inline(always)]
    fn take<L: Lane>(&mut self, root: usize, _first: usize, found: &Found) {
        let Some(tally) = self.tallies.get_mut(root) else {
            return;
        };
        let members = L::count(&found.members::<L>());
        tally.members += members;
        if let Some(certain) = found.certain::<L>() {
            tally.missing_included += members - L::count(&certain);
        }
        if found.has_quarantine {
            tally.quarantined += L::count(&found.quarantined::<L>());
        }
    }
}

/// Keeps everybody, in answers that have room for some of the chunk's words.
struct Drafts<'a> {
    answers: &'a mut [Answers],
    words: Range<usize>,
}

impl Sink for Drafts<'_> {
    #[inline(always)]
    fn take<L: Lane>(&mut self, root: usize, first: usize, found: &Found) {
        let end = self.words.end.min(first + BLOCK_WORDS);
        let block = first - self.words.start..end - self.words.start;
        let Some(answers) = self.answers.get_mut(root) else {
            return;
        };
        let members = found.members::<L>();
        answers.member_count += L::count(&members);
        put(&mut answers.members, &block, &members);
        if found.has_quarantine {
            put(&mut answers.quarantined, &block, &found.quarantined::<L>());
        }
        if let (Some(to), Some(certain)) = (&mut answers.certain, found.certain::<L>()) {
            put(to, &block, &certain);
        }
    }
}

/// Writes the words of a block.
#[inline(always)]
fn put(rows: &mut Bitmap, block: &Range<usize>, words: &Words) {
    let to = rows.words_mut().get_mut(block.clone()).unwrap_or(&mut []);
    match to.first_chunk_mut() {
        Some(to) => *to = *words,
        None => to.iter_mut().zip(words).for_each(|(to, word)| *to = *word),
    }
}
