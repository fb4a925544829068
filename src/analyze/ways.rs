//! Turns a predicate into the ways to satisfy it: a few lists of facts, each about one field or one
//! question.
//!
//! Invariants: a contact satisfies the predicate exactly when it satisfies all facts of some way; ways
//! that contradict themselves are left out.

use super::classes::{Classes, Set};
use crate::dag::{Dag, Node, NodeId};
use crate::name::FieldId;

/// A predicate with more ways is one fact.
const MOST_WAYS: usize = 12;

/// Facts that hold together.
#[derive(Clone, Debug, Default)]
pub(super) struct Way {
    /// What cells may be, by field, ascending.
    fields: Vec<(FieldId, Set)>,
    /// Predicates of several fields and what they answer, ascending.
    facts: Vec<(NodeId, bool)>,
}

impl Way {
    /// Both together; none when they contradict each other.
    pub(super) fn with(&self, other: &Way) -> Option<Way> {
        let facts = merged(&self.facts, &other.facts, |left, right| {
            (left == right).then_some(*left)
        })?;
        let fields = merged(&self.fields, &other.fields, |left, right| {
            let both: Set = left
                .iter()
                .zip(right)
                .map(|(left, right)| left & right)
                .collect();
            both.iter().any(|word| *word != 0).then_some(both)
        })?;
        Some(Way { fields, facts })
    }

    /// Whether both together contradict each other.
    pub(super) fn excludes(&self, other: &Way) -> bool {
        let is_apart = |left: &Set, right: &Set| {
            left.iter()
                .zip(right)
                .all(|(left, right)| left & right == 0)
        };
        meets(&self.facts, &other.facts, |left, right| left != right)
            || meets(&self.fields, &other.fields, is_apart)
    }

    /// What cells may be, by field.
    pub(super) fn fields(&self) -> &[(FieldId, Set)] {
        &self.fields
    }

    /// Questions that are answered yes.
    pub(super) fn yes(&self) -> impl Iterator<Item = NodeId> {
        self.facts
            .iter()
            .filter(|(_, holds)| *holds)
            .map(|(id, _)| *id)
    }
}

/// Two ascending lists as one; values under one key are joined, and none when that fails.
fn merged<K: Copy + Ord, V: Clone>(
    left: &[(K, V)],
    right: &[(K, V)],
    join: impl Fn(&V, &V) -> Option<V>,
) -> Option<Vec<(K, V)>> {
    let mut all = Vec::with_capacity(left.len() + right.len());
    let mut right = right.iter().peekable();
    for (key, value) in left {
        while let Some(next) = right.next_if(|(other, _)| other < key) {
            all.push(next.clone());
        }
        match right.next_if(|(other, _)| other == key) {
            Some((_, other)) => all.push((*key, join(value, other)?)),
            None => all.push((*key, value.clone())),
        }
    }
    all.extend(right.cloned());
    Some(all)
}

/// Whether two ascending lists hold some key with values that are `apart`.
fn meets<K: Ord, V>(left: &[(K, V)], right: &[(K, V)], is_apart: impl Fn(&V, &V) -> bool) -> bool {
    let mut right = right.iter().peekable();
    left.iter().any(|(key, value)| {
        while right.next_if(|(other, _)| other < key).is_some() {}
        right
            .peek()
            .is_some_and(|(other, theirs)| other == key && is_apart(value, theirs))
    })
}

/// The ways to satisfy a predicate, or its complement.
pub(super) fn ways(dag: &Dag, classes: &Classes, id: NodeId, holds: bool) -> Vec<Way> {
    if let Some((field, set)) = classes.set(id) {
        let set = match holds {
            true => Some(set.clone()),
            false => classes.complement(field, set),
        };
        let set = set.filter(|set| set.iter().any(|word| *word != 0));
        let way = |set| Way {
            fields: vec![(field, set)],
            facts: Vec::new(),
        };
        return set.map(way).into_iter().collect();
    }
    let found = match (dag.node(id), holds) {
        (Node::Nobody, false) | (Node::Everyone, true) => Some(vec![Way::default()]),
        (Node::Nobody, true) | (Node::Everyone, false) => Some(Vec::new()),
        (Node::Not(inner), _) => Some(ways(dag, classes, *inner, !holds)),
        (Node::And(of), true) | (Node::Or(of), false) => all_of(dag, classes, of, holds),
        (Node::And(of), false) | (Node::Or(of), true) => any_of(dag, classes, of, holds),
        (Node::Ask(_) | Node::AtLeast(..), _) => None,
    };
    found.unwrap_or_else(|| vec![fact(id, holds)])
}

fn fact(id: NodeId, holds: bool) -> Way {
    Way {
        fields: Vec::new(),
        facts: vec![(id, holds)],
    }
}

/// All parts together; a part with too many ways is one fact.
fn all_of(dag: &Dag, classes: &Classes, of: &[NodeId], holds: bool) -> Option<Vec<Way>> {
    let mut all = vec![Way::default()];
    for &id in of {
        let mut parts = ways(dag, classes, id, holds);
        if parts.len() * all.len() > MOST_WAYS {
            parts = vec![fact(id, holds)];
        }
        let joined = all
            .iter()
            .flat_map(|way| parts.iter().filter_map(move |part| way.with(part)));
        all = joined.collect();
    }
    Some(all)
}

fn any_of(dag: &Dag, classes: &Classes, of: &[NodeId], holds: bool) -> Option<Vec<Way>> {
    let mut any = Vec::new();
    for &id in of {
        any.extend(ways(dag, classes, id, holds));
        if any.len() > MOST_WAYS {
            return None;
        }
    }
    Some(any)
}
