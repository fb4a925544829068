//! Turns plans, and campaigns that do not fit, into text, JSON and HTML.

mod html;
mod json;
mod misfit;
mod text;
mod timeline;

pub use misfit::{MisfitReport, reason_phrase};

pub(super) use json::exact as exact_number;

use crate::campaign::{Asked, Contacts, Plan};
use crate::check::sending::{Campaign, Cap, Limit, Platform};
use crate::diag::Phrase;
use crate::name::Name;
use crate::say;
use crate::value::{Clock, Instant, Number, Zone};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The hashes that bind a plan to what it was made from.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Provenance {
    /// SHA-256 of all rule texts and list files, in hex.
    pub rules_sha256: String,
    /// Parameters that had another value than the rules give them.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The contact files.
    pub data: Vec<FileHash>,
    /// The ledger's files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<FileHash>,
}

/// A file with the SHA-256 of its bytes.
#[derive(Clone, Debug, Serialize)]
pub struct FileHash {
    /// Its name without folders.
    pub name: String,
    /// In hex; `None` for standard input.
    pub sha256: Option<String>,
}

/// A plan with all that is told about it.
#[derive(Clone, Debug)]
pub struct PlanReport<'a> {
    /// The campaign.
    pub campaign: &'a Campaign,
    /// The platform it was planned for.
    pub platform: &'a Platform,
    /// The tier there.
    pub tier: Option<&'a Name>,
    /// The run's now and zone.
    pub clock: &'a Clock,
    /// The plan.
    pub plan: &'a Plan,
    /// What it was made from.
    pub provenance: &'a Provenance,
    /// Names of the places of batches, by code.
    places: BTreeMap<u32, String>,
    /// People sent to by place, the most first.
    regions: Vec<(String, u64)>,
}

impl<'a> PlanReport<'a> {
    /// Puts together what is told of a plan on the campaign's own platform.
    pub fn new(
        campaign: &'a Campaign,
        clock: &'a Clock,
        plan: &'a Plan,
        (contacts, asked): (&Contacts, &Asked),
        provenance: &'a Provenance,
    ) -> PlanReport<'a> {
        let mut counts: BTreeMap<Option<u32>, u64> = BTreeMap::new();
        for member in &plan.people {
            *counts.entry(contacts.place(member.person)).or_insert(0) += 1;
        }
        let named = counts.keys().flatten();
        let places: BTreeMap<u32, String> = named
            .map(|place| (*place, asked.place_name(*place).to_string()))
            .collect();
        let has_places = !places.is_empty();
        let name = |place: Option<u32>| match place {
            Some(place) => places.get(&place).cloned().unwrap_or_default(),
            None => String::new(),
        };
        let mut regions: Vec<(String, u64)> = counts
            .iter()
            .map(|(place, people)| (name(*place), *people))
            .collect();
        regions.retain(|_| has_places);
        regions.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        PlanReport {
            campaign,
            platform: &campaign.platform,
            tier: campaign.tier.as_ref(),
            clock,
            plan,
            provenance,
            places,
            regions,
        }
    }

    /// People of one send, at most.
    pub fn per_send(&self) -> u64 {
        let limits = self.plan.figures.limits(self.campaign.message.as_ref());
        limits.recipients_per_send().unwrap_or(u64::MAX).max(1)
    }

    /// The name of a batch's place.
    fn place(&self, place: Option<u32>) -> Option<&str> {
        self.places.get(&place?).map(String::as_str)
    }

    /// SHA-256 of every figure the plan was held against.
    fn figures_sha256(&self) -> String {
        let hash = Sha256::digest(self.figures_text().as_bytes());
        hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The figures in a fixed form, without where they are written and come from.
    fn figures_text(&self) -> String {
        let figures = &self.plan.figures;
        let mut text = String::new();
        for each in &self.plan.caps {
            let cap = cap_text(each.limit, &each.cap);
            let _ = writeln!(text, "cap {cap} {:?}", each.cap.excess);
        }
        let message = figures.limits(self.campaign.message.as_ref()).message;
        let counts = [
            message.images,
            message.attachments,
            message.internal_links,
            message.external_links,
        ];
        let (length, account) = (message.length, message.is_account_required);
        let _ = writeln!(text, "message {length:?} {counts:?} account {account}");
        if let Some(cost) = &figures.cost {
            let (amount, per, unit) = (cost.amount, cost.per_count, cost.unit.word());
            let _ = writeln!(text, "cost {amount} {} per {per} {unit}", cost.currency);
        }
        let (arrives, converts, zone) = (figures.arrives, figures.converts, &figures.zone);
        let by_hand = figures.is_by_hand;
        let _ = writeln!(text, "{arrives:?} {converts:?} {zone:?} by hand {by_hand}");
        text
    }
}

/// `10000 recipients per send`, as rules write it.
fn cap_text(limit: Limit, cap: &Cap) -> String {
    let amount = match limit {
        Limit::Number(number) => number.to_string(),
        Limit::None => "none".to_string(),
        Limit::Unknown => "unknown".to_string(),
    };
    format!("{amount} {}", cap.words())
}

/// `batches/0001.csv`
pub fn batch_file(number: u64) -> String {
    format!("batches/{number:04}.csv")
}

/// An amount of money with at least two places.
pub(super) fn money_text(amount: Number) -> String {
    let text = amount.reduced().to_string();
    match text.split_once('.') {
        None => format!("{text}.00"),
        Some((_, places)) if places.len() == 1 => format!("{text}0"),
        Some(_) => text,
    }
}

/// `2026-11-23 09:00`, local.
fn local_text(zone: &Zone, at: Instant) -> String {
    let text = zone.rfc3339(at);
    let seconds = text
        .get(16..19)
        .filter(|seconds| *seconds != ":00")
        .unwrap_or("");
    format!(
        "{} {}{seconds}",
        text.get(..10).unwrap_or(""),
        text.get(11..16).unwrap_or("")
    )
}

/// How people of one arm, list or share are called.
fn stage_label(stage: &crate::campaign::Stage) -> Phrase {
    let kind = stage.kind.phrase();
    match &stage.name {
        None => kind,
        Some(name) => {
            let name = crate::diag::escape_controls(name);
            let (en, zh) = (&kind.en, &kind.zh);
            say!("{en}: {name}", "{zh}：{name}")
        }
    }
}
