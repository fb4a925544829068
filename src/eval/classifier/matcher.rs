//! Answers for one contact after the other.

use super::aspect::{Found, Ordered};
use super::build::Matrix;
use super::marks::{Marks, Subject};
use super::rest::{Asker, Memo};
use super::rows::Row;
use super::{Classifier, Plan};
use crate::eval::row::Contact;
use crate::name::FieldId;
use crate::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashMap;

/// The conditions that one contact satisfies, by their places among the roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memberships<'m> {
    /// Places of the roots the contact is a member of, ascending.
    pub members: &'m [u32],
    /// Places of the roots it is quarantined from, ascending: a cell they read is invalid.
    pub quarantined: &'m [u32],
}

/// How much work was done since the matcher was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Numbers and lists that were looked up, each once a contact for all questions about it.
    pub lookups: u64,
    /// Questions that were asked one by one.
    pub questions: u64,
    /// Distinct texts and elements that all questions about them were decided for.
    pub decided: u64,
    /// Words of 64 conditions that were joined.
    pub words: u64,
}

/// Texts remembered for each aspect; then all are forgotten.
const MOST_TEXTS: usize = 1 << 14;
/// Longer texts are not remembered.
const LONGEST_TEXT_BYTES: usize = 256;

/// The state of one thread that classifies.
#[derive(Debug)]
pub struct Matcher<'c> {
    classifier: &'c Classifier,
    /// By ordered aspect: classes of texts.
    texts: Vec<HashMap<Box<str>, u32, FixedState>>,
    /// By subject: what holds for texts and numbers.
    decided: Vec<Decided>,
    row: Vec<u64>,
    spare: Vec<u64>,
    ranked: Vec<u64>,
    found: Vec<u64>,
    out: Vec<u64>,
    invalid: Vec<FieldId>,
    holding: Vec<u32>,
    memo: Memo,
    members: Vec<u32>,
    quarantined: Vec<u32>,
    work: Work,
}

/// The questions that hold for values met before.
#[derive(Debug, Default)]
struct Decided {
    texts: HashMap<Box<str>, Box<[u32]>, FixedState>,
    numbers: HashMap<i64, Box<[u32]>, FixedState>,
    /// Questions in both tables.
    kept: usize,
}

/// Questions kept in the tables of one subject; then all are forgotten.
const MOST_KEPT: usize = 1 << 20;

impl<'c> Matcher<'c> {
    pub(super) fn new(classifier: &'c Classifier) -> Matcher<'c> {
        let (ordered, marks, ranks) = match &classifier.plan {
            Plan::Matrix(matrix) => (matrix.ordered.len(), matrix.marks.len(), matrix.roots.len()),
            Plan::Direct(_) => (0, 0, 0),
        };
        let words = ranks.div_ceil(64);
        Matcher {
            classifier,
            texts: (0..ordered).map(|_| HashMap::default()).collect(),
            decided: (0..marks).map(|_| Decided::default()).collect(),
            row: Vec::new(),
            spare: Vec::new(),
            ranked: vec![0; words],
            found: vec![0; words],
            out: vec![0; words],
            invalid: Vec::new(),
            holding: Vec::new(),
            memo: Memo::default(),
            members: Vec::new(),
            quarantined: Vec::new(),
            work: Work::default(),
        }
    }

    /// What has been done so far.
    pub fn work(&self) -> Work {
        Work {
            questions: self.memo.asked,
            ..self.work
        }
    }

    /// Finds the conditions that a contact satisfies.
    pub fn classify(&mut self, contact: &Contact) -> Memberships<'_> {
        self.members.clear();
        self.quarantined.clear();
        self.invalid.clear();
        let read = self.classifier.reads.iter();
        let is_invalid =
            |field: &&FieldId| matches!(contact.cells.get(field.index()), Some(Value::Invalid));
        self.invalid.extend(read.filter(is_invalid));
        self.memo.start(&self.classifier.steps);
        match &self.classifier.plan {
            Plan::Direct(operands) => self.direct(contact, operands),
            Plan::Matrix(matrix) => {
                self.join(contact, matrix);
                self.rank(matrix);
                self.ask_rest(contact, matrix);
                self.collect(matrix);
            }
        }
        Memberships {
            members: &self.members,
            quarantined: &self.quarantined,
        }
    }

    /// Evaluates condition after condition.
    fn direct(&mut self, contact: &Contact, operands: &[super::rest::Operand]) {
        let asker = Asker {
            steps: &self.classifier.steps,
            clock: &self.classifier.clock,
            contact: *contact,
            ranked: &[],
        };
        for ((place, operand), reads) in (0..).zip(operands).zip(&self.classifier.read_sets) {
            if self.invalid.iter().any(|field| reads.contains(field)) {
                self.quarantined.push(place);
            } else if self.memo.holds(&asker, *operand) {
                self.members.push(place);
            }
        }
    }

    /// Joins one row an aspect.
    fn join(&mut self, contact: &Contact, matrix: &Matrix) {
        self.row.clear();
        self.row.extend_from_slice(&matrix.start);
        for (aspect, texts) in matrix.ordered.iter().zip(&mut self.texts) {
            let class = match aspect.find(contact, &self.classifier.clock) {
                Found::Class(class) => class,
                Found::Text(text) => Some(class_of(aspect, texts, text, &mut self.work)),
            };
            let row = aspect.rows.row(class, &mut self.spare);
            self.work.lookups += 1;
            self.work.words += add(&mut self.row, row);
        }
        for (marks, decided) in matrix.marks.iter().zip(&mut self.decided) {
            self.holding.clear();
            decided.look_up(marks, contact, &mut self.holding, &mut self.work);
            self.work.lookups += 1;
            for layer in &marks.layers {
                let row = layer.row(&self.holding, &mut self.spare);
                self.work.words += add(&mut self.row, row);
            }
        }
    }

    /// Which ranks pass all their clauses.
    fn rank(&mut self, matrix: &Matrix) {
        let mut slots = matrix.slots.windows(2).filter_map(|pair| match pair {
            [start, end] => self.row.get(*start..*end),
            _ => None,
        });
        for (word, failing) in self.ranked.iter_mut().zip(slots.next().unwrap_or(&[])) {
            *word = !failing;
        }
        for slot in slots {
            for (word, passing) in self.ranked.iter_mut().zip(slot) {
                *word &= passing;
            }
        }
    }

    /// Evaluates what is left of the ranks that pass so far.
    fn ask_rest(&mut self, contact: &Contact, matrix: &Matrix) {
        self.found.copy_from_slice(&self.ranked);
        if matrix.rest.is_empty() {
            return;
        }
        let asker = Asker {
            steps: &self.classifier.steps,
            clock: &self.classifier.clock,
            contact: *contact,
            ranked: &self.ranked,
        };
        for (at, (found, has_rest)) in self.found.iter_mut().zip(&matrix.has_rest).enumerate() {
            let mut open = *found & has_rest;
            while open != 0 {
                let bit = open.trailing_zeros();
                open &= open - 1;
                let rest = matrix.rest_of(at * 64 + bit as usize);
                if !rest.iter().all(|operand| self.memo.holds(&asker, *operand)) {
                    *found &= !(1 << bit);
                }
            }
        }
    }

    /// Turns ranks into places of roots.
    fn collect(&mut self, matrix: &Matrix) {
        for (found, roots) in self.found.iter().zip(matrix.roots.chunks(64)) {
            let mut open = *found;
            while open != 0 {
                let bit = open.trailing_zeros() as usize;
                open &= open - 1;
                if let Some(&root) = roots.get(bit)
                    && let Some(word) = self.out.get_mut(root as usize / 64)
                {
                    *word |= 1 << (root % 64);
                }
            }
        }
        let classifier = self.classifier;
        let readers = self
            .invalid
            .iter()
            .filter_map(|field| classifier.readers.get(field));
        let readers: Vec<&Vec<u64>> = readers.collect();
        for (at, word) in (0u32..).zip(&mut self.out) {
            let out = readers.iter().filter_map(|words| words.get(at as usize));
            let out = out.fold(0, |sum, word| sum | word);
            push_bits(&mut self.quarantined, at * 64, out);
            push_bits(&mut self.members, at * 64, std::mem::take(word) & !out);
        }
    }
}

#[inline]
fn push_bits(places: &mut Vec<u32>, first: u32, mut word: u64) {
    while word != 0 {
        places.push(first + word.trailing_zeros());
        word &= word - 1;
    }
}

#[inline]
fn add(joined: &mut [u64], row: Row) -> u64 {
    let joined = joined.get_mut(row.first..).unwrap_or(&mut []);
    for (word, more) in joined.iter_mut().zip(row.words) {
        *word |= more;
    }
    row.words.len() as u64
}

/// The class of a text, looked up once for each distinct text.
fn class_of(
    aspect: &Ordered,
    texts: &mut HashMap<Box<str>, u32, FixedState>,
    text: &str,
    work: &mut Work,
) -> u32 {
    if let Some(&class) = texts.get(text) {
        return class;
    }
    let class = aspect.class_of_text(text);
    work.decided += 1;
    if texts.len() >= MOST_TEXTS {
        texts.clear();
    }
    if text.len() <= LONGEST_TEXT_BYTES {
        texts.insert(text.into(), class);
    }
    class
}

impl Decided {
    /// Adds the questions of a subject that hold for a contact.
    fn look_up(
        &mut self,
        marks: &Marks,
        contact: &Contact,
        holding: &mut Vec<u32>,
        work: &mut Work,
    ) {
        let cell = |field: FieldId| contact.cells.get(field.index());
        match marks.subject {
            Subject::Patterns(field) => {
                if let Some(value @ Value::Text(_)) = cell(field) {
                    self.add(marks, value, holding, work);
                }
            }
            Subject::Elements(field) => {
                if let Some(Value::List(elements)) = cell(field) {
                    for element in elements {
                        self.add(marks, element, holding, work);
                    }
                }
            }
        }
    }

    fn add(&mut self, marks: &Marks, value: &Value, holding: &mut Vec<u32>, work: &mut Work) {
        let number = match value {
            Value::Region(code) => Some(i64::from(*code)),
            other => super::aspect::number_of(other),
        };
        let known = match (value, number) {
            (Value::Text(text), _) => self.texts.get(&**text),
            (_, Some(number)) => self.numbers.get(&number),
            (_, None) => None,
        };
        if let Some(known) = known {
            holding.extend_from_slice(known);
            return;
        }
        let start = holding.len();
        marks.decide(value, holding);
        work.decided += 1;
        let own = holding.get_mut(start..).unwrap_or(&mut []);
        own.sort_unstable();
        let mut before = None;
        let mut own: Vec<u32> = own.to_vec();
        own.retain(|question| before.replace(*question) != Some(*question));
        holding.truncate(start);
        holding.extend_from_slice(&own);
        self.keep(value, number, own);
    }

    fn keep(&mut self, value: &Value, number: Option<i64>, own: Vec<u32>) {
        if self.kept + own.len() > MOST_KEPT || self.texts.len() + self.numbers.len() >= MOST_TEXTS
        {
            *self = Decided::default();
        }
        let cost = own.len();
        match (value, number) {
            (Value::Text(text), _) if text.len() <= LONGEST_TEXT_BYTES => {
                self.texts.insert((**text).into(), own.into());
            }
            (Value::Text(_), _) | (_, None) => return,
            (_, Some(number)) => {
                self.numbers.insert(number, own.into());
            }
        }
        self.kept += cost;
    }
}
