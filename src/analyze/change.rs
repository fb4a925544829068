//! Turns two versions of a condition into who is in only one of them.

use super::claim::{Prover, Search, Why, answers, simplest};
use crate::check::typed::{Condition, RuleSet};
use crate::dag::{Dag, NodeId, Root};
use crate::value::{Clock, Instant, Value};

/// What one comparison may weigh.
const LARGEST_PROOF: usize = 60_000;

/// Whether anybody can be in one version and not in the other.
#[derive(Clone, Debug, PartialEq)]
pub enum Somebody {
    /// No contact that the schema allows.
    Nobody,
    /// This one, by id and cells; row evaluation has confirmed it.
    Somebody(String, Vec<Value>),
    /// Neither a proof nor a contact was found.
    Undecided(Why),
}

/// How the audience of a condition changes, over all contacts whose cells are valid.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Whether anybody is in the new version only.
    pub gained: Somebody,
    /// Whether anybody is in the old version only.
    pub lost: Somebody,
}

/// One version of the rules, at its `now`.
#[derive(Clone, Copy, Debug)]
pub struct Version<'r> {
    /// The rules.
    pub rules: &'r RuleSet,
    /// Their `now`.
    pub now: Instant,
}

/// Compares conditions of two versions of the rules. Both must have been checked against one schema,
/// and both run in the zone of `clock`.
pub struct Comparer<'r> {
    prover: Prover<'r>,
    clock: Clock,
    old: Version<'r>,
    new: Version<'r>,
    old_roots: Vec<Root>,
}

impl<'r> Comparer<'r> {
    /// Prepares all segments of both versions.
    pub fn new(old: Version<'r>, new: Version<'r>, clock: &Clock) -> Comparer<'r> {
        let at = |now| Clock {
            now,
            zone: clock.zone.clone(),
        };
        let mut prover = Prover::new(new.rules, at(new.now));
        prover.dag.move_to(old.now);
        let old_roots = prover.dag.add_segments(old.rules);
        prover.dag.move_to(new.now);
        Comparer {
            prover,
            clock: at(new.now),
            old,
            new,
            old_roots,
        }
    }

    /// Proves who can be in one of two conditions only, or finds somebody who is.
    pub fn compare(&mut self, old: &Condition, new: &Condition) -> Change {
        let before = self.old_node(old);
        let after = self.prover.node(new);
        Change {
            gained: self.somebody(after, before, old, new, true),
            lost: self.somebody(before, after, old, new, false),
        }
    }

    fn old_node(&mut self, condition: &Condition) -> NodeId {
        let dag = &mut self.prover.dag;
        dag.move_to(self.old.now);
        let reads = Default::default();
        let root = dag.add(self.old.rules, &self.old_roots, condition, &reads);
        dag.move_to(self.new.now);
        root.node
    }

    fn somebody(
        &mut self,
        inside: NodeId,
        outside: NodeId,
        old: &Condition,
        new: &Condition,
        is_gained: bool,
    ) -> Somebody {
        if inside == outside || inside == Dag::NOBODY {
            return Somebody::Nobody;
        }
        let dag = &mut self.prover.dag;
        let not_outside = dag.not(outside);
        let wanted = dag.and([inside, not_outside]);
        let (before, after) = (self.old, self.new);
        let zone = &self.clock.zone;
        let is_in = |version: Version, condition: &Condition, id: &str, cells: &[Value]| {
            let clock = Clock {
                now: version.now,
                zone: zone.clone(),
            };
            answers(version.rules, &clock, &[condition], id, cells) == [true]
        };
        let mut shows = |id: &str, cells: &[Value]| {
            let (was, is) = (is_in(before, old, id, cells), is_in(after, new, id, cells));
            was != is && is == is_gained
        };
        match self.prover.search(wanted, LARGEST_PROOF, &mut shows) {
            Search::Nothing => Somebody::Nobody,
            Search::Found(id, cells) => {
                let cells = simplest(&id, cells, &mut shows);
                Somebody::Somebody(id, cells)
            }
            Search::Unknown(why) => Somebody::Undecided(why),
        }
    }
}
