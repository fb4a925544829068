//! Walks syntax trees and says what each name stands for.

use super::define::{Definitions, whole};
use super::{Mention, Named};
use crate::name::Name;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{
    Expr, ExprKind, FieldItem, Given, Ident, Item, ListSource, Literal, LiteralKind, Path, Pattern,
    Range, Set, SetEntry, TypeKind, Window,
};
use crate::workspace::Workspace;
use std::sync::Arc;

/// What every name of some items stands for, in the order of the text.
pub(super) fn mentions(
    items: &[Item],
    workspace: &Workspace,
    definitions: &Definitions,
) -> Vec<Mention> {
    let mut walk = Walk {
        workspace,
        definitions,
        found: Vec::new(),
    };
    for item in items {
        walk.item(item);
    }
    let mut found = walk.found;
    found.sort_by_key(|mention| (mention.span.start, mention.span.end));
    found.dedup_by_key(|mention| mention.span);
    found
}

pub(super) struct Walk<'a> {
    workspace: &'a Workspace,
    definitions: &'a Definitions,
    found: Vec<Mention>,
}

impl Walk<'_> {
    pub(super) fn mention(&mut self, span: Span, named: Named) {
        self.found.push(Mention {
            span,
            named,
            is_definition: false,
        });
    }

    pub(super) fn define(&mut self, ident: &Ident, named: fn(Name) -> Named) {
        self.define_as(ident.span, named(Name::new(&ident.text)));
    }

    pub(super) fn define_as(&mut self, span: Span, named: Named) {
        self.found.push(Mention {
            span,
            named,
            is_definition: true,
        });
    }

    fn is_defined(&self, named: &Named) -> bool {
        self.definitions.get(named).is_some()
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Schema(item) => {
                self.define(&item.name, Named::Schema);
                item.fields.iter().for_each(|field| self.field_item(field));
            }
            Item::Segment(item) => {
                self.define(&item.name, Named::Segment);
                item.body.iter().for_each(|body| self.condition(body));
            }
            Item::List(item) => {
                self.define(&item.name, Named::List);
                if let ListSource::Inline(entries) = &item.values {
                    entries.iter().for_each(|entry| self.entry(entry, None));
                }
            }
            Item::Param(item) => self.define(&item.name, Named::Param),
            Item::Hierarchy(item) => self.define(&item.name, Named::Hierarchy),
            Item::Test(item) => self.test(item),
            Item::Platform(item) => self.platform(item),
            Item::Campaign(item) => self.campaign(item),
        }
    }

    fn field_item(&mut self, item: &FieldItem) {
        let name = whole(&item.path);
        for path in std::iter::once(&item.path).chain(&item.aka) {
            self.define_as(path.span, Named::Field(name.clone()));
        }
        let kind = match &item.kind.kind {
            TypeKind::List { element, .. } => &element.kind,
            kind => kind,
        };
        match kind {
            TypeKind::OneOf(values) => {
                for value in values {
                    if let LiteralKind::Word(text) | LiteralKind::Text(text) = &value.kind {
                        let named = Named::Value(name.clone(), Arc::clone(text));
                        self.define_as(value.span, named);
                    }
                }
            }
            TypeKind::Named { name, .. } => {
                let named = Named::Hierarchy(Name::new(&name.text));
                if self.is_defined(&named) {
                    self.mention(name.span, named);
                }
            }
            _ => {}
        }
    }

    /// The field a path names.
    pub(super) fn field(&mut self, path: &Path) -> Option<Name> {
        let (name, span) = self.definitions.field_of(path)?;
        self.mention(span, Named::Field(name.clone()));
        Some(name)
    }

    fn param(&mut self, path: &Path) -> bool {
        let named = Named::Param(whole(path));
        let is_param = path.parts.len() == 1 && self.is_defined(&named);
        if is_param {
            self.mention(path.span, named);
        }
        is_param
    }

    fn given<T>(&mut self, given: &Given<T>) {
        if let Given::Param(path) = given {
            self.param(path);
        }
    }

    pub(super) fn list(&mut self, path: &Path) -> bool {
        let named = Named::List(whole(path));
        let is_list = self.is_defined(&named);
        if is_list {
            self.mention(path.span, named);
        }
        is_list
    }

    /// A segment by its name; else a field.
    pub(super) fn segment_or_field(&mut self, path: &Path) {
        let named = Named::Segment(whole(path));
        match self.is_defined(&named) {
            true => self.mention(path.span, named),
            false => {
                self.field(path);
            }
        }
    }

    pub(super) fn condition(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Or(of) | ExprKind::And(of) => {
                of.iter().for_each(|each| self.condition(each));
            }
            ExprKind::Not(inner) | ExprKind::Group(inner) => self.condition(inner),
            ExprKind::Count {
                count, conditions, ..
            } => {
                self.subject(count);
                conditions.iter().for_each(|each| self.condition(each));
            }
            ExprKind::Sample { percent, salt, .. } => {
                self.given(percent);
                salt.iter().for_each(|salt| self.given(salt));
            }
            ExprKind::Ago(path) => {
                self.param(path);
            }
            ExprKind::Name(path) => self.segment_or_field(path),
            ExprKind::Arithmetic { .. }
            | ExprKind::Negate(_)
            | ExprKind::Call { .. }
            | ExprKind::Literal(_)
            | ExprKind::Everyone
            | ExprKind::Nobody => {
                self.subject(expr);
            }
            ExprKind::Compare { .. }
            | ExprKind::In { .. }
            | ExprKind::Holds { .. }
            | ExprKind::Matches { .. }
            | ExprKind::Missing { .. }
            | ExprKind::Within { .. }
            | ExprKind::When { .. } => self.comparison(expr),
        }
    }

    /// A subject and what it is tested with.
    fn comparison(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Compare { left, right, .. } => match &left.kind {
                // `18 <= age`
                ExprKind::Literal(_) => {
                    self.subject(right);
                }
                _ => {
                    let field = self.subject(left);
                    self.value(right, field.as_ref());
                }
            },
            ExprKind::In { subject, set, .. } => {
                let field = self.subject(subject);
                self.set(set, field.as_ref(), true);
            }
            ExprKind::Holds {
                subject,
                quantifier,
                set,
                ..
            } => {
                let field = self.subject(subject);
                self.set(set, field.as_ref(), quantifier.is_some());
            }
            ExprKind::Matches {
                subject, pattern, ..
            } => {
                self.subject(subject);
                if let Pattern::Param(path) = pattern {
                    self.param(path);
                }
            }
            ExprKind::Missing { subject, .. } => {
                self.subject(subject);
            }
            ExprKind::Within {
                subject, window, ..
            } => {
                self.subject(subject);
                match window.as_ref() {
                    Window::Last(length) | Window::Next(length, _) => self.given(length),
                    Window::Ago { newer, older, .. } => {
                        self.given(newer);
                        self.given(older);
                    }
                }
            }
            ExprKind::When {
                subject, moment, ..
            } => {
                let field = self.subject(subject);
                self.value(moment, field.as_ref());
            }
            _ => {}
        }
    }

    /// The left side of a test; gives its field when it is one.
    fn subject(&mut self, expr: &Expr) -> Option<Name> {
        match &expr.kind {
            ExprKind::Name(path) => match self.param(path) {
                true => None,
                false => self.field(path),
            },
            ExprKind::Group(inner) | ExprKind::Negate(inner) => self.subject(inner),
            ExprKind::Arithmetic { left, right, .. } => {
                self.subject(left);
                self.subject(right);
                None
            }
            ExprKind::Call {
                function,
                arguments,
            } => {
                let name = Arc::clone(&function.text);
                self.mention(function.span, Named::Function(name));
                for argument in arguments {
                    self.subject(argument);
                }
                None
            }
            ExprKind::Literal(_) | ExprKind::Everyone | ExprKind::Nobody => None,
            _ => {
                self.condition(expr);
                None
            }
        }
    }

    /// The right side of a test: a value, a parameter, another field.
    fn value(&mut self, expr: &Expr, field: Option<&Name>) {
        match &expr.kind {
            ExprKind::Group(inner) => self.value(inner, field),
            ExprKind::Literal(literal) => self.literal(literal, field),
            ExprKind::Name(path) => {
                if self.param(path) {
                    return;
                }
                let is_bare = path.parts.len() == 1;
                match field.filter(|field| is_bare && self.takes_words(field)) {
                    Some(field) => {
                        let word = whole(path);
                        self.mention(
                            path.span,
                            Named::Value(field.clone(), Arc::from(word.as_str())),
                        );
                    }
                    None => {
                        self.field(path);
                    }
                }
            }
            _ => {
                self.subject(expr);
            }
        }
    }

    /// Whether a bare word beside a field is its value, not another field.
    fn takes_words(&self, field: &Name) -> bool {
        let schema = &self.workspace.rules.schema;
        let field = schema.find(field.as_str()).and_then(|id| schema.field(id));
        let kind = field.map(|field| match &field.kind {
            Type::List { element, .. } => element,
            kind => kind,
        });
        match kind {
            Some(
                Type::Bool
                | Type::Int(_)
                | Type::Decimal { .. }
                | Type::Float(_)
                | Type::Date(_)
                | Type::Datetime(_),
            ) => false,
            Some(
                Type::Text { .. }
                | Type::OneOf(_)
                | Type::Region { .. }
                | Type::Version
                | Type::List { .. }
                | Type::Id,
            )
            | None => true,
        }
    }

    /// Texts are mentions where the schema lists them.
    pub(super) fn literal(&mut self, literal: &Literal, field: Option<&Name>) {
        let (LiteralKind::Text(text) | LiteralKind::Word(text), Some(field)) =
            (&literal.kind, field)
        else {
            return;
        };
        let named = Named::Value(field.clone(), Arc::clone(text));
        if self.is_defined(&named) || matches!(literal.kind, LiteralKind::Word(_)) {
            self.mention(literal.span, named);
        }
    }

    fn set(&mut self, set: &Set, field: Option<&Name>, may_be_list: bool) {
        match set {
            Set::Range(range) => self.range(range, field),
            Set::Inline(entries, _) => {
                entries.iter().for_each(|entry| self.entry(entry, field));
            }
            Set::Value(expr) => {
                let is_list = match &expr.kind {
                    ExprKind::Name(path) => may_be_list && self.list(path),
                    _ => false,
                };
                if !is_list {
                    self.value(expr, field);
                }
            }
        }
    }

    fn entry(&mut self, entry: &SetEntry, field: Option<&Name>) {
        match entry {
            SetEntry::Value(value) if field.is_some() => self.value(value, field),
            SetEntry::Value(_) => {}
            SetEntry::Range(range) => self.range(range, field),
        }
    }

    fn range(&mut self, range: &Range, field: Option<&Name>) {
        for end in [&range.from, &range.to].into_iter().flatten() {
            self.value(end, field);
        }
    }
}
