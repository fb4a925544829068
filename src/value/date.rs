//! Days: one number each, with the proleptic Gregorian calendar.

use std::fmt;

/// A day, counted from 1970-01-01; years 0001 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(pub i32);

impl Date {
    /// 0001-01-01
    pub const MIN: Date = Date(-719_162);
    /// 9999-12-31
    pub const MAX: Date = Date(2_932_896);

    /// The day of a year (1..=9999), month (1..=12) and day of the month; `None` when there is none.
    pub fn from_ymd(year: i32, month: u8, day: u8) -> Option<Date> {
        let is_real = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day);
        is_real.then(|| Date(days_from_civil(year, month, day)))
    }

    /// The year, 1..=9999.
    pub fn year(self) -> i32 {
        civil(self.0).0
    }

    /// The month, 1..=12.
    pub fn month(self) -> u8 {
        civil(self.0).1
    }

    /// The day of the month, 1..=31.
    pub fn day(self) -> u8 {
        civil(self.0).2
    }

    /// Year, month and day in one go.
    pub fn ymd(self) -> (i32, u8, u8) {
        civil(self.0)
    }

    /// Monday 1 to Sunday 7.
    pub fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        u8::try_from((self.0 + 3).rem_euclid(7) + 1).unwrap_or(1)
    }

    /// So many days later; stops at the ends of the calendar.
    pub fn add_days(self, days: i64) -> Date {
        let sum = i64::from(self.0).saturating_add(days);
        let clipped = sum.clamp(i64::from(Date::MIN.0), i64::from(Date::MAX.0));
        Date(i32::try_from(clipped).unwrap_or(self.0))
    }

    /// So many months later, on the last day of a shorter month; stops at the ends of the calendar.
    pub fn add_months(self, months: i32) -> Date {
        let (year, month, day) = self.ymd();
        let count = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let year = i32::try_from(count.div_euclid(12)).unwrap_or(0);
        let month = u8::try_from(count.rem_euclid(12) + 1).unwrap_or(1);
        if year < 1 {
            return Date::MIN;
        }
        if year > 9999 {
            return Date::MAX;
        }
        let day = day.min(days_in_month(year, month));
        Date(days_from_civil(year, month, day))
    }

    /// Reads `2026-11-22`, nothing else.
    pub fn parse(text: &str) -> Option<Date> {
        Date::parse_bytes(text.as_bytes())
    }

    pub(super) fn parse_bytes(text: &[u8]) -> Option<Date> {
        let &[a, b, c, d, b'-', e, f, b'-', g, h] = text else {
            return None;
        };
        let year = two(a, b)? * 100 + two(c, d)?;
        let month = u8::try_from(two(e, f)?).ok()?;
        let day = u8::try_from(two(g, h)?).ok()?;
        Date::from_ymd(year, month, day)
    }
}

/// Two ASCII digits as a number.
pub(super) fn two(tens: u8, ones: u8) -> Option<i32> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i32::from(tens) * 10 + i32::from(ones))
}

/// Whether 29 February exists.
pub(super) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01, by counting years that start on 1 March, so that leap days come last.
fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let (month, day) = (i32::from(month), i32::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil(days: i32) -> (i32, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    let small = |number: i32| u8::try_from(number).unwrap_or(1);
    (year, small(month), small(day))
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(out, "{year:04}-{month:02}-{day:02}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_comes_back() {
        for days in (Date::MIN.0..=Date::MAX.0).step_by(97) {
            let (year, month, day) = Date(days).ymd();
            assert_eq!(Date::from_ymd(year, month, day), Some(Date(days)));
        }
        assert_eq!(Date::from_ymd(1, 1, 1), Some(Date::MIN));
        assert_eq!(Date::from_ymd(9999, 12, 31), Some(Date::MAX));
    }

    #[test]
    fn months_clamp() {
        let date = |text| Date::parse(text).unwrap();
        assert_eq!(date("2026-05-31").add_months(-1), date("2026-04-30"));
        assert_eq!(date("2024-02-29").add_months(-12), date("2023-02-28"));
        assert_eq!(date("2026-11-22").weekday(), 7);
        assert_eq!(Date::parse("2026-02-30"), None);
        assert_eq!(Date::parse("0000-01-01"), None);
    }
}
