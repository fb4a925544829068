//! Turns tokens into values: names, texts, numbers, dates, durations.
//!
//! Invariants: full-width digits and signs read as ASCII, except inside text; names are NFC.

use crate::name::Name;
use crate::value::{Date, Duration, Number, Period, PeriodUnit, Unit, narrow};
use std::borrow::Cow;
use std::sync::Arc;

/// A name as written, with or without backquotes.
pub(super) fn name(written: &str) -> (Cow<'_, str>, bool) {
    let inner = written
        .strip_prefix('`')
        .and_then(|rest| rest.strip_suffix('`'));
    let spelling = match inner {
        Some(inner) => Name::new(inner),
        None if written.is_ascii() => return (Cow::Borrowed(written), false),
        None => Name::new(&narrow_digits(written)),
    };
    (Cow::Owned(spelling.as_str().to_owned()), inner.is_some())
}

/// Full-width digits and underscores as ASCII; letters stay, they may be a column's own.
fn narrow_digits(written: &str) -> String {
    let ascii = |character: char| match character {
        '０'..='９' | '＿' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    };
    written.chars().map(ascii).collect()
}

/// A number as written.
pub(super) fn number(written: &str) -> Option<Number> {
    Number::parse(&narrow(written))
}

/// The number before a per cent sign.
pub(super) fn percent(written: &str) -> Option<Number> {
    number(written.trim_end_matches(['%', '％']))
}

/// A whole number that fits.
pub(super) fn whole(written: &str) -> Option<u64> {
    narrow(written).parse().ok()
}

/// A day as written; `None` when the calendar has no such day.
pub(super) fn date(written: &str) -> Option<Date> {
    Date::parse(&narrow(written).replace('−', "-"))
}

/// An instant's text in ASCII; `None` when its day or time does not exist.
pub(super) fn datetime(written: &str) -> Option<Arc<str>> {
    let text = narrow(written)
        .replace('−', "-")
        .replace('t', "T")
        .replace('z', "Z");
    let (day, time) = text.split_once('T')?;
    Date::parse(day)?;
    let two = |at: usize| time.get(at..at + 2)?.parse::<u8>().ok();
    let seconds = match time.as_bytes().get(5) {
        Some(b':') => two(6)?,
        _ => 0,
    };
    (two(0)? < 24 && two(3)? < 60 && seconds < 60).then(|| Arc::from(text))
}

/// A duration as written: `30d`, `30 天`.
pub(super) fn duration(written: &str) -> Option<Duration> {
    let text = narrow(written);
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (count, unit) = text.split_at_checked(digits)?;
    Some(Duration {
        count: count.parse().ok()?,
        unit: Unit::parse(unit.trim())?,
    })
}

/// The duration before `ago` or 前.
pub(super) fn duration_ago(written: &str) -> Option<Duration> {
    let text = written
        .strip_suffix("ago")
        .or_else(|| written.strip_suffix('前'))?;
    duration(text.trim())
}

/// Minutes after midnight of `09:00`, up to `24:00`.
pub(super) fn minutes(written: &str) -> Option<u32> {
    let text = narrow(written);
    let (hour, minute) = text.split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= 24 * 60).then_some(total)
}

/// A period by its name.
pub(super) fn period(written: &str) -> Option<Period> {
    Some(match written {
        "today" | "今天" => Period::Today,
        "yesterday" | "昨天" => Period::Yesterday,
        "tomorrow" | "明天" => Period::Tomorrow,
        "本周" => Period::This(PeriodUnit::Week),
        "上周" => Period::Last(PeriodUnit::Week),
        "下周" => Period::Next(PeriodUnit::Week),
        "本月" => Period::This(PeriodUnit::Month),
        "上月" | "上个月" => Period::Last(PeriodUnit::Month),
        "下月" | "下个月" => Period::Next(PeriodUnit::Month),
        "本季度" => Period::This(PeriodUnit::Quarter),
        "上季度" => Period::Last(PeriodUnit::Quarter),
        "下季度" => Period::Next(PeriodUnit::Quarter),
        "今年" => Period::This(PeriodUnit::Year),
        "去年" => Period::Last(PeriodUnit::Year),
        "明年" => Period::Next(PeriodUnit::Year),
        _ => return english_period(written),
    })
}

fn english_period(written: &str) -> Option<Period> {
    let mut words = written
        .split([' ', '\t', '\u{3000}', '\u{a0}'])
        .filter(|word| !word.is_empty());
    let (which, unit) = (words.next()?, words.next()?);
    let unit = match unit {
        "week" => PeriodUnit::Week,
        "month" => PeriodUnit::Month,
        "quarter" => PeriodUnit::Quarter,
        "year" => PeriodUnit::Year,
        _ => return None,
    };
    Some(match which {
        "this" => Period::This(unit),
        "last" => Period::Last(unit),
        "next" => Period::Next(unit),
        _ => return None,
    })
}

/// An escape that means nothing: its bytes within the written text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct BadEscape {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What a text literal says.
pub(super) fn text(written: &str) -> Result<Cow<'_, str>, BadEscape> {
    if let Some(body) = between(written, "\"\"\"", "\"\"\"") {
        return unescape(body, 3);
    }
    let quotes = [("\"", "\""), ("“", "”"), ("＂", "＂")];
    let found = quotes
        .iter()
        .find_map(|(open, close)| Some((between(written, open, close)?, open.len())));
    let (body, offset) = found.unwrap_or((written, 0));
    unescape(body, offset)
}

fn between<'t>(written: &'t str, open: &str, close: &str) -> Option<&'t str> {
    written.strip_prefix(open)?.strip_suffix(close)
}

fn unescape(body: &str, offset: usize) -> Result<Cow<'_, str>, BadEscape> {
    if !body.contains(['\\', '\r']) {
        return Ok(Cow::Borrowed(body));
    }
    let mut value = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(stop) = rest.find(['\\', '\r']) {
        let (plain, tail) = rest.split_at_checked(stop).unwrap_or((rest, ""));
        value.push_str(plain);
        if let Some(after) = tail.strip_prefix('\r') {
            // A line break is the same text on every system.
            rest = after;
            continue;
        }
        let (character, length) = escape(tail).ok_or_else(|| {
            let start = offset + body.len() - tail.len();
            let shown: usize = tail.chars().take(2).map(char::len_utf8).sum();
            BadEscape {
                start,
                end: start + shown,
            }
        })?;
        value.push(character);
        rest = tail.get(length..).unwrap_or("");
    }
    value.push_str(rest);
    Ok(Cow::Owned(value))
}

/// The character an escape stands for and the escape's length.
fn escape(tail: &str) -> Option<(char, usize)> {
    let after = tail.strip_prefix('\\')?;
    let simple = match after.chars().next()? {
        '"' => '"',
        '\\' => '\\',
        '”' => return Some(('”', 1 + '”'.len_utf8())),
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let digits = after.strip_prefix("u{")?;
            let end = digits.find('}').filter(|end| (1..=6).contains(end))?;
            let code = u32::from_str_radix(digits.get(..end)?, 16).ok()?;
            return Some((char::from_u32(code)?, end + 4));
        }
        _ => return None,
    };
    Some((simple, 2))
}

/// A pattern between slashes, `\/` as `/`.
pub(super) fn regex(written: &str) -> Arc<str> {
    let body = between(written, "/", "/").unwrap_or(written);
    Arc::from(body.replace("\\/", "/"))
}
