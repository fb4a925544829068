//! Turns words that swallowed a keyword, `北京且年龄`, into the words that were meant.
//!
//! Invariants: only Chinese keywords glue; a split leaves no empty name.

use super::Spot;
use crate::diag::{Code, Diagnostic, Edit};
use crate::say;
use crate::source::Span;
use crate::syntax::lex::PieceKind;
use crate::syntax::words;

/// Keywords that are looked for inside a word, longer ones before their parts.
const INSIDE: &[&str] = &[
    "不包含",
    "不为空",
    "开头是",
    "结尾是",
    "包含",
    "早于",
    "晚于",
    "匹配",
    "含有",
    "为空",
    "且",
    "或",
];
/// Keywords that are looked for only at the start or the end of a word: they occur in many words.
const AT_EDGES: &[&str] = &["不在", "至少", "至多", "恰好", "非", "在", "近"];

/// Where a word that swallowed a keyword stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GluedPlace {
    /// Where a condition begins: keywords at the word's edges count too.
    Condition,
    /// Where a value stands, which may be this very word.
    Value,
}

/// What there is to say about a word that parses and swallowed a keyword: one of the words in it must be
/// a name that is known.
///
/// ```
/// use segrule::source::{SourceId, Span};
/// use segrule::syntax::{GluedPlace, glued_word};
/// let is_field = |word: &str| word == "年龄";
/// let found = |word, place| glued_word(word, Span::new(SourceId(0), 0, 15), place, &is_field);
/// assert!(found("北京且年龄", GluedPlace::Value).is_some());
/// assert!(found("非年龄", GluedPlace::Condition).is_some());
/// assert!(found("非年龄", GluedPlace::Value).is_none());
/// assert!(found("北京且上海", GluedPlace::Condition).is_none());
/// ```
pub fn glued_word(
    word: &str,
    span: Span,
    place: GluedPlace,
    is_name: &dyn Fn(&str) -> bool,
) -> Option<Diagnostic> {
    let cut = cut_word(word, place == GluedPlace::Condition);
    let is_keyword = |part: &&str| INSIDE.contains(part) || AT_EDGES.contains(part);
    let keyword = cut.iter().copied().find(is_keyword)?;
    if !cut.iter().any(|part| !is_keyword(part) && is_name(part)) {
        return None;
    }
    let spaced = cut.join(" ");
    let edit = Edit {
        span,
        text: spaced.clone(),
    };
    let what = say!("insert the spaces", "加上空格");
    let diagnostic = needs_spaces(span, keyword, &spaced);
    Some(match place {
        GluedPlace::Condition => diagnostic.fix(what, vec![edit]),
        GluedPlace::Value => diagnostic
            .help(say!(
                "write `{spaced}`, or \"{word}\" if that is the value",
                "请写 `{spaced}`；如果值就是这几个字，请写 \"{word}\""
            ))
            .unsafe_fix(what, vec![edit]),
    })
}

/// Cuts a word at the keywords in it.
fn cut_word(word: &str, is_certain: bool) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = word;
    let mut plain_from = 0;
    let mut at = 0;
    while let Some(tail) = rest.get(at..).filter(|tail| !tail.is_empty()) {
        let found = INSIDE.iter().find(|keyword| tail.starts_with(**keyword));
        match found {
            Some(keyword) => {
                push_edges(
                    &mut parts,
                    rest.get(plain_from..at).unwrap_or(""),
                    is_certain,
                );
                parts.push(rest.get(at..at + keyword.len()).unwrap_or(""));
                rest = rest.get(at + keyword.len()..).unwrap_or("");
                (at, plain_from) = (0, 0);
            }
            None => at += tail.chars().next().map_or(1, char::len_utf8),
        }
    }
    push_edges(&mut parts, rest.get(plain_from..).unwrap_or(""), is_certain);
    parts.retain(|part| !part.is_empty());
    parts
}

/// Adds a word, cut from the keywords at its edges when the grammar already refused it.
fn push_edges<'t>(parts: &mut Vec<&'t str>, word: &'t str, is_certain: bool) {
    if !is_certain {
        return push_number(parts, word);
    }
    let head = AT_EDGES.iter().find(|keyword| word.starts_with(**keyword));
    let (head, word) = word
        .split_at_checked(head.map_or(0, |keyword| keyword.len()))
        .unwrap_or(("", word));
    let digits = word.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (word, number) = match word.split_at_checked(digits) {
        Some((word, number)) if AT_EDGES.iter().any(|keyword| word.ends_with(*keyword)) => {
            (word, number)
        }
        Some(_) | None => (word, ""),
    };
    let tail = AT_EDGES.iter().find(|keyword| word.ends_with(**keyword));
    let cut = word.len() - tail.map_or(0, |keyword| keyword.len());
    let (word, tail) = word.split_at_checked(cut).unwrap_or((word, ""));
    parts.extend([head, word, tail, number]);
}

/// Adds a word behind another keyword, with `在` and a number at its end cut off: `北京且年龄在18`.
fn push_number<'t>(parts: &mut Vec<&'t str>, word: &'t str) {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit());
    let stem = ["不在", "在"]
        .iter()
        .find_map(|keyword| name.strip_suffix(*keyword));
    match stem {
        Some(stem) if name.len() < word.len() && !stem.is_empty() && !parts.is_empty() => {
            let (keyword, number) = (name.get(stem.len()..), word.get(name.len()..));
            parts.extend([Some(stem), keyword, number].into_iter().flatten());
        }
        _ => parts.push(word),
    }
}

/// A word at or just before the failure that swallowed a keyword; keywords at its edges count when
/// nothing else explains the failure.
pub(super) fn glued(spot: &Spot<'_>, is_certain: bool) -> Option<Diagnostic> {
    for offset in [0, 1, -1, -2] {
        let Some(piece) = spot.piece(offset) else {
            continue;
        };
        let word = spot.word(offset);
        if piece.kind != PieceKind::Word || words::is_reserved(word) {
            continue;
        }
        // What stands after the failure only matters when it hangs on a number there.
        let follows_number = spot
            .piece(offset - 1)
            .is_some_and(|before| before.kind == PieceKind::Number && before.end == piece.start);
        if offset > 0 && !follows_number {
            continue;
        }
        let cut = cut_word(word, is_certain);
        if cut.len() < 2
            && !(follows_number && words::is_reserved(cut.first().copied().unwrap_or("")))
        {
            continue;
        }
        let keyword = cut
            .iter()
            .find(|part| INSIDE.contains(part) || AT_EDGES.contains(part))?;
        let space = if follows_number { " " } else { "" };
        let fixed = format!("{space}{}", cut.join(" "));
        let shown = fixed.trim_start();
        let span = Span::new(spot.source, piece.start, piece.end);
        let edit = Edit {
            span,
            text: fixed.clone(),
        };
        let diagnostic = needs_spaces(span, keyword, shown);
        return Some(diagnostic.fix(say!("insert the spaces", "加上空格"), vec![edit]));
    }
    None
}

fn needs_spaces(span: Span, keyword: &str, spaced: &str) -> Diagnostic {
    Diagnostic::new(
        Code::GluedKeyword,
        span,
        say!(
            "`{keyword}` needs spaces around it",
            "`{keyword}` 两边需要空格"
        ),
    )
    .label(say!("this is read as one name", "这被当作一个名字"))
    .help(say!("write `{spaced}`", "请写 `{spaced}`"))
}
