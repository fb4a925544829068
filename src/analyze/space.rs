//! The classes of cells that the questions about one field can tell apart.
//!
//! Invariants: every cell the schema allows lies in one of the classes unless there is a [`Gap`]; a
//! class without an example may be empty, and nothing is ever claimed to exist because of it.

use super::facts::{Around, holds};
use super::patterns::open;
use super::{lists, numbers, places, texts, versions};
use crate::dag::Atom;
use crate::schema::Type;
use crate::value::Value;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};

/// The answers to the questions, in their order.
pub(super) type Answers = Box<[bool]>;

/// Why not every cell is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// Text patterns that are too large or too many.
    Patterns,
    /// Too many classes.
    Classes,
}

/// Cells that answer every question in the same way.
#[derive(Clone, Debug, Default)]
pub(super) struct Class {
    /// Some of them; none when it is not known whether there are any.
    pub(super) examples: Vec<Value>,
    /// Numbers: the lowest and highest of them.
    pub(super) hull: Option<(i64, i64)>,
}

/// A class keeps so many examples.
const MOST_EXAMPLES: usize = 6;

/// A field has at most so many classes in one proof.
pub(super) const MOST_CLASSES: usize = 4096;

/// All classes, by their answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Space {
    pub(super) classes: IndexMap<Answers, Class, FixedState>,
    pub(super) gaps: Vec<Gap>,
}

/// The classes found so far: rule sets ask the same few questions about a field again and again. Every
/// question names its field.
#[derive(Debug, Default)]
pub(super) struct Spaces {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    spaces: HashMap<Box<[Atom]>, Arc<Space>, FixedState>,
    /// How many classes they have together.
    classes: usize,
}

/// More classes are not remembered.
const MOST_KNOWN: usize = 16_384;

impl Spaces {
    /// The classes for these questions.
    pub(super) fn of(&self, atoms: &[Atom], find: impl FnOnce() -> Space) -> Arc<Space> {
        if let Some(known) = open(&self.known).spaces.get(atoms) {
            return Arc::clone(known);
        }
        let found = Arc::new(find());
        let mut known = open(&self.known);
        if known.classes + found.classes.len() < MOST_KNOWN {
            known.classes += found.classes.len();
            known.spaces.insert(atoms.into(), Arc::clone(&found));
        }
        found
    }
}

impl Space {
    /// Adds cells with these answers.
    pub(super) fn add(&mut self, answers: Answers) -> Option<&mut Class> {
        if self.classes.len() >= MOST_CLASSES && !self.classes.contains_key(&answers) {
            self.gap(Gap::Classes);
            return None;
        }
        Some(self.classes.entry(answers).or_default())
    }

    /// Adds one cell, asking the questions about it.
    pub(super) fn add_value(&mut self, around: &Around, kind: &Type, atoms: &[Atom], value: Value) {
        let answers: Answers = atoms
            .iter()
            .map(|atom| holds(around, kind, atom, &value))
            .collect();
        if let Some(class) = self.add(answers) {
            class.example(value);
        }
    }

    pub(super) fn gap(&mut self, gap: Gap) {
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }
}

impl Class {
    pub(super) fn example(&mut self, value: Value) {
        if self.examples.len() < MOST_EXAMPLES && !self.examples.contains(&value) {
            self.examples.push(value);
        }
    }

    pub(super) fn stretch(&mut self, from: i64, to: i64) {
        let (low, high) = self.hull.unwrap_or((from, to));
        self.hull = Some((low.min(from), high.max(to)));
    }
}

/// The classes of the values (missing aside) of a type that is no list.
pub(super) fn values(around: &Around, kind: &Type, absent: &[Value], atoms: &[Atom]) -> Space {
    match kind {
        Type::Bool
        | Type::Int(_)
        | Type::Decimal { .. }
        | Type::Float(_)
        | Type::Date(_)
        | Type::Datetime(_) => numbers::values(around, kind, absent, atoms),
        Type::Text { .. } | Type::OneOf(_) | Type::Id => texts::values(around, kind, absent, atoms),
        Type::Region { hierarchy, .. } => places::values(around, kind, hierarchy, absent, atoms),
        Type::Version => versions::values(around, kind, absent, atoms),
        // A list in a list is refused when the schema is checked.
        Type::List { .. } => Space::default(),
    }
}

/// The classes of a field that is no list, missing included unless it is the id.
pub(super) fn cells(
    around: &Around,
    kind: &Type,
    absent: &[Value],
    atoms: &[Atom],
    can_miss: bool,
) -> Space {
    let mut space = values(around, kind, absent, atoms);
    if can_miss {
        space.add_value(around, kind, atoms, Value::Missing);
    }
    space
}

/// The classes of the elements of a list field, with its questions about elements.
pub(super) fn elements(
    around: &Around,
    kind: &Type,
    absent: &[Value],
    atoms: &[Atom],
) -> Option<Space> {
    let Type::List { element, .. } = kind else {
        return None;
    };
    let inner: Vec<Atom> = atoms.iter().filter_map(lists::element_question).collect();
    Some(values(around, element, absent, &inner))
}
