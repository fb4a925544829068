//! Finds forbidden words in a message however they are dressed up.
//!
//! Invariants: a word is found through full width, case, and blanks or invisible characters put
//! between its characters; a word that starts or ends with an ASCII letter or digit is not found in
//! the middle of a longer ASCII word; what is marked is the text as written.

use crate::check::condition::Scope;
use crate::diag::{Code, Diagnostic, escape_controls, is_hidden};
use crate::name::Name;
use crate::say;
use crate::source::{Sources, Span};
use crate::syntax::ast::{CampaignItem, ClauseKind, MessagePartKind, Text};
use crate::value::fold_text;
use aho_corasick::{AhoCorasick, MatchKind};

/// So many findings in one text are told.
const MOST_TOLD: usize = 10;

impl Scope<'_> {
    /// Says where the texts of a campaign's message hold words of the forbidden lists.
    pub(super) fn check_sensitive(
        &mut self,
        sources: &Sources,
        item: &CampaignItem,
        lists: &[Name],
    ) {
        let mut words: Vec<(String, &Name)> = Vec::new();
        for name in lists {
            let values = self.rules.lists.get(name).map(|list| &list.values);
            for value in values.into_iter().flat_map(|values| values.iter()) {
                let word: String = fold_text(value).chars().filter(|c| !is_blank(*c)).collect();
                if !word.is_empty() {
                    words.push((word, name));
                }
            }
        }
        if words.is_empty() {
            return;
        }
        let builder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(words.iter().map(|(word, _)| word));
        let Ok(finder) = builder else { return };
        for text in message_texts(item) {
            let written = Written::new(sources.text_at(text.span));
            let found = written.find(&finder);
            for (word, start, end) in found.into_iter().take(MOST_TOLD) {
                let base = text.span.start as usize;
                let span = Span::new(text.span.source, base + start, base + end);
                if let Some((word, list)) = words.get(word) {
                    self.report(sensitive(span, word, list));
                }
            }
        }
    }
}

fn sensitive(span: Span, word: &str, list: &Name) -> Diagnostic {
    let word = escape_controls(word);
    Diagnostic::new(
        Code::SensitiveWord,
        span,
        say!("the message holds `{word}`", "消息里有 `{word}`"),
    )
    .label(say!("forbidden by list `{list}`", "名单 `{list}` 禁止"))
    .help(say!("say it in other words", "请换一种说法"))
}

fn message_texts(item: &CampaignItem) -> impl Iterator<Item = &Text> {
    let parts = item.clauses.iter().flat_map(|clause| match &clause.kind {
        ClauseKind::Message { parts, .. } => parts.as_slice(),
        _ => &[],
    });
    parts.filter_map(|part| match &part.kind {
        MessagePartKind::Text(text)
        | MessagePartKind::Field(_, text)
        | MessagePartKind::Account(text)
        | MessagePartKind::Link { target: text, .. } => Some(text),
        MessagePartKind::Images(_) | MessagePartKind::Attachments(_) => None,
    })
}

fn is_blank(character: char) -> bool {
    character.is_whitespace() || character.is_control() || is_hidden(character)
}

/// A text literal as written, with its folded characters and where each comes from.
struct Written {
    folded: String,
    /// For each byte of `folded`: where its character starts and ends in the literal, and whether
    /// another ASCII letter or digit touches it there, before and after.
    origins: Vec<Origin>,
}

#[derive(Clone, Copy)]
struct Origin {
    start: usize,
    end: usize,
    is_joined_before: bool,
    is_joined_after: bool,
}

impl Written {
    fn new(literal: &str) -> Written {
        let signs = decoded(literal);
        let mut written = Written {
            folded: String::new(),
            origins: Vec::new(),
        };
        let joins = |at: Option<&(char, usize, usize)>| {
            at.is_some_and(|(character, ..)| narrow_alphanumeric(*character))
        };
        for (at, &(character, start, end)) in signs.iter().enumerate() {
            if is_blank(character) {
                continue;
            }
            let before = at.checked_sub(1).and_then(|before| signs.get(before));
            let origin = Origin {
                start,
                end,
                is_joined_before: narrow_alphanumeric(character) && joins(before),
                is_joined_after: narrow_alphanumeric(character) && joins(signs.get(at + 1)),
            };
            let folded = fold_text(character.encode_utf8(&mut [0; 4])).into_owned();
            written.origins.extend(folded.bytes().map(|_| origin));
            written.folded.push_str(&folded);
        }
        written
    }

    /// The words found, each with where it starts and ends in the literal; first places first.
    fn find(&self, finder: &AhoCorasick) -> Vec<(usize, usize, usize)> {
        let mut found = Vec::new();
        for hit in finder.find_overlapping_iter(&self.folded) {
            let (Some(first), Some(last)) = (
                self.origins.get(hit.start()),
                hit.end().checked_sub(1).and_then(|at| self.origins.get(at)),
            ) else {
                continue;
            };
            if !first.is_joined_before && !last.is_joined_after {
                found.push((hit.pattern().as_usize(), first.start, last.end));
            }
        }
        found.sort_by_key(|&(word, start, end)| (start, end, word));
        found.dedup_by_key(|&mut (_, start, end)| (start, end));
        found
    }
}

fn narrow_alphanumeric(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(character, '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ')
}

/// The characters of a literal with where each is written; escapes stand for what they mean.
fn decoded(literal: &str) -> Vec<(char, usize, usize)> {
    let mut signs = Vec::new();
    let mut characters = literal.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        if character != '\\' {
            signs.push((character, start, start + character.len_utf8()));
            continue;
        }
        let Some((at, escape)) = characters.next() else {
            break;
        };
        let meant = match escape {
            'n' | 'r' | 't' => '\n',
            'u' => {
                let digits = literal.get(at + 1..).and_then(|rest| {
                    rest.strip_prefix('{')?
                        .split_once('}')
                        .map(|(digits, _)| digits)
                });
                let digits = digits.unwrap_or("");
                while characters
                    .next_if(|(next, _)| *next <= at + 1 + digits.len())
                    .is_some()
                {}
                characters.next();
                u32::from_str_radix(digits, 16)
                    .ok()
                    .and_then(char::from_u32)
                    .unwrap_or('\u{fffd}')
            }
            other => other,
        };
        let end = characters.peek().map_or(literal.len(), |(next, _)| *next);
        signs.push((meant, start, end));
    }
    signs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(literal: &str, word: &str, expected: &[&str]) {
        let folded: String = fold_text(word).chars().filter(|c| !is_blank(*c)).collect();
        let finder = AhoCorasick::new([folded]).unwrap();
        let found = Written::new(literal).find(&finder);
        let found: Vec<&str> = found
            .iter()
            .map(|&(_, start, end)| &literal[start..end])
            .collect();
        assert_eq!(found, expected, "{literal}");
    }

    #[test]
    fn words_are_found_through_width_case_and_blanks() {
        check("\"领取发票\"", "发票", &["发票"]);
        check(
            "\"发 票，发\u{200b}票，发\u{3000}\\n票\"",
            "发票",
            &["发 票", "发\u{200b}票", "发\u{3000}\\n票"],
        );
        check(
            "\"ＦＲＥＥ f r e e Free\"",
            "free",
            &["ＦＲＥＥ", "f r e e", "Free"],
        );
        check("\"\\u{53d1}票\"", "发票", &["\\u{53d1}票"]);
        check("\"免费free领\"", "FREE", &["free"]);
    }

    #[test]
    fn a_word_is_not_found_inside_a_longer_ascii_word() {
        check("\"first class\"", "ass", &[]);
        check("\"freedom\"", "free", &[]);
        check("\"an ass\"", "ass", &["ass"]);
    }
}
