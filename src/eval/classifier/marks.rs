//! Questions of which any number may hold for one cell: about the elements of a list, and patterns
//! in a text. What holds is a list of questions, and their bits are cleared or set in a row.

use super::rows::{BitLists, Row, clear, set, stretch};
use crate::check::typed::{TextQuestion, TextTest, TextView};
use crate::dag::{Atom, ElementAtom};
use crate::eval::leaf::Leaf;
use crate::eval::text::view_text;
use crate::name::FieldId;
use crate::value::Value;
use aho_corasick::AhoCorasick;
use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

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
    views: Vec<View>,
    /// Questions that are asked one by one.
    others: Vec<u32>,
    pub(super) layers: Vec<Layer>,
}

/// Questions about texts looked at in one way.
#[derive(Debug)]
struct View {
    view: TextView,
    /// Questions by a text they ask for as a whole.
    whole: HashMap<Box<str>, Vec<u32>, FixedState>,
    /// Finds parts; for each part the question.
    parts: Option<(AhoCorasick, Vec<u32>)>,
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

fn test_of(atom: &Atom) -> Option<&TextTest> {
    match atom {
        Atom::Element(_, ElementAtom::Text(test)) | Atom::Text(_, test) => Some(test),
        _ => None,
    }
}

impl Marks {
    /// Prepares the questions of a subject.
    pub(super) fn new(subject: Subject, questions: Vec<Leaf>, uses: &[Use]) -> Marks {
        let views = [TextView::Exact, TextView::Folded, TextView::Lower];
        let mut others = Vec::new();
        let mut views = views.map(|view| (View::new(view), Vec::new(), Vec::new()));
        for (index, leaf) in (0u32..).zip(&questions) {
            let test = test_of(&leaf.atom);
            let place =
                test.and_then(|test| views.iter_mut().find(|(view, ..)| view.view == test.view));
            match (place, test.map(|test| &test.question)) {
                (Some((view, ..)), Some(TextQuestion::OneOf(texts))) => {
                    for text in texts.iter() {
                        view.whole.entry((**text).into()).or_default().push(index);
                    }
                }
                (Some((_, parts, asked)), Some(TextQuestion::Contains(wanted)))
                    if wanted.iter().all(|part| !part.is_empty()) =>
                {
                    parts.extend(wanted.iter().cloned());
                    asked.extend(wanted.iter().map(|_| index));
                }
                _ => others.push(index),
            }
        }
        let mut made = Vec::new();
        for (mut view, parts, asked) in views {
            let bytes = parts.iter().map(|part| part.as_bytes());
            match AhoCorasick::new(bytes) {
                _ if parts.is_empty() => {}
                Ok(finder) => view.parts = Some((finder, asked)),
                Err(_) => others.extend(asked),
            }
            if !view.whole.is_empty() || view.parts.is_some() {
                made.push(view);
            }
        }
        others.sort_unstable();
        others.dedup();
        Marks {
            layers: layers(questions.len(), uses),
            subject,
            questions,
            views: made,
            others,
        }
    }

    /// Adds the questions that one value answers yes.
    pub(super) fn decide(&self, value: &Value, holding: &mut Vec<u32>) {
        if let Value::Text(text) = value {
            for view in &self.views {
                view.decide(text, holding);
            }
        }
        for &other in &self.others {
            let leaf = self.questions.get(other as usize);
            if leaf.is_some_and(|leaf| leaf.passes(value)) {
                holding.push(other);
            }
        }
    }
}

impl View {
    fn new(view: TextView) -> View {
        View {
            view,
            whole: HashMap::default(),
            parts: None,
        }
    }

    fn decide(&self, text: &str, holding: &mut Vec<u32>) {
        let text = view_text(self.view, text);
        holding.extend(self.whole.get(&*text).into_iter().flatten());
        if let Some((finder, asked)) = &self.parts {
            let found = finder.find_overlapping_iter(&*text);
            let found = found.filter_map(|part| asked.get(part.pattern().as_usize()));
            holding.extend(found);
        }
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
