//! Tests of dates and datetimes.

use super::condition::Scope;
use super::problem::{mismatch, replace};
use super::subject::Subject;
use super::typed::{
    AnniversaryWindow, Edge, Moment, Quantity, Question, TimeBound, TimeRange, TimeSet,
};
use super::values::Right;
use crate::diag::{Code, Diagnostic};
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Comparison, Expr, Given, Literal, LiteralKind, Path, When, Window};
use crate::value::{Clock, Duration, Instant, LocalTime, Unit, Zone, parse_instant};
use std::cmp::Ordering;

impl Scope<'_> {
    /// `x within …`
    pub(super) fn within(
        &mut self,
        subject: &Expr,
        window: &Window,
        anniversary: bool,
    ) -> Option<Question> {
        let id = self.time_field(subject)?;
        let is_date = self.is_date(id);
        let set = self.window(window, is_date && !anniversary)?;
        if !anniversary {
            return Some(Question::Time(id, set));
        }
        let window_text = window;
        let window = match set {
            TimeSet::Last(duration) if !duration.unit.is_exact() => {
                AnniversaryWindow::Last(duration)
            }
            TimeSet::Next(duration) if !duration.unit.is_exact() => {
                AnniversaryWindow::Next(duration)
            }
            TimeSet::Last(_) | TimeSet::Next(_) | TimeSet::Ago { .. } | TimeSet::Ranges(_) => {
                self.report(mismatch(
                    window_span(window_text),
                    say!("not a number of days", "不是天数"),
                    say!(
                        "count days from today, such as `within next 7d anniversary`",
                        "请写从今天起的天数，如 `近 未来 7天 周年`"
                    ),
                ));
                return None;
            }
        };
        Some(Question::Anniversary(id, window))
    }

    fn window(&mut self, window: &Window, is_date: bool) -> Option<TimeSet> {
        match window {
            Window::Last(length) => {
                let duration = self.length(length)?;
                self.calendar_only(duration, is_date, length.span())?;
                Some(TimeSet::Last(duration))
            }
            Window::Next(length, span) => {
                let duration = self.length(length)?;
                self.calendar_only(duration, is_date, *span)?;
                Some(TimeSet::Next(duration))
            }
            Window::Ago { newer, older, span } => {
                let newer = self.length(newer);
                let (newer, older) = (newer?, self.length(older)?);
                self.calendar_only(newer, is_date, *span)?;
                self.calendar_only(older, is_date, *span)?;
                if shortest_ms(newer) > longest_ms(older) {
                    self.report(turned_around(newer, older, *span));
                    return None;
                }
                Some(TimeSet::Ago { newer, older })
            }
        }
    }

    /// A length of time, written out or in a parameter.
    fn length(&mut self, given: &Given<Duration>) -> Option<Duration> {
        match given {
            Given::Written(duration, _) => Some(*duration),
            Given::Param(path) => self.duration_param(path),
        }
    }

    /// `lately ago`: the point in time a parameter's length of time ago.
    pub(super) fn ago(&mut self, path: &Path) -> Option<LiteralKind> {
        self.duration_param(path).map(LiteralKind::Ago)
    }

    fn duration_param(&mut self, path: &Path) -> Option<Duration> {
        match self.known_param(path)?.kind {
            LiteralKind::Duration(duration) => Some(duration),
            _ => {
                self.report(mismatch(
                    path.span,
                    say!("no duration", "不是时长"),
                    say!(
                        "the parameter must be a duration, such as 30d",
                        "参数应为时长，如 30d"
                    ),
                ));
                None
            }
        }
    }

    /// Hours mean nothing to a date.
    fn calendar_only(&mut self, duration: Duration, is_date: bool, span: Span) -> Option<()> {
        if !is_date || !duration.unit.is_exact() {
            return Some(());
        }
        self.report(mismatch(
            span,
            say!("shorter than a day", "不足一天的单位"),
            say!(
                "the field is a date: count days, such as 3d",
                "该字段是日期：请以天计，如 3天"
            ),
        ));
        None
    }

    /// `x before …`, `x after …`, `x on …`
    pub(super) fn when(
        &mut self,
        subject: &Expr,
        relation: When,
        moment: &Expr,
    ) -> Option<Question> {
        let id = self.time_field(subject)?;
        let operator = match relation {
            When::Before => Comparison::Less,
            When::After => Comparison::Greater,
            When::On => Comparison::Equal,
        };
        self.compare_time(id, operator, moment)
    }

    /// A date or datetime field against a moment, or another such field.
    pub(super) fn compare_time(
        &mut self,
        id: FieldId,
        operator: Comparison,
        right: &Expr,
    ) -> Option<Question> {
        match self.right(right)? {
            Right::Literal(literal) => {
                let moment = self.moment(id, &literal)?;
                Some(Question::Time(
                    id,
                    TimeSet::Ranges(vec![comparison_range(operator, moment)]),
                ))
            }
            Right::Word(_) | Right::Other(_) => {
                let other = match self.subject(right)? {
                    Subject::Field(other) => other,
                    Subject::Quantity(_) | Subject::Lower(_) => {
                        self.not_time(right.span);
                        return None;
                    }
                };
                if !self.is_time(other) {
                    self.not_time(right.span);
                    return None;
                }
                Some(Question::Compare {
                    left: Box::new(Quantity::Moment(id)),
                    relation: operator,
                    right: Box::new(Quantity::Moment(other)),
                })
            }
        }
    }

    fn not_time(&mut self, span: Span) {
        self.report(mismatch(
            span,
            say!("no time", "不是时间"),
            say!(
                "write a date such as 2026-11-22, a period such as today, or `30d ago`",
                "请写日期（如 2026-11-22）、时段（如 today）或 30天前"
            ),
        ));
    }

    fn is_date(&self, id: FieldId) -> bool {
        self.field(id).is_some_and(|field| match &field.kind {
            Type::Date(_) => true,
            Type::List { element, .. } => matches!(**element, Type::Date(_)),
            _ => false,
        })
    }

    fn is_time(&self, id: FieldId) -> bool {
        self.field(id)
            .is_some_and(|field| matches!(field.kind, Type::Date(_) | Type::Datetime(_)))
    }

    fn time_field(&mut self, subject: &Expr) -> Option<FieldId> {
        match self.subject(subject)? {
            Subject::Field(id) if self.is_time(id) => Some(id),
            Subject::Field(_) | Subject::Quantity(_) | Subject::Lower(_) => {
                self.report(mismatch(
                    subject.span,
                    say!("no date or datetime", "不是日期或时间字段"),
                    say!(
                        "this test is for date and datetime fields",
                        "这种判断只能用于日期和时间字段"
                    ),
                ));
                None
            }
        }
    }

    /// A literal as a moment for a field.
    pub(super) fn moment(&mut self, id: FieldId, literal: &Literal) -> Option<Moment> {
        match &literal.kind {
            LiteralKind::Date(date) => Some(Moment::Date(*date)),
            LiteralKind::Period(period) => Some(Moment::Period(*period)),
            LiteralKind::Ago(duration) => {
                self.calendar_only(*duration, self.is_date(id), literal.span)?;
                Some(Moment::Ago(*duration))
            }
            LiteralKind::Datetime(text) if self.is_date(id) => {
                self.report(mismatch(
                    literal.span,
                    say!("has a time of day", "带有时刻"),
                    say!(
                        "the field is a date: write \"{text}\" without the time",
                        "该字段是日期：请去掉 \"{text}\" 中的时刻"
                    ),
                ));
                None
            }
            LiteralKind::Datetime(text) => {
                let moment = moment_of(text);
                if moment.is_none() {
                    self.not_time(literal.span);
                }
                moment
            }
            LiteralKind::Text(text) => {
                let shown = crate::diag::escape_controls(text);
                self.report(mismatch(
                    literal.span,
                    say!("a text", "这是文本"),
                    say!(
                        "write the date without quotes: {shown}",
                        "日期不加引号：{shown}"
                    ),
                ));
                None
            }
            LiteralKind::Number(_)
            | LiteralKind::Percent(_)
            | LiteralKind::Word(_)
            | LiteralKind::Bool(_)
            | LiteralKind::Duration(_) => {
                self.not_time(literal.span);
                None
            }
        }
    }
}

fn window_span(window: &Window) -> Span {
    match window {
        Window::Last(length) => length.span(),
        Window::Next(_, span) | Window::Ago { span, .. } => *span,
    }
}

/// `within 90d..30d ago`
fn turned_around(newer: Duration, older: Duration, span: Span) -> Diagnostic {
    let turned = format!("{older}..{newer} ago");
    Diagnostic::new(
        Code::EmptyRange,
        span,
        say!("no time lies in this range", "没有时间落在这个范围内"),
    )
    .label(say!("the nearer end is farther back", "近端比远端更早"))
    .help(say!(
        "write the smaller one first: {turned}",
        "请把小的写在前面：{turned}"
    ))
    .unsafe_fix(
        say!("turn it around", "调换两端"),
        vec![replace(span, &turned)],
    )
}

/// A datetime literal: an instant with an offset, local time without one.
pub(super) fn moment_of(text: &str) -> Option<Moment> {
    let utc = Zone::utc();
    let instant = parse_instant(text, &utc)?;
    let time = text
        .split_once(['T', 't', ' '])
        .map_or("", |(_, time)| time);
    if time.contains(['Z', 'z', '+', '-', '＋', '－']) {
        return Some(Moment::Instant(instant));
    }
    let LocalTime { date, ms_of_day } = utc.local(instant);
    Some(Moment::Local(date, ms_of_day))
}

/// The stretch of time that compares so with a moment.
pub(super) fn comparison_range(operator: Comparison, moment: Moment) -> TimeRange {
    let bound = |edge, is_included| {
        Some(TimeBound {
            moment: moment.clone(),
            edge,
            is_included,
        })
    };
    let (from, to) = match operator {
        Comparison::Equal | Comparison::NotEqual => {
            (bound(Edge::First, true), bound(Edge::Last, true))
        }
        Comparison::Less => (None, bound(Edge::First, false)),
        Comparison::LessOrEqual => (None, bound(Edge::Last, true)),
        Comparison::Greater => (bound(Edge::Last, false), None),
        Comparison::GreaterOrEqual => (bound(Edge::First, true), None),
    };
    TimeRange { from, to }
}

/// The stretch from one moment to another, the last one's end included or not.
pub(super) fn moment_range(
    from: Option<Moment>,
    to: Option<Moment>,
    includes_end: bool,
) -> TimeRange {
    let bound = |moment, edge, is_included| TimeBound {
        moment,
        edge,
        is_included,
    };
    TimeRange {
        from: from.map(|moment| bound(moment, Edge::First, true)),
        to: to.map(|moment| match includes_end {
            true => bound(moment, Edge::Last, true),
            false => bound(moment, Edge::First, false),
        }),
    }
}

/// Whether certainly no time lies from one moment to another.
pub(super) fn is_empty(from: &Moment, to: &Moment, includes_end: bool) -> bool {
    let fixed = |moment: &Moment| match moment {
        Moment::Date(date) => Some((i64::from(date.0), 0)),
        Moment::Local(date, ms) => Some((i64::from(date.0), *ms)),
        Moment::Instant(_) | Moment::Period(_) | Moment::Ago(_) => None,
    };
    let in_order = |order: Ordering| match order {
        Ordering::Less => false,
        Ordering::Equal => !includes_end,
        Ordering::Greater => true,
    };
    match (from, to) {
        (Moment::Instant(from), Moment::Instant(to)) => in_order(from.cmp(to)),
        (Moment::Ago(from), Moment::Ago(to)) => {
            longest_ms(*from) < shortest_ms(*to) || !includes_end && from == to
        }
        (Moment::Period(_), Moment::Period(_)) => SAMPLE_NOWS_MS
            .iter()
            .all(|now| is_empty_at(from, to, includes_end, Instant(*now))),
        // A date lasts: midnight to the same date is not empty, the date to its own midnight is not.
        (Moment::Date(from), Moment::Local(to, _)) => from > to,
        (Moment::Local(from, _), Moment::Date(to)) => from > to || from == to && !includes_end,
        _ => match (fixed(from), fixed(to)) {
            (Some(from), Some(to)) => in_order(from.cmp(&to)),
            _ => false,
        },
    }
}

/// Moments at which ranges between periods are tried: ends of days, weeks, months, quarters and
/// years. Which of two periods comes first depends on nothing else.
const SAMPLE_NOWS_MS: [i64; 4] = [
    1_767_225_600_000, // Thursday 2026-01-01, the first of everything but the week
    1_798_761_599_000, // Thursday 2026-12-31, the last of everything but the week
    1_772_409_600_000, // Monday 2026-03-02
    1_786_924_799_000, // Sunday 2026-08-16, the last second of its week
];

fn is_empty_at(from: &Moment, to: &Moment, includes_end: bool, now: Instant) -> bool {
    let clock = Clock {
        now,
        zone: Zone::utc(),
    };
    let (first, _) = from.dates(&clock);
    let (start, last) = to.dates(&clock);
    match includes_end {
        true => first > last,
        false => first >= start,
    }
}

const DAY_MS: i64 = 86_400_000;

/// The least a duration can last.
fn shortest_ms(duration: Duration) -> i64 {
    i64::from(duration.count)
        * match duration.unit {
            Unit::Second => 1000,
            Unit::Minute => 60_000,
            Unit::Hour => 3_600_000,
            Unit::Day => DAY_MS,
            Unit::Week => 7 * DAY_MS,
            Unit::Month => 28 * DAY_MS,
            Unit::Year => 365 * DAY_MS,
        }
}

/// The most a duration can last.
fn longest_ms(duration: Duration) -> i64 {
    i64::from(duration.count)
        * match duration.unit {
            Unit::Month => 31 * DAY_MS,
            Unit::Year => 366 * DAY_MS,
            Unit::Second | Unit::Minute | Unit::Hour | Unit::Day | Unit::Week => {
                return shortest_ms(duration);
            }
        }
}
