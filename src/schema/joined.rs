//! Joins two schemas into one that both rule sets can be checked against.

use super::{Field, IdSource, Schema, Type};
use crate::name::Name;

/// How a field of the old schema stands in the new one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldChange {
    /// Only in the new schema.
    Added,
    /// Only in the old one.
    Removed,
    /// Its cells are read in another way: type, range, values, format or `missing when`.
    Changed,
}

/// The fields of two schemas together.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The new fields, then those only the old schema has.
    pub schema: Schema,
    /// What changed, in the order of `schema`.
    pub changes: Vec<(Name, FieldChange)>,
}

impl Schema {
    /// This schema together with the fields that only an older one has. A field that has changed is
    /// read as this schema says.
    pub fn joined_with(&self, old: &Schema) -> Joined {
        let mut schema = Schema::new(self.name.clone());
        let mut changes = Vec::new();
        for (_, field) in self.iter() {
            let mut field = field.clone();
            match old.counterpart(&field) {
                None => changes.push((field.name.clone(), FieldChange::Added)),
                Some(before) => {
                    if !field.is_read_as(before) {
                        changes.push((field.name.clone(), FieldChange::Changed));
                    }
                    // The old rules may use names that are no longer there.
                    let spellings = std::iter::once(&before.name).chain(&before.aka);
                    let gone = spellings.filter(|name| self.find(name.as_str()).is_none());
                    field.aka.extend(gone.cloned());
                }
            }
            // Names were distinct, and names that are gone clash with nothing.
            let _ = schema.add(field);
        }
        for (_, field) in old.iter() {
            if self.counterpart(field).is_none() && schema.add(field.clone()).is_ok() {
                changes.push((field.name.clone(), FieldChange::Removed));
            }
        }
        if self.id == IdSource::Row {
            schema.id = IdSource::Row;
        }
        Joined { schema, changes }
    }

    /// The field that another schema's field is here: by its name, else by an alias.
    fn counterpart(&self, other: &Field) -> Option<&Field> {
        let mut spellings = std::iter::once(&other.name).chain(&other.aka);
        let id = spellings.find_map(|name| self.find(name.as_str()))?;
        self.field(id)
    }
}

impl Field {
    /// Whether cells mean the same under both declarations.
    pub fn is_read_as(&self, other: &Field) -> bool {
        self.kind.is_same(&other.kind) && self.missing_when == other.missing_when
    }
}

impl Type {
    /// Whether cells are read in the same way.
    pub fn is_same(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Bool, Type::Bool) | (Type::Version, Type::Version) | (Type::Id, Type::Id) => {
                true
            }
            (Type::Int(left), Type::Int(right)) | (Type::Float(left), Type::Float(right)) => {
                left == right
            }
            (
                Type::Decimal { places, range },
                Type::Decimal {
                    places: other_places,
                    range: other_range,
                },
            ) => places == other_places && range == other_range,
            (Type::Text { is_folded }, Type::Text { is_folded: other }) => is_folded == other,
            (Type::OneOf(left), Type::OneOf(right)) => left == right,
            (Type::Date(left), Type::Date(right))
            | (Type::Datetime(left), Type::Datetime(right)) => left == right,
            (
                Type::Region { hierarchy, from },
                Type::Region {
                    hierarchy: other_hierarchy,
                    from: other_from,
                },
            ) => from == other_from && hierarchy.is_same(other_hierarchy),
            (
                Type::List { element, separator },
                Type::List {
                    element: other_element,
                    separator: other_separator,
                },
            ) => separator == other_separator && element.is_same(other_element),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Intervals;

    fn field(name: &str, aka: &[&str], kind: Type) -> Field {
        Field {
            name: Name::new(name),
            aka: aka.iter().map(|name| Name::new(name)).collect(),
            kind,
            is_optional: false,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        }
    }

    fn schema(fields: Vec<Field>) -> Schema {
        let mut schema = Schema::new(None);
        for field in fields {
            schema.add(field).unwrap();
        }
        schema
    }

    #[test]
    fn old_names_stay_known_and_changes_are_told() {
        let int = |most| Type::Int(Intervals::new(vec![(0, most)]));
        let old = schema(vec![
            field("id", &[], Type::Id),
            field("years", &["年龄"], int(150)),
            field("gone", &[], Type::Bool),
        ]);
        let new = schema(vec![
            field("id", &[], Type::Id),
            field("age", &["年龄"], int(120)),
            field("fresh", &[], Type::Bool),
        ]);
        let joined = new.joined_with(&old);
        let told: Vec<_> = joined
            .changes
            .iter()
            .map(|(name, change)| (name.as_str(), *change))
            .collect();
        assert_eq!(
            told,
            [
                ("age", FieldChange::Changed),
                ("fresh", FieldChange::Added),
                ("gone", FieldChange::Removed)
            ]
        );
        assert_eq!(joined.schema.find("years"), joined.schema.find("age"));
        assert_eq!(joined.schema.len(), 4);
    }
}
