//! Texts in rules whose letters only look like others.

use super::Rules;
use super::literal::{Written, written};
use crate::diag::{Code, Diagnostic, Edit};
use crate::say;
use crate::value::narrow;
use unicode_security::skeleton;

pub(super) fn lookalikes(rules: Rules) -> Vec<Diagnostic> {
    written(rules).iter().filter_map(lookalike).collect()
}

fn lookalike(written: &Written) -> Option<Diagnostic> {
    let text = &*written.text;
    // Plain texts, the most of them, are in order.
    if text.is_ascii() {
        return None;
    }
    let (twin, label) = if has_two_alphabets(text) {
        let twin: String = skeleton(text).collect();
        let label = say!("letters of two alphabets", "混用了两种字母");
        (latin(text).unwrap_or(twin), label)
    } else if !written.is_folded && has_wide_letters(text) {
        let label = say!("full-width letters or digits", "全角字母或数字");
        (narrow(text).into_owned(), label)
    } else {
        return None;
    };
    let (shown, twin_shown) = (
        crate::diag::escape_controls(text),
        crate::diag::escape_controls(&twin),
    );
    let diagnostic = Diagnostic::new(
        Code::LookalikeText,
        written.span,
        say!(
            "\"{shown}\" only looks like \"{twin_shown}\"",
            "\"{shown}\" 只是看起来像 \"{twin_shown}\""
        ),
    )
    .label(label)
    .help(say!(
        "write \"{twin_shown}\", unless the data has it this way",
        "若数据并非如此，请写 \"{twin_shown}\""
    ));
    if twin.contains(['"', '\\']) || twin.contains(crate::diag::is_hidden) {
        return Some(diagnostic);
    }
    let edit = Edit {
        span: written.span,
        text: format!("\"{twin}\""),
    };
    let title = say!("write \"{twin_shown}\"", "写成 \"{twin_shown}\"");
    Some(diagnostic.unsafe_fix(title, vec![edit]))
}

fn has_wide_letters(text: &str) -> bool {
    text.chars()
        .any(|c| matches!(c, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ'))
}

/// Whether one word has Latin and Cyrillic or Greek letters.
fn has_two_alphabets(text: &str) -> bool {
    text.split(|c: char| !c.is_alphabetic()).any(|word| {
        let is_latin = |c: char| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}');
        let is_other = |c: char| matches!(c, '\u{370}'..='\u{3ff}' | '\u{400}'..='\u{52f}');
        word.contains(is_latin) && word.contains(is_other)
    })
}

/// The text with each Cyrillic or Greek letter as the Latin one it looks like; none when one looks
/// like no such letter.
fn latin(text: &str) -> Option<String> {
    let one = |c: char| {
        if !matches!(c, '\u{370}'..='\u{52f}') {
            return Some(c);
        }
        let found: Vec<char> = skeleton(c.encode_utf8(&mut [0; 4])).collect();
        match found.as_slice() {
            [letter] if letter.is_ascii_alphabetic() => Some(*letter),
            _ => None,
        }
    };
    text.chars().map(one).collect()
}
