//! Turns what people type for a place into the forms that are looked up.
//!
//! Invariants: a normalised spelling is NFKC (full-width letters, digits and punctuation become
//! ASCII) and trimmed; a romanised key has no case, tone, apostrophe, blank or hyphen.

use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Longer spellings are no place's name.
pub(super) const LONGEST_SPELLING_BYTES: usize = 256;

/// How ü is written when the key has no umlauts.
#[derive(Clone, Copy)]
pub(super) enum Umlaut {
    V,
    U,
    Yu,
}

/// One part of a path, as typed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    /// Whether only blanks and hyphens stand before it, which also join syllables (Hong Kong).
    pub(super) is_loose: bool,
}

/// The spelling in NFKC without white space around it.
pub(super) fn normalise(spelling: &str) -> Cow<'_, str> {
    let trimmed = spelling.trim();
    if trimmed.is_ascii() || is_nfkc_quick(trimmed.chars()) == IsNormalized::Yes {
        return Cow::Borrowed(trimmed);
    }
    let folded: String = trimmed.nfkc().collect();
    Cow::Owned(folded.trim().to_owned())
}

/// The key under which a romanised spelling is found; `None` when it has no Latin letter.
pub(super) fn romanised(text: &str, umlaut: Umlaut) -> Option<String> {
    if text.is_ascii() {
        return romanised_chars(text.chars(), text.len(), umlaut);
    }
    if !text.chars().any(is_latin) {
        return None;
    }
    romanised_chars(text.nfd(), text.len(), umlaut)
}

fn romanised_chars(
    chars: impl Iterator<Item = char>,
    bytes: usize,
    umlaut: Umlaut,
) -> Option<String> {
    let mut key = String::with_capacity(bytes);
    let mut has_letter = false;
    for c in chars {
        match c {
            '\u{308}' => write_umlaut(&mut key, umlaut),
            '\'' | '’' | '‘' | '`' | 'ʼ' | '-' | '‐' | '–' | '\u{300}'..='\u{36f}' => {}
            _ if c.is_whitespace() => {}
            _ => {
                has_letter |= is_latin(c);
                key.extend(c.to_lowercase());
            }
        }
    }
    has_letter.then_some(key)
}

/// Two dots over a u; over other letters they are dropped like any mark.
fn write_umlaut(key: &mut String, umlaut: Umlaut) {
    if key.ends_with('u') {
        key.pop();
        key.push_str(match umlaut {
            Umlaut::V => "v",
            Umlaut::U => "u",
            Umlaut::Yu => "yu",
        });
    }
}

fn is_latin(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}')
}

/// Splits a normalised spelling at the separators of paths; blank parts are skipped.
pub(super) fn parts(text: &str) -> Vec<Part<'_>> {
    let mut found = Vec::new();
    let mut is_loose = true;
    for piece in text.split_inclusive(is_separator) {
        let body = piece.trim_end_matches(is_separator);
        if !body.is_empty() {
            found.push(Part {
                text: body,
                is_loose,
            });
            is_loose = true;
        }
        is_loose &= piece
            .get(body.len()..)
            .is_none_or(|rest| rest.chars().all(is_loose_separator));
    }
    found
}

fn is_separator(c: char) -> bool {
    is_loose_separator(c)
        || matches!(
            c,
            '/' | '\\' | '>' | ',' | '、' | '|' | '·' | '・' | '•' | '‧' | '∙' | '→' | '⁄' | '∕'
        )
}

fn is_loose_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '‐' | '–' | '—' | '−')
}

/// The six digits of an adcode.
pub(super) fn adcode(text: &str) -> Option<u32> {
    let is_code = text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_code.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_forms_become_ascii() {
        assert_eq!(normalise("　１１００００ "), "110000");
        assert_eq!(normalise("北京／海淀"), "北京/海淀");
    }

    #[test]
    fn romanised_keys_drop_what_only_joins_syllables() {
        let key = |text| romanised(text, Umlaut::V).unwrap();
        assert_eq!(key("Xi'an"), "xian");
        assert_eq!(key("HONG-KONG"), "hongkong");
        assert_eq!(key("Běi jīng"), "beijing");
        assert_eq!(key("Lǚliáng"), "lvliang");
        assert_eq!(romanised("Lüliang", Umlaut::Yu).unwrap(), "lyuliang");
        assert!(romanised("北京", Umlaut::V).is_none());
    }

    #[test]
    fn parts_know_whether_only_blanks_separate_them() {
        let shape: Vec<_> = parts("Guangdong / Hong Kong,  A-B")
            .iter()
            .map(|part| (part.text.to_owned(), part.is_loose))
            .collect();
        let expected = [
            ("Guangdong", true),
            ("Hong", false),
            ("Kong", true),
            ("A", false),
            ("B", true),
        ];
        assert_eq!(
            shape,
            expected.map(|(text, loose)| (text.to_owned(), loose))
        );
    }
}
