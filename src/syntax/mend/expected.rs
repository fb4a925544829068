//! Turns what the grammar expected into a phrase that tells people what to write.
//!
//! Invariants: the last resort; always has an answer.

use super::Spot;
use crate::diag::{Diagnostic, Phrase};
use crate::say;
use crate::syntax::kind::Kind;

/// Says what could have stood at the failure.
pub(super) fn expected(spot: &Spot<'_>) -> Diagnostic {
    let wanted = wanted(spot);
    let Some(_) = spot.piece(0) else {
        let found = spot.error(-1, -1, say!("this ends too early", "这里还没写完"));
        return found.help(wanted);
    };
    let word: String = spot
        .word(0)
        .chars()
        .take(crate::syntax::limit::SHOWN_CHARS)
        .collect();
    spot.error(0, 0, say!("unexpected `{word}`", "这里不该有 `{word}`"))
        .help(wanted)
}

/// What to write, by what the grammar was looking for.
fn wanted(spot: &Spot<'_>) -> Phrase {
    let expected = &spot.failure.expected;
    let has = |kind: Kind| expected.contains(&kind);
    match () {
        () if has(Kind::Equals) => say!("write `=` and then the condition", "请写 `=`，再写条件"),
        () if has(Kind::TypeExpr) || has(Kind::TypeNamed) => say!(
            "write a type: `text`, `int`, `decimal(2)`, `date`, `region` …",
            "请写类型：`text`、`int`、`decimal(2)`、`date`、`region` ……"
        ),
        () if has(Kind::KwAka) || has(Kind::KwOptional) => say!(
            "after the type come `aka`, `missing when` and `optional`",
            "类型之后可以写 `aka`、`missing when`、`optional`"
        ),
        () if has(Kind::KwAudience) => say!(
            "write a clause: `audience …`, `message …`, `batch …`",
            "请写子句：`受众 …`、`消息 …`、`每批 …`"
        ),
        () if has(Kind::KwCap) => say!(
            "write a statement: `cap …`, `message …`, `cost …`",
            "请写一条：`cap …`、`message …`、`cost …`"
        ),
        () if has(Kind::KwAnd) || has(Kind::CompareOp) || has(Kind::KwOr) => say!(
            "join conditions with `and` or `or`; compare with `=`, `in`, `within` …",
            "用 `且` 或 `或` 连接条件，用 `=`、`在`、`近` 等比较"
        ),
        () if has(Kind::SegmentItem) || has(Kind::KwSegment) => say!(
            "start a line with `segment`, `schema`, `list`, `param`, `test`, `platform` or `campaign`",
            "行首请写 `人群`、`档案`、`名单`、`参数`、`测试`、`平台` 或 `群发`"
        ),
        () if has(Kind::KwPer) => say!(
            "write `per` and what it counts per: `per day`",
            "请写 `per` 和周期：`per day`"
        ),
        () if has(Kind::Duration) || has(Kind::Stretch) || has(Kind::WindowPast) => say!(
            "write a length of time: `30d`, `72h`",
            "请写时长：`30天`、`72小时`"
        ),
        () if has(Kind::Regex) => say!(
            "write a pattern: `\"*页\"` in quotes, or `/^1/`",
            "请写模式：引号里的 `\"*页\"`，或 `/^1/`"
        ),
        () if has(Kind::Percent) && !has(Kind::Number) && !has(Kind::Date) => {
            say!("write a share: `10%`", "请写比例：`10%`")
        }
        () if spot.expects_value() || has(Kind::Date) => {
            say!("write a name or a value here", "这里请写名字或值")
        }
        () if has(Kind::Text) => say!("write a text in quotes", "请写引号里的文本"),
        () => say!(
            "a sign is missing before it: `:`, `,`, `(` or `{{`",
            "前面缺少符号：`:`、`,`、`(` 或 `{{`"
        ),
    }
}
