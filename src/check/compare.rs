//! `=` `!=` `<` `<=` `>` `>=`

use super::condition::{Scope, negated_if};
use super::functions::weekday_named;
use super::numbers::{fits, unit_ends};
use super::problem::{mismatch, replace};
use super::subject::Subject;
use super::typed::{ConditionKind, Quantity, Question, TextView, TimePart};
use super::values::Right;
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::say;
use crate::schema::{Field, Type};
use crate::source::Span;
use crate::syntax::ast::{Comparison, Expr, ExprKind, Literal, LiteralKind, Path};
use crate::value::{Intervals, Number};

impl Comparison {
    /// The comparison with its sides exchanged.
    fn mirrored(self) -> Comparison {
        match self {
            Comparison::Equal => Comparison::Equal,
            Comparison::NotEqual => Comparison::NotEqual,
            Comparison::Less => Comparison::Greater,
            Comparison::LessOrEqual => Comparison::GreaterOrEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        }
    }

    /// Whether it is `=` or `!=`.
    pub(super) fn is_equality(self) -> bool {
        matches!(self, Comparison::Equal | Comparison::NotEqual)
    }
}

impl Scope<'_> {
    /// A comparison as a condition; `!=` is the complement of `=`.
    pub(super) fn compare(
        &mut self,
        left: &Expr,
        operator: Comparison,
        operator_span: Span,
        right: &Expr,
    ) -> Option<ConditionKind> {
        if self.is_plain(left) && !self.is_plain(right) {
            return self.compare(right, operator.mirrored(), operator_span, left);
        }
        let span = left.span.to(right.span);
        let positive = match operator {
            Comparison::NotEqual => Comparison::Equal,
            other => other,
        };
        let question = match self.subject(left)? {
            Subject::Field(id) => {
                let field = self.field(id)?;
                self.compare_field(id, field, positive, operator_span, right)?
            }
            Subject::Quantity(quantity) => self.compare_quantity(quantity, positive, right)?,
            Subject::Lower(id) => {
                self.equality_only(operator, operator_span, &say!("text", "文本"))?;
                let texts = self.right_texts(id, right)?;
                Question::Text(id, self.one_of(TextView::Lower, texts))
            }
        };
        let is_negated = operator == Comparison::NotEqual;
        Some(negated_if(is_negated, ConditionKind::Ask(question), span))
    }

    /// A literal, or a parameter that stands for one.
    fn is_plain(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Literal(_) | ExprKind::Ago(_) => true,
            ExprKind::Name(path) => self.param(path).is_some(),
            ExprKind::Negate(inner) | ExprKind::Group(inner) => self.is_plain(inner),
            _ => false,
        }
    }

    fn compare_field(
        &mut self,
        id: FieldId,
        field: &Field,
        operator: Comparison,
        operator_span: Span,
        right: &Expr,
    ) -> Option<Question> {
        match &field.kind {
            Type::Bool => {
                self.equality_only(operator, operator_span, &say!("yes or no", "是非"))?;
                self.bool_value(right).map(|set| Question::Number(id, set))
            }
            Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => {
                self.compare_number(id, &field.kind, operator, right)
            }
            Type::Date(_) | Type::Datetime(_) => self.compare_time(id, operator, right),
            Type::Text { .. } | Type::OneOf(_) | Type::Id => {
                self.equality_only(operator, operator_span, &say!("text", "文本"))?;
                self.text_equality(id, right)
            }
            Type::Region { .. } => {
                self.equality_only(operator, operator_span, &say!("places", "地区"))?;
                self.region_equality(id, right)
            }
            Type::Version => self.compare_version(id, operator, right),
            Type::List { .. } => {
                let name = &field.name;
                self.report(
                    mismatch(
                        operator_span,
                        say!("`{name}` is a list", "`{name}` 是列表"),
                        say!(
                            "ask what it holds: `{name} has …`",
                            "请问它含有什么：`{name} 含有 …`"
                        ),
                    )
                    .unsafe_fix(
                        say!("write `has`", "改为“含有”（has）"),
                        vec![replace(operator_span, "has")],
                    ),
                );
                None
            }
        }
    }

    pub(super) fn equality_only(
        &mut self,
        operator: Comparison,
        span: Span,
        what: &Phrase,
    ) -> Option<()> {
        if operator.is_equality() {
            return Some(());
        }
        let (en, zh) = (&what.en, &what.zh);
        self.report(mismatch(
            span,
            say!("{en} has no order", "{zh}没有大小之分"),
            say!("use = or !=, or in (…)", "请用 = 或 !=，或 在 (…)"),
        ));
        None
    }

    fn bool_value(&mut self, right: &Expr) -> Option<Intervals> {
        let literal = match self.right(right)? {
            Right::Literal(literal) => Some(literal.kind),
            Right::Word(_) | Right::Other(_) => None,
        };
        let is_true = match literal {
            Some(LiteralKind::Bool(is_true)) => Some(is_true),
            Some(LiteralKind::Number(number)) => match number.at_scale(0) {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
            _ => None,
        };
        if is_true.is_none() {
            self.report(mismatch(
                right.span,
                say!("not true or false", "不是真或假"),
                say!("write true or false", "请写 真 或 假"),
            ));
        }
        is_true.map(|is_true| Intervals::single(i64::from(is_true)))
    }

    fn compare_number(
        &mut self,
        id: FieldId,
        kind: &Type,
        operator: Comparison,
        right: &Expr,
    ) -> Option<Question> {
        match self.right(right)? {
            Right::Literal(literal) => {
                let number = self.number_of(&literal)?;
                let set = self.number_set(kind, operator, &number, literal.span)?;
                Some(Question::Number(id, set))
            }
            Right::Word(_) | Right::Other(_) => {
                let right = self.quantity(right)?;
                Some(Question::Compare {
                    left: Box::new(Quantity::Field(id)),
                    relation: operator,
                    right: Box::new(right),
                })
            }
        }
    }

    fn compare_quantity(
        &mut self,
        left: Quantity,
        operator: Comparison,
        right: &Expr,
    ) -> Option<Question> {
        if let (Quantity::Part(TimePart::Weekday, _), ExprKind::Name(path)) = (&left, &right.kind)
            && let Some(day) = weekday_of(path)
        {
            return Some(Question::Compare {
                left: Box::new(left),
                relation: operator,
                right: Box::new(Quantity::Literal(Number::new(i128::from(day), 0))),
            });
        }
        let right_span = right.span;
        let right = self.quantity(right)?;
        if let (Quantity::Literal(number), true) = (&right, operator.is_equality()) {
            self.possible_part(&left, number, right_span)?;
        }
        Some(Question::Compare {
            left: Box::new(left),
            relation: operator,
            right: Box::new(right),
        })
    }

    /// One end of a range of a number field.
    fn range_number(&mut self, kind: &Type, literal: &Literal) -> Option<Number> {
        let number = self.number_of(literal)?;
        let (above, below) = unit_ends(kind)?(&number);
        self.warn_inexact(kind, above != below && fits(kind, &number), literal.span);
        Some(number)
    }

    /// The number literals of a field, as the set of its units.
    pub(super) fn number_range(
        &mut self,
        kind: &Type,
        from: Option<&Literal>,
        to: Option<&Literal>,
        includes_end: bool,
    ) -> Option<Intervals> {
        let from = match from {
            Some(literal) => Some(self.range_number(kind, literal)?),
            None => None,
        };
        let to = match to {
            Some(literal) => Some(self.range_number(kind, literal)?),
            None => None,
        };
        let ends = unit_ends(kind)?;
        Some(super::numbers::number_interval(
            from.as_ref(),
            to.as_ref(),
            includes_end,
            ends,
        ))
    }
}

/// `mon` to `sun` as a bare word.
pub(super) fn weekday_of(path: &Path) -> Option<i64> {
    match &*path.parts {
        [part] if !part.quoted => weekday_named(&part.text),
        _ => None,
    }
}
