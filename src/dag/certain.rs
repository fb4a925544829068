//! Turns a predicate into the one that holds without leaning on missing values.
//!
//! In Kleene's logic a test of a missing value is unknown. A contact is *certainly* in `P` when `P`
//! is true there. Positive tests are certain whenever they hold; `not` is where missing values enter.

use super::{Atom, Dag, Node, NodeId};
use crate::check::typed::Quantity;
use crate::name::FieldId;
use foldhash::fast::FixedState;
use std::collections::HashMap;

/// The predicate that is true where `node` is true in three-valued logic.
pub(super) fn certain(dag: &mut Dag, node: NodeId) -> NodeId {
    let memo = std::mem::take(&mut dag.certain);
    let mut pass = Pass {
        dag,
        memo,
        field: None,
    };
    let found = pass.run(node, true);
    let memo = pass.memo;
    dag.certain = memo;
    found
}

/// As [`certain`], when only tests of one field's missing values are unknown and those of others are
/// answered no.
pub(super) fn certain_about(dag: &mut Dag, node: NodeId, field: FieldId) -> NodeId {
    let mut pass = Pass {
        dag,
        memo: Memo::default(),
        field: Some(field),
    };
    pass.run(node, true)
}

/// (node, polarity) → the node that is certainly true (or certainly false) there.
pub(super) type Memo = HashMap<(NodeId, bool), NodeId, FixedState>;

struct Pass<'d> {
    dag: &'d mut Dag,
    memo: Memo,
    /// The only field whose missing values are unknown.
    field: Option<FieldId>,
}

impl Pass<'_> {
    /// The predicate of certainly true (`is_true`) or certainly false. Works through an explicit
    /// stack: chains of segments may be longer than the machine's stack is deep.
    fn run(&mut self, node: NodeId, is_true: bool) -> NodeId {
        let mut stack = vec![(node, is_true)];
        while let Some(&(id, polarity)) = stack.last() {
            if self.memo.contains_key(&(id, polarity)) {
                stack.pop();
                continue;
            }
            let needed = self.needs(id, polarity);
            let open = needed.iter().filter(|key| !self.memo.contains_key(key));
            let before = stack.len();
            stack.extend(open.copied().collect::<Vec<_>>());
            if stack.len() == before {
                let made = self.make(id, polarity);
                self.memo.insert((id, polarity), made);
                stack.pop();
            }
        }
        self.known(node, is_true)
    }

    fn known(&self, id: NodeId, polarity: bool) -> NodeId {
        self.memo.get(&(id, polarity)).copied().unwrap_or(id)
    }

    fn needs(&self, id: NodeId, polarity: bool) -> Vec<(NodeId, bool)> {
        match self.dag.node(id) {
            Node::Nobody | Node::Everyone | Node::Ask(_) => Vec::new(),
            Node::Not(inner) => vec![(*inner, !polarity)],
            Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => {
                of.iter().map(|&child| (child, polarity)).collect()
            }
        }
    }

    fn make(&mut self, id: NodeId, polarity: bool) -> NodeId {
        let node = self.dag.node(id).clone();
        match (node, polarity) {
            (Node::Nobody, is_true) => constant(!is_true),
            (Node::Everyone, is_true) => constant(is_true),
            (Node::Ask(_), true) => id,
            (Node::Ask(atom), false) => self.certainly_not(id, &atom),
            (Node::Not(inner), _) => self.known(inner, !polarity),
            (Node::And(of), true) => {
                let of = self.all_known(&of, true);
                self.dag.and(of)
            }
            (Node::And(of), false) => {
                let of = self.all_known(&of, false);
                self.dag.or(of)
            }
            (Node::Or(of), true) => {
                let of = self.all_known(&of, true);
                self.dag.or(of)
            }
            (Node::Or(of), false) => {
                let of = self.all_known(&of, false);
                self.dag.and(of)
            }
            (Node::AtLeast(count, of), true) => {
                let of = self.all_known(&of, true);
                self.dag.at_least(count, of)
            }
            (Node::AtLeast(count, of), false) => {
                // Fewer than `count` hold when more than `len - count` certainly do not.
                let failing = u32::try_from(of.len()).unwrap_or(u32::MAX) - count + 1;
                let of = self.all_known(&of, false);
                self.dag.at_least(failing, of)
            }
        }
    }

    fn all_known(&self, of: &[NodeId], polarity: bool) -> Vec<NodeId> {
        of.iter().map(|&id| self.known(id, polarity)).collect()
    }

    /// The question is certainly answered no: the cells it looks at hold values and it fails.
    fn certainly_not(&mut self, id: NodeId, atom: &Atom) -> NodeId {
        let fails = self.dag.not(id);
        if let Some(field) = self.field {
            let is_there = match atom.can_miss(field) {
                true => self.dag.ask(Atom::Present(field)),
                false => Dag::EVERYONE,
            };
            return self.dag.and([fails, is_there]);
        }
        let mut parts = vec![fails];
        match atom {
            // `is missing` is never unknown, a count of elements is never missing, ids are there.
            Atom::Present(_) | Atom::ElementCount(..) | Atom::Sample(..) | Atom::Known(_) => {}
            Atom::Compare(left, _, right) => {
                parts.push(self.dag.ask(Atom::Known(vec![left.clone(), right.clone()])));
            }
            Atom::Within(quantity, _) if !quantity.is_never_missing() => {
                parts.push(self.dag.ask(Atom::Known(vec![quantity.clone()])));
            }
            Atom::Within(..) => {}
            Atom::Number(..)
            | Atom::Part(..)
            | Atom::MonthDay(..)
            | Atom::Text(..)
            | Atom::Region(..)
            | Atom::Version(..)
            | Atom::Element(..)
            | Atom::SameValue { .. } => {
                for field in atom.fields() {
                    parts.push(self.dag.ask(Atom::Present(field)));
                }
            }
        }
        self.dag.and(parts)
    }
}

fn constant(is_everyone: bool) -> NodeId {
    if is_everyone {
        Dag::EVERYONE
    } else {
        Dag::NOBODY
    }
}

impl Atom {
    /// Whether the question is about a value that a missing cell of the field takes away.
    fn can_miss(&self, field: FieldId) -> bool {
        match self {
            Atom::Present(_) | Atom::ElementCount(..) | Atom::Sample(..) | Atom::Known(_) => false,
            Atom::Compare(left, _, right) => left.can_miss(field) || right.can_miss(field),
            Atom::Within(quantity, _) => quantity.can_miss(field),
            Atom::Number(..)
            | Atom::Part(..)
            | Atom::MonthDay(..)
            | Atom::Text(..)
            | Atom::Region(..)
            | Atom::Version(..)
            | Atom::Element(..)
            | Atom::SameValue { .. } => self.fields().contains(&field),
        }
    }
}

impl Quantity {
    /// Whether a missing cell of the field takes the number away: a list without elements has 0.
    fn can_miss(&self, field: FieldId) -> bool {
        match self {
            Quantity::Literal(_) | Quantity::Count(_) => false,
            Quantity::Field(of)
            | Quantity::Moment(of)
            | Quantity::Part(_, of)
            | Quantity::DaysSince(of)
            | Quantity::Day(of)
            | Quantity::Length(of) => *of == field,
            Quantity::Negate(inner) => inner.can_miss(field),
            Quantity::Arithmetic(left, _, right) => left.can_miss(field) || right.can_miss(field),
        }
    }

    /// Whether it has a value for every contact.
    fn is_never_missing(&self) -> bool {
        matches!(self, Quantity::Literal(_) | Quantity::Count(_))
    }
}
