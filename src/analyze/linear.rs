//! Turns comparisons of quantities into stretches of one whole-number sum, where that is exact.
//!
//! Invariants: a [`Sum`] stands only for quantities whose exact calculation cannot overflow, so it is
//! missing exactly when one of its fields is; everything else is kept as the quantity it is.

use super::ratio::{Ratio, Stretch, greatest_divisor};
use crate::check::typed::{NumberRange, Quantity};
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::syntax::ast::{Comparison, Operator};

/// `3·a - 2·b`: coprime whole factors, the first above 0, times whole-number quantities (decimals in
/// their units).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Sum(pub(super) Vec<(i128, Quantity)>);

/// A sum with fractions and a constant, on the way to a [`Sum`].
struct Form {
    terms: Vec<(Ratio, Quantity)>,
    constant: Ratio,
}

/// Larger intermediate results might overflow 128 bits.
const SAFE: f64 = 1e37;

/// What a comparison of two quantities says of a sum; `None` when it is not that simple.
pub(super) fn compare(
    schema: &Schema,
    left: &Quantity,
    relation: Comparison,
    right: &Quantity,
) -> Option<(Sum, Vec<Stretch>)> {
    let (left, right) = (safe_form(schema, left)?, safe_form(schema, right)?);
    let difference = left.plus(right.times(Ratio::ONE.negative()?)?)?;
    difference.stretches(&[relation_to(relation, Ratio::ZERO)])
}

/// What lying in ranges says of a sum.
pub(super) fn within(
    schema: &Schema,
    quantity: &Quantity,
    ranges: &[NumberRange],
) -> Option<(Sum, Vec<Stretch>)> {
    safe_form(schema, quantity)?.stretches(&stretches_of(ranges)?)
}

/// The stretches that ranges of literals are.
pub(super) fn stretches_of(ranges: &[NumberRange]) -> Option<Vec<Stretch>> {
    let stretch = |range: &NumberRange| {
        let from = range.from.as_ref().map(Ratio::of);
        let to = range.to.as_ref().map(Ratio::of);
        Some(Stretch {
            from: match from {
                Some(at) => Some((at?, true)),
                None => None,
            },
            to: match to {
                Some(at) => Some((at?, range.includes_end)),
                None => None,
            },
        })
    };
    ranges.iter().map(stretch).collect()
}

/// The numbers that compare so with one number.
pub(super) fn relation_to(relation: Comparison, at: Ratio) -> Stretch {
    let (from, to) = match relation {
        // A question never says `!=`: it is the complement of `=`.
        Comparison::Equal | Comparison::NotEqual => (Some((at, true)), Some((at, true))),
        Comparison::Less => (None, Some((at, false))),
        Comparison::LessOrEqual => (None, Some((at, true))),
        Comparison::Greater => (Some((at, false)), None),
        Comparison::GreaterOrEqual => (Some((at, true)), None),
    };
    Stretch { from, to }
}

/// The fields that must hold a value for the quantity to have one.
pub(super) fn needs(quantity: &Quantity, into: &mut Vec<FieldId>) {
    match quantity {
        Quantity::Literal(_) | Quantity::Count(_) => {}
        Quantity::Field(field)
        | Quantity::Moment(field)
        | Quantity::Part(_, field)
        | Quantity::DaysSince(field)
        | Quantity::Day(field)
        | Quantity::Length(field) => into.push(*field),
        Quantity::Negate(inner) => needs(inner, into),
        Quantity::Arithmetic(left, _, right) => {
            needs(left, into);
            needs(right, into);
        }
    }
}

/// Whether a float takes part, so that nothing is exact.
pub(super) fn has_float(schema: &Schema, quantity: &Quantity) -> bool {
    let mut found = false;
    quantity.visit_fields(&mut |field| {
        let kind = schema.field(field).map(|field| &field.kind);
        found |= matches!(kind, Some(Type::Float(_)));
    });
    found
}

fn safe_form(schema: &Schema, quantity: &Quantity) -> Option<Form> {
    let (top, bottom) = largest(schema, quantity)?;
    (top < SAFE && bottom < SAFE)
        .then(|| form(schema, quantity))
        .flatten()
}

/// The largest numerator and denominator a quantity may have, before it is reduced.
fn largest(schema: &Schema, quantity: &Quantity) -> Option<(f64, f64)> {
    const CELL: f64 = 9.3e18;
    let sizes = match quantity {
        Quantity::Literal(number) => (
            number.digits.unsigned_abs() as f64,
            10f64.powi(i32::from(number.scale)),
        ),
        Quantity::Field(field) => match schema.field(*field)?.kind {
            Type::Decimal { places, .. } => (CELL, 10f64.powi(i32::from(places))),
            _ => (CELL, 1.0),
        },
        Quantity::Moment(_)
        | Quantity::Part(..)
        | Quantity::DaysSince(_)
        | Quantity::Day(_)
        | Quantity::Length(_)
        | Quantity::Count(_) => (CELL, 1.0),
        Quantity::Negate(inner) => largest(schema, inner)?,
        Quantity::Arithmetic(left, operator, right) => {
            let (a, b) = largest(schema, left)?;
            let (c, d) = largest(schema, right)?;
            match operator {
                Operator::Add | Operator::Subtract => (a * d + c * b, b * d),
                Operator::Multiply => (a * c, b * d),
                Operator::Divide => (a * d, b * c),
            }
        }
    };
    (sizes.0 < SAFE && sizes.1 < SAFE).then_some(sizes)
}

fn form(schema: &Schema, quantity: &Quantity) -> Option<Form> {
    let leaf = |factor| {
        Some(Form {
            terms: vec![(factor, quantity.clone())],
            constant: Ratio::ZERO,
        })
    };
    match quantity {
        Quantity::Literal(number) => Some(Form {
            terms: Vec::new(),
            constant: Ratio::of(number)?,
        }),
        Quantity::Field(field) => match schema.field(*field)?.kind {
            Type::Int(_) => leaf(Ratio::ONE),
            Type::Decimal { places, .. } => {
                leaf(Ratio::new(1, 10i128.checked_pow(u32::from(places))?)?)
            }
            _ => None,
        },
        Quantity::Moment(_)
        | Quantity::Part(..)
        | Quantity::DaysSince(_)
        | Quantity::Day(_)
        | Quantity::Length(_)
        | Quantity::Count(_) => leaf(Ratio::ONE),
        Quantity::Negate(inner) => form(schema, inner)?.times(Ratio::ONE.negative()?),
        Quantity::Arithmetic(left, operator, right) => {
            let (left, right) = (form(schema, left)?, form(schema, right)?);
            match operator {
                Operator::Add => left.plus(right),
                Operator::Subtract => left.plus(right.times(Ratio::ONE.negative()?)?),
                Operator::Multiply if left.terms.is_empty() => right.times(left.constant),
                Operator::Multiply if right.terms.is_empty() => left.times(right.constant),
                Operator::Divide if right.terms.is_empty() => left.times(right.constant.inverse()?),
                Operator::Multiply | Operator::Divide => None,
            }
        }
    }
}

impl Form {
    fn plus(mut self, other: Form) -> Option<Form> {
        for (factor, quantity) in other.terms {
            match self.terms.iter_mut().find(|(_, known)| *known == quantity) {
                Some((known, _)) => *known = known.plus(factor)?,
                None => self.terms.push((factor, quantity)),
            }
        }
        self.constant = self.constant.plus(other.constant)?;
        Some(self)
    }

    fn times(mut self, by: Ratio) -> Option<Form> {
        for (factor, _) in &mut self.terms {
            *factor = factor.times(by)?;
        }
        self.constant = self.constant.times(by)?;
        Some(self)
    }

    /// Moves the constant to the other side and makes the factors coprime whole numbers. A term that
    /// cancels out would take its missing cells along, so such forms are left alone.
    fn stretches(mut self, wanted: &[Stretch]) -> Option<(Sum, Vec<Stretch>)> {
        if self.terms.is_empty() || self.terms.iter().any(|(factor, _)| factor.is_zero()) {
            return None;
        }
        // One order of terms, whichever way round it is written.
        self.terms
            .sort_by_cached_key(|(_, quantity)| format!("{quantity:?}"));
        let mut common: i128 = 1;
        for (factor, _) in &self.terms {
            let shared = greatest_divisor(common.unsigned_abs(), factor.bottom().unsigned_abs());
            common = common
                .checked_mul(factor.bottom())?
                .checked_div(i128::try_from(shared).ok()?)?;
        }
        let mut whole = Vec::with_capacity(self.terms.len());
        for (factor, quantity) in &self.terms {
            let factor = factor.times(Ratio::whole(common))?.as_whole()?;
            whole.push((factor, quantity.clone()));
        }
        let shared = whole.iter().fold(0u128, |shared, (factor, _)| {
            greatest_divisor(shared, factor.unsigned_abs())
        });
        let shared = i128::try_from(shared).ok()?;
        let is_flipped = whole.first().is_some_and(|(factor, _)| *factor < 0);
        let divisor = if is_flipped { -shared } else { shared };
        for (factor, _) in &mut whole {
            *factor /= divisor;
        }
        let scale = Ratio::new(common, divisor)?;
        let offset = self.constant.negative()?;
        let moved = wanted.iter().map(|stretch| stretch.moved(offset, scale));
        Some((Sum(whole), moved.collect::<Option<_>>()?))
    }
}

impl Stretch {
    /// `(x + offset) · scale` for every x inside.
    fn moved(&self, offset: Ratio, scale: Ratio) -> Option<Stretch> {
        let end = |end: Option<(Ratio, bool)>| match end {
            Some((at, includes)) => Some(Some((at.plus(offset)?.times(scale)?, includes))),
            None => Some(None),
        };
        let (from, to) = (end(self.from)?, end(self.to)?);
        Some(if scale.is_below_zero() {
            Stretch { from: to, to: from }
        } else {
            Stretch { from, to }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;
    use crate::schema::Field;
    use crate::value::{Intervals, Number};

    fn schema() -> Schema {
        let mut schema = Schema::new(None);
        for name in ["a", "b"] {
            let field = Field {
                name: Name::new(name),
                aka: Vec::new(),
                kind: Type::Int(Intervals::all()),
                is_optional: false,
                missing_when: Vec::new(),
                doc: None,
                span: None,
            };
            schema.add(field).unwrap();
        }
        schema
    }

    fn minus(left: Quantity, right: Quantity) -> Quantity {
        Quantity::Arithmetic(Box::new(left), Operator::Subtract, Box::new(right))
    }

    #[test]
    fn both_ways_of_writing_an_age_are_one_sum() {
        let schema = schema();
        let literal = |number| Quantity::Literal(Number::new(number, 0));
        let born = Quantity::Field(FieldId(0));
        let age = minus(literal(2026), born.clone());
        let (sum, stretches) =
            compare(&schema, &age, Comparison::GreaterOrEqual, &literal(18)).unwrap();
        assert_eq!(sum, Sum(vec![(1, born.clone())]));
        assert_eq!(stretches[0].whole_numbers(), (None, Some(2008)));
        let (other, stretches) = compare(&schema, &literal(2008), Comparison::Less, &born).unwrap();
        assert_eq!(other, sum);
        assert_eq!(stretches[0].whole_numbers(), (Some(2009), None));
    }

    #[test]
    fn what_cancels_out_or_multiplies_fields_is_left_alone() {
        let schema = schema();
        let a = Quantity::Field(FieldId(0));
        let b = Quantity::Field(FieldId(1));
        assert!(compare(&schema, &a, Comparison::Less, &a).is_none());
        let product = Quantity::Arithmetic(Box::new(a.clone()), Operator::Multiply, Box::new(b));
        assert!(compare(&schema, &product, Comparison::Less, &a).is_none());
    }
}
