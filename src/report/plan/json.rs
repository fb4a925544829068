//! A plan as the documented, versioned `plan.json` (`docs/json/README.md`).

use super::{PlanReport, Provenance, batch_file, cap_text};
use crate::campaign::{Batch, CapUse, Stage};
use crate::report::to_json_line;
use crate::value::Number;
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    fits: bool,
    campaign: &'a str,
    title: Option<&'a str>,
    platform: PlatformJson<'a>,
    message: Option<&'a str>,
    now: String,
    zone: &'a str,
    provenance: &'a Provenance,
    members: u64,
    quarantined: u64,
    stages: Vec<StageJson<'a>>,
    sent: u64,
    sends: u64,
    calls: u64,
    segments: u64,
    cost: Option<CostJson<'a>>,
    budget: Option<MoneyJson<'a>>,
    expected: Expected<'a>,
    caps: Vec<CapJson<'a>>,
    notes: Vec<&'a str>,
    batches: Vec<BatchJson<'a>>,
}

#[derive(Serialize)]
struct PlatformJson<'a> {
    name: &'a str,
    title: Option<&'a str>,
    profile: Option<&'a str>,
    tier: Option<&'a str>,
    by_hand: bool,
    zone: Option<&'a str>,
    source: Option<&'a str>,
    figures_sha256: String,
}

#[derive(Serialize)]
pub(super) struct StageJson<'a> {
    stage: &'static str,
    name: Option<&'a str>,
    people: u64,
}

#[derive(Serialize)]
struct CostJson<'a> {
    amount: serde_json::Number,
    currency: &'a str,
    price: serde_json::Number,
    per_count: u64,
    unit: &'static str,
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct MoneyJson<'a> {
    amount: serde_json::Number,
    currency: &'a str,
}

#[derive(Serialize)]
struct Expected<'a> {
    first_arrival: Option<String>,
    last_arrival: Option<String>,
    arrival_source: Option<&'a str>,
    conversions: Option<serde_json::Number>,
    conversion_percent: Option<serde_json::Number>,
    conversion_source: Option<&'a str>,
    cost_per_conversion: Option<serde_json::Number>,
}

#[derive(Serialize)]
struct CapJson<'a> {
    cap: String,
    peak: Option<u64>,
    source: Option<&'a str>,
}

#[derive(Serialize)]
struct BatchJson<'a> {
    number: u64,
    start: String,
    zone: &'a str,
    place: Option<&'a str>,
    recipients: u64,
    sends: u64,
    calls: u64,
    deferred: u64,
    file: String,
}

/// A number with all its digits.
pub(in crate::report) fn exact(number: Number) -> serde_json::Number {
    let parsed = number.reduced().to_string().parse();
    parsed.unwrap_or_else(|_| serde_json::Number::from(0))
}

impl<'a> StageJson<'a> {
    pub(super) fn new(stage: &'a Stage) -> StageJson<'a> {
        StageJson {
            stage: stage.kind.word(),
            name: stage.name.as_deref(),
            people: stage.people,
        }
    }
}

impl PlanReport<'_> {
    /// The documented JSON.
    pub fn to_json(&self) -> String {
        let (plan, figures) = (self.plan, &self.plan.figures);
        to_json_line(&Document {
            version: 1,
            fits: true,
            campaign: self.campaign.name.as_str(),
            title: self.campaign.title.as_deref(),
            platform: PlatformJson {
                name: self.platform.name.as_str(),
                title: self.platform.title.as_deref(),
                profile: self
                    .platform
                    .profile
                    .as_ref()
                    .map(|profile| profile.as_str()),
                tier: self.tier.map(|tier| tier.as_str()),
                by_hand: figures.is_by_hand,
                zone: figures.zone.as_deref(),
                source: figures.source.as_deref(),
                figures_sha256: self.figures_sha256(),
            },
            message: self
                .campaign
                .message
                .as_ref()
                .map(|message| message.kind.as_str()),
            now: crate::value::Zone::utc().rfc3339(self.clock.now),
            zone: self.clock.zone.name(),
            provenance: self.provenance,
            members: plan.members,
            quarantined: plan.quarantined,
            stages: plan.stages.iter().map(StageJson::new).collect(),
            sent: plan.sent,
            sends: plan.sends,
            calls: plan.calls,
            segments: plan.segments,
            cost: self.cost_json(),
            budget: self
                .campaign
                .budget
                .as_ref()
                .map(|(amount, currency)| MoneyJson {
                    amount: exact(*amount),
                    currency,
                }),
            expected: self.expected(),
            caps: plan.caps.iter().map(|each| self.cap_json(each)).collect(),
            notes: plan.notes.iter().map(|note| note.en.as_ref()).collect(),
            batches: plan
                .batches
                .iter()
                .map(|batch| self.batch_json(batch))
                .collect(),
        })
    }

    fn cost_json(&self) -> Option<CostJson<'_>> {
        let (amount, price) = self.plan.cost.as_ref()?;
        Some(CostJson {
            amount: exact(*amount),
            currency: &price.currency,
            price: exact(price.amount),
            per_count: price.per_count,
            unit: price.unit.word(),
            source: price
                .source
                .as_deref()
                .or(self.plan.figures.source.as_deref()),
        })
    }

    fn expected(&self) -> Expected<'_> {
        let figures = &self.plan.figures;
        let source = figures.source.as_deref();
        let arrival = |at| self.clock.zone.rfc3339(at);
        Expected {
            first_arrival: self.plan.arrives.map(|(first, _)| arrival(first)),
            last_arrival: self.plan.arrives.map(|(_, last)| arrival(last)),
            arrival_source: figures
                .arrives
                .and(figures.arrives_source.as_deref().or(source)),
            conversions: self.plan.conversions.map(exact),
            conversion_percent: figures.converts.map(exact),
            conversion_source: figures
                .converts
                .and(figures.converts_source.as_deref().or(source)),
            cost_per_conversion: self.plan.cost_per_conversion.map(exact),
        }
    }

    fn cap_json<'s>(&'s self, each: &'s CapUse) -> CapJson<'s> {
        CapJson {
            cap: cap_text(each.limit, &each.cap),
            peak: each.peak,
            source: each
                .cap
                .source
                .as_deref()
                .or(self.plan.figures.source.as_deref()),
        }
    }

    fn batch_json<'s>(&'s self, batch: &'s Batch) -> BatchJson<'s> {
        BatchJson {
            number: batch.number,
            start: batch.zone.rfc3339(batch.start),
            zone: batch.zone.name(),
            place: self.place(batch.place),
            recipients: batch.people.len() as u64,
            sends: batch.sends,
            calls: batch.calls,
            deferred: batch.deferred,
            file: batch_file(batch.number),
        }
    }
}
