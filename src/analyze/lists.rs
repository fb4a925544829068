//! Lists: any elements together, as many as wanted.
//!
//! A list answers yes to a question about elements when one of its elements does, so the classes of
//! single elements and how many there are decide everything.

use super::model::Part;
use super::sat::{Clauses, Lit};
use super::space::Space;
use crate::dag::{Atom, ElementAtom};
use crate::name::FieldId;
use crate::value::Value;
use std::sync::Arc;

/// Lists that are shown as examples have at most so many elements.
const LONGEST_EXAMPLE: i64 = 1000;

/// A question about elements as a question about the one element.
pub(super) fn element_question(atom: &Atom) -> Option<Atom> {
    let Atom::Element(field, test) = atom else {
        return None;
    };
    Some(match test {
        ElementAtom::Number(set) => Atom::Number(*field, set.clone()),
        ElementAtom::Text(test) => Atom::Text(*field, test.clone()),
        ElementAtom::Region(codes) => Atom::Region(*field, codes.clone()),
        ElementAtom::Version(ranges) => Atom::Version(*field, ranges.clone()),
    })
}

/// A list field in the clauses.
pub(super) struct ListPart {
    pub(super) field: FieldId,
    /// Whether an element of each class is there, in their order.
    used: Vec<Lit>,
    elements: Arc<Space>,
    /// How many elements: from, to.
    counts: Vec<(Lit, i64, i64)>,
}

/// Adds a list field; `lits` are the literals of its questions.
pub(super) fn add(
    clauses: &mut Clauses,
    field: FieldId,
    elements: Arc<Space>,
    atoms: &[Atom],
    lits: &[Lit],
) -> ListPart {
    let classes = elements.classes.keys();
    let all: Vec<Lit> = classes.map(|_| clauses.fresh()).collect();
    let is_there = clauses.any_of(&all);
    let mut place = 0;
    for (atom, lit) in atoms.iter().zip(lits) {
        let same = match atom {
            Atom::Present(_) => is_there,
            Atom::Element(..) => {
                let classes = all.iter().zip(elements.classes.keys());
                let passing = classes.filter(|(_, answers)| answers.get(place) == Some(&true));
                let passing: Vec<Lit> = passing.map(|(lit, _)| *lit).collect();
                place += 1;
                clauses.any_of(&passing)
            }
            _ => continue,
        };
        clauses.add(&[*lit, !same]);
        clauses.add(&[!*lit, same]);
    }
    let counts = add_counts(clauses, atoms, lits, is_there, &all);
    ListPart {
        field,
        used: all,
        elements,
        counts,
    }
}

/// Cuts the number of elements at every end of every question, and ties it to the elements.
fn add_counts(
    clauses: &mut Clauses,
    atoms: &[Atom],
    lits: &[Lit],
    is_there: Lit,
    all: &[Lit],
) -> Vec<(Lit, i64, i64)> {
    let mut starts = vec![0, 1];
    for atom in atoms {
        if let Atom::ElementCount(_, set) = atom {
            for (from, to) in set.iter() {
                starts.push(from.max(0));
                starts.extend(to.checked_add(1).map(|next| next.max(0)));
            }
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let mut counts = Vec::new();
    for (at, &from) in starts.iter().enumerate() {
        let to = starts.get(at + 1).map_or(i64::MAX, |next| next - 1);
        let lit = clauses.fresh();
        clauses.add(&[!lit, if from == 0 { !is_there } else { is_there }]);
        for (atom, question) in atoms.iter().zip(lits) {
            if let Atom::ElementCount(_, set) = atom {
                let answer = question.apply_sign(set.contains(from));
                clauses.add(&[!lit, answer]);
            }
        }
        // No more kinds of elements than elements.
        if let Ok(most) = usize::try_from(to)
            && most > 0
            && most < all.len()
        {
            let more = clauses.at_least(most + 1, all);
            clauses.add(&[!lit, !more]);
        }
        counts.push((lit, from, to));
    }
    let any: Vec<Lit> = counts.iter().map(|(lit, ..)| *lit).collect();
    clauses.add(&any);
    counts
}

impl ListPart {
    /// What the model says of this list.
    pub(super) fn part(&self, clauses: &Clauses) -> Part {
        let count = self.counts.iter().find(|(lit, ..)| clauses.is_true(*lit));
        let mut chosen: Vec<Lit> = self
            .used
            .iter()
            .map(|lit| lit.apply_sign(clauses.is_true(*lit)))
            .collect();
        chosen.extend(count.map(|(lit, ..)| *lit));
        let wanted = count.map_or(0, |(_, from, _)| *from);
        let classes = self.used.iter().zip(self.elements.classes.values());
        let elements: Option<Vec<Value>> = classes
            .filter(|(lit, _)| clauses.is_true(**lit))
            .map(|(_, class)| class.examples.first().cloned())
            .collect();
        let example = elements.and_then(|elements| filled(elements, wanted));
        Part {
            chosen,
            field: self.field,
            examples: example.into_iter().collect(),
            hull: None,
            count: count.map(|(_, from, to)| (*from, *to)),
        }
    }
}

/// The elements, repeated until there are enough.
fn filled(mut elements: Vec<Value>, wanted: i64) -> Option<Value> {
    let Some(first) = elements.first().cloned() else {
        return Some(Value::Missing);
    };
    if wanted > LONGEST_EXAMPLE {
        return None;
    }
    let wanted = usize::try_from(wanted).ok()?;
    while elements.len() < wanted {
        elements.push(first.clone());
    }
    Some(Value::List(elements))
}
