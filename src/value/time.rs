//! Instants, zones, and the texts that stand for times.

use super::Date;
use super::date::two;
use crate::name::nearest;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::fmt;
use std::sync::Arc;

/// Milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Instant(pub i64);

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&Zone::utc().rfc3339(*self))
    }
}

const DAY_MS: i64 = 86_400_000;

/// A zone: an IANA name, a fixed offset or UTC.
///
/// Offsets are looked up in a table of transitions made once, because every row may ask.
#[derive(Clone, Debug)]
pub struct Zone {
    name: Arc<str>,
    zone: TimeZone,
    /// (first millisecond, offset in milliseconds), ascending; the first starts at `i64::MIN`.
    offsets: Arc<[(i64, i64)]>,
    /// From here on the table is not complete.
    end_ms: i64,
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
        }
    }

    /// The name it was found by.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn offset_ms(&self, Instant(ms): Instant) -> i64 {
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
        // The offset before any transition near this local time, and the one after it: in a fold
        // both fit and the first gives the earlier instant; in a gap neither fits and the first
        // moves the time forward by the gap.
        let before = self.offset_ms(Instant(local.saturating_sub(DAY_MS)));
        let candidate = Instant(local - before);
        if self.offset_ms(candidate) == before {
            return candidate;
        }
        let after = self.offset_ms(candidate);
        let other = Instant(local - after);
        if self.offset_ms(other) == after {
            other
        } else {
            candidate
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

/// How the cells of a date or datetime field are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TimeFormat {
    /// ISO 8601.
    Iso,
    /// A pattern of `%Y %m %d %H %M %S` and the like.
    Pattern(Arc<str>),
    /// Seconds since 1970.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
}

impl TimeFormat {
    /// Reads a date cell.
    pub fn parse_date(&self, text: &str, zone: &Zone) -> Option<Date> {
        match self {
            TimeFormat::Iso => parse_date(text),
            TimeFormat::Pattern(pattern) => {
                let date = jiff::civil::Date::strptime(&**pattern, text).ok()?;
                Date::from_ymd(
                    i32::from(date.year()),
                    u8::try_from(date.month()).ok()?,
                    u8::try_from(date.day()).ok()?,
                )
            }
            TimeFormat::EpochSeconds | TimeFormat::EpochMillis => {
                self.parse_instant(text, zone).map(|at| zone.date_of(at))
            }
        }
    }

    /// Reads a datetime cell; without an offset it is local to `zone`.
    pub fn parse_instant(&self, text: &str, zone: &Zone) -> Option<Instant> {
        match self {
            TimeFormat::Iso => parse_instant(text, zone),
            TimeFormat::Pattern(pattern) => parse_pattern(pattern, text, zone),
            TimeFormat::EpochSeconds => super::parse_int(text)?
                .checked_mul(1000)
                .map(Instant)
                .filter(in_calendar),
            TimeFormat::EpochMillis => super::parse_int(text).map(Instant).filter(in_calendar),
        }
    }
}

impl TimeFormat {
    /// Writes a moment as cells of this layout do, local to `zone` where it has no offset; what the
    /// layout has no place for is left out.
    pub fn write(&self, at: Instant, zone: &Zone) -> Option<String> {
        match self {
            TimeFormat::Iso => Some(zone.rfc3339(at)),
            TimeFormat::EpochSeconds => Some(at.0.div_euclid(1000).to_string()),
            TimeFormat::EpochMillis => Some(at.0.to_string()),
            TimeFormat::Pattern(pattern) => {
                let at = Timestamp::from_millisecond(at.0).ok()?;
                let local = at.to_zoned_datetime(zone.zone.clone());
                jiff::fmt::strtime::format(&**pattern, &local).ok()
            }
        }
    }

    /// Whether what is written in this layout can be read again: a pattern is well formed and names
    /// a whole date.
    pub fn is_readable(&self) -> bool {
        let TimeFormat::Pattern(pattern) = self else {
            return true;
        };
        let sample = jiff::civil::date(2026, 11, 22).at(13, 5, 9, 0);
        let sample = sample.to_zoned_datetime(jiff::tz::TimeZone::UTC);
        sample.is_ok_and(|sample| {
            let text = jiff::fmt::strtime::format(&**pattern, &sample);
            text.is_ok_and(|text| parse_pattern(pattern, &text, &Zone::utc()).is_some())
        })
    }
}

fn parse_pattern(pattern: &str, text: &str, zone: &Zone) -> Option<Instant> {
    let broken = jiff::fmt::strtime::parse(pattern, text).ok()?;
    if broken.offset().is_some()
        && let Ok(at) = broken.to_timestamp()
    {
        return Some(Instant(at.as_millisecond())).filter(in_calendar);
    }
    let date = broken.to_date().ok()?;
    let time = broken.to_time().unwrap_or(jiff::civil::Time::midnight());
    let date = Date::from_ymd(
        i32::from(date.year()),
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    )?;
    let seconds =
        (i64::from(time.hour()) * 60 + i64::from(time.minute())) * 60 + i64::from(time.second());
    let ms = seconds * 1000 + i64::from(time.millisecond());
    Some(zone.instant_of(date, u32::try_from(ms).ok()?))
}

fn in_calendar(&Instant(ms): &Instant) -> bool {
    let from = i64::from(Date::MIN.0) * DAY_MS;
    let to = (i64::from(Date::MAX.0) + 1) * DAY_MS;
    (from..to).contains(&ms)
}

/// Reads `2026-11-22`; full-width digits count as digits.
pub fn parse_date(text: &str) -> Option<Date> {
    if text.is_ascii() {
        Date::parse(text)
    } else {
        Date::parse(&super::narrow(text))
    }
}

/// Reads an ISO 8601 date and time; without an offset it is local to `zone`, a date alone is its
/// first instant, a blank may stand for `T`, digits past the millisecond are cut.
///
/// ```
/// use segrule::value::{Zone, parse_instant};
/// let zone = Zone::named("Asia/Shanghai").unwrap();
/// let at = parse_instant("2026-11-22 09:00", &zone).unwrap();
/// assert_eq!(zone.rfc3339(at), "2026-11-22T09:00:00+08:00");
/// assert_eq!(parse_instant("2026-11-22T24:00", &zone), None);
/// ```
pub fn parse_instant(text: &str, zone: &Zone) -> Option<Instant> {
    if text.is_ascii() {
        parse_instant_bytes(text.as_bytes(), zone)
    } else {
        parse_instant_bytes(super::narrow(text).as_bytes(), zone)
    }
}

/// The same from ASCII bytes.
pub fn parse_instant_bytes(text: &[u8], zone: &Zone) -> Option<Instant> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = Date::parse_bytes(date)?;
    if rest.is_empty() {
        return Some(zone.start_of_day(date));
    }
    let rest = rest
        .strip_prefix(b"T")
        .or_else(|| rest.strip_prefix(b" "))
        .or_else(|| rest.strip_prefix(b"t"))?;
    let (ms_of_day, rest) = parse_time_of_day(rest)?;
    if rest.is_empty() {
        return Some(zone.instant_of(date, ms_of_day));
    }
    let offset_ms = parse_offset(rest)?;
    let local = i64::from(date.0) * DAY_MS + i64::from(ms_of_day);
    Some(Instant(local - offset_ms)).filter(in_calendar)
}

/// `HH:MM`, `HH:MM:SS`, `HH:MM:SS.f…`, and what follows.
fn parse_time_of_day(text: &[u8]) -> Option<(u32, &[u8])> {
    let [h1, h2, b':', m1, m2, rest @ ..] = text else {
        return None;
    };
    let (hour, minute) = (two(*h1, *h2)?, two(*m1, *m2)?);
    let (second, rest) = match rest {
        [b':', s1, s2, rest @ ..] => (two(*s1, *s2)?, rest),
        _ => (0, rest),
    };
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = (hour * 60 + minute) * 60 + second;
    let (ms, rest) = parse_fraction(rest)?;
    Some((u32::try_from(seconds).ok()? * 1000 + ms, rest))
}

fn parse_fraction(text: &[u8]) -> Option<(u32, &[u8])> {
    let Some(rest) = text.strip_prefix(b".").or_else(|| text.strip_prefix(b",")) else {
        return Some((0, text));
    };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let mut ms = 0;
    for place in 0..3 {
        let digit = rest
            .get(place)
            .filter(|_| place < digits)
            .map_or(0, |byte| u32::from(byte - b'0'));
        ms = ms * 10 + digit;
    }
    Some((ms, rest.get(digits..)?))
}

/// `Z`, `+08:00`, `+0800`, `+08` in milliseconds.
fn parse_offset(text: &[u8]) -> Option<i64> {
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

impl TimeFormat {
    /// Whether cells are written in ISO 8601.
    pub fn is_iso(&self) -> bool {
        matches!(self, TimeFormat::Iso)
    }
}
