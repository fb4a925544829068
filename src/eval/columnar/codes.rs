//! Questions about a column of dictionary codes, decided once per distinct value.
//!
//! Every code has a byte: for a few questions a bit each, for more the number of its class, all of whose
//! codes answer alike. The bytes of a block are compared 64 at a time, or each row sets one bit in its
//! class and questions are joined from classes. Codes that fit a byte are compared themselves.

use super::block::{
    BLOCK_ROWS, BLOCK_WORDS, ByteRanges, CodeRanges, WORD_ROWS, Words, add_bytes_with,
    bytes_within, codes_within,
};
use super::classes::{ClassRows, Classes, Union, add_held, byte_of, ranges};
use super::elements::ElementRows;
use super::scatter::Scatter;
use crate::dag::Atom;
use crate::eval::asked::Asked;
use crate::eval::leaf::Leaf;
use crate::machine::Lane;
use crate::table::{Code, Dictionary, FIRST_ENTRY};
use crate::value::Value;

/// Up to so many questions have a bit each in the byte of a code.
const MOST_BITS: usize = 8;
/// Comparing more ranges of bytes than this takes longer than setting a bit a row.
const MOST_RANGES: usize = 64;
/// Looking a byte up takes as long as comparing so many ranges of codes, whatever their width.
const SPARED_CODE_RANGES: usize = 6;
/// Looking a byte up takes as long as comparing so many ranges.
const SPARED_RANGES: usize = 16;
/// Codes up to this are compared themselves; what is above them is nobody's.
const LAST_IN_BYTE: u32 = u8::MAX as u32 - 1;
/// Codes that mean no entry, and answer no.
const NO_ENTRIES: usize = FIRST_ENTRY as usize;

/// What is known of the codes of one dictionary.
#[derive(Debug, Default)]
pub(super) struct CodeTable {
    identity: Option<u64>,
    /// Entries decided so far.
    known: usize,
    /// A byte a code, unless `kept` says otherwise.
    bytes: Vec<u8>,
    kept: Kept,
    /// While they are few: the codes that each question holds.
    held: Option<Vec<CodeRanges>>,
    way: Way,
    /// The questions that the value at hand answers yes.
    holding: Vec<u32>,
}

/// What is kept of each code.
#[derive(Debug, Default)]
enum Kept {
    /// Bits of its byte are answers.
    #[default]
    Bits,
    /// Its byte is a class.
    Classes(Classes),
    /// What it answers: there are too many classes.
    Lists(Scatter),
}

/// How a block is asked.
#[derive(Debug, Default)]
enum Way {
    /// By the bits of bytes.
    #[default]
    Bits,
    /// By ranges of codes that fit a byte, for each question.
    Codes(Vec<ByteRanges>),
    /// By few ranges of codes, for each question.
    Compared(Vec<CodeRanges>),
    /// By ranges of classes.
    Ranges(Vec<ByteRanges>),
    /// By the rows of classes, and how many classes there are.
    Joined(Vec<Union>, usize),
    /// By the lists of codes.
    Lists,
}

/// Room for what is found about a block.
#[derive(Debug)]
pub(super) struct Room {
    /// A byte a row.
    pub(super) found: Box<[u8; BLOCK_ROWS]>,
    /// Numbers that were packed.
    pub(super) numbers: Box<[i64; BLOCK_ROWS]>,
    /// The rows of the elements of lists.
    pub(super) elements: ElementRows,
    /// The rows of classes, once anybody needs them.
    classes: Option<ClassRows>,
}

impl Room {
    pub(super) fn new() -> Room {
        Room {
            found: Box::new([0; BLOCK_ROWS]),
            numbers: Box::new([0; BLOCK_ROWS]),
            elements: ElementRows::default(),
            classes: None,
        }
    }
}

impl CodeTable {
    /// Brings the table up to date: entries of a dictionary never change, so only new ones are
    /// decided, unless it is another dictionary than last time.
    pub(super) fn update(
        &mut self,
        leaves: &[Leaf],
        asked: &Asked,
        dictionary: &Dictionary,
        is_list: bool,
    ) {
        if self.identity != Some(dictionary.identity) {
            *self = CodeTable {
                identity: Some(dictionary.identity),
                bytes: vec![0; NO_ENTRIES],
                held: Some(vec![CodeRanges::new(); leaves.len()]),
                kept: match leaves.len() {
                    ..=MOST_BITS => Kept::Bits,
                    _ => Kept::Classes(Classes::new()),
                },
                ..CodeTable::default()
            };
        } else if self.known == dictionary.entries.len() {
            return;
        }
        let fresh = dictionary.entries.get(self.known..).unwrap_or(&[]);
        let next = FIRST_ENTRY + u32::try_from(self.known).unwrap_or(u32::MAX - FIRST_ENTRY);
        for (code, value) in (next..).zip(fresh) {
            self.decide(leaves, asked, code, value);
        }
        self.known = dictionary.entries.len();
        self.way = self.choose(leaves.len(), is_list);
    }

    fn decide(&mut self, leaves: &[Leaf], asked: &Asked, code: u32, value: &Value) {
        if matches!(self.kept, Kept::Bits) {
            let questions = (0u32..).zip(leaves);
            let holding = questions.filter(|(_, leaf)| leaf.passes(value));
            self.holding.clear();
            self.holding.extend(holding.map(|(question, _)| question));
            self.note_held(code);
            let bits = self.holding.iter().map(|bit| 1 << bit);
            self.bytes.push(bits.fold(0, |all, bit: u8| all | bit));
            return;
        }
        self.holding.clear();
        asked.decide(leaves, value, &mut self.holding);
        self.holding.sort_unstable();
        self.holding.dedup();
        self.note_held(code);
        if let Kept::Classes(classes) = &mut self.kept {
            if let Some(class) = classes.number(&self.holding) {
                self.bytes.push(class);
                return;
            }
            let mut lists = Scatter::default();
            for class in self.bytes.drain(..) {
                lists.push(classes.set(class), leaves.len());
            }
            self.kept = Kept::Lists(lists);
        }
        if let Kept::Lists(lists) = &mut self.kept {
            lists.push(&self.holding, leaves.len());
        }
    }

    /// Notes the questions that the next code answers yes, while the ranges of such codes are few.
    fn note_held(&mut self, code: u32) {
        let Some(held) = &mut self.held else { return };
        for &question in &self.holding {
            if let Some(ranges) = held.get_mut(question as usize) {
                match ranges.last_mut() {
                    Some((first, width)) if *first + *width + 1 == code => *width += 1,
                    _ => ranges.push((code, 0)),
                }
            }
        }
        let ranges = || held.iter().map(Vec::len).sum::<usize>();
        if !self.holding.is_empty() && ranges() > SPARED_CODE_RANGES {
            self.held = None;
        }
    }

    /// The quickest way to ask about the codes known so far.
    fn choose(&self, questions: usize, is_list: bool) -> Way {
        let held = match &self.kept {
            Kept::Lists(_) => return Way::Lists,
            _ if is_list => None,
            _ => self.held_by_codes(questions),
        };
        let all_ranges = |held: &[Vec<u8>]| -> Vec<ByteRanges> {
            held.iter().map(|bytes| ranges(bytes)).collect()
        };
        let are_few =
            |ranges: &[ByteRanges], most: usize| ranges.iter().map(Vec::len).sum::<usize>() <= most;
        if let Some(ranges) = held.map(|held| all_ranges(&held))
            && are_few(&ranges, questions + SPARED_RANGES)
        {
            return Way::Codes(ranges);
        }
        if let Some(ranges) = &self.held {
            return Way::Compared(ranges.clone());
        }
        let Kept::Classes(classes) = &self.kept else {
            return Way::Bits;
        };
        let held = classes.held(questions);
        let ranges = all_ranges(&held);
        if !is_list && are_few(&ranges, MOST_RANGES) {
            return Way::Ranges(ranges);
        }
        let count = classes.len();
        let unions = held.into_iter().map(|held| match is_list {
            // A list may have elements of several classes, or none.
            true => Union::new(held),
            false => Union::of_single(held, count),
        });
        Way::Joined(unions.collect(), count)
    }

    /// The codes that each question holds, when they fit a byte.
    fn held_by_codes(&self, questions: usize) -> Option<Vec<Vec<u8>>> {
        let mut held = vec![Vec::new(); questions];
        let is_small = self.bytes.len() <= LAST_IN_BYTE as usize + 1;
        for (code, byte) in (0..=u8::MAX).zip(is_small.then_some(&self.bytes)?) {
            match &self.kept {
                Kept::Classes(classes) => add_held(&mut held, code, classes.set(*byte)),
                Kept::Bits => {
                    let bits = (0..u8::BITS).filter(|bit| byte >> bit & 1 == 1);
                    bits.for_each(|bit| add_held(&mut held, code, &[bit]));
                }
                Kept::Lists(_) => return None,
            }
        }
        Some(held)
    }

    /// Answers all questions for the codes of a block.
    #[inline(always)]
    pub(super) fn ask<L: Lane, C: Code>(&self, codes: &[C], room: &mut Room, out: &mut [Words]) {
        match &self.way {
            Way::Bits => {
                self.look_up(codes, &mut room.found);
                let found = room.found.get(..codes.len()).unwrap_or(&[]);
                for (bit, words) in out.iter_mut().enumerate() {
                    words.fill(0);
                    add_bytes_with::<L>(found, words, 1 << bit);
                }
            }
            Way::Codes(ranges) => {
                ask_ranges::<L>(ranges, narrow(codes, &mut room.found), out);
            }
            Way::Compared(ranges) => {
                for (ranges, words) in ranges.iter().zip(out) {
                    codes_within::<L, C>(codes, ranges, words);
                }
            }
            Way::Ranges(ranges) => {
                self.look_up(codes, &mut room.found);
                let found = room.found.get(..codes.len()).unwrap_or(&[]);
                ask_ranges::<L>(ranges, found, out);
            }
            Way::Joined(unions, count) => {
                if let Some(classes) = class_rows(&mut room.classes) {
                    classes.clear(*count);
                    classes.add_codes(&self.bytes, codes);
                    join(unions, classes, out);
                }
            }
            Way::Lists => self.set_all((0u16..).zip(codes.iter().map(|code| (*code).into())), out),
        }
    }

    /// Answers the questions about the elements of the lists of a block; `offsets` has one entry more
    /// than there are rows.
    #[inline(always)]
    pub(super) fn ask_lists<L: Lane, C: Code>(
        &self,
        leaves: &[Leaf],
        offsets: &[u32],
        codes: &[C],
        room: &mut Room,
        out: &mut [Words],
    ) {
        let first = offsets.first().copied().unwrap_or(0) as usize;
        let end = offsets.last().copied().unwrap_or(0) as usize;
        let elements = codes.get(first..end).unwrap_or(&[]);
        match &self.way {
            Way::Joined(unions, count) => {
                if let Some(classes) = class_rows(&mut room.classes) {
                    classes.clear(*count);
                    let rows = room.elements.find(offsets);
                    classes.add_elements(&self.bytes, rows, elements);
                    join(unions, classes, out);
                }
            }
            Way::Lists => {
                let rows = room.elements.find(offsets);
                let elements = elements.iter().map(|code| (*code).into());
                self.set_all(rows.iter().copied().zip(elements), out);
            }
            Way::Compared(ranges) => {
                clear(out);
                let mut lists = room.elements.of(offsets);
                for (part, codes) in elements.chunks(BLOCK_ROWS).enumerate() {
                    let questions = leaves.iter().zip(ranges).zip(out.iter_mut());
                    for ((_, ranges), words) in questions.filter(|((leaf, _), _)| is_element(leaf))
                    {
                        let mut yes = [0; BLOCK_WORDS];
                        codes_within::<L, C>(codes, ranges, &mut yes);
                        lists.add_rows::<L>(&yes, part * BLOCK_ROWS, words);
                    }
                }
            }
            Way::Bits | Way::Codes(_) | Way::Ranges(_) => {
                clear(out);
                let mut lists = room.elements.of(offsets);
                for (part, codes) in elements.chunks(BLOCK_ROWS).enumerate() {
                    self.look_up(codes, &mut room.found);
                    let found = room.found.get(..codes.len()).unwrap_or(&[]);
                    let questions = leaves.iter().zip(out.iter_mut()).enumerate();
                    for (bit, (_, words)) in questions.filter(|(_, (leaf, _))| is_element(leaf)) {
                        let mut yes = [0; BLOCK_WORDS];
                        add_bytes_with::<L>(found, &mut yes, 1 << bit);
                        lists.add_rows::<L>(&yes, part * BLOCK_ROWS, words);
                    }
                }
            }
        }
    }

    /// The byte of each code.
    #[inline(always)]
    fn look_up<C: Code>(&self, codes: &[C], found: &mut [u8; BLOCK_ROWS]) {
        for (found, &code) in found.iter_mut().zip(codes) {
            *found = byte_of(&self.bytes, code.into());
        }
    }

    #[inline(always)]
    fn set_all(&self, rows: impl Iterator<Item = (u16, u32)>, out: &mut [Words]) {
        clear(out);
        if let Kept::Lists(lists) = &self.kept {
            lists.set_all(rows, out);
        }
    }
}

fn is_element(leaf: &Leaf) -> bool {
    matches!(leaf.atom, Atom::Element(..))
}

/// Codes as bytes; those that do not fit are the last byte, which no question holds.
#[inline(always)]
fn narrow<'c, C: Code>(codes: &'c [C], room: &'c mut [u8; BLOCK_ROWS]) -> &'c [u8] {
    if let Some(bytes) = C::bytes(codes) {
        return bytes;
    }
    for (found, codes) in room.chunks_mut(WORD_ROWS).zip(codes.chunks(WORD_ROWS)) {
        for (found, code) in found.iter_mut().zip(codes) {
            *found = (*code).into().min(u32::from(u8::MAX)) as u8;
        }
    }
    room.get(..codes.len()).unwrap_or(&[])
}

#[inline(always)]
fn ask_ranges<L: Lane>(questions: &[ByteRanges], found: &[u8], out: &mut [Words]) {
    for (ranges, words) in questions.iter().zip(out) {
        bytes_within::<L>(found, ranges, words);
    }
}

#[inline(always)]
fn join(unions: &[Union], classes: &ClassRows, out: &mut [Words]) {
    for (union, words) in unions.iter().zip(out) {
        union.join(classes, words);
    }
}

fn class_rows(rows: &mut Option<ClassRows>) -> Option<&mut ClassRows> {
    if rows.is_none() {
        *rows = ClassRows::new();
    }
    rows.as_mut()
}

#[inline(always)]
fn clear(out: &mut [Words]) {
    for words in out {
        words.fill(0);
    }
}
