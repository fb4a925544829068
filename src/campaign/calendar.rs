//! Turns a window of allowed hours into openings, and a start with an interval into a grid of times.
//!
//! Invariants: an opening is `[from, to)`; every time of a grid lies in an opening; the first time
//! of an opening that the grid enters from outside is the opening's first instant.

use crate::value::{Instant, Zone};

/// When batches may start: the openings of a window in a zone, or always.
#[derive(Clone, Debug)]
pub struct Openings {
    zone: Zone,
    /// Minutes after midnight, from and to; `None` is always.
    window: Option<(u32, u32)>,
}

const MS_A_MINUTE: u32 = 60_000;
const MINUTES_A_DAY: u32 = 1440;
/// A window may be empty on a night when clocks change, never so many days in a row.
const MOST_DAYS: i64 = 8;

impl Openings {
    /// The openings of `[from, to)` minutes after midnight; `to <= from` crosses midnight, and a
    /// whole day is no window at all.
    pub fn new(zone: Zone, window: Option<(u32, u32)>) -> Openings {
        let is_all_day = |&(from, to): &(u32, u32)| from == 0 && to == MINUTES_A_DAY;
        Openings {
            zone,
            window: window.filter(|window| !is_all_day(window)),
        }
    }

    /// The opening that holds an instant, else the next one.
    pub fn at_or_after(&self, at: Instant) -> Option<(Instant, Instant)> {
        let Some((from, to)) = self.window else {
            return Some((Instant(i64::MIN), Instant(i64::MAX)));
        };
        let first = self.zone.date_of(at).add_days(-1);
        let local = |days: i64, minute: u32| {
            let days = days + i64::from(minute / MINUTES_A_DAY);
            let ms = (minute % MINUTES_A_DAY) * MS_A_MINUTE;
            self.zone.instant_of(first.add_days(days), ms)
        };
        let openings = (0..MOST_DAYS).map(|day| {
            let end = day + i64::from(to <= from);
            (local(day, from), local(end, to))
        });
        let mut openings = openings.filter(|(from, to)| from < to);
        openings.find(|(_, to)| *to > at)
    }

    /// Whether a batch may start then.
    pub fn is_open(&self, at: Instant) -> bool {
        self.at_or_after(at).is_some_and(|(from, _)| from <= at)
    }

    /// The first allowed time from `at` on.
    pub(super) fn enter(&self, at: Instant) -> Option<Instant> {
        self.at_or_after(at).map(|(from, _)| from.max(at))
    }

    /// The first time of the grid through `point` (itself on the grid) that is not before `wanted`.
    /// The grid goes on by `every_ms`; 0 is every instant of the openings.
    pub(super) fn grid(&self, point: Instant, every_ms: i64, wanted: Instant) -> Option<Instant> {
        if every_ms <= 0 {
            return self.enter(wanted.max(point));
        }
        let mut point = point;
        while point < wanted {
            let (_, to) = self.at_or_after(point)?;
            let steps_wanted = (wanted.0 - point.0 + every_ms - 1) / every_ms;
            let steps_here = (to.0.saturating_sub(1) - point.0) / every_ms;
            if steps_wanted <= steps_here {
                return Some(Instant(point.0 + steps_wanted * every_ms));
            }
            let outside = Instant(point.0 + (steps_here + 1) * every_ms);
            point = self.enter(outside)?;
        }
        Some(point)
    }

    /// The time of the grid after `point`; with no interval the point itself.
    pub(super) fn step(&self, point: Instant, every_ms: i64) -> Option<Instant> {
        match every_ms {
            0 => Some(point),
            _ => self.grid(point, every_ms, Instant(point.0.saturating_add(1))),
        }
    }

    /// The zone of the window.
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Minutes after midnight from which and to which batches may start.
    pub fn window(&self) -> Option<(u32, u32)> {
        self.window
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_instant;

    fn at(text: &str) -> Instant {
        parse_instant(text, &Zone::utc()).unwrap()
    }

    fn openings(zone: &str, from: u32, to: u32) -> Openings {
        Openings::new(Zone::named(zone).unwrap(), Some((from * 60, to * 60)))
    }

    #[test]
    fn the_first_of_a_day_starts_at_the_opening() {
        let hours = openings("Asia/Shanghai", 8, 22);
        let quarter = 15 * 60_000;
        let start = at("2026-11-23T08:00+08:00");
        let last = hours.grid(start, quarter, at("2026-11-23T21:31+08:00"));
        assert_eq!(last, Some(at("2026-11-23T21:45+08:00")));
        let next = hours.step(last.unwrap(), quarter);
        assert_eq!(next, Some(at("2026-11-24T08:00+08:00")));
        // A start between grid times moves the grid of its day only.
        let odd = at("2026-11-23T21:50+08:00");
        assert_eq!(hours.step(odd, quarter), Some(at("2026-11-24T08:00+08:00")));
        assert_eq!(
            hours.enter(at("2026-11-23T23:00+08:00")),
            Some(at("2026-11-24T08:00+08:00"))
        );
    }

    #[test]
    fn long_intervals_keep_their_length() {
        let hours = openings("Asia/Shanghai", 9, 21);
        let start = at("2026-11-23T10:00+08:00");
        let day = 24 * 3_600_000;
        assert_eq!(hours.step(start, day), Some(at("2026-11-24T10:00+08:00")));
        assert_eq!(
            hours.step(start, day / 2),
            Some(at("2026-11-24T09:00+08:00"))
        );
    }

    #[test]
    fn windows_cross_midnight_and_clock_changes() {
        let night = openings("Asia/Shanghai", 22, 6);
        assert!(night.is_open(at("2026-11-23T05:59:59+08:00")));
        assert!(!night.is_open(at("2026-11-23T06:00+08:00")));
        assert!(night.is_open(at("2026-11-23T22:00+08:00")));
        assert_eq!(
            night.enter(at("2026-11-23T12:00+08:00")),
            Some(at("2026-11-23T22:00+08:00"))
        );
        // Spring in New York: 02:00 to 03:00 does not exist on 8 March 2026.
        let lost = openings("America/New_York", 2, 3);
        assert_eq!(
            lost.enter(at("2026-03-08T05:00Z")),
            Some(at("2026-03-09T06:00Z"))
        );
        // Autumn: the hour from 01:00 comes twice, the window is open through both.
        let twice = openings("America/New_York", 1, 2);
        assert!(twice.is_open(at("2026-11-01T05:30Z")));
        assert!(twice.is_open(at("2026-11-01T06:30Z")));
        assert!(!twice.is_open(at("2026-11-01T07:00Z")));
    }

    #[test]
    fn without_a_window_the_grid_never_stops() {
        for window in [None, Some((0, 1440))] {
            let always = Openings::new(Zone::utc(), window);
            let start = at("2026-11-23T09:07Z");
            let later = always.grid(start, 600_000, at("2026-11-25T00:00Z"));
            assert_eq!(later, Some(at("2026-11-25T00:07Z")));
            assert_eq!(
                always.grid(start, 0, at("2026-11-25T00:00Z")),
                Some(at("2026-11-25T00:00Z"))
            );
        }
    }
}
