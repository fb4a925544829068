//! Turns what the grammar expected into a phrase that tells people what to write.
//!
//! Invariants: the last resort; always has an answer.

use super::Spot;
use crate::diag::{Diagnostic, Phrase};
use crate::say;
use crate::syntax::kind::Kind;

/// Says what could have stood at the failure.
pub(super) fn expected(spot: &Spot<'_>) -> Diagnostic {
    let wanted = wanted(&spot.failure.expected);
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
fn wanted(expected: &[Kind]) -> Phrase {
    let has = |kind: Kind| expected.contains(&kind);
    match () {
        () if has(Kind::Equals) && has(Kind::Title) || expected == [Kind::Equals] => {
            say!("write `=` and then the condition", "请写 `=`，再写条件")
        }
        () if has(Kind::TypeNamed) || has(Kind::KwListOf) => {
            say!(
                "write a type: text, int, decimal(2), date, region …",
                "请写类型：text、int、decimal(2)、date、region ……"
            )
        }
        () if has(Kind::Field) => say!("write a field: `age: int`", "请写字段：`age: int`"),
        () if has(Kind::KwAudience) => {
            say!(
                "write a clause: `audience …`, `message …`, `batch …`",
                "请写子句：`audience …`、`message …`、`batch …`"
            )
        }
        () if has(Kind::KwAnd) || has(Kind::CompareOp) || has(Kind::KwOr) => {
            say!(
                "join conditions with `and` or `or`, compare with `=`, `in`, `within` …",
                "用 `且` 或 `或` 连接条件，用 `=`、`在`、`近` 等比较"
            )
        }
        () if has(Kind::Path) || has(Kind::Name) || has(Kind::Number) => {
            say!("write a name or a value here", "这里请写名字或值")
        }
        () if has(Kind::Text) => say!("write a text in quotes", "请写引号里的文本"),
        () if has(Kind::Duration) => say!(
            "write a length of time: `30d`, `72h`",
            "请写时长：`30天`、`72小时`"
        ),
        () if has(Kind::SegmentItem) || has(Kind::KwSegment) => {
            say!(
                "start a line with `segment`, `schema`, `list`, `param`, `test`, `platform` or `campaign`",
                "行首请写 `人群`、`档案`、`名单`、`参数`、`测试`、`平台` 或 `群发`"
            )
        }
        () => say!(
            "look at the line above for what is missing",
            "看看前一行缺了什么"
        ),
    }
}
