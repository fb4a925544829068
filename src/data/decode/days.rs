//! Reads `2026-11-22T09:00:00` quickly: each distinct day is looked up in the calendar and the zone
//! once.

use crate::value::{Date, Zone};

const DAY_MS: i64 = 86_400_000;
/// Days remembered; more than most columns hold.
const SLOTS: usize = 4096;

/// What is known of days, by their spelling.
#[derive(Debug)]
pub(super) struct Days {
    slots: Vec<Day>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Day {
    spelling: [u8; 10],
    /// What the day is: 0 unknown, 1 no day, 2 a day whose clock jumps, 3 a plain day.
    state: u8,
    date: i32,
    start_ms: i64,
}

const NO_DAY: u8 = 1;
const JUMPING: u8 = 2;
const PLAIN: u8 = 3;

impl Days {
    pub(super) fn new() -> Days {
        Days {
            slots: vec![Day::default(); SLOTS],
        }
    }

    fn find(&mut self, spelling: [u8; 10], zone: &Zone) -> Day {
        // The digits of years, months and days, spread over the slots.
        let digit = |at: usize| usize::from(spelling.get(at).map_or(0, |byte| byte & 15));
        let month = digit(5) * 10 + digit(6);
        let day = digit(8) * 10 + digit(9);
        let slot = (digit(2) * 10 + digit(3)) * 384 + month * 32 + day;
        match self.slots.get_mut(slot % SLOTS) {
            Some(known) if known.state != 0 && known.spelling == spelling => *known,
            Some(known) => {
                *known = look_up(spelling, zone);
                *known
            }
            None => look_up(spelling, zone),
        }
    }

    /// Days since 1970 of `YYYY-MM-DD`.
    #[inline]
    pub(super) fn date(&mut self, text: &[u8], zone: &Zone) -> Option<i64> {
        let day = self.find(text.try_into().ok()?, zone);
        (day.state > NO_DAY).then_some(i64::from(day.date))
    }

    /// Milliseconds of `YYYY-MM-DDTHH:MM:SS` in a zone; `None` also for texts that the slow reader
    /// may still read.
    #[inline]
    pub(super) fn instant(&mut self, text: &[u8], zone: &Zone) -> Option<i64> {
        let (spelling, time) = text.split_first_chunk::<10>()?;
        let &[b'T' | b' ', h, hh, b':', m, mm, b':', s, ss] = time else {
            return None;
        };
        let digits = [h, hh, m, mm, s, ss].map(|byte| i64::from(byte.wrapping_sub(b'0')));
        if digits.iter().any(|&digit| digit > 9) {
            return None;
        }
        let [h, hh, m, mm, s, ss] = digits;
        let (hour, minute, second) = (h * 10 + hh, m * 10 + mm, s * 10 + ss);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let day = self.find(*spelling, zone);
        (day.state == PLAIN).then(|| day.start_ms + ((hour * 60 + minute) * 60 + second) * 1000)
    }
}

fn look_up(spelling: [u8; 10], zone: &Zone) -> Day {
    let date = std::str::from_utf8(&spelling).ok().and_then(Date::parse);
    let Some(date) = date else {
        return Day {
            spelling,
            state: NO_DAY,
            ..Day::default()
        };
    };
    let start = zone.start_of_day(date).0;
    let midnight = i64::from(date.0) * DAY_MS;
    // On a plain day every hour is as far from UTC as midnight is.
    let is_plain = (0..24).all(|hour| {
        let ms = hour * 3_600_000;
        zone.instant_of(date, ms as u32).0 - start == ms
            && zone.instant_of(date, (ms + 3_599_999) as u32).0 - start == ms + 3_599_999
    }) && (start - midnight).abs() < 2 * DAY_MS;
    Day {
        spelling,
        state: if is_plain { PLAIN } else { JUMPING },
        date: date.0,
        start_ms: start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_instant;

    #[test]
    fn quick_times_are_the_slow_ones() {
        for name in [
            "UTC",
            "Asia/Shanghai",
            "America/New_York",
            "Australia/Lord_Howe",
        ] {
            let zone = Zone::named(name).unwrap();
            let mut days = Days::new();
            for day in 0..1000 {
                let date = Date::from_ymd(2025, 1, 1).unwrap().add_days(day);
                for hour in 0..24 {
                    let text = format!("{date} {hour:02}:30:15");
                    if let Some(quick) = days.instant(text.as_bytes(), &zone) {
                        assert_eq!(parse_instant(&text, &zone).unwrap().0, quick, "{text}");
                    }
                }
            }
        }
    }

    #[test]
    fn days_that_are_none_are_none() {
        let mut days = Days::new();
        let zone = Zone::utc();
        for text in ["2026-02-30", "0000-01-01", "2026-13-01", "2026/01/01"] {
            assert_eq!(days.date(text.as_bytes(), &zone), None, "{text}");
        }
        assert_eq!(days.instant(b"2026-01-01T24:00:00", &zone), None);
    }
}
