//! How much of the platform's caps is used at any time, and when more is free.
//!
//! Invariants: what the plan uses is added in order of time; usage of the past may lie anywhere, also
//! in the future; a cap holds for every stretch of time it counts, not only for the one ending now.

use super::cost::Used;
use super::ledger::{PastSend, Stretch, rolling_ms};
use crate::check::sending::{Cap, Excess, Limits, Per};
use crate::value::{Instant, Zone};

/// The caps over time of one platform, with what is used.
#[derive(Clone, Debug)]
pub(super) struct Quota {
    zone: Zone,
    meters: Vec<Meter>,
}

/// One cap with its usage.
#[derive(Clone, Debug)]
struct Meter {
    most: u64,
    cap: Cap,
    past: Series,
    planned: Series,
}

/// Amounts at times, in order of time, with running sums.
#[derive(Clone, Debug, Default)]
struct Series {
    times: Vec<i64>,
    sums: Vec<u64>,
}

impl Series {
    fn push(&mut self, at: Instant, amount: u64) {
        let before = self.sums.last().copied().unwrap_or(0);
        self.times.push(at.0);
        self.sums.push(before.saturating_add(amount));
    }

    fn sum_to(&self, end: i64) -> u64 {
        let count = self.times.partition_point(|time| *time < end);
        count
            .checked_sub(1)
            .and_then(|last| self.sums.get(last))
            .copied()
            .unwrap_or(0)
    }

    fn sum(&self, stretch: Stretch) -> u64 {
        self.sum_to(stretch.to.0) - self.sum_to(stretch.from.0)
    }

    /// The first time from an instant on.
    fn first_from(&self, at: i64) -> Option<i64> {
        let place = self.times.partition_point(|time| *time < at);
        self.times.get(place).copied()
    }
}

impl Quota {
    /// The caps over time among limits. Caps per send and call bound a send itself, caps on one
    /// person are kept elsewhere, and what a platform queues needs no plan.
    pub(super) fn new(limits: &Limits, zone: Zone) -> Quota {
        let meters = limits.caps.iter().filter_map(|(limit, cap)| {
            let is_timed = !matches!(cap.per, Per::Send | Per::Call);
            let is_kept = is_timed && !cap.is_per_recipient && cap.excess != Excess::Queue;
            Some(Meter {
                most: limit.number().filter(|_| is_kept)?,
                cap: cap.clone(),
                past: Series::default(),
                planned: Series::default(),
            })
        });
        Quota {
            meters: meters.collect(),
            zone,
        }
    }

    /// Adds sends of the past, in order of time; `used` tells what each of them took.
    pub(super) fn add_past(&mut self, sends: &[PastSend], used: impl Fn(u64) -> Used) {
        for send in sends {
            let used = used(send.recipients);
            for meter in &mut self.meters {
                meter.past.push(send.at, used.of(meter.cap.counted));
            }
        }
    }

    /// Adds what the plan uses, in order of time.
    pub(super) fn take(&mut self, at: Instant, used: &Used) {
        for meter in &mut self.meters {
            meter.planned.push(at, used.of(meter.cap.counted));
        }
    }

    /// The first cap that so much would break at an instant, by its number.
    pub(super) fn broken(&self, at: Instant, used: &Used) -> Option<usize> {
        self.meters.iter().position(|meter| {
            let amount = used.of(meter.cap.counted);
            amount > 0 && meter.blocking(at, amount, &self.zone).is_some()
        })
    }

    /// Whether a cap could let so much through at some time.
    pub(super) fn can_ever(&self, used: &Used) -> Result<(), usize> {
        let is_over = |meter: &Meter| used.of(meter.cap.counted) > meter.most;
        self.meters.iter().position(is_over).map_or(Ok(()), Err)
    }

    /// The next instant at which a cap that was broken may let so much through.
    pub(super) fn release(&self, broken: usize, at: Instant, used: &Used) -> Instant {
        let later = self.meters.get(broken).and_then(|meter| {
            let amount = used.of(meter.cap.counted);
            let end = meter.blocking(at, amount, &self.zone)?;
            Some(meter.release(at, end, &self.zone))
        });
        later.unwrap_or(at).max(Instant(at.0 + 1))
    }

    /// The most that a cap is used at any time; `None` for a cap that is not counted here.
    pub(super) fn peak(&self, cap: &Cap) -> Option<u64> {
        let meter = self.meters.iter().find(|meter| meter.cap == *cap)?;
        let times = meter.past.times.iter().chain(&meter.planned.times);
        let used = times.map(|time| {
            let end = Instant(*time);
            let stretch = Stretch::ending(end, meter.cap.per, meter.cap.is_rolling, &self.zone);
            meter.used(stretch)
        });
        Some(used.max().unwrap_or(0))
    }

    /// The cap behind a number.
    pub(super) fn cap(&self, number: usize) -> Option<(u64, &Cap)> {
        self.meters
            .get(number)
            .map(|meter| (meter.most, &meter.cap))
    }
}

impl Meter {
    fn used(&self, stretch: Stretch) -> u64 {
        self.past
            .sum(stretch)
            .saturating_add(self.planned.sum(stretch))
    }

    /// The end of the first stretch holding `at` that has no room for so much more.
    fn blocking(&self, at: Instant, amount: u64, zone: &Zone) -> Option<Instant> {
        let is_full = |end: &Instant| {
            let stretch = Stretch::ending(*end, self.cap.per, self.cap.is_rolling, zone);
            stretch.holds(at) && self.used(stretch).saturating_add(amount) > self.most
        };
        if is_full(&at) {
            return Some(at);
        }
        self.later_ends(at, zone).into_iter().find(is_full)
    }

    /// Ends of later stretches that hold `at` as well: where past usage lies ahead of it.
    fn later_ends(&self, at: Instant, zone: &Zone) -> Vec<Instant> {
        if self.past.first_from(at.0 + 1).is_none() {
            return Vec::new();
        }
        if self.cap.is_rolling {
            let end = at.0.saturating_add(rolling_ms(self.cap.per));
            let from = self.past.times.partition_point(|time| *time <= at.0);
            let ahead = self
                .past
                .times
                .iter()
                .skip(from)
                .take_while(|time| **time < end);
            return ahead.map(|time| Instant(*time)).collect();
        }
        match self.cap.per {
            Per::Days(days) => {
                let day = zone.date_of(at);
                let ahead = 1..i64::from(days);
                ahead
                    .map(|ahead| zone.start_of_day(day.add_days(ahead)))
                    .collect()
            }
            Per::Send | Per::Call | Per::Second | Per::Minute | Per::Hour | Per::Month => {
                Vec::new()
            }
        }
    }

    /// When the stretch that ends at `end` and is full lets go of `at`.
    fn release(&self, at: Instant, end: Instant, zone: &Zone) -> Instant {
        if end > at {
            return Instant(end.0 + 1);
        }
        let stretch = Stretch::ending(at, self.cap.per, self.cap.is_rolling, zone);
        if !self.cap.is_rolling {
            return stretch.to;
        }
        let oldest = [&self.past, &self.planned].map(|series| series.first_from(stretch.from.0));
        let oldest = oldest.into_iter().flatten().min();
        oldest.map_or(stretch.to, |time| Instant(time + rolling_ms(self.cap.per)))
    }
}
