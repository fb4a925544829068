//! Turns one contact into the conditions it satisfies, fast however many there are.
//!
//! A [`Classifier`] is made once from the roots of a [`Dag`]; each thread has a [`Matcher`]. Every
//! clause of every condition is a bit. For each *aspect* of a contact (a number, a place, a text) one
//! lookup finds the row of bits that its value makes true, and joining one row an aspect answers all
//! conditions at once: work grows with aspects and words of 64 conditions, not with questions. A few
//! conditions are evaluated one by one instead, and so is what cannot be indexed (questions over
//! several cells, samples, deep nesting), only where everything else about the condition holds.
//!
//! Invariants: answers equal those of [`super::row`]; after a while nothing is allocated a contact;
//! what is remembered of texts is bounded.

mod aspect;
mod build;
mod cuts;
mod marks;
mod matcher;
mod normal;
mod rest;
mod rows;

pub use matcher::{Matcher, Memberships, Work};

use crate::dag::{Dag, Root};
use crate::name::FieldId;
use crate::schema::Schema;
use crate::value::Clock;
use build::{Matrix, size};
use normal::Signed;
use rest::{Operand, Steps};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Conditions prepared for contacts that come one at a time.
///
/// ```
/// use segrule::dag::{Atom, Dag, Root};
/// use segrule::eval::classifier::Classifier;
/// use segrule::eval::row::Contact;
/// use segrule::name::{FieldId, Name};
/// use segrule::schema::{Field, Schema, Type};
/// use segrule::value::{Clock, Instant, Intervals, Value, Zone};
///
/// let mut schema = Schema::new(None);
/// let age = Field {
///     name: Name::new("age"),
///     aka: Vec::new(),
///     kind: Type::Int(Intervals::all()),
///     is_optional: false,
///     missing_when: Vec::new(),
///     doc: None,
///     span: None,
/// };
/// let age = schema.add(age).unwrap();
/// let mut dag = Dag::new(Clock { now: Instant(0), zone: Zone::utc() });
/// let adult = dag.ask(Atom::Number(age, Intervals::at_least(18)));
/// let minor = dag.not(adult);
/// let roots = [adult, minor].map(|node| Root { node, certain: node, reads: [age].into() });
///
/// let classifier = Classifier::new(&dag, &schema, &roots);
/// let mut matcher = classifier.matcher();
/// let answer = matcher.classify(&Contact { id: "1", cells: &[Value::Int(30)] });
/// assert_eq!((answer.members, answer.quarantined), (&[0][..], &[][..]));
/// let answer = matcher.classify(&Contact { id: "2", cells: &[Value::Invalid] });
/// assert_eq!((answer.members, answer.quarantined), (&[][..], &[0, 1][..]));
/// ```
#[derive(Debug)]
pub struct Classifier {
    plan: Plan,
    steps: Steps,
    clock: Clock,
    /// Every field that a root reads, ascending.
    reads: Vec<FieldId>,
    /// What each root reads, when conditions are evaluated one by one.
    read_sets: Vec<BTreeSet<FieldId>>,
    /// The roots that read a field, one bit a root, when they are joined.
    readers: BTreeMap<FieldId, Vec<u64>>,
    roots: usize,
}

/// How conditions are evaluated.
#[derive(Debug)]
enum Plan {
    /// One by one.
    Direct(Vec<Operand>),
    /// All at once.
    Matrix(Box<Matrix>),
}

/// Up to so many predicates are evaluated one by one.
const MOST_DIRECT: usize = 48;

impl Classifier {
    /// Prepares the roots of a dag; `schema` gives the fields their types.
    pub fn new(dag: &Dag, schema: &Schema, roots: &[Root]) -> Classifier {
        let is_small = size(dag, roots, MOST_DIRECT) <= MOST_DIRECT;
        let (plan, steps) = match is_small {
            true => {
                let wanted: Vec<Signed> = roots.iter().map(|root| Signed::of(root.node)).collect();
                let (steps, operands) = Steps::new(dag, schema, &wanted, &HashMap::new());
                (Plan::Direct(operands), steps)
            }
            false => {
                let (matrix, steps) = Matrix::new(dag, schema, roots);
                (Plan::Matrix(Box::new(matrix)), steps)
            }
        };
        let mut readers: BTreeMap<FieldId, Vec<u64>> = BTreeMap::new();
        let mut reads = BTreeSet::new();
        for (place, root) in roots.iter().enumerate() {
            reads.extend(root.reads.iter().copied());
            for field in root.reads.iter().filter(|_| !is_small) {
                let words = readers.entry(*field);
                let words = words.or_insert_with(|| vec![0; roots.len().div_ceil(64)]);
                if let Some(word) = words.get_mut(place / 64) {
                    *word |= 1 << (place % 64);
                }
            }
        }
        let small = roots.iter().filter(|_| is_small);
        Classifier {
            plan,
            steps,
            clock: dag.clock().clone(),
            reads: reads.into_iter().collect(),
            read_sets: small.map(|root| root.reads.clone()).collect(),
            readers,
            roots: roots.len(),
        }
    }

    /// Makes the state of one thread.
    pub fn matcher(&self) -> Matcher<'_> {
        Matcher::new(self)
    }

    /// Every field that some root reads, ascending: other cells need not be filled in.
    pub fn fields(&self) -> &[FieldId] {
        &self.reads
    }

    /// How many roots there are.
    pub fn root_count(&self) -> usize {
        self.roots
    }

    /// How many different questions there are, each counted once however many roots ask it.
    pub fn question_count(&self) -> usize {
        match &self.plan {
            Plan::Direct(_) => self.steps.questions(),
            Plan::Matrix(matrix) => matrix.questions + self.steps.questions(),
        }
    }
}
