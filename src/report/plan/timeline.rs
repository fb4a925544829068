//! The batches of a plan as a drawing: one row a day, quiet hours shaded, a bar where people are sent
//! to, behind it how many the day has and how far the caps on a day are used.

use super::PlanReport;
use crate::campaign::Openings;
use crate::check::sending::{Counted, Per};
use crate::diag::{Lang, Phrase};
use crate::report::grouped;
use crate::say;
use crate::value::{Date, Instant, Zone};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Days that are drawn; a longer plan says how many more there are.
const MOST_DAYS: usize = 31;
/// Bars a day: one for five minutes.
const BARS: u32 = 288;
const BAR_MS: u32 = 300_000;

const LEFT: u32 = 52;
const WIDTH: u32 = 720;
const RIGHT: u32 = 92;
const ROW: u32 = 34;
const BAR_HEIGHT: u32 = 24;

/// What happens on a day.
#[derive(Debug, Default)]
struct Day {
    /// People sent to in each five minutes.
    bars: BTreeMap<u32, u64>,
    people: u64,
    sends: u64,
    calls: u64,
}

/// What the drawing shows.
pub(super) struct Timeline {
    zone: Zone,
    days: BTreeMap<i32, Day>,
    openings: Option<Openings>,
    /// Caps on a calendar day of this zone, with what they count.
    caps: Vec<(u64, Counted)>,
}

impl Timeline {
    /// The drawing of a plan, in the zone of its only window, else in the run's.
    pub(super) fn new(report: &PlanReport<'_>) -> Timeline {
        let zone = match report.plan.zones.as_slice() {
            [one] => one.clone(),
            _ => report.clock.zone.clone(),
        };
        let mut days: BTreeMap<i32, Day> = BTreeMap::new();
        for batch in &report.plan.batches {
            let local = zone.local(batch.start);
            let bar = (local.ms_of_day / BAR_MS).min(BARS - 1);
            let people = batch.people.len() as u64;
            let day = days.entry(local.date.0).or_default();
            *day.bars.entry(bar).or_insert(0) += people;
            day.people += people;
            day.sends += batch.sends;
            day.calls += batch.calls;
        }
        // Recipients in several zones have hours of their own: none of them is shaded.
        let window = report
            .campaign
            .window
            .as_ref()
            .filter(|_| report.plan.zones.len() == 1);
        let hours = window.map(|window| (window.from_minute, window.to_minute));
        Timeline {
            openings: hours.map(|hours| Openings::new(zone.clone(), Some(hours))),
            caps: caps_of_a_day(report, &zone),
            zone,
            days,
        }
    }

    /// The days that do not fit into the drawing.
    pub(super) fn days_left_out(&self) -> usize {
        self.days.len().saturating_sub(MOST_DAYS)
    }

    /// Whether all recipients share hours, which are shaded.
    pub(super) fn has_hours(&self) -> bool {
        self.openings.is_some()
    }

    /// The zone of its clock.
    pub(super) fn zone(&self) -> &str {
        self.zone.name()
    }

    /// The drawing; `lang` is that of the words beside it.
    pub(super) fn to_svg(&self, lang: Lang) -> Markup {
        let days: Vec<(&i32, &Day)> = self.days.iter().take(MOST_DAYS).collect();
        let height = ROW * days.len() as u32 + 26;
        let most = days
            .iter()
            .flat_map(|(_, day)| day.bars.values())
            .max()
            .copied()
            .unwrap_or(1);
        html! {
            svg viewBox={ "0 0 " (LEFT + WIDTH + RIGHT) " " (height) } role="img" {
                @for hour in (0..=24u32).step_by(3) {
                    @let x = LEFT + WIDTH * hour / 24;
                    line .grid x1=(x) y1="18" x2=(x) y2=(height - 4) {}
                    text .hour x=(x) y="12" text-anchor="middle" { (format!("{hour:02}")) }
                }
                @for (number, (date, day)) in (0u32..).zip(&days) {
                    (self.row(26 + ROW * number, Date(**date), day, most, lang))
                }
            }
        }
    }

    fn row(&self, top: u32, date: Date, day: &Day, most: u64, lang: Lang) -> Markup {
        let use_of_day = self.use_of(day);
        html! {
            text .day x=(LEFT - 8) y=(top + 17) text-anchor="end" { (date.to_string().get(5..).unwrap_or("")) }
            @for (from, to) in self.quiet(date) {
                @let x = f64::from(LEFT) + f64::from(WIDTH) * from;
                rect .quiet x=(format!("{x:.1}")) y=(top) width=(format!("{:.1}", f64::from(WIDTH) * (to - from))) height=(BAR_HEIGHT) {}
            }
            @for (bar, people) in &day.bars {
                @let part = (*people as f64 / most as f64).max(0.08);
                @let height = f64::from(BAR_HEIGHT) * part;
                @let x = f64::from(LEFT) + f64::from(WIDTH) * f64::from(*bar) / f64::from(BARS);
                rect .sent x=(format!("{x:.1}")) y=(format!("{:.1}", f64::from(top + BAR_HEIGHT) - height)) width=(format!("{:.1}", f64::from(WIDTH) / f64::from(BARS) - 0.6)) height=(format!("{height:.1}")) {
                    title { (clock(*bar)) " · " (grouped(*people)) }
                }
            }
            line .base x1=(LEFT) y1=(top + BAR_HEIGHT) x2=(LEFT + WIDTH) y2=(top + BAR_HEIGHT) {}
            @let beside = if use_of_day.is_some() { 10 } else { 17 };
            text .people x=(LEFT + WIDTH + 8) y=(top + beside) { (grouped(day.people)) }
            @if let Some(words) = &use_of_day {
                text .use x=(LEFT + WIDTH + 8) y=(top + 23) { (words.get(lang)) }
            }
        }
    }

    /// `5 of 5 sends`: the cap on a day that is used the most.
    fn use_of(&self, day: &Day) -> Option<Phrase> {
        let used = |counted: Counted| match counted {
            Counted::Sends => day.sends,
            Counted::Calls => day.calls,
            Counted::Recipients | Counted::Messages | Counted::Segments => day.people,
        };
        let fullest = self.caps.iter().max_by(|(a, of_a), (b, of_b)| {
            let (left, right) = (used(*of_a), used(*of_b));
            (u128::from(left) * u128::from(*b)).cmp(&(u128::from(right) * u128::from(*a)))
        });
        let (most, counted) = fullest?;
        let Phrase { en, zh } = counted.unit(*most);
        let (used, most) = (grouped(used(*counted)), grouped(*most));
        Some(say!("{used} of {most} {en}", "{used}/{most} {zh}"))
    }

    /// The stretches of a day outside the window, as parts of the day.
    fn quiet(&self, date: Date) -> Vec<(f64, f64)> {
        let Some(openings) = &self.openings else {
            return Vec::new();
        };
        let start = self.zone.start_of_day(date);
        let end = Instant(self.zone.end_of_day(date).0 + 1);
        let part = |at: Instant| (at.0 - start.0) as f64 / (end.0 - start.0) as f64;
        let mut stretches = Vec::new();
        let mut at = start;
        while at < end {
            let Some((from, to)) = openings.at_or_after(at) else {
                break;
            };
            if from > at {
                stretches.push((part(at), part(from.min(end))));
            }
            at = to.max(from);
        }
        stretches
    }
}

/// Caps on a calendar day that count the plan's own batches alone, in the zone of the drawing.
fn caps_of_a_day(report: &PlanReport<'_>, zone: &Zone) -> Vec<(u64, Counted)> {
    let plan = report.plan;
    let counts_here = plan
        .figures
        .zone
        .as_deref()
        .is_none_or(|name| name == zone.name());
    if !counts_here || !report.provenance.ledger.is_empty() {
        return Vec::new();
    }
    let caps = plan.caps.iter().filter_map(|each| {
        let cap = &each.cap;
        let is_daily = cap.per == Per::Days(1) && !cap.is_rolling && !cap.is_per_recipient;
        // Parts of messages are not counted by batch.
        let is_known = cap.counted != Counted::Segments;
        Some((
            each.limit.number().filter(|_| is_daily && is_known)?,
            cap.counted,
        ))
    });
    caps.collect()
}

fn clock(bar: u32) -> String {
    let minute = bar * (BAR_MS / 60_000);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
