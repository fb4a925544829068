//! Puts conditions together: every clause of every condition is a bit, every question a set of bits.
//!
//! Conditions are *ranked*, those with most clauses first. A row has one stretch of words a *slot*.
//! Slot 0 has a bit a condition: one when a question that must hold fails. Slot `s` has a bit for
//! each condition with `s` clauses or more: one when its `s`th clause holds. So the bits of a contact
//! are the union of one row an aspect, and a condition holds when its bit of slot 0 is zero and its
//! bits of the other slots are one.

use super::aspect::{Aspect, Draft, Ordered, aspect_of};
use super::marks::{Marks, Subject, Use, subject_of};
use super::normal::{Form, Signed};
use super::rest::{Operand, Steps};
use super::rows::{RowBits, Rows, set};
use crate::dag::{Dag, Node, NodeId, Root};
use crate::eval::leaf::Leaf;
use crate::schema::Schema;
use crate::value::Intervals;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::HashMap;

/// Bytes of rows that all aspects may keep together.
const MOST_ROW_BYTES: usize = 64 << 20;

/// All conditions as bits.
#[derive(Debug, Default)]
pub(super) struct Matrix {
    pub(super) ordered: Vec<Ordered>,
    pub(super) marks: Vec<Marks>,
    /// The row before any aspect has been looked at.
    pub(super) start: Vec<u64>,
    /// The first word of each slot, and one more entry for the end.
    pub(super) slots: Vec<usize>,
    /// The place of each rank's root.
    pub(super) roots: Vec<u32>,
    /// Ranks that have a rest, one bit each.
    pub(super) has_rest: Vec<u64>,
    /// By rank: where its operands end.
    pub(super) rest_ends: Vec<u32>,
    pub(super) rest: Vec<Operand>,
    pub(super) questions: usize,
}

/// What a question is indexed by.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Index {
    Aspect(Aspect),
    Subject(Subject),
}

fn index_of(dag: &Dag, node: NodeId) -> Option<Index> {
    let Node::Ask(atom) = dag.node(node) else {
        return None;
    };
    let aspect = aspect_of(atom).map(Index::Aspect);
    aspect.or_else(|| subject_of(atom).map(Index::Subject))
}

/// The questions of one index and the bits they bear on.
#[derive(Default)]
struct Group {
    questions: IndexMap<NodeId, (), FixedState>,
    uses: Vec<Use>,
}

struct Builder<'d> {
    dag: &'d Dag,
    groups: IndexMap<Index, Group, FixedState>,
    /// By node: its group and question, plus one; 0 when not met yet.
    met: Vec<(u32, u32)>,
}

impl Builder<'_> {
    /// Notes that a bit is one when a question, or its complement, holds.
    fn add(&mut self, question: Signed, is_negated: bool, bit: u32) {
        let known = self.met.get(question.node.index()).copied();
        let (group, place) = match known {
            Some((group, place)) if group > 0 => (group, place),
            _ => {
                let Some(index) = index_of(self.dag, question.node) else {
                    return;
                };
                let entry = self.groups.entry(index);
                let group = u32::try_from(entry.index() + 1).unwrap_or(u32::MAX);
                let (place, _) = entry.or_default().questions.insert_full(question.node, ());
                let place = u32::try_from(place).unwrap_or(u32::MAX);
                if let Some(met) = self.met.get_mut(question.node.index()) {
                    *met = (group, place);
                }
                (group, place)
            }
        };
        if let Some((_, group)) = self.groups.get_index_mut(group as usize - 1) {
            group.uses.push(Use {
                question: place,
                bit,
                is_negated: question.is_negated != is_negated,
            });
        }
    }
}

impl Matrix {
    /// Compiles all roots; what cannot be indexed becomes steps.
    pub(super) fn new(dag: &Dag, schema: &Schema, roots: &[Root]) -> (Matrix, Steps) {
        let is_indexed = |node| index_of(dag, node).is_some();
        let forms = roots
            .iter()
            .map(|root| Form::new(dag, root.node, &is_indexed));
        let mut forms: Vec<(u32, Form)> = (0..).zip(forms).collect();
        forms.sort_by_key(|(_, form)| std::cmp::Reverse(form.any.len()));
        let mut matrix = Matrix::default();
        matrix.lay_out(&forms);
        let mut builder = Builder {
            dag,
            groups: IndexMap::default(),
            met: vec![(0, 0); dag.len()],
        };
        for (rank, (_, form)) in (0u32..).zip(&forms) {
            for &question in &form.all {
                builder.add(question, true, rank);
            }
            for (slot, clause) in form.any.iter().enumerate() {
                let start = matrix.slots.get(slot + 1).map_or(0, |start| start * 64);
                let bit = u32::try_from(start)
                    .unwrap_or(u32::MAX)
                    .saturating_add(rank);
                for &question in clause {
                    builder.add(question, false, bit);
                }
            }
        }
        matrix.index(dag, schema, builder.groups);
        let steps = matrix.add_rest(dag, schema, roots, &forms);
        (matrix, steps)
    }

    /// Gives every clause its bit.
    fn lay_out(&mut self, forms: &[(u32, Form)]) {
        self.roots = forms.iter().map(|(root, _)| *root).collect();
        let most = forms.first().map_or(0, |(_, form)| form.any.len());
        self.slots.push(0);
        let mut end = forms.len().div_ceil(64);
        self.slots.push(end);
        self.start.resize(end, 0);
        for (rank, (_, form)) in (0u32..).zip(forms) {
            if form.is_impossible {
                set(&mut self.start, 0, rank);
            }
        }
        // Bits past the last condition are never in.
        if let (Some(last), used @ 1..) = (self.start.last_mut(), forms.len() % 64) {
            *last |= u64::MAX << used;
        }
        for slot in 1..=most {
            let count = forms.partition_point(|(_, form)| form.any.len() >= slot);
            end += count.div_ceil(64);
            self.start.resize(end, 0);
            // Conditions without so many clauses pass.
            if let (Some(last), used @ 1..) = (self.start.last_mut(), count % 64) {
                *last |= u64::MAX << used;
            }
            self.slots.push(end);
        }
    }

    fn index(&mut self, dag: &Dag, schema: &Schema, groups: IndexMap<Index, Group, FixedState>) {
        let most_bytes = MOST_ROW_BYTES / groups.len().max(1);
        for (index, group) in groups {
            let leaf = |node: &NodeId| match dag.node(*node) {
                Node::Ask(atom) => Some(Leaf::of_schema(atom, schema)),
                Node::Nobody
                | Node::Everyone
                | Node::Not(_)
                | Node::And(_)
                | Node::Or(_)
                | Node::AtLeast(..) => None,
            };
            let questions: Vec<Leaf> = group.questions.keys().filter_map(leaf).collect();
            self.questions += questions.len();
            match index {
                Index::Aspect(aspect) => {
                    self.ordered
                        .push(ordered(aspect, &questions, group.uses, most_bytes));
                }
                Index::Subject(subject) => {
                    self.marks.push(Marks::new(subject, questions, &group.uses));
                }
            }
        }
    }

    fn add_rest(
        &mut self,
        dag: &Dag,
        schema: &Schema,
        roots: &[Root],
        forms: &[(u32, Form)],
    ) -> Steps {
        self.has_rest = vec![0; forms.len().div_ceil(64)];
        let mut known = HashMap::new();
        let mut wanted = Vec::new();
        for (rank, (root, form)) in (0u32..).zip(forms) {
            if form.rest.is_empty() {
                if let Some(root) = roots.get(*root as usize) {
                    known.insert(root.node, rank);
                }
            } else {
                set(&mut self.has_rest, 0, rank);
            }
            wanted.extend_from_slice(&form.rest);
            self.rest_ends
                .push(u32::try_from(wanted.len()).unwrap_or(u32::MAX));
        }
        let (steps, rest) = Steps::new(dag, schema, &wanted, &known);
        self.rest = rest;
        steps
    }

    /// The operands of a rank that are left to be evaluated.
    pub(super) fn rest_of(&self, rank: usize) -> &[Operand] {
        let end = self.rest_ends.get(rank).map_or(0, |&end| end as usize);
        let start = rank
            .checked_sub(1)
            .and_then(|before| self.rest_ends.get(before));
        let start = start.map_or(0, |&start| start as usize);
        self.rest.get(start..end).unwrap_or(&[])
    }
}

/// Makes the rows of an aspect.
fn ordered(aspect: Aspect, questions: &[Leaf], mut uses: Vec<Use>, most_bytes: usize) -> Ordered {
    let draft = Draft::new(aspect, questions);
    let classes = draft.class_count();
    let every = Intervals::new(vec![(0, i64::from(classes) - 1)]);
    let outside: Vec<Intervals> = draft
        .classes
        .iter()
        .map(|set| set.complement().intersect(&every))
        .collect();
    uses.sort_unstable_by_key(|each| each.bit);
    let mut bits = RowBits::default();
    for same in uses.chunk_by(|left, right| left.bit == right.bit) {
        let Some(bit) = same.first().map(|each| each.bit) else {
            continue;
        };
        if same.iter().any(|each| each.is_negated) {
            bits.missing.push(bit);
        }
        let sets = same.iter().filter_map(|each| {
            let sets = if each.is_negated {
                &outside
            } else {
                &draft.classes
            };
            sets.get(each.question as usize)
        });
        let joined;
        let mut sets = sets;
        let set = match (sets.next(), same.len()) {
            (Some(one), 1) => one,
            (Some(one), _) => {
                joined = sets.fold(one.clone(), |joined, set| joined.union(set));
                &joined
            }
            (None, _) => continue,
        };
        for (from, to) in set.iter() {
            let class = |class: i64| u32::try_from(class).unwrap_or(u32::MAX);
            bits.turns.push((class(from), bit));
            bits.turns
                .extend((class(to) + 1 < classes).then(|| (class(to) + 1, bit)));
        }
    }
    draft.finish(Rows::new(classes, bits, most_bytes))
}

/// How many times the roots ask a question, each predicate counted once a root; stops at a limit.
pub(super) fn size(dag: &Dag, roots: &[Root], most: usize) -> usize {
    let mut open: Vec<NodeId> = roots.iter().map(|root| root.node).collect();
    let mut asked = 0;
    while let Some(id) = open.pop() {
        asked += 1;
        if asked > most {
            break;
        }
        match dag.node(id) {
            Node::Nobody | Node::Everyone | Node::Ask(_) => {}
            Node::Not(inner) => open.push(*inner),
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => open.extend(of.iter()),
        }
    }
    asked
}
