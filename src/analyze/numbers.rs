//! Cuts numbers, days and moments at every end of every question.

use super::calendar;
use super::facts::{Around, holds, number};
use super::space::{Answers, Space};
use crate::dag::Atom;
use crate::schema::Type;
use crate::value::{Date, Instant, Intervals, Value, float_key, float_of_key};

/// The classes of the values of a number-like type.
pub(super) fn values(around: &Around, kind: &Type, absent: &[Value], atoms: &[Atom]) -> Space {
    let markers = absent.iter().filter_map(number);
    let markers = Intervals::new(markers.map(|marker| (marker, marker)).collect());
    let allowed = domain(around, kind).intersect(&markers.complement());
    let mut space = Space::default();
    let asks_parts = atoms
        .iter()
        .any(|atom| matches!(atom, Atom::Part(..) | Atom::MonthDay(..)));
    for (from, to) in cells(&allowed, atoms) {
        if asks_parts {
            calendar::add(around, kind, atoms, (from, to), &mut space);
        } else {
            add(around, kind, atoms, (from, to), &mut space);
        }
    }
    space
}

/// The numbers that cells of the type may hold.
fn domain(around: &Around, kind: &Type) -> Intervals {
    match kind {
        Type::Bool => Intervals::new(vec![(0, 1)]),
        Type::Int(range) | Type::Decimal { range, .. } => range.clone(),
        Type::Float(range) => {
            let finite = Intervals::new(vec![(float_key(f64::MIN), float_key(f64::MAX))]);
            range.intersect(&finite)
        }
        Type::Date(_) => Intervals::new(vec![(i64::from(Date::MIN.0), i64::from(Date::MAX.0))]),
        Type::Datetime(_) => {
            // Offsets in the data reach a day further than the zone's own first and last day.
            const DAY_MS: i64 = 86_400_000;
            let Instant(first) = around.clock.zone.start_of_day(Date::MIN);
            let Instant(last) = around.clock.zone.end_of_day(Date::MAX);
            Intervals::new(vec![(first - DAY_MS, last + DAY_MS)])
        }
        Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => Intervals::none(),
    }
}

/// What lies between two neighbouring ends, as far as it is allowed.
fn cells(allowed: &Intervals, atoms: &[Atom]) -> Vec<(i64, i64)> {
    let mut starts: Vec<i64> = Vec::new();
    for atom in atoms {
        if let Atom::Number(_, set) = atom {
            for (from, to) in set.iter() {
                starts.push(from);
                starts.extend(to.checked_add(1));
            }
        }
    }
    starts.sort_unstable();
    starts.dedup();
    let mut cells = Vec::new();
    for (mut from, to) in allowed.iter() {
        let first = starts.partition_point(|&start| start <= from);
        for &start in starts.iter().skip(first).take_while(|&&start| start <= to) {
            cells.push((from, start - 1));
            from = start;
        }
        cells.push((from, to));
    }
    cells
}

fn add(around: &Around, kind: &Type, atoms: &[Atom], cell: (i64, i64), space: &mut Space) {
    let examples: Vec<Value> = examples(around, kind, cell);
    let Some(first) = examples.first() else {
        return;
    };
    let answers: Answers = atoms
        .iter()
        .map(|atom| holds(around, kind, atom, first))
        .collect();
    if let Some(class) = space.add(answers) {
        class.stretch(cell.0, cell.1);
        for example in examples {
            class.example(example);
        }
    }
}

/// Values that people find natural first: near nought or near now, then the ends.
fn examples(around: &Around, kind: &Type, (from, to): (i64, i64)) -> Vec<Value> {
    let near = |wanted: i64| wanted.clamp(from, to);
    let middle = from.midpoint(to);
    let wanted = match kind {
        Type::Date(_) => {
            let today = i64::from(around.clock.today().0);
            vec![near(today), near(today - 365), from, to]
        }
        Type::Datetime(_) => {
            let Instant(now) = around.clock.now;
            vec![near(now), near(now - 365 * 86_400_000), from, to]
        }
        Type::Float(_) => {
            let keys = [0.0, 1.0, 100.0].map(|number| near(float_key(number)));
            // The key just below 0 would be −0.0, which is 0.
            let inner = [
                from.saturating_add(1).min(to),
                to.saturating_sub(1).max(from),
            ];
            [&keys[..], &[from, to, middle], &inner].concat()
        }
        _ => vec![near(0), near(1), near(100), from, to, middle],
    };
    let mut values: Vec<Value> = Vec::new();
    for number in wanted {
        if let Some(value) = value_of(kind, number)
            && !values.contains(&value)
        {
            values.push(value);
        }
    }
    values
}

/// The cell that holds a number; none for the key of −0.0.
pub(super) fn value_of(kind: &Type, number: i64) -> Option<Value> {
    match kind {
        Type::Bool => Some(Value::Bool(number == 1)),
        Type::Int(_) => Some(Value::Int(number)),
        Type::Decimal { places, .. } => Some(Value::Decimal {
            units: number,
            places: *places,
        }),
        Type::Float(_) => {
            let float = float_of_key(number);
            (float.is_finite() && float_key(float) == number).then_some(Value::Float(float))
        }
        Type::Date(_) => i32::try_from(number)
            .ok()
            .map(|days| Value::Date(Date(days))),
        Type::Datetime(_) => Some(Value::Instant(Instant(number))),
        Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => None,
    }
}
