//! What a reader should know about a plan that fits.

use super::plan::{Batch, Setup};
use super::stage::frequency;
use crate::check::sending::{Excess, Limit};
use crate::diag::Phrase;
use crate::say;
use crate::value::Zone;

/// What a reader should know about a plan that fits.
pub(super) fn notes(setup: &Setup<'_>, batches: &[Batch]) -> Vec<Phrase> {
    let mut notes = Vec::new();
    let campaign = setup.terms.campaign;
    let platform = setup.terms.platform.label();
    for (limit, cap) in &setup.limits.caps {
        let (counted, per) = (cap.counted.word(), cap.per);
        if *limit == Limit::Unknown {
            notes.push(say!(
                "{platform}: how many {counted} per {per} is not known; the plan takes it as no limit",
                "{platform}：每 {per} 的 {counted} 上限未知，计划按无上限处理"
            ));
        }
        if cap.excess == Excess::Queue {
            notes.push(say!(
                "{platform} queues what exceeds its {counted} per {per}: messages may come later",
                "{platform} 会把超出 {counted} 每 {per} 的部分排队，消息可能晚到"
            ));
        }
        if let (Some(most), None) = (limit.number(), setup.terms.ledger)
            && frequency(cap, most).is_some()
        {
            notes.push(say!(
                "{platform} allows each person {most} {counted} per {per}: only a ledger shows who had them",
                "{platform} 限每人每 {per} {most} {counted}：需要发送台账才能核对"
            ));
        }
    }
    if !campaign.at_most.is_empty() && setup.terms.ledger.is_none() {
        notes.push(say!(
            "`at most` looks at what was sent before: give --ledger, without it nobody is capped",
            "`at most` 要看以前发过什么：请给出 --ledger，否则无人受限"
        ));
    }
    let blanks = setup.contacts.blanks;
    if blanks > 0 {
        notes.push(say!(
            "{blanks} people have no value for a placeholder: it stays empty",
            "{blanks} 人缺少占位字段的值，该处为空"
        ));
    }
    notes.extend(zone_note(setup));
    if let Some(first) = batches.first()
        && first.start < setup.terms.clock.now
    {
        notes.push(say!(
            "the first batch starts before now",
            "第一批的开始时间早于现在"
        ));
    }
    if setup.figures.is_by_hand && !batches.is_empty() {
        notes.push(say!(
            "{platform} has no interface: each batch is a list to hand over",
            "{platform} 没有接口：每一批是一份交接名单"
        ));
    }
    notes
}

/// How many people's zones were not known.
fn zone_note(setup: &Setup<'_>) -> Option<Phrase> {
    let window = setup.terms.campaign.window.as_ref()?;
    window.local?;
    let is_lost = |zone: Option<u32>| {
        let name = zone.and_then(|zone| setup.contacts.zones.get_index(zone as usize));
        name.is_none_or(|name| Zone::named(name).is_err())
    };
    let sent = setup.staged.people.iter();
    let lost = sent.filter(|(person, _)| {
        let facts = setup.contacts.people.get(*person as usize);
        facts.is_none_or(|facts| is_lost(facts.zone))
    });
    let lost = lost.count();
    let fallback = window
        .fallback
        .as_deref()
        .unwrap_or(setup.terms.clock.zone.name());
    (lost > 0).then(|| {
        say!(
            "{lost} people have no known zone: their hours are those of {fallback}",
            "{lost} 人的时区未知，按 {fallback} 的时段发送"
        )
    })
}
