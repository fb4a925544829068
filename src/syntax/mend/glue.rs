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

/// The words that a glued word was meant to be, with spaces between, if a keyword is in it.
///
/// ```
/// assert_eq!(segrule::syntax::split_glued("北京且年龄").as_deref(), Some("北京 且 年龄"));
/// assert_eq!(segrule::syntax::split_glued("年龄"), None);
/// ```
pub fn split_glued(word: &str) -> Option<String> {
    let cut = cut_word(word, false);
    (cut.len() > 1).then(|| cut.join(" "))
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
        return parts.push(word);
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
        return Some(
            Diagnostic::new(
                Code::GluedKeyword,
                span,
                say!(
                    "`{keyword}` needs spaces around it",
                    "`{keyword}` 两边需要空格"
                ),
            )
            .label(say!("this is read as one name", "这被当作一个名字"))
            .help(say!("write `{shown}`", "请写 `{shown}`"))
            .fix(say!("insert the spaces", "加上空格"), vec![edit]),
        );
    }
    None
}
