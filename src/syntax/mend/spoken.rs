//! Turns values and times as they are spoken or written elsewhere, `[1, 2]`, `+3`, `2026-01-01 09:00`,
//! `within last 7d`, `seen last month`, into how segrule writes them.
//!
//! Invariants: fixes keep what was plainly meant.

use super::Spot;
use super::habit::{in_language, instead};
use crate::diag::Diagnostic;
use crate::say;
use crate::syntax::lex::PieceKind;

/// The first of these that fits.
pub(super) fn spoken(spot: &Spot<'_>) -> Option<Diagnostic> {
    let kinds = [
        brackets,
        plus,
        time_apart,
        last_length,
        part_of_unit,
        bare_period,
    ];
    kinds.iter().find_map(|kind| kind(spot))
}

fn is_number(spot: &Spot<'_>, offset: isize) -> bool {
    spot.piece(offset)
        .is_some_and(|piece| piece.kind == PieceKind::Number)
}

/// `in [1, 2]`
fn brackets(spot: &Spot<'_>) -> Option<Diagnostic> {
    if !spot.is_sign(0, '[') || !spot.expects_value() {
        return None;
    }
    let end = (1..64).find(|&offset| spot.is_sign(offset, ']'));
    Some(match end {
        Some(end) if end > 1 && !(1..end).any(|offset| spot.is_sign(offset, '[')) => {
            let inner = spot.written(1, end - 1);
            instead(spot, 0, end, &format!("({inner})"))
        }
        _ => spot
            .error(
                0,
                0,
                say!("values stand in round brackets", "多个值写在圆括号里"),
            )
            .help(say!("write `(a, b)`", "请写 `(a, b)`")),
    })
}

/// `> +3`
fn plus(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is_signed = spot.is_sign(0, '+') && spot.expects_value() && is_number(spot, 1);
    is_signed.then(|| instead(spot, 0, 1, spot.word(1)))
}

/// `2026-01-01 09:00`
fn time_apart(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is_clock =
        |from| is_number(spot, from) && spot.is_sign(from + 1, ':') && is_number(spot, from + 2);
    let dashed = |from| is_number(spot, from) && spot.is_sign(from + 1, '-');
    let is_date = dashed(-5) && dashed(-3) && is_number(spot, -1) && spot.word(-5).len() == 4;
    if !is_date || !is_clock(0) {
        return None;
    }
    let has_seconds = spot.is_sign(3, ':') && is_number(spot, 4);
    let last = if has_seconds { 4 } else { 2 };
    let right = format!("{}T{}", spot.written(-5, -1), spot.written(0, last));
    Some(instead(spot, -5, last, &right))
}

/// `within last 7d`
fn last_length(spot: &Spot<'_>) -> Option<Diagnostic> {
    let looks_back = matches!(
        spot.word(-1),
        "last" | "past" | "previous" | "过去" | "最近"
    );
    let is_within = matches!(spot.word(-2), "within" | "近");
    if !looks_back || !is_within || !is_number(spot, 0) {
        return None;
    }
    let (within, wrong) = (spot.word(-2), spot.word(-1));
    let found = spot.error(
        -1,
        -1,
        say!("`{within}` looks back by itself", "`{within}` 就是向过去看"),
    );
    Some(
        found
            .help(say!("leave `{wrong}` out", "请去掉 `{wrong}`"))
            .fix(
                say!("leave `{wrong}` out", "去掉 `{wrong}`"),
                spot.replace(-2, -1, within),
            ),
    )
}

/// `within 1.5h`
fn part_of_unit(spot: &Spot<'_>) -> Option<Diagnostic> {
    let expects_length = matches!(spot.word(-1), "within" | "next" | "近" | "未来");
    if !expects_length || !is_number(spot, 0) || !spot.word(0).contains('.') {
        return None;
    }
    let last = isize::from(spot.touches(0));
    let message = say!("a length of time is a whole number", "时长须是整数");
    Some(spot.error(0, last, message).help(say!(
        "count in a smaller unit, such as `90min`",
        "请换成更小的单位，如 `90分钟`"
    )))
}

/// `seen last month`, `seen today`
fn bare_period(spot: &Spot<'_>) -> Option<Diagnostic> {
    let word = spot.word(0);
    let is_field = spot
        .piece(-1)
        .is_some_and(|piece| matches!(piece.kind, PieceKind::Word | PieceKind::Quoted));
    let is_unit = matches!(spot.word(1), "week" | "month" | "quarter" | "year");
    let last = match word {
        "this" | "last" | "next" if is_unit => 1,
        "today" | "yesterday" | "tomorrow" | "今天" | "昨天" | "明天" | "本周" | "上周"
        | "下周" | "本月" | "上个月" | "上月" | "下个月" | "下月" | "本季度" | "上季度"
        | "下季度" | "今年" | "去年" | "明年" => 0,
        _ => return None,
    };
    if !is_field || !spot.expects_more_conditions() {
        return None;
    }
    let period = spot.written(0, last);
    let keyword = in_language(spot, "in", "在");
    Some(instead(spot, 0, last, &format!("{keyword} {period}")))
}
