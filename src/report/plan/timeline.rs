//! The batches of a plan as a drawing: one row a day, quiet hours shaded, a bar where people are sent to.

use super::PlanReport;
use crate::campaign::Openings;
use crate::value::{Date, Instant, Zone};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// Days that are drawn; a longer plan says how many more there are.
const MOST_DAYS: usize = 31;
/// Bars a day: one for ten minutes.
const BARS: u32 = 144;
const BAR_MS: u32 = 600_000;

const LEFT: u32 = 84;
const WIDTH: u32 = 720;
const ROW: u32 = 34;
const BAR_HEIGHT: u32 = 24;

/// People sent to in each ten minutes of a day.
type Day = BTreeMap<u32, u64>;

/// What the drawing shows.
pub(super) struct Timeline {
    zone: Zone,
    days: BTreeMap<i32, Day>,
    openings: Option<Openings>,
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
            let people = days
                .entry(local.date.0)
                .or_default()
                .entry(bar)
                .or_insert(0);
            *people += batch.people.len() as u64;
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
            zone,
            days,
        }
    }

    /// The days that do not fit into the drawing.
    pub(super) fn days_left_out(&self) -> usize {
        self.days.len().saturating_sub(MOST_DAYS)
    }

    /// The zone of its clock.
    pub(super) fn zone(&self) -> &str {
        self.zone.name()
    }

    /// The drawing.
    pub(super) fn to_svg(&self) -> Markup {
        let days: Vec<(&i32, &Day)> = self.days.iter().take(MOST_DAYS).collect();
        let height = ROW * days.len() as u32 + 26;
        let most = days
            .iter()
            .flat_map(|(_, day)| day.values())
            .max()
            .copied()
            .unwrap_or(1);
        html! {
            svg viewBox={ "0 0 " (LEFT + WIDTH + 8) " " (height) } role="img" {
                @for hour in (0..=24u32).step_by(3) {
                    @let x = LEFT + WIDTH * hour / 24;
                    line .grid x1=(x) y1="18" x2=(x) y2=(height - 4) {}
                    text .hour x=(x) y="12" text-anchor="middle" { (format!("{hour:02}")) }
                }
                @for (number, (date, day)) in (0u32..).zip(&days) {
                    (self.row(26 + ROW * number, Date(**date), day, most))
                }
            }
        }
    }

    fn row(&self, top: u32, date: Date, day: &Day, most: u64) -> Markup {
        html! {
            text .day x=(LEFT - 8) y=(top + 17) text-anchor="end" { (date.to_string().get(5..).unwrap_or("")) }
            @for (from, to) in self.quiet(date) {
                @let x = f64::from(LEFT) + f64::from(WIDTH) * from;
                rect .quiet x=(format!("{x:.1}")) y=(top) width=(format!("{:.1}", f64::from(WIDTH) * (to - from))) height=(BAR_HEIGHT) {}
            }
            @for (bar, people) in day {
                @let part = (*people as f64 / most as f64).max(0.08);
                @let height = f64::from(BAR_HEIGHT) * part;
                @let x = f64::from(LEFT) + f64::from(WIDTH) * f64::from(*bar) / f64::from(BARS);
                rect .sent x=(format!("{x:.1}")) y=(format!("{:.1}", f64::from(top + BAR_HEIGHT) - height)) width=(format!("{:.1}", f64::from(WIDTH) / f64::from(BARS) - 0.6)) height=(format!("{height:.1}")) {
                    title { (clock(*bar)) " · " (crate::report::grouped(*people)) }
                }
            }
            line .base x1=(LEFT) y1=(top + BAR_HEIGHT) x2=(LEFT + WIDTH) y2=(top + BAR_HEIGHT) {}
        }
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

fn clock(bar: u32) -> String {
    let minute = bar * (BAR_MS / 60_000);
    format!("{:02}:{:02}", minute / 60, minute % 60)
}
