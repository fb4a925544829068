//! `now` and the stretches of time that rules name.

use super::date::is_leap;
use super::{Date, Instant, Zone};
use std::hash::{Hash, Hasher};

/// The one `now` and zone of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Now.
    pub now: Instant,
    /// The run's zone.
    pub zone: Zone,
}

/// A length of time as written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Duration {
    /// How many.
    pub count: u32,
    /// Of what.
    pub unit: Unit,
}

/// Units of time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Unit {
    /// `s`, 秒
    Second,
    /// `min`, 分钟
    Minute,
    /// `h`, 小时
    Hour,
    /// `d`, 天
    Day,
    /// `w`, 周
    Week,
    /// `mo`, 个月
    Month,
    /// `y`, 年
    Year,
}

impl Unit {
    /// Reads a unit as written in rules.
    pub fn parse(text: &str) -> Option<Unit> {
        Some(match text {
            "s" | "秒" => Unit::Second,
            "min" | "分钟" => Unit::Minute,
            "h" | "小时" => Unit::Hour,
            "d" | "天" => Unit::Day,
            "w" | "周" => Unit::Week,
            "mo" | "个月" => Unit::Month,
            "y" | "年" => Unit::Year,
            _ => return None,
        })
    }

    /// Whether it is a fixed number of milliseconds (seconds, minutes, hours), not calendar days.
    pub fn is_exact(self) -> bool {
        self.exact_ms().is_some()
    }

    fn exact_ms(self) -> Option<i64> {
        match self {
            Unit::Second => Some(1000),
            Unit::Minute => Some(60_000),
            Unit::Hour => Some(3_600_000),
            Unit::Day | Unit::Week | Unit::Month | Unit::Year => None,
        }
    }

    /// The unit as rules write it in English.
    pub fn as_str(self) -> &'static str {
        match self {
            Unit::Second => "s",
            Unit::Minute => "min",
            Unit::Hour => "h",
            Unit::Day => "d",
            Unit::Week => "w",
            Unit::Month => "mo",
            Unit::Year => "y",
        }
    }
}

impl std::fmt::Display for Duration {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}{}", self.count, self.unit.as_str())
    }
}

impl Duration {
    /// Milliseconds of an exact duration; `None` for days and longer.
    pub fn exact_ms(self) -> Option<i64> {
        Some(self.unit.exact_ms()? * i64::from(self.count))
    }

    /// Milliseconds with a day of 24 hours; `None` for months and years.
    pub fn even_ms(self) -> Option<i64> {
        const DAY_MS: i64 = 86_400_000;
        let unit_ms = match self.unit {
            Unit::Day => DAY_MS,
            Unit::Week => 7 * DAY_MS,
            Unit::Second | Unit::Minute | Unit::Hour => self.unit.exact_ms()?,
            Unit::Month | Unit::Year => return None,
        };
        unit_ms.checked_mul(i64::from(self.count))
    }

    /// The day so much later (`sign` 1) or earlier (`sign` -1).
    fn reach_from(self, day: Date, sign: i64) -> Date {
        let count = i64::from(self.count) * sign;
        let months = |count: i64| {
            i32::try_from(count).unwrap_or(if sign < 0 { i32::MIN / 2 } else { i32::MAX / 2 })
        };
        match self.unit {
            Unit::Second | Unit::Minute | Unit::Hour => day,
            Unit::Day => day.add_days(count),
            Unit::Week => day.add_days(count * 7),
            Unit::Month => day.add_months(months(count)),
            Unit::Year => day.add_months(months(count * 12)),
        }
    }
}

/// Instants between two ends, both included; `None` is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InstantRange {
    /// First.
    pub from: Option<Instant>,
    /// Last.
    pub to: Option<Instant>,
}

/// Days between two ends, both included; `None` is open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DateRange {
    /// First.
    pub from: Option<Date>,
    /// Last.
    pub to: Option<Date>,
}

impl DateRange {
    fn of(from: Date, to: Date) -> DateRange {
        DateRange {
            from: Some(from),
            to: Some(to),
        }
    }
}

/// A named stretch of days.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Period {
    /// `today`
    Today,
    /// `yesterday`
    Yesterday,
    /// `tomorrow`
    Tomorrow,
    /// `this week` …
    This(PeriodUnit),
    /// `last week` …
    Last(PeriodUnit),
    /// `next week` …
    Next(PeriodUnit),
}

/// What a named period is one of. Weeks start on Monday.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PeriodUnit {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// Three calendar months from January, April, July or October.
    Quarter,
    /// A calendar year.
    Year,
}

impl Clock {
    /// The local day of now.
    pub fn today(&self) -> Date {
        self.zone.date_of(self.now)
    }

    /// `within 72h`: now−72h to now. `within 30d`: the first instant of the local day 30 days ago to now.
    pub fn within(&self, back: Duration) -> InstantRange {
        let from = match back.exact_ms() {
            Some(ms) => Instant(self.now.0.saturating_sub(ms)),
            None => self.zone.start_of_day(back.reach_from(self.today(), -1)),
        };
        InstantRange {
            from: Some(from),
            to: Some(self.now),
        }
    }

    /// `within 30d` of a date: today−30 to today.
    pub fn within_dates(&self, back: Duration) -> DateRange {
        DateRange::of(back.reach_from(self.today(), -1), self.today())
    }

    /// `within next 7d`: now to the last instant of today+7; hours: now to now+h.
    pub fn within_next(&self, ahead: Duration) -> InstantRange {
        let to = match ahead.exact_ms() {
            Some(ms) => Instant(self.now.0.saturating_add(ms)),
            None => self.zone.end_of_day(ahead.reach_from(self.today(), 1)),
        };
        InstantRange {
            from: Some(self.now),
            to: Some(to),
        }
    }

    /// `within next 7d` of a date: today to today+7.
    pub fn within_next_dates(&self, ahead: Duration) -> DateRange {
        DateRange::of(self.today(), ahead.reach_from(self.today(), 1))
    }

    /// `within 30d..90d ago`: the first instant of the local day 90 days ago to the last instant of
    /// the day 30 days ago; an end in hours is exact.
    pub fn within_ago(&self, newer: Duration, older: Duration) -> InstantRange {
        let to = match newer.exact_ms() {
            Some(ms) => Instant(self.now.0.saturating_sub(ms)),
            None => self.zone.end_of_day(newer.reach_from(self.today(), -1)),
        };
        InstantRange {
            from: self.within(older).from,
            to: Some(to),
        }
    }

    /// The same of a date.
    pub fn within_ago_dates(&self, newer: Duration, older: Duration) -> DateRange {
        let today = self.today();
        DateRange::of(older.reach_from(today, -1), newer.reach_from(today, -1))
    }

    /// The days of a named period.
    pub fn named(&self, period: Period) -> DateRange {
        let today = self.today();
        let one = |date| DateRange::of(date, date);
        match period {
            Period::Today => one(today),
            Period::Yesterday => one(today.add_days(-1)),
            Period::Tomorrow => one(today.add_days(1)),
            Period::This(unit) => unit.around(today, 0),
            Period::Last(unit) => unit.around(today, -1),
            Period::Next(unit) => unit.around(today, 1),
        }
    }

    /// The local day that lies so far back (`30d ago`); for hours the day of that instant.
    pub fn day_before(&self, back: Duration) -> Date {
        match back.exact_ms() {
            Some(ms) => self.zone.date_of(Instant(self.now.0.saturating_sub(ms))),
            None => back.reach_from(self.today(), -1),
        }
    }

    /// The instants of whole local days.
    pub fn days_of(&self, days: DateRange) -> InstantRange {
        InstantRange {
            from: days.from.map(|from| self.zone.start_of_day(from)),
            to: days.to.map(|to| self.zone.end_of_day(to)),
        }
    }

    /// Local calendar days from an instant to now; negative in the future.
    pub fn days_since(&self, instant: Instant) -> i64 {
        i64::from(self.today().0) - i64::from(self.zone.date_of(instant).0)
    }

    /// `within next 7d anniversary`: the month and day from today to today+7, whatever the year.
    pub fn anniversary_next(&self, ahead: Duration) -> MonthDays {
        let DateRange { from, to } = self.within_next_dates(ahead);
        MonthDays::between(from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX))
    }

    /// `within 7d anniversary`: the month and day from today−7 to today, whatever the year.
    pub fn anniversary_last(&self, back: Duration) -> MonthDays {
        let DateRange { from, to } = self.within_dates(back);
        MonthDays::between(from.unwrap_or(Date::MIN), to.unwrap_or(Date::MAX))
    }
}

impl PeriodUnit {
    fn around(self, today: Date, step: i32) -> DateRange {
        let (year, month, _) = today.ymd();
        let (first, months) = match self {
            PeriodUnit::Week => {
                let monday = today.add_days(1 - i64::from(today.weekday()) + 7 * i64::from(step));
                return DateRange::of(monday, monday.add_days(6));
            }
            PeriodUnit::Month => (month, 1),
            PeriodUnit::Quarter => ((month - 1) / 3 * 3 + 1, 3),
            PeriodUnit::Year => (1, 12),
        };
        let start = Date::from_ymd(year, first, 1).unwrap_or(Date::MIN);
        let start = start.add_months(months * step);
        DateRange::of(start, start.add_months(months).add_days(-1))
    }
}

/// Days of the year by month and day, for anniversaries. 29 February counts as 1 March in a year
/// that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonthDays {
    /// One bit a day, 31 days a month from January.
    bits: [u32; 12],
}

impl Hash for MonthDays {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}

impl MonthDays {
    /// The days from one date to another, both included.
    pub fn between(from: Date, to: Date) -> MonthDays {
        let mut days = MonthDays { bits: [0; 12] };
        // A stretch of a whole leap cycle holds every day.
        let last = to.min(from.add_days(366 * 8));
        let mut day = from;
        while day <= last {
            let (year, month, date) = day.ymd();
            days.insert(month, date);
            if month == 3 && date == 1 && !is_leap(year) {
                days.insert(2, 29);
            }
            if day == Date::MAX {
                break;
            }
            day = day.add_days(1);
        }
        days
    }

    fn insert(&mut self, month: u8, day: u8) {
        if let Some(bits) = self.bits.get_mut(usize::from(month).wrapping_sub(1)) {
            *bits |= 1 << (day & 31);
        }
    }

    /// Whether a date's month and day are among them.
    pub fn contains(&self, date: Date) -> bool {
        let (_, month, day) = date.ymd();
        self.bits
            .get(usize::from(month).wrapping_sub(1))
            .is_some_and(|bits| bits >> (day & 31) & 1 == 1)
    }
}
