//! Cuts stretches of days and moments by month, day, weekday and hour.
//!
//! Within 1901-03-01 to 2100-02-28 the calendar repeats every 28 years, weekdays included, and any
//! 28 years there hold every combination of month, day and weekday there is; elsewhere it repeats
//! every 400 years. So a bounded walk sees everything.

use super::facts::{Around, holds_on};
use super::numbers::value_of;
use super::space::{Answers, Space};
use crate::check::typed::TimePart;
use crate::dag::Atom;
use crate::schema::Type;
use crate::value::{Clock, Date, Instant, Value};

/// Days of 28 years without a missing leap year.
const CYCLE_DAYS: i64 = 10_227;

/// Days of 400 years.
const GREAT_CYCLE_DAYS: i64 = 146_097;

/// 1901-03-01
const REGULAR_FROM: i64 = -25_143;

/// 2100-02-28
const REGULAR_TO: i64 = 47_540;

/// Stretches of moments up to this are walked in steps that see every change of an hour.
const WALKED_MS: i64 = 40 * 86_400_000;

/// Since then every offset of every zone is whole quarters of an hour: 1980-01-01.
const QUARTERS_FROM_MS: i64 = 315_532_800_000;

const QUARTER_MS: i64 = 900_000;

/// Adds the classes of one stretch between two neighbouring ends of number questions.
pub(super) fn add(
    around: &Around,
    kind: &Type,
    atoms: &[Atom],
    cell: (i64, i64),
    space: &mut Space,
) {
    match kind {
        Type::Date(_) => {
            for day in days((cell.0, cell.1), around.clock) {
                if let Some(value) = value_of(kind, day) {
                    space.add_value(around, kind, atoms, value);
                }
            }
        }
        _ if cell.1 - cell.0 <= WALKED_MS && cell.0 >= QUARTERS_FROM_MS => {
            let first = cell.0 - cell.0.rem_euclid(QUARTER_MS) + QUARTER_MS;
            let quarters = (first..=cell.1).step_by(900_000);
            for moment in std::iter::once(cell.0).chain(quarters) {
                space.add_value(around, kind, atoms, Value::Instant(Instant(moment)));
            }
        }
        _ => add_long(around, kind, atoms, cell, space),
    }
}

/// The days of a stretch that show every combination it has, those near today first.
fn days((from, to): (i64, i64), clock: &Clock) -> impl Iterator<Item = i64> {
    let today = i64::from(clock.today().0);
    let (regular_from, regular_to) = (from.max(REGULAR_FROM), to.min(REGULAR_TO));
    let (first, count) = if to - from < CYCLE_DAYS {
        (from, to - from + 1)
    } else if regular_to - regular_from + 1 >= CYCLE_DAYS {
        let latest = regular_to - CYCLE_DAYS + 1;
        let wanted = (today - CYCLE_DAYS + 1).clamp(regular_from, latest);
        (wanted, CYCLE_DAYS)
    } else {
        (from, (to - from + 1).min(GREAT_CYCLE_DAYS))
    };
    (0..count).rev().map(move |offset| first + offset)
}

/// Every day and hour of a long stretch of moments, whether or not the zone has that hour that day;
/// an example is given where it has.
fn add_long(around: &Around, kind: &Type, atoms: &[Atom], cell: (i64, i64), space: &mut Space) {
    let zone = &around.clock.zone;
    let day_of = |moment: i64| i64::from(zone.date_of(Instant(moment)).0);
    let numbers: Vec<bool> = match value_of(kind, cell.0) {
        Some(value) => atoms
            .iter()
            .map(|atom| super::facts::holds(around, kind, atom, &value))
            .collect(),
        None => return,
    };
    let (first, last) = (day_of(cell.0), day_of(cell.1));
    let asks_hour = |atom: &Atom| matches!(atom, Atom::Part(TimePart::Hour, ..));
    let hours = if atoms.iter().any(asks_hour) {
        0..24
    } else {
        12..13
    };
    let inside: Vec<i64> = days((first, last), around.clock).collect();
    // The first and last day may be cut off in the middle and are looked at in any case.
    for day in inside.into_iter().chain([first, last]) {
        let date = Date(i32::try_from(day).unwrap_or_default());
        for hour in hours.clone() {
            let answers: Answers = atoms
                .iter()
                .zip(&numbers)
                .map(|(atom, of_number)| holds_on(atom, date, hour).unwrap_or(*of_number))
                .collect();
            let is_known = |class: &super::space::Class| !class.examples.is_empty();
            if space.classes.get(&answers).is_some_and(is_known) {
                continue;
            }
            let Instant(start) = zone.start_of_day(date);
            let moment = (start + hour * 3_600_000).clamp(cell.0, cell.1);
            let value = Value::Instant(Instant(moment));
            space.add(answers);
            space.add_value(around, kind, atoms, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Zone;
    use std::collections::BTreeSet;

    #[test]
    fn a_bounded_walk_sees_every_day_and_weekday() {
        let clock = Clock {
            now: Instant(1_790_000_000_000),
            zone: Zone::utc(),
        };
        let seen = |from: Date, to: Date| -> BTreeSet<(u8, u8, u8)> {
            let days = days((i64::from(from.0), i64::from(to.0)), &clock);
            let dates = days.map(|day| Date(i32::try_from(day).unwrap()));
            dates
                .map(|date| (date.month(), date.day(), date.weekday()))
                .collect()
        };
        assert_eq!(seen(Date::MIN, Date::MAX).len(), 366 * 7);
        let date = |year| Date::from_ymd(year, 1, 1).unwrap();
        assert_eq!(seen(date(1990), date(2030)).len(), 366 * 7);
        assert_eq!(seen(date(2090), date(2500)).len(), 366 * 7);
        assert_eq!(
            REGULAR_FROM,
            i64::from(Date::from_ymd(1901, 3, 1).unwrap().0)
        );
        assert_eq!(
            REGULAR_TO,
            i64::from(Date::from_ymd(2100, 2, 28).unwrap().0)
        );
    }
}
