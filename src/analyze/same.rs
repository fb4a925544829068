//! Turns the cells of one contact into conditions: that a cell is what it is, or close to it.

use crate::check::typed::{
    Condition, ConditionKind, Edge, Moment, NumberRange, Quantity, Question, RuleSet, TextQuestion,
    TextTest, TextView, TimeBound, TimeRange, TimeSet, VersionRange,
};
use crate::eval::row::{Contact, RowEvaluator};
use crate::name::FieldId;
use crate::region::{Hierarchy, RegionCode};
use crate::schema::{IdSource, Schema, Type};
use crate::source::{SourceId, Span};
use crate::value::{Clock, Date, Instant, Intervals, Number, Value, float_key};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Days over which a change of a date counts as half a change of something else.
const HALF_DAYS: f64 = 30.0;
const DAY_MS: f64 = 86_400_000.0;

/// A cell that may change.
pub(super) struct Same {
    pub(super) field: FieldId,
    /// Holds for contacts in which it has not changed. Lists count as unchanged when no question can
    /// tell.
    pub(super) holds: Condition,
}

/// The cells of a contact that a condition reads, without the id.
pub(super) fn cells(
    rules: &RuleSet,
    clock: &Clock,
    wanted: &Condition,
    reads: &BTreeSet<FieldId>,
    contact: Contact,
) -> Vec<Same> {
    let may_change = |field: &&FieldId| rules.schema.id != IdSource::Field(**field);
    let fields = reads.iter().filter(may_change);
    fields
        .map(|&field| Same {
            field,
            holds: match contact.cell(field) {
                Value::List(elements) => {
                    let questions = questions(rules, wanted, field);
                    same_list(rules, clock, contact, field, elements.len(), questions)
                }
                value => same_cell(&rules.schema, field, &value),
            },
        })
        .collect()
}

/// A condition that stands nowhere in a text.
pub(super) fn condition(kind: ConditionKind) -> Condition {
    Condition {
        kind,
        span: Span::new(SourceId(0), 0, 0),
    }
}

fn ask(question: Question) -> Condition {
    condition(ConditionKind::Ask(question))
}

/// The complement.
pub(super) fn not(of: Condition) -> Condition {
    condition(ConditionKind::Not(Box::new(of)))
}

/// The cell holds a value.
pub(super) fn is_present(field: FieldId) -> Condition {
    not(ask(Question::Missing(field)))
}

/// The cell holds this very text.
pub(super) fn is_text(field: FieldId, text: &str) -> Condition {
    let texts = Arc::new(BTreeSet::from([Arc::from(text)]));
    ask(Question::Text(
        field,
        TextTest {
            view: TextView::Exact,
            question: TextQuestion::OneOf(texts),
        },
    ))
}

fn same_cell(schema: &Schema, field: FieldId, value: &Value) -> Condition {
    match value {
        Value::Missing => ask(Question::Missing(field)),
        // What is invalid has to change; lists have questions of their own.
        Value::Invalid | Value::List(_) => condition(ConditionKind::Nobody),
        Value::Text(text) => is_text(field, text),
        Value::Region(code) => same_region(schema, field, RegionCode(*code)),
        Value::Version(version) => {
            let end = Some((version.clone(), true));
            let (from, to) = (end.clone(), end);
            ask(Question::Version(field, vec![VersionRange { from, to }]))
        }
        Value::Bool(_)
        | Value::Int(_)
        | Value::Decimal { .. }
        | Value::Float(_)
        | Value::Date(_)
        | Value::Instant(_) => {
            let close = number(value).and_then(|number| is_close(schema, field, number, 0));
            close.unwrap_or(condition(ConditionKind::Nobody))
        }
    }
}

/// Within the place, and within nothing that lies in it.
fn same_region(schema: &Schema, field: FieldId, code: RegionCode) -> Condition {
    let within = |codes| ask(Question::Region(field, codes));
    let inner = hierarchy(schema, field).map(|hierarchy| {
        let children = hierarchy.descendants(code).filter(|inner| *inner != code);
        children.collect::<BTreeSet<RegionCode>>()
    });
    let mut all = vec![within(BTreeSet::from([code]))];
    if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
        all.push(not(within(inner)));
    }
    condition(ConditionKind::And(all))
}

fn hierarchy(schema: &Schema, field: FieldId) -> Option<&Hierarchy> {
    match &schema.field(field)?.kind {
        Type::Region { hierarchy, .. } => Some(hierarchy),
        _ => None,
    }
}

/// Every question about the list has the answer it has, and there are as many elements.
fn same_list(
    rules: &RuleSet,
    clock: &Clock,
    contact: Contact,
    field: FieldId,
    count: usize,
    questions: Vec<Question>,
) -> Condition {
    let count = Number::new(i128::try_from(count).unwrap_or(i128::MAX), 0);
    let exactly = NumberRange {
        from: Some(count),
        to: Some(count),
        includes_end: true,
    };
    let mut all = vec![
        is_present(field),
        ask(Question::Within(
            Box::new(Quantity::Count(field)),
            vec![exactly],
        )),
    ];
    let mut evaluator = RowEvaluator::new(rules, clock, contact);
    for question in questions {
        let asked = ask(question);
        all.push(match evaluator.is_in(&asked) {
            true => asked,
            false => not(asked),
        });
    }
    condition(ConditionKind::And(all))
}

/// The questions about the elements of a list, in a condition and everything it refers to.
fn questions(rules: &RuleSet, wanted: &Condition, field: FieldId) -> Vec<Question> {
    let mut questions = Vec::new();
    let segments = rules.segments.iter().map(|segment| &segment.condition);
    for condition in std::iter::once(wanted).chain(segments) {
        condition.visit(&mut |part| {
            if let ConditionKind::Ask(question @ Question::Element(of, _)) = &part.kind
                && *of == field
                && !questions.contains(question)
            {
                questions.push(question.clone());
            }
        });
    }
    questions
}

/// A number or time as fields keep it: units, float keys, days, milliseconds.
pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(is_true) => Some(i64::from(*is_true)),
        Value::Int(number) => Some(*number),
        Value::Decimal { units, .. } => Some(*units),
        Value::Float(number) => Some(float_key(*number)),
        Value::Date(Date(days)) => Some(i64::from(*days)),
        Value::Instant(Instant(ms)) => Some(*ms),
        _ => None,
    }
}

/// What a missing date or time is brought close to.
pub(super) fn number_of_now(schema: &Schema, clock: &Clock, field: FieldId) -> Option<i64> {
    match &schema.field(field)?.kind {
        Type::Date(_) => Some(i64::from(clock.today().0)),
        Type::Datetime(_) => Some(clock.now.0),
        _ => None,
    }
}

/// The number or time lies at most so far from another.
pub(super) fn is_close(
    schema: &Schema,
    field: FieldId,
    centre: i64,
    distance: u64,
) -> Option<Condition> {
    let from = centre.saturating_sub_unsigned(distance);
    let to = centre.saturating_add_unsigned(distance);
    let moment = |number: i64| -> Option<Moment> {
        match &schema.field(field)?.kind {
            Type::Date(_) => Some(Moment::Date(Date(i32::try_from(number).ok()?))),
            Type::Datetime(_) => Some(Moment::Instant(Instant(number))),
            _ => None,
        }
    };
    let bound = |number: i64, edge: Edge| {
        let moment = moment(number)?;
        Some(TimeBound {
            moment,
            edge,
            is_included: true,
        })
    };
    match &schema.field(field)?.kind {
        Type::Date(_) | Type::Datetime(_) => {
            // A bound that no date can have is open.
            let range = TimeRange {
                from: bound(from, Edge::First),
                to: bound(to, Edge::Last),
            };
            Some(ask(Question::Time(field, TimeSet::Ranges(vec![range]))))
        }
        Type::Bool | Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => {
            let close = Intervals::new(vec![(from, to)]);
            Some(ask(Question::Number(field, close)))
        }
        Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => None,
    }
}

/// Whether "any other value" is a better proposal than the nearest one.
pub(super) fn has_no_order(schema: &Schema, field: FieldId) -> bool {
    match schema.field(field).map(|field| &field.kind) {
        Some(Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version) => true,
        Some(
            Type::Bool
            | Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_)
            | Type::List { .. }
            | Type::Id,
        )
        | None => false,
    }
}

/// How far apart two numbers or times are, between 0 and 1: numbers by their size, times by months.
pub(super) fn distance(old: &Value, new: &Value) -> Option<f64> {
    let (apart, half) = match (old, new) {
        (Value::Int(old), Value::Int(new)) => (old.abs_diff(*new) as f64, (*old as f64).abs()),
        (Value::Decimal { units: old, places }, Value::Decimal { units: new, .. }) => {
            let one = 10f64.powi(i32::from(*places));
            let apart = old.abs_diff(*new) as f64 / one;
            (apart, (*old as f64 / one).abs())
        }
        (Value::Float(old), Value::Float(new)) => ((old - new).abs(), old.abs()),
        (Value::Date(old), Value::Date(new)) => (f64::from(old.0.abs_diff(new.0)), HALF_DAYS),
        (Value::Instant(old), Value::Instant(new)) => {
            (old.0.abs_diff(new.0) as f64 / DAY_MS, HALF_DAYS)
        }
        _ => return None,
    };
    Some(apart / (apart + half.max(1.0)))
}
