//! What is wrong, in words: one small function a problem.

use crate::diag::{Code, Diagnostic, Edit, Phrase, escape_controls};
use crate::name::nearest;
use crate::say;
use crate::source::Span;
use unicode_security::skeleton;

/// How many names a message offers.
const MOST_NAMES: usize = 3;

/// A name that means nothing here, with the nearest that do.
pub(super) struct Unknown<'a> {
    pub(super) code: Code,
    pub(super) what: Phrase,
    pub(super) name: &'a str,
    pub(super) span: Span,
}

impl Unknown<'_> {
    /// Makes the diagnostic without looking for names that are near.
    pub(super) fn alone(&self) -> Diagnostic {
        let name = escape_controls(self.name);
        let (en, zh) = (&self.what.en, &self.what.zh);
        Diagnostic::new(
            self.code,
            self.span,
            say!("unknown {en} `{name}`", "没有{zh} `{name}`"),
        )
        .label(self.place())
        .help(say!("check the spelling", "请检查拼写"))
    }

    /// Where the name was looked for.
    fn place(&self) -> Phrase {
        match self.code {
            Code::UnknownField => say!("not in the schema", "档案里没有"),
            Code::UnknownValue => say!("not among the field's values", "不在该字段的取值之中"),
            Code::UnknownFunction => say!("not in the catalogue", "函数目录里没有"),
            _ => say!("defined nowhere", "没有定义"),
        }
    }

    /// Makes the diagnostic; one clearly nearest name is also a fix.
    pub(super) fn with<'n>(self, known: impl IntoIterator<Item = &'n str>) -> Diagnostic {
        let known: Vec<&str> = known.into_iter().collect();
        let name = escape_controls(self.name);
        if let Some(twin) = known.iter().find(|other| looks_like(self.name, other)) {
            return confusable(&name, twin, self.span);
        }
        let diagnostic = self.alone();
        let near = nearest(self.name, known.iter().copied(), MOST_NAMES);
        match near.as_slice() {
            [] if known.is_empty() => diagnostic.help(say!("define it first", "请先定义它")),
            [] => {
                let some = joined(known.iter().take(8).copied());
                diagnostic.help(say!("known here: {some}", "已有的：{some}"))
            }
            [one] => diagnostic
                .help(say!("did you mean `{one}`?", "是不是 `{one}`？"))
                .unsafe_fix(
                    say!("write `{one}`", "改为 `{one}`"),
                    vec![replace(self.span, one)],
                ),
            several => {
                let several = joined(several.iter().copied());
                diagnostic.help(say!(
                    "did you mean one of {several}?",
                    "是不是其中之一：{several}？"
                ))
            }
        }
    }
}

fn looks_like(name: &str, other: &str) -> bool {
    name != other && skeleton(name).eq(skeleton(other))
}

fn confusable(name: &str, twin: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::ConfusableName,
        span,
        say!(
            "`{name}` only looks like `{twin}`",
            "`{name}` 只是看起来像 `{twin}`"
        ),
    )
    .label(say!("has look-alike characters", "含有形似字符"))
    .help(say!("write `{twin}`", "改写为 `{twin}`"))
    .fix(
        say!("write `{twin}`", "改为 `{twin}`"),
        vec![replace(span, twin)],
    )
}

/// Names in backquotes, with commas.
pub(super) fn joined<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names
        .into_iter()
        .map(|name| format!("`{}`", escape_controls(name)))
        .collect();
    quoted.join(", ")
}

/// Replaces a stretch of text.
pub(super) fn replace(span: Span, text: &str) -> Edit {
    Edit {
        span,
        text: text.to_string(),
    }
}

/// Inserts text before a byte.
pub(super) fn insert(before: Span, text: &str) -> Edit {
    let mut span = before;
    span.end = span.start;
    replace(span, text)
}

/// Inserts text after a stretch.
pub(super) fn append(after: Span, text: &str) -> Edit {
    let mut span = after;
    span.start = span.end;
    replace(span, text)
}

/// Two things that do not go together.
pub(super) fn mismatch(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::TypeMismatch,
        span,
        say!("these do not go together", "两边的类型不相配"),
    )
    .label(label)
    .help(help)
}

/// A value where a condition belongs.
pub(super) fn not_a_condition(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::NotACondition,
        span,
        say!("this is no condition", "这不是条件"),
    )
    .label(label)
    .help(help)
}

/// A value that the field does not take.
pub(super) fn bad_value(span: Span, label: Phrase, help: Phrase) -> Diagnostic {
    Diagnostic::new(
        Code::BadValue,
        span,
        say!("this value cannot be read", "无法读取这个值"),
    )
    .label(label)
    .help(help)
}
