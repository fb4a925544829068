//! Questions of which any number may hold for one cell: about the elements of a list, and patterns
//! in a text. What holds is a list of questions, and their bits are cleared or set in a row.

use super::rows::{BitLists, Row, clear, set, stretch};
use crate::check::typed::TextQuestion;
use crate::dag::Atom;
use crate::eval::asked::Asked;
use crate::eval::leaf::Leaf;
use crate::name::FieldId;
use crate::value::Value;
use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// The cell that is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Subject {
    /// The elements of a list.
    Elements(FieldId),
    /// Patterns in a text.
    Patterns(FieldId),
}

/// The subject of a question; `None` when it has none.
pub(super) fn subject_of(atom: &Atom) -> Option<Subject> {
    match atom {
        Atom::Element(field, _) => Some(Subject::Elements(*field)),
        Atom::Text(field, test) => match &test.question {
            TextQuestion::Contains(_) | TextQuestion::Glob(_) | TextQuestion::Regex(_) => {
                Some(Subject::Patterns(*field))
            }
            TextQuestion::OneOf(_)
            | TextQuestion::StartsWith(_)
            | TextQuestion::EndsWith(_)
            | TextQuestion::Length(_) => None,
        },
        Atom::Present(_)
        | Atom::Number(..)
        | Atom::Part(..)
        | Atom::MonthDay(..)
        | Atom::Region(..)
        | Atom::Version(..)
        | Atom::ElementCount(..)
        | Atom::SameValue { .. }
        | Atom::Compare(..)
        | Atom::Within(..)
        | Atom::Known(_)
        | Atom::Sample(..) => None,
    }
}

/// All questions about one subject.
#[derive(Debug)]
pub(super) struct Marks {
    pub(super) subject: Subject,
    questions: Vec<Leaf>,
    index: Asked,
    pub(super) layers: Vec<Layer>,
}

/// What the questions mean for the bits of a row. A bit that several complements bear on is spread
/// over several layers, one complement each.
#[derive(Debug)]
pub(super) struct Layer {
    first: usize,
    /// The row when no question holds.
    base: Vec<u64>,
    /// Bits by question that holds.
    clears: BitLists,
    sets: BitLists,
}

/// One bit that hangs on a question: it is one when the question, or its complement, holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) question: u32,
    pub(super) bit: u32,
    pub(super) is_negated: bool,
}

impl Marks {
    /// Prepares the questions of a subject.
    pub(super) fn new(subject: Subject, questions: Vec<Leaf>, uses: &[Use]) -> Marks {
        Marks {
            layers: layers(questions.len(), uses),
            index: Asked::new(&questions),
            subject,
            questions,
        }
    }

    /// Adds the questions that one value answers yes.
    pub(super) fn decide(&self, value: &Value, holding: &mut Vec<u32>) {
        self.index.decide(&self.questions, value, holding);
    }
}

/// Spreads uses over layers so that in each a bit has one complement at most.
fn layers(questions: usize, uses: &[Use]) -> Vec<Layer> {
    let mut layers = Vec::new();
    let mut left: Vec<Use> = uses.to_vec();
    while !left.is_empty() {
        let mut taken = HashSet::with_hasher(FixedState::default());
        let (now, later): (Vec<Use>, Vec<Use>) = left
            .into_iter()
            .partition(|each| !each.is_negated || taken.insert(each.bit));
        layers.push(Layer::new(questions, &now));
        left = later;
    }
    layers
}

impl Layer {
    fn new(questions: usize, uses: &[Use]) -> Layer {
        let (first, width) = stretch(uses.iter().map(|each| each.bit));
        let lists = |is_negated: bool| {
            let chosen = uses.iter().filter(|each| each.is_negated == is_negated);
            BitLists::new(
                questions,
                chosen.map(|each| (each.question, each.bit)).collect(),
            )
        };
        let mut base = vec![0; width];
        for each in uses.iter().filter(|each| each.is_negated) {
            set(&mut base, first, each.bit);
        }
        Layer {
            first,
            base,
            clears: lists(true),
            sets: lists(false),
        }
    }

    /// The row when some questions hold. Clearing comes first: another question may hold the bit.
    pub(super) fn row<'r>(&'r self, holding: &[u32], spare: &'r mut Vec<u64>) -> Row<'r> {
        let first = self.first;
        if holding.is_empty() {
            let words = self.base.as_slice();
            return Row { first, words };
        }
        spare.clear();
        spare.extend_from_slice(&self.base);
        for &question in holding {
            for &bit in self.clears.of(question as usize) {
                clear(spare, first, bit);
            }
        }
        for &question in holding {
            for &bit in self.sets.of(question as usize) {
                set(spare, first, bit);
            }
        }
        Row {
            first,
            words: spare,
        }
    }
}
