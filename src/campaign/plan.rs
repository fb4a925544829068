//! Turns an audience and the platform's limits into a plan, adds up every stage and proves the sum.

use super::contacts::Contacts;
use super::cost::{self, Used};
use super::fit::{self, Misfit};
use super::groups::{Placed, Zones, in_order, span};
use super::ledger::Ledger;
use super::notes::notes;
use super::quota::Quota;
use super::schedule::Bounds;
use super::stage::{PersonCaps, Staged, stage};
use crate::check::sending::{Campaign, Cap, Cost, Counted, Figures, Limit, Limits, Per, Platform};
use crate::diag::Phrase;
use crate::name::Name;
use crate::say;
use crate::value::{Clock, Instant, LengthUnit, Number, Zone};
use std::ops::Range;
use std::sync::Arc;

/// What a plan is made from besides the contacts.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The platform; the campaign's own, or another to compare with.
    pub platform: Arc<Platform>,
    /// The tier of the sender there.
    pub tier: Option<Name>,
    /// The run's now and zone.
    pub clock: Clock,
    /// What was sent before, when it is known.
    pub ledger: Option<&'a Ledger>,
}

/// A plan, or what keeps it from being one.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Everybody has a place.
    Plan(Box<Plan>),
    /// Somebody has none.
    Misfit(Box<Misfit>),
}

/// Where people of an audience end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StageKind {
    /// Members of the audience: where the count starts.
    Audience,
    /// An invalid cell hides whether they may be sent to.
    Quarantined,
    /// On a list or in a segment that is left out.
    Suppressed,
    /// Sent enough already.
    Capped,
    /// Kept back by `slow`.
    Slowed,
    /// The control of a split.
    HeldOut,
    /// No room for them.
    OverLimit,
    /// In a batch.
    Sent,
}

impl StageKind {
    /// The word of JSON.
    pub fn word(self) -> &'static str {
        match self {
            StageKind::Audience => "audience",
            StageKind::Quarantined => "quarantined",
            StageKind::Suppressed => "suppressed",
            StageKind::Capped => "capped",
            StageKind::Slowed => "slowed",
            StageKind::HeldOut => "held_out",
            StageKind::OverLimit => "over_limit",
            StageKind::Sent => "sent",
        }
    }

    /// The words people read.
    pub fn phrase(self) -> Phrase {
        match self {
            StageKind::Audience => say!("audience", "受众"),
            StageKind::Quarantined => say!("quarantined", "隔离"),
            StageKind::Suppressed => say!("suppressed", "排除"),
            StageKind::Capped => say!("capped", "频次已满"),
            StageKind::Slowed => say!("slowed", "降速"),
            StageKind::HeldOut => say!("held out", "对照留出"),
            StageKind::OverLimit => say!("over the limit", "超出上限"),
            StageKind::Sent => say!("sent", "发送"),
        }
    }
}

/// People at one stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Which.
    pub kind: StageKind,
    /// The list, segment, share or arm behind it.
    pub name: Option<String>,
    /// How many.
    pub people: u64,
}

impl Stage {
    pub(super) fn new(kind: StageKind, name: Option<String>, people: u64) -> Stage {
        Stage { kind, name, people }
    }
}

/// People sent to at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// From 1, in order of time.
    pub number: u64,
    /// When.
    pub start: Instant,
    /// The zone its hours are in.
    pub zone: Zone,
    /// The place its people are of, when places rotate; the code within the region field.
    pub place: Option<u32>,
    /// Acts of sending.
    pub sends: u64,
    /// Calls of the interface.
    pub calls: u64,
    /// How many of its people were deferred.
    pub deferred: u64,
    /// Its people among [`Plan::people`].
    pub people: Range<usize>,
}

/// One person of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The number of the person among the contacts.
    pub person: u32,
    /// The arm of the split.
    pub arm: u16,
    /// Whether `defer` put them last.
    pub is_deferred: bool,
}

/// How far one cap is used at its fullest.
#[derive(Clone, Debug)]
pub struct CapUse {
    /// The cap.
    pub cap: Cap,
    /// What it allows.
    pub limit: Limit,
    /// The most that is used at any time, the past included; `None` when it is not counted over time.
    pub peak: Option<u64>,
}

/// A plan in which every person has one place.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Members of the audience.
    pub members: u64,
    /// Contacts kept out of the audience by an invalid cell.
    pub quarantined: u64,
    /// Where they end, in the order of the stages; the audience first.
    pub stages: Vec<Stage>,
    /// The batches in order of time.
    pub batches: Vec<Batch>,
    /// The people of all batches.
    pub people: Vec<Member>,
    /// People sent to.
    pub sent: u64,
    /// Acts of sending.
    pub sends: u64,
    /// Calls of the interface.
    pub calls: u64,
    /// Billed parts of messages.
    pub segments: u64,
    /// What it costs, with the price; `None` when no price is known.
    pub cost: Option<(Number, Cost)>,
    /// How many are expected to do what is hoped for.
    pub conversions: Option<Number>,
    /// What each of those costs.
    pub cost_per_conversion: Option<Number>,
    /// When the first message is expected and when the last.
    pub arrives: Option<(Instant, Instant)>,
    /// The figures of the platform.
    pub figures: Figures,
    /// How far its caps are used.
    pub caps: Vec<CapUse>,
    /// The window of the campaign in each zone that has a batch.
    pub zones: Vec<Zone>,
    /// What a reader should know.
    pub notes: Vec<Phrase>,
}

/// What is worked out before anybody is placed.
pub(super) struct Setup<'a> {
    pub(super) terms: &'a Terms<'a>,
    pub(super) contacts: &'a Contacts,
    pub(super) figures: Figures,
    pub(super) limits: Limits,
    /// What the platform counts the text in.
    pub(super) unit: Option<LengthUnit>,
    pub(super) zones: Zones,
    pub(super) platform_zone: Zone,
    pub(super) staged: Staged,
}

impl<'a> Setup<'a> {
    fn new(terms: &'a Terms<'a>, contacts: &'a Contacts) -> Setup<'a> {
        let figures = terms.platform.figures(terms.tier.as_ref());
        let limits = figures.limits(terms.campaign.message.as_ref());
        let named = figures
            .zone
            .as_ref()
            .and_then(|name| Zone::named(name).ok());
        let platform_zone = named.unwrap_or_else(|| terms.clock.zone.clone());
        let zones = Zones::new(terms, contacts);
        let spans = zones
            .openings
            .iter()
            .map(|openings| span(terms, openings.zone()));
        let first = spans.clone().map(|(start, _)| start).min();
        let first = first.unwrap_or(terms.clock.now);
        let end = match &terms.campaign.until {
            Some(_) => spans.map(|(_, end)| end).max().unwrap_or(first),
            // Without an end, everything promised so far may be met.
            None => terms
                .ledger
                .and_then(Ledger::last)
                .map_or(first, |last| last.max(first)),
        };
        let caps = PersonCaps::new(terms, &limits, &platform_zone, (first, end));
        let mut staged = stage(terms, contacts, &caps);
        in_order(contacts, &mut staged.people);
        Setup {
            terms,
            contacts,
            unit: terms
                .campaign
                .message
                .as_ref()
                .and_then(|message| figures.length_unit(message)),
            figures,
            limits,
            zones,
            platform_zone,
            staged,
        }
    }

    /// What bounds batches of these people.
    pub(super) fn bounds(&self, people: &[(u32, u16)]) -> Bounds {
        let batch = self.terms.campaign.batch;
        let every = batch.and_then(|batch| batch.every);
        let segments = people.iter().map(|(person, _)| self.segments(*person));
        Bounds {
            per_send: self.limits.recipients_per_send(),
            per_call: self.limits.recipients_per_call(),
            is_by_hand: self.figures.is_by_hand,
            batch: batch.map(|batch| batch.size),
            every_ms: every.and_then(|every| every.even_ms()).unwrap_or(0),
            sends: self.terms.campaign.sends,
            segments_each: segments.max().unwrap_or(1),
        }
    }

    /// Billed parts of one person's message.
    pub(super) fn segments(&self, person: u32) -> u64 {
        self.unit.map_or(1, |unit| {
            u64::from(self.contacts.length(person, unit).segments)
        })
    }

    /// The caps over time with what the ledger holds.
    pub(super) fn quota(&self, bounds: &Bounds) -> Quota {
        let mut quota = Quota::new(&self.limits, self.platform_zone.clone());
        if let Some(ledger) = self.terms.ledger {
            let past = ledger.sends_on(&self.terms.platform.name);
            quota.add_past(&past, |people| bounds.used(people));
        }
        quota
    }

    /// What sending to these people uses, each message with its own parts.
    pub(super) fn used(&self, people: &[(u32, u16)], sends: u64, calls: u64) -> Used {
        Used {
            recipients: people.len() as u64,
            sends,
            calls,
            segments: people
                .iter()
                .map(|(person, _)| self.segments(*person))
                .sum(),
        }
    }
}

/// Plans a campaign.
pub fn plan(terms: &Terms<'_>, contacts: &Contacts) -> Outcome {
    let setup = Setup::new(terms, contacts);
    match fit::fit(&setup) {
        Ok((placed, over)) => Outcome::Plan(Box::new(made(&setup, &placed, over))),
        Err(misfit) => Outcome::Misfit(misfit),
    }
}

/// The plan of people who are all placed.
fn made(setup: &Setup<'_>, placed: &Placed, over: u64) -> Plan {
    let (batches, people) = batches(setup, placed);
    let sent_to: Vec<(u32, u16)> = people.iter().map(|each| (each.person, each.arm)).collect();
    let sends = batches.iter().map(|batch| batch.sends).sum();
    let calls = batches.iter().map(|batch| batch.calls).sum();
    let used = setup.used(&sent_to, sends, calls);
    let figures = setup.figures.clone();
    let price = figures.cost.clone();
    let cost = price.and_then(|price| Some((cost::total(&price, &used)?, price)));
    let conversions = figures
        .converts
        .and_then(|rate| of_percent(used.recipients, rate));
    let mut zones: Vec<Zone> = Vec::new();
    for batch in &batches {
        if !zones.iter().any(|zone| zone.name() == batch.zone.name()) {
            zones.push(batch.zone.clone());
        }
    }
    let mut plan = Plan {
        members: setup.contacts.members,
        quarantined: setup.contacts.quarantined,
        stages: setup.staged.stages.clone(),
        arrives: arrivals(&figures, &batches),
        cost_per_conversion: cost_per_conversion(cost.as_ref(), &figures),
        caps: caps_used(setup, placed),
        sent: used.recipients,
        sends: used.sends,
        calls: used.calls,
        segments: used.segments,
        notes: notes(setup, &batches),
        batches,
        people,
        cost,
        conversions,
        figures,
        zones,
    };
    if over > 0 || setup.terms.campaign.keep.is_some() {
        plan.stages
            .push(Stage::new(StageKind::OverLimit, None, over));
    }
    add_sent(setup.terms.campaign, &mut plan);
    plan
}

fn add_sent(campaign: &Campaign, plan: &mut Plan) {
    let Some(split) = &campaign.split else {
        plan.stages
            .push(Stage::new(StageKind::Sent, None, plan.sent));
        return;
    };
    for (number, arm) in (0u16..).zip(&split.arms) {
        if !arm.is_control {
            let people = plan.people.iter().filter(|each| each.arm == number).count();
            let name = Some(arm.name.to_string());
            plan.stages
                .push(Stage::new(StageKind::Sent, name, people as u64));
        }
    }
}

impl Plan {
    /// Everybody who has a place: of every stage but the audience itself.
    pub fn placed(&self) -> u64 {
        let ends = self
            .stages
            .iter()
            .filter(|stage| stage.kind != StageKind::Audience);
        ends.map(|stage| stage.people).sum()
    }

    /// Whether every person of the audience has exactly one place and every batch its people.
    pub fn adds_up(&self) -> bool {
        let in_batches: usize = self.batches.iter().map(|batch| batch.people.len()).sum();
        self.placed() == self.members + self.quarantined
            && in_batches as u64 == self.sent
            && self.people.len() == in_batches
    }

    /// People of all stages of one kind.
    pub fn count(&self, kind: StageKind) -> u64 {
        let of_kind = self.stages.iter().filter(|stage| stage.kind == kind);
        of_kind.map(|stage| stage.people).sum()
    }
}

/// The batches with their people.
fn batches(setup: &Setup<'_>, placed: &Placed) -> (Vec<Batch>, Vec<Member>) {
    let mut batches = Vec::with_capacity(placed.schedule.slots.len());
    let mut people: Vec<Member> = Vec::new();
    let mut used_up: Vec<Vec<usize>> = placed
        .rounds
        .iter()
        .map(|round| vec![0; round.groups.len()])
        .collect();
    for (number, slot) in placed.schedule.slots.iter().enumerate() {
        let round = placed
            .firsts
            .partition_point(|first| *first <= number)
            .saturating_sub(1);
        let crowd = placed
            .rounds
            .get(round)
            .and_then(|round| round.groups.get(slot.group));
        let done = used_up
            .get_mut(round)
            .and_then(|done| done.get_mut(slot.group));
        let (Some(crowd), Some(done)) = (crowd, done) else {
            continue;
        };
        let end = *done + slot.people as usize;
        let first = people.len();
        let members = crowd.people.get(*done..end).unwrap_or(&[]);
        people.extend(members.iter().map(|&(person, arm)| {
            Member {
                person,
                arm,
                is_deferred: setup
                    .contacts
                    .people
                    .get(person as usize)
                    .is_some_and(|facts| facts.is_deferred),
            }
        }));
        *done = end;
        let deferred = people
            .iter()
            .skip(first)
            .filter(|each| each.is_deferred)
            .count();
        let zone = setup
            .zones
            .openings
            .get(crowd.zone)
            .map(|openings| openings.zone().clone());
        batches.push(Batch {
            number: number as u64 + 1,
            start: slot.start,
            zone: zone.unwrap_or_else(|| setup.terms.clock.zone.clone()),
            place: crowd.place,
            sends: slot.used.sends,
            calls: slot.used.calls,
            deferred: deferred as u64,
            people: first..people.len(),
        });
    }
    (batches, people)
}

fn of_percent(count: u64, percent: Number) -> Option<Number> {
    let digits = i128::from(count).checked_mul(percent.digits)?;
    Some(Number::new(digits, percent.scale.checked_add(2)?).reduced())
}

/// The price of one conversion: price / (per × rate), from prices of single messages alone.
fn cost_per_conversion(cost: Option<&(Number, Cost)>, figures: &Figures) -> Option<Number> {
    let ((_, price), rate) = (cost?, figures.converts?);
    if rate.digits <= 0 || !matches!(price.unit, Counted::Messages | Counted::Recipients) {
        return None;
    }
    // price / per / (rate / 100), at four places, rounded half up.
    let power = |scale: u32| 10i128.checked_pow(scale);
    let top = price
        .amount
        .digits
        .checked_mul(power(u32::from(rate.scale) + 6)?)?;
    let bottom = rate
        .digits
        .checked_mul(i128::from(price.per_count))?
        .checked_mul(power(u32::from(price.amount.scale))?)?;
    let rounded = (top * 2 + bottom).div_euclid(bottom * 2);
    Some(Number::new(rounded, 4).reduced())
}

fn arrivals(figures: &Figures, batches: &[Batch]) -> Option<(Instant, Instant)> {
    let (quickest, slowest) = figures.arrives?;
    let (first, last) = (batches.first()?.start, batches.last()?.start);
    Some((
        Instant(first.0 + quickest.even_ms()?),
        Instant(last.0 + slowest.even_ms()?),
    ))
}

fn caps_used(setup: &Setup<'_>, placed: &Placed) -> Vec<CapUse> {
    let people: Vec<(u32, u16)> = Vec::new();
    let mut quota = setup.quota(&setup.bounds(&people));
    for slot in &placed.schedule.slots {
        quota.take(slot.start, &slot.used);
    }
    let largest = |per: Per, counted: Counted| {
        let slots = placed.schedule.slots.iter();
        let most = slots.map(|slot| slot.used.of(counted)).max().unwrap_or(0);
        let per_send = setup.limits.recipients_per_send().unwrap_or(u64::MAX);
        let per_call = setup.limits.recipients_per_call().unwrap_or(u64::MAX);
        match (per, counted) {
            (Per::Send, Counted::Recipients | Counted::Messages) => Some(most.min(per_send)),
            (Per::Call, Counted::Recipients | Counted::Messages) => {
                Some(most.min(per_send).min(per_call))
            }
            _ => None,
        }
    };
    let caps = setup.limits.caps.iter().map(|(limit, cap)| CapUse {
        cap: cap.clone(),
        limit: *limit,
        peak: match cap.per {
            Per::Send | Per::Call => largest(cap.per, cap.counted),
            _ => quota.peak(cap),
        },
    });
    caps.collect()
}
