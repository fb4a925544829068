//! What a test is about: a field, a number made from fields, a text in lower case.

use super::condition::Scope;
use super::problem::{Unknown, mismatch};
use super::schemas::path_name;
use super::typed::Quantity;
use crate::diag::{Code, Diagnostic};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::{Field, Type};
use crate::syntax::GluedPlace;
use crate::syntax::ast::{Expr, ExprKind, Path};

/// What a test is about.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    /// A field.
    Field(FieldId),
    /// A computed number.
    Quantity(Quantity),
    /// A text field in lower case.
    Lower(FieldId),
}

impl<'a> Scope<'a> {
    /// What the left-hand side of a test is; `None` when it was reported as wrong.
    pub(super) fn subject(&mut self, expr: &Expr) -> Option<Subject> {
        match &expr.kind {
            ExprKind::Group(inner) => self.subject(inner),
            ExprKind::Name(path) => match self.param(path) {
                Some(_) => self.quantity(expr).map(Subject::Quantity),
                None => self.known_field(path).map(Subject::Field),
            },
            ExprKind::Call {
                function,
                arguments,
            } if &*function.text == "lower" => self.lower(function, arguments),
            ExprKind::Call { .. }
            | ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Ago(_)
            | ExprKind::Literal(_) => self.quantity(expr).map(Subject::Quantity),
            _ => {
                self.report(mismatch(
                    expr.span,
                    say!("a condition", "这是一个条件"),
                    say!("compare a field or a number", "请比较字段或数字"),
                ));
                None
            }
        }
    }

    fn lower(
        &mut self,
        function: &crate::syntax::ast::Ident,
        arguments: &[Expr],
    ) -> Option<Subject> {
        let argument = self.one_argument(function, arguments)?;
        let id = self.argument_field(argument)?;
        let field = self.field(id)?;
        match field.kind {
            Type::Text { .. } | Type::Id | Type::OneOf(_) => Some(Subject::Lower(id)),
            _ => {
                self.report(mismatch(
                    argument.span,
                    say!("no text", "不是文本"),
                    say!("`lower` takes a text field", "`lower` 只能用于文本字段"),
                ));
                None
            }
        }
    }

    /// A field by its path, `contact.` in front of it or not.
    pub(super) fn find_field(&self, path: &Path) -> Option<(FieldId, &'a Field)> {
        let schema = &self.rules.schema;
        let whole = path_name(path);
        let found = schema.find(whole.as_str()).or_else(|| {
            if !self.names_contact(path) {
                return None;
            }
            let (_, rest) = whole.as_str().split_once('.')?;
            schema.find(rest)
        })?;
        Some((found, schema.field(found)?))
    }

    /// A field by its path, reported when there is none.
    pub(super) fn known_field(&mut self, path: &Path) -> Option<FieldId> {
        if let Some((id, _)) = self.find_field(path) {
            return Some(id);
        }
        let whole = path_name(path);
        if self.memory.broken.contains(&whole) {
            return None;
        }
        if self.rules.find_segment(whole.as_str()).is_some() {
            self.report(mismatch(
                path.span,
                say!("a segment", "这是一个人群"),
                say!(
                    "a segment stands alone: combine it with and, or, not",
                    "人群单独使用，请用且、或、非组合"
                ),
            ));
            return None;
        }
        // `contact.agee` is looked up as `agee`: only that part is wrong.
        let (name, span) = match &*path.parts {
            [_, rest @ ..] if self.names_contact(path) => {
                let name = whole.as_str().split_once('.').map_or("", |(_, rest)| rest);
                let ends = (rest.first(), rest.last());
                let span = match ends {
                    (Some(first), Some(last)) => first.span.to(last.span),
                    _ => path.span,
                };
                (name, span)
            }
            _ => (whole.as_str(), path.span),
        };
        if self.memory.broken.contains(name) {
            return None;
        }
        if self.report_glued(path, GluedPlace::Condition) {
            return None;
        }
        let unknown = Unknown {
            code: Code::UnknownField,
            what: say!("field", "字段"),
            name,
            span,
        };
        self.report_unknown(unknown, self.rules.schema.names().map(Name::as_str));
        None
    }

    /// The only argument of a function.
    pub(super) fn one_argument<'e>(
        &mut self,
        function: &crate::syntax::ast::Ident,
        arguments: &'e [Expr],
    ) -> Option<&'e Expr> {
        if let [argument] = arguments {
            return Some(argument);
        }
        let name = &function.text;
        let count = arguments.len();
        self.report(
            Diagnostic::new(
                Code::TypeMismatch,
                function.span,
                say!("`{name}` takes one field", "`{name}` 需要一个字段"),
            )
            .label(say!("given {count}", "给了 {count} 个"))
            .help(say!("write `{name}(field)`", "请写 `{name}(字段)`")),
        );
        None
    }

    /// A field given to a function.
    pub(super) fn argument_field(&mut self, argument: &Expr) -> Option<FieldId> {
        match &argument.kind {
            ExprKind::Name(path) => self.known_field(path),
            ExprKind::Group(inner) => self.argument_field(inner),
            _ => {
                self.report(mismatch(
                    argument.span,
                    say!("not a field", "这不是字段"),
                    say!("functions take a field", "函数的参数是字段"),
                ));
                None
            }
        }
    }
}
