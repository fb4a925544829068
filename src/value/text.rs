//! How texts are trimmed, normalised and folded.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Drops white space around a text and brings it to NFC.
pub fn normalise_text(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => Cow::Borrowed(text),
        IsNormalized::No | IsNormalized::Maybe => Cow::Owned(text.nfc().collect()),
    }
}

/// NFKC and case folding: what `text folded` compares.
///
/// Folding is lower(upper(x)), which joins ß with ss and ς with σ as full case folding does.
pub fn fold_text(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => Cow::Owned(text.to_ascii_lowercase()),
            false => Cow::Borrowed(text),
        };
    }
    let once: String = text
        .nfkc()
        .collect::<String>()
        .to_uppercase()
        .to_lowercase();
    Cow::Owned(once.replace('ς', "σ").nfkc().collect())
}

/// Full-width ASCII as ASCII; other characters stay.
pub fn narrow(text: &str) -> Cow<'_, str> {
    let is_wide = |character: char| matches!(character, '\u{ff01}'..='\u{ff5e}' | '\u{3000}');
    if !text.contains(is_wide) {
        return Cow::Borrowed(text);
    }
    let narrowed = text.chars().map(|character| match character {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => {
            char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character)
        }
        other => other,
    });
    Cow::Owned(narrowed.collect())
}
