//! Turns the habits of other languages, `==`, `&&`, `AND`, `like`, `is null`, into segrule's words.
//!
//! Invariants: each fix keeps what was plainly meant; Chinese neighbours get Chinese words.

use super::Spot;
use crate::diag::Diagnostic;
use crate::say;
use crate::syntax::lex::PieceKind;
use crate::syntax::words;

/// The first habit that fits.
pub(super) fn habit(spot: &Spot<'_>) -> Option<Diagnostic> {
    let habits = [
        sign, upper_case, sql_null, like, between, dots, chained, share, stray_sign,
    ];
    habits.iter().find_map(|habit| habit(spot))
}

/// The English or Chinese form, as the neighbours are written.
pub(super) fn in_language(
    spot: &Spot<'_>,
    english: &'static str,
    chinese: &'static str,
) -> &'static str {
    let is_han = [-3, -2, -1, 1, 2]
        .iter()
        .any(|&offset| words::is_han(spot.word(offset)));
    if is_han { chinese } else { english }
}

/// One diagnostic whose help and fix put `right` in the place of some pieces.
pub(super) fn instead(spot: &Spot<'_>, from: isize, to: isize, right: &str) -> Diagnostic {
    let wrong = spot.written(from, to);
    let shown = right.trim();
    spot.error(
        from,
        to,
        say!(
            "`{wrong}` is written `{shown}`",
            "`{wrong}` 应写作 `{shown}`"
        ),
    )
    .help(say!("write `{shown}`", "请写 `{shown}`"))
    .fix(
        say!("write `{shown}`", "写成 `{shown}`"),
        spot.replace(from, to, right),
    )
}

/// `==`, `<>`, `=>`, `&&`, `||`, `!`.
fn sign(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is = |offset, sign| spot.is_sign(offset, sign);
    let doubled = is(1, '=') || is(1, '&') || is(1, '|') || is(1, '>');
    let last = isize::from(doubled && spot.touches(0));
    Some(match () {
        () if is(0, '=') && is(1, '=') && last == 1 => instead(spot, 0, 1, "="),
        () if is(0, '<') && is(1, '>') && last == 1 => instead(spot, 0, 1, "!="),
        () if is(-1, '=') && is(0, '>') && spot.touches(-1) => instead(spot, -1, 0, ">="),
        () if is(-1, '=') && is(0, '<') && spot.touches(-1) => instead(spot, -1, 0, "<="),
        () if is(0, '&') => instead(
            spot,
            0,
            last,
            &spaced(spot, last, in_language(spot, "and", "且")),
        ),
        () if is(0, '|') => instead(
            spot,
            0,
            last,
            &spaced(spot, last, in_language(spot, "or", "或")),
        ),
        () if is(0, '!') && !is(1, '=') => {
            instead(spot, 0, 0, &spaced(spot, 0, in_language(spot, "not", "非")))
        }
        () => return None,
    })
}

/// A word with spaces where its neighbours touch it.
fn spaced(spot: &Spot<'_>, last: isize, word: &str) -> String {
    let before = if spot.touches(-1) { " " } else { "" };
    let after = if spot.touches(last) { " " } else { "" };
    format!("{before}{word}{after}")
}

/// `AND`, `Or`, `NOT`: keywords are lower case.
fn upper_case(spot: &Spot<'_>) -> Option<Diagnostic> {
    [0, -1, 1].into_iter().find_map(|offset| {
        let word = spot.word(offset);
        let lower = word.to_ascii_lowercase();
        let is_keyword = words::is_reserved(&lower)
            || words::continues_expression(&lower)
            || words::item_word(&lower).is_some();
        let found = spot.piece(offset)?.kind == PieceKind::Word && lower != word && is_keyword;
        found.then(|| {
            let lower = lower.as_str();
            spot.error(
                offset,
                offset,
                say!("keywords are lower case", "关键字用小写"),
            )
            .help(say!("write `{lower}`", "请写 `{lower}`"))
            .fix(
                say!("write `{lower}`", "写成 `{lower}`"),
                spot.replace(offset, offset, lower),
            )
        })
    })
}

/// `is null`, `is not empty`, `is 3`.
fn sql_null(spot: &Spot<'_>) -> Option<Diagnostic> {
    if !spot.word(0).eq_ignore_ascii_case("is") {
        return None;
    }
    let is_not = spot.word(1).eq_ignore_ascii_case("not");
    let last = if is_not { 2 } else { 1 };
    let what = spot.word(last).to_ascii_lowercase();
    if matches!(
        what.as_str(),
        "null" | "empty" | "blank" | "none" | "nil" | "unknown" | "missing"
    ) {
        let right = if is_not {
            "is not missing"
        } else {
            "is missing"
        };
        return Some(instead(spot, 0, last, right));
    }
    Some(instead(spot, 0, last - 1, if is_not { "!=" } else { "=" }))
}

/// SQL's `like`, as what its pattern asks for.
fn like(spot: &Spot<'_>) -> Option<Diagnostic> {
    let word = spot.word(0).to_ascii_lowercase();
    if !matches!(word.as_str(), "like" | "ilike" | "rlike" | "regexp") {
        return None;
    }
    let found = spot.error(
        0,
        0,
        say!("`{word}` is not a test", "没有 `{word}` 这种比较"),
    );
    let help = say!(
        "write `contains`, `starts with`, `ends with` or `matches \"*…?\"`",
        "请写 `包含`、`开头是`、`结尾是` 或 `匹配 \"*…?\"`"
    );
    let found = found.help(help);
    let is_text = spot
        .piece(1)
        .is_some_and(|piece| piece.kind == PieceKind::Text);
    if !is_text || !word.ends_with("like") {
        return Some(found);
    }
    let right = like_pattern(spot.word(1).trim_matches(['"', '“', '”', '＂']));
    let shown = right.as_str();
    let edits = spot.replace(0, 1, shown);
    Some(found.fix(say!("write `{shown}`", "写成 `{shown}`"), edits))
}

fn like_pattern(pattern: &str) -> String {
    let plain = |text: &str| !text.contains(['%', '_', '*', '?']);
    let inner = pattern.trim_matches('%');
    match (pattern.starts_with('%'), pattern.ends_with('%')) {
        (true, true) if plain(inner) && !inner.is_empty() => format!("contains \"{inner}\""),
        (false, true) if plain(inner) => format!("starts with \"{inner}\""),
        (true, false) if plain(inner) => format!("ends with \"{inner}\""),
        (false, false) if plain(inner) => format!("= \"{inner}\""),
        _ => format!(
            "matches \"{}\"",
            pattern.replace('%', "*").replace('_', "?")
        ),
    }
}

/// SQL's `between a and b`.
fn between(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is_between = spot.word(0).eq_ignore_ascii_case("between");
    if !is_between && spot.word(0) != "介于" {
        return None;
    }
    let found = spot
        .error(
            0,
            0,
            say!("`between` is written as a range", "范围用区间表示"),
        )
        .help(say!("write `in 18..24`", "请写 `在 18..24`"));
    // The second bound may be signed or a date of several pieces: then the text is left to people.
    let is_simple = |offset| {
        spot.piece(offset)
            .is_some_and(|piece| matches!(piece.kind, PieceKind::Number | PieceKind::Word))
            && !spot.is_sign(offset + 1, '-')
    };
    let joins = matches!(
        spot.word(2).to_ascii_lowercase().as_str(),
        "and" | "且" | "和" | "到"
    );
    if !(joins && is_simple(1) && is_simple(3)) {
        return Some(found);
    }
    let keyword = in_language(spot, "in", "在");
    let right = format!("{keyword} {}..{}", spot.word(1), spot.word(3));
    let shown = right.as_str();
    Some(found.fix(
        say!("write `{shown}`", "写成 `{shown}`"),
        spot.replace(0, 3, shown),
    ))
}

/// `18...24`, `18…24`, `18~24`: a range has two dots.
fn dots(spot: &Spot<'_>) -> Option<Diagnostic> {
    let last = match () {
        () if spot.is_sign(0, '…') => isize::from(spot.is_sign(1, '…')),
        () if spot.is_sign(0, '~') => 0,
        () if (0..3).all(|offset| spot.is_sign(offset, '.')) => 2,
        () => return None,
    };
    let found = spot
        .error(0, last, say!("a range has two dots", "区间是两个点"))
        .help(say!(
            "write `18..24`; `18..<24` leaves the end out",
            "请写 `18..24`；`18..<24` 不含末尾"
        ));
    Some(found.fix(say!("write `..`", "写成 `..`"), spot.replace(0, last, "..")))
}

/// `18 <= age <= 24`.
fn chained(spot: &Spot<'_>) -> Option<Diagnostic> {
    let compares = |offset: isize| {
        ['=', '<', '>', '≠', '≤', '≥']
            .iter()
            .any(|&sign| spot.is_sign(offset, sign))
    };
    let is_chained = compares(0) && (compares(-2) || (compares(-3) && spot.is_sign(-2, '-')));
    is_chained.then(|| {
        let and = in_language(spot, "and", "且");
        spot.error(0, 0, say!("comparisons do not chain", "比较不能连写"))
            .help(say!(
                "join two comparisons with `{and}`, or write `age in 18..24`",
                "用 `{and}` 连接两个比较，或写 `年龄 在 18..24`"
            ))
    })
}

/// `sample 10 salt "x"`: a share without its sign.
fn share(spot: &Spot<'_>) -> Option<Diagnostic> {
    let is_sample = matches!(spot.word(-1), "sample" | "抽样");
    let is_number = spot
        .piece(0)
        .is_some_and(|piece| piece.kind == PieceKind::Number);
    let with_sign = format!("{}%", spot.word(0));
    (is_sample && is_number).then(|| instead(spot, 0, 0, &with_sign))
}

/// `;`, `。`, `,`, `:` where words belong.
fn stray_sign(spot: &Spot<'_>) -> Option<Diagnostic> {
    let wrong = spot.word(0);
    if [';', '。', '.'].iter().any(|&sign| spot.is_sign(0, sign)) && spot.piece(1).is_none() {
        return Some(
            spot.error(0, 0, say!("no `{wrong}` is needed", "不需要 `{wrong}`"))
                .help(say!("remove it", "把它去掉"))
                .fix(say!("remove it", "去掉"), spot.replace(0, 0, "")),
        );
    }
    if spot.is_sign(0, ',') && spot.expects_more_conditions() {
        let and = spaced(spot, 0, in_language(spot, "and", "且"));
        return Some(
            spot.error(
                0,
                0,
                say!(
                    "conditions are not joined with `{wrong}`",
                    "条件之间不用 `{wrong}`"
                ),
            )
            .help(say!("write `and` or `or`", "请写 `且` 或 `或`"))
            .unsafe_fix(
                say!("write `and`", "写成 `且`"),
                spot.replace(0, 0, format!(" {}", and.trim())),
            ),
        );
    }
    if spot.is_sign(0, ':') && spot.expects_equals() {
        return Some(instead(spot, 0, 0, &spaced(spot, 0, "=")));
    }
    None
}
