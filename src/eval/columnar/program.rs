//! Turns the part of a [`Dag`] that some roots need into steps over numbered slots.
//!
//! Invariants: a step reads only slots of earlier steps; complements cost no step, because operands
//! carry a sign.

use crate::dag::{Atom, Dag, ElementAtom, Node, NodeId, Root};
use crate::name::FieldId;
use crate::region::Hierarchy;
use crate::schema::{Schema, Type};
use crate::value::Clock;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What a set of conditions needs to be evaluated on chunks of one projection.
#[derive(Debug)]
pub struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) roots: Vec<Target>,
    /// Distinct sets of columns whose invalid cells quarantine.
    pub(super) quarantines: Vec<Vec<usize>>,
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

/// One predicate to compute into its slot (the step's own place).
#[derive(Debug)]
pub(super) enum Step {
    /// Every bit the same.
    Constant(bool),
    /// A question about cells.
    Ask(Question),
    /// All of them.
    And(Vec<Operand>),
    /// Any of them.
    Or(Vec<Operand>),
    /// At least so many.
    AtLeast(u32, Vec<Operand>),
}

/// A question with what it needs to be asked quickly.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) atom: Atom,
    /// The column of its first field.
    pub(super) column: usize,
    /// The hierarchy of a region field.
    pub(super) hierarchy: Option<Arc<Hierarchy>>,
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
        let fields: BTreeSet<FieldId> = roots.iter().flat_map(|root| root.reads.clone()).collect();
        let projection: Vec<FieldId> = fields.into_iter().collect();
        let columns = projection
            .iter()
            .enumerate()
            .filter_map(|(column, id)| Some((*id, (column, schema.field(*id)?.kind.clone()))))
            .collect();
        let mut program = Program {
            steps: Vec::new(),
            roots: Vec::with_capacity(roots.len()),
            quarantines: Vec::new(),
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

    /// Whether chunks must carry ids (a sample is drawn).
    pub fn needs_ids(&self) -> bool {
        self.needs_ids
    }

    /// How many roots there are.
    pub fn root_count(&self) -> usize {
        self.roots.len()
    }

    fn compile(&mut self, dag: &Dag, roots: &[Root]) {
        let mut operands: HashMap<NodeId, Operand> = HashMap::new();
        for id in needed_nodes(dag, roots) {
            let operand = self.step(dag, id, &operands);
            operands.insert(id, operand);
        }
        let nobody = Operand {
            slot: 0,
            is_negated: false,
        };
        let of = |id: NodeId| operands.get(&id).copied().unwrap_or(nobody);
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
                self.quarantines.push(columns);
            }
            self.roots.push(Target {
                node: of(root.node),
                certain: of(root.certain),
                quarantine,
            });
        }
    }

    fn step(&mut self, dag: &Dag, id: NodeId, operands: &HashMap<NodeId, Operand>) -> Operand {
        let known = |ids: &[NodeId]| -> Vec<Operand> {
            ids.iter()
                .filter_map(|id| operands.get(id).copied())
                .collect()
        };
        let step = match dag.node(id) {
            Node::Not(inner) => {
                if let Some(inner) = operands.get(inner) {
                    return inner.complement();
                }
                Step::Constant(false)
            }
            Node::Nobody => Step::Constant(false),
            Node::Everyone => Step::Constant(true),
            Node::And(of) => Step::And(known(of)),
            Node::Or(of) => Step::Or(known(of)),
            Node::AtLeast(count, of) => Step::AtLeast(*count, known(of)),
            Node::Ask(atom) => Step::Ask(self.question(atom)),
        };
        let slot = self.steps.len();
        self.steps.push(step);
        Operand {
            slot,
            is_negated: false,
        }
    }

    fn question(&mut self, atom: &Atom) -> Question {
        if matches!(atom, Atom::Sample(..)) {
            self.needs_ids = true;
        }
        let found = atom
            .fields()
            .first()
            .and_then(|field| self.columns.get(field));
        Question {
            atom: atom.clone(),
            column: found.map_or(usize::MAX, |(column, _)| *column),
            hierarchy: found.and_then(|(_, kind)| hierarchy_of(kind, atom)),
        }
    }
}

impl Operand {
    fn complement(self) -> Operand {
        Operand {
            slot: self.slot,
            is_negated: !self.is_negated,
        }
    }
}

fn hierarchy_of(kind: &Type, atom: &Atom) -> Option<Arc<Hierarchy>> {
    match (kind, atom) {
        (Type::Region { hierarchy, .. }, _) => Some(hierarchy.clone()),
        (Type::List { element, .. }, Atom::Element(_, ElementAtom::Region(_))) => {
            match &**element {
                Type::Region { hierarchy, .. } => Some(hierarchy.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}

/// The nodes the roots stand on, children first.
fn needed_nodes(dag: &Dag, roots: &[Root]) -> BTreeSet<NodeId> {
    let mut needed: BTreeSet<NodeId> = BTreeSet::new();
    let mut open: Vec<NodeId> = roots
        .iter()
        .flat_map(|root| [root.node, root.certain])
        .collect();
    // Slot 0 is always the empty set, so that a root can never point nowhere.
    needed.insert(Dag::NOBODY);
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
