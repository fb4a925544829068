//! Turns the segments of a rule set into how each stands to each other: the same contacts, one inside
//! the other, or none in common.
//!
//! Most pairs are settled by looking at contacts found on the way, or at what their fields may hold;
//! only the rest is given to the solver.
//!
//! Invariants: a relation is told only when it is proved; where none is told and nothing is undecided,
//! contacts that row evaluation has confirmed show that none holds; the work is limited by counting.

use super::claim::{Prover, Search, Why};
use super::classes::Classes;
use super::evidence::{Found, Seen};
use super::ways::{Way, ways};
use crate::check::typed::RuleSet;
use crate::dag::{Dag, Node, NodeId};
use crate::eval::row::{Contact, RowEvaluator};
use crate::name::SegmentId;
use crate::schema::IdSource;
use crate::value::{Clock, Value};
use std::collections::BTreeSet;

/// Questions that may be given to the solver.
const MOST_PROOFS: usize = 50_000;

/// What one of them may weigh.
const LARGEST_PROOF: usize = 4_000;

/// Contacts are looked at together once there are so many.
const BATCH: usize = 256;

/// Ways of two segments that are tried together.
const MOST_TRIES: usize = 4;

/// How one segment stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// The same contacts.
    Equal,
    /// Whoever is in the first is in the second.
    Inside,
    /// Whoever is in the second is in the first.
    Contains,
    /// Nobody is in both.
    Disjoint,
}

/// Two segments that are related.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Related {
    /// The one written first.
    pub left: SegmentId,
    /// The other.
    pub right: SegmentId,
    /// How the first stands to the other.
    pub relation: Relation,
}

/// How segments stand to each other.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// Nobody can be in these; they stand in no pair.
    pub never: Vec<SegmentId>,
    /// Everybody is in these; they stand in no pair.
    pub always: Vec<SegmentId>,
    /// Pairs looked at.
    pub pairs: u64,
    /// Those that are related, in the order written.
    pub related: Vec<Related>,
    /// Pairs about which something is not known.
    pub undecided: Vec<(SegmentId, SegmentId, Why)>,
    /// Questions that were given to the solver.
    pub proofs: usize,
}

/// Relates all segments of the rules with each other at one `now`; with `only`, the pairs that hold one
/// of these.
pub fn relations(rules: &RuleSet, clock: Clock, only: &BTreeSet<SegmentId>) -> Relations {
    let mut relater = Relater::new(rules, clock);
    let mut found = Relations::default();
    let mut open = Vec::new();
    for &id in &rules.declared {
        match relater.settle(id) {
            Standing::Never => found.never.push(id),
            Standing::Always => found.always.push(id),
            Standing::Some => open.push(id),
        }
    }
    relater.look();
    let is_wanted = |id: &SegmentId| only.is_empty() || only.contains(id);
    for (at, &left) in open.iter().enumerate() {
        for &right in open.iter().skip(at + 1) {
            if is_wanted(&left) || is_wanted(&right) {
                found.pairs += 1;
                relater.relate(left, right, &mut found);
            }
        }
    }
    found.proofs = MOST_PROOFS - relater.proofs_left;
    found
}

/// Who can be in a segment.
enum Standing {
    Never,
    Always,
    Some,
}

/// Whether anybody answers two segments as asked.
enum Fact {
    Shown,
    Nobody,
    Unknown(Why),
}

/// What is known of a segment.
#[derive(Default)]
struct Known {
    node: Option<NodeId>,
    /// Ways to be in it, and ways not to be.
    yes: Vec<Way>,
    no: Vec<Way>,
    member: Option<Found>,
    outsider: Option<Found>,
}

/// A segment, and whether contacts are wanted that are in it.
type Side = (SegmentId, bool);

struct Relater<'r> {
    prover: Prover<'r>,
    clock: Clock,
    classes: Classes,
    /// By [`SegmentId`].
    known: Vec<Known>,
    seen: Seen,
    /// Contacts to look at.
    fresh: Vec<Found>,
    proofs_left: usize,
}

impl<'r> Relater<'r> {
    fn new(rules: &'r RuleSet, clock: Clock) -> Relater<'r> {
        let prover = Prover::new(rules, clock.clone());
        let used = used(&prover);
        let classes = Classes::new(&prover, &used);
        let roots = prover.roots.iter().map(|root| root.node);
        let known = roots.map(|node| Known {
            node: Some(node),
            yes: ways(&prover.dag, &classes, node, true),
            no: ways(&prover.dag, &classes, node, false),
            ..Known::default()
        });
        Relater {
            known: known.collect(),
            seen: Seen::new(&prover),
            prover,
            clock,
            classes,
            fresh: vec![("1".to_string(), Vec::new())],
            proofs_left: MOST_PROOFS,
        }
    }

    fn root(&self, id: SegmentId) -> NodeId {
        let known = self.known.get(id.index());
        known.and_then(|known| known.node).unwrap_or(Dag::NOBODY)
    }

    /// Finds a member and an outsider of a segment.
    fn settle(&mut self, id: SegmentId) -> Standing {
        let root = self.root(id);
        let outside = self.prover.dag.not(root);
        for (node, is_in) in [(root, true), (outside, false)] {
            match self.search(node, &[(id, is_in)]) {
                Search::Nothing if is_in => return Standing::Never,
                Search::Nothing => return Standing::Always,
                Search::Unknown(_) => {}
                Search::Found(contact, cells) => {
                    let found = (contact, cells);
                    self.fresh.push(found.clone());
                    if let Some(known) = self.known.get_mut(id.index()) {
                        match is_in {
                            true => known.member = Some(found),
                            false => known.outsider = Some(found),
                        }
                    }
                }
            }
        }
        Standing::Some
    }

    /// Looks for a contact of a predicate that answers segments as asked.
    fn search(&mut self, node: NodeId, sides: &[Side]) -> Search {
        let Some(left) = self.proofs_left.checked_sub(1) else {
            return Search::Unknown(Why::TooMuchWork);
        };
        self.proofs_left = left;
        let mut shows = |id: &str, cells: &[Value]| self.shows(id, cells, sides);
        self.prover.search(node, LARGEST_PROOF, &mut shows)
    }

    /// Looks at the contacts found since the last time.
    fn look(&mut self) {
        self.seen.add(&self.prover.rules.schema, &self.fresh);
        self.fresh.clear();
    }

    fn relate(&mut self, left: SegmentId, right: SegmentId, found: &mut Relations) {
        let both = self.fact((left, true), (right, true));
        let only_left = self.fact((left, true), (right, false));
        let only_right = self.fact((left, false), (right, true));
        let relation = match (&both, &only_left, &only_right) {
            (_, Fact::Nobody, Fact::Nobody) => Some(Relation::Equal),
            (_, Fact::Nobody, _) => Some(Relation::Inside),
            (_, _, Fact::Nobody) => Some(Relation::Contains),
            (Fact::Nobody, ..) => Some(Relation::Disjoint),
            _ => None,
        };
        found.related.extend(relation.map(|relation| Related {
            left,
            right,
            relation,
        }));
        let whys = [both, only_left, only_right].into_iter();
        let why = whys.filter_map(|fact| match fact {
            Fact::Unknown(why) => Some(why),
            Fact::Shown | Fact::Nobody => None,
        });
        found
            .undecided
            .extend(why.take(1).map(|why| (left, right, why)));
    }

    /// Whether anybody answers both segments as asked: by looking, by what fields may hold, by trying,
    /// at last by proof.
    fn fact(&mut self, left: Side, right: Side) -> Fact {
        if self.seen.has(left, right) {
            return Fact::Shown;
        }
        let (ours, theirs) = (self.ways(left), self.ways(right));
        let is_apart = ours
            .iter()
            .all(|way| theirs.iter().all(|other| way.excludes(other)));
        if is_apart {
            return Fact::Nobody;
        }
        if let Some(found) = self.tried(left, right) {
            self.note(found);
            return Fact::Shown;
        }
        let (one, other) = (self.node(left), self.node(right));
        let node = self.prover.dag.and([one, other]);
        if node == Dag::NOBODY {
            return Fact::Nobody;
        }
        match self.search(node, &[left, right]) {
            Search::Nothing => Fact::Nobody,
            Search::Unknown(why) => Fact::Unknown(why),
            Search::Found(id, cells) => {
                self.note((id, cells));
                Fact::Shown
            }
        }
    }

    fn note(&mut self, found: Found) {
        self.fresh.push(found);
        if self.fresh.len() >= BATCH {
            self.look();
        }
    }

    fn ways(&self, (id, is_in): Side) -> &[Way] {
        match (self.known.get(id.index()), is_in) {
            (Some(known), true) => &known.yes,
            (Some(known), false) => &known.no,
            (None, _) => &[],
        }
    }

    fn node(&mut self, (id, is_in): Side) -> NodeId {
        let root = self.root(id);
        match is_in {
            true => root,
            false => self.prover.dag.not(root),
        }
    }

    fn shows(&self, id: &str, cells: &[Value], sides: &[Side]) -> bool {
        let contact = Contact { id, cells };
        let mut evaluator = RowEvaluator::new(self.prover.rules, &self.clock, contact);
        sides
            .iter()
            .all(|(segment, is_in)| evaluator.is_member(*segment) == *is_in)
    }

    /// A contact put together from what both segments' fields may hold, when it shows what is asked.
    fn tried(&self, left: Side, right: Side) -> Option<Found> {
        let pairs = self.ways(left).iter();
        let pairs = pairs.flat_map(|way| self.ways(right).iter().map(move |other| (way, other)));
        let joined = pairs.filter_map(|(way, other)| way.with(other));
        joined
            .take(MOST_TRIES)
            .map(|way| self.contact(&way, left, right))
            .find(|(id, cells)| self.shows(id, cells, &[left, right]))
    }

    fn contact(&self, way: &Way, left: Side, right: Side) -> Found {
        let schema = &self.prover.rules.schema;
        let mut cells = vec![Value::Missing; schema.len()];
        for side in [left, right] {
            for (cell, other) in cells.iter_mut().zip(self.example(side)) {
                add(cell, other);
            }
        }
        for (field, set) in way.fields() {
            if let Some(example) = self.classes.example(*field, set)
                && let Some(cell) = cells.get_mut(field.index())
            {
                *cell = example.clone();
            }
        }
        for question in way.yes() {
            if let Some((field, element)) = self.classes.element(question)
                && let Some(cell) = cells.get_mut(field.index())
            {
                add(cell, &Value::List(vec![element.clone()]));
            }
        }
        let id = match schema.id {
            IdSource::Field(field) => cells.get_mut(field.index()),
            IdSource::Row => None,
        };
        let id = match id {
            Some(Value::Text(id)) => id.to_string(),
            Some(cell) => {
                *cell = Value::Text("1".into());
                "1".to_string()
            }
            None => "1".to_string(),
        };
        (id, cells)
    }

    /// Cells of somebody on this side.
    fn example(&self, (id, is_in): Side) -> &[Value] {
        let found = self.known.get(id.index()).and_then(|known| match is_in {
            true => known.member.as_ref(),
            false => known.outsider.as_ref(),
        });
        found.map_or(&[], |(_, cells)| cells)
    }
}

/// Fills a cell that is missing; lists are put together.
fn add(cell: &mut Value, other: &Value) {
    match (&mut *cell, other) {
        (Value::Missing, other) => *cell = other.clone(),
        (Value::List(elements), Value::List(others)) => {
            for other in others {
                if !elements.contains(other) {
                    elements.push(other.clone());
                }
            }
        }
        _ => {}
    }
}

/// The predicates of all segments, children first.
fn used(prover: &Prover) -> Vec<NodeId> {
    let roots = prover.roots.iter().map(|root| root.node);
    let mut seen: BTreeSet<NodeId> = roots.collect();
    let mut open: Vec<NodeId> = seen.iter().copied().collect();
    while let Some(id) = open.pop() {
        let children: &[NodeId] = match prover.dag.node(id) {
            Node::Nobody | Node::Everyone | Node::Ask(_) => &[],
            Node::Not(inner) => std::slice::from_ref(inner),
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => of,
        };
        open.extend(children.iter().copied().filter(|child| seen.insert(*child)));
    }
    seen.into_iter().collect()
}
