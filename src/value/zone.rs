//! Zones: which instant a local time is, and the other way round.

use super::date::two;
use super::steady::Steady;
use super::{Date, Instant};
use crate::name::nearest;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::{Arc, OnceLock};

const DAY_MS: i64 = 86_400_000;

/// A zone: an IANA name, a fixed offset or UTC.
///
/// Offsets are looked up in a table of transitions made once, because every row may ask.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    pub(super) zone: TimeZone,
    /// (first millisecond, offset in milliseconds), ascending; the first starts at `i64::MIN`.
    offsets: Arc<[(i64, i64)]>,
    /// From here on the table is not complete.
    end_ms: i64,
    /// Made when it is first asked.
    steady: Arc<OnceLock<Steady>>,
}

/// A zone name that nobody knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownZone {
    /// As given.
    pub name: String,
    /// The nearest names there are.
    pub near: Vec<String>,
}

/// A local date and time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// The local day.
    pub date: Date,
    /// Milliseconds after local midnight, 0..86,400,000.
    pub ms_of_day: u32,
}

impl PartialEq for Zone {
    fn eq(&self, other: &Zone) -> bool {
        self.name == other.name
    }
}

impl Eq for Zone {}

impl Zone {
    /// Coordinated universal time.
    pub fn utc() -> Zone {
        Zone {
            name: Arc::from("UTC"),
            zone: TimeZone::UTC,
            offsets: Arc::from([(i64::MIN, 0)]),
            end_ms: i64::MAX,
            steady: Arc::default(),
        }
    }

    /// Finds a zone by its IANA name (`Asia/Shanghai`), `UTC`, or an offset (`+08:00`).
    ///
    /// # Errors
    /// There is no such zone.
    pub fn named(name: &str) -> Result<Zone, UnknownZone> {
        if name.eq_ignore_ascii_case("utc") || name == "Z" {
            return Ok(Zone::utc());
        }
        if let Some(offset_ms) = parse_offset(name.as_bytes()) {
            return Ok(Zone::fixed(name, offset_ms));
        }
        match TimeZone::get(name) {
            Ok(zone) => Ok(Zone::with_transitions(
                zone.iana_name().unwrap_or(name),
                &zone,
            )),
            Err(_) => Err(UnknownZone {
                near: near_zones(name),
                name: name.to_string(),
            }),
        }
    }

    fn fixed(name: &str, offset_ms: i64) -> Zone {
        let seconds = i32::try_from(offset_ms / 1000).unwrap_or(0);
        let offset = jiff::tz::Offset::from_seconds(seconds).unwrap_or(jiff::tz::Offset::UTC);
        Zone {
            name: Arc::from(name),
            zone: TimeZone::fixed(offset),
            offsets: Arc::from([(i64::MIN, offset_ms)]),
            end_ms: i64::MAX,
            steady: Arc::default(),
        }
    }

    fn with_transitions(name: &str, zone: &TimeZone) -> Zone {
        // 2200-01-01: rules repeat for ever, the table has to stop somewhere.
        const END_MS: i64 = 7_258_118_400_000;
        let first = zone.to_offset(Timestamp::MIN);
        let mut offsets = vec![(i64::MIN, i64::from(first.seconds()) * 1000)];
        for transition in zone.following(Timestamp::MIN) {
            let at = transition.timestamp().as_millisecond();
            if at >= END_MS {
                break;
            }
            offsets.push((at, i64::from(transition.offset().seconds()) * 1000));
        }
        Zone {
            name: Arc::from(name),
            zone: zone.clone(),
            offsets: offsets.into(),
            end_ms: END_MS,
            steady: Arc::default(),
        }
    }

    /// The name it was found by.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn offset_ms(&self, Instant(ms): Instant) -> i64 {
        match self.steady_offset(ms) {
            Some(offset) => offset,
            None => self.offset_at(ms),
        }
    }

    /// The offset that all instants, and all local times, near some milliseconds have.
    #[inline]
    fn steady_offset(&self, ms: i64) -> Option<i64> {
        let steady = self
            .steady
            .get_or_init(|| Steady::new(&self.offsets, self.end_ms));
        steady.offset_ms(ms)
    }

    fn offset_at(&self, ms: i64) -> i64 {
        if ms >= self.end_ms {
            return Timestamp::from_millisecond(ms)
                .map_or(0, |at| i64::from(self.zone.to_offset(at).seconds()) * 1000);
        }
        let after = self.offsets.partition_point(|&(from, _)| from <= ms);
        self.offsets
            .get(after.wrapping_sub(1))
            .map_or(0, |&(_, offset)| offset)
    }

    /// The local date and time of an instant.
    pub fn local(&self, instant: Instant) -> LocalTime {
        let local = instant.0.saturating_add(self.offset_ms(instant));
        let days = local.div_euclid(DAY_MS);
        LocalTime {
            date: Date(i32::try_from(days).unwrap_or(0)),
            ms_of_day: u32::try_from(local.rem_euclid(DAY_MS)).unwrap_or(0),
        }
    }

    /// The local day of an instant.
    pub fn date_of(&self, instant: Instant) -> Date {
        self.local(instant).date
    }

    /// The local hour of an instant, 0..=23.
    pub fn hour_of(&self, instant: Instant) -> u8 {
        u8::try_from(self.local(instant).ms_of_day / 3_600_000).unwrap_or(0)
    }

    /// The instant of a local time. A time in a gap moves forward by the gap's length; of the two
    /// instants of a time in a fold it is the earlier.
    pub fn instant_of(&self, date: Date, ms_of_day: u32) -> Instant {
        let local = i64::from(date.0) * DAY_MS + i64::from(ms_of_day);
        match self.steady_offset(local) {
            Some(offset) => Instant(local - offset),
            None => self.instant_near(local),
        }
    }

    /// Turns local times, as milliseconds of a clock in UTC, into instants; those that are `none` stay.
    pub(crate) fn instants_of(&self, times: &mut [i64], none: i64) {
        for times in times.chunks_mut(1024) {
            let known = times.iter().filter(|time| **time != none);
            let (low, high) = known.fold((i64::MAX, i64::MIN), |(low, high), time| {
                (low.min(*time), high.max(*time))
            });
            if low > high {
                continue;
            }
            let instant = |local: i64| match self.steady_offset(local) {
                Some(offset) => local - offset,
                None => self.instant_near(local).0,
            };
            match self.offset_between(low, high) {
                Some(offset) => times
                    .iter_mut()
                    .for_each(|time| *time -= if *time == none { 0 } else { offset }),
                None => times
                    .iter_mut()
                    .filter(|time| **time != none)
                    .for_each(|time| *time = instant(*time)),
            }
        }
    }

    /// The offset of all local times from one to another, when they have the same and none of them is in
    /// a gap or a fold.
    fn offset_between(&self, low: i64, high: i64) -> Option<i64> {
        // Further from all local times than any offset is.
        let (low, high) = (low.checked_sub(DAY_MS)?, high.checked_add(DAY_MS)?);
        let before = self.offsets.partition_point(|(from, _)| *from <= low);
        let (_, offset) = self.offsets.get(before.checked_sub(1)?)?;
        let end = self.offsets.get(before).map_or(self.end_ms, |next| next.0);
        (high < end).then_some(*offset)
    }

    fn instant_near(&self, local: i64) -> Instant {
        // The offset before any transition near this local time, and the one after it: in a fold
        // both fit and the first gives the earlier instant; in a gap neither fits and the first
        // moves the time forward by the gap.
        let before = self.offset_at(local.saturating_sub(DAY_MS));
        let candidate = local - before;
        let after = self.offset_at(candidate);
        if after == before {
            return Instant(candidate);
        }
        let other = local - after;
        match self.offset_at(other) == after {
            true => Instant(other),
            false => Instant(candidate),
        }
    }

    /// The first instant of a local day.
    pub fn start_of_day(&self, date: Date) -> Instant {
        self.instant_of(date, 0)
    }

    /// The last millisecond of a local day: one before the next day's start.
    pub fn end_of_day(&self, date: Date) -> Instant {
        Instant(self.start_of_day(Date(date.0 + 1)).0 - 1)
    }

    /// `2026-11-22T09:00:00+08:00`, milliseconds only when there are any; UTC is written `Z`.
    pub fn rfc3339(&self, instant: Instant) -> String {
        let mut text = String::new();
        // Writing into a string cannot fail.
        let _ = self.write_rfc3339(instant, &mut text);
        text
    }

    /// Writes what [`Zone::rfc3339`] returns.
    ///
    /// # Errors
    /// `out` failed.
    pub fn write_rfc3339(&self, instant: Instant, out: &mut impl fmt::Write) -> fmt::Result {
        let offset_ms = self.offset_ms(instant);
        let LocalTime { date, ms_of_day } = self.local(instant);
        let (seconds, ms) = (ms_of_day / 1000, ms_of_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(out, "{date}T{hour:02}:{minute:02}:{second:02}")?;
        if ms > 0 {
            write!(out, ".{ms:03}")?;
        }
        if offset_ms == 0 {
            return out.write_char('Z');
        }
        let sign = if offset_ms < 0 { '-' } else { '+' };
        let minutes = offset_ms.abs() / 60_000;
        write!(out, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

fn near_zones(name: &str) -> Vec<String> {
    let known: Vec<String> = jiff::tz::db()
        .available()
        .map(|zone| zone.to_string())
        .collect();
    // A city alone is the commonest mistake.
    let city = known.iter().filter(|zone| {
        zone.rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(name))
    });
    let mut near: Vec<String> = city.cloned().collect();
    if near.is_empty() {
        let all = known.iter().map(String::as_str);
        near = nearest(name, all, 3)
            .into_iter()
            .map(str::to_string)
            .collect();
    }
    near.truncate(3);
    near
}

/// `Z`, `+08:00`, `+0800`, `+08` in milliseconds.
pub(super) fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, rest) = match text {
        [b'Z' | b'z'] => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [a, b, b':', c, d] | [a, b, c, d] => (two(*a, *b)?, two(*c, *d)?),
        [a, b] => (two(*a, *b)?, 0),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| i64::from(sign * (hours * 60 + minutes)) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant_of(zone: &Zone, local: i64) -> i64 {
        let date = Date(i32::try_from(local.div_euclid(DAY_MS)).unwrap());
        let ms_of_day = u32::try_from(local.rem_euclid(DAY_MS)).unwrap();
        zone.instant_of(date, ms_of_day).0
    }

    /// What the time zone library says, through its own way of choosing in gaps and folds.
    fn by_library(zone: &Zone, local: i64) -> i64 {
        let time = jiff::civil::DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
        let time = time
            .checked_add(jiff::SignedDuration::from_millis(local))
            .unwrap();
        let at = zone.zone.to_ambiguous_timestamp(time).compatible().unwrap();
        at.as_millisecond()
    }

    /// Local times near every change, and many others.
    fn times(zone: &Zone) -> Vec<i64> {
        let mut times = Vec::new();
        let near = [0, 1, 1_800_000, 3_600_000, 7_200_000, DAY_MS, 2 * DAY_MS];
        for (from, offset) in zone.offsets.iter().skip(1) {
            for away in near {
                times.extend([from + offset + away, from + offset - away, from - away]);
            }
        }
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..2_000 {
            random = random.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(23) ^ 0x5b;
            times.push(i64::try_from(random >> 21).unwrap() - (1 << 42));
        }
        times.retain(|time| (-(1 << 44)..8_000_000_000_000).contains(time));
        times
    }

    #[test]
    fn instants_are_those_of_the_library_wherever_they_are_looked_up() {
        for name in [
            "Asia/Shanghai",
            "America/New_York",
            "Europe/Dublin",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "Africa/Casablanca",
            "America/Sao_Paulo",
            "Asia/Kathmandu",
            "+05:30",
            "UTC",
        ] {
            let zone = Zone::named(name).unwrap();
            let times = times(&zone);
            for local in &times {
                let expected = by_library(&zone, *local);
                assert_eq!(instant_of(&zone, *local), expected, "{name} {local}");
                assert_eq!(zone.instant_near(*local).0, expected, "{name} {local}");
                let offset = zone.offset_ms(Instant(*local));
                assert_eq!(offset, zone.offset_at(*local), "{name} {local}");
            }
            // The same of many: alike, mixed, and with some that are none.
            let mut sorted = times.clone();
            sorted.sort_unstable();
            for (order, all) in [times, sorted].iter().enumerate() {
                let none = |row: usize| order == 0 && row.is_multiple_of(3) || row / 1024 == 1;
                let given = all.iter().enumerate();
                let given = given.map(|(row, time)| if none(row) { i64::MIN } else { *time });
                let given: Vec<i64> = given.collect();
                let mut found = given.clone();
                zone.instants_of(&mut found, i64::MIN);
                for (local, at) in given.iter().zip(&found) {
                    let expected = match *local == i64::MIN {
                        true => i64::MIN,
                        false => zone.instant_near(*local).0,
                    };
                    assert_eq!(*at, expected, "{name} {local}");
                }
            }
        }
    }

    #[test]
    fn times_of_recent_years_are_all_looked_up_once() {
        let zone = Zone::named("Asia/Shanghai").unwrap();
        let (from, to) = (694_224_000_000, 4_102_444_800_000);
        assert_eq!(zone.offset_between(from, to), Some(28_800_000));
        assert_eq!(zone.offset_between(0, to), None);
        assert_eq!(zone.steady_offset(from), Some(28_800_000));
        assert_eq!(zone.offset_between(from, i64::MAX), None);
    }
}
