//! Instants, and the texts that stand for times.

use super::Date;
use super::date::two;
use super::zone::{Zone, parse_offset};
use jiff::Timestamp;
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

impl TimeFormat {
    /// Whether cells are written in ISO 8601.
    pub fn is_iso(&self) -> bool {
        matches!(self, TimeFormat::Iso)
    }
}
