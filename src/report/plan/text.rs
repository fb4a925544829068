//! A plan as a summary for people.

use super::{PlanReport, local_text, money_text, stage_label};
use crate::campaign::{Stage, StageKind};
use crate::check::sending::{Counted, Limit, Platform};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::name::Name;
use crate::report::{grouped, percent};
use crate::say;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// `企业微信 (wecom, tier basic)`
pub(super) fn platform_text(platform: &Platform, tier: Option<&Name>) -> String {
    let name = platform.name.as_str();
    let mut inside = Vec::new();
    if platform.label() != name {
        inside.push(name.to_string());
    }
    inside.extend(
        platform
            .profile
            .iter()
            .map(|profile| format!("profile {profile}")),
    );
    inside.extend(tier.iter().map(|tier| format!("tier {tier}")));
    let label = escape_controls(platform.label());
    match inside.is_empty() {
        true => label.to_string(),
        false => format!("{label} ({})", inside.join(", ")),
    }
}

/// Whether a stage is worth a line: without a ledger nobody can be capped.
pub(super) fn is_told(stage: &Stage) -> bool {
    stage.people > 0 || stage.kind != StageKind::Capped
}

/// A line a stage, ends indented below the audience, and the sum that must hold.
pub(super) fn stages_text(stages: &[Stage], whole: u64, lang: Lang) -> String {
    let rows: Vec<(String, u64)> = stages
        .iter()
        .filter(|stage| is_told(stage))
        .map(|stage| {
            let indent = if stage.kind == StageKind::Audience {
                "  "
            } else {
                "    "
            };
            (
                format!("{indent}{}", stage_label(stage).get(lang)),
                stage.people,
            )
        })
        .collect();
    let width = rows.iter().map(|row| row.0.width()).max().unwrap_or(0);
    let digits = rows
        .iter()
        .map(|row| grouped(row.1).len())
        .max()
        .unwrap_or(0);
    let mut out = String::new();
    for (label, people) in &rows {
        let pad = " ".repeat(width - label.width());
        let (count, share) = (grouped(*people), percent(*people, whole));
        let _ = writeln!(out, "{label}{pad}  {count:>digits$}  {share:>7}");
    }
    out
}

/// `1 batch`, `2 batches`
fn counted(count: u64, one: &str, several: &str) -> String {
    let word = if count == 1 { one } else { several };
    format!("{} {word}", grouped(count))
}

impl PlanReport<'_> {
    /// A few lines: who ends where, when, what it uses and costs, and what to know.
    pub fn to_text(&self, lang: Lang) -> String {
        let plan = self.plan;
        let name = escape_controls(
            self.campaign
                .title
                .as_deref()
                .unwrap_or(self.campaign.name.as_str()),
        );
        let platform = platform_text(self.platform, self.tier);
        let head = say!("{name} on {platform}", "{name} · {platform}");
        let mut out = format!("{}\n", head.get(lang));
        out.push_str(&stages_text(
            &plan.stages,
            plan.members + plan.quarantined,
            lang,
        ));
        let (placed, members) = (grouped(plan.placed()), grouped(plan.members));
        let quarantined = grouped(plan.quarantined);
        let mut lines: Vec<Phrase> = vec![say!(
            "together {placed} = {members} members + {quarantined} quarantined of the audience",
            "合计 {placed} = 受众 {members} + 受众中被隔离 {quarantined}"
        )];
        lines.extend(self.times());
        lines.extend(self.money());
        lines.extend(self.hopes());
        for line in lines {
            let _ = writeln!(out, "  {}", line.get(lang));
        }
        for each in &plan.caps {
            if let (Limit::Number(_), Some(peak)) = (each.limit, each.peak) {
                let cap = each.cap.phrase(each.limit);
                let (en, zh, peak) = (&cap.en, &cap.zh, grouped(peak));
                let line = say!(
                    "cap {en}: at most {peak} used",
                    "限额：{zh}，最多用到 {peak}"
                );
                let _ = writeln!(out, "  {}", line.get(lang));
            }
        }
        for note in &plan.notes {
            let label = say!("note", "注意");
            let _ = writeln!(out, "  {}: {}", label.get(lang), note.get(lang));
        }
        out
    }

    /// How many batches, from when to when.
    pub(super) fn times(&self) -> Option<Phrase> {
        let (first, last) = (self.plan.batches.first()?, self.plan.batches.last()?);
        let batches = counted(self.plan.batches.len() as u64, "batch", "batches");
        let sends = counted(self.plan.sends, "send", "sends");
        let calls = counted(self.plan.calls, "call", "calls");
        let count = grouped(self.plan.batches.len() as u64);
        let (send_count, call_count) = (grouped(self.plan.sends), grouped(self.plan.calls));
        let (from, to) = (
            local_text(&first.zone, first.start),
            local_text(&last.zone, last.start),
        );
        let zone = match self.plan.zones.as_slice() {
            [one] => one.name().to_string(),
            several => format!("{} zones", several.len()),
        };
        Some(say!(
            "{batches}, {sends}, {calls}: first {from}, last {to} ({zone})",
            "{count} 批，{send_count} 次发送，{call_count} 次调用：首批 {from}，末批 {to}（{zone}）"
        ))
    }

    /// What it costs, of what may be spent.
    pub(super) fn money(&self) -> Option<Phrase> {
        let (amount, price) = self.plan.cost.as_ref()?;
        let (total, currency) = (money_text(*amount), &price.currency);
        let each = money_text(price.amount);
        let count = match price.per_count {
            1 => String::new(),
            count => format!("{count} "),
        };
        let gap = if price.per_count == 1 { "" } else { " " };
        let Phrase {
            en: unit,
            zh: unit_zh,
        } = price.unit.unit(price.per_count);
        let budget = self
            .campaign
            .budget
            .as_ref()
            .map(|(budget, _)| money_text(*budget));
        let (en, zh) = match budget {
            Some(budget) => (format!(" of {budget}"), format!("，预算 {budget}")),
            None => (String::new(), String::new()),
        };
        let segments = match price.unit {
            Counted::Segments => format!(", {}", grouped(self.plan.segments)),
            _ => String::new(),
        };
        Some(say!(
            "cost {total} {currency}{en} ({each} per {count}{unit}{segments})",
            "费用 {total} {currency}{zh}（每{gap}{count}{unit_zh} {each}{segments}）"
        ))
    }

    /// What is expected to come of it.
    pub(super) fn hopes(&self) -> Vec<Phrase> {
        let figures = &self.plan.figures;
        let mut lines = Vec::new();
        if let Some((first, last)) = self.plan.arrives {
            let zone = &self.clock.zone;
            let (first, last) = (local_text(zone, first), local_text(zone, last));
            lines.push(say!(
                "expected to arrive from {first} to {last}",
                "预计送达：{first} 至 {last}"
            ));
        }
        if let (Some(count), Some(rate)) = (self.plan.conversions, figures.converts) {
            let each = self.plan.cost_per_conversion.map(money_text);
            let (en, zh) = match each {
                Some(each) => (format!(", {each} each"), format!("，每个 {each}")),
                None => (String::new(), String::new()),
            };
            let source = figures
                .converts_source
                .as_deref()
                .or(figures.source.as_deref());
            let source = escape_controls(source.unwrap_or("-"));
            lines.push(say!(
                "expected conversions {count} ({rate}%{en}; {source})",
                "预计转化 {count}（{rate}%{zh}；{source}）"
            ));
        }
        lines
    }
}
