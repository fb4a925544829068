//! Turns a condition into clauses: all of some literals, any of each of some more, and a rest.
//!
//! Most conditions are a conjunction of questions and of small disjunctions, and become clauses
//! wholly. What would grow too large, and questions over several cells, stay in the rest as they are.

use crate::dag::{Dag, Node, NodeId};

/// Parts of one condition that are taken apart; what is left then goes into the rest.
const MOST_PARTS: usize = 64;
/// Clauses with several literals of one condition.
pub(super) const MOST_CLAUSES: usize = 8;
/// Literals of one part.
const MOST_LITERALS: usize = 512;
/// Pairs of clauses that are joined at once.
const MOST_JOINED: usize = 64;
/// How deep a part is taken apart.
const MOST_DEPTH: usize = 8;

/// A predicate or its complement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Signed {
    pub(super) node: NodeId,
    pub(super) is_negated: bool,
}

impl Signed {
    pub(super) fn of(node: NodeId) -> Signed {
        Signed {
            node,
            is_negated: false,
        }
    }

    fn with(self, node: NodeId) -> Signed {
        Signed { node, ..self }
    }

    fn complement(self) -> Signed {
        Signed {
            is_negated: !self.is_negated,
            ..self
        }
    }
}

/// Literals of which one must hold, ascending.
type Clause = Vec<Signed>;

/// A condition taken apart: it holds when `all`, each of `any` and all of `rest` hold.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// Questions that must hold.
    pub(super) all: Vec<Signed>,
    /// Of each of these at least one question; two or more.
    pub(super) any: Vec<Clause>,
    /// Predicates to be evaluated one by one.
    pub(super) rest: Vec<Signed>,
    /// Nobody can be in.
    pub(super) is_impossible: bool,
}

impl Form {
    /// Takes a predicate apart; `is_indexed` tells which questions may become literals.
    pub(super) fn new(dag: &Dag, root: NodeId, is_indexed: &dyn Fn(NodeId) -> bool) -> Form {
        let mut form = Form::default();
        let mut open = vec![Signed::of(root)];
        let mut parts = 1;
        while let Some(part) = open.pop() {
            match (dag.node(part.node), part.is_negated) {
                (Node::Not(inner), _) => open.push(part.with(*inner).complement()),
                (Node::And(of), false) | (Node::Or(of), true) if parts + of.len() <= MOST_PARTS => {
                    parts += of.len();
                    open.extend(of.iter().map(|&child| part.with(child)));
                }
                _ => form.add(part, clauses(dag, part, is_indexed, MOST_DEPTH)),
            }
        }
        form.all.sort_unstable();
        form.all.dedup();
        form
    }

    fn add(&mut self, part: Signed, clauses: Option<Vec<Clause>>) {
        let long = |clauses: &[Clause]| clauses.iter().filter(|clause| clause.len() > 1).count();
        let Some(clauses) = clauses.filter(|each| self.any.len() + long(each) <= MOST_CLAUSES)
        else {
            self.rest.push(part);
            return;
        };
        for clause in clauses {
            match clause.as_slice() {
                [] => self.is_impossible = true,
                [one] => self.all.push(*one),
                _ => self.any.push(clause),
            }
        }
    }
}

/// The clauses of a part; `None` when there would be too many or a question is not indexed.
fn clauses(
    dag: &Dag,
    part: Signed,
    is_indexed: &dyn Fn(NodeId) -> bool,
    depth: usize,
) -> Option<Vec<Clause>> {
    let depth = depth.checked_sub(1)?;
    let each = |of: &[NodeId]| -> Option<Vec<Vec<Clause>>> {
        if of.len() > MOST_LITERALS {
            return None;
        }
        of.iter()
            .map(|&child| clauses(dag, part.with(child), is_indexed, depth))
            .collect()
    };
    let is_wanted = !part.is_negated;
    match dag.node(part.node) {
        Node::Nobody => Some(constant(!is_wanted)),
        Node::Everyone => Some(constant(is_wanted)),
        Node::Ask(_) => is_indexed(part.node).then(|| vec![vec![part]]),
        Node::Not(inner) => clauses(dag, part.with(*inner).complement(), is_indexed, depth),
        Node::And(of) if is_wanted => limited(each(of)?.concat()),
        Node::Or(of) if !is_wanted => limited(each(of)?.concat()),
        Node::And(of) | Node::Or(of) => any_of(&each(of)?.iter().collect::<Vec<_>>()),
        Node::AtLeast(count, of) => {
            let count = *count as usize;
            let needed = match is_wanted {
                true => count,
                false => (of.len() + 1).checked_sub(count)?,
            };
            at_least(needed, &each(of)?)
        }
    }
}

/// No clause for everyone, an empty one for nobody.
fn constant(is_everyone: bool) -> Vec<Clause> {
    match is_everyone {
        true => Vec::new(),
        false => vec![Vec::new()],
    }
}

fn limited(mut clauses: Vec<Clause>) -> Option<Vec<Clause>> {
    clauses.sort_unstable();
    clauses.dedup();
    let literals: usize = clauses.iter().map(Vec::len).sum();
    let long = clauses.iter().filter(|clause| clause.len() > 1).count();
    (long <= MOST_CLAUSES && literals <= MOST_LITERALS).then_some(clauses)
}

/// Any of several sets of clauses: one clause of each, joined, in every combination.
fn any_of(sets: &[&Vec<Clause>]) -> Option<Vec<Clause>> {
    let mut joined = vec![Vec::new()];
    for set in sets {
        if joined.len() * set.len() > MOST_JOINED {
            return None;
        }
        let pairs = joined.iter().flat_map(|left| {
            let join = move |right: &Clause| join(left, right);
            set.iter().filter_map(join)
        });
        joined = limited(pairs.collect())?;
    }
    Some(joined)
}

/// Both clauses as one; `None` when it always holds, because it has a literal and its complement.
fn join(left: &Clause, right: &Clause) -> Option<Clause> {
    let mut joined = [left.as_slice(), right.as_slice()].concat();
    joined.sort_unstable();
    joined.dedup();
    let is_certain = joined.windows(2).any(|pair| match pair {
        [one, other] => one.node == other.node,
        _ => false,
    });
    (!is_certain).then_some(joined)
}

/// At least `needed` of the sets hold: of any `len - needed + 1` of them at least one does.
fn at_least(needed: usize, sets: &[Vec<Clause>]) -> Option<Vec<Clause>> {
    let size = (sets.len() + 1).checked_sub(needed)?;
    let mut chosen: Vec<usize> = (0..size).collect();
    let mut all = Vec::new();
    for _ in 0..=MOST_CLAUSES {
        let group: Vec<&Vec<Clause>> = chosen.iter().filter_map(|&at| sets.get(at)).collect();
        all.extend(any_of(&group)?);
        if !advance(&mut chosen, sets.len()) {
            return limited(all);
        }
    }
    None
}

/// The next combination of so many out of `of`; false after the last.
fn advance(chosen: &mut [usize], of: usize) -> bool {
    let size = chosen.len();
    let free = |(at, &place): (usize, &usize)| place < of - (size - at);
    let Some(at) = chosen.iter().enumerate().rev().position(free) else {
        return false;
    };
    let at = size - 1 - at;
    let first = chosen.get(at).map_or(0, |place| place + 1);
    for (place, next) in chosen.iter_mut().skip(at).zip(first..) {
        *place = next;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_are_all_met_once() {
        let mut chosen = vec![0, 1, 2];
        let mut met = vec![chosen.clone()];
        while advance(&mut chosen, 5) {
            met.push(chosen.clone());
        }
        assert_eq!(met.len(), 10);
        met.sort();
        met.dedup();
        assert_eq!(met.len(), 10);
        assert_eq!(met.last().unwrap(), &vec![2, 3, 4]);
    }
}
