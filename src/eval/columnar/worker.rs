//! Runs a [`Program`] over chunks, one worker a thread.

use super::block::{BLOCK_ROWS, BLOCK_WORDS, WORD_ROWS, Words, at_least, keep};
use super::group::{GroupState, Rows};
use super::program::{Operand, Program, Step, Target};
use crate::machine::{Lane, Level, Scan};
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
    /// Rows that are quarantined; empty (no words) when none is.
    pub quarantined: Bitmap,
    /// Members that would be members even if tests of missing values counted as unknown; `None`
    /// when these are all of them.
    pub certain: Option<Bitmap>,
}

impl Answers {
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
    /// The rows of the block that may be members, for each of these sets.
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
        self.run(
            chunk,
            #[inline(always)]
            |root, _, found| {
                if let Some(tally) = tallies.get_mut(root) {
                    tally.add(found.tally());
                }
            },
        );
    }

    /// Who is in, one answer a root.
    pub fn answer(&mut self, chunk: &Chunk) -> Vec<Answers> {
        let words = chunk.rows.div_ceil(WORD_ROWS);
        let room = || Vec::with_capacity(words);
        let roots = self.program.roots.iter();
        let drafts = roots.map(|target| Draft {
            members: room(),
            quarantined: Vec::new(),
            certain: (target.certain != target.node).then(room),
        });
        let mut drafts: Vec<Draft> = drafts.collect();
        self.run(
            chunk,
            #[inline(always)]
            |root, first, found| {
                if let Some(draft) = drafts.get_mut(root) {
                    draft.add(found, (words - first).min(BLOCK_WORDS));
                }
            },
        );
        let drafts = drafts.into_iter();
        drafts.map(|draft| draft.finish(chunk.rows)).collect()
    }

    /// Evaluates block by block; `sink` gets what a root finds in the block that starts at a word.
    fn run(&mut self, chunk: &Chunk, mut sink: impl FnMut(usize, usize, &Found)) {
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
            self.level.scan(Block {
                worker: self,
                rows,
                sink: &mut sink,
            });
        }
    }

    #[inline(always)]
    fn block<L: Lane>(&mut self, rows: Rows, sink: &mut impl FnMut(usize, usize, &Found)) {
        for (group, state) in self.program.groups.iter().zip(&mut self.groups) {
            if let Some(out) = self.slots.get_mut(group.leaves.clone()) {
                state.ask::<L>(self.program, group, rows, out);
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
        self.open_rows(rows.start / WORD_ROWS, &live);
        for (index, target) in self.program.roots.iter().enumerate() {
            if let Some(found) = self.found(target, &live) {
                sink(index, rows.start / WORD_ROWS, &found);
            }
        }
    }

    /// The rows that no invalid cell keeps out.
    #[inline(always)]
    fn open_rows(&mut self, first: usize, live: &Words) {
        for (open, invalid) in self.open.iter_mut().zip(&self.quarantine) {
            *open = *live;
            for (word, invalid) in open.iter_mut().zip(invalid.words().iter().skip(first)) {
                *word &= !invalid;
            }
        }
    }

    /// What one root finds in the block.
    #[inline(always)]
    fn found<'w>(&'w self, target: &Target, live: &'w Words) -> Option<Found<'w>> {
        let operand = |operand: Operand| Some((self.slots.get(operand.slot)?, flip(operand)));
        let invalid = self.quarantine.get(target.quarantine)?;
        Some(Found {
            live,
            open: self.open.get(target.quarantine)?,
            has_quarantine: !invalid.is_empty(),
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
        Step::And(of) => all_of(of.iter().filter_map(slot), out, 0),
        // Any of them: not all of their complements.
        Step::Or(of) => {
            let complements = of.iter().filter_map(slot);
            let complements = complements.map(|(words, flip)| (words, !flip));
            all_of(complements, out, u64::MAX);
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

/// The rows that are in all operands, complemented by `flip`. Two operands are taken at a time, so that
/// `out` is written half as often.
#[inline(always)]
fn all_of<'w>(mut of: impl Iterator<Item = (&'w Words, u64)>, out: &mut Words, flip: u64) {
    let mut is_first = true;
    loop {
        let (one, other) = (of.next(), of.next());
        match (one, other) {
            (Some((one, f)), Some((other, g))) if is_first => {
                for ((word, one), other) in out.iter_mut().zip(one).zip(other) {
                    *word = (one ^ f) & (other ^ g);
                }
            }
            (Some((one, f)), Some((other, g))) => {
                for ((word, one), other) in out.iter_mut().zip(one).zip(other) {
                    *word &= (one ^ f) & (other ^ g);
                }
            }
            (Some((one, f)), None) if is_first => {
                for (word, one) in out.iter_mut().zip(one) {
                    *word = one ^ f;
                }
            }
            (Some((one, f)), None) => keep(out, one, f),
            (None, _) if is_first => out.fill(u64::MAX),
            (None, _) => {}
        }
        is_first = false;
        if other.is_none() {
            break;
        }
    }
    if flip != 0 {
        for word in out {
            *word ^= flip;
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

/// One block's work, at the level of the machine.
struct Block<'b, 'p, S> {
    worker: &'b mut Worker<'p>,
    rows: Rows<'b>,
    sink: &'b mut S,
}

impl<S: FnMut(usize, usize, &Found)> Scan for Block<'_, '_, S> {
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
    fn members(&self) -> impl Iterator<Item = u64> {
        let (words, flip) = self.members;
        let words = words.iter().zip(self.open);
        words.map(move |(word, open)| (word ^ flip) & open)
    }

    #[inline(always)]
    fn quarantined(&self) -> impl Iterator<Item = u64> {
        let words = self.live.iter().zip(self.open);
        words.map(|(live, open)| live & !open)
    }

    #[inline(always)]
    fn tally(&self) -> Tally {
        let ones = |word: u64| u64::from(word.count_ones());
        let mut tally = Tally {
            members: self.members().map(ones).sum(),
            ..Tally::default()
        };
        if self.has_quarantine {
            tally.quarantined = self.quarantined().map(ones).sum();
        }
        if let Some((words, flip)) = self.certain {
            let both = self.members().zip(words);
            tally.missing_included = both.map(|(word, other)| ones(word & !(other ^ flip))).sum();
        }
        tally
    }
}

/// The answer of one root while it is put together.
struct Draft {
    members: Vec<u64>,
    quarantined: Vec<u64>,
    certain: Option<Vec<u64>>,
}

impl Draft {
    #[inline(always)]
    fn add(&mut self, found: &Found, count: usize) {
        self.members.extend(found.members().take(count));
        if found.has_quarantine {
            self.quarantined.extend(found.quarantined().take(count));
        }
        if let (Some(to), Some((words, flip))) = (&mut self.certain, found.certain) {
            let both = found.members().zip(words);
            to.extend(both.map(|(word, other)| word & (other ^ flip)).take(count));
        }
    }

    fn finish(self, rows: usize) -> Answers {
        let quarantined = Bitmap::from_words(self.quarantined, rows);
        Answers {
            members: Bitmap::from_words(self.members, rows),
            quarantined: match quarantined.is_none() {
                true => Bitmap::default(),
                false => quarantined,
            },
            certain: self.certain.map(|words| Bitmap::from_words(words, rows)),
        }
    }
}
