//! Runs a [`Program`] over chunks, one worker a thread.

use super::kernel::{WORD_ROWS, codes_in, for_each_row, list_lengths_in, lists_in, numbers_in};
use super::program::{Operand, Program, Question, Step, Target};
use super::table::TruthTable;
use crate::check::typed::Quantity;
use crate::dag::Atom;
use crate::eval::quantity::{Amount, amount, compares, lies_in, local_date, part_of};
use crate::eval::text::text_passes;
use crate::name::FieldId;
use crate::table::{Bitmap, Chunk, Column, INVALID, NumberColumn};
use crate::value::{SampleHasher, Value, fold_text};
use std::ops::Range;

/// How many words of 64 rows are looked at together: 2,048 rows keep the slots of a thousand
/// predicates (256 bytes each) inside the second-level cache.
const BLOCK_WORDS: usize = 32;
const BLOCK_ROWS: usize = BLOCK_WORDS * WORD_ROWS;

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

/// The state of one thread: slots for a block and truth tables that outlive chunks.
#[derive(Debug)]
pub struct Worker<'p> {
    program: &'p Program,
    slots: Vec<u64>,
    tables: Vec<TruthTable>,
    hashers: Vec<Option<SampleHasher>>,
    quarantine: Vec<Bitmap>,
}

impl<'p> Worker<'p> {
    /// Makes a worker for a program.
    pub fn new(program: &'p Program) -> Worker<'p> {
        let hasher = |step: &Step| match step {
            Step::Ask(Question {
                atom: Atom::Sample(_, salt),
                ..
            }) => Some(SampleHasher::new(salt)),
            Step::Ask(_) | Step::Constant(_) | Step::And(_) | Step::Or(_) | Step::AtLeast(..) => {
                None
            }
        };
        Worker {
            program,
            slots: vec![0; program.steps.len() * BLOCK_WORDS],
            tables: program.steps.iter().map(|_| TruthTable::new()).collect(),
            hashers: program.steps.iter().map(hasher).collect(),
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
        self.update_tables(chunk);
        self.update_quarantine(chunk);
        let mut words = RootWords::default();
        for start in (0..chunk.rows).step_by(BLOCK_ROWS) {
            let rows = start..(start + BLOCK_ROWS).min(chunk.rows);
            for step in 0..self.program.steps.len() {
                self.step(step, chunk, rows.clone());
            }
            for (index, target) in self.program.roots.iter().enumerate() {
                self.root_words(target, chunk, rows.clone(), &mut words);
                sink(index, start / WORD_ROWS, &words);
            }
        }
    }

    fn update_tables(&mut self, chunk: &Chunk) {
        for (step, table) in self.program.steps.iter().zip(&mut self.tables) {
            let Step::Ask(question) = step else { continue };
            match chunk.columns.get(question.column) {
                Some(Column::Coded(coded)) => table.update(question, &coded.dictionary),
                Some(Column::List(lists)) => table.update(question, &lists.dictionary),
                Some(Column::Number(_) | Column::Text(_) | Column::Absent) | None => {}
            }
        }
    }

    fn update_quarantine(&mut self, chunk: &Chunk) {
        let invalid: Vec<Option<Bitmap>> = chunk.columns.iter().map(invalid_rows).collect();
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

    fn step(&mut self, index: usize, chunk: &Chunk, rows: Range<usize>) {
        let word_count = rows.len().div_ceil(WORD_ROWS);
        let (before, rest) = self.slots.split_at_mut(index * BLOCK_WORDS);
        let out = rest.get_mut(..word_count).unwrap_or(&mut []);
        let operand = |operand: &Operand| {
            let start = operand.slot * BLOCK_WORDS;
            let words = before.get(start..start + word_count).unwrap_or(&[]);
            (words, if operand.is_negated { u64::MAX } else { 0 })
        };
        match self.program.steps.get(index) {
            None => {}
            Some(Step::Constant(is_in)) => out.fill(if *is_in { u64::MAX } else { 0 }),
            Some(Step::And(of)) => {
                out.fill(u64::MAX);
                for (words, flip) in of.iter().map(operand) {
                    for (word, other) in out.iter_mut().zip(words) {
                        *word &= other ^ flip;
                    }
                }
            }
            Some(Step::Or(of)) => {
                out.fill(0);
                for (words, flip) in of.iter().map(operand) {
                    for (word, other) in out.iter_mut().zip(words) {
                        *word |= other ^ flip;
                    }
                }
            }
            Some(Step::AtLeast(count, of)) => {
                let of: Vec<(&[u64], u64)> = of.iter().map(operand).collect();
                for (index, word) in out.iter_mut().enumerate() {
                    let inputs = of
                        .iter()
                        .map(|(words, flip)| words.get(index).copied().unwrap_or(0) ^ flip);
                    *word = at_least(*count, inputs);
                }
            }
            Some(Step::Ask(question)) => {
                let truth = self.tables.get(index).map_or(&[][..], |table| &table.truth);
                let hasher = self.hashers.get(index).and_then(Option::as_ref);
                let ask = Ask {
                    program: self.program,
                    question,
                    chunk,
                    rows,
                };
                ask.into_words(truth, hasher, out);
            }
        }
    }

    fn root_words(
        &self,
        target: &Target,
        chunk: &Chunk,
        rows: Range<usize>,
        words: &mut RootWords,
    ) {
        let first = rows.start / WORD_ROWS;
        let count = rows.len().div_ceil(WORD_ROWS);
        words.clear();
        let quarantine = self
            .quarantine
            .get(target.quarantine)
            .map_or(&[][..], Bitmap::words);
        let duplicates = chunk.duplicates.words();
        let at = |words: &[u64], index: usize| words.get(index).copied().unwrap_or(0);
        let slot = |operand: Operand, index: usize| {
            let word = at(&self.slots, operand.slot * BLOCK_WORDS + index);
            if operand.is_negated { !word } else { word }
        };
        for index in 0..count {
            let left = rows.len() - index * WORD_ROWS;
            let real = if left >= WORD_ROWS {
                u64::MAX
            } else {
                (1 << left) - 1
            };
            let live = real & !at(duplicates, first + index);
            let invalid = at(quarantine, first + index) & live;
            let members = slot(target.node, index) & live & !invalid;
            words.quarantined.push(invalid);
            words.members.push(members);
            words.certain.push(slot(target.certain, index) & members);
        }
    }
}

/// The words of one root for one block.
#[derive(Default)]
struct RootWords {
    members: Vec<u64>,
    quarantined: Vec<u64>,
    certain: Vec<u64>,
}

impl RootWords {
    fn clear(&mut self) {
        self.members.clear();
        self.quarantined.clear();
        self.certain.clear();
    }

    fn tally(&self) -> Tally {
        let count = |words: &[u64]| words.iter().map(|word| u64::from(word.count_ones())).sum();
        let members: u64 = count(&self.members);
        Tally {
            members,
            quarantined: count(&self.quarantined),
            missing_included: members - count(&self.certain),
        }
    }

    fn copy_to(&self, answer: &mut Answers, first: usize) {
        let copy = |bitmap: &mut Bitmap, words: &[u64]| {
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

/// Rows with at least `count` of the inputs set, by a counter of bit planes.
fn at_least(count: u32, inputs: impl Iterator<Item = u64>) -> u64 {
    let mut planes = [0u64; 32];
    for input in inputs {
        let mut carry = input;
        for plane in &mut planes {
            let next = *plane & carry;
            *plane ^= carry;
            carry = next;
            if carry == 0 {
                break;
            }
        }
    }
    // Compare the counter with `count`, highest plane first.
    let (mut above, mut equal) = (0u64, u64::MAX);
    for (bit, plane) in planes.iter().enumerate().rev() {
        let wanted = if count >> bit & 1 == 1 { u64::MAX } else { 0 };
        above |= equal & plane & !wanted;
        equal &= !(plane ^ wanted);
    }
    above | equal
}

/// The rows whose cell is invalid; `None` when there is none.
fn invalid_rows(column: &Column) -> Option<Bitmap> {
    match column {
        Column::Number(numbers) => (!numbers.invalid.is_none()).then(|| numbers.invalid.clone()),
        Column::List(lists) => (!lists.invalid.is_none()).then(|| lists.invalid.clone()),
        Column::Coded(coded) => coded.codes.contains(&INVALID).then(|| {
            Bitmap::from_fn(coded.codes.len(), |row| {
                coded.codes.get(row) == Some(&INVALID)
            })
        }),
        Column::Text(_) | Column::Absent => None,
    }
}

/// One question asked of the rows of one block.
struct Ask<'a> {
    program: &'a Program,
    question: &'a Question,
    chunk: &'a Chunk,
    rows: Range<usize>,
}

impl Ask<'_> {
    fn into_words(self, truth: &[u8], hasher: Option<&SampleHasher>, out: &mut [u64]) {
        out.fill(0);
        match (
            &self.question.atom,
            self.chunk.columns.get(self.question.column),
        ) {
            (Atom::Sample(share, _), _) => {
                let Some(hasher) = hasher else { return };
                self.each_row(out, |row| {
                    share.admits(hasher.hash(self.chunk.ids.get(row)))
                });
            }
            (Atom::SameValue { .. } | Atom::Compare(..) | Atom::Within(..) | Atom::Known(_), _) => {
                self.each_row(out, |row| self.general(row));
            }
            (_, Some(Column::Number(numbers))) => self.numbers(numbers, out),
            (_, Some(Column::Coded(coded))) => {
                let codes = coded.codes.get(self.rows.clone()).unwrap_or(&[]);
                codes_in(codes, truth, out);
            }
            (Atom::ElementCount(_, set), Some(Column::List(lists))) => {
                list_lengths_in(self.offsets(&lists.offsets), set, out);
            }
            (Atom::Present(_), Some(Column::List(lists))) => {
                let offsets = self.offsets(&lists.offsets);
                let row_count = self.rows.len();
                for_each_row(row_count, out, |row| {
                    offsets.get(row) != offsets.get(row + 1)
                });
            }
            (_, Some(Column::List(lists))) => {
                lists_in(self.offsets(&lists.offsets), &lists.codes, truth, out);
            }
            (Atom::Text(_, test), Some(Column::Text(texts))) => {
                self.each_row(out, |row| text_passes(test, texts.get(row)));
            }
            (_, Some(Column::Text(texts))) => self.each_row(out, |row| !texts.get(row).is_empty()),
            // A column that is not there is missing everywhere; 0 elements is an answer all the same.
            (Atom::ElementCount(_, set), Some(Column::Absent) | None) => {
                self.each_row(out, |_| set.contains(0));
            }
            (_, Some(Column::Absent) | None) => {}
        }
    }

    fn each_row(&self, out: &mut [u64], is_in: impl Fn(usize) -> bool) {
        let start = self.rows.start;
        for_each_row(self.rows.len(), out, |row| is_in(start + row));
    }

    fn offsets<'c>(&self, offsets: &'c [u32]) -> &'c [u32] {
        offsets
            .get(self.rows.start..self.rows.end + 1)
            .unwrap_or(&[])
    }

    fn numbers(&self, numbers: &NumberColumn, out: &mut [u64]) {
        let values = numbers.values.get(self.rows.clone()).unwrap_or(&[]);
        match &self.question.atom {
            Atom::Number(_, set) => numbers_in(values, set, out),
            Atom::Present(_) => out.fill(u64::MAX),
            _ => self.each_row(out, |row| self.date_part(row)),
        }
        let first = self.rows.start / WORD_ROWS;
        let present = numbers.present.words().iter().skip(first);
        for (word, present) in out.iter_mut().zip(present) {
            *word &= present;
        }
    }

    fn date_part(&self, row: usize) -> bool {
        let clock = &self.program.clock;
        match &self.question.atom {
            Atom::Part(part, field, set) => part_of(*part, &self.cell(*field, row), clock)
                .is_some_and(|number| set.contains(number)),
            Atom::MonthDay(field, days) => {
                local_date(&self.cell(*field, row), clock).is_some_and(|date| days.contains(date))
            }
            _ => false,
        }
    }

    /// Questions over several cells, one row after the other.
    fn general(&self, row: usize) -> bool {
        let quantity = |quantity: &Quantity| -> Option<Amount> {
            amount(quantity, &self.program.clock, &|field| {
                self.cell(field, row)
            })
        };
        match &self.question.atom {
            Atom::SameValue {
                left,
                right,
                is_folded,
            } => match (self.cell(*left, row), self.cell(*right, row)) {
                (Value::Missing | Value::Invalid, _) => false,
                (Value::Text(left), Value::Text(right)) if *is_folded => {
                    fold_text(&left) == fold_text(&right)
                }
                (left, right) => left == right,
            },
            Atom::Compare(left, relation, right) => match (quantity(left), quantity(right)) {
                (Some(left), Some(right)) => compares(left, *relation, right),
                _ => false,
            },
            Atom::Within(subject, ranges) => {
                quantity(subject).is_some_and(|amount| lies_in(amount, ranges))
            }
            Atom::Known(quantities) => quantities.iter().all(|each| quantity(each).is_some()),
            _ => false,
        }
    }

    fn cell(&self, field: FieldId, row: usize) -> Value {
        match self.program.columns.get(&field) {
            Some((column, kind)) => self.chunk.value(*column, row, kind),
            None => Value::Missing,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_compare_bit_by_bit() {
        let inputs = [0b1111u64, 0b0111, 0b0011, 0b0001];
        assert_eq!(at_least(1, inputs.into_iter()), 0b1111);
        assert_eq!(at_least(2, inputs.into_iter()), 0b0111);
        assert_eq!(at_least(4, inputs.into_iter()), 0b0001);
        assert_eq!(at_least(5, inputs.into_iter()), 0);
    }
}
