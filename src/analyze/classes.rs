//! Turns what all segments ask of one field into sets of classes of its cells, so that questions about
//! pairs of segments can be answered with bits.
//!
//! Invariants: a predicate has a set only when the classes cover every cell the schema allows; cells of
//! one class answer every question of every segment in the same way.

use super::claim::Prover;
use super::facts::Around;
use super::lists::element_question;
use super::normal::{Normal, normal};
use super::space::{self, Space};
use crate::dag::{Atom, Dag, Node, NodeId};
use crate::name::FieldId;
use crate::schema::{IdSource, Type};
use crate::value::Value;
use indexmap::IndexMap;
use std::collections::HashMap;

/// A field with more classes is left to the solver.
const MOST_CLASSES: usize = 4096;

/// Which classes of a field, one bit each.
pub(super) type Set = Box<[u64]>;

/// Predicates about one field, as sets of classes.
#[derive(Debug, Default)]
pub(super) struct Classes {
    /// By [`NodeId`].
    sets: Vec<Option<(FieldId, Set)>>,
    fields: HashMap<FieldId, Field>,
    /// For questions about elements of a list: an element that passes, and few others.
    elements: HashMap<NodeId, (FieldId, Value)>,
}

/// The classes of one field.
#[derive(Debug, Default)]
struct Field {
    /// All of them.
    all: Set,
    /// A cell of each; none when it is not known whether there is one.
    examples: Vec<Option<Value>>,
}

type Asked = IndexMap<FieldId, Vec<(NodeId, Atom)>>;

impl Classes {
    /// The classes that the segments' predicates cut each field into.
    pub(super) fn new(prover: &Prover, used: &[NodeId]) -> Classes {
        let dag = &prover.dag;
        let schema = &prover.rules.schema;
        let mut asked = Asked::new();
        for id in used {
            if let Node::Ask(atom) = dag.node(*id)
                && let Normal::Cell(field, atom) = normal(schema, atom)
            {
                asked.entry(field).or_default().push((*id, atom));
            }
        }
        let mut classes = Classes {
            sets: vec![None; dag.len()],
            ..Classes::default()
        };
        let around = prover.around();
        for (field, asked) in &asked {
            let Some(declared) = schema.field(*field) else {
                continue;
            };
            let (kind, absent) = (&declared.kind, declared.missing_when.as_slice());
            if matches!(kind, Type::List { .. }) {
                classes.add_elements(&around, kind, absent, (*field, asked));
                continue;
            }
            let can_miss = schema.id != IdSource::Field(*field);
            let atoms: Vec<Atom> = asked.iter().map(|(_, atom)| atom.clone()).collect();
            let space = space::cells(&around, kind, absent, &atoms, can_miss);
            classes.add_field(*field, asked, space);
        }
        for id in used {
            let set = classes.combined(dag, *id);
            if let (Some(set), Some(place)) = (set, classes.sets.get_mut(id.index())) {
                *place = Some(set);
            }
        }
        classes
    }

    fn add_field(&mut self, field: FieldId, asked: &[(NodeId, Atom)], space: Space) {
        if !space.gaps.is_empty() || space.classes.len() > MOST_CLASSES {
            return;
        }
        let count = space.classes.len();
        for (place, (id, _)) in asked.iter().enumerate() {
            let answers = space
                .classes
                .keys()
                .map(|answers| answers.get(place) == Some(&true));
            if let Some(known) = self.sets.get_mut(id.index()) {
                *known = Some((field, set_of(answers)));
            }
        }
        let examples = space.classes.into_values();
        let examples = examples.map(|class| class.examples.into_iter().next());
        let field_classes = Field {
            all: set_of(std::iter::repeat_n(true, count)),
            examples: examples.collect(),
        };
        self.fields.insert(field, field_classes);
    }

    fn add_elements(
        &mut self,
        around: &Around,
        kind: &Type,
        absent: &[Value],
        (field, asked): (FieldId, &[(NodeId, Atom)]),
    ) {
        let atoms: Vec<Atom> = asked.iter().map(|(_, atom)| atom.clone()).collect();
        let Some(space) = space::elements(around, kind, absent, &atoms) else {
            return;
        };
        let questions = asked
            .iter()
            .filter(|(_, atom)| element_question(atom).is_some());
        for (place, (id, _)) in questions.enumerate() {
            let passing = space.classes.iter().filter_map(|(answers, class)| {
                let passes = answers.get(place) == Some(&true);
                let others = answers.iter().filter(|answer| **answer).count();
                let example = class.examples.first().filter(|_| passes)?;
                Some((others, example))
            });
            if let Some((_, example)) = passing.min_by_key(|(others, _)| *others) {
                self.elements.insert(*id, (field, example.clone()));
            }
        }
    }

    /// The set of a predicate, from those of its parts when they are about one field.
    fn combined(&self, dag: &Dag, id: NodeId) -> Option<(FieldId, Set)> {
        match dag.node(id) {
            Node::Ask(_) => self.set(id).map(|(field, set)| (field, set.clone())),
            Node::Not(inner) => {
                let (field, set) = self.set(*inner)?;
                Some((field, self.complement(field, set)?))
            }
            Node::And(of) => self.joined(of, |left, right| left & right),
            Node::Or(of) => self.joined(of, |left, right| left | right),
            Node::Nobody | Node::Everyone | Node::AtLeast(..) => None,
        }
    }

    fn joined(&self, of: &[NodeId], join: fn(u64, u64) -> u64) -> Option<(FieldId, Set)> {
        let mut parts = of.iter().map(|id| self.set(*id));
        let (field, first) = parts.next()??;
        let mut set = first.clone();
        for part in parts {
            let (other, part) = part?;
            if other != field {
                return None;
            }
            for (word, part) in set.iter_mut().zip(part) {
                *word = join(*word, *part);
            }
        }
        Some((field, set))
    }

    /// The field of a predicate, and its classes.
    pub(super) fn set(&self, id: NodeId) -> Option<(FieldId, &Set)> {
        let (field, set) = self.sets.get(id.index())?.as_ref()?;
        Some((*field, set))
    }

    /// All other classes of the field.
    pub(super) fn complement(&self, field: FieldId, set: &Set) -> Option<Set> {
        let all = &self.fields.get(&field)?.all;
        Some(all.iter().zip(set).map(|(all, set)| all & !set).collect())
    }

    /// A cell of one of the classes.
    pub(super) fn example(&self, field: FieldId, set: &Set) -> Option<&Value> {
        let examples = &self.fields.get(&field)?.examples;
        let is_in = |at: usize| {
            set.get(at / 64)
                .is_some_and(|word| word >> (at % 64) & 1 == 1)
        };
        let mut examples = examples.iter().enumerate();
        examples.find_map(|(at, example)| example.as_ref().filter(|_| is_in(at)))
    }

    /// An element that passes a question about elements.
    pub(super) fn element(&self, id: NodeId) -> Option<(FieldId, &Value)> {
        let (field, value) = self.elements.get(&id)?;
        Some((*field, value))
    }
}

fn set_of(answers: impl Iterator<Item = bool>) -> Set {
    let mut words = Vec::new();
    for (at, is_in) in answers.enumerate() {
        if at % 64 == 0 {
            words.push(0u64);
        }
        if let Some(last) = words.last_mut() {
            *last |= u64::from(is_in) << (at % 64);
        }
    }
    words.into()
}
