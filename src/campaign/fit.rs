//! Finds room for everybody, or who stays when there is none, or why there is none.

use super::change::{Change, changes};
use super::cost::total;
use super::groups::{Placed, in_keep_order, in_order, place, rounds};
use super::plan::{Setup, Stage};
use super::schedule::{Bounds, Stop};
use crate::check::sending::{Cap, Limit};
use crate::value::{LengthUnit, Number};
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
    /// What must be spent with each of the changes but the last, when the budget is too small as well.
    pub needs: Option<(Number, Arc<str>)>,
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
        unit: LengthUnit,
        /// That person's id.
        id: String,
    },
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

pub(super) fn try_place(setup: &Setup<'_>, bounds: &Bounds, people: &[(u32, u16)]) -> Placed {
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
    let (Some((budget, currency)), Some(cost)) =
        (&setup.terms.campaign.budget, &setup.figures.cost)
    else {
        return people.len();
    };
    // Money of another kind cannot be compared; a note says so.
    if *currency != cost.currency {
        return people.len();
    }
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
            unit,
            id: setup.contacts.id(longest).to_string(),
        },
        fitting: setup.staged.people.len() as u64 - over,
        left: over,
        changes: vec![Change::Shorten(units(longest) - most)],
        needs: None,
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
    let (changes, needs) = changes(setup, bounds, &reason);
    Misfit {
        changes,
        needs,
        reason,
        fitting: fitting as u64,
        left: (everybody - fitting) as u64,
        stages: setup.staged.stages.clone(),
    }
}

fn budget_reason(setup: &Setup<'_>, placed: &Placed) -> Reason {
    let (budget, currency) = match &setup.terms.campaign.budget {
        Some((budget, currency)) => (*budget, Arc::clone(currency)),
        None => (Number::new(0, 0), "".into()),
    };
    Reason::Budget {
        cost: cost_of(setup, placed).unwrap_or(budget),
        budget,
        currency,
    }
}

/// What it costs to send to everybody as placed.
pub(super) fn cost_of(setup: &Setup<'_>, placed: &Placed) -> Option<Number> {
    let slots = placed.schedule.slots.iter().map(|slot| slot.used);
    let (sends, calls) = slots.fold((0, 0), |(sends, calls), used| {
        (sends + used.sends, calls + used.calls)
    });
    let used = setup.used(&setup.staged.people, sends, calls);
    let price = setup.figures.cost.as_ref()?;
    total(price, &used)
}
