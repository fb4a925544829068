//! Turns one text, version or place and a question into yes or no.

use crate::check::typed::{TextQuestion, TextTest, TextView, VersionRange};
use crate::value::{Version, fold_text};
use std::borrow::Cow;

/// A text as a question looks at it.
pub(super) fn view_text(view: TextView, text: &str) -> Cow<'_, str> {
    match view {
        TextView::Exact => Cow::Borrowed(text),
        TextView::Folded => fold_text(text),
        TextView::Lower => Cow::Owned(text.to_lowercase()),
    }
}

/// Whether a normalised text passes.
pub(crate) fn text_passes(test: &TextTest, text: &str) -> bool {
    let text = view_text(test.view, text);
    match &test.question {
        TextQuestion::OneOf(values) => values.contains(&*text),
        TextQuestion::Contains(parts) => parts.iter().any(|part| text.contains(&**part)),
        TextQuestion::StartsWith(parts) => parts.iter().any(|part| text.starts_with(&**part)),
        TextQuestion::EndsWith(parts) => parts.iter().any(|part| text.ends_with(&**part)),
        TextQuestion::Glob(glob) => glob.matches(&text),
        TextQuestion::Regex(pattern) => pattern.regex.is_match(&text),
        TextQuestion::Length(set) => {
            set.contains(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
        }
    }
}

/// Whether a version lies in one of the ranges.
pub(crate) fn version_passes(ranges: &[VersionRange], version: &Version) -> bool {
    ranges.iter().any(|range| {
        let is_above = range
            .from
            .as_ref()
            .is_none_or(|(from, is_included)| version > from || *is_included && version == from);
        let is_below = range
            .to
            .as_ref()
            .is_none_or(|(to, is_included)| version < to || *is_included && version == to);
        is_above && is_below
    })
}
