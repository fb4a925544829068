//! Checks a plan by its files alone: a few lines for each promise, nothing shared with the planner.

use segrule::value::{Date, Zone, parse_instant};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// The platform's zone, +08:00 all year.
const OFFSET_MS: i64 = 8 * HOUR_MS;

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Count {
    Sends,
    Recipients,
    Messages,
    Calls,
}

/// In what stretch of time; a month has no fixed length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Span {
    Ms(i64),
    Month,
}

/// `most` in a span, by the clock or rolling.
#[derive(Clone, Debug, PartialEq)]
pub struct TestCap {
    pub most: u64,
    pub count: Count,
    pub span: Span,
    pub is_rolling: bool,
}

impl TestCap {
    pub fn text(&self) -> String {
        let what = match self.count {
            Count::Sends => "sends",
            Count::Recipients => "recipients",
            Count::Messages => "messages",
            Count::Calls => "calls",
        };
        format!("{} {what} {}", self.most, self.per())
    }

    pub fn per(&self) -> String {
        let per = match self.span {
            Span::Month => "month".to_string(),
            Span::Ms(60_000) => "minute".to_string(),
            Span::Ms(HOUR_MS) => "hour".to_string(),
            Span::Ms(DAY_MS) => "day".to_string(),
            Span::Ms(ms) => format!("{}d", ms / DAY_MS),
        };
        format!("per {per}")
    }

    pub fn rolling(&self) -> &'static str {
        if self.is_rolling { " rolling" } else { "" }
    }

    /// Whether two moments are counted together in the stretch that ends with the later.
    fn holds(&self, earlier: i64, end: i64) -> bool {
        let day = |at: i64| (at + OFFSET_MS).div_euclid(DAY_MS);
        let month = |at: i64| Date(day(at) as i32).to_string()[..7].to_string();
        match (self.span, self.is_rolling) {
            (Span::Month, true) => earlier <= end && end - earlier < 31 * DAY_MS,
            (Span::Month, false) => month(earlier) == month(end),
            (Span::Ms(ms), true) => earlier <= end && end - earlier < ms,
            (Span::Ms(ms), false) if ms >= DAY_MS => {
                let ago = day(end) - day(earlier);
                (0..ms / DAY_MS).contains(&ago)
            }
            (Span::Ms(ms), false) => {
                (earlier + OFFSET_MS).div_euclid(ms) == (end + OFFSET_MS).div_euclid(ms)
            }
        }
    }

    /// No stretch that holds something planned counts more than the cap.
    pub fn check(&self, past: &[(i64, u64)], planned: &[(i64, u64)], rules: &str) {
        for (end, _) in past.iter().chain(planned) {
            let inside = |events: &[(i64, u64)]| -> (usize, u64) {
                let held = events.iter().filter(|(at, _)| self.holds(*at, *end));
                held.fold((0, 0), |(count, sum), (_, amount)| {
                    (count + 1, sum + amount)
                })
            };
            let ((_, before), (ours, now)) = (inside(past), inside(planned));
            assert!(
                ours == 0 || now == 0 || before + now <= self.most,
                "{} counts {before} + {now} at {end}\n{rules}",
                self.text()
            );
        }
    }
}

/// One message of the past.
#[derive(Clone, Debug)]
pub struct Sent {
    pub at: i64,
    pub person: usize,
    pub platform: &'static str,
    pub campaign: &'static str,
}

/// One batch as the files tell it.
pub struct Told {
    pub at: i64,
    /// Milliseconds after midnight and the offset, as written.
    pub of_day: i64,
    pub offset: String,
    pub place: Option<String>,
    pub sends: u64,
    pub calls: u64,
    pub ids: Vec<usize>,
}

impl Told {
    pub fn new(batch: &Value, ids: Vec<usize>) -> Told {
        let start = batch["start"].as_str().unwrap();
        let part = |from: usize| start[from..from + 2].parse::<i64>().unwrap();
        assert_eq!(batch["recipients"].as_u64(), Some(ids.len() as u64));
        Told {
            at: parse_instant(start, &Zone::utc()).unwrap().0,
            of_day: part(11) * HOUR_MS + part(14) * 60_000 + part(17) * 1000,
            offset: start[start.len() - 6..].to_string(),
            place: batch["place"].as_str().map(str::to_string),
            sends: batch["sends"].as_u64().unwrap(),
            calls: batch["calls"].as_u64().unwrap(),
            ids,
        }
    }
}

/// Everybody once, and the sums.
pub fn check_people(plan: &Value, batches: &[Told]) {
    let all: Vec<usize> = batches.iter().flat_map(|each| each.ids.clone()).collect();
    let once: BTreeSet<&usize> = all.iter().collect();
    assert_eq!(once.len(), all.len(), "nobody is sent to twice");
    assert_eq!(all.len() as u64, plan["sent"].as_u64().unwrap());
    let stages = plan["stages"].as_array().unwrap().iter().skip(1);
    let ends: u64 = stages.map(|stage| stage["people"].as_u64().unwrap()).sum();
    let whole = plan["members"].as_u64().unwrap() + plan["quarantined"].as_u64().unwrap();
    assert_eq!(ends, whole, "everybody ends in one place");
    let starts: Vec<i64> = batches.iter().map(|each| each.at).collect();
    assert!(starts.is_sorted(), "batches are in order of time");
}

/// Nothing starts outside the hours, whichever clock they are on.
pub fn check_window(window: (i64, i64), batches: &[Told], rules: &str) {
    let (from, to) = (window.0 * HOUR_MS, window.1 * HOUR_MS);
    for each in batches {
        let is_open = match from < to {
            true => (from..to).contains(&each.of_day),
            false => each.of_day >= from || each.of_day < to,
        };
        assert!(is_open, "{} is outside the hours\n{rules}", each.of_day);
    }
}

/// What batches and the ledger use of each cap stays within it.
pub fn check_caps(
    caps: &[TestCap],
    ledger: &[Sent],
    batches: &[Told],
    sends: (Option<u64>, Option<u64>),
    rules: &str,
) {
    let here = ledger.iter().filter(|sent| sent.platform != "elsewhere");
    let past: Vec<(i64, u64)> = here.map(|sent| (sent.at, 1)).collect();
    for cap in caps {
        let amount = |each: &Told| match cap.count {
            Count::Sends => each.sends,
            Count::Calls => each.calls,
            Count::Recipients | Count::Messages => each.ids.len() as u64,
        };
        let planned: Vec<(i64, u64)> = batches.iter().map(|each| (each.at, amount(each))).collect();
        cap.check(&past, &planned, rules);
    }
    let (per_send, per_call) = sends;
    for each in batches {
        let people = each.ids.len() as u64;
        assert_eq!(
            each.sends,
            per_send.map_or(1, |most| people.div_ceil(most)),
            "{rules}"
        );
        let calls =
            |people: u64| per_call.map_or(u64::from(people > 0), |most| people.div_ceil(most));
        let most = per_send.unwrap_or(people);
        assert_eq!(
            each.calls,
            people / most * calls(most) + calls(people % most),
            "{rules}"
        );
    }
}

/// No person gets more than a cap on people allows, whatever the ledger holds.
pub fn check_person_cap(
    cap: &TestCap,
    counts_all: bool,
    ledger: &[Sent],
    batches: &[Told],
    rules: &str,
) {
    let mut planned: BTreeMap<usize, i64> = BTreeMap::new();
    for each in batches {
        planned.extend(each.ids.iter().map(|id| (*id, each.at)));
    }
    for (person, at) in planned {
        let of_person = ledger
            .iter()
            .filter(|sent| sent.person == person && (counts_all || sent.platform != "elsewhere"));
        let past: Vec<(i64, u64)> = of_person.map(|sent| (sent.at, 1)).collect();
        cap.check(&past, &[(at, 1)], rules);
    }
}
