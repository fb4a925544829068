//! Turns words and numbers that stand in the wrong place into what to write: keywords as names,
//! `4g` without quotes, lists without commas, items without their first word.
//!
//! Invariants: fixes that guess are marked as such.

use super::Spot;
use crate::diag::{Diagnostic, Edit};
use crate::name;
use crate::say;
use crate::source::Span;
use crate::syntax::kind::Kind;
use crate::syntax::lex::PieceKind;
use crate::syntax::words;

/// The words that start items, for near misses.
const ITEM_WORDS: &[&str] = &[
    "schema",
    "segment",
    "list",
    "param",
    "hierarchy",
    "test",
    "platform",
    "campaign",
    "档案",
    "人群",
    "名单",
    "参数",
    "层级",
    "测试",
    "平台",
    "群发",
];

/// The first misfit that fits.
pub(super) fn misfit(spot: &Spot<'_>) -> Option<Diagnostic> {
    let misfits = [
        same_line,
        no_item,
        no_clause,
        joined_number,
        keyword_as_name,
        missing_comma,
    ];
    misfits.iter().find_map(|misfit| misfit(spot))
}

/// Two items on one line.
fn same_line(spot: &Spot<'_>) -> Option<Diagnostic> {
    let piece = spot.piece(0)?;
    let is_item =
        words::item_word(spot.word(0)).is_some() && spot.place > 0 && !piece.is_first_on_line;
    let has_name = spot.piece(1).is_some_and(|next| {
        matches!(
            next.kind,
            PieceKind::Word | PieceKind::Quoted | PieceKind::Text
        )
    });
    (is_item && has_name).then(|| {
        let at = Span::new(spot.source, piece.start, piece.start);
        spot.error(0, 0, say!("two items on one line", "一行写了两项"))
            .help(say!("start each on a line of its own", "每项另起一行"))
            .fix(
                say!("start a new line", "另起一行"),
                vec![Edit {
                    span: at,
                    text: "\n".to_owned(),
                }],
            )
    })
}

/// A line that starts no item: a misspelt first word, or `name = …` without `segment`.
fn no_item(spot: &Spot<'_>) -> Option<Diagnostic> {
    let expects_item = spot.failure.expected.contains(&Kind::KwSegment);
    if spot.place != 0 || !expects_item {
        return None;
    }
    let word = spot.word(0);
    let near = name::nearest(word, ITEM_WORDS.iter().copied(), 1);
    if let Some(near) = near.first() {
        return Some(
            spot.error(
                0,
                0,
                say!("`{word}` starts no item", "`{word}` 不是任何一项的开头"),
            )
            .help(say!("did you mean `{near}`?", "是不是 `{near}`？"))
            .unsafe_fix(
                say!("write `{near}`", "写成 `{near}`"),
                spot.replace(0, 0, *near),
            ),
        );
    }
    let is_definition =
        spot.is_sign(1, '=') || (spot.is_sign(2, '=') && spot.piece(1)?.kind == PieceKind::Text);
    let segment = if words::is_han(word) {
        "人群"
    } else {
        "segment"
    };
    let found = spot.error(0, 0, say!("this starts no item", "这里不是任何一项的开头"));
    if !is_definition {
        return Some(found.help(say!(
            "start a line with `segment`, `schema`, `list`, `param`, `test`, `platform` or `campaign`",
            "行首请写 `人群`、`档案`、`名单`、`参数`、`测试`、`平台` 或 `群发`"
        )));
    }
    let start = spot.piece(0)?.start;
    let edit = Edit {
        span: Span::new(spot.source, start, start),
        text: format!("{segment} "),
    };
    Some(
        found
            .help(say!(
                "write `{segment}` before the name",
                "在名字前写 `{segment}`"
            ))
            .unsafe_fix(say!("write `{segment}`", "加上 `{segment}`"), vec![edit]),
    )
}

/// A misspelt first word of a clause.
fn no_clause(spot: &Spot<'_>) -> Option<Diagnostic> {
    if !spot.piece(0)?.is_first_on_line || spot.piece(0)?.kind != PieceKind::Word {
        return None;
    }
    let first = spot.pieces.first()?.text(spot.text);
    if !words::starts_clause(first) && words::item_word(first) != Some(words::ItemWord::Campaign) {
        return None;
    }
    let word = spot.word(0);
    let near = name::nearest(word, words::CLAUSES.iter().copied(), 1);
    let near = near.first().filter(|near| **near != word)?;
    Some(
        spot.error(
            0,
            0,
            say!("`{word}` starts no clause", "`{word}` 不是任何子句的开头"),
        )
        .help(say!("did you mean `{near}`?", "是不是 `{near}`？"))
        .unsafe_fix(
            say!("write `{near}`", "写成 `{near}`"),
            spot.replace(0, 0, *near),
        ),
    )
}

/// `4g`, `18岁`, `8.0.30`, `2026年1月5日`: a number that runs on.
fn joined_number(spot: &Spot<'_>) -> Option<Diagnostic> {
    let from = [0, -1].into_iter().find(|&offset| {
        let is_number = spot
            .piece(offset)
            .is_some_and(|piece| piece.kind == PieceKind::Number);
        let joins = spot.piece(offset + 1).is_some_and(|next| {
            matches!(next.kind, PieceKind::Word | PieceKind::Number) || next.is_sign('.')
        });
        is_number && joins && spot.touches(offset)
    })?;
    let mut to = from + 1;
    while spot.touches(to)
        && spot.piece(to + 1).is_some_and(|next| {
            matches!(next.kind, PieceKind::Word | PieceKind::Number) || next.is_sign('.')
        })
    {
        to += 1;
    }
    let written = spot.written(from, to);
    if let Some(date) = han_date(&written) {
        let date = date.as_str();
        return Some(
            spot.error(
                from,
                to,
                say!("dates are written `{date}`", "日期写作 `{date}`"),
            )
            .fix(
                say!("write `{date}`", "写成 `{date}`"),
                spot.replace(from, to, date),
            ),
        );
    }
    if spot.failure.expected.contains(&Kind::Duration) || spot.word(from + 1) == "m" {
        return Some(
            spot.error(
                from,
                to,
                say!("`{written}` is no length of time", "`{written}` 不是时长"),
            )
            .help(say!(
                "units are s, min, h, d, w, mo, y",
                "单位有 秒、分钟、小时、天、周、个月、年"
            )),
        );
    }
    let quoted = format!("\"{written}\"");
    let found = spot.error(
        from,
        to,
        say!(
            "`{written}` is neither a number nor a name",
            "`{written}` 既不是数字也不是名字"
        ),
    );
    Some(
        found
            .help(say!("put quotes around a text", "文本请加引号"))
            .unsafe_fix(
                say!(
                    "write `{quoted}`",
                    "写成 `{quoted}`",
                    quoted = quoted.as_str()
                ),
                spot.replace(from, to, quoted.clone()),
            ),
    )
}

/// `2026年1月5日` as `2026-01-05`.
fn han_date(written: &str) -> Option<String> {
    let narrow = crate::value::narrow(written);
    let (year, rest) = narrow.split_once('年')?;
    let (month, day) = rest.split_once('月')?;
    let day = day.trim_end_matches(['日', '号']);
    let number = |text: &str| text.parse::<u32>().ok();
    Some(format!(
        "{:04}-{:02}-{:02}",
        number(year)?,
        number(month)?,
        number(day)?
    ))
}

/// A keyword where a name belongs.
fn keyword_as_name(spot: &Spot<'_>) -> Option<Diagnostic> {
    let word = spot.word(0);
    let is_keyword = spot.piece(0)?.kind == PieceKind::Word && words::is_reserved(word);
    if !is_keyword || !spot.expects_value() {
        return None;
    }
    if matches!(word, "and" | "or" | "且" | "或") {
        return Some(
            spot.error(
                0,
                0,
                say!(
                    "a condition is missing before `{word}`",
                    "`{word}` 前面缺少条件"
                ),
            )
            .help(say!(
                "write a condition, or remove `{word}`",
                "写上条件，或去掉 `{word}`"
            )),
        );
    }
    let quoted = format!("`{word}`");
    Some(
        spot.error(0, 0, say!("{quoted} is a keyword", "{quoted} 是关键字"))
            .help(say!(
                "put a name in backquotes: {quoted}",
                "作名字时加反引号：{quoted}"
            ))
            .unsafe_fix(
                say!("put it in backquotes", "加反引号"),
                spot.replace(0, 0, quoted.clone()),
            ),
    )
}

/// `in (a b)`: values of a list are separated by commas.
fn missing_comma(spot: &Spot<'_>) -> Option<Diagnostic> {
    let starts_value = |offset: isize| {
        spot.piece(offset).is_some_and(|piece| {
            matches!(
                piece.kind,
                PieceKind::Word | PieceKind::Number | PieceKind::Text | PieceKind::Quoted
            )
        })
    };
    if !(starts_value(0) && starts_value(-1)) || words::is_reserved(spot.word(0)) {
        return None;
    }
    let mut depth = 0i32;
    let open = (1..=spot.place).find(|&back| {
        let offset = -isize::try_from(back).unwrap_or(0);
        depth += i32::from(spot.is_sign(offset, ')')) - i32::from(spot.is_sign(offset, '('));
        depth < 0
    })?;
    let before = spot.word(-isize::try_from(open).ok()? - 1);
    let is_list = matches!(
        before,
        "in" | "of"
            | "has"
            | "contains"
            | "when"
            | "在"
            | "任一"
            | "全部"
            | "皆无"
            | "包含"
            | "含有"
            | "="
            | "取值"
            | "不在"
    );
    let end = spot.piece(-1)?.end;
    is_list.then(|| {
        let edit = Edit {
            span: Span::new(spot.source, end, end),
            text: ",".to_owned(),
        };
        spot.error(
            0,
            0,
            say!("values are separated by commas", "值之间用逗号分隔"),
        )
        .unsafe_fix(say!("insert a comma", "加逗号"), vec![edit])
    })
}
