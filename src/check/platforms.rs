//! Checks the words and figures of platforms, and that campaigns name platforms there are.
//!
//! Invariant: what a limit means for a plan is not decided here, only that it can mean something.

use super::condition::Scope;
use super::problem::Unknown;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{
    Amount, CapEntry, CapPer, Ident, PlatformEntry, PlatformEntryKind, PlatformItem,
};
use crate::value::{Number, Share, Zone};
use indexmap::IndexSet;

const COUNTED: &[&str] = &["recipients", "sends", "calls", "messages", "segments"];
const PER: &[&str] = &["send", "call", "second", "minute", "hour", "day", "month"];
const LENGTH_UNITS: &[&str] = &["chars", "bytes", "utf16", "sms", "sms_cn"];
const LINK_KINDS: &[&str] = &["internal", "external"];
const ON_EXCESS: &[&str] = &["reject", "drop", "queue"];

/// Everything that is wrong inside platforms.
pub(super) fn platforms(items: &[PlatformItem]) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    for item in items {
        entries(&item.entries, &mut wrong);
    }
    wrong
}

fn entries(of: &[PlatformEntry], wrong: &mut Vec<Diagnostic>) {
    for entry in of {
        match &entry.kind {
            PlatformEntryKind::Cap(cap) => cap_entry(cap, wrong),
            PlatformEntryKind::Tier { entries: inner, .. }
            | PlatformEntryKind::Message { entries: inner, .. } => entries(inner, wrong),
            PlatformEntryKind::Length { limit, unit } => {
                wrong.extend(word(unit, LENGTH_UNITS, say!("unit of length", "长度单位")));
                wrong.extend(share_of_nothing(limit, entry.span));
            }
            PlatformEntryKind::Images(limit, _) => {
                wrong.extend(share_of_nothing(limit, entry.span));
            }
            PlatformEntryKind::Links { kind, limit } => {
                wrong.extend(word(kind, LINK_KINDS, say!("kind of link", "链接类型")));
                wrong.extend(share_of_nothing(limit, entry.span));
            }
            PlatformEntryKind::Converts(percent) => wrong.extend(share(*percent, entry.span)),
            PlatformEntryKind::Zone(zone) => {
                if Zone::named(&zone.value).is_err() {
                    wrong.push(bad(
                        zone.span,
                        say!("no such time zone", "没有这个时区"),
                        say!(
                            "write a name such as \"Asia/Shanghai\"",
                            "请写时区名，如 \"Asia/Shanghai\""
                        ),
                    ));
                }
            }
            PlatformEntryKind::AccountRequired
            | PlatformEntryKind::Cost { .. }
            | PlatformEntryKind::Arrives(..)
            | PlatformEntryKind::Source(_)
            | PlatformEntryKind::ApiNone => {}
        }
    }
}

fn cap_entry(cap: &CapEntry, wrong: &mut Vec<Diagnostic>) {
    wrong.extend(word(
        &cap.counted,
        COUNTED,
        say!("thing to count", "计数单位"),
    ));
    if let CapPer::Word(per) = &cap.per {
        wrong.extend(word(per, PER, say!("period of a cap", "限额周期")));
    }
    if let Some(excess) = &cap.on_excess {
        wrong.extend(word(
            excess,
            ON_EXCESS,
            say!("way to handle excess", "超额处理方式"),
        ));
    }
    if let Amount::Percent(percent) = &cap.amount {
        wrong.extend(share(*percent, cap.amount_span));
    }
}

/// A word that must be one of a few; its singular (`1 send`) is one, too.
fn word(word: &Ident, known: &[&'static str], what: Phrase) -> Option<Diagnostic> {
    let is_known = known
        .iter()
        .any(|each| **each == *word.text || each.strip_suffix('s') == Some(&*word.text));
    let unknown = Unknown {
        code: Code::BadPlatform,
        what,
        name: &word.text,
        span: word.span,
    };
    (!is_known).then(|| unknown.with(known.iter().copied()))
}

fn share(percent: Number, span: Span) -> Option<Diagnostic> {
    Share::from_percent(percent).is_none().then(|| {
        bad(
            span,
            say!("more than everything", "超过全部"),
            say!("write a share up to 100%", "请写不超过 100% 的比例"),
        )
    })
}

/// A share where only a number makes sense.
fn share_of_nothing(limit: &Amount, span: Span) -> Option<Diagnostic> {
    matches!(limit, Amount::Percent(_)).then(|| {
        bad(
            span,
            say!("a share of nothing", "没有可按比例计算的对象"),
            say!("write a number", "请写数字"),
        )
    })
}

fn bad(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::BadPlatform,
        span,
        say!("the platform's figure cannot be", "平台的数值不可能"),
    )
    .label(label)
    .help(help)
}

impl Scope<'_> {
    /// Says when a campaign names a platform, profile or tier that there is not.
    pub(super) fn known_platform(
        &mut self,
        name: &Ident,
        profile: Option<&Ident>,
        tier: Option<&Ident>,
    ) {
        let all = &self.rules.platforms;
        let same = |item: &&PlatformItem| item.name.text == name.text;
        if !all.iter().any(|item| same(&item)) {
            let known: IndexSet<&str> = all.iter().map(|item| &*item.name.text).collect();
            let what = say!("platform", "平台");
            return self.report(unknown(name, what).with(known));
        }
        let here: Vec<&PlatformItem> = all.iter().filter(same).collect();
        let profiles = here.iter().filter_map(|item| item.profile.as_ref());
        let tiers = here.iter().flat_map(|item| tier_names(item));
        let wrong_profile = missing(profile, profiles, say!("profile", "版本"));
        let wrong_tier = missing(tier, tiers, say!("tier", "级别"));
        for diagnostic in wrong_profile.into_iter().chain(wrong_tier) {
            self.report(diagnostic);
        }
    }
}

fn tier_names(item: &PlatformItem) -> impl Iterator<Item = &Ident> {
    item.entries.iter().filter_map(|entry| match &entry.kind {
        PlatformEntryKind::Tier { name, .. } => Some(name),
        PlatformEntryKind::Cap(_)
        | PlatformEntryKind::Message { .. }
        | PlatformEntryKind::Length { .. }
        | PlatformEntryKind::Images(..)
        | PlatformEntryKind::Links { .. }
        | PlatformEntryKind::AccountRequired
        | PlatformEntryKind::Cost { .. }
        | PlatformEntryKind::Arrives(..)
        | PlatformEntryKind::Converts(_)
        | PlatformEntryKind::Zone(_)
        | PlatformEntryKind::Source(_)
        | PlatformEntryKind::ApiNone => None,
    })
}

fn unknown(name: &Ident, what: Phrase) -> Unknown<'_> {
    Unknown {
        code: Code::UnknownPlatform,
        what,
        name: &name.text,
        span: name.span,
    }
}

fn missing<'a>(
    wanted: Option<&Ident>,
    known: impl Iterator<Item = &'a Ident>,
    what: Phrase,
) -> Option<Diagnostic> {
    let wanted = wanted?;
    let known: Vec<&str> = known.map(|name| &*name.text).collect();
    let is_known = known.contains(&&*wanted.text);
    (!is_known).then(|| unknown(wanted, what).with(known))
}
