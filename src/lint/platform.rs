//! Platforms that take the place of built-in ones.

use super::Rules;
use crate::check::platform::built_in_platforms;
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::syntax::ast::Item;

pub(super) fn shadowed(rules: Rules) -> Vec<Diagnostic> {
    let platforms = rules.items().filter_map(|item| match item {
        Item::Platform(platform) => Some(platform),
        _ => None,
    });
    let shadowed = platforms.filter(|item| {
        let profile = item
            .profile
            .as_ref()
            .map(|profile| Name::new(&profile.text));
        let name = Name::new(&item.name.text);
        built_in_platforms()
            .iter()
            .any(|each| each.name == name && each.profile == profile)
    });
    shadowed
        .map(|item| {
            let name = &item.name.text;
            Diagnostic::new(
                Code::ShadowedPlatform,
                item.name.span,
                say!(
                    "`{name}` takes the place of the built-in platform",
                    "`{name}` 取代了内置平台"
                ),
            )
            .label(say!("all its figures count, no built-in one", "以这里的数字为准，内置的不再有效"))
            .help(say!(
                "if only some figures differ, give it another name or a `profile` of its own; `segrule show platforms` prints the built-in ones",
                "若只有部分数字不同，请另取名称或另立 profile；内置数字见 `segrule show platforms`"
            ))
        })
        .collect()
}
