//! Turns expressions into conditions: which form is which.

use super::memory::Memory;
use super::problem::{Unknown, append, insert, not_a_condition};
use super::subject::Subject;
use super::typed::{Condition, ConditionKind, Question, RuleSet, Uses};
use crate::diag::{Code, Diagnostic};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::{Field, Type};
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Given, Path};
use crate::syntax::{GluedPlace, glued_word};
use crate::value::{Intervals, Number, Share};
use std::cell::RefCell;
use std::sync::Arc;

/// What expressions are checked against, and what is found wrong.
pub(super) struct Scope<'a> {
    pub(super) rules: &'a RuleSet,
    pub(super) memory: Memory,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The lists and parameters named so far.
    pub(super) uses: RefCell<Uses>,
    nodes: usize,
}

/// A segment may have so many nodes.
const MOST_NODES: usize = 10_000;

impl<'a> Scope<'a> {
    pub(super) fn new(rules: &'a RuleSet, memory: Memory) -> Scope<'a> {
        Scope {
            rules,
            memory,
            diagnostics: Vec::new(),
            uses: RefCell::default(),
            nodes: 0,
        }
    }

    pub(super) fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Reports a name that means nothing here, with the nearest that do.
    pub(super) fn report_unknown<'n>(
        &mut self,
        unknown: Unknown,
        known: impl Iterator<Item = &'n str>,
    ) {
        let diagnostic = self.memory.unknown(unknown, known);
        self.report(diagnostic);
    }

    /// Reports a word that swallowed a keyword beside a name that is known: `北京且年龄`.
    pub(super) fn report_glued(&mut self, path: &Path, place: GluedPlace) -> bool {
        let [word] = &*path.parts else {
            return false;
        };
        let (rules, broken) = (self.rules, &self.memory.broken);
        let is_name = |name: &str| {
            rules.schema.find(name).is_some()
                || rules.find_segment(name).is_some()
                || broken.contains(name)
        };
        // ASCII words have nothing to swallow.
        if word.quoted || word.text.is_ascii() {
            return false;
        }
        let found = glued_word(&word.text, word.span, place, &is_name);
        let is_glued = found.is_some();
        self.diagnostics.extend(found);
        is_glued
    }

    /// The field behind an id that this scope gave.
    pub(super) fn field(&self, id: FieldId) -> Option<&'a Field> {
        self.rules.schema.field(id)
    }

    /// Checks a whole definition: the limit on nodes counts from here.
    pub(super) fn definition(&mut self, expr: &Expr) -> Option<Condition> {
        self.nodes = 0;
        let condition = self.condition(expr);
        if self.nodes > MOST_NODES {
            let nodes = self.nodes;
            self.report(
                Diagnostic::new(
                    Code::TooLarge,
                    expr.span,
                    say!(
                        "{nodes} conditions in one segment",
                        "一个人群里有 {nodes} 个条件"
                    ),
                )
                .label(say!("the limit is {MOST_NODES}", "上限为 {MOST_NODES}"))
                .help(say!(
                    "name parts as segments of their own, or use a list",
                    "请把部分条件另立人群，或使用名单"
                )),
            );
            return None;
        }
        condition
    }

    /// The condition an expression states; `None` when it was reported as wrong.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Condition> {
        self.nodes += 1;
        let kind = match &expr.kind {
            ExprKind::Or(of) => {
                self.warn_mixed(of);
                ConditionKind::Or(self.all(of)?)
            }
            ExprKind::And(of) => ConditionKind::And(self.all(of)?),
            ExprKind::Not(inner) => ConditionKind::Not(Box::new(self.condition(inner)?)),
            ExprKind::Group(inner) => {
                let inner = self.condition(inner)?;
                return Some(Condition {
                    kind: inner.kind,
                    span: expr.span,
                });
            }
            ExprKind::Compare {
                left,
                operator,
                operator_span,
                right,
            } => self.compare(left, *operator, *operator_span, right)?,
            ExprKind::In { .. }
            | ExprKind::Holds { .. }
            | ExprKind::Matches { .. }
            | ExprKind::Missing { .. }
            | ExprKind::Within { .. }
            | ExprKind::When { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Call { .. }
            | ExprKind::Ago(_)
            | ExprKind::Literal(_) => self.tested(expr)?,
            ExprKind::Count {
                relation,
                count,
                conditions,
            } => self.count(*relation, count, conditions, expr.span)?,
            ExprKind::Sample { percent, salt } => {
                self.sample(percent, salt.as_deref(), expr.span)?
            }
            ExprKind::Everyone => ConditionKind::Everyone,
            ExprKind::Nobody => ConditionKind::Nobody,
            ExprKind::Name(path) => self.named(path)?,
        };
        Some(Condition {
            kind,
            span: expr.span,
        })
    }

    /// A test that may stand behind a `not` of its own: `x not in (…)`. A plain value is none.
    fn tested(&mut self, expr: &Expr) -> Option<ConditionKind> {
        let (negated, kind) = match &expr.kind {
            ExprKind::In {
                subject,
                negated,
                set,
            } => (negated, self.is_in(subject, set, expr.span)?),
            ExprKind::Holds {
                subject,
                negated,
                relation,
                quantifier,
                set,
            } => {
                let holds = self.holds(subject, *relation, *quantifier, set, expr.span)?;
                (negated, holds)
            }
            ExprKind::Matches {
                subject,
                negated,
                pattern,
            } => (negated, self.matches(subject, pattern)?),
            ExprKind::Missing { subject, negated } => {
                (negated, ConditionKind::Ask(self.missing(subject)?))
            }
            ExprKind::Within {
                subject,
                negated,
                window,
                anniversary,
            } => {
                let within = self.within(subject, window, *anniversary)?;
                (negated, ConditionKind::Ask(within))
            }
            ExprKind::When {
                subject,
                negated,
                relation,
                moment,
            } => {
                let when = self.when(subject, *relation, moment)?;
                (negated, ConditionKind::Ask(when))
            }
            ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Call { .. }
            | ExprKind::Ago(_)
            | ExprKind::Literal(_)
            // The forms below have arms of their own in `condition`.
            | ExprKind::Or(_)
            | ExprKind::And(_)
            | ExprKind::Not(_)
            | ExprKind::Group(_)
            | ExprKind::Compare { .. }
            | ExprKind::Count { .. }
            | ExprKind::Sample { .. }
            | ExprKind::Everyone
            | ExprKind::Nobody
            | ExprKind::Name(_) => return self.bare_value(expr.span),
        };
        Some(negated_if(*negated, kind, expr.span))
    }

    fn bare_value(&mut self, span: Span) -> Option<ConditionKind> {
        self.report(not_a_condition(
            span,
            say!("a value", "这是一个值"),
            say!(
                "compare it with something, such as `age >= 18`",
                "请与某个值比较，如 `年龄 >= 18`"
            ),
        ));
        None
    }

    /// Every condition, each checked even when another is wrong.
    pub(super) fn all(&mut self, of: &[Expr]) -> Option<Vec<Condition>> {
        let checked: Vec<Option<Condition>> = of.iter().map(|each| self.condition(each)).collect();
        checked.into_iter().collect()
    }

    /// `a or b and c` is legal, and often not meant.
    fn warn_mixed(&mut self, of: &[Expr]) {
        for part in of {
            if !matches!(part.kind, ExprKind::And(_)) {
                continue;
            }
            self.report(
                Diagnostic::new(
                    Code::MixedAndOr,
                    part.span,
                    say!("`and` binds tighter than `or` here", "这里“且”先于“或”"),
                )
                .label(say!("read as one group", "这部分先结合"))
                .help(say!(
                    "put parentheses around what belongs together",
                    "请用括号写明结合方式"
                ))
                .fix(
                    say!("add the parentheses it has now", "按现在的结合方式加括号"),
                    vec![insert(part.span, "("), append(part.span, ")")],
                ),
            );
        }
    }

    /// A bare name as a condition: a segment, or a bool field.
    fn named(&mut self, path: &Path) -> Option<ConditionKind> {
        let whole = super::schemas::path_name(path);
        if let Some(id) = self.rules.find_segment(whole.as_str()) {
            self.warn_segment_or_field(path, &whole);
            return Some(ConditionKind::Segment(id));
        }
        if self.memory.broken.contains(&whole) {
            return None;
        }
        let is_field = self.find_field(path).is_some();
        if !is_field {
            self.report_unknown_condition(path, &whole);
            return None;
        }
        let (id, field) = self.find_field(path)?;
        if matches!(field.kind, Type::Bool) {
            return Some(ConditionKind::Ask(Question::Number(
                id,
                Intervals::single(1),
            )));
        }
        let name = &field.name;
        self.report(not_a_condition(
            path.span,
            say!("a field", "这是一个字段"),
            say!(
                "compare it with something, such as `{name} is not missing`",
                "请与某个值比较，如 `{name} 不为空`"
            ),
        ));
        None
    }

    /// A segment goes before a bool field of its name, and that is said.
    fn warn_segment_or_field(&mut self, path: &Path, name: &Name) {
        let field = self.find_field(path).map(|(_, field)| &field.kind);
        if !matches!(field, Some(Type::Bool)) || path.parts.iter().any(|part| part.quoted) {
            return;
        }
        self.report(
            Diagnostic::new(
                Code::AmbiguousWord,
                path.span,
                say!(
                    "`{name}` is read as the segment",
                    "`{name}` 在这里按人群理解"
                ),
            )
            .label(say!("also the name of a field", "也是字段名"))
            .help(say!(
                "rename the segment, or write `contact.{name}` for the field",
                "请给人群改名，指字段就写 `contact.{name}`"
            )),
        );
    }

    fn report_unknown_condition(&mut self, path: &Path, whole: &Name) {
        if self.rules.lists.contains_key(whole.as_str()) {
            self.report(not_a_condition(
                path.span,
                say!("a list", "这是一个名单"),
                say!(
                    "say which field is in it, such as `id in {whole}`",
                    "请写明哪个字段在其中，如 `id 在 {whole}`"
                ),
            ));
            return;
        }
        if self.report_glued(path, GluedPlace::Condition) {
            return;
        }
        let unknown = Unknown {
            code: Code::UnknownSegment,
            what: say!("segment", "人群"),
            name: whole.as_str(),
            span: path.span,
        };
        self.report_unknown(unknown, self.rules.segment_names.keys().map(Name::as_str));
    }

    fn missing(&mut self, subject: &Expr) -> Option<Question> {
        match self.subject(subject)? {
            Subject::Field(id) => Some(Question::Missing(id)),
            Subject::Quantity(_) | Subject::Lower(_) => {
                self.report(not_a_condition(
                    subject.span,
                    say!("not a field", "这不是字段"),
                    say!("`is missing` asks about a field", "“为空”只能用于字段"),
                ));
                None
            }
        }
    }

    fn sample(
        &mut self,
        percent: &Given<Number>,
        salt: Option<&Given<Arc<str>>>,
        span: Span,
    ) -> Option<ConditionKind> {
        let percent_span = percent.span();
        let percent = match percent {
            Given::Written(percent, _) => Some(*percent),
            Given::Param(path) => self.share_param(path),
        };
        let share = percent.and_then(Share::from_percent);
        if percent.is_some() && share.is_none() {
            self.report(
                Diagnostic::new(
                    Code::OutOfRange,
                    percent_span,
                    say!("no share of all", "不是有效的比例"),
                )
                .label(say!("not between 0% and 100%", "不在 0% 和 100% 之间"))
                .help(say!("write a share such as 10%", "请写比例，如 10%")),
            );
        }
        let is_trivial = share
            .as_ref()
            .is_some_and(|share| share.threshold() == 0 || share.threshold() == 1 << 64);
        if is_trivial {
            self.report(
                Diagnostic::new(
                    Code::TrivialSample,
                    percent_span,
                    say!("this sample draws nothing by chance", "这个抽样没有随机性"),
                )
                .label(say!("always the same answer", "结果总是一样"))
                .help(say!("write `everyone` or `nobody`", "请写“所有人”或“无人”")),
            );
        }
        let text = match salt {
            Some(salt) => Some((self.given_text(salt)?, salt.span())),
            None => None,
        };
        let Some((text, salt_span)) = text.filter(|(text, _)| !text.trim().is_empty()) else {
            self.report(
                Diagnostic::new(
                    Code::SampleNeedsSalt,
                    span,
                    say!("a sample needs a salt", "抽样需要盐"),
                )
                .label(say!("drawn from what?", "没有写盐"))
                .help(say!(
                    "add a salt: samples with the same salt overlap, others are independent",
                    "请加上盐：盐相同的抽样会重叠，不同的互相独立"
                ))
                .unsafe_fix(
                    say!("add a salt", "加上盐"),
                    vec![append(span, " salt \"change-me\"")],
                ),
            );
            return None;
        };
        let salt = self.text(&text, salt_span)?;
        Some(ConditionKind::Ask(Question::Sample {
            share: Box::new(share?),
            salt,
        }))
    }
}

/// The condition, or its complement.
pub(super) fn negated_if(is_negated: bool, kind: ConditionKind, span: Span) -> ConditionKind {
    if is_negated {
        ConditionKind::Not(Box::new(Condition { kind, span }))
    } else {
        kind
    }
}
