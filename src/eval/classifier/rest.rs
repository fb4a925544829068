//! Predicates that are evaluated one by one: for few conditions all of them, else what is left when
//! conditions are taken apart. Each is evaluated once a contact at most, and only when it is needed.

use super::normal::Signed;
use crate::check::typed::Quantity;
use crate::dag::{Atom, Dag, ElementAtom, Node, NodeId};
use crate::eval::classifier::aspect::number_of;
use crate::eval::leaf::Leaf;
use crate::eval::quantity::{amount, compares, lies_in, local_date, part_of};
use crate::eval::row::Contact;
use crate::name::FieldId;
use crate::schema::Schema;
use crate::value::{Clock, SampleHasher, Value, fold_text};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A step, possibly complemented.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand {
    step: u32,
    is_negated: bool,
}

#[derive(Debug)]
enum Step {
    Constant(bool),
    Ask(Question),
    /// The answer of a condition that is known already, by rank.
    Known(u32),
    /// At least so many.
    AtLeast(usize, Box<[Operand]>),
}

/// A question with what it needs to be asked of one contact.
#[derive(Debug)]
struct Question {
    leaf: Leaf,
    /// Which of the hashers a sample needs.
    hasher: usize,
}

/// Predicates in the order in which they can be computed.
#[derive(Debug, Default)]
pub(super) struct Steps {
    steps: Vec<Step>,
    hashers: Vec<SampleHasher>,
}

/// What is known of the contact at hand.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Twice the turn in which a step was evaluated, plus one when it held.
    known: Vec<u64>,
    turn: u64,
    open: Vec<Frame>,
    hashes: Vec<Option<u64>>,
    /// Questions asked so far.
    pub(super) asked: u64,
}

/// A step on its way.
#[derive(Debug)]
struct Frame {
    step: u32,
    next: usize,
    holding: usize,
}

impl Steps {
    /// Prepares the predicates that `wanted` stand on; `known` gives those known by other means.
    pub(super) fn new(
        dag: &Dag,
        schema: &Schema,
        wanted: &[Signed],
        known: &HashMap<NodeId, u32>,
    ) -> (Steps, Vec<Operand>) {
        let mut steps = Steps::default();
        let mut places: HashMap<NodeId, Operand> = HashMap::new();
        let mut salts: BTreeMap<&str, usize> = BTreeMap::new();
        for id in needed(dag, wanted, known) {
            let operands = |of: &[NodeId]| -> Box<[Operand]> {
                of.iter().filter_map(|id| places.get(id).copied()).collect()
            };
            let step = match (known.get(&id), dag.node(id)) {
                (Some(rank), _) => Step::Known(*rank),
                (None, Node::Nobody) => Step::Constant(false),
                (None, Node::Everyone) => Step::Constant(true),
                (None, Node::Not(inner)) => {
                    if let Some(inner) = places.get(inner).copied() {
                        places.insert(id, inner.signed(true));
                    }
                    continue;
                }
                (None, Node::And(of)) => Step::AtLeast(of.len(), operands(of)),
                (None, Node::Or(of)) => Step::AtLeast(1, operands(of)),
                (None, Node::AtLeast(count, of)) => Step::AtLeast(*count as usize, operands(of)),
                (None, Node::Ask(atom)) => {
                    let hasher = match atom.as_ref() {
                        Atom::Sample(_, salt) => *salts.entry(salt).or_insert_with(|| {
                            steps.hashers.push(SampleHasher::new(salt));
                            steps.hashers.len() - 1
                        }),
                        _ => 0,
                    };
                    let leaf = Leaf::of_schema(atom, schema);
                    Step::Ask(Question { leaf, hasher })
                }
            };
            let step_index = u32::try_from(steps.steps.len()).unwrap_or(u32::MAX);
            steps.steps.push(step);
            places.insert(
                id,
                Operand {
                    step: step_index,
                    is_negated: false,
                },
            );
        }
        let operands = wanted.iter().filter_map(|each| {
            let operand = places.get(&each.node)?;
            Some(operand.signed(each.is_negated))
        });
        let operands = operands.collect();
        (steps, operands)
    }

    /// How many questions there are.
    pub(super) fn questions(&self) -> usize {
        let is_question = |step: &&Step| matches!(step, Step::Ask(_));
        self.steps.iter().filter(is_question).count()
    }
}

impl Operand {
    fn signed(self, is_negated: bool) -> Operand {
        Operand {
            step: self.step,
            is_negated: self.is_negated != is_negated,
        }
    }
}

/// The nodes that predicates stand on, children first.
fn needed(dag: &Dag, wanted: &[Signed], known: &HashMap<NodeId, u32>) -> BTreeSet<NodeId> {
    let mut needed = BTreeSet::new();
    let mut open: Vec<NodeId> = wanted.iter().map(|each| each.node).collect();
    while let Some(id) = open.pop() {
        if !needed.insert(id) || known.contains_key(&id) {
            continue;
        }
        match dag.node(id) {
            Node::Nobody | Node::Everyone | Node::Ask(_) => {}
            Node::Not(inner) => open.push(*inner),
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => open.extend(of.iter()),
        }
    }
    needed
}

/// Asks about one contact.
pub(super) struct Asker<'a> {
    pub(super) steps: &'a Steps,
    pub(super) clock: &'a Clock,
    pub(super) contact: Contact<'a>,
    /// One bit a rank: the conditions that are known.
    pub(super) ranked: &'a [u64],
}

impl Memo {
    /// Forgets the contact before.
    pub(super) fn start(&mut self, steps: &Steps) {
        self.turn += 1;
        self.known.resize(steps.steps.len(), 0);
        self.hashes.clear();
        self.hashes.resize(steps.hashers.len(), None);
    }

    /// Whether a predicate holds. A list takes the place of recursion: chains of conditions may be
    /// longer than the machine's stack is deep.
    pub(super) fn holds(&mut self, asker: &Asker, operand: Operand) -> bool {
        if let Some(is_in) = self.look(asker, operand) {
            return is_in;
        }
        self.open.clear();
        self.open.push(Frame::new(operand.step));
        while let Some(mut frame) = self.open.pop() {
            let Some(Step::AtLeast(count, of)) = asker.steps.steps.get(frame.step as usize) else {
                continue;
            };
            let mut result = None;
            while let Some(&child) = of.get(frame.next) {
                match self.look(asker, child) {
                    None => break,
                    Some(is_in) => frame.holding += usize::from(is_in),
                }
                frame.next += 1;
                if frame.holding >= *count {
                    result = Some(true);
                    break;
                }
                if frame.holding + (of.len() - frame.next) < *count {
                    result = Some(false);
                    break;
                }
            }
            match (result, of.get(frame.next)) {
                (None, Some(child)) => {
                    let child = child.step;
                    self.open.push(frame);
                    self.open.push(Frame::new(child));
                }
                (result, _) => self.keep(frame.step, result.unwrap_or(*count == 0)),
            }
        }
        self.look(asker, operand).unwrap_or(false)
    }

    fn keep(&mut self, step: u32, is_in: bool) {
        if let Some(known) = self.known.get_mut(step as usize) {
            *known = self.turn * 2 + u64::from(is_in);
        }
    }

    /// The answer of a step that is known, or a question that is asked at once.
    #[inline]
    fn look(&mut self, asker: &Asker, operand: Operand) -> Option<bool> {
        let known = self.known.get(operand.step as usize).copied();
        let known = known.filter(|known| known / 2 == self.turn);
        let is_in = match (known, asker.steps.steps.get(operand.step as usize)) {
            (Some(known), _) => known % 2 == 1,
            (None, Some(Step::Ask(question))) => {
                self.asked += 1;
                let is_in = self.ask(asker, question);
                self.keep(operand.step, is_in);
                is_in
            }
            (None, Some(Step::Known(rank))) => {
                let word = asker.ranked.get(*rank as usize / 64);
                word.is_some_and(|word| word >> (rank % 64) & 1 == 1)
            }
            (None, Some(Step::Constant(is_in))) => *is_in,
            (None, Some(Step::AtLeast(..)) | None) => return None,
        };
        Some(is_in != operand.is_negated)
    }

    fn ask(&mut self, asker: &Asker, question: &Question) -> bool {
        match &question.leaf.atom {
            Atom::Sample(share, _) => {
                let Some(hash) = self.hashes.get_mut(question.hasher) else {
                    return false;
                };
                let hash = *hash.get_or_insert_with(|| {
                    let hasher = asker.steps.hashers.get(question.hasher);
                    hasher.map_or(0, |hasher| hasher.hash(asker.contact.id))
                });
                share.admits(hash)
            }
            _ => asker.passes(&question.leaf),
        }
    }
}

impl Frame {
    fn new(step: u32) -> Frame {
        Frame {
            step,
            next: 0,
            holding: 0,
        }
    }
}

impl Asker<'_> {
    #[inline]
    fn cell(&self, field: FieldId) -> &Value {
        let cell = self.contact.cells.get(field.index());
        cell.unwrap_or(&Value::Missing)
    }

    #[inline]
    fn passes(&self, leaf: &Leaf) -> bool {
        let quantity =
            |quantity: &Quantity| amount(quantity, self.clock, &|field| self.cell(field).clone());
        match &leaf.atom {
            Atom::Number(field, set) => {
                number_of(self.cell(*field)).is_some_and(|number| set.contains(number))
            }
            Atom::Present(field)
            | Atom::Text(field, _)
            | Atom::Region(field, _)
            | Atom::Version(field, _) => leaf.passes(self.cell(*field)),
            Atom::Element(field, element) => match self.cell(*field) {
                Value::List(elements) => elements
                    .iter()
                    .any(|each| self.element(leaf, element, each)),
                _ => false,
            },
            Atom::ElementCount(field, set) => {
                let count = match self.cell(*field) {
                    Value::List(elements) => elements.len(),
                    _ => 0,
                };
                set.contains(i64::try_from(count).unwrap_or(i64::MAX))
            }
            Atom::Part(part, field, set) => part_of(*part, self.cell(*field), self.clock)
                .is_some_and(|number| set.contains(number)),
            Atom::MonthDay(field, days) => {
                local_date(self.cell(*field), self.clock).is_some_and(|date| days.contains(date))
            }
            Atom::SameValue {
                left,
                right,
                is_folded,
            } => same_value(self.cell(*left), self.cell(*right), *is_folded),
            Atom::Compare(left, relation, right) => match (quantity(left), quantity(right)) {
                (Some(left), Some(right)) => compares(left, *relation, right),
                _ => false,
            },
            Atom::Within(subject, ranges) => {
                quantity(subject).is_some_and(|amount| lies_in(amount, ranges))
            }
            Atom::Known(quantities) => quantities.iter().all(|each| quantity(each).is_some()),
            Atom::Sample(share, salt) => {
                share.admits(SampleHasher::new(salt).hash(self.contact.id))
            }
        }
    }

    fn element(&self, leaf: &Leaf, element: &ElementAtom, value: &Value) -> bool {
        match element {
            ElementAtom::Number(set) => number_of(value).is_some_and(|number| set.contains(number)),
            ElementAtom::Text(_) | ElementAtom::Region(_) | ElementAtom::Version(_) => {
                leaf.passes(value)
            }
        }
    }
}

fn same_value(left: &Value, right: &Value, is_folded: bool) -> bool {
    match (left, right) {
        (Value::Missing | Value::Invalid, _) => false,
        (Value::Text(left), Value::Text(right)) if is_folded => fold_text(left) == fold_text(right),
        (left, right) => left == right,
    }
}
