//! Turns groups of people and limits into batches with their starts.
//!
//! Invariants: batches come out in order of time; a full batch waits until every cap lets it through,
//! it is not cut to what is free; only the last batch of a group, or the last that `sends` allows, is
//! smaller.

use super::calendar::Openings;
use super::cost::Used;
use super::quota::Quota;
use crate::value::Instant;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// What bounds every batch.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// People one send reaches.
    pub(super) per_send: Option<u64>,
    /// People one call reaches.
    pub(super) per_call: Option<u64>,
    /// People hand the messages over: no calls, and a batch is one send.
    pub(super) is_by_hand: bool,
    /// People a batch, when the campaign says.
    pub(super) batch: Option<u64>,
    /// From one start to the next.
    pub(super) every_ms: i64,
    /// Sends of the whole campaign.
    pub(super) sends: Option<u64>,
    /// Billed parts of the longest message.
    pub(super) segments_each: u64,
}

/// People who are sent to in the same hours, in order.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) people: u64,
    /// The first time its batches may start, on the grid.
    pub(super) first: Instant,
    /// No batch of it starts then or later.
    pub(super) end: Instant,
    pub(super) openings: Openings,
}

/// One batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) group: usize,
    pub(super) start: Instant,
    pub(super) people: u64,
    pub(super) used: Used,
}

/// Why people were left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The end of the campaign came first; with the cap that made batches wait, if one did.
    Until(Option<usize>),
    /// The campaign's sends are used up.
    Sends,
    /// A batch never passes a cap.
    Cap(usize),
    /// It would take longer than anybody plans.
    TooLong(Option<usize>),
}

/// The batches, and whoever found no place.
#[derive(Clone, Debug, Default)]
pub(super) struct Schedule {
    pub(super) slots: Vec<Slot>,
    /// People left of each group.
    pub(super) left: Vec<u64>,
    /// The first reason why anybody was left.
    pub(super) stop: Option<Stop>,
}

/// A plan has no more batches.
pub(super) const MOST_BATCHES: usize = 1_000_000;
/// And takes no longer.
pub(super) const LONGEST_MS: i64 = 3660 * 86_400_000;

impl Bounds {
    /// What a batch of so many people uses.
    pub(super) fn used(&self, people: u64) -> Used {
        let sends = self
            .per_send
            .map_or(u64::from(people > 0), |most| people.div_ceil(most.max(1)));
        let calls_of = |people: u64| match self.per_call {
            Some(most) => people.div_ceil(most.max(1)),
            None => u64::from(people > 0),
        };
        let calls = match (self.is_by_hand, self.per_send) {
            (true, _) => 0,
            (false, None) => calls_of(people),
            (false, Some(most)) => {
                let most = most.max(1);
                (people / most).saturating_mul(calls_of(most)) + calls_of(people % most)
            }
        };
        Used {
            recipients: people,
            sends,
            calls,
            segments: people.saturating_mul(self.segments_each),
        }
    }

    /// The most people that so many sends reach.
    fn reach(&self, sends: u64) -> u64 {
        match self.per_send {
            Some(most) => most.saturating_mul(sends),
            None if sends > 0 => u64::MAX,
            None => 0,
        }
    }
}

/// Places every group's batches, the earliest first; of those at one time the first group.
pub(super) fn schedule(groups: &[Group], bounds: &Bounds, mut quota: Quota) -> Schedule {
    let mut run = Run {
        bounds,
        sends_left: bounds.sends.unwrap_or(u64::MAX),
        schedule: Schedule {
            left: groups.iter().map(|group| group.people).collect(),
            ..Schedule::default()
        },
        waited_for: None,
        horizon: groups
            .iter()
            .map(|group| group.first.0)
            .min()
            .unwrap_or(0)
            .saturating_add(LONGEST_MS),
    };
    let mut waiting: BinaryHeap<Reverse<(Instant, usize)>> = BinaryHeap::new();
    for (number, group) in groups.iter().enumerate() {
        if group.people > 0 {
            waiting.push(Reverse((group.first, number)));
        }
    }
    while let Some(Reverse((at, number))) = waiting.pop() {
        let Some(group) = groups.get(number) else {
            continue;
        };
        if let Some(next) = run.turn(number, group, at, &mut quota) {
            waiting.push(Reverse((next, number)));
        }
    }
    run.schedule
}

/// The state of scheduling.
struct Run<'b> {
    bounds: &'b Bounds,
    sends_left: u64,
    schedule: Schedule,
    /// The first cap that made a batch wait.
    waited_for: Option<usize>,
    horizon: i64,
}

impl Run<'_> {
    /// Lets a group send at a time; when it wants to try next, if it does.
    fn turn(
        &mut self,
        number: usize,
        group: &Group,
        at: Instant,
        quota: &mut Quota,
    ) -> Option<Instant> {
        if at >= group.end {
            return self.stop(Stop::Until(self.waited_for));
        }
        if at.0 >= self.horizon || self.schedule.slots.len() >= MOST_BATCHES {
            return self.stop(Stop::TooLong(self.waited_for));
        }
        let left = self.schedule.left.get(number).copied().unwrap_or(0);
        let reach = self.bounds.reach(self.sends_left);
        if reach == 0 {
            return self.stop(Stop::Sends);
        }
        let wanted = left.min(reach);
        let size = match (
            self.bounds.batch,
            self.bounds.is_by_hand,
            self.bounds.per_send,
        ) {
            (Some(batch), _, _) => wanted.min(batch),
            (None, true, Some(most)) => wanted.min(most),
            (None, _, _) => self.most_at(at, wanted, quota),
        };
        let used = self.bounds.used(size.max(1));
        if let Err(cap) = quota.can_ever(&used) {
            return self.stop(Stop::Cap(cap));
        }
        if let Some(cap) = quota.broken(at, &used) {
            self.waited_for.get_or_insert(cap);
            let free = quota.release(cap, at, &used);
            return group.openings.grid(at, self.bounds.every_ms, free);
        }
        quota.take(at, &used);
        self.sends_left -= used.sends.min(self.sends_left);
        self.schedule.slots.push(Slot {
            group: number,
            start: at,
            people: size,
            used,
        });
        let left = left - size;
        if let Some(place) = self.schedule.left.get_mut(number) {
            *place = left;
        }
        match left {
            0 => None,
            _ => group.openings.step(at, self.bounds.every_ms),
        }
    }

    /// The most people that all caps let through at once, up to a number.
    fn most_at(&self, at: Instant, wanted: u64, quota: &Quota) -> u64 {
        let fits = |people: u64| quota.broken(at, &self.bounds.used(people)).is_none();
        if fits(wanted) {
            return wanted;
        }
        let (mut low, mut high) = (0, wanted);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match fits(middle) {
                true => low = middle,
                false => high = middle,
            }
        }
        low
    }

    fn stop(&mut self, why: Stop) -> Option<Instant> {
        self.schedule.stop.get_or_insert(why);
        None
    }
}
