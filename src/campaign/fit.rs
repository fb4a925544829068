//! Finds room for everybody, or who stays when there is none, or what would have to change.

use super::cost::total;
use super::groups::{Placed, in_keep_order, in_order, place, rounds};
use super::plan::{Setup, Stage};
use super::schedule::{Bounds, Stop};
use crate::check::sending::{Cap, Limit};
use crate::name::Name;
use crate::value::{Instant, Number};
use std::sync::Arc;

/// Why a campaign does not fit, and what would make it.
#[derive(Clone, Debug)]
pub struct Misfit {
    /// The first limit that is hit.
    pub reason: Reason,
    /// People who would get their message.
    pub fitting: u64,
    /// People who would not.
    pub left: u64,
    /// The smallest changes that would fit, each alone.
    pub changes: Vec<Change>,
    /// Where people ended before they were placed.
    pub stages: Vec<Stage>,
}

/// The limit that is hit first.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The campaign ends too early; with the cap that makes batches wait, and what it allows.
    Until(Option<(u64, Cap)>),
    /// The campaign's own sends are used up.
    Sends(u64),
    /// One batch is more than a cap ever lets through.
    Cap(u64, Cap),
    /// It would take more than ten years or a million batches.
    TooLong(Option<(u64, Cap)>),
    /// It costs more than the budget.
    Budget {
        /// What it costs.
        cost: Number,
        /// What may be spent.
        budget: Number,
        /// Of what.
        currency: Arc<str>,
    },
    /// With some people's values the message is too long.
    MessageTooLong {
        /// How long for the one it is longest for.
        longest: u64,
        /// What the platform takes.
        most: u64,
        /// The unit it counts in.
        unit: &'static str,
        /// That person's id.
        id: String,
    },
}

/// One change that would make a campaign fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another tier of the platform.
    Tier(Name),
    /// A later end: the last batch starts then.
    Until(Instant),
    /// More sends.
    Sends(u64),
    /// Larger batches.
    BatchSize(u64),
    /// More money.
    Budget(Number, Arc<str>),
    /// A shorter text, by so much.
    Shorten(u64),
    /// Say who stays.
    Keep,
}

/// People with their arms.
type People = Vec<(u32, u16)>;

/// Places everybody, or whoever `over limit keep` keeps; how many found no room.
pub(super) fn fit(setup: &Setup<'_>) -> Result<(Placed, u64), Box<Misfit>> {
    if let Some(misfit) = too_long(setup) {
        return Err(Box::new(misfit));
    }
    let everybody = &setup.staged.people;
    let bounds = setup.bounds(everybody);
    let placed = try_place(setup, &bounds, everybody);
    let left: u64 = placed.schedule.left.iter().sum();
    let affordable = affordable(setup, &bounds, everybody);
    if left == 0 && affordable == everybody.len() {
        return Ok((placed, 0));
    }
    if setup.terms.campaign.keep.is_none() {
        return Err(Box::new(misfit(setup, &bounds, &placed, affordable)));
    }
    Ok(keep(setup, &bounds, everybody.len() - left as usize))
}

fn try_place(setup: &Setup<'_>, bounds: &Bounds, people: &[(u32, u16)]) -> Placed {
    let rounds = rounds(setup.terms, setup.contacts, &setup.zones, people);
    let quota = setup.quota(bounds);
    place(setup.terms, &setup.zones, bounds, quota, rounds)
}

/// Keeps those who come first by the keys of `over limit keep`.
fn keep(setup: &Setup<'_>, bounds: &Bounds, room: usize) -> (Placed, u64) {
    let mut ranked = setup.staged.people.clone();
    in_keep_order(setup.contacts, &mut ranked);
    let mut room = room.min(affordable(setup, bounds, &ranked));
    loop {
        let mut people: People = ranked.iter().take(room).copied().collect();
        in_order(setup.contacts, &mut people);
        let placed = try_place(setup, bounds, &people);
        let left: u64 = placed.schedule.left.iter().sum();
        // Groups of other sizes may find less room than before: fewer stay, until all do.
        if left == 0 {
            return (placed, (ranked.len() - room) as u64);
        }
        room -= left as usize;
    }
}

/// How many of these people, from the first on, the budget pays for.
fn affordable(setup: &Setup<'_>, bounds: &Bounds, people: &[(u32, u16)]) -> usize {
    let (Some((budget, _)), Some(cost)) = (&setup.terms.campaign.budget, &setup.figures.cost)
    else {
        return people.len();
    };
    let is_affordable = |count: usize| {
        let some = people.get(..count).unwrap_or(people);
        let batch = bounds.batch.unwrap_or(u64::MAX);
        let (full, rest) = (count as u64 / batch, count as u64 % batch);
        let (of_full, of_rest) = (bounds.used(batch.min(count as u64)), bounds.used(rest));
        let sends = of_full.sends.saturating_mul(full) + of_rest.sends;
        let calls = of_full.calls.saturating_mul(full) + of_rest.calls;
        let used = setup.used(some, sends, calls);
        total(cost, &used).is_some_and(|total| total <= *budget)
    };
    if is_affordable(people.len()) {
        return people.len();
    }
    let (mut low, mut high) = (0, people.len());
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match is_affordable(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
    low
}

/// When some person's values make the message longer than the platform takes.
fn too_long(setup: &Setup<'_>) -> Option<Misfit> {
    let (Limit::Number(most), unit) = setup.limits.message.length? else {
        return None;
    };
    let units = |person: u32| u64::from(setup.contacts.length(person, unit).units);
    let people = setup.staged.people.iter().map(|(person, _)| *person);
    let over = people
        .clone()
        .filter(|person| units(*person) > most)
        .count() as u64;
    let longest = people.max_by(|a, b| {
        let ids = || setup.contacts.id(*b).cmp(setup.contacts.id(*a));
        units(*a).cmp(&units(*b)).then_with(ids)
    })?;
    (over > 0).then(|| Misfit {
        reason: Reason::MessageTooLong {
            longest: units(longest),
            most,
            unit: unit.word(),
            id: setup.contacts.id(longest).to_string(),
        },
        fitting: setup.staged.people.len() as u64 - over,
        left: over,
        changes: vec![Change::Shorten(units(longest) - most)],
        stages: setup.staged.stages.clone(),
    })
}

fn misfit(setup: &Setup<'_>, bounds: &Bounds, placed: &Placed, affordable: usize) -> Misfit {
    let everybody = setup.staged.people.len();
    let left = placed.schedule.left.iter().sum::<u64>() as usize;
    let quota = setup.quota(bounds);
    let cap = |number: usize| quota.cap(number).map(|(most, cap)| (most, cap.clone()));
    let reason = match placed.schedule.stop {
        Some(Stop::Until(waited)) => Reason::Until(waited.and_then(cap)),
        Some(Stop::Sends) => Reason::Sends(bounds.sends.unwrap_or(0)),
        Some(Stop::TooLong(waited)) => Reason::TooLong(waited.and_then(cap)),
        Some(Stop::Cap(number)) => match cap(number) {
            Some((most, cap)) => Reason::Cap(most, cap),
            None => Reason::TooLong(None),
        },
        None => budget_reason(setup, placed),
    };
    let fitting = (everybody - left).min(affordable);
    Misfit {
        changes: changes(setup, bounds, &reason),
        reason,
        fitting: fitting as u64,
        left: (everybody - fitting) as u64,
        stages: setup.staged.stages.clone(),
    }
}

fn budget_reason(setup: &Setup<'_>, placed: &Placed) -> Reason {
    let sends = placed
        .schedule
        .slots
        .iter()
        .map(|slot| slot.used.sends)
        .sum();
    let calls = placed
        .schedule
        .slots
        .iter()
        .map(|slot| slot.used.calls)
        .sum();
    let used = setup.used(&setup.staged.people, sends, calls);
    let cost = setup
        .figures
        .cost
        .as_ref()
        .and_then(|cost| total(cost, &used));
    let (budget, currency) = match &setup.terms.campaign.budget {
        Some((budget, currency)) => (*budget, Arc::clone(currency)),
        None => (Number::new(0, 0), "".into()),
    };
    Reason::Budget {
        cost: cost.unwrap_or(budget),
        budget,
        currency,
    }
}

/// The smallest changes that would fit, each alone.
fn changes(setup: &Setup<'_>, bounds: &Bounds, reason: &Reason) -> Vec<Change> {
    let mut changes = Vec::new();
    if let Reason::Budget { cost, currency, .. } = reason {
        changes.push(Change::Budget(*cost, Arc::clone(currency)));
    } else {
        changes.extend(tier(setup));
        changes.extend(later_end(setup, bounds));
        changes.extend(more_sends(setup, bounds));
        changes.extend(larger_batch(setup, bounds));
    }
    changes.push(Change::Keep);
    changes
}

fn fits_all(placed: &Placed) -> bool {
    placed.schedule.left.iter().all(|left| *left == 0)
}

/// The tier with the fewest people a send with which everybody fits.
fn tier(setup: &Setup<'_>) -> Option<Change> {
    let platform = &setup.terms.platform;
    let mut tiers: Vec<(Option<u64>, &Name)> = Vec::new();
    for tier in platform.tiers.keys() {
        let limits = platform
            .figures(Some(tier))
            .limits(setup.terms.campaign.message.as_ref());
        tiers.push((limits.recipients_per_send(), tier));
    }
    tiers.sort_by_key(|(most, _)| most.unwrap_or(u64::MAX));
    let found = tiers.into_iter().find(|(_, tier)| {
        let mut terms = setup.terms.clone();
        terms.tier = Some((*tier).clone());
        if Some(*tier) == setup.terms.tier.as_ref() {
            return false;
        }
        let other = Setup {
            figures: platform.figures(Some(tier)),
            limits: platform
                .figures(Some(tier))
                .limits(terms.campaign.message.as_ref()),
            unit: setup.unit,
            terms: &terms,
            contacts: setup.contacts,
            zones: setup.zones.clone(),
            platform_zone: setup.platform_zone.clone(),
            staged: setup.staged.clone(),
        };
        let bounds = other.bounds(&other.staged.people);
        fits_all(&try_place(&other, &bounds, &other.staged.people))
    });
    found.map(|(_, tier)| Change::Tier(tier.clone()))
}

/// The start of the last batch when the campaign may go on as long as it takes.
fn later_end(setup: &Setup<'_>, bounds: &Bounds) -> Option<Change> {
    setup.terms.campaign.until.as_ref()?;
    let mut campaign = setup.terms.campaign.clone();
    campaign.until = None;
    let mut terms = setup.terms.clone();
    terms.campaign = &campaign;
    let rounds = rounds(&terms, setup.contacts, &setup.zones, &setup.staged.people);
    let placed = place(&terms, &setup.zones, bounds, setup.quota(bounds), rounds);
    let last = placed.schedule.slots.last()?.start;
    fits_all(&placed).then_some(Change::Until(last))
}

/// The sends that everybody takes.
fn more_sends(setup: &Setup<'_>, bounds: &Bounds) -> Option<Change> {
    bounds.sends?;
    let mut open = bounds.clone();
    open.sends = None;
    let placed = try_place(setup, &open, &setup.staged.people);
    let sends = placed
        .schedule
        .slots
        .iter()
        .map(|slot| slot.used.sends)
        .sum();
    fits_all(&placed).then_some(Change::Sends(sends))
}

/// The smallest larger batch with which everybody fits.
fn larger_batch(setup: &Setup<'_>, bounds: &Bounds) -> Option<Change> {
    let now = bounds.batch?;
    let fits = |size: u64| {
        let mut other = bounds.clone();
        other.batch = Some(size);
        fits_all(&try_place(setup, &other, &setup.staged.people))
    };
    let most = setup.staged.people.len() as u64;
    // A larger batch takes fewer starts, until a cap stops it: look at doubled sizes, then between.
    let mut low = now;
    let mut high = now.saturating_mul(2).min(most);
    while !fits(high) {
        if high >= most {
            return None;
        }
        low = high;
        high = high.saturating_mul(2).min(most);
    }
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match fits(middle) {
            true => high = middle,
            false => low = middle,
        }
    }
    (high > now).then_some(Change::BatchSize(high))
}
