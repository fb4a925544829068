//! Turns the part of a [`Dag`] that some roots need into leaves and turns over numbered slots.
//!
//! Invariants: leaves come first, grouped by the column they look at, so that a column is walked once
//! for all of them; a turn reads only leaves and what turns before it computed; complements cost no turn,
//! because operands carry a sign.

use super::order::{Order, order};
use crate::dag::{Atom, Dag, Node, NodeId, Root};
use crate::eval::asked::Asked;
use crate::eval::leaf::Leaf;
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::value::Clock;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What a set of conditions needs to be evaluated on chunks of one projection.
#[derive(Debug)]
pub struct Program {
    /// The questions, by column; slot `index` belongs to leaf `index`.
    pub(super) leaves: Vec<Leaf>,
    /// Runs of leaves that look at one column, as ranges of `leaves`.
    pub(super) groups: Vec<Group>,
    /// What is computed from leaves, and when answers are taken; slots follow those of the leaves.
    pub(super) order: Order,
    pub(super) roots: Vec<Target>,
    /// Distinct sets of columns whose invalid cells quarantine.
    pub(super) quarantines: Vec<Vec<usize>>,
    /// The columns in any of these.
    pub(super) invalidating: BTreeSet<usize>,
    pub(super) clock: Clock,
    /// Column and type of each field read.
    pub(super) columns: BTreeMap<FieldId, (usize, Type)>,
    projection: Vec<FieldId>,
    needs_ids: bool,
}

/// A slot, possibly complemented: its number twice, and one more for the complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Operand(u32);

/// One predicate to compute from others.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) how: How,
    /// Leaves, then steps by their places.
    pub(super) of: Vec<Operand>,
}

/// How a step is computed from its operands.
#[derive(Clone, Copy, Debug)]
pub(super) enum How {
    /// All of them; everybody without any. Any of them is the complement of all complements.
    All,
    /// At least so many of them.
    AtLeast(u32),
}

/// The leaves that look at one column.
#[derive(Debug)]
pub(super) struct Group {
    /// The column; `None` for questions over several cells and for samples.
    pub(super) column: Option<usize>,
    pub(super) leaves: std::ops::Range<usize>,
    /// Finds the leaves that a distinct value answers yes, by their places in the group.
    pub(super) asked: Asked,
}

/// Where the answer of one root is found.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) node: Operand,
    /// Which of the members are members whatever the missing values are.
    pub(super) certain: Operand,
    pub(super) quarantine: usize,
}

impl Program {
    /// Compiles the roots of a dag; `schema` gives the fields their types.
    pub fn new(dag: &Dag, schema: &Schema, roots: &[Root]) -> Program {
        let fields: BTreeSet<FieldId> = roots
            .iter()
            .flat_map(|root| root.reads.iter().copied())
            .collect();
        let projection: Vec<FieldId> = fields.into_iter().collect();
        Program::over(dag, schema, roots, &projection)
    }

    /// Compiles the roots of a dag for chunks that hold these fields, every field read among them.
    pub fn over(dag: &Dag, schema: &Schema, roots: &[Root], layout: &[FieldId]) -> Program {
        let projection = layout.to_vec();
        let columns = projection
            .iter()
            .enumerate()
            .filter_map(|(column, id)| Some((*id, (column, schema.field(*id)?.kind.clone()))))
            .collect();
        let mut program = Program {
            leaves: Vec::new(),
            groups: Vec::new(),
            order: Order::default(),
            roots: Vec::with_capacity(roots.len()),
            quarantines: Vec::new(),
            invalidating: BTreeSet::new(),
            clock: dag.clock().clone(),
            columns,
            projection,
            needs_ids: false,
        };
        program.compile(dag, roots);
        program
    }

    /// The fields to read, in the order of a chunk's columns.
    pub fn projection(&self) -> &[FieldId] {
        &self.projection
    }

    /// Where the answers about the numbers of a field change, for fields that are asked for nothing
    /// but numbers: a column whose numbers lie between two cuts answers every question with one.
    pub fn cuts(&self) -> BTreeMap<FieldId, Vec<i64>> {
        let mut cuts: BTreeMap<FieldId, Vec<i64>> = self
            .projection
            .iter()
            .map(|field| (*field, Vec::new()))
            .collect();
        for leaf in &self.leaves {
            match &leaf.atom {
                Atom::Present(_) => {}
                Atom::Number(field, set) => {
                    cuts.entry(*field)
                        .and_modify(|cuts| cuts.extend(set.cuts()));
                }
                other => other.fields().iter().for_each(|field| {
                    cuts.remove(field);
                }),
            }
        }
        for cuts in cuts.values_mut() {
            cuts.sort_unstable();
            cuts.dedup();
        }
        cuts
    }

    /// Whether chunks must carry ids (a sample is drawn).
    pub fn needs_ids(&self) -> bool {
        self.needs_ids
    }

    /// How many roots there are.
    pub fn root_count(&self) -> usize {
        self.roots.len()
    }

    /// How many different questions there are, each counted once however many roots ask it.
    pub fn question_count(&self) -> usize {
        self.leaves.len()
    }

    /// How many predicates are kept at a time while rows are looked at: questions, and what is computed
    /// from them for as long as it is needed.
    pub fn slot_count(&self) -> usize {
        self.order.slot_count
    }

    fn compile(&mut self, dag: &Dag, roots: &[Root]) {
        let needed = needed_nodes(dag, roots);
        let mut operands = self.add_leaves(dag, &needed);
        let mut steps = Vec::new();
        for id in needed {
            if !operands.contains_key(&id) {
                let operand = self.step(dag, id, &operands, &mut steps);
                operands.insert(id, operand);
            }
        }
        self.add_roots(roots, &operands);
        self.shorten_certain(&mut steps);
        self.order = order(self.leaves.len(), &steps, &self.roots);
    }

    /// Who is in for certain is asked among members only: what all members pass is not asked again.
    fn shorten_certain(&mut self, steps: &mut Vec<Step>) {
        let leaf_count = self.leaves.len();
        let mut known: HashMap<Vec<Operand>, Operand> = HashMap::new();
        for root in &mut self.roots {
            let all_of = |operand: Operand| -> Option<&[Operand]> {
                let step = steps.get(operand.slot().checked_sub(leaf_count)?)?;
                let is_all = matches!(step.how, How::All) && operand.flip() == 0;
                is_all.then_some(&step.of)
            };
            let (Some(members), Some(certain)) = (all_of(root.node), all_of(root.certain)) else {
                continue;
            };
            let left = certain.iter().filter(|each| !members.contains(each));
            let left: Vec<Operand> = left.copied().collect();
            if left.len() == certain.len() || root.node == root.certain {
                continue;
            }
            root.certain = match left.as_slice() {
                [] => root.node,
                [one] => *one,
                _ => *known.entry(left.clone()).or_insert_with(|| {
                    let of = left;
                    steps.push(Step { how: How::All, of });
                    Operand::of(leaf_count + steps.len() - 1)
                }),
            };
        }
    }

    /// Gives every question a slot, those that look at the same column side by side.
    fn add_leaves(&mut self, dag: &Dag, needed: &BTreeSet<NodeId>) -> HashMap<NodeId, Operand> {
        let mut by_column: BTreeMap<Option<usize>, Vec<NodeId>> = BTreeMap::new();
        for &id in needed {
            if let Node::Ask(atom) = dag.node(id) {
                by_column.entry(self.column_of(atom)).or_default().push(id);
            }
        }
        let mut operands = HashMap::new();
        for (column, ids) in by_column {
            let first = self.leaves.len();
            for id in ids {
                let Node::Ask(atom) = dag.node(id) else {
                    continue;
                };
                let slot = self.leaves.len();
                let leaf = self.leaf(atom);
                self.leaves.push(leaf);
                operands.insert(id, Operand::of(slot));
            }
            let asked = Asked::new(self.leaves.get(first..).unwrap_or(&[]));
            self.groups.push(Group {
                column,
                leaves: first..self.leaves.len(),
                asked,
            });
        }
        operands
    }

    fn column_of(&self, atom: &Atom) -> Option<usize> {
        match atom {
            Atom::Sample(..)
            | Atom::SameValue { .. }
            | Atom::Compare(..)
            | Atom::Within(..)
            | Atom::Known(_) => None,
            Atom::Present(field)
            | Atom::Number(field, _)
            | Atom::Part(_, field, _)
            | Atom::MonthDay(field, _)
            | Atom::Text(field, _)
            | Atom::Region(field, _)
            | Atom::Version(field, _)
            | Atom::Element(field, _)
            | Atom::ElementCount(field, _) => self.columns.get(field).map(|(column, _)| *column),
        }
    }

    fn leaf(&mut self, atom: &Atom) -> Leaf {
        if matches!(atom, Atom::Sample(..)) {
            self.needs_ids = true;
        }
        let field = atom.fields().first().copied();
        let kind = field.and_then(|field| self.columns.get(&field));
        Leaf::new(atom, kind.map(|(_, kind)| kind))
    }

    fn step(
        &self,
        dag: &Dag,
        id: NodeId,
        operands: &HashMap<NodeId, Operand>,
        steps: &mut Vec<Step>,
    ) -> Operand {
        let known = |ids: &[NodeId]| -> Vec<Operand> {
            ids.iter()
                .filter_map(|id| operands.get(id).copied())
                .collect()
        };
        let all = |of| (How::All, of);
        let complements = |ids| known(ids).into_iter().map(Operand::complement).collect();
        let ((how, of), is_complement) = match dag.node(id) {
            Node::Not(inner) => match operands.get(inner) {
                Some(inner) => return inner.complement(),
                None => (all(Vec::new()), true),
            },
            // Questions have their slots already.
            Node::Nobody | Node::Ask(_) => (all(Vec::new()), true),
            Node::Everyone => (all(Vec::new()), false),
            Node::And(of) => (all(known(of)), false),
            Node::Or(of) => (all(complements(of)), true),
            Node::AtLeast(count, of) => ((How::AtLeast(*count), known(of)), false),
        };
        steps.push(Step { how, of });
        let operand = Operand::of(self.leaves.len() + steps.len() - 1);
        match is_complement {
            true => operand.complement(),
            false => operand,
        }
    }

    fn add_roots(&mut self, roots: &[Root], operands: &HashMap<NodeId, Operand>) {
        let mut sets: HashMap<Vec<usize>, usize> = HashMap::new();
        for root in roots {
            let columns: Vec<usize> = root
                .reads
                .iter()
                .filter_map(|field| self.columns.get(field).map(|(column, _)| *column))
                .collect();
            let next = sets.len();
            let quarantine = *sets.entry(columns.clone()).or_insert(next);
            if quarantine == self.quarantines.len() {
                self.invalidating.extend(&columns);
                self.quarantines.push(columns);
            }
            if let (Some(&node), Some(&certain)) =
                (operands.get(&root.node), operands.get(&root.certain))
            {
                self.roots.push(Target {
                    node,
                    certain,
                    quarantine,
                });
            }
        }
    }
}

impl Operand {
    pub(super) fn of(slot: usize) -> Operand {
        Operand((slot as u32) << 1)
    }

    pub(super) fn complement(self) -> Operand {
        Operand(self.0 ^ 1)
    }

    /// The same of another slot.
    pub(super) fn moved(self, slot: usize) -> Operand {
        Operand(Operand::of(slot).0 | self.0 & 1)
    }

    #[inline(always)]
    pub(super) fn slot(self) -> usize {
        (self.0 >> 1) as usize
    }

    /// All ones for a complement.
    #[inline(always)]
    pub(super) fn flip(self) -> u64 {
        u64::from(self.0 & 1).wrapping_neg()
    }
}

/// The nodes the roots stand on, children first.
fn needed_nodes(dag: &Dag, roots: &[Root]) -> BTreeSet<NodeId> {
    let mut needed: BTreeSet<NodeId> = BTreeSet::new();
    let mut open: Vec<NodeId> = roots
        .iter()
        .flat_map(|root| [root.node, root.certain])
        .collect();
    while let Some(id) = open.pop() {
        if !needed.insert(id) {
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
