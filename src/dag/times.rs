//! Turns times as written into numbers: days for dates, milliseconds for datetimes.

use crate::check::typed::{TimeRange, TimeSet};
use crate::value::{Clock, Date, DateRange, Instant, InstantRange, Intervals};

/// The milliseconds that a time set covers.
pub fn instants(set: &TimeSet, clock: &Clock) -> Intervals {
    let range = match set {
        TimeSet::Last(duration) => clock.within(*duration),
        TimeSet::Next(duration) => clock.within_next(*duration),
        TimeSet::Ago { newer, older } => clock.within_ago(*newer, *older),
        TimeSet::Ranges(ranges) => {
            let pairs = ranges.iter().map(|range| instant_pair(range, clock));
            return Intervals::new(pairs.collect());
        }
    };
    let InstantRange { from, to } = range;
    Intervals::new(vec![(
        from.map_or(i64::MIN, |Instant(ms)| ms),
        to.map_or(i64::MAX, |Instant(ms)| ms),
    )])
}

/// The days that a time set covers.
pub fn dates(set: &TimeSet, clock: &Clock) -> Intervals {
    let range = match set {
        TimeSet::Last(duration) => clock.within_dates(*duration),
        TimeSet::Next(duration) => clock.within_next_dates(*duration),
        TimeSet::Ago { newer, older } => clock.within_ago_dates(*newer, *older),
        TimeSet::Ranges(ranges) => {
            let pairs = ranges.iter().map(|range| date_pair(range, clock));
            return Intervals::new(pairs.collect());
        }
    };
    let DateRange { from, to } = range;
    Intervals::new(vec![(
        from.map_or(i64::MIN, |Date(days)| i64::from(days)),
        to.map_or(i64::MAX, |Date(days)| i64::from(days)),
    )])
}

fn instant_pair(range: &TimeRange, clock: &Clock) -> (i64, i64) {
    let ms = |(Instant(ms), is_included)| (ms, is_included);
    let from = range.from.as_ref().map(|bound| ms(bound.instant(clock)));
    let to = range.to.as_ref().map(|bound| ms(bound.instant(clock)));
    pair(from, to)
}

fn date_pair(range: &TimeRange, clock: &Clock) -> (i64, i64) {
    let days = |(Date(days), is_included)| (i64::from(days), is_included);
    let from = range.from.as_ref().map(|bound| days(bound.date(clock)));
    let to = range.to.as_ref().map(|bound| days(bound.date(clock)));
    pair(from, to)
}

fn pair(from: Option<(i64, bool)>, to: Option<(i64, bool)>) -> (i64, i64) {
    let from = from.map_or(i64::MIN, |(at, is_included)| {
        if is_included {
            at
        } else {
            at.saturating_add(1)
        }
    });
    let to = to.map_or(i64::MAX, |(at, is_included)| {
        if is_included {
            at
        } else {
            at.saturating_sub(1)
        }
    });
    (from, to)
}
