//! Turns checked conditions into one flat table of predicates over all segments.
//!
//! Invariants: equal nodes have equal ids (the table is hash-consed); a node's children have smaller
//! ids, so one forward pass over the table evaluates everything; nodes come into being only through
//! the smart constructors here; `now` and the zone are already folded into the atoms, so nodes made at
//! different times stand side by side; two dags are compared only when they were made with one clock.

mod atom;
mod certain;
mod lower;
mod times;

pub use atom::{Atom, ElementAtom};
pub use times::{dates, instants};

use crate::check::typed::{Condition, RuleSet};
use crate::name::{FieldId, SegmentId};
use crate::value::{Clock, Instant};
use foldhash::fast::FixedState;
use indexmap::IndexSet;
use std::collections::BTreeSet;

/// A node of a [`Dag`], by its place there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NodeId(u32);

impl NodeId {
    /// The place in the table.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One predicate.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// No contact.
    Nobody,
    /// Every contact.
    Everyone,
    /// A question about cells; a missing cell answers no.
    Ask(Box<Atom>),
    /// The exact complement.
    Not(NodeId),
    /// All of two or more, ascending, distinct.
    And(Box<[NodeId]>),
    /// Any of two or more, ascending, distinct.
    Or(Box<[NodeId]>),
    /// At least so many of them hold; positions count, so one node may stand several times.
    AtLeast(u32, Box<[NodeId]>),
}

/// The table of predicates.
#[derive(Clone, Debug)]
pub struct Dag {
    nodes: IndexSet<Node, FixedState>,
    clock: Clock,
    /// What [`certain`] found so far, kept so that chains of segments cost one pass in all.
    certain: certain::Memo,
    /// Memory for the children of a node to come.
    scratch: Vec<NodeId>,
}

/// One condition as the evaluators and the analysis see it.
#[derive(Clone, Debug, PartialEq)]
pub struct Root {
    /// The predicate.
    pub node: NodeId,
    /// Holds for those members who would be members even if every test of a missing value counted
    /// as unknown; equal to `node` when nobody can be in only because a value is missing.
    pub certain: NodeId,
    /// Every field the condition names, through segments too: an invalid cell in one of them
    /// quarantines the contact.
    pub reads: BTreeSet<FieldId>,
}

impl Dag {
    /// An empty table for one `now` and zone.
    pub fn new(clock: Clock) -> Dag {
        let mut nodes = IndexSet::default();
        nodes.insert(Node::Nobody);
        nodes.insert(Node::Everyone);
        Dag {
            nodes,
            clock,
            certain: certain::Memo::default(),
            scratch: Vec::new(),
        }
    }

    /// The predicate that holds for no contact.
    pub const NOBODY: NodeId = NodeId(0);
    /// The predicate that holds for every contact.
    pub const EVERYONE: NodeId = NodeId(1);

    /// The run's `now` and zone.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lowers what comes at another `now`, for questions about the same rules at two times. The zone
    /// stays that of the table: evaluators take local days and hours from it.
    pub fn move_to(&mut self, now: Instant) {
        self.clock.now = now;
    }

    /// The node behind an id of this table.
    pub fn node(&self, id: NodeId) -> &Node {
        self.nodes.get_index(id.index()).unwrap_or(&Node::Nobody)
    }

    /// All nodes, children before parents.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        (0..).map(NodeId).zip(&self.nodes)
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Never: two nodes always exist.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Lowers every segment of a rule set; the result is indexed by [`SegmentId`].
    pub fn add_segments(&mut self, rules: &RuleSet) -> Vec<Root> {
        let mut roots: Vec<Root> = Vec::with_capacity(rules.segments.len());
        for segment in &rules.segments {
            let root = self.add(rules, &roots, &segment.condition, &segment.reads);
            roots.push(root);
        }
        roots
    }

    /// Lowers one condition; `segments` are the roots that [`Dag::add_segments`] gave.
    pub fn add(
        &mut self,
        rules: &RuleSet,
        segments: &[Root],
        condition: &Condition,
        reads: &BTreeSet<FieldId>,
    ) -> Root {
        let node = lower::lower(self, rules, segments, condition);
        let certain = certain::certain(self, node);
        Root {
            node,
            certain,
            reads: reads.clone(),
        }
    }

    /// The predicate that holds for those in `node` who would be in even if every test of a missing
    /// value of this one field counted as unknown; the missing values of others answer no.
    pub fn certain_about(&mut self, node: NodeId, field: FieldId) -> NodeId {
        certain::certain_about(self, node, field)
    }

    fn insert(&mut self, node: Node) -> NodeId {
        let (index, _) = self.nodes.insert_full(node);
        NodeId(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The predicate of a question. A question that nobody can pass stays a question: its complement
    /// still asks whether the cell is there. For the same reason `x or not x` stays what it is.
    pub fn ask(&mut self, atom: Atom) -> NodeId {
        self.insert(Node::Ask(Box::new(atom)))
    }

    /// The complement.
    pub fn not(&mut self, of: NodeId) -> NodeId {
        match self.node(of) {
            Node::Nobody => Dag::EVERYONE,
            Node::Everyone => Dag::NOBODY,
            Node::Not(inner) => *inner,
            Node::Ask(_) | Node::And(_) | Node::Or(_) | Node::AtLeast(..) => {
                self.insert(Node::Not(of))
            }
        }
    }

    /// All of them; none at all is everyone.
    pub fn and(&mut self, of: impl IntoIterator<Item = NodeId>) -> NodeId {
        let all = self.sorted(of, Dag::EVERYONE);
        let node = match all.as_slice() {
            [] => Dag::EVERYONE,
            [one] => *one,
            // It has the smallest id.
            [Dag::NOBODY, ..] => Dag::NOBODY,
            several => self.insert(Node::And(several.into())),
        };
        self.scratch = all;
        node
    }

    /// Any of them; none at all is nobody.
    pub fn or(&mut self, of: impl IntoIterator<Item = NodeId>) -> NodeId {
        let any = self.sorted(of, Dag::NOBODY);
        let node = match any.as_slice() {
            [] => Dag::NOBODY,
            [one] => *one,
            // Without nobody it has the smallest id.
            [Dag::EVERYONE, ..] => Dag::EVERYONE,
            several => self.insert(Node::Or(several.into())),
        };
        self.scratch = any;
        node
    }

    /// Some nodes, ascending and distinct, without the one that changes nothing.
    fn sorted(&mut self, of: impl IntoIterator<Item = NodeId>, neutral: NodeId) -> Vec<NodeId> {
        let mut all = std::mem::take(&mut self.scratch);
        all.clear();
        all.extend(of.into_iter().filter(|&id| id != neutral));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// At least `count` of the positions hold.
    pub fn at_least(&mut self, count: u32, of: Vec<NodeId>) -> NodeId {
        let mut needed = count;
        let mut open = Vec::with_capacity(of.len());
        for id in of {
            if id == Dag::EVERYONE {
                needed = needed.saturating_sub(1);
            } else if id != Dag::NOBODY {
                open.push(id);
            }
        }
        open.sort_unstable();
        if needed == 0 {
            Dag::EVERYONE
        } else if needed as usize > open.len() {
            Dag::NOBODY
        } else if needed == 1 {
            self.or(open)
        } else if needed as usize == open.len() {
            self.and(open)
        } else {
            self.insert(Node::AtLeast(needed, open.into()))
        }
    }
}

/// The root of a segment among the roots of all.
pub fn root_of(roots: &[Root], segment: SegmentId) -> NodeId {
    roots
        .get(segment.index())
        .map_or(Dag::NOBODY, |root| root.node)
}
