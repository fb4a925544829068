//! Finds the texts that fields are compared with, where they are written.

use super::{Rules, dotted};
use crate::name::FieldId;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::{
    Comparison, Expr, ExprKind, Holding, Item, ListSource, LiteralKind, Path, Set, SetEntry,
};
use crate::value::normalise_text;
use std::collections::HashMap;
use std::sync::Arc;

/// A text that stands in a rule beside a text field, or a list of texts.
pub(super) struct Written {
    /// The field.
    pub(super) field: FieldId,
    /// Whether the field is compared by NFKC and case folding.
    pub(super) is_folded: bool,
    /// Whether the whole value is compared, rather than a part of it.
    pub(super) is_whole: bool,
    /// The text as it is compared.
    pub(super) text: Arc<str>,
    /// Where it stands, quotes included.
    pub(super) span: Span,
}

/// Every such text of all segments, in the order written.
pub(super) fn written(rules: Rules) -> Vec<Written> {
    let mut finder = Finder {
        rules,
        lists: HashMap::new(),
        found: Vec::new(),
    };
    for item in rules.items() {
        if let Item::List(list) = item
            && let ListSource::Inline(entries) = &list.values
        {
            finder.lists.insert(&list.name.text, entries);
        }
    }
    for (_, body) in rules.segments() {
        body.visit(&mut |expr| finder.expression(expr));
    }
    finder.found.sort_by_key(|each| (each.span, each.field));
    finder.found.dedup_by_key(|each| (each.span, each.field));
    finder.found
}

struct Finder<'a> {
    rules: Rules<'a>,
    /// Lists whose values stand in the rules.
    lists: HashMap<&'a str, &'a [SetEntry]>,
    found: Vec<Written>,
}

/// What a text is compared with.
#[derive(Clone, Copy)]
struct Beside {
    field: FieldId,
    is_folded: bool,
    is_whole: bool,
}

impl<'a> Finder<'a> {
    fn expression(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Compare {
                left,
                operator: Comparison::Equal | Comparison::NotEqual,
                right,
                ..
            } => {
                if let Some(beside) = self.beside(left, true) {
                    self.value(beside, right);
                }
            }
            ExprKind::In { subject, set, .. } => self.set(subject, set, true),
            ExprKind::Holds {
                subject,
                relation,
                set,
                ..
            } => self.set(subject, set, *relation == Holding::Has),
            _ => {}
        }
    }

    fn set(&mut self, subject: &Expr, set: &'a Set, is_whole: bool) {
        let Some(beside) = self.beside(subject, is_whole) else {
            return;
        };
        match set {
            Set::Range(_) => {}
            Set::Inline(entries, _) => self.entries(beside, entries),
            Set::Value(value) => match &value.kind {
                ExprKind::Name(path) => match self.list(path) {
                    Some(entries) => self.entries(beside, entries),
                    None if self.rules.typed.lists.contains_key(&*dotted(path)) => {}
                    None => self.value(beside, value),
                },
                _ => self.value(beside, value),
            },
        }
    }

    fn list(&self, path: &Path) -> Option<&'a [SetEntry]> {
        self.lists.get(&*dotted(path)).copied()
    }

    fn entries(&mut self, beside: Beside, entries: &'a [SetEntry]) {
        for entry in entries {
            if let SetEntry::Value(value) = entry {
                self.value(beside, value);
            }
        }
    }

    fn value(&mut self, beside: Beside, value: &Expr) {
        let text: Arc<str> = match &value.kind {
            ExprKind::Literal(literal) => match &literal.kind {
                LiteralKind::Text(text) | LiteralKind::Word(text) => Arc::clone(text),
                _ => return,
            },
            // A parameter's value stands elsewhere, and may be set from outside.
            ExprKind::Name(path) => {
                let word = dotted(path);
                let is_value =
                    !self.rules.typed.params.contains_key(&*word) && !word.starts_with("contact.");
                match is_value {
                    true => Arc::from(word),
                    false => return,
                }
            }
            _ => return,
        };
        self.found.push(Written {
            field: beside.field,
            is_folded: beside.is_folded,
            is_whole: beside.is_whole,
            text: Arc::from(&*normalise_text(&text)),
            span: value.span,
        });
    }

    fn beside(&self, subject: &Expr, is_whole: bool) -> Option<Beside> {
        let ExprKind::Name(path) = &subject.kind else {
            return None;
        };
        let field = self.rules.field(path)?;
        let schema = &self.rules.typed.schema;
        let kind = match &schema.field(field)?.kind {
            Type::List { element, .. } => element,
            kind => kind,
        };
        match kind {
            Type::Text { is_folded } => Some(Beside {
                field,
                is_folded: *is_folded,
                is_whole,
            }),
            _ => None,
        }
    }
}
