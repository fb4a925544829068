//! Turns the statements of a platform into figures.
//!
//! Invariants: a statement that cannot be is reported and left out, the others count; of two
//! statements about the same thing the later one is a mistake.

use super::when::condition;
use crate::check::problem::Unknown;
use crate::check::sending::{
    Cap, CapAmount, Cost, Counted, Excess, Figures, Limit, MessageLimits, Per,
};
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::Name;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{
    Amount, CapEntry, CapPer, Ident, ImageKind, PlatformEntry, PlatformEntryKind, Text,
};
use crate::value::{Duration, LengthUnit, Number, Share, Unit, Zone};
use std::sync::Arc;

const COUNTED: [(&str, Counted); 5] = [
    ("recipients", Counted::Recipients),
    ("sends", Counted::Sends),
    ("calls", Counted::Calls),
    ("messages", Counted::Messages),
    ("segments", Counted::Segments),
];
const PER: [(&str, Per); 7] = [
    ("send", Per::Send),
    ("call", Per::Call),
    ("second", Per::Second),
    ("minute", Per::Minute),
    ("hour", Per::Hour),
    ("day", Per::Days(1)),
    ("month", Per::Month),
];
const EXCESS: [(&str, Excess); 3] = [
    ("reject", Excess::Reject),
    ("drop", Excess::Drop),
    ("queue", Excess::Queue),
];

/// Figures of one tier by its name.
type NamedTier = (Name, Figures);

/// The figures that statements give, with those of each tier.
pub(super) fn figures(
    of: &[PlatformEntry],
    wrong: &mut Vec<Diagnostic>,
) -> (Figures, Vec<NamedTier>) {
    let mut figures = Figures::default();
    let mut tiers: Vec<NamedTier> = Vec::new();
    for entry in of {
        match &entry.kind {
            PlatformEntryKind::Tier { name, entries } => {
                let tier = Name::new(&name.text);
                if tiers.iter().any(|(known, _)| *known == tier) {
                    wrong.push(said_twice(name.span));
                    continue;
                }
                let (inner, nested) = self::figures(entries, wrong);
                if !nested.is_empty() {
                    wrong.push(misplaced(entry.span));
                }
                tiers.push((tier, inner));
            }
            PlatformEntryKind::Message { kind, entries } => {
                let limits = message(entries, wrong);
                if figures
                    .messages
                    .insert(Name::new(&kind.text), limits)
                    .is_some()
                {
                    wrong.push(said_twice(kind.span));
                }
            }
            PlatformEntryKind::Cap(_)
            | PlatformEntryKind::Length { .. }
            | PlatformEntryKind::Images(..)
            | PlatformEntryKind::Links { .. }
            | PlatformEntryKind::AccountRequired
            | PlatformEntryKind::Cost { .. }
            | PlatformEntryKind::Arrives(..)
            | PlatformEntryKind::Converts(_)
            | PlatformEntryKind::Zone(_)
            | PlatformEntryKind::Source(_)
            | PlatformEntryKind::ApiNone => figure(entry, &mut figures, wrong),
        }
    }
    (figures, tiers)
}

/// One plain statement about the platform.
fn figure(entry: &PlatformEntry, figures: &mut Figures, wrong: &mut Vec<Diagnostic>) {
    let source = entry
        .source
        .as_ref()
        .map(|source| Arc::clone(&source.value));
    let is_new = match &entry.kind {
        PlatformEntryKind::Cap(written) => match cap(written, source, wrong) {
            Some(cap) => add_cap(&mut figures.caps, cap),
            None => true,
        },
        PlatformEntryKind::Cost {
            amount,
            currency,
            per_count,
            per_unit,
        } => {
            let cost = Cost {
                amount: *amount,
                currency: Arc::clone(&currency.text),
                per_count: *per_count,
                unit: priced(per_unit.as_ref()),
                source,
            };
            figures.cost.replace(cost).is_none()
        }
        PlatformEntryKind::Arrives(first, last) => {
            figures.arrives_source = source;
            wrong.extend(backwards(*first, *last, entry.span));
            figures
                .arrives
                .replace((*first, last.unwrap_or(*first)))
                .is_none()
        }
        PlatformEntryKind::Converts(percent) => {
            wrong.extend(too_much(*percent, entry.span));
            figures.converts_source = source;
            figures.converts.replace(*percent).is_none()
        }
        PlatformEntryKind::Zone(zone) => {
            wrong.extend(unknown_zone(zone));
            figures.zone.replace(Arc::clone(&zone.value)).is_none()
        }
        PlatformEntryKind::Source(text) => {
            figures.source.replace(Arc::clone(&text.value)).is_none()
        }
        PlatformEntryKind::ApiNone => !std::mem::replace(&mut figures.is_by_hand, true),
        PlatformEntryKind::Length { .. }
        | PlatformEntryKind::Images(..)
        | PlatformEntryKind::Links { .. }
        | PlatformEntryKind::AccountRequired
        | PlatformEntryKind::Tier { .. }
        | PlatformEntryKind::Message { .. } => {
            wrong.push(of_a_message(entry.span));
            true
        }
    };
    if !is_new {
        wrong.push(said_twice(entry.span));
    }
}

/// The limits of one kind of message.
fn message(of: &[PlatformEntry], wrong: &mut Vec<Diagnostic>) -> MessageLimits {
    let mut limits = MessageLimits::default();
    for entry in of {
        let is_new = match &entry.kind {
            PlatformEntryKind::Cap(written) => {
                let source = entry
                    .source
                    .as_ref()
                    .map(|source| Arc::clone(&source.value));
                match cap(written, source, wrong) {
                    Some(cap) => add_cap(&mut limits.caps, cap),
                    None => true,
                }
            }
            PlatformEntryKind::Length {
                limit: amount,
                unit,
            } => {
                let unit = length_unit(unit, wrong);
                match (limit(amount, entry.span, wrong), unit) {
                    (Some(limit), Some(unit)) => limits.length.replace((limit, unit)).is_none(),
                    _ => true,
                }
            }
            PlatformEntryKind::Images(amount, kind) => {
                let place = match kind {
                    ImageKind::Images => &mut limits.images,
                    ImageKind::Attachments => &mut limits.attachments,
                };
                set(place, limit(amount, entry.span, wrong))
            }
            PlatformEntryKind::Links {
                kind,
                limit: amount,
            } => {
                let limit = limit(amount, entry.span, wrong);
                match &*kind.text {
                    "internal" | "站内" => set(&mut limits.internal_links, limit),
                    "external" | "站外" => set(&mut limits.external_links, limit),
                    _ => {
                        let what = say!("kind of link", "链接类型");
                        wrong.push(unknown_word(kind, what, &["internal", "external"]));
                        true
                    }
                }
            }
            PlatformEntryKind::AccountRequired => {
                !std::mem::replace(&mut limits.is_account_required, true)
            }
            PlatformEntryKind::Source(_) => true,
            PlatformEntryKind::Cost { .. }
            | PlatformEntryKind::Arrives(..)
            | PlatformEntryKind::Converts(_)
            | PlatformEntryKind::Zone(_)
            | PlatformEntryKind::ApiNone
            | PlatformEntryKind::Tier { .. }
            | PlatformEntryKind::Message { .. } => {
                wrong.push(misplaced(entry.span));
                true
            }
        };
        if !is_new {
            wrong.push(said_twice(entry.span));
        }
    }
    limits
}

/// Sets what may be said once; whether it had not been said.
fn set(place: &mut Option<Limit>, limit: Option<Limit>) -> bool {
    match limit {
        Some(limit) => place.replace(limit).is_none(),
        None => true,
    }
}

/// Adds a cap; whether none like it, for the same messages, was there.
fn add_cap(caps: &mut Vec<Cap>, cap: Cap) -> bool {
    let is_new = !caps
        .iter()
        .any(|known| known.counts_like(&cap) && known.when == cap.when);
    caps.push(cap);
    is_new
}

fn cap(written: &CapEntry, source: Option<Arc<str>>, wrong: &mut Vec<Diagnostic>) -> Option<Cap> {
    let before = wrong.len();
    let what = say!("thing to count", "计数单位");
    let counted = word(&written.counted, &COUNTED, what, wrong);
    let per = match &written.per {
        CapPer::Word(per) => word(per, &PER, say!("period of a cap", "限额周期"), wrong),
        CapPer::Duration(duration, span) => days(*duration, *span, wrong),
    };
    let excess = match &written.on_excess {
        Some(excess) => word(
            excess,
            &EXCESS,
            say!("way to handle excess", "超额处理方式"),
            wrong,
        ),
        None => Some(Excess::Reject),
    };
    let amount = match &written.amount {
        Amount::Percent(percent) => match Share::from_percent(*percent) {
            Some(share) => CapAmount::Share(share),
            None => {
                wrong.extend(too_much(*percent, written.amount_span));
                return None;
            }
        },
        Amount::Number(number) => CapAmount::Limit(Limit::Number(*number)),
        Amount::None => CapAmount::Limit(Limit::None),
        Amount::Unknown => CapAmount::Limit(Limit::Unknown),
    };
    let when = written.when.as_ref().map(|when| condition(when, wrong));
    if wrong.len() > before {
        return None;
    }
    if matches!(amount, CapAmount::Share(_)) && written.when.is_none() {
        wrong.push(bad(
            written.amount_span,
            say!("a share of nothing", "没有可按比例计算的对象"),
            say!(
                "write a number, or say `when` it holds",
                "请写数字，或用 `when` 说明何时适用"
            ),
        ));
        return None;
    }
    Some(Cap {
        amount,
        counted: counted?,
        per: per?,
        is_per_recipient: written.per_recipient,
        is_rolling: written.rolling,
        when: when.flatten(),
        excess: excess?,
        source,
        span: written.amount_span,
    })
}

/// A word that must be one of a few; its singular (`1 send`) is one, too.
fn word<T: Copy>(
    word: &Ident,
    known: &[(&str, T)],
    what: Phrase,
    wrong: &mut Vec<Diagnostic>,
) -> Option<T> {
    let is_it = |name: &str| *name == *word.text || name.strip_suffix('s') == Some(&*word.text);
    let found = known.iter().find(|(name, _)| is_it(name));
    if found.is_none() {
        let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        wrong.push(unknown_word(word, what, &names));
    }
    found.map(|(_, meaning)| *meaning)
}

fn unknown_word(word: &Ident, what: Phrase, known: &[&str]) -> Diagnostic {
    let unknown = Unknown {
        code: Code::BadPlatform,
        what,
        name: &word.text,
        span: word.span,
    };
    unknown.with(known.iter().copied())
}

fn length_unit(unit: &Ident, wrong: &mut Vec<Diagnostic>) -> Option<LengthUnit> {
    let units: Vec<(&str, LengthUnit)> = LengthUnit::ALL
        .iter()
        .map(|unit| (unit.word(), *unit))
        .collect();
    word(unit, &units, say!("unit of length", "长度单位"), wrong)
}

/// `7d`, `2w`: whole calendar days.
fn days(duration: Duration, span: Span, wrong: &mut Vec<Diagnostic>) -> Option<Per> {
    let days = match duration.unit {
        Unit::Day => Some(duration.count),
        Unit::Week => duration.count.checked_mul(7),
        _ => None,
    };
    match days {
        Some(days) if days > 0 && days <= 366 => Some(Per::Days(days)),
        Some(_) | None => {
            wrong.push(bad(
                span,
                say!("not a number of days from 1 to 366", "不是 1 到 366 天"),
                say!("write days, such as 7d", "请写天数，如 7d"),
            ));
            None
        }
    }
}

fn priced(unit: Option<&Ident>) -> Counted {
    let is_it = |name: &str, word: &str| name == word || name.strip_suffix('s') == Some(word);
    let unit = unit.map_or("messages", |unit| &*unit.text);
    let found = COUNTED.iter().find(|(name, _)| is_it(name, unit));
    found.map_or(Counted::Messages, |(_, counted)| *counted)
}

fn limit(amount: &Amount, span: Span, wrong: &mut Vec<Diagnostic>) -> Option<Limit> {
    match amount {
        Amount::Number(number) => Some(Limit::Number(*number)),
        Amount::None => Some(Limit::None),
        Amount::Unknown => Some(Limit::Unknown),
        Amount::Percent(_) => {
            wrong.push(bad(
                span,
                say!("a share of nothing", "没有可按比例计算的对象"),
                say!("write a number", "请写数字"),
            ));
            None
        }
    }
}

fn too_much(percent: Number, span: Span) -> Option<Diagnostic> {
    Share::from_percent(percent).is_none().then(|| {
        bad(
            span,
            say!("more than everything", "超过全部"),
            say!("write a share up to 100%", "请写不超过 100% 的比例"),
        )
    })
}

fn backwards(first: Duration, last: Option<Duration>, span: Span) -> Option<Diagnostic> {
    let last = last?;
    let is_backwards = first.even_ms()? > last.even_ms()?;
    is_backwards.then(|| {
        bad(
            span,
            say!("the slowest before the quickest", "最慢的写在了最快的前面"),
            say!("turn the two around", "请把两者对调"),
        )
    })
}

fn unknown_zone(zone: &Text) -> Option<Diagnostic> {
    Zone::named(&zone.value).is_err().then(|| {
        bad(
            zone.span,
            say!("no such time zone", "没有这个时区"),
            say!(
                "write a name such as \"Asia/Shanghai\"",
                "请写时区名，如 \"Asia/Shanghai\""
            ),
        )
    })
}

fn said_twice(span: Span) -> Diagnostic {
    bad(
        span,
        say!("said already above", "上面已经写过"),
        say!("keep one of the two", "请只保留一处"),
    )
}

fn misplaced(span: Span) -> Diagnostic {
    bad(
        span,
        say!("cannot be said here", "不能写在这里"),
        say!(
            "say it of the platform or of a tier",
            "请写在平台或级别之下"
        ),
    )
}

fn of_a_message(span: Span) -> Diagnostic {
    bad(
        span,
        say!("true of a kind of message only", "只能用于某类消息"),
        say!(
            "put it inside `message text {{ … }}`",
            "请写进 `message text {{ … }}`"
        ),
    )
}

pub(super) fn bad(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::BadPlatform,
        span,
        say!("the platform's figure cannot be", "平台的数值不可能"),
    )
    .label(label)
    .help(help)
}
