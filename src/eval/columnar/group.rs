//! Asks all questions about one column for a block of rows.

use super::block::{
    CodeRanges, WORD_ROWS, Words, add_bytes_with, add_numbers_within, bytes_within, codes_within,
    keep,
};
use super::buckets::Buckets;
use super::codes::{CodeTable, Room};
use super::elements::lengths;
use super::grid::Grid;
use super::prefixes::Prefixes;
use super::program::{Group, Program};
use crate::check::typed::Quantity;
use crate::dag::Atom;
use crate::eval::leaf::Leaf;
use crate::eval::quantity::{Amount, amount, compares, lies_in, local_date, part_of};
use crate::eval::text::text_passes;
use crate::machine::Lane;
use crate::name::FieldId;
use crate::table::{
    Chunk, Code, CodeVec, Column, ListColumn, NumberColumn, NumberVec, counts_into,
};
use crate::value::{Intervals, SampleHasher, Value, fold_text};
use std::ops::Range;

/// The rows of one block.
#[derive(Clone, Copy)]
pub(super) struct Rows<'c> {
    pub(super) chunk: &'c Chunk,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Fewer questions are asked one by one.
const FEWEST_PREFIXED: usize = 64;

/// Comparing so many ranges of shorts, or of words, with every row takes as long as unpacking the numbers
/// and finding their cells.
const MOST_SHORT_RANGES: usize = 24;
const MOST_WORD_RANGES: usize = 8;

/// How questions for numbers in intervals are answered.
#[derive(Debug)]
enum NumberWay {
    Grid(Grid),
    Buckets(Buckets),
    /// In place of buckets that a byte cannot count.
    Prefixes(Prefixes),
    /// Each by comparisons of its own.
    Each,
}

impl NumberWay {
    fn new(sets: &[&Intervals]) -> NumberWay {
        let grid = || Grid::new(sets).map(NumberWay::Grid);
        let buckets = || Buckets::new(sets).map(NumberWay::Buckets);
        let is_large = sets.len() >= FEWEST_PREFIXED;
        let prefixes = || Prefixes::new(sets).filter(|_| is_large);
        grid()
            .or_else(buckets)
            .or_else(|| prefixes().map(NumberWay::Prefixes))
            .unwrap_or(NumberWay::Each)
    }
}

/// What one worker keeps for one group of leaves.
#[derive(Debug)]
pub(super) struct GroupState {
    table: CodeTable,
    numbers: NumberWay,
    /// The leaves that ask for numbers in intervals, by place in the group.
    bucketed: Vec<usize>,
    /// What these ask of the steps that the numbers of the chunk are counted in, where they are and
    /// comparing them is quickest.
    counted: Option<Vec<CodeRanges>>,
    room: Room,
    hashers: Vec<Option<SampleHasher>>,
}

impl GroupState {
    pub(super) fn new(program: &Program, group: &Group) -> GroupState {
        let leaves = leaves(program, group);
        let mut bucketed = Vec::new();
        let mut sets: Vec<&Intervals> = Vec::new();
        for (index, leaf) in leaves.iter().enumerate() {
            if let Atom::Number(_, set) = &leaf.atom {
                bucketed.push(index);
                sets.push(set);
            }
        }
        let hasher = |leaf: &Leaf| match &leaf.atom {
            Atom::Sample(_, salt) => Some(SampleHasher::new(salt)),
            _ => None,
        };
        GroupState {
            table: CodeTable::default(),
            numbers: NumberWay::new(&sets),
            bucketed,
            counted: None,
            room: Room::new(),
            hashers: leaves.iter().map(hasher).collect(),
        }
    }

    /// Decides what is new in the dictionary of the group's column.
    pub(super) fn update(&mut self, program: &Program, group: &Group, chunk: &Chunk) {
        let leaves = leaves(program, group);
        match group.column.and_then(|column| chunk.columns.get(column)) {
            Some(Column::Coded(coded)) => {
                let dictionary = &coded.dictionary;
                self.table.update(leaves, &group.asked, dictionary, false);
            }
            Some(Column::List(lists)) => {
                let dictionary = &lists.dictionary;
                self.table.update(leaves, &group.asked, dictionary, true);
            }
            Some(Column::Number(numbers)) => self.counted = self.counts_asked(leaves, numbers),
            Some(Column::Text(_) | Column::Absent) | None => {}
        }
    }

    /// What intervals ask of the steps that numbers are counted in.
    fn counts_asked(&self, leaves: &[Leaf], numbers: &NumberColumn) -> Option<Vec<CodeRanges>> {
        let NumberVec::Steps {
            least,
            step,
            counts,
        } = &numbers.values
        else {
            return None;
        };
        if matches!(self.numbers, NumberWay::Prefixes(_)) {
            return None;
        }
        let sets = self.bucketed.iter().filter_map(|place| {
            let Atom::Number(_, set) = &leaves.get(*place)?.atom else {
                return None;
            };
            Some(counts_into(*least, *step, set))
        });
        let ranges: Vec<CodeRanges> = sets.collect();
        let most = match counts {
            CodeVec::Bytes(_) => usize::MAX,
            CodeVec::Shorts(_) => MOST_SHORT_RANGES,
            CodeVec::Words(_) => MOST_WORD_RANGES,
        };
        (ranges.iter().map(Vec::len).sum::<usize>() <= most).then_some(ranges)
    }

    /// Answers every question of the group for a block.
    #[inline(always)]
    pub(super) fn ask<L: Lane>(
        &mut self,
        program: &Program,
        group: &Group,
        rows: Rows,
        out: &mut [Words],
    ) {
        let leaves = leaves(program, group);
        let column = group
            .column
            .and_then(|column| rows.chunk.columns.get(column));
        match (group.column, column) {
            (Some(_), Some(Column::Number(numbers))) => {
                self.numbers::<L>(program, leaves, numbers, rows, out);
            }
            (Some(_), Some(Column::Coded(coded))) => self.codes::<L>(&coded.codes, rows, out),
            (Some(_), Some(Column::List(lists))) => self.lists::<L>(leaves, lists, rows, out),
            _ => self.row_by_row(program, leaves, rows, out),
        }
    }

    #[inline(always)]
    fn codes<L: Lane>(&mut self, codes: &CodeVec, rows: Rows, out: &mut [Words]) {
        let places = rows.start..rows.end;
        match codes {
            CodeVec::Bytes(codes) => {
                let codes = codes.get(places).unwrap_or(&[]);
                self.table.ask::<L, u8>(codes, &mut self.room, out);
            }
            CodeVec::Shorts(codes) => {
                let codes = codes.get(places).unwrap_or(&[]);
                self.table.ask::<L, u16>(codes, &mut self.room, out);
            }
            CodeVec::Words(codes) => {
                let codes = codes.get(places).unwrap_or(&[]);
                self.table.ask::<L, u32>(codes, &mut self.room, out);
            }
        }
    }

    #[inline(always)]
    fn numbers<L: Lane>(
        &mut self,
        program: &Program,
        leaves: &[Leaf],
        numbers: &NumberColumn,
        rows: Rows,
        out: &mut [Words],
    ) {
        self.intervals::<L>(leaves, &numbers.values, rows, out);
        self.other_numbers(program, leaves, rows, out);
        let mut present = [0; super::block::BLOCK_WORDS];
        let words = numbers.present.words().iter().skip(rows.start / WORD_ROWS);
        for (place, word) in present.iter_mut().zip(words) {
            *place = *word;
        }
        for words in out {
            keep(words, &present, 0);
        }
    }

    /// Questions about intervals.
    #[inline(always)]
    fn intervals<L: Lane>(
        &mut self,
        leaves: &[Leaf],
        numbers: &NumberVec,
        rows: Rows,
        out: &mut [Words],
    ) {
        let places = rows.start..rows.end;
        if let (Some(ranges), NumberVec::Steps { counts, .. }) = (&self.counted, numbers) {
            let asked = (self.bucketed.as_slice(), ranges.as_slice());
            return match counts {
                CodeVec::Bytes(counts) => ask_counts::<L, u8>(counts, places, asked, out),
                CodeVec::Shorts(counts) => ask_counts::<L, u16>(counts, places, asked, out),
                CodeVec::Words(counts) => ask_counts::<L, u32>(counts, places, asked, out),
            };
        }
        let Room {
            found,
            numbers: room,
            ..
        } = &mut self.room;
        let values = numbers.part(places, &mut **room);
        let questions = match &mut self.numbers {
            NumberWay::Grid(grid) => {
                grid.find(values, found);
                grid.questions()
            }
            NumberWay::Buckets(buckets) => {
                buckets.find(values, found);
                buckets.questions()
            }
            NumberWay::Prefixes(prefixes) => {
                prefixes.find(values);
                for (question, place) in self.bucketed.iter().enumerate() {
                    if let Some(words) = out.get_mut(*place) {
                        prefixes.ask(question, words);
                    }
                }
                return;
            }
            NumberWay::Each => {
                for (leaf, words) in leaves.iter().zip(out) {
                    if let Atom::Number(_, set) = &leaf.atom {
                        numbers_in::<L>(values, set, words);
                    }
                }
                return;
            }
        };
        let found = found.get(..values.len()).unwrap_or(&[]);
        for (ranges, place) in questions.iter().zip(&self.bucketed) {
            if let Some(words) = out.get_mut(*place) {
                bytes_within::<L>(found, ranges, words);
            }
        }
    }

    /// Questions about numbers that are no plain intervals.
    #[inline(always)]
    fn other_numbers(&self, program: &Program, leaves: &[Leaf], rows: Rows, out: &mut [Words]) {
        for (leaf, words) in leaves.iter().zip(out) {
            match &leaf.atom {
                Atom::Number(..) => {}
                Atom::Present(_) => words.fill(u64::MAX),
                _ => rows.each(words, |row| {
                    General { program, rows }.date_part(&leaf.atom, row)
                }),
            }
        }
    }

    #[inline(always)]
    fn lists<L: Lane>(
        &mut self,
        leaves: &[Leaf],
        lists: &ListColumn,
        rows: Rows,
        out: &mut [Words],
    ) {
        let offsets = lists.offsets.get(rows.start..rows.end + 1).unwrap_or(&[]);
        let (table, room) = (&self.table, &mut self.room);
        match &lists.codes {
            CodeVec::Bytes(codes) => table.ask_lists::<L, u8>(leaves, offsets, codes, room, out),
            CodeVec::Shorts(codes) => table.ask_lists::<L, u16>(leaves, offsets, codes, room, out),
            CodeVec::Words(codes) => table.ask_lists::<L, u32>(leaves, offsets, codes, room, out),
        }
        for (leaf, words) in leaves.iter().zip(out) {
            let length = |row: usize| {
                let at = row - rows.start;
                let start = offsets.get(at).copied().unwrap_or(0);
                offsets.get(at + 1).copied().unwrap_or(start) - start
            };
            match &leaf.atom {
                Atom::ElementCount(_, set) => {
                    rows.each(words, |row| set.contains(i64::from(length(row))));
                }
                Atom::Present(_) => {
                    lengths(offsets, &mut self.room.found);
                    let found = self.room.found.get(..rows.end - rows.start);
                    words.fill(0);
                    add_bytes_with::<L>(found.unwrap_or(&[]), words, u8::MAX);
                }
                _ => {}
            }
        }
    }

    /// Questions over several cells, samples, ids, and columns that are not there.
    #[inline(never)]
    fn row_by_row(&self, program: &Program, leaves: &[Leaf], rows: Rows, out: &mut [Words]) {
        let general = General { program, rows };
        for ((leaf, words), hasher) in leaves.iter().zip(out).zip(&self.hashers) {
            let column = leaf.atom.fields().first().and_then(|field| {
                let (column, _) = program.columns.get(field)?;
                rows.chunk.columns.get(*column)
            });
            match (&leaf.atom, column) {
                (Atom::Sample(share, _), _) => rows.each(words, |row| {
                    let id = rows.chunk.ids.get(row);
                    hasher
                        .as_ref()
                        .is_some_and(|hasher| share.admits(hasher.hash(id)))
                }),
                (
                    Atom::SameValue { .. } | Atom::Compare(..) | Atom::Within(..) | Atom::Known(_),
                    _,
                ) => rows.each(words, |row| general.passes(&leaf.atom, row)),
                (Atom::Text(_, test), Some(Column::Text(texts))) => {
                    rows.each(words, |row| text_passes(test, texts.get(row)));
                }
                (_, Some(Column::Text(texts))) => {
                    rows.each(words, |row| !texts.get(row).is_empty());
                }
                // A column that is not there is missing everywhere; 0 elements is an answer all the
                // same.
                (Atom::ElementCount(_, set), _) => rows.each(words, |_| set.contains(0)),
                _ => words.fill(0),
            }
        }
    }
}

fn leaves<'p>(program: &'p Program, group: &Group) -> &'p [Leaf] {
    program.leaves.get(group.leaves.clone()).unwrap_or(&[])
}

/// Answers questions about numbers by the steps these are counted in.
#[inline(always)]
fn ask_counts<L: Lane, C: Code>(
    counts: &[C],
    rows: Range<usize>,
    (places, ranges): (&[usize], &[CodeRanges]),
    out: &mut [Words],
) {
    let counts = counts.get(rows).unwrap_or(&[]);
    for (ranges, &place) in ranges.iter().zip(places) {
        if let Some(words) = out.get_mut(place) {
            codes_within::<L, C>(counts, ranges, words);
        }
    }
}

/// Numbers inside the intervals: one subtraction and comparison an interval.
#[inline(always)]
fn numbers_in<L: Lane>(values: &[i64], set: &Intervals, out: &mut Words) {
    out.fill(0);
    for range in set.iter() {
        add_numbers_within::<L>(values, out, range);
    }
}

impl Rows<'_> {
    /// Writes one bit a row for which `is_in` holds; it is given row numbers of the chunk.
    fn each(self, out: &mut Words, is_in: impl Fn(usize) -> bool) {
        out.fill(0);
        for (word, start) in out
            .iter_mut()
            .zip((self.start..self.end).step_by(WORD_ROWS))
        {
            let end = (start + WORD_ROWS).min(self.end);
            *word = (start..end).fold(0, |bits, row| bits | u64::from(is_in(row)) << (row - start));
        }
    }
}

/// Questions asked one row after the other.
#[derive(Clone, Copy)]
struct General<'a> {
    program: &'a Program,
    rows: Rows<'a>,
}

impl General<'_> {
    fn date_part(self, atom: &Atom, row: usize) -> bool {
        let clock = &self.program.clock;
        match atom {
            Atom::Part(part, field, set) => part_of(*part, &self.cell(*field, row), clock)
                .is_some_and(|number| set.contains(number)),
            Atom::MonthDay(field, days) => {
                local_date(&self.cell(*field, row), clock).is_some_and(|date| days.contains(date))
            }
            _ => false,
        }
    }

    fn passes(self, atom: &Atom, row: usize) -> bool {
        let quantity = |quantity: &Quantity| -> Option<Amount> {
            amount(quantity, &self.program.clock, &|field| {
                self.cell(field, row)
            })
        };
        match atom {
            Atom::SameValue {
                left,
                right,
                is_folded,
            } => self.same_value(*left, *right, *is_folded, row),
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

    fn same_value(self, left: FieldId, right: FieldId, is_folded: bool, row: usize) -> bool {
        match (self.cell(left, row), self.cell(right, row)) {
            (Value::Missing | Value::Invalid, _) => false,
            (Value::Text(left), Value::Text(right)) if is_folded => {
                fold_text(&left) == fold_text(&right)
            }
            (left, right) => left == right,
        }
    }

    fn cell(self, field: FieldId, row: usize) -> Value {
        match self.program.columns.get(&field) {
            Some((column, kind)) => self.rows.chunk.value(*column, row, kind),
            None => Value::Missing,
        }
    }
}
