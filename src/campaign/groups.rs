//! Puts people into the order they are sent to, and into groups that share their hours and place.
//!
//! Invariants: the order is total: `defer`, `prefer`, `order by`, then id; a group is of one zone
//! and, when places rotate, of one place; with several groups those deferred come after all others.

use super::calendar::Openings;
use super::contacts::Contacts;
use super::plan::Terms;
use super::quota::Quota;
use super::schedule::{Bounds, Group, LONGEST_MS, Schedule, schedule};
use crate::value::{Clock, Instant, Zone};
use rayon::slice::ParallelSliceMut;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A round of groups that are sent to side by side.
#[derive(Clone, Debug, Default)]
pub(super) struct Round {
    pub(super) groups: Vec<Crowd>,
}

/// People of one zone and place, in sending order.
#[derive(Clone, Debug)]
pub(super) struct Crowd {
    pub(super) zone: usize,
    pub(super) place: Option<u32>,
    pub(super) people: Vec<(u32, u16)>,
}

/// The zones of recipients.
#[derive(Clone, Debug)]
pub(super) struct Zones {
    /// The openings in each zone; the last is that of people whose zone is not known.
    pub(super) openings: Vec<Openings>,
    /// The zone of each spelling seen in the data.
    numbers: Vec<usize>,
    fallback: usize,
}

impl Zones {
    pub(super) fn new(terms: &Terms<'_>, contacts: &Contacts) -> Zones {
        let window = terms.campaign.window.as_ref();
        let hours = window.map(|window| (window.from_minute, window.to_minute));
        let is_local = window.is_some_and(|window| window.local.is_some());
        let fallback = window.and_then(|window| window.fallback.as_ref());
        let fallback = fallback.and_then(|name| Zone::named(name).ok());
        let fallback = fallback.unwrap_or_else(|| terms.clock.zone.clone());
        let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
        zones.insert(fallback.name().to_string(), fallback.clone());
        let named: Vec<Option<Zone>> = contacts
            .zones
            .iter()
            .map(|name| Zone::named(name).ok().filter(|_| is_local))
            .collect();
        for zone in named.iter().flatten() {
            zones.insert(zone.name().to_string(), zone.clone());
        }
        let place = |zone: &Zone| {
            zones
                .keys()
                .position(|name| *name == zone.name())
                .unwrap_or(0)
        };
        let at_home = place(&fallback);
        Zones {
            numbers: named
                .iter()
                .map(|zone| zone.as_ref().map_or(at_home, place))
                .collect(),
            openings: zones
                .values()
                .map(|zone| Openings::new(zone.clone(), hours))
                .collect(),
            fallback: at_home,
        }
    }

    /// The zone of a person by the number of its spelling.
    fn of(&self, spelling: Option<u32>) -> usize {
        let number = spelling.and_then(|spelling| self.numbers.get(spelling as usize));
        number.copied().unwrap_or(self.fallback)
    }
}

/// Sorts people into sending order.
pub(super) fn in_order(contacts: &Contacts, people: &mut [(u32, u16)]) {
    let is_deferred = |person: u32| {
        contacts
            .people
            .get(person as usize)
            .is_some_and(|person| person.is_deferred)
    };
    people.par_sort_unstable_by(|&(a, _), &(b, _)| {
        is_deferred(a)
            .cmp(&is_deferred(b))
            .then_with(|| contacts.order_key(a).cmp(contacts.order_key(b)))
            .then_with(|| contacts.id(a).cmp(contacts.id(b)))
    });
}

/// Sorts people into the order in which they stay when not everybody fits.
pub(super) fn in_keep_order(contacts: &Contacts, people: &mut [(u32, u16)]) {
    people.par_sort_unstable_by(|&(a, _), &(b, _)| {
        let keys = contacts.keep_key(a).cmp(contacts.keep_key(b));
        keys.then_with(|| contacts.id(a).cmp(contacts.id(b)))
    });
}

/// What people of one group have in common: whether they are deferred, place and zone.
type Key = (bool, Option<u32>, usize);

/// Puts people, in sending order, into rounds of groups.
pub(super) fn rounds(
    terms: &Terms<'_>,
    contacts: &Contacts,
    zones: &Zones,
    people: &[(u32, u16)],
) -> Vec<Round> {
    let rotates = terms.campaign.rotate.is_some();
    let key = |person: u32| {
        let facts = contacts
            .people
            .get(person as usize)
            .copied()
            .unwrap_or_default();
        let place = facts.place.filter(|_| rotates);
        (facts.is_deferred, place, zones.of(facts.zone))
    };
    let is_one = people.iter().all(|(person, _)| {
        let first = people.first().map(|(first, _)| key(*first));
        let (_, place, zone) = key(*person);
        first.is_some_and(|(_, first_place, first_zone)| (place, zone) == (first_place, first_zone))
    });
    let mut by_key: BTreeMap<Key, Vec<(u32, u16)>> = BTreeMap::new();
    for &(person, arm) in people {
        let (is_deferred, place, zone) = key(person);
        // One group alone keeps its order: those deferred come last in it anyway.
        let is_late = is_deferred && !is_one;
        by_key
            .entry((is_late, place, zone))
            .or_default()
            .push((person, arm));
    }
    let mut sizes: BTreeMap<Option<u32>, usize> = BTreeMap::new();
    for ((_, place, _), crowd) in &by_key {
        *sizes.entry(*place).or_insert(0) += crowd.len();
    }
    let mut all = [Round::default(), Round::default()];
    for ((is_late, place, zone), people) in by_key {
        if let Some(round) = all.get_mut(usize::from(is_late)) {
            round.groups.push(Crowd {
                zone,
                place,
                people,
            });
        }
    }
    for round in &mut all {
        // Larger places first; nobody's place last.
        round.groups.sort_by_key(|crowd| {
            let size = sizes.get(&crowd.place).copied().unwrap_or(0);
            (
                crowd.place.is_none(),
                Reverse(size),
                crowd.place,
                crowd.zone,
            )
        });
    }
    all.into_iter()
        .filter(|round| !round.groups.is_empty())
        .collect()
}

/// When the campaign may send, in one zone: its first moment and the first one past it.
pub(super) fn span(terms: &Terms<'_>, zone: &Zone) -> (Instant, Instant) {
    let clock = Clock {
        now: terms.clock.now,
        zone: zone.clone(),
    };
    let start = terms
        .campaign
        .start
        .as_ref()
        .map(|start| start.instants(&clock).0);
    let start = start.unwrap_or_else(|| next_minute(terms.clock.now));
    let end = terms.campaign.until.as_ref().map(|until| {
        // A date lasts: its last millisecond is allowed. A time is the first one past the end.
        let (first, last) = until.instants(&clock);
        match first == last {
            true => first,
            false => Instant(last.0 + 1),
        }
    });
    let end = end.unwrap_or(Instant(start.0.saturating_add(2 * LONGEST_MS)));
    (start, end)
}

fn next_minute(now: Instant) -> Instant {
    const MINUTE_MS: i64 = 60_000;
    Instant((now.0 + MINUTE_MS - 1).div_euclid(MINUTE_MS) * MINUTE_MS)
}

/// One batch of people of one group.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) schedule: Schedule,
    /// For each batch the round and group of its people.
    pub(super) rounds: Vec<Round>,
    /// First batch of each round.
    pub(super) firsts: Vec<usize>,
}

/// Schedules rounds one after the other.
pub(super) fn place(
    terms: &Terms<'_>,
    zones: &Zones,
    bounds: &Bounds,
    mut quota: Quota,
    rounds: Vec<Round>,
) -> Placed {
    let mut placed = Placed {
        schedule: Schedule::default(),
        firsts: Vec::new(),
        rounds: Vec::new(),
    };
    let mut bounds = bounds.clone();
    for round in rounds {
        let last = placed.schedule.slots.last().map(|slot| slot.start);
        let groups = groups(terms, zones, &bounds, &round, last);
        placed.firsts.push(placed.schedule.slots.len());
        placed.rounds.push(round);
        let done = match placed.schedule.stop {
            None => schedule(&groups, &bounds, quota.clone()),
            // Nobody of a later round goes when the one before did not get through.
            Some(stop) => Schedule {
                slots: Vec::new(),
                left: groups.iter().map(|group| group.people).collect(),
                stop: Some(stop),
            },
        };
        for slot in &done.slots {
            quota.take(slot.start, &slot.used);
            bounds.sends = bounds
                .sends
                .map(|sends| sends.saturating_sub(slot.used.sends));
        }
        placed.schedule.slots.extend(done.slots);
        placed.schedule.left.extend(done.left);
        placed.schedule.stop = placed.schedule.stop.or(done.stop);
    }
    placed
}

/// The groups of a round with their first times: places start one after the other, and a later round
/// not before the earlier one is through.
fn groups(
    terms: &Terms<'_>,
    zones: &Zones,
    bounds: &Bounds,
    round: &Round,
    last: Option<Instant>,
) -> Vec<Group> {
    let rotation = terms.campaign.rotate.as_ref();
    let apart_ms = rotation
        .and_then(|rotation| rotation.every.even_ms())
        .unwrap_or(0);
    let mut places: Vec<Option<u32>> = round.groups.iter().map(|crowd| crowd.place).collect();
    places.dedup();
    let nowhere = || Openings::new(terms.clock.zone.clone(), None);
    round
        .groups
        .iter()
        .map(|crowd| {
            let openings = zones
                .openings
                .get(crowd.zone)
                .cloned()
                .unwrap_or_else(nowhere);
            let (start, end) = span(terms, openings.zone());
            let mut first = openings.enter(start);
            if let Some(last) = last {
                let after = Instant(last.0 + i64::from(bounds.every_ms > 0));
                first = first.and_then(|first| openings.grid(first, bounds.every_ms, after));
            }
            let turns = places
                .iter()
                .position(|place| *place == crowd.place)
                .unwrap_or(0);
            for _ in 0..turns {
                first = first.and_then(|first| openings.step(first, apart_ms));
            }
            Group {
                people: crowd.people.len() as u64,
                // A window that never opens: past the end.
                first: first.unwrap_or(end),
                end,
                openings,
            }
        })
        .collect()
}
