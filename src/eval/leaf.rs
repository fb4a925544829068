//! One question with what it needs to be asked of values, for the fast evaluators.

use super::text::{text_passes, version_passes};
use crate::dag::{Atom, ElementAtom};
use crate::region::{Hierarchy, RegionCode};
use crate::schema::{Schema, Type};
use crate::value::{Value, float_key};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A question with what it needs to be asked quickly.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) atom: Atom,
    /// The hierarchy of a region field.
    pub(super) hierarchy: Option<Arc<Hierarchy>>,
}

impl Leaf {
    /// The question with the hierarchy of its field, whose type is given.
    pub(super) fn new(atom: &Atom, kind: Option<&Type>) -> Leaf {
        Leaf {
            atom: atom.clone(),
            hierarchy: kind.and_then(|kind| hierarchy_of(kind, atom)),
        }
    }

    /// The question with what the schema says of its field.
    pub(super) fn of_schema(atom: &Atom, schema: &Schema) -> Leaf {
        let field = atom.fields().first().and_then(|field| schema.field(*field));
        Leaf::new(atom, field.map(|field| &field.kind))
    }

    /// Whether one distinct value passes.
    pub(super) fn passes(&self, value: &Value) -> bool {
        match (&self.atom, value) {
            (Atom::Present(_), value) => !matches!(value, Value::Missing | Value::Invalid),
            (Atom::Text(_, test), Value::Text(text)) => text_passes(test, text),
            (Atom::Region(_, codes), Value::Region(code)) => self.lies_within(codes, *code),
            (Atom::Version(_, ranges), Value::Version(version)) => version_passes(ranges, version),
            (Atom::Element(_, element), value) => self.element_passes(element, value),
            _ => false,
        }
    }

    fn element_passes(&self, element: &ElementAtom, value: &Value) -> bool {
        match (element, value) {
            (ElementAtom::Text(test), Value::Text(text)) => text_passes(test, text),
            (ElementAtom::Region(codes), Value::Region(code)) => self.lies_within(codes, *code),
            (ElementAtom::Version(ranges), Value::Version(version)) => {
                version_passes(ranges, version)
            }
            (ElementAtom::Number(set), value) => match value {
                Value::Bool(is_true) => set.contains(i64::from(*is_true)),
                Value::Int(number) => set.contains(*number),
                Value::Decimal { units, .. } => set.contains(*units),
                Value::Float(number) => set.contains(float_key(*number)),
                Value::Date(date) => set.contains(i64::from(date.0)),
                Value::Instant(instant) => set.contains(instant.0),
                _ => false,
            },
            _ => false,
        }
    }

    fn lies_within(&self, codes: &BTreeSet<RegionCode>, code: u32) -> bool {
        self.hierarchy.as_ref().is_some_and(|hierarchy| {
            codes
                .iter()
                .any(|outer| hierarchy.contains(*outer, RegionCode(code)))
        })
    }
}

fn hierarchy_of(kind: &Type, atom: &Atom) -> Option<Arc<Hierarchy>> {
    match (kind, atom) {
        (Type::Region { hierarchy, .. }, _) => Some(hierarchy.clone()),
        (Type::List { element, .. }, Atom::Element(_, ElementAtom::Region(_))) => {
            match &**element {
                Type::Region { hierarchy, .. } => Some(hierarchy.clone()),
                _ => None,
            }
        }
        _ => None,
    }
}
