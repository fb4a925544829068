//! Turns times that rules write as lengths into the days they reach from and to at one `now`.

use super::project::View;
use crate::check::typed::{
    AnniversaryWindow, Condition, ConditionKind, ElementTest, Moment, Question, TimeBound, TimeSet,
};
use crate::dag::{dates, instants};
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::{SourceId, Span};
use crate::value::{Clock, Date, Instant, Intervals};

/// A test of time with the days it reaches from and to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stretch {
    pub(super) span: Span,
    pub(super) text: Phrase,
}

/// One day in milliseconds, its last one left out.
const END_OF_DAY_MS: u32 = 86_399_999;

impl View<'_> {
    /// The tests of time in one file whose days depend on now, in the order of the text.
    pub(super) fn stretches(&self, source: SourceId) -> Vec<Stretch> {
        let mut found = Vec::new();
        for condition in self.conditions(source) {
            self.visit(condition, &mut found);
        }
        found.sort_by_key(|stretch| stretch.span);
        found
    }

    /// The whole conditions of one file.
    fn conditions(&self, source: SourceId) -> Vec<&Condition> {
        let rules = &self.workspace.rules;
        let segments = rules.segments.iter().map(|segment| &segment.condition);
        let campaigns = rules.campaigns.values().flat_map(|campaign| {
            let others = campaign.prefer.iter().chain(&campaign.defer);
            let slow = campaign.slow.iter().map(|slow| &slow.condition);
            std::iter::once(&campaign.audience)
                .chain(others)
                .chain(slow)
        });
        let all = segments.chain(campaigns);
        all.filter(|condition| condition.span.source == source)
            .collect()
    }

    fn visit(&self, condition: &Condition, found: &mut Vec<Stretch>) {
        match &condition.kind {
            ConditionKind::And(of) | ConditionKind::Or(of) | ConditionKind::Count { of, .. } => {
                of.iter().for_each(|each| self.visit(each, found));
            }
            ConditionKind::Not(inner) => self.visit(inner, found),
            ConditionKind::Ask(question) => {
                let text = self.stretch(question);
                found.extend(text.map(|text| Stretch {
                    span: condition.span,
                    text,
                }));
            }
            ConditionKind::Segment(_) | ConditionKind::Everyone | ConditionKind::Nobody => {}
        }
    }

    fn stretch(&self, question: &Question) -> Option<Phrase> {
        let clock = &self.facts.clock;
        match question {
            Question::Time(field, set) | Question::Element(field, ElementTest::Time(set)) => {
                if !is_relative(set) {
                    return None;
                }
                let ranges = self.ranges(*field, set)?;
                let shown: Vec<Phrase> = ranges.into_iter().map(|range| in_words(&range)).collect();
                let join = |of: fn(&Phrase) -> &str, sign: &str| {
                    shown.iter().map(of).collect::<Vec<_>>().join(sign)
                };
                let en = join(|phrase| &phrase.en, ", ");
                Some(Phrase::new(en, join(|phrase| &phrase.zh, "，")))
            }
            Question::Anniversary(_, window) => Some(anniversary(window, clock)),
            _ => None,
        }
    }

    /// The ends of a set of times as people write them.
    fn ranges(
        &self,
        field: FieldId,
        set: &TimeSet,
    ) -> Option<Vec<(Option<String>, Option<String>)>> {
        let clock = &self.facts.clock;
        let kind = &self.workspace.rules.schema.field(field)?.kind;
        let kind = match kind {
            Type::List { element, .. } => element,
            kind => kind,
        };
        let is_date = matches!(kind, Type::Date(_));
        let covered: Intervals = match is_date {
            true => dates(set, clock),
            false => instants(set, clock),
        };
        // Up to now, or from now on, goes without saying.
        let (hides_from, hides_to) = match set {
            TimeSet::Last(_) => (false, true),
            TimeSet::Next(_) => (true, false),
            TimeSet::Ago { .. } | TimeSet::Ranges(_) => (false, false),
        };
        let shown = |at: i64, open: i64, is_hidden: bool, is_end: bool| {
            let text = || match is_date {
                true => i32::try_from(at).map_or(String::new(), |days| Date(days).to_string()),
                false => moment_text(Instant(at), clock, is_end),
            };
            (at != open && !is_hidden).then(text)
        };
        let ends = covered.iter().map(|(from, to)| {
            (
                shown(from, i64::MIN, hides_from, false),
                shown(to, i64::MAX, hides_to, true),
            )
        });
        Some(ends.collect())
    }
}

/// Whether a set of times moves with now.
fn is_relative(set: &TimeSet) -> bool {
    let moves = |bound: &Option<TimeBound>| {
        bound.as_ref().is_some_and(|bound| match bound.moment {
            Moment::Period(_) | Moment::Ago(_) => true,
            Moment::Date(_) | Moment::Instant(_) | Moment::Local(..) => false,
        })
    };
    match set {
        TimeSet::Last(_) | TimeSet::Next(_) | TimeSet::Ago { .. } => true,
        TimeSet::Ranges(ranges) => ranges
            .iter()
            .any(|range| moves(&range.from) || moves(&range.to)),
    }
}

/// A moment as its local day where it is the first or last of it, else with the minute.
fn moment_text(moment: Instant, clock: &Clock, is_end: bool) -> String {
    let local = clock.zone.local(moment);
    let edge = match is_end {
        true => END_OF_DAY_MS,
        false => 0,
    };
    if local.ms_of_day == edge {
        return local.date.to_string();
    }
    let minute = local.ms_of_day / 60_000;
    format!("{} {:02}:{:02}", local.date, minute / 60, minute % 60)
}

fn in_words((from, to): &(Option<String>, Option<String>)) -> Phrase {
    match (from, to) {
        (Some(from), Some(to)) if from == to => say!("{from}", "{from}"),
        (Some(from), Some(to)) => say!("{from} to {to}", "{from} 至 {to}"),
        (Some(from), None) => say!("from {from}", "自 {from} 起"),
        (None, Some(to)) => say!("to {to}", "至 {to}"),
        (None, None) => say!("any time", "任何时间"),
    }
}

fn anniversary(window: &AnniversaryWindow, clock: &Clock) -> Phrase {
    let days = match window {
        AnniversaryWindow::Next(ahead) => clock.within_next_dates(*ahead),
        AnniversaryWindow::Last(back) => clock.within_dates(*back),
    };
    let day = |day: Option<Date>| {
        day.map_or(String::new(), |day| {
            format!("{:02}-{:02}", day.month(), day.day())
        })
    };
    let (from, to) = (day(days.from), day(days.to));
    say!("{from} to {to} of any year", "每年 {from} 至 {to}")
}
