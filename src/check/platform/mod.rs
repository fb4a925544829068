//! Turns platform items into platforms with settled figures, and finds the ones campaigns name.
//!
//! Invariants: a platform of the rule files replaces the built-in one of the same name and profile;
//! the built-in ones are read only when a campaign or platform asks for them.

mod entries;
mod when;

use super::condition::Scope;
use super::problem::Unknown;
use super::sending::Platform;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::Name;
use crate::say;
use crate::source::SourceId;
use crate::syntax::ast::{Ident, Item, PlatformItem};
use crate::syntax::parse;
use entries::figures;
use indexmap::{IndexMap, IndexSet};
use std::sync::{Arc, LazyLock};

/// The rule text of the built-in platforms.
pub const BUILT_IN: &str = include_str!("built_in.seg");

/// The built-in platforms belong to no source that can be shown; nothing about them is reported.
const NO_SOURCE: SourceId = SourceId(u32::MAX);

static BUILT_IN_PLATFORMS: LazyLock<Vec<Arc<Platform>>> = LazyLock::new(|| {
    let parsed = parse(NO_SOURCE, BUILT_IN);
    let items = parsed.file.items.iter().filter_map(|item| match item {
        Item::Platform(item) => Some(item),
        _ => None,
    });
    let settled = items.map(|item| Arc::new(platform(item, true, &mut Vec::new())));
    settled.collect()
});

/// The platforms that come with segrule, settled.
pub fn built_in_platforms() -> &'static [Arc<Platform>] {
    &BUILT_IN_PLATFORMS
}

/// Settles the platforms of rule files and adds the built-in ones that they do not replace.
pub(super) fn platforms(
    items: &[&PlatformItem],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Arc<Platform>> {
    let mut found: Vec<Arc<Platform>> = Vec::new();
    for item in items {
        found.push(Arc::new(platform(item, false, diagnostics)));
    }
    for built_in in BUILT_IN_PLATFORMS.iter() {
        let is_replaced =
            |own: &Arc<Platform>| own.name == built_in.name && own.profile == built_in.profile;
        if !found.iter().any(is_replaced) {
            found.push(Arc::clone(built_in));
        }
    }
    found
}

fn platform(item: &PlatformItem, is_built_in: bool, wrong: &mut Vec<Diagnostic>) -> Platform {
    let (figures, tiers) = figures(&item.entries, wrong);
    Platform {
        name: Name::new(&item.name.text),
        title: item.title.as_ref().map(|title| Arc::clone(&title.value)),
        profile: item
            .profile
            .as_ref()
            .map(|profile| Name::new(&profile.text)),
        figures,
        tiers: tiers.into_iter().collect::<IndexMap<_, _>>(),
        is_built_in,
    }
}

impl Scope<'_> {
    /// The platform and tier that a campaign names, by name or title; says when there is none.
    pub(super) fn known_platform(
        &mut self,
        name: &Ident,
        profile: Option<&Ident>,
        tier: Option<&Ident>,
    ) -> Option<(Arc<Platform>, Option<Name>)> {
        let all = &self.rules.platforms;
        let is_named = |each: &&Arc<Platform>| {
            let wanted = Name::new(&name.text);
            each.name == wanted || each.title.as_deref() == Some(wanted.as_str())
        };
        let here: Vec<&Arc<Platform>> = all.iter().filter(is_named).collect();
        if here.is_empty() {
            if !self.memory.broken.contains(&Name::new(&name.text)) {
                let known: IndexSet<&str> = all.iter().map(|each| each.name.as_str()).collect();
                let what = say!("platform", "平台");
                let diagnostic = unknown(name, what).with(known);
                self.report(diagnostic);
            }
            return None;
        }
        let wanted_profile = profile.map(|profile| Name::new(&profile.text));
        let Some(platform) = here.iter().find(|each| each.profile == wanted_profile) else {
            let diagnostic = no_profile(name, profile, &here);
            self.report(diagnostic);
            let has_tier = |wanted: &Ident| {
                let mut all = here.iter().flat_map(|each| each.tiers.keys());
                all.any(|known| *known == Name::new(&wanted.text))
            };
            if let Some(tier) = tier.filter(|tier| !has_tier(tier)) {
                let known = here.iter().flat_map(|each| each.tiers.keys());
                let diagnostic = unknown(tier, say!("tier", "级别")).with(known.map(Name::as_str));
                self.report(diagnostic);
            }
            return None;
        };
        let wanted_tier = tier.map(|tier| Name::new(&tier.text));
        if let (Some(tier), Some(wanted)) = (tier, &wanted_tier)
            && !platform.tiers.contains_key(wanted)
        {
            let known = platform.tiers.keys().map(Name::as_str);
            let diagnostic = unknown(tier, say!("tier", "级别")).with(known);
            self.report(diagnostic);
            // The rest of the campaign is held against the platform without a tier.
            return Some((Arc::clone(platform), None));
        }
        Some((Arc::clone(platform), wanted_tier))
    }
}

/// The profile named is none of the platform's, or none is named and it has only named ones.
fn no_profile(name: &Ident, profile: Option<&Ident>, here: &[&Arc<Platform>]) -> Diagnostic {
    let known = here.iter().filter_map(|each| each.profile.as_ref());
    let at = profile.unwrap_or(name);
    let what = say!("profile", "版本");
    unknown(at, what).with(known.map(Name::as_str))
}

fn unknown(ident: &Ident, what: Phrase) -> Unknown<'_> {
    Unknown {
        code: Code::UnknownPlatform,
        what,
        name: &ident.text,
        span: ident.span,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_platforms_have_no_mistake_and_every_number_a_source() {
        let parsed = parse(NO_SOURCE, BUILT_IN);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        let mut wrong = Vec::new();
        for item in &parsed.file.items {
            let Item::Platform(item) = item else {
                panic!("{item:?}");
            };
            let platform = platform(item, true, &mut wrong);
            let source = platform.figures.source.as_deref().unwrap();
            let has_date = |text: &str| text.contains("2025-") || text.contains("2026-");
            assert!(has_date(source), "{source}");
            for cap in &platform.figures.caps {
                assert!(cap.source.as_deref().is_none_or(has_date), "{cap:?}");
            }
        }
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
