//! The answer of one question about one cell.

use crate::check::typed::TimePart;
use crate::dag::{Atom, ElementAtom};
use crate::eval::{text_passes, version_passes};
use crate::region::{Hierarchy, RegionCode};
use crate::schema::Type;
use crate::value::{Clock, Date, Intervals, Value, float_key};
use std::collections::BTreeSet;

/// What the answers depend on besides the cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around<'a> {
    /// The run's `now` and zone.
    pub(super) clock: &'a Clock,
    /// What is known of text patterns.
    pub(super) patterns: &'a super::patterns::Patterns,
    /// What is known of the classes of cells.
    pub(super) spaces: &'a super::space::Spaces,
}

/// Whether a cell of a type passes a question about one field. Questions about several fields or
/// about samples are never asked here.
pub(super) fn holds(around: &Around, kind: &Type, atom: &Atom, value: &Value) -> bool {
    match atom {
        Atom::Present(_) => !matches!(value, Value::Missing | Value::Invalid),
        Atom::Number(_, set) => number(value).is_some_and(|number| set.contains(number)),
        Atom::Part(part, _, set) => {
            part_of(around.clock, *part, value).is_some_and(|number| set.contains(number))
        }
        Atom::MonthDay(_, days) => {
            date_of(around.clock, value).is_some_and(|date| days.contains(date))
        }
        Atom::Text(_, test) => matches!(value, Value::Text(text) if text_passes(test, text)),
        Atom::Region(_, codes) => lies_within(kind, codes, value),
        Atom::Version(_, ranges) => {
            matches!(value, Value::Version(version) if version_passes(ranges, version))
        }
        Atom::Element(_, test) => match value {
            Value::List(elements) => elements
                .iter()
                .any(|element| element_passes(kind, test, element)),
            _ => false,
        },
        Atom::ElementCount(_, set) => set.contains(match value {
            Value::List(elements) => i64::try_from(elements.len()).unwrap_or(i64::MAX),
            _ => 0,
        }),
        Atom::SameValue { .. }
        | Atom::Compare(..)
        | Atom::Within(..)
        | Atom::Known(_)
        | Atom::Sample(..) => false,
    }
}

/// The number behind a cell, in the cells' own counting.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(is_true) => Some(i64::from(*is_true)),
        Value::Int(number) => Some(*number),
        Value::Decimal { units, .. } => Some(*units),
        Value::Float(number) => Some(float_key(*number)),
        Value::Date(date) => Some(i64::from(date.0)),
        Value::Instant(instant) => Some(instant.0),
        Value::Missing
        | Value::Invalid
        | Value::Text(_)
        | Value::Region(_)
        | Value::Version(_)
        | Value::List(_) => None,
    }
}

fn element_passes(kind: &Type, test: &ElementAtom, element: &Value) -> bool {
    match test {
        ElementAtom::Number(set) => number(element).is_some_and(|number| set.contains(number)),
        ElementAtom::Text(test) => {
            matches!(element, Value::Text(text) if text_passes(test, text))
        }
        ElementAtom::Region(codes) => match kind {
            Type::List { element: inner, .. } => lies_within(inner, codes, element),
            _ => false,
        },
        ElementAtom::Version(ranges) => {
            matches!(element, Value::Version(version) if version_passes(ranges, version))
        }
    }
}

fn lies_within(kind: &Type, codes: &BTreeSet<RegionCode>, value: &Value) -> bool {
    let hierarchy: &Hierarchy = match kind {
        Type::Region { hierarchy, .. } => hierarchy,
        _ => return false,
    };
    match value {
        Value::Region(code) => codes
            .iter()
            .any(|outer| hierarchy.contains(*outer, RegionCode(*code))),
        _ => false,
    }
}

fn date_of(clock: &Clock, value: &Value) -> Option<Date> {
    match value {
        Value::Date(date) => Some(*date),
        Value::Instant(instant) => Some(clock.zone.date_of(*instant)),
        _ => None,
    }
}

fn part_of(clock: &Clock, part: TimePart, value: &Value) -> Option<i64> {
    if part == TimePart::Hour {
        return match value {
            Value::Instant(instant) => Some(i64::from(clock.zone.hour_of(*instant))),
            _ => None,
        };
    }
    date_of(clock, value).map(|date| day_part(part, date))
}

/// A part of a day; hours are no part of it.
pub(super) fn day_part(part: TimePart, date: Date) -> i64 {
    match part {
        TimePart::Year => i64::from(date.year()),
        TimePart::Month => i64::from(date.month()),
        TimePart::Day => i64::from(date.day()),
        TimePart::Weekday => i64::from(date.weekday()),
        TimePart::Hour => -1,
    }
}

/// The answers about a local day and hour, without a moment that has them.
pub(super) fn holds_on(atom: &Atom, date: Date, hour: i64) -> Option<bool> {
    let inside = |set: &Intervals, number| Some(set.contains(number));
    match atom {
        Atom::Part(TimePart::Hour, _, set) => inside(set, hour),
        Atom::Part(part, _, set) => inside(set, day_part(*part, date)),
        Atom::MonthDay(_, days) => Some(days.contains(date)),
        Atom::Present(_)
        | Atom::Number(..)
        | Atom::Text(..)
        | Atom::Region(..)
        | Atom::Version(..)
        | Atom::Element(..)
        | Atom::ElementCount(..)
        | Atom::SameValue { .. }
        | Atom::Compare(..)
        | Atom::Within(..)
        | Atom::Known(_)
        | Atom::Sample(..) => None,
    }
}
