//! Turns a clause of a campaign, or a statement of a platform, that goes wrong behind its first word into
//! how it is written.
//!
//! Invariants: every form shown parses, in both languages.

use super::Spot;
use crate::diag::Diagnostic;
use crate::say;
use crate::syntax::lex::PieceKind;

/// A clause by its first words, with how it is written in each language.
struct Form {
    words: [&'static str; 2],
    forms: [&'static str; 2],
    /// Whether a condition stands in it, which may be what is wrong.
    has_condition: bool,
}

const fn form(words: [&'static str; 2], forms: [&'static str; 2], has_condition: bool) -> Form {
    Form {
        words,
        forms,
        has_condition,
    }
}

const FORMS: &[Form] = &[
    form(
        ["start", "开始"],
        ["start 2026-11-23T09:00", "开始 2026-11-23T09:00"],
        false,
    ),
    form(
        ["until", "截止"],
        ["until 2026-11-30", "截止 2026-11-30"],
        false,
    ),
    form(
        ["window", "时段"],
        ["window 09:00..21:00", "时段 09:00..21:00"],
        false,
    ),
    form(
        ["batch", "每批"],
        ["batch 2500 every 15min", "每批 2500 每隔 15分钟"],
        false,
    ),
    form(["sends", "次数"], ["sends 5", "次数 5"], false),
    form(
        ["rotate", "轮流"],
        [
            "rotate region by province every 30min",
            "轮流 地区 按 省 每隔 30分钟",
        ],
        false,
    ),
    form(
        ["at", "至多"],
        [
            "at most 2 messages per 7d per recipient",
            "至多 2 条 每 7天 每人",
        ],
        false,
    ),
    form(
        ["split", "拆分"],
        [
            "split treatment 90%, control 10%",
            "拆分 实验 90%, 对照 10%",
        ],
        false,
    ),
    form(
        ["budget", "预算"],
        ["budget 500.00 CNY", "预算 500.00 CNY"],
        false,
    ),
    form(
        ["slow", "放慢"],
        ["slow age < 20 to 50%", "放慢 年龄 < 20 至 50%"],
        true,
    ),
    form(
        ["order", "排序"],
        ["order by spend desc, age", "排序 消费 降序, 年龄"],
        true,
    ),
    form(
        ["over", "超限保留"],
        [
            "over limit keep buyers, spend desc",
            "超限保留 买家, 消费 降序",
        ],
        true,
    ),
];

/// The statements of a platform.
const STATEMENTS: &[Form] = &[
    form(
        ["cap", "上限"],
        ["cap 5 sends per day", "上限 5 sends 每 天"],
        false,
    ),
    form(
        ["length", "长度"],
        ["length 2048 chars", "长度 2048 chars"],
        false,
    ),
    form(
        ["cost", "费用"],
        [
            "cost 5.00 CNY per 1000 messages",
            "费用 5.00 CNY 每 1000 messages",
        ],
        false,
    ),
    form(
        ["arrives", "到达"],
        ["arrives 3s..5s", "到达 3秒..5秒"],
        false,
    ),
    form(["converts", "转化"], ["converts 3.5%", "转化 3.5%"], false),
];

/// The form of the platform's statement that the failure is in.
fn statement(spot: &Spot<'_>) -> Option<&'static Form> {
    let first = spot.pieces.first()?.text(spot.text);
    if !matches!(first, "platform" | "平台") || starts_line(spot) {
        return None;
    }
    let before = spot.pieces.get(..spot.place)?.windows(2).rev();
    let mut starts = before.filter_map(|pair| {
        let [before, piece] = pair else {
            return None;
        };
        let is_start =
            piece.is_first_on_line || before.is_sign('{') || before.text(spot.text) == ";";
        is_start.then(|| piece.text(spot.text))
    });
    let word = starts.next()?;
    STATEMENTS.iter().find(|form| form.words.contains(&word))
}

/// The form of the clause that the failure is in.
fn form_of(spot: &Spot<'_>) -> Option<&'static Form> {
    let first = spot.pieces.first()?.text(spot.text);
    let is_behind = spot.place > 0;
    let found = FORMS.iter().find(|form| form.words.contains(&first));
    found.filter(|_| is_behind).or_else(|| statement(spot))
}

/// A word that starts a line and no clause.
fn starts_line(spot: &Spot<'_>) -> bool {
    spot.piece(0)
        .is_some_and(|piece| piece.is_first_on_line && piece.kind == PieceKind::Word)
}

/// What is wrong with a clause of fixed form.
pub(super) fn clause(spot: &Spot<'_>) -> Option<Diagnostic> {
    let form = form_of(spot).filter(|form| !form.has_condition)?;
    (!starts_line(spot)).then(|| written_like(spot, form))
}

/// What is wrong with any other clause, when nothing better is known.
pub(super) fn clause_after_all(spot: &Spot<'_>) -> Option<Diagnostic> {
    let form = form_of(spot)?;
    if !starts_line(spot) {
        return Some(written_like(spot, form));
    }
    let word = spot.written(0, 0);
    let found = spot.error(
        0,
        0,
        say!("`{word}` starts no clause", "`{word}` 不是任何子句的开头"),
    );
    Some(found.help(say!(
        "clauses start with `audience`, `exclude`, `message`, `start`, `window`, `batch`, `split` …",
        "子句以 `受众`、`排除`、`消息`、`开始`、`时段`、`每批`、`拆分` 等开头"
    )))
}

fn written_like(spot: &Spot<'_>, form: &Form) -> Diagnostic {
    let [en, zh] = form.forms;
    let found = match spot.piece(0) {
        None => spot.error(-1, -1, say!("this ends too early", "这里还没写完")),
        Some(_) => {
            let word = spot.written(0, 0);
            spot.error(0, 0, say!("unexpected `{word}`", "这里不该有 `{word}`"))
        }
    };
    found.help(say!("write it like `{en}`", "请写成 `{zh}` 这样"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;
    use crate::syntax::parse;

    #[test]
    fn every_form_that_is_shown_parses() {
        let clauses = FORMS
            .iter()
            .map(|form| ("campaign c { platform p\n ", form));
        let statements = STATEMENTS.iter();
        let statements = statements.map(|form| ("platform p { message text {", form));
        for (open, form) in clauses.chain(statements) {
            for text in form.forms {
                let close = if open.starts_with('p') { "}}" } else { "}" };
                let parsed = parse(SourceId(0), &format!("{open}{text} {close}\n"));
                let found = parsed.diagnostics;
                assert!(found.is_empty(), "{text}: {found:?}");
            }
        }
    }
}
