//! Finds the smallest changes, each alone, with which a campaign that does not fit would.
//!
//! Invariants: every change was tried; what it costs is known, and said when the budget is too small
//! for it.

use super::fit::{Reason, cost_of, try_place};
use super::groups::Placed;
use super::plan::Setup;
use super::schedule::Bounds;
use crate::name::Name;
use crate::value::{Instant, Number};
use std::sync::Arc;

/// One change that would make a campaign fit.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Another tier of the platform, and with it batches of another size.
    Tier(Name, Option<u64>),
    /// A later end: the last batch starts then.
    Until(Instant),
    /// More sends.
    Sends(u64),
    /// Batches of another size.
    BatchSize(u64),
    /// More money.
    Budget(Number, Arc<str>),
    /// A shorter text, by so much.
    Shorten(u64),
    /// Say who stays.
    Keep,
}

/// A change that was tried, with what everybody costs then.
struct Tried {
    change: Change,
    cost: Option<Number>,
}

impl Tried {
    fn new(setup: &Setup<'_>, placed: &Placed, change: Change) -> Tried {
        Tried {
            change,
            cost: cost_of(setup, placed),
        }
    }
}

/// The smallest changes that would fit, each alone; and the money they need, when the budget does not
/// hold it.
pub(super) fn changes(
    setup: &Setup<'_>,
    bounds: &Bounds,
    reason: &Reason,
) -> (Vec<Change>, Option<(Number, Arc<str>)>) {
    if let Reason::Budget { cost, currency, .. } = reason {
        let more = Change::Budget(*cost, Arc::clone(currency));
        return (vec![more, Change::Keep], None);
    }
    let tried = [
        tier(setup, bounds),
        later_end(setup, bounds),
        more_sends(setup, bounds),
        larger_batch(setup, bounds).or_else(|| smaller_batch(setup, bounds, reason)),
    ];
    let tried: Vec<Tried> = tried.into_iter().flatten().collect();
    let needs = needs(setup, &tried);
    let changes = tried.into_iter().map(|tried| tried.change);
    (changes.chain([Change::Keep]).collect(), needs)
}

/// The dearest of the changes, when the budget does not reach it.
fn needs(setup: &Setup<'_>, tried: &[Tried]) -> Option<(Number, Arc<str>)> {
    let (budget, currency) = setup.terms.campaign.budget.as_ref()?;
    let price = setup.figures.cost.as_ref()?;
    let costs = tried.iter().filter_map(|tried| tried.cost);
    let dearest = costs.reduce(|a, b| if b > a { b } else { a })?;
    let is_over = price.currency == *currency && dearest > *budget;
    is_over.then(|| (dearest, Arc::clone(currency)))
}

fn fits_all(placed: &Placed) -> bool {
    placed.schedule.left.iter().all(|left| *left == 0)
}

fn everybody_with(setup: &Setup<'_>, bounds: &Bounds) -> Option<Placed> {
    let placed = try_place(setup, bounds, &setup.staged.people);
    fits_all(&placed).then_some(placed)
}

/// The tier with the fewest people a send with which everybody fits; when none does as it is, the one
/// that takes larger batches.
fn tier(setup: &Setup<'_>, bounds: &Bounds) -> Option<Tried> {
    let platform = &setup.terms.platform;
    let mut tiers: Vec<(u64, &Name)> = Vec::new();
    for tier in platform.tiers.keys() {
        let figures = platform.figures(Some(tier));
        let limits = figures.limits(setup.terms.campaign.message.as_ref());
        tiers.push((limits.recipients_per_send().unwrap_or(u64::MAX), tier));
    }
    tiers.retain(|(_, tier)| Some(*tier) != setup.terms.tier.as_ref());
    tiers.sort_by_key(|(most, _)| *most);
    let as_it_is = tiers.iter().find_map(|(_, tier)| {
        let change = Change::Tier((*tier).clone(), None);
        in_tier(setup, tier, |other, bounds| {
            let placed = everybody_with(other, bounds)?;
            Some(Tried::new(other, &placed, change))
        })
    });
    as_it_is.or_else(|| {
        bounds.batch?;
        tiers.iter().find_map(|(_, tier)| {
            in_tier(setup, tier, |other, bounds| {
                let larger = larger_batch(other, bounds)?;
                let Change::BatchSize(size) = larger.change else {
                    return None;
                };
                let change = Change::Tier((*tier).clone(), Some(size));
                Some(Tried { change, ..larger })
            })
        })
    })
}

/// Tries something as a sender of another tier.
fn in_tier<T>(
    setup: &Setup<'_>,
    tier: &Name,
    attempt: impl FnOnce(&Setup<'_>, &Bounds) -> Option<T>,
) -> Option<T> {
    let figures = setup.terms.platform.figures(Some(tier));
    let mut terms = setup.terms.clone();
    terms.tier = Some(tier.clone());
    let other = Setup {
        limits: figures.limits(terms.campaign.message.as_ref()),
        figures,
        unit: setup.unit,
        terms: &terms,
        contacts: setup.contacts,
        zones: setup.zones.clone(),
        platform_zone: setup.platform_zone.clone(),
        staged: setup.staged.clone(),
    };
    let bounds = other.bounds(&other.staged.people);
    attempt(&other, &bounds)
}

/// The start of the last batch when the campaign may go on as long as it takes.
fn later_end(setup: &Setup<'_>, bounds: &Bounds) -> Option<Tried> {
    setup.terms.campaign.until.as_ref()?;
    let mut campaign = setup.terms.campaign.clone();
    campaign.until = None;
    let mut terms = setup.terms.clone();
    terms.campaign = &campaign;
    let endless = Setup {
        limits: setup.limits.clone(),
        figures: setup.figures.clone(),
        unit: setup.unit,
        terms: &terms,
        contacts: setup.contacts,
        zones: setup.zones.clone(),
        platform_zone: setup.platform_zone.clone(),
        staged: setup.staged.clone(),
    };
    let placed = everybody_with(&endless, bounds)?;
    let last = placed.schedule.slots.last()?.start;
    Some(Tried::new(&endless, &placed, Change::Until(last)))
}

/// The sends that everybody takes.
fn more_sends(setup: &Setup<'_>, bounds: &Bounds) -> Option<Tried> {
    bounds.sends?;
    let mut open = bounds.clone();
    open.sends = None;
    let placed = everybody_with(setup, &open)?;
    let sends = placed.schedule.slots.iter();
    let sends = sends.map(|slot| slot.used.sends).sum();
    Some(Tried::new(setup, &placed, Change::Sends(sends)))
}

fn with_batch(setup: &Setup<'_>, bounds: &Bounds, size: u64) -> Option<Placed> {
    let mut other = bounds.clone();
    other.batch = Some(size);
    everybody_with(setup, &other)
}

/// The smallest larger batch with which everybody fits.
fn larger_batch(setup: &Setup<'_>, bounds: &Bounds) -> Option<Tried> {
    let now = bounds.batch?;
    let fits = |size: u64| with_batch(setup, bounds, size).is_some();
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
    let placed = with_batch(setup, bounds, high).filter(|_| high > now)?;
    Some(Tried::new(setup, &placed, Change::BatchSize(high)))
}

/// The largest smaller batch that the caps let through, where it is they that a batch breaks.
fn smaller_batch(setup: &Setup<'_>, bounds: &Bounds, reason: &Reason) -> Option<Tried> {
    if !matches!(reason, Reason::Cap(..)) {
        return None;
    }
    let quota = setup.quota(bounds);
    let (mut low, mut high) = (0, bounds.batch?);
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        match quota.can_ever(&bounds.used(middle)) {
            Ok(()) => low = middle,
            Err(_) => high = middle,
        }
    }
    let placed = with_batch(setup, bounds, low).filter(|_| low > 0)?;
    Some(Tried::new(setup, &placed, Change::BatchSize(low)))
}
