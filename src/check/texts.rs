//! Tests of texts, `one of` values, ids and versions.

use super::condition::Scope;
use super::problem::{Unknown, mismatch, replace};
use super::subject::Subject;
use super::typed::{
    ConditionKind, ElementTest, Pattern as Compiled, Question, TextQuestion, TextTest, TextView,
    VersionRange,
};
use super::values::Right;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::GluedPlace;
use crate::syntax::ast::{Comparison, Expr, ExprKind, Literal, LiteralKind, Path, Pattern};
use crate::value::{Glob, Version, fold_text};
use regex::RegexBuilder;
use std::sync::Arc;

/// A compiled regular expression may be this large.
const LARGEST_REGEX_BYTES: usize = 1 << 20;

impl Scope<'_> {
    /// The text is one of these.
    pub(super) fn one_of(&mut self, view: TextView, texts: Vec<Arc<str>>) -> TextTest {
        let set = match texts.as_slice() {
            [only] => self.memory.set_of_one(only),
            _ => Arc::new(texts.into_iter().collect()),
        };
        TextTest {
            view,
            question: TextQuestion::OneOf(set),
        }
    }

    /// How a text field is looked at.
    pub(super) fn view(&self, id: FieldId) -> TextView {
        match self.field(id).map(|field| element_kind(&field.kind)) {
            Some(Type::Text { is_folded: true }) => TextView::Folded,
            _ => TextView::Exact,
        }
    }

    /// A literal text as a field compares it.
    pub(super) fn viewed(&self, view: TextView, text: Arc<str>) -> Arc<str> {
        match view {
            TextView::Folded => Arc::from(&*fold_text(&text)),
            TextView::Exact | TextView::Lower => text,
        }
    }

    pub(super) fn text_equality(&mut self, id: FieldId, right: &Expr) -> Option<Question> {
        if let Right::Other(other) = self.right(right)? {
            return self.same_value(id, other);
        }
        let view = self.view(id);
        let texts = self.right_texts(id, right)?;
        Some(Question::Text(id, self.one_of(view, texts)))
    }

    /// Two fields that hold the same: the second is written `contact.x`.
    pub(super) fn same_value(&mut self, left: FieldId, right: &Expr) -> Option<Question> {
        let ExprKind::Name(path) = &right.kind else {
            self.report(mismatch(
                right.span,
                say!("no text", "不是文本"),
                say!(
                    "write a text in quotes, a word, or `contact.field`",
                    "请写带引号的文本、词，或 `contact.字段`"
                ),
            ));
            return None;
        };
        let other = self.known_field(path)?;
        let kinds = (&self.field(left)?.kind, &self.field(other)?.kind);
        let is_text = |kind: &Type| matches!(kind, Type::Text { .. } | Type::OneOf(_) | Type::Id);
        let fits = match kinds {
            (Type::Region { hierarchy: a, .. }, Type::Region { hierarchy: b, .. }) => {
                Arc::ptr_eq(a, b)
            }
            (Type::Version, Type::Version) => true,
            (a, b) => is_text(a) && is_text(b),
        };
        if !fits {
            self.report(mismatch(
                right.span,
                say!("a field of another type", "另一种类型的字段"),
                say!("compare fields of the same type", "请比较同类型的字段"),
            ));
            return None;
        }
        let is_folded = self.view(left) == TextView::Folded || self.view(other) == TextView::Folded;
        Some(Question::SameValue {
            left,
            right: other,
            is_folded,
        })
    }

    /// The one text on the right of a comparison with a text field.
    pub(super) fn right_texts(&mut self, id: FieldId, right: &Expr) -> Option<Vec<Arc<str>>> {
        let text = match self.right(right)? {
            Right::Literal(literal) => self.literal_for(id, &literal)?,
            Right::Word(path) => self.word_for(id, path)?,
            Right::Other(other) => {
                self.report(mismatch(
                    other.span,
                    say!("no text", "不是文本"),
                    say!("write a text in quotes", "请写带引号的文本"),
                ));
                return None;
            }
        };
        Some(vec![text])
    }

    /// A bare word as the value of a text-like field.
    pub(super) fn word_for(&mut self, id: FieldId, path: &Path) -> Option<Arc<str>> {
        let word = super::schemas::path_name(path);
        let kind = self.field(id).map(|field| element_kind(&field.kind));
        if matches!(kind, Some(Type::Id)) {
            self.report(
                mismatch(
                    path.span,
                    say!("a bare word", "没有引号"),
                    say!("put the id in quotes", "请给 id 加引号"),
                )
                .fix(
                    say!("add quotes", "加引号"),
                    vec![replace(path.span, &format!("\"{word}\""))],
                ),
            );
            return None;
        }
        let is_declared = matches!(kind, Some(Type::OneOf(values)) if values.iter().any(|value| **value == *word.as_str()));
        if !is_declared {
            self.not_glued(path)?;
        }
        self.warn_ambiguous(path, word.as_str());
        let text: Arc<str> = Arc::from(word.as_str());
        self.declared_text(id, text, path.span)
    }

    /// Refuses a bare word that swallowed a keyword and a name: read as a value, nobody would have it.
    pub(super) fn not_glued(&mut self, path: &Path) -> Option<()> {
        (!self.report_glued(path, GluedPlace::Value)).then_some(())
    }

    /// A bare word that is also the name of a field or segment is legal; that it is a value is said.
    pub(super) fn warn_ambiguous(&mut self, path: &Path, word: &str) {
        let is_field = self.rules.schema.find(word).is_some();
        if path.parts.iter().any(|part| part.quoted) {
            return;
        }
        if !is_field && self.rules.find_segment(word).is_none() {
            return;
        }
        let diagnostic = Diagnostic::new(
            Code::AmbiguousWord,
            path.span,
            say!(
                "`{word}` is read as a value here",
                "`{word}` 在这里按值理解"
            ),
        )
        .fix(
            say!("put it in quotes", "加引号"),
            vec![replace(path.span, &format!("\"{word}\""))],
        );
        self.report(if is_field {
            diagnostic
                .label(say!("also the name of a field", "也是字段名"))
                .help(say!(
                    "quote the value, or write `contact.{word}` for the field",
                    "是值就加引号，是字段就写 `contact.{word}`"
                ))
        } else {
            diagnostic
                .label(say!("also the name of a segment", "也是人群名"))
                .help(say!("put the value in quotes", "请给值加引号"))
        });
    }

    /// A literal as the value of a text-like field.
    pub(super) fn literal_for(&mut self, id: FieldId, literal: &Literal) -> Option<Arc<str>> {
        match &literal.kind {
            LiteralKind::Text(text) | LiteralKind::Word(text) => {
                let text = self.text(text, literal.span)?;
                self.declared_text(id, text, literal.span)
            }
            _ => {
                let written = super::schemas::literal_text(literal);
                let mut diagnostic = mismatch(
                    literal.span,
                    say!("not a text", "不是文本"),
                    say!(
                        "the field holds text: put the value in quotes",
                        "该字段是文本：请给值加引号"
                    ),
                );
                if let Some(text) = written {
                    diagnostic = diagnostic.unsafe_fix(
                        say!("add quotes", "加引号"),
                        vec![replace(literal.span, &format!("\"{text}\""))],
                    );
                }
                self.report(diagnostic);
                None
            }
        }
    }

    /// A `one of` field takes only its values; other texts are looked at as the field is.
    fn declared_text(&mut self, id: FieldId, text: Arc<str>, span: Span) -> Option<Arc<str>> {
        let kind = self.field(id).map(|field| element_kind(&field.kind))?;
        if let Type::OneOf(values) = kind
            && !values.contains(&text)
        {
            let unknown = Unknown {
                code: Code::UnknownValue,
                what: say!("value", "取值"),
                name: &text,
                span,
            };
            self.report_unknown(unknown, values.iter().map(|value| &**value));
            return None;
        }
        Some(self.viewed(self.view(id), text))
    }

    /// `matches`, a glob or a regular expression.
    pub(super) fn matches(&mut self, subject: &Expr, pattern: &Pattern) -> Option<ConditionKind> {
        let (id, view) = match self.subject(subject)? {
            Subject::Field(id) => (id, self.view(id)),
            Subject::Lower(id) => (id, TextView::Lower),
            Subject::Quantity(_) => {
                self.report(mismatch(
                    subject.span,
                    say!("a number", "这是数字"),
                    say!("patterns match texts", "模式只能匹配文本"),
                ));
                return None;
            }
        };
        let question = match pattern {
            Pattern::Glob(text) => {
                let value = self.text(&text.value, text.span)?;
                TextQuestion::Glob(Box::new(Glob::new(&self.viewed(view, value))))
            }
            Pattern::Param(path) => {
                let text = self.text_param(path)?;
                let value = self.text(&text, path.span)?;
                TextQuestion::Glob(Box::new(Glob::new(&self.viewed(view, value))))
            }
            Pattern::Regex(text) => {
                TextQuestion::Regex(Box::new(self.regex(&text.value, text.span)?))
            }
        };
        let test = TextTest { view, question };
        let kind = &self.field(id)?.kind;
        match kind {
            Type::Text { .. } | Type::OneOf(_) | Type::Id => {
                Some(ConditionKind::Ask(Question::Text(id, test)))
            }
            Type::List { element, .. }
                if matches!(**element, Type::Text { .. } | Type::OneOf(_)) =>
            {
                Some(ConditionKind::Ask(Question::Element(
                    id,
                    ElementTest::Text(test),
                )))
            }
            _ => {
                self.not_text(subject.span);
                None
            }
        }
    }

    pub(super) fn not_text(&mut self, span: Span) {
        self.report(mismatch(
            span,
            say!("no text field", "不是文本字段"),
            say!("this test is for text fields", "这种判断只能用于文本字段"),
        ));
    }

    fn regex(&mut self, text: &Arc<str>, span: Span) -> Option<Compiled> {
        if text.is_empty() {
            self.report(
                Diagnostic::new(Code::BadPattern, span, say!("an empty pattern", "空的模式"))
                    .label(say!("finds everything", "匹配一切"))
                    .help(say!("write what to find", "请写要查找的内容")),
            );
            return None;
        }
        // ASCII classes, as documented; the pattern still runs over whole characters.
        let ascii = ascii_classes(text);
        let built = RegexBuilder::new(&ascii)
            .size_limit(LARGEST_REGEX_BYTES)
            .dfa_size_limit(LARGEST_REGEX_BYTES)
            .build();
        match built {
            Ok(regex) => Some(Compiled {
                text: text.clone(),
                regex,
            }),
            Err(error) => {
                let reason = regex_reason(&error);
                let reason_zh = regex_reason_zh(&reason);
                let message = say!("this pattern does not work", "这个模式无法使用");
                self.report(
                    Diagnostic::new(Code::BadPattern, span, message)
                        .help(regex_help(&reason))
                        .label(say!("{reason}", "{reason_zh}")),
                );
                None
            }
        }
    }

    pub(super) fn compare_version(
        &mut self,
        id: FieldId,
        operator: Comparison,
        right: &Expr,
    ) -> Option<Question> {
        let literal = match self.right(right)? {
            Right::Literal(literal) => literal,
            Right::Other(other) if operator.is_equality() => return self.same_value(id, other),
            Right::Word(_) | Right::Other(_) => {
                self.unquoted_version(right.span);
                return None;
            }
        };
        let version = self.version_of(&literal)?;
        Some(Question::Version(
            id,
            vec![version_range(operator, version)],
        ))
    }

    fn unquoted_version(&mut self, span: Span) {
        self.report(mismatch(
            span,
            say!("no version", "不是版本号"),
            say!(
                "write the version in quotes, such as \"8.0.30\"",
                "请写带引号的版本号，如 \"8.0.30\""
            ),
        ));
    }

    /// A quoted version, reported when it is something else.
    pub(super) fn version_of(&mut self, literal: &Literal) -> Option<Version> {
        let LiteralKind::Text(text) = &literal.kind else {
            self.unquoted_version(literal.span);
            return None;
        };
        let version = Version::parse(text.trim());
        if version.is_none() {
            self.unquoted_version(literal.span);
        }
        version
    }
}

/// The type of a list's elements, or the type itself.
pub(super) fn element_kind(kind: &Type) -> &Type {
    match kind {
        Type::List { element, .. } => element,
        other => other,
    }
}

pub(super) fn version_range(operator: Comparison, version: Version) -> VersionRange {
    let (from, to) = match operator {
        Comparison::Equal | Comparison::NotEqual => {
            (Some((version.clone(), true)), Some((version, true)))
        }
        Comparison::Less => (None, Some((version, false))),
        Comparison::LessOrEqual => (None, Some((version, true))),
        Comparison::Greater => (Some((version, false)), None),
        Comparison::GreaterOrEqual => (Some((version, true)), None),
    };
    VersionRange { from, to }
}

/// Rewrites `\d \w \s \b` and their opposites to their ASCII meaning.
fn ascii_classes(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len() + 16);
    let mut characters = pattern.chars();
    let mut depth = 0usize;
    while let Some(character) = characters.next() {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '\\' => {
                let Some(class) = characters.next() else {
                    out.push('\\');
                    break;
                };
                out.push_str(&ascii_class(class, depth > 0));
                continue;
            }
            _ => {}
        }
        out.push(character);
    }
    out
}

fn ascii_class(class: char, is_inside_set: bool) -> String {
    let set = match class {
        // Outside brackets the flag also keeps `(?i)` from adding letters beyond ASCII.
        'd' | 'w' | 's' if !is_inside_set => return format!(r"(?-u:\{class})"),
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[0-9A-Za-z_]",
        'W' => "[^0-9A-Za-z_]",
        's' => r"[\t\n\x0B\x0C\r ]",
        'S' => r"[^\t\n\x0B\x0C\r ]",
        // ASCII word boundaries are valid on UTF-8 text; the negated one is not, and stays as it is.
        'b' if !is_inside_set => return r"(?-u:\b)".to_string(),
        other => return format!("\\{other}"),
    };
    set.to_string()
}

/// What to do about the library's reason.
fn regex_help(reason: &str) -> Phrase {
    let is = |part: &str| reason.contains(part);
    match () {
        () if is("look-around") || is("backreferences") => say!(
            "patterns run in linear time: ask two questions, joined with `and` or `and not`",
            "模式保证线性时间：请拆成两个条件，用 `且` 或 `且 非` 连接"
        ),
        () if is("size limit") => say!(
            "repeat less, or ask with `length` how long the text is",
            "请减少重复次数；要限制长度，可用 `length`"
        ),
        () if is("unclosed") || is("unopened") => say!(
            "close it, or write `\\` before the sign if it is part of the text",
            "请补上另一半；符号本身是文本时，前面写 `\\`"
        ),
        () => say!(
            "correct the pattern; `\\` before a sign makes it part of the text",
            "请改正模式；符号前写 `\\` 表示文本中的符号"
        ),
    }
}

/// The library's reason in Chinese, as far as it is one that people meet.
fn regex_reason_zh(reason: &str) -> &str {
    let known = [
        ("unclosed group", "括号没有收尾"),
        ("unclosed capture group name", "组名没有收尾"),
        ("Unicode property", "没有这种 Unicode 属性"),
        ("unopened group", "多出一个右括号"),
        ("unclosed character class", "方括号没有收尾"),
        (
            "repetition operator missing expression",
            "重复符号前面没有内容",
        ),
        ("unclosed counted repetition", "花括号没有收尾"),
        ("invalid repetition count range", "重复次数的起点大于终点"),
        (
            "repetition quantifier expects a valid decimal",
            "重复次数不是数字",
        ),
        ("unrecognized escape sequence", "未知的转义"),
        ("incomplete escape sequence", "转义没有写完"),
        ("invalid character class range", "字符区间的起点大于终点"),
        ("look-around", "不支持环视"),
        ("backreferences are not supported", "不支持反向引用"),
        ("Compiled regex exceeds size limit", "模式展开后太大"),
    ];
    let found = known.iter().find(|(en, _)| reason.contains(en));
    found.map_or(reason, |(_, zh)| zh)
}

/// The last line of the library's message says what is wrong.
fn regex_reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or("").trim();
    crate::diag::escape_controls(last.trim_start_matches("error: "))
}
