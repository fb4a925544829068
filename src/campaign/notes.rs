//! What a reader should know about a plan that fits.

use super::plan::{Batch, Setup};
use super::stage::frequency;
use crate::check::sending::{Excess, Limit};
use crate::diag::Phrase;
use crate::say;
use crate::value::Zone;

/// What a reader should know about a plan that fits.
pub(super) fn notes(setup: &Setup<'_>, batches: &[Batch]) -> Vec<Phrase> {
    let mut notes: Vec<Phrase> = cap_notes(setup).collect();
    let campaign = setup.terms.campaign;
    let platform = setup.terms.platform.label();
    if !campaign.at_most.is_empty() && setup.terms.ledger.is_none() {
        notes.push(say!(
            "`at most` looks at what was sent before: give --ledger, without it nobody is capped",
            "`at most` 要看以前发过什么：请给出 --ledger，否则无人受限"
        ));
    }
    notes.extend(people_notes(setup));
    notes.extend(zone_note(setup));
    notes.extend(budget_note(setup));
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

/// Caps that the plan cannot keep by itself.
fn cap_notes(setup: &Setup<'_>) -> impl Iterator<Item = Phrase> {
    let platform = setup.terms.platform.label();
    setup.limits.caps.iter().filter_map(move |(limit, cap)| {
        let Phrase { en, zh } = cap.phrase(*limit);
        if *limit == Limit::Unknown {
            return Some(say!(
                "{platform}, {en}: the plan takes it as no limit",
                "{platform}{zh}，计划按不限处理"
            ));
        }
        let most = limit.number()?;
        if cap.excess == Excess::Queue {
            return Some(say!(
                "{platform} queues what exceeds {en}: messages may come later",
                "{platform}{zh}，超出部分会排队，消息可能晚到"
            ));
        }
        let is_unseen = setup.terms.ledger.is_none() && frequency(cap, most).is_some();
        is_unseen.then(|| {
            say!(
                "{platform}, {en}: only a ledger (--ledger) shows who had them",
                "{platform}{zh}：需要发送台账（--ledger）才能核对"
            )
        })
    })
}

/// People an unreadable or missing cell does something to.
fn people_notes(setup: &Setup<'_>) -> impl Iterator<Item = Phrase> {
    let (unclear, blanks) = (setup.contacts.unclear, setup.contacts.blanks);
    let unclear = (unclear > 0).then(|| {
        let (people, are) = counted(unclear, "is", "are");
        say!(
            "{people} of the audience {are} quarantined: a cell that another clause looks at is invalid",
            "受众中有 {unclear} 人被隔离：其他子句要看的单元格无效"
        )
    });
    let blanks = (blanks > 0).then(|| {
        let (people, have) = counted(blanks, "has", "have");
        say!(
            "{people} {have} no value for a placeholder: it stays empty",
            "{blanks} 人缺少占位字段的值，该处为空"
        )
    });
    unclear.into_iter().chain(blanks)
}

/// A budget that cannot be held against the price.
fn budget_note(setup: &Setup<'_>) -> Option<Phrase> {
    let (_, currency) = setup.terms.campaign.budget.as_ref()?;
    let platform = setup.terms.platform.label();
    match &setup.figures.cost {
        None => Some(say!(
            "{platform} has no price here: the budget is not checked",
            "{platform} 没有价格数据：未核对预算"
        )),
        Some(cost) if cost.currency != *currency => {
            let charged = &cost.currency;
            Some(say!(
                "{platform} charges in {charged}, the budget is in {currency}: it is not checked",
                "{platform} 以 {charged} 计费，预算为 {currency}：未核对预算"
            ))
        }
        Some(_) => None,
    }
}

/// `1 person is`, `2 people are`.
fn counted(count: u64, one: &'static str, several: &'static str) -> (String, &'static str) {
    match count {
        1 => ("1 person".to_string(), one),
        _ => (format!("{count} people"), several),
    }
}

/// How many people's zones were not known.
fn zone_note(setup: &Setup<'_>) -> Option<Phrase> {
    let window = setup.terms.campaign.window.as_ref()?;
    window.local?;
    let is_known: Vec<bool> = setup
        .contacts
        .zones
        .iter()
        .map(|name| Zone::named(name).is_ok())
        .collect();
    let is_lost = |zone: Option<u32>| {
        let known = zone.and_then(|zone| is_known.get(zone as usize));
        !known.copied().unwrap_or(false)
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
    let (people, have) = counted(lost as u64, "has", "have");
    (lost > 0).then(|| {
        say!(
            "{people} {have} no known zone: their hours are those of {fallback}",
            "{lost} 人的时区未知，按 {fallback} 的时段发送"
        )
    })
}
