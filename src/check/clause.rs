//! Turns a condition into its clauses: the places of its text where it can hold or not.
//!
//! Invariants: clauses come in the order written, a group before its parts; `not` belongs to the
//! clause behind it; what cannot change (`everyone`, `nobody`) is no clause.

use super::typed::{Condition, ConditionKind};
use crate::syntax::ast::CountRelation;

/// What joins a clause with its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joint {
    /// It is the whole condition.
    Whole,
    /// `and`
    And,
    /// `or`
    Or,
    /// `at least … of` and the like.
    Count,
}

/// One clause of a condition.
#[derive(Clone, Copy, Debug)]
pub struct Clause<'c> {
    /// What it says; a `not` before a single question belongs to it.
    pub condition: &'c Condition,
    /// How it stands beside its neighbours.
    pub joint: Joint,
    /// The clause it is a part of, by its place in the list.
    pub parent: Option<usize>,
    /// Whether it has parts of its own.
    pub is_group: bool,
}

/// What a condition is among clauses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A clause without parts.
    Single,
    /// A clause with parts.
    Group,
    /// A `not` before a group: no clause of its own.
    Through,
    /// No clause: it cannot change.
    Fixed,
}

impl Condition {
    /// What the condition is among clauses.
    pub fn shape(&self) -> Shape {
        match &self.kind {
            ConditionKind::Everyone | ConditionKind::Nobody => Shape::Fixed,
            ConditionKind::Ask(_) | ConditionKind::Segment(_) => Shape::Single,
            ConditionKind::Not(inner) => match inner.shape() {
                Shape::Group | Shape::Through => Shape::Through,
                other => other,
            },
            ConditionKind::And(parts)
            | ConditionKind::Or(parts)
            | ConditionKind::Count { of: parts, .. } => match self.is_written_out(parts) {
                true => Shape::Group,
                false => Shape::Single,
            },
        }
    }

    /// Whether the parts stand in the text, each in its own place: `has all of (…)` has parts that do
    /// not.
    fn is_written_out(&self, parts: &[Condition]) -> bool {
        let is_distinct = |pair: &[Condition]| match pair {
            [left, right] => left.span != right.span,
            _ => true,
        };
        parts.iter().all(|part| part.span != self.span) && parts.windows(2).all(is_distinct)
    }

    /// The parts that are joined here, and how.
    pub fn joined(&self) -> (Joint, &[Condition]) {
        match &self.kind {
            ConditionKind::And(parts) => (Joint::And, parts),
            ConditionKind::Or(parts) => (Joint::Or, parts),
            ConditionKind::Count { of, .. } => (Joint::Count, of),
            ConditionKind::Not(inner) => (Joint::Whole, std::slice::from_ref(&**inner)),
            ConditionKind::Segment(_)
            | ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Ask(_) => (Joint::Whole, &[]),
        }
    }

    /// All clauses.
    pub fn clauses(&self) -> Vec<Clause<'_>> {
        let mut clauses = Vec::new();
        collect(self, Joint::Whole, None, &mut clauses);
        clauses
    }

    /// The condition of a contact for whom the answer of this one hangs on `clause`, one of
    /// [`Condition::clauses`], which holds or does not: were the clause otherwise, so were the answer.
    /// None when the clause stands elsewhere.
    pub fn hanging_on(&self, clause: &Condition, holds: bool) -> Option<Condition> {
        let own = match holds {
            true => clause.clone(),
            false => negated(clause.clone()),
        };
        let mut all = vec![own];
        reach(self, clause, &mut all).then(|| Condition {
            kind: ConditionKind::And(all),
            span: clause.span,
        })
    }
}

fn collect<'c>(
    condition: &'c Condition,
    joint: Joint,
    parent: Option<usize>,
    clauses: &mut Vec<Clause<'c>>,
) {
    let shape = condition.shape();
    let (inner_joint, parts) = condition.joined();
    match shape {
        Shape::Fixed => {}
        Shape::Single => clauses.push(Clause {
            condition,
            joint,
            parent,
            is_group: false,
        }),
        Shape::Through => {
            for inner in parts {
                collect(inner, joint, parent, clauses);
            }
        }
        Shape::Group => {
            let place = clauses.len();
            clauses.push(Clause {
                condition,
                joint,
                parent,
                is_group: true,
            });
            for part in parts {
                collect(part, inner_joint, Some(place), clauses);
            }
        }
    }
}

fn negated(condition: Condition) -> Condition {
    let span = condition.span;
    Condition {
        kind: ConditionKind::Not(Box::new(condition)),
        span,
    }
}

/// Adds what must be true around `clause` for the answer of `whole` to hang on it.
fn reach(whole: &Condition, clause: &Condition, all: &mut Vec<Condition>) -> bool {
    if std::ptr::eq(whole, clause) {
        return true;
    }
    let (_, parts) = whole.joined();
    let Some(at) = parts.iter().position(|part| reach(part, clause, all)) else {
        return false;
    };
    let others = parts.iter().enumerate().filter(|(index, _)| *index != at);
    let others = others.map(|(_, part)| part.clone());
    match &whole.kind {
        ConditionKind::And(_) => all.extend(others),
        ConditionKind::Or(_) => all.extend(others.map(negated)),
        ConditionKind::Count {
            relation, count, ..
        } => all.push(tipping(*relation, *count, others.collect(), whole)),
        ConditionKind::Not(_)
        | ConditionKind::Segment(_)
        | ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::Ask(_) => {}
    }
    true
}

/// So many of the others hold that one more or less makes the difference.
fn tipping(
    relation: CountRelation,
    count: u32,
    others: Vec<Condition>,
    whole: &Condition,
) -> Condition {
    let exactly = |count: u32| ConditionKind::Count {
        relation: CountRelation::Exactly,
        count,
        of: others.clone(),
    };
    let with = |kind| Condition {
        kind,
        span: whole.span,
    };
    let below = count.checked_sub(1);
    let kind = match (relation, below) {
        (CountRelation::AtLeast, Some(below)) => exactly(below),
        (CountRelation::AtLeast, None) => ConditionKind::Nobody,
        (CountRelation::AtMost, _) | (CountRelation::Exactly, None) => exactly(count),
        (CountRelation::Exactly, Some(below)) => {
            ConditionKind::Or(vec![with(exactly(below)), with(exactly(count))])
        }
    };
    with(kind)
}
