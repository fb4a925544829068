//! Turns words that mean an operator or nearly spell one into it: `大于`, `并且`, `andd`; and `1,000`
//! into 1000.
//!
//! Invariants: a word is taken for an operator only where the grammar waits for one; guessed spellings
//! are never fixed by themselves.

use super::Spot;
use super::habit::instead;
use crate::diag::Diagnostic;
use crate::name::nearest;
use crate::say;
use crate::syntax::kind::Kind;
use crate::syntax::lex::PieceKind;

/// What people write for an operator, by the operator.
const MEANT: [(&str, &[&str]); 11] = [
    (">", &["大于", "超过", "高于", "多于", "exceeds"]),
    ("<", &["小于", "低于", "少于"]),
    (">=", &["大于等于", "不小于", "不少于", "不低于", "至少"]),
    (
        "<=",
        &["小于等于", "不大于", "不超过", "不多于", "不高于", "至多"],
    ),
    ("=", &["等于", "是", "equals", "equal"]),
    ("!=", &["不等于", "不是"]),
    ("且", &["和", "并", "并且", "而且", "以及", "同时"]),
    ("或", &["或者", "或是"]),
    ("在", &["属于", "位于"]),
    ("不在", &["不属于"]),
    ("包含", &["含", "包括"]),
];

/// The words that may follow a value or a condition.
const OPERATORS: [&str; 10] = [
    "and", "or", "in", "within", "contains", "has", "matches", "before", "after", "not",
];

/// What is plainly meant.
pub(super) fn meant(spot: &Spot<'_>) -> Option<Diagnostic> {
    if !expects_operator(spot) {
        return None;
    }
    synonym(spot).or_else(|| thousands(spot))
}

fn expects_operator(spot: &Spot<'_>) -> bool {
    let expected = &spot.failure.expected;
    expected.contains(&Kind::KwAnd) || expected.contains(&Kind::CompareOp)
}

fn synonym(spot: &Spot<'_>) -> Option<Diagnostic> {
    if spot.word(0) == "at" && matches!(spot.word(1), "least" | "most") {
        let sign = if spot.word(1) == "least" { ">=" } else { "<=" };
        return Some(instead(spot, 0, 1, sign));
    }
    let word = spot.word(0);
    let (operator, _) = MEANT.iter().find(|(_, words)| words.contains(&word))?;
    Some(instead(spot, 0, 0, operator))
}

/// `spend > 1,000`
fn thousands(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is_group = |offset: isize| {
        let is_number = |piece: &super::Piece| piece.kind == PieceKind::Number;
        spot.is_sign(offset, ',')
            && spot.touches(offset - 1)
            && spot.touches(offset)
            && spot.piece(offset - 1).is_some_and(is_number)
            && spot.piece(offset + 1).is_some_and(is_number)
            && spot
                .word(offset + 1)
                .chars()
                .take_while(|digit| digit.is_numeric())
                .count()
                == 3
    };
    let groups = (0..6).take_while(|group| is_group(group * 2)).count();
    let last = isize::try_from(groups).ok().filter(|&groups| groups > 0)? * 2 - 1;
    let whole = spot.written(-1, last).replace([',', '，', '、'], "");
    Some(instead(spot, -1, last, &whole))
}

/// `andd`
pub(super) fn misspelt(spot: &Spot<'_>) -> Option<Diagnostic> {
    let word = spot.word(0);
    if word.len() < 3 || !word.is_ascii() || !expects_operator(spot) {
        return None;
    }
    let near = *nearest(word, OPERATORS, 1).first()?;
    let found = spot
        .error(0, 0, say!("unexpected `{word}`", "这里不该有 `{word}`"))
        .help(say!("did you mean `{near}`?", "是不是 `{near}`？"));
    Some(found.unsafe_fix(
        say!("write `{near}`", "写成 `{near}`"),
        spot.replace(0, 0, near),
    ))
}
