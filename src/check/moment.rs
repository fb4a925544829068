//! Turns moments as written into the instants or days they last, once `now` and the zone are known.

use super::typed::{Edge, Moment, TimeBound};
use crate::value::{Clock, Date, DateRange, Duration, Instant};

impl Moment {
    /// The first and last millisecond of the moment: a date lasts its local day, a period all its
    /// days, `30d ago` the local day it falls on, an instant only itself.
    pub fn instants(&self, clock: &Clock) -> (Instant, Instant) {
        match self {
            Moment::Instant(instant) => (*instant, *instant),
            Moment::Local(date, ms_of_day) => {
                let instant = clock.zone.instant_of(*date, *ms_of_day);
                (instant, instant)
            }
            Moment::Ago(back) if back.unit.is_exact() => {
                let instant = exact_ago(*back, clock);
                (instant, instant)
            }
            Moment::Date(_) | Moment::Period(_) | Moment::Ago(_) => {
                let (first, last) = self.dates(clock);
                (clock.zone.start_of_day(first), clock.zone.end_of_day(last))
            }
        }
    }

    /// The first and last local day of the moment.
    pub fn dates(&self, clock: &Clock) -> (Date, Date) {
        match self {
            Moment::Date(date) | Moment::Local(date, _) => (*date, *date),
            Moment::Instant(instant) => {
                let date = clock.zone.date_of(*instant);
                (date, date)
            }
            Moment::Period(period) => {
                let DateRange { from, to } = clock.named(*period);
                (from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX))
            }
            Moment::Ago(back) if back.unit.is_exact() => {
                let date = clock.zone.date_of(exact_ago(*back, clock));
                (date, date)
            }
            Moment::Ago(back) => {
                let date = clock.day_before(*back);
                (date, date)
            }
        }
    }
}

/// `72h ago` is the instant 72 hours before now.
fn exact_ago(back: Duration, clock: &Clock) -> Instant {
    clock.within(back).from.unwrap_or(Instant(i64::MIN))
}

impl TimeBound {
    /// The bound as a millisecond, and whether it is inside.
    pub fn instant(&self, clock: &Clock) -> (Instant, bool) {
        let (first, last) = self.moment.instants(clock);
        (self.edge.of(first, last), self.is_included)
    }

    /// The bound as a local day, and whether it is inside.
    pub fn date(&self, clock: &Clock) -> (Date, bool) {
        let (first, last) = self.moment.dates(clock);
        (self.edge.of(first, last), self.is_included)
    }
}

impl Edge {
    fn of<T>(self, first: T, last: T) -> T {
        match self {
            Edge::First => first,
            Edge::Last => last,
        }
    }
}
