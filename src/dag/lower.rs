//! Turns a typed condition into nodes, with the clock folded in.

use super::{Atom, Dag, ElementAtom, NodeId, Root, root_of, times};
use crate::check::typed::{
    AnniversaryWindow, Condition, ConditionKind, ElementTest, NumberRange, Quantity, Question,
    RuleSet, TimePart, TimeSet,
};
use crate::name::FieldId;
use crate::schema::Type;
use crate::syntax::ast::{Comparison, CountRelation, Operator};
use crate::value::{Date, Instant, Intervals, Number};

/// The node of a condition. Depth is bounded by the checker's nesting limit.
pub(super) fn lower(
    dag: &mut Dag,
    rules: &RuleSet,
    segments: &[Root],
    condition: &Condition,
) -> NodeId {
    let lower_all = |dag: &mut Dag, of: &[Condition]| -> Vec<NodeId> {
        of.iter()
            .map(|condition| lower(dag, rules, segments, condition))
            .collect()
    };
    match &condition.kind {
        ConditionKind::And(of) => {
            let of = lower_all(dag, of);
            dag.and(of)
        }
        ConditionKind::Or(of) => {
            let of = lower_all(dag, of);
            dag.or(of)
        }
        ConditionKind::Not(inner) => {
            let inner = lower(dag, rules, segments, inner);
            dag.not(inner)
        }
        ConditionKind::Count {
            relation,
            count,
            of,
        } => {
            let of = lower_all(dag, of);
            counted(dag, *relation, *count, of)
        }
        ConditionKind::Segment(id) => root_of(segments, *id),
        ConditionKind::Everyone => Dag::EVERYONE,
        ConditionKind::Nobody => Dag::NOBODY,
        ConditionKind::Ask(question) => ask(dag, rules, question),
    }
}

fn counted(dag: &mut Dag, relation: CountRelation, count: u32, of: Vec<NodeId>) -> NodeId {
    let at_most = |dag: &mut Dag, of| {
        let more = dag.at_least(count.saturating_add(1), of);
        dag.not(more)
    };
    match relation {
        CountRelation::AtLeast => dag.at_least(count, of),
        CountRelation::AtMost => at_most(dag, of),
        CountRelation::Exactly => {
            let enough = dag.at_least(count, of.clone());
            let not_more = at_most(dag, of);
            dag.and([enough, not_more])
        }
    }
}

fn ask(dag: &mut Dag, rules: &RuleSet, question: &Question) -> NodeId {
    if let Question::Missing(field) = question {
        let present = dag.ask(Atom::Present(*field));
        return dag.not(present);
    }
    let atom = atom(dag, rules, question);
    dag.ask(atom)
}

fn atom(dag: &Dag, rules: &RuleSet, question: &Question) -> Atom {
    match question {
        Question::Missing(field) => Atom::Present(*field),
        Question::Number(field, set) => Atom::Number(*field, set.clone()),
        Question::Time(field, set) => {
            Atom::Number(*field, time_numbers(dag, is_date(rules, *field), set))
        }
        Question::Text(field, test) => Atom::Text(*field, test.clone()),
        Question::Region(field, codes) => Atom::Region(*field, codes.clone()),
        Question::Version(field, ranges) => Atom::Version(*field, ranges.clone()),
        Question::Element(field, test) => Atom::Element(*field, element(dag, rules, *field, test)),
        Question::Anniversary(field, window) => Atom::MonthDay(
            *field,
            match window {
                AnniversaryWindow::Next(duration) => dag.clock.anniversary_next(*duration),
                AnniversaryWindow::Last(duration) => dag.clock.anniversary_last(*duration),
            },
        ),
        Question::SameValue {
            left,
            right,
            is_folded,
        } => Atom::SameValue {
            left: *left.min(right),
            right: *left.max(right),
            is_folded: *is_folded,
        },
        Question::Compare {
            left,
            relation,
            right,
        } => compare(dag, rules, left, *relation, right),
        Question::Within(quantity, ranges) => within(dag, rules, quantity, ranges),
        Question::Sample { share, salt } => Atom::Sample((**share).clone(), salt.clone()),
    }
}

fn time_numbers(dag: &Dag, is_date: bool, set: &TimeSet) -> Intervals {
    if is_date {
        times::dates(set, &dag.clock)
    } else {
        times::instants(set, &dag.clock)
    }
}

fn is_date(rules: &RuleSet, field: FieldId) -> bool {
    rules
        .schema
        .field(field)
        .is_some_and(|field| match &field.kind {
            Type::Date(_) => true,
            Type::List { element, .. } => matches!(**element, Type::Date(_)),
            _ => false,
        })
}

fn element(dag: &Dag, rules: &RuleSet, field: FieldId, test: &ElementTest) -> ElementAtom {
    match test {
        ElementTest::Number(set) => ElementAtom::Number(set.clone()),
        ElementTest::Time(set) => {
            ElementAtom::Number(time_numbers(dag, is_date(rules, field), set))
        }
        ElementTest::Text(test) => ElementAtom::Text(test.clone()),
        ElementTest::Region(codes) => ElementAtom::Region(codes.clone()),
        ElementTest::Version(ranges) => ElementAtom::Version(ranges.clone()),
    }
}

/// A whole-number quantity against a literal becomes a set of numbers; the rest stays arithmetic.
fn compare(
    dag: &Dag,
    rules: &RuleSet,
    left: &Quantity,
    relation: Comparison,
    right: &Quantity,
) -> Atom {
    let range = match right {
        Quantity::Literal(number) => range_of(relation, number),
        Quantity::Field(_)
        | Quantity::Moment(_)
        | Quantity::Part(..)
        | Quantity::DaysSince(_)
        | Quantity::Day(_)
        | Quantity::Length(_)
        | Quantity::Count(_)
        | Quantity::Negate(_)
        | Quantity::Arithmetic(..) => None,
    };
    let fast = range.and_then(|range| whole_number(dag, rules, left, std::slice::from_ref(&range)));
    fast.unwrap_or_else(|| Atom::Compare(settled(dag, left), relation, settled(dag, right)))
}

/// The quantity with today folded in.
fn settled(dag: &Dag, quantity: &Quantity) -> Quantity {
    match quantity {
        Quantity::DaysSince(field) => Quantity::Arithmetic(
            Box::new(Quantity::Literal(Number {
                digits: i128::from(dag.clock.today().0),
                scale: 0,
            })),
            Operator::Subtract,
            Box::new(Quantity::Day(*field)),
        ),
        Quantity::Negate(inner) => Quantity::Negate(Box::new(settled(dag, inner))),
        Quantity::Arithmetic(left, operator, right) => Quantity::Arithmetic(
            Box::new(settled(dag, left)),
            *operator,
            Box::new(settled(dag, right)),
        ),
        Quantity::Literal(_)
        | Quantity::Field(_)
        | Quantity::Moment(_)
        | Quantity::Part(..)
        | Quantity::Day(_)
        | Quantity::Length(_)
        | Quantity::Count(_) => quantity.clone(),
    }
}

/// The exact range a comparison with a literal stands for, when a [`NumberRange`] can say it.
fn range_of(relation: Comparison, number: &Number) -> Option<NumberRange> {
    let (from, to, includes_end) = match relation {
        Comparison::Equal => (Some(number), Some(number), true),
        Comparison::LessOrEqual => (None, Some(number), true),
        Comparison::Less => (None, Some(number), false),
        Comparison::GreaterOrEqual => (Some(number), None, true),
        Comparison::Greater | Comparison::NotEqual => return None,
    };
    Some(NumberRange {
        from: from.cloned(),
        to: to.cloned(),
        includes_end,
    })
}

fn within(dag: &Dag, rules: &RuleSet, quantity: &Quantity, ranges: &[NumberRange]) -> Atom {
    whole_number(dag, rules, quantity, ranges)
        .unwrap_or_else(|| Atom::Within(settled(dag, quantity), ranges.to_vec()))
}

/// `year(x)`, `month(x)`, `days_since(x)`, `count(x)` in ranges, as direct questions about the cell.
fn whole_number(
    dag: &Dag,
    rules: &RuleSet,
    quantity: &Quantity,
    ranges: &[NumberRange],
) -> Option<Atom> {
    let set = Intervals::new(ranges.iter().map(NumberRange::whole_numbers).collect());
    match quantity {
        Quantity::Part(TimePart::Year, field) => {
            let to_number = day_numbers(dag, is_date(rules, *field));
            let years = set.intersect(&Intervals::new(vec![(1, 9999)]));
            let pairs = years.iter().map(|(from, to)| {
                let first = Date::from_ymd(clip_year(from), 1, 1).unwrap_or(Date::MIN);
                let last = Date::from_ymd(clip_year(to), 12, 31).unwrap_or(Date::MAX);
                (to_number(first).0, to_number(last).1)
            });
            Some(Atom::Number(*field, Intervals::new(pairs.collect())))
        }
        Quantity::Part(part, field) => Some(Atom::Part(*part, *field, set)),
        Quantity::DaysSince(field) => {
            let to_number = day_numbers(dag, is_date(rules, *field));
            let today = dag.clock.today();
            // Only days that a calendar date can be away from today.
            let away = |date: Date| i64::from(today.0) - i64::from(date.0);
            let days = set.intersect(&Intervals::new(vec![(away(Date::MAX), away(Date::MIN))]));
            let pairs = days.iter().map(|(from, to)| {
                (
                    to_number(today.add_days(-to)).0,
                    to_number(today.add_days(-from)).1,
                )
            });
            Some(Atom::Number(*field, Intervals::new(pairs.collect())))
        }
        Quantity::Count(field) => Some(Atom::ElementCount(*field, set)),
        Quantity::Literal(_)
        | Quantity::Field(_)
        | Quantity::Moment(_)
        | Quantity::Day(_)
        | Quantity::Length(_)
        | Quantity::Negate(_)
        | Quantity::Arithmetic(..) => None,
    }
}

fn clip_year(year: i64) -> i32 {
    i32::try_from(year).unwrap_or(9999)
}

/// The first and last number of a local day in the cells' own counting.
fn day_numbers(dag: &Dag, is_date: bool) -> impl Fn(Date) -> (i64, i64) {
    move |date| {
        if is_date {
            (i64::from(date.0), i64::from(date.0))
        } else {
            let Instant(first) = dag.clock.zone.start_of_day(date);
            let Instant(last) = dag.clock.zone.end_of_day(date);
            (first, last)
        }
    }
}

impl NumberRange {
    /// The whole numbers inside.
    fn whole_numbers(&self) -> (i64, i64) {
        let from = self.from.as_ref().map_or(i64::MIN, |from| from.ceil_at(0));
        let to = self.to.as_ref().map_or(i64::MAX, |to| {
            let floor = to.floor_at(0);
            if !self.includes_end && to.is_integer() {
                floor.saturating_sub(1)
            } else {
                floor
            }
        });
        (from, to)
    }
}
