//! Takes people out of an audience, stage by stage, until those who are to be sent something are left.
//!
//! Invariants: each person is taken by the first stage that applies; samples and splits hang on the
//! person's id and the salt alone, exact splits on who else arrives there.

use super::contacts::{Contacts, Person};
use super::ledger::Ledger;
use super::plan::{Stage, StageKind, Terms};
use crate::check::sending::{Arm, Cap, FrequencyCap, Limits, Per, Split};
use crate::name::Name;
use crate::value::{Instant, Number, SampleHasher, Share, Zone};

/// Who is left after all stages that look at one person alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Staged {
    /// The stages so far, the audience first.
    pub(super) stages: Vec<Stage>,
    /// The people to send to, with the number of their arm.
    pub(super) people: Vec<(u32, u16)>,
}

/// Caps on one person: the campaign's, counted over all platforms, and the platform's.
pub(super) struct PersonCaps<'a> {
    pub(super) caps: Vec<PersonCap<'a>>,
    /// The stretch of time the campaign may send in.
    pub(super) span: (Instant, Instant),
}

/// One cap on one person.
pub(super) struct PersonCap<'a> {
    cap: FrequencyCap,
    /// Whose messages count; `None` counts all.
    platform: Option<&'a Name>,
    zone: &'a Zone,
}

impl<'a> PersonCaps<'a> {
    pub(super) fn new(
        terms: &'a Terms<'_>,
        limits: &Limits,
        platform_zone: &'a Zone,
        span: (Instant, Instant),
    ) -> PersonCaps<'a> {
        let own = terms.campaign.at_most.iter().map(|cap| PersonCap {
            cap: *cap,
            platform: None,
            zone: &terms.clock.zone,
        });
        let of_platform = limits.caps.iter().filter_map(|(limit, cap)| {
            Some(PersonCap {
                cap: frequency(cap, limit.number()?)?,
                platform: Some(&terms.platform.name),
                zone: platform_zone,
            })
        });
        PersonCaps {
            caps: own.chain(of_platform).collect(),
            span,
        }
    }

    fn takes(&self, ledger: &Ledger, id: &str) -> bool {
        let breaks = |each: &PersonCap<'_>| {
            ledger.is_capped(id, &each.cap, each.platform, each.zone, self.span)
        };
        self.caps.iter().any(breaks)
    }
}

/// A platform's cap on one person; `None` for caps on everything else.
pub(super) fn frequency(cap: &Cap, count: u64) -> Option<FrequencyCap> {
    let is_timed = !matches!(cap.per, Per::Send | Per::Call);
    (cap.is_per_recipient && is_timed).then_some(FrequencyCap {
        count,
        per: cap.per,
        is_rolling: cap.is_rolling,
    })
}

/// Takes people out, stage by stage.
pub(super) fn stage(terms: &Terms<'_>, contacts: &Contacts, caps: &PersonCaps<'_>) -> Staged {
    let campaign = terms.campaign;
    let mut excluded = vec![0; campaign.exclude.len()];
    let mut slowed = vec![0; campaign.slow.len()];
    let (mut already, mut capped) = (0, 0);
    let hasher = SampleHasher::new(campaign.name.as_str());
    let mut arrived = Vec::new();
    for (number, person) in (0u32..).zip(&contacts.people) {
        if let Some(by) = person.excluded {
            count(&mut excluded, by);
            continue;
        }
        let id = contacts.id(number);
        if let Some(ledger) = terms.ledger {
            if ledger.has_sent(&campaign.name, id) {
                already += 1;
                continue;
            }
            if caps.takes(ledger, id) {
                capped += 1;
                continue;
            }
        }
        match slow_clause(terms, person, &hasher, id) {
            Some(by) => count(&mut slowed, by),
            None => arrived.push(number),
        }
    }
    let mut stages = vec![
        Stage::new(StageKind::Audience, None, contacts.members),
        Stage::new(
            StageKind::Quarantined,
            None,
            contacts.quarantined + contacts.unclear,
        ),
    ];
    let names = campaign.exclude.iter().map(|(name, _)| name.to_string());
    stages.extend(rows(StageKind::Suppressed, names, &excluded));
    if already > 0 {
        let name = Some(campaign.name.to_string());
        stages.push(Stage::new(StageKind::Capped, name, already));
    }
    stages.push(Stage::new(StageKind::Capped, None, capped));
    let shares = campaign
        .slow
        .iter()
        .map(|slow| format!("{}%", slow.share.percent()));
    stages.extend(rows(StageKind::Slowed, shares, &slowed));
    let (held_out, people) = match &campaign.split {
        Some(split) => divide(split, contacts, arrived),
        None => (
            Vec::new(),
            arrived.into_iter().map(|person| (person, 0)).collect(),
        ),
    };
    stages.extend(held_out);
    Staged { stages, people }
}

fn count(counts: &mut [u64], at: u16) {
    if let Some(count) = counts.get_mut(usize::from(at)) {
        *count += 1;
    }
}

fn rows(
    kind: StageKind,
    names: impl Iterator<Item = String>,
    counts: &[u64],
) -> impl Iterator<Item = Stage> {
    let counts = counts.to_vec();
    names
        .zip(counts)
        .map(move |(name, people)| Stage::new(kind, Some(name), people))
}

/// The `slow` clause that keeps a person back.
fn slow_clause(terms: &Terms<'_>, person: &Person, hasher: &SampleHasher, id: &str) -> Option<u16> {
    let by = person.slow?;
    let slow = terms.campaign.slow.get(usize::from(by))?;
    (!slow.share.admits(hasher.hash(id))).then_some(by)
}

/// The stages of the control arms, and the others with the numbers of their arms.
fn divide(split: &Split, contacts: &Contacts, people: Vec<u32>) -> (Vec<Stage>, Vec<(u32, u16)>) {
    let with_arms = match split.is_exact {
        true => exact_arms(split, contacts, people),
        false => hashed_arms(split, contacts, people),
    };
    let mut held_out = vec![0; split.arms.len()];
    let mut sent = Vec::new();
    for (person, arm) in with_arms {
        match split.arms.get(usize::from(arm)) {
            Some(Arm {
                is_control: true, ..
            }) => count(&mut held_out, arm),
            Some(_) | None => sent.push((person, arm)),
        }
    }
    let controls = split
        .arms
        .iter()
        .zip(&held_out)
        .filter(|(arm, _)| arm.is_control);
    let stage = |(arm, people): (&Arm, &u64)| {
        Stage::new(StageKind::HeldOut, Some(arm.name.to_string()), *people)
    };
    (controls.map(stage).collect(), sent)
}

/// Shares by hash: about so many, and a person's arm hangs on nobody else.
fn hashed_arms(split: &Split, contacts: &Contacts, people: Vec<u32>) -> Vec<(u32, u16)> {
    let hasher = SampleHasher::new(&split.salt);
    let mut ends: Vec<Share> = Vec::new();
    let mut total = Number::new(0, 0);
    for arm in &split.arms {
        total = total.checked_add(arm.share.percent()).unwrap_or(total);
        ends.push(Share::from_percent(total).unwrap_or_default());
    }
    let last = split.arms.len().saturating_sub(1);
    let arm_of = |person: u32| {
        let hash = hasher.hash(contacts.id(person));
        let arm = ends.iter().position(|end| end.admits(hash)).unwrap_or(last);
        (person, u16::try_from(arm).unwrap_or(u16::MAX))
    };
    people.into_iter().map(arm_of).collect()
}

/// Exact counts: people ranked by hash, cut where the shares by largest remainder end.
fn exact_arms(split: &Split, contacts: &Contacts, people: Vec<u32>) -> Vec<(u32, u16)> {
    let hasher = SampleHasher::new(&split.salt);
    let hashed = people
        .into_iter()
        .map(|person| (hasher.hash(contacts.id(person)), person));
    let mut ranked: Vec<(u64, u32)> = hashed.collect();
    ranked.sort_unstable_by(|a, b| {
        a.0.cmp(&b.0)
            .then_with(|| contacts.id(a.1).cmp(contacts.id(b.1)))
    });
    let shares: Vec<Number> = split.arms.iter().map(|arm| arm.share.percent()).collect();
    let counts = largest_remainder(ranked.len() as u64, &shares);
    let arms = (0u16..).zip(counts);
    let arms = arms.flat_map(|(arm, count)| std::iter::repeat_n(arm, count as usize));
    ranked
        .into_iter()
        .map(|(_, person)| person)
        .zip(arms)
        .collect()
}

/// Whole numbers that add up to `count`, as near to the shares as they go; of equal remainders the
/// first comes first. The shares add up to 100.
fn largest_remainder(count: u64, shares: &[Number]) -> Vec<u64> {
    let scale = shares.iter().map(|share| share.scale).max().unwrap_or(0);
    let whole = 10i128.pow(u32::from(scale.min(30))) * 100;
    let exact = shares.iter().map(|share| {
        let power = 10i128.pow(u32::from((scale - share.scale).min(30)));
        i128::from(count) * share.digits * power
    });
    let exact: Vec<i128> = exact.collect();
    let floor = exact
        .iter()
        .map(|part| u64::try_from(part / whole).unwrap_or(0));
    let mut counts: Vec<u64> = floor.collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    let rest = |at: &usize| exact.get(*at).map_or(0, |part| part % whole);
    order.sort_by_key(|at| std::cmp::Reverse(rest(at)));
    let missing = count.saturating_sub(counts.iter().sum());
    for at in order.into_iter().cycle().take(missing as usize) {
        if let Some(count) = counts.get_mut(at) {
            *count += 1;
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn largest_remainders_add_up() {
        let shares = |texts: &[&str]| -> Vec<Number> {
            texts
                .iter()
                .map(|text| Number::parse(text).unwrap())
                .collect()
        };
        assert_eq!(largest_remainder(876, &shares(&["90", "10"])), [788, 88]);
        assert_eq!(
            largest_remainder(10, &shares(&["33.3", "33.3", "33.4"])),
            [3, 3, 4]
        );
        assert_eq!(largest_remainder(1, &shares(&["50", "50"])), [1, 0]);
        assert_eq!(largest_remainder(0, &shares(&["50", "50"])), [0, 0]);
        assert_eq!(largest_remainder(7, &shares(&["0", "100"])), [0, 7]);
    }
}
