//! What was sent before: who got how many messages, and how much of each cap is used.
//!
//! Invariants: an entry without a platform or campaign counts against every platform; nothing that
//! was sent is ever left out to make a plan fit.

use crate::check::sending::{FrequencyCap, Per};
use crate::name::Name;
use crate::value::{Date, Instant, Zone};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// One message to one person, sent or promised.
#[derive(Clone, Debug, PartialEq)]
pub struct LedgerEntry {
    /// Who.
    pub id: Arc<str>,
    /// When.
    pub at: Instant,
    /// On which platform; `None` counts for each.
    pub platform: Option<Arc<str>>,
    /// For which campaign.
    pub campaign: Option<Arc<str>>,
    /// Which send of the campaign it was part of.
    pub send: Option<Arc<str>>,
}

/// The messages of the past, and those promised.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    entries: Vec<LedgerEntry>,
    by_person: HashMap<Arc<str>, Vec<u32>, FixedState>,
}

/// One send of the past on a platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PastSend {
    pub(super) at: Instant,
    pub(super) recipients: u64,
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Ledger {
        Ledger::default()
    }

    /// Adds an entry.
    pub fn add(&mut self, entry: LedgerEntry) {
        let number = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        let of_person = self.by_person.entry(Arc::clone(&entry.id)).or_default();
        of_person.push(number);
        self.entries.push(entry);
    }

    /// How many messages it holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The messages of one person.
    fn of_person(&self, id: &str) -> impl Iterator<Item = &LedgerEntry> {
        let numbers = self.by_person.get(id).map_or(&[][..], Vec::as_slice);
        numbers
            .iter()
            .filter_map(|number| self.entries.get(*number as usize))
    }

    /// Whether a person got this campaign already.
    pub(super) fn has_sent(&self, campaign: &Name, id: &str) -> bool {
        self.of_person(id)
            .any(|entry| entry.campaign.as_deref() == Some(campaign.as_str()))
    }

    /// Whether one more message between two instants could break a cap on a person, counting
    /// `platform`'s messages only when one is given.
    pub(super) fn is_capped(
        &self,
        id: &str,
        cap: &FrequencyCap,
        platform: Option<&Name>,
        zone: &Zone,
        (from, to): (Instant, Instant),
    ) -> bool {
        let counts = |entry: &&LedgerEntry| match (platform, &entry.platform) {
            (Some(wanted), Some(platform)) => **platform == *wanted.as_str(),
            (Some(_) | None, None) | (None, Some(_)) => true,
        };
        let mut times: Vec<Instant> = self
            .of_person(id)
            .filter(counts)
            .map(|each| each.at)
            .collect();
        times.sort_unstable();
        // The new message may go out at any time of the stretch: it is enough to look at the
        // stretch's ends and at the entries within it, where counts change.
        let inside = times.iter().copied().filter(|at| (from..=to).contains(at));
        let moments: Vec<Instant> = [from, to].into_iter().chain(inside).collect();
        let breaks = |at: &Instant| {
            let mut with: Vec<Instant> = times.clone();
            with.push(*at);
            with.sort_unstable();
            with.iter().any(|end| {
                let window = Stretch::ending(*end, cap.per, cap.is_rolling, zone);
                window.holds(*at)
                    && with.iter().filter(|each| window.holds(**each)).count() as u64 > cap.count
            })
        };
        moments.iter().any(breaks)
    }

    /// The sends of the past on a platform, in order of time. Entries of one campaign, send and
    /// instant are one send.
    pub(super) fn sends_on(&self, platform: &Name) -> Vec<PastSend> {
        type Key<'a> = (i64, Option<&'a str>, Option<&'a str>);
        let mut sends: std::collections::BTreeMap<Key<'_>, u64> = std::collections::BTreeMap::new();
        for entry in &self.entries {
            let is_here = entry
                .platform
                .as_deref()
                .is_none_or(|name| name == platform.as_str());
            if is_here {
                let key = (entry.at.0, entry.campaign.as_deref(), entry.send.as_deref());
                *sends.entry(key).or_insert(0) += 1;
            }
        }
        let send = |((at, _, _), recipients): (Key<'_>, u64)| PastSend {
            at: Instant(at),
            recipients,
        };
        sends.into_iter().map(send).collect()
    }

    /// The last instant it holds.
    pub(super) fn last(&self) -> Option<Instant> {
        self.entries.iter().map(|entry| entry.at).max()
    }
}

/// The time that a cap counts together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// First instant inside.
    pub(super) from: Instant,
    /// First instant past it.
    pub(super) to: Instant,
}

const DAY_MS: i64 = 86_400_000;

/// The length of a rolling period; a rolling month is the longest there is.
pub(super) fn rolling_ms(per: Per) -> i64 {
    match per {
        Per::Send | Per::Call => 0,
        Per::Second => 1000,
        Per::Minute => 60_000,
        Per::Hour => 3_600_000,
        Per::Days(days) => DAY_MS * i64::from(days),
        Per::Month => DAY_MS * 31,
    }
}

impl Stretch {
    /// The stretch that is counted for a message at `at`: of a calendar the whole period (for several
    /// days the day and those before it), of a rolling one `(at - length, at]`.
    pub(super) fn ending(at: Instant, per: Per, is_rolling: bool, zone: &Zone) -> Stretch {
        if is_rolling {
            return Stretch {
                from: Instant(at.0 - rolling_ms(per) + 1),
                to: Instant(at.0 + 1),
            };
        }
        let clock = |ms: i64| {
            let local = i64::from(zone.local(at).ms_of_day);
            let from = at.0 - local.rem_euclid(ms);
            Stretch {
                from: Instant(from),
                to: Instant(from + ms),
            }
        };
        match per {
            Per::Send | Per::Call | Per::Second => clock(1000),
            Per::Minute => clock(60_000),
            Per::Hour => clock(3_600_000),
            Per::Days(days) => {
                let day = zone.date_of(at);
                Stretch {
                    from: zone.start_of_day(day.add_days(1 - i64::from(days))),
                    to: zone.start_of_day(day.add_days(1)),
                }
            }
            Per::Month => {
                let day = zone.date_of(at);
                let first = Date::from_ymd(day.year(), day.month(), 1).unwrap_or(day);
                Stretch {
                    from: zone.start_of_day(first),
                    to: zone.start_of_day(first.add_months(1)),
                }
            }
        }
    }

    pub(super) fn holds(&self, at: Instant) -> bool {
        self.from <= at && at < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::parse_instant;

    fn at(text: &str) -> Instant {
        parse_instant(text, &Zone::named("Asia/Shanghai").unwrap()).unwrap()
    }

    fn is_capped(sent: &[&str], count: u64, days: u32, is_rolling: bool, start: &str) -> bool {
        let mut ledger = Ledger::new();
        for time in sent {
            ledger.add(LedgerEntry {
                id: "1".into(),
                at: at(time),
                platform: None,
                campaign: None,
                send: None,
            });
        }
        let cap = FrequencyCap {
            count,
            per: Per::Days(days),
            is_rolling,
        };
        let zone = Zone::named("Asia/Shanghai").unwrap();
        ledger.is_capped("1", &cap, None, &zone, (at(start), at(start)))
    }

    #[test]
    fn calendar_days_are_today_and_those_before() {
        let sent = ["2026-11-20T23:59"];
        assert!(is_capped(&sent, 1, 4, false, "2026-11-23T00:00"));
        assert!(!is_capped(&sent, 1, 3, false, "2026-11-23T00:00"));
        assert!(!is_capped(&sent, 2, 4, false, "2026-11-23T00:00"));
    }

    #[test]
    fn rolling_days_end_on_the_millisecond() {
        let sent = ["2026-11-22T09:00"];
        assert!(is_capped(&sent, 1, 1, true, "2026-11-23T08:59:59.999"));
        assert!(!is_capped(&sent, 1, 1, true, "2026-11-23T09:00"));
    }

    #[test]
    fn messages_promised_for_later_count_too() {
        assert!(is_capped(
            &["2026-11-24T09:00"],
            1,
            2,
            false,
            "2026-11-23T09:00"
        ));
        assert!(!is_capped(
            &["2026-11-25T09:00"],
            1,
            2,
            false,
            "2026-11-23T09:00"
        ));
    }
}
