//! Turns the questions of the predicate table into what the theory knows how to cut into cells.

use super::linear::{self, Sum};
use super::ratio::{Ratio, Stretch};
use crate::check::typed::{Quantity, TextQuestion, TextTest, TextView, TimePart};
use crate::dag::Atom;
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::syntax::ast::{Comparison, Operator};
use crate::value::{Intervals, Share};
use std::sync::Arc;

/// A question in one of the few shapes the theory has.
#[derive(Clone, Debug)]
pub(super) enum Normal {
    /// About the cell of one field.
    Cell(FieldId, Atom),
    /// A sum of whole numbers lies in the stretches; missing exactly when a field is.
    Whole(Sum, Vec<Stretch>),
    /// Some other number lies in the stretches; missing at least when a field is.
    Number(Quantity, Vec<Stretch>),
    /// In a sample.
    Sample(Share, Arc<str>),
    /// Yes or no, no only when one of the fields is missing or the answer is no.
    Free(Vec<FieldId>),
}

/// The shape of a question.
pub(super) fn normal(schema: &Schema, atom: &Atom) -> Normal {
    match atom {
        Atom::Present(field)
        | Atom::Number(field, _)
        | Atom::Part(_, field, _)
        | Atom::MonthDay(field, _)
        | Atom::Text(field, _)
        | Atom::Region(field, _)
        | Atom::Version(field, _)
        | Atom::Element(field, _)
        | Atom::ElementCount(field, _) => Normal::Cell(*field, atom.clone()),
        Atom::Sample(share, salt) => Normal::Sample(share.clone(), salt.clone()),
        Atom::SameValue { left, right, .. } => Normal::Free(vec![*left, *right]),
        Atom::Known(quantities) => {
            let mut fields = Vec::new();
            for quantity in quantities {
                linear::needs(quantity, &mut fields);
            }
            Normal::Free(fields)
        }
        Atom::Compare(left, relation, right) => compare(schema, left, *relation, right),
        Atom::Within(quantity, ranges) => {
            if let Some((sum, stretches)) = linear::within(schema, quantity, ranges) {
                return direct(schema, sum, stretches);
            }
            let stretches = linear::stretches_of(ranges);
            match stretches.filter(|_| !linear::has_float(schema, quantity)) {
                Some(stretches) => Normal::Number(quantity.clone(), stretches),
                None => free(&[quantity]),
            }
        }
    }
}

fn compare(schema: &Schema, left: &Quantity, relation: Comparison, right: &Quantity) -> Normal {
    if let Some((sum, stretches)) = linear::compare(schema, left, relation, right) {
        return direct(schema, sum, stretches);
    }
    let has_float = linear::has_float(schema, left) || linear::has_float(schema, right);
    match (left, right) {
        (_, Quantity::Literal(number)) if !has_float => match Ratio::of(number) {
            Some(at) => Normal::Number(left.clone(), vec![linear::relation_to(relation, at)]),
            None => free(&[left]),
        },
        (Quantity::Literal(number), _) if !has_float => match Ratio::of(number) {
            Some(at) => {
                let mirrored = linear::relation_to(mirror(relation), at);
                Normal::Number(right.clone(), vec![mirrored])
            }
            None => free(&[right]),
        },
        // Less, equal or greater: that much holds of doubles too.
        _ => {
            let sides = Quantity::Arithmetic(
                Box::new(left.clone()),
                Operator::Subtract,
                Box::new(right.clone()),
            );
            Normal::Number(sides, vec![linear::relation_to(relation, Ratio::ZERO)])
        }
    }
}

fn mirror(relation: Comparison) -> Comparison {
    match relation {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Equal | Comparison::NotEqual => relation,
    }
}

fn free(quantities: &[&Quantity]) -> Normal {
    let mut fields = Vec::new();
    for quantity in quantities {
        linear::needs(quantity, &mut fields);
    }
    Normal::Free(fields)
}

/// A sum of one field is a question about its cell.
fn direct(schema: &Schema, sum: Sum, stretches: Vec<Stretch>) -> Normal {
    let [(1, quantity)] = sum.0.as_slice() else {
        return Normal::Whole(sum, stretches);
    };
    match quantity {
        Quantity::Field(field) => Normal::Cell(*field, Atom::Number(*field, numbers(&stretches))),
        Quantity::Day(field) if is_date(schema, *field) => {
            Normal::Cell(*field, Atom::Number(*field, numbers(&stretches)))
        }
        Quantity::Count(field) => {
            Normal::Cell(*field, Atom::ElementCount(*field, numbers(&stretches)))
        }
        Quantity::Length(field) => {
            let test = TextTest {
                view: TextView::Exact,
                question: TextQuestion::Length(numbers(&stretches)),
            };
            Normal::Cell(*field, Atom::Text(*field, test))
        }
        Quantity::Part(part, field) if *part != TimePart::Year => {
            Normal::Cell(*field, Atom::Part(*part, *field, numbers(&stretches)))
        }
        Quantity::Part(..)
        | Quantity::DaysSince(_)
        | Quantity::Day(_)
        | Quantity::Moment(_)
        | Quantity::Literal(_)
        | Quantity::Negate(_)
        | Quantity::Arithmetic(..) => Normal::Whole(sum, stretches),
    }
}

/// Whether a field's numbers are its days.
pub(super) fn is_date(schema: &Schema, field: FieldId) -> bool {
    let kind = schema.field(field).map(|field| &field.kind);
    matches!(kind, Some(Type::Date(_)))
}

/// The whole numbers of the stretches, as far as cells can hold them.
fn numbers(stretches: &[Stretch]) -> Intervals {
    let pairs = stretches.iter().filter_map(|stretch| {
        let (from, to) = stretch.whole_numbers();
        // A stretch beyond either end of the cells' numbers holds none of them.
        let (least, most) = (i128::from(i64::MIN), i128::from(i64::MAX));
        if from.is_some_and(|from| from > most) || to.is_some_and(|to| to < least) {
            return None;
        }
        let clip = |number: i128| i64::try_from(number.clamp(least, most)).unwrap_or(i64::MAX);
        Some((from.map_or(i64::MIN, clip), to.map_or(i64::MAX, clip)))
    });
    Intervals::new(pairs.collect())
}
