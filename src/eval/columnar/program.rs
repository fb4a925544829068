//! Turns the part of a [`Dag`] that some roots need into leaves and steps over numbered slots.
//!
//! Invariants: leaves come first, grouped by the column they look at, so that a column is walked once
//! for all of them; a step reads only leaves and earlier steps; complements cost no step, because
//! operands carry a sign.

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
    /// What is computed from leaves and earlier steps; slots follow those of the leaves.
    pub(super) steps: Vec<Step>,
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

/// A slot, possibly complemented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Operand {
    pub(super) slot: usize,
    pub(super) is_negated: bool,
}

/// One predicate to compute from others.
#[derive(Debug)]
pub(super) enum Step {
    /// Every bit the same.
    Constant(bool),
    /// All of them.
    And(Vec<Operand>),
    /// Any of them.
    Or(Vec<Operand>),
    /// At least so many.
    AtLeast(u32, Vec<Operand>),
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
            steps: Vec::new(),
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
                    let ends = set
                        .iter()
                        .flat_map(|(from, to)| [Some(from), to.checked_add(1)]);
                    cuts.entry(*field)
                        .and_modify(|cuts| cuts.extend(ends.flatten()));
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

    /// How many slots a block needs.
    pub(super) fn slot_count(&self) -> usize {
        self.leaves.len() + self.steps.len()
    }

    fn compile(&mut self, dag: &Dag, roots: &[Root]) {
        let needed = needed_nodes(dag, roots);
        let mut operands = self.add_leaves(dag, &needed);
        for id in needed {
            let operand = match operands.get(&id) {
                Some(_) => continue,
                None => self.step(dag, id, &operands),
            };
            operands.insert(id, operand);
        }
        self.add_roots(roots, &operands);
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

    fn step(&mut self, dag: &Dag, id: NodeId, operands: &HashMap<NodeId, Operand>) -> Operand {
        let known = |ids: &[NodeId]| -> Vec<Operand> {
            ids.iter()
                .filter_map(|id| operands.get(id).copied())
                .collect()
        };
        let step = match dag.node(id) {
            Node::Not(inner) => match operands.get(inner) {
                Some(inner) => return inner.complement(),
                None => Step::Constant(false),
            },
            // Questions have their slots already.
            Node::Nobody | Node::Ask(_) => Step::Constant(false),
            Node::Everyone => Step::Constant(true),
            Node::And(of) => Step::And(known(of)),
            Node::Or(of) => Step::Or(known(of)),
            Node::AtLeast(count, of) => Step::AtLeast(*count, known(of)),
        };
        self.steps.push(step);
        Operand::of(self.slot_count() - 1)
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
    fn of(slot: usize) -> Operand {
        Operand {
            slot,
            is_negated: false,
        }
    }

    fn complement(self) -> Operand {
        Operand {
            slot: self.slot,
            is_negated: !self.is_negated,
        }
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
