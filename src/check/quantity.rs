//! Turns number expressions into quantities.

use super::condition::Scope;
use super::functions::{FUNCTIONS, Function, FunctionKind};
use super::problem::{Unknown, mismatch};
use super::typed::{Quantity, TimePart};
use crate::diag::{Code, Diagnostic};
use crate::name::FieldId;
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, LiteralKind, Path};
use crate::value::Number;

impl Scope<'_> {
    /// The number an expression computes; `None` when it was reported as wrong.
    pub(super) fn quantity(&mut self, expr: &Expr) -> Option<Quantity> {
        match &expr.kind {
            ExprKind::Group(inner) => self.quantity(inner),
            ExprKind::Literal(literal) => self.number_literal(&literal.kind, expr),
            ExprKind::Name(path) => match self.param(path) {
                Some(literal) => self.number_literal(&literal.kind, expr),
                None => self.number_field(path),
            },
            ExprKind::Negate(inner) => Some(Quantity::Negate(Box::new(self.quantity(inner)?))),
            ExprKind::Arithmetic {
                left,
                operator,
                right,
            } => {
                let left = self.quantity(left);
                let right = self.quantity(right);
                Some(Quantity::Arithmetic(
                    Box::new(left?),
                    *operator,
                    Box::new(right?),
                ))
            }
            ExprKind::Call {
                function,
                arguments,
            } => self.call(function, arguments),
            ExprKind::Ago(path) => {
                let _ = self.ago(path)?;
                self.report(mismatch(
                    expr.span,
                    say!("a point in time", "这是时间点"),
                    say!("a number is needed here", "此处需要数字"),
                ));
                None
            }
            _ => {
                self.report(mismatch(
                    expr.span,
                    say!("a condition", "这是一个条件"),
                    say!("a number is needed here", "此处需要数字"),
                ));
                None
            }
        }
    }

    fn number_literal(&mut self, literal: &LiteralKind, expr: &Expr) -> Option<Quantity> {
        match literal {
            LiteralKind::Number(number) => Some(Quantity::Literal(*number)),
            _ => {
                self.report(mismatch(
                    expr.span,
                    say!("no number", "不是数字"),
                    say!("a number is needed here", "此处需要数字"),
                ));
                None
            }
        }
    }

    fn number_field(&mut self, path: &Path) -> Option<Quantity> {
        let id = self.known_field(path)?;
        match self.field(id)?.kind {
            Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => Some(Quantity::Field(id)),
            _ => {
                let name = super::schemas::path_name(path);
                self.report(mismatch(
                    path.span,
                    say!("`{name}` holds no numbers", "`{name}` 不是数字字段"),
                    say!(
                        "calculate with int, decimal or float fields",
                        "只能用 int、decimal 或 float 字段计算"
                    ),
                ));
                None
            }
        }
    }

    fn call(&mut self, function: &Ident, arguments: &[Expr]) -> Option<Quantity> {
        let Some(known) = Function::named(&function.text) else {
            let unknown = Unknown {
                code: Code::UnknownFunction,
                what: say!("function", "函数"),
                name: &function.text,
                span: function.span,
            };
            self.report_unknown(unknown, FUNCTIONS.iter().map(|function| function.name));
            return None;
        };
        let argument = self.one_argument(function, arguments)?;
        let field = self.argument_field(argument)?;
        match self.apply(known.kind, field) {
            Some(quantity) => Some(quantity),
            None => {
                let (name, signature) = (known.name, known.signature);
                self.report(mismatch(
                    argument.span,
                    say!("not what `{name}` takes", "`{name}` 不能用于此字段"),
                    say!("it is {signature}", "用法：{signature}"),
                ));
                None
            }
        }
    }

    fn apply(&self, kind: FunctionKind, field: FieldId) -> Option<Quantity> {
        let declared = &self.field(field)?.kind;
        let is_day = matches!(declared, Type::Date(_) | Type::Datetime(_));
        let part = |part| is_day.then_some(Quantity::Part(part, field));
        match kind {
            FunctionKind::Year => part(TimePart::Year),
            FunctionKind::Month => part(TimePart::Month),
            FunctionKind::Day => part(TimePart::Day),
            FunctionKind::Weekday => part(TimePart::Weekday),
            FunctionKind::Hour => matches!(declared, Type::Datetime(_))
                .then_some(Quantity::Part(TimePart::Hour, field)),
            FunctionKind::DaysSince => is_day.then_some(Quantity::DaysSince(field)),
            FunctionKind::Length => match declared {
                Type::Text { .. } | Type::OneOf(_) | Type::Id => Some(Quantity::Length(field)),
                // A list has a number of elements even when it is missing.
                Type::List { .. } => Some(Quantity::Count(field)),
                _ => None,
            },
            FunctionKind::Count => {
                matches!(declared, Type::List { .. }).then_some(Quantity::Count(field))
            }
            FunctionKind::Lower => None,
        }
    }

    /// A part of a date that no date has, such as month 13, is never found.
    pub(super) fn possible_part(
        &mut self,
        quantity: &Quantity,
        number: &Number,
        span: Span,
    ) -> Option<()> {
        let Quantity::Part(part, _) = quantity else {
            return Some(());
        };
        let (first, last) = part.limits();
        let is_possible = number
            .at_scale(0)
            .is_some_and(|number| (first..=last).contains(&number));
        if is_possible {
            return Some(());
        }
        self.report(
            Diagnostic::new(
                Code::OutOfRange,
                span,
                say!("no date has this part", "没有日期会是这个数"),
            )
            .label(say!("outside {first}..{last}", "不在 {first}..{last} 之内"))
            .help(say!("change the number", "请修改这个数")),
        );
        None
    }
}

impl TimePart {
    /// The least and the greatest it can be.
    fn limits(self) -> (i64, i64) {
        match self {
            TimePart::Year => (1, 9999),
            TimePart::Month => (1, 12),
            TimePart::Day => (1, 31),
            TimePart::Weekday => (1, 7),
            TimePart::Hour => (0, 23),
        }
    }
}
