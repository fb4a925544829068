//! Turns tokens into how they are written: ASCII signs and digits, one space inside keywords.
//!
//! Invariants: a token's meaning never changes; texts, patterns and backquoted names stay.

use crate::syntax::Kind;
use crate::value::narrow;
use std::borrow::Cow;

/// White space inside a token.
const SPACES: [char; 6] = [' ', '\t', '\r', '\n', '\u{3000}', '\u{a0}'];

/// A token as it is written.
pub(super) fn written(kind: Kind, text: &str) -> Cow<'_, str> {
    match kind {
        Kind::Comment => comment(text).into(),
        Kind::Duration | Kind::DurationAgo => duration(text).into(),
        _ if text.bytes().all(|byte| byte.is_ascii_graphic()) => text.into(),
        Kind::Text => text_literal(text),
        Kind::Regex | Kind::Broken => text.into(),
        Kind::Name | Kind::Part | Kind::Word => name(text),
        Kind::CompareOp => {
            let signs = narrow(text).replace('≠', "!=");
            signs.replace('≤', "<=").replace('≥', ">=").into()
        }
        Kind::Comma => ",".into(),
        _ => sign_or_word(text),
    }
}

/// `＃  why ` as `#  why`.
pub(super) fn comment(text: &str) -> String {
    let marks = text
        .chars()
        .take_while(|&c| matches!(c, '#' | '＃'))
        .count();
    let rest = text.trim_start_matches(['#', '＃']);
    let rest = rest.trim_end_matches([' ', '\t', '\u{3000}', '\u{a0}']);
    // A line break right behind a lone carriage return would swallow it.
    let end = if rest.ends_with('\r') { " " } else { "" };
    format!("{}{rest}{end}", "#".repeat(marks))
}

fn name(text: &str) -> Cow<'_, str> {
    let is_wide = |c: char| matches!(c, '０'..='９' | '＿');
    if text.starts_with('`') || !text.contains(is_wide) {
        return text.into();
    }
    let ascii = |c: char| match is_wide(c) {
        true => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        false => c,
    };
    text.chars().map(ascii).collect()
}

/// `30 天` as `30天`; only `ago` stands apart.
fn duration(text: &str) -> String {
    let text = narrow(text);
    match text.strip_suffix("ago") {
        Some(length) => format!("{} ago", one_space(length).replace(' ', "")),
        None => one_space(&text).replace(' ', ""),
    }
}

fn sign_or_word(text: &str) -> Cow<'_, str> {
    let text = narrow(text);
    if !text.contains(['−', '×', '÷']) && !text.contains(SPACES) {
        return text;
    }
    let plain = text.replace('−', "-").replace('×', "*").replace('÷', "/");
    one_space(&plain).into()
}

fn one_space(text: &str) -> String {
    let words: Vec<&str> = text.split(SPACES).filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// `“甲”` as `"甲"`, with the quotes inside escaped.
fn text_literal(text: &str) -> Cow<'_, str> {
    let inner = [('“', '”'), ('＂', '＂')]
        .iter()
        .find_map(|(open, close)| text.strip_prefix(*open)?.strip_suffix(*close));
    let Some(inner) = inner else {
        return text.into();
    };
    let mut out = String::from("\"");
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => match characters.next() {
                Some('”') => out.push('”'),
                Some(escaped) => out.extend(['\\', escaped]),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out.push('"');
    out.into()
}
