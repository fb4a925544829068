//! Turns quantities into numbers: exact 128-bit fractions, or doubles once a float takes part.
//!
//! Invariants: a missing operand, a division by zero or an overflow gives no number; nothing is
//! rounded unless a float takes part.

use crate::check::typed::{NumberRange, Quantity, TimePart};
use crate::name::FieldId;
use crate::syntax::ast::{Comparison, Operator};
use crate::value::{Clock, Date, Number, Value};
use std::cmp::Ordering;

/// A number on the way to a comparison.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount {
    /// `numerator / denominator`, the denominator above 0.
    Exact(i128, i128),
    /// A finite double.
    Double(f64),
}

/// The number of a quantity for a contact whose cells `cell` gives; `None` when missing.
pub(super) fn amount(
    quantity: &Quantity,
    clock: &Clock,
    cell: &dyn Fn(FieldId) -> Value,
) -> Option<Amount> {
    match quantity {
        Quantity::Literal(number) => Some(literal(number)),
        Quantity::Field(field) => of_value(&cell(*field)),
        Quantity::Moment(field) => moment(&cell(*field), clock),
        Quantity::Part(part, field) => part_of(*part, &cell(*field), clock).map(whole),
        Quantity::DaysSince(field) => {
            local_date(&cell(*field), clock).map(|date| whole(days_between(date, clock.today())))
        }
        Quantity::Day(field) => {
            local_date(&cell(*field), clock).map(|date| whole(i64::from(date.0)))
        }
        Quantity::Length(field) => length(&cell(*field)),
        Quantity::Count(field) => match cell(*field) {
            Value::List(elements) => Some(whole(elements.len() as i64)),
            _ => Some(whole(0)),
        },
        Quantity::Negate(inner) => match amount(inner, clock, cell)? {
            Amount::Exact(top, bottom) => Some(Amount::Exact(top.checked_neg()?, bottom)),
            Amount::Double(number) => Some(Amount::Double(-number)),
        },
        Quantity::Arithmetic(left, operator, right) => calculate(
            amount(left, clock, cell)?,
            *operator,
            amount(right, clock, cell)?,
        ),
    }
}

/// Where a number stands among others: its whole part rounded down, then what is left in 2^-64.
/// Numbers that differ by less have the same rank.
pub type Rank = (i128, u64);

/// The rank of a quantity for a contact whose cells `cell` gives; `None` when missing.
pub fn rank(quantity: &Quantity, clock: &Clock, cell: &dyn Fn(FieldId) -> Value) -> Option<Rank> {
    const PARTS: f64 = 18_446_744_073_709_551_616.0;
    Some(match amount(quantity, clock, cell)? {
        Amount::Exact(top, bottom) => (
            top.div_euclid(bottom),
            fraction(top.rem_euclid(bottom), bottom),
        ),
        Amount::Double(number) => {
            let floor = number.floor();
            (floor as i128, ((number - floor) * PARTS) as u64)
        }
    })
}

/// `rest / whole` in 2^-64, rounded down, by long division: both may need all 127 bits.
fn fraction(mut rest: i128, whole: i128) -> u64 {
    let mut parts = 0;
    for _ in 0..64 {
        let is_over_half = rest >= whole - rest;
        parts = parts << 1 | u64::from(is_over_half);
        rest = match is_over_half {
            true => rest - (whole - rest),
            false => rest + rest,
        };
    }
    parts
}

fn whole(number: i64) -> Amount {
    Amount::Exact(i128::from(number), 1)
}

fn literal(number: &Number) -> Amount {
    match 10i128.checked_pow(u32::from(number.scale)) {
        Some(power) => Amount::Exact(number.digits, power),
        None => Amount::Double(number.to_f64()),
    }
}

fn of_value(value: &Value) -> Option<Amount> {
    match value {
        Value::Int(number) => Some(whole(*number)),
        Value::Decimal { units, places } => Some(Amount::Exact(
            i128::from(*units),
            10i128.checked_pow(u32::from(*places))?,
        )),
        Value::Float(number) => Some(Amount::Double(*number)),
        _ => None,
    }
}

fn moment(value: &Value, clock: &Clock) -> Option<Amount> {
    match value {
        Value::Instant(instant) => Some(whole(instant.0)),
        Value::Date(date) => Some(whole(clock.zone.start_of_day(*date).0)),
        _ => None,
    }
}

/// The local date of a date or datetime.
pub(super) fn local_date(value: &Value, clock: &Clock) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::Instant(instant) => Some(clock.zone.date_of(*instant)),
        _ => None,
    }
}

/// A part of the local date or time.
pub(super) fn part_of(part: TimePart, value: &Value, clock: &Clock) -> Option<i64> {
    let date = local_date(value, clock)?;
    Some(match part {
        TimePart::Year => i64::from(date.year()),
        TimePart::Month => i64::from(date.month()),
        TimePart::Day => i64::from(date.day()),
        TimePart::Weekday => i64::from(date.weekday()),
        TimePart::Hour => match value {
            Value::Instant(instant) => i64::from(clock.zone.hour_of(*instant)),
            _ => return None,
        },
    })
}

fn days_between(from: Date, to: Date) -> i64 {
    i64::from(to.0) - i64::from(from.0)
}

fn length(value: &Value) -> Option<Amount> {
    match value {
        Value::Text(text) => Some(whole(text.chars().count() as i64)),
        _ => None,
    }
}

fn calculate(left: Amount, operator: Operator, right: Amount) -> Option<Amount> {
    match (left, right) {
        (Amount::Exact(a, b), Amount::Exact(c, d)) => exact(operator, (a, b), (c, d)),
        (left, right) => double(operator, left.to_f64(), right.to_f64()),
    }
}

fn exact(operator: Operator, (a, b): (i128, i128), (c, d): (i128, i128)) -> Option<Amount> {
    let sum = |c: i128| {
        let top = a.checked_mul(d)?.checked_add(c.checked_mul(b)?)?;
        reduced(top, b.checked_mul(d)?)
    };
    match operator {
        Operator::Add => sum(c),
        Operator::Subtract => sum(c.checked_neg()?),
        Operator::Multiply => reduced(a.checked_mul(c)?, b.checked_mul(d)?),
        Operator::Divide if c == 0 => None,
        Operator::Divide => reduced(
            a.checked_mul(d)?.checked_mul(c.signum())?,
            b.checked_mul(c.checked_abs()?)?,
        ),
    }
}

/// Lowest terms, so that chains of operations stay far from the limits.
fn reduced(top: i128, bottom: i128) -> Option<Amount> {
    let divisor = greatest_common_divisor(top.unsigned_abs(), bottom.unsigned_abs());
    let divisor = i128::try_from(divisor).ok()?.max(1);
    Some(Amount::Exact(top / divisor, bottom / divisor))
}

fn greatest_common_divisor(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn double(operator: Operator, left: f64, right: f64) -> Option<Amount> {
    let result = match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide if right == 0.0 => return None,
        Operator::Divide => left / right,
    };
    result.is_finite().then_some(Amount::Double(result))
}

impl Amount {
    fn to_f64(self) -> f64 {
        match self {
            Amount::Exact(top, bottom) => top as f64 / bottom as f64,
            Amount::Double(number) => number,
        }
    }

    fn compare(self, other: Amount) -> Ordering {
        match (self, other) {
            (Amount::Exact(a, b), Amount::Exact(c, d)) => compare_fractions(a, b, c, d),
            // Adding 0 makes −0.0 the same as 0.0.
            (left, right) => (left.to_f64() + 0.0).total_cmp(&(right.to_f64() + 0.0)),
        }
    }
}

/// Compares a/b with c/d without overflow: whole parts first, then the flipped remainders.
fn compare_fractions(a: i128, b: i128, c: i128, d: i128) -> Ordering {
    if let (Some(left), Some(right)) = (a.checked_mul(d), c.checked_mul(b)) {
        return left.cmp(&right);
    }
    let (left, right) = (a.div_euclid(b), c.div_euclid(d));
    if left != right {
        return left.cmp(&right);
    }
    match (a.rem_euclid(b), c.rem_euclid(d)) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (left, right) => compare_fractions(d, right, b, left),
    }
}

/// Whether two amounts compare so.
pub(super) fn compares(left: Amount, relation: Comparison, right: Amount) -> bool {
    let order = left.compare(right);
    match relation {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    }
}

/// Whether an amount lies in one of the ranges.
pub(super) fn lies_in(amount: Amount, ranges: &[NumberRange]) -> bool {
    ranges.iter().any(|range| {
        let is_above = range
            .from
            .as_ref()
            .is_none_or(|from| compares(amount, Comparison::GreaterOrEqual, literal(from)));
        let top = if range.includes_end {
            Comparison::LessOrEqual
        } else {
            Comparison::Less
        };
        let is_below = range
            .to
            .as_ref()
            .is_none_or(|to| compares(amount, top, literal(to)));
        is_above && is_below
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fractions_compare_beyond_the_product_limit() {
        let big = i128::MAX / 3;
        assert_eq!(
            compare_fractions(big, big - 1, big - 1, big - 2),
            Ordering::Less
        );
        assert_eq!(
            compare_fractions(-big, big - 1, big, big - 1),
            Ordering::Less
        );
        assert_eq!(compare_fractions(big, 7, big, 7), Ordering::Equal);
    }

    #[test]
    fn minus_zero_is_zero_on_either_side() {
        let (plus, minus) = (Amount::Double(0.0), Amount::Double(-0.0));
        assert!(compares(minus, Comparison::Equal, plus));
        assert!(compares(plus, Comparison::Equal, minus));
        assert!(compares(minus, Comparison::Equal, whole(0)));
    }

    #[test]
    fn a_third_three_times_is_one() {
        let third = exact(Operator::Divide, (1, 1), (3, 1)).unwrap();
        let one = calculate(third, Operator::Multiply, whole(3)).unwrap();
        assert!(compares(one, Comparison::Equal, whole(1)));
        assert!(exact(Operator::Divide, (1, 1), (0, 1)).is_none());
    }
}
