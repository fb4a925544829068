//! Fields, their types and aliases: what a contact looks like.
//!
//! Invariants: a field's name and aliases are unique over the whole schema; exactly one field is the
//! id, or the record's number is; ranges are stored in the field's own units.

mod cell;
mod joined;

pub use cell::{CellContext, is_spreadsheet_number};
pub use joined::{FieldChange, Joined};

use crate::name::{FieldId, Name};
use crate::region::Hierarchy;
use crate::source::Span;
use crate::value::{Intervals, TimeFormat, Value};
use indexmap::IndexMap;
use std::sync::Arc;

/// What every contact looks like.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The schema's name (`contact`).
    pub name: Option<Name>,
    fields: Vec<Field>,
    names: IndexMap<Name, FieldId>,
    /// How a contact is identified.
    pub id: IdSource,
}

/// Where a contact's id comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum IdSource {
    /// A field of type `id`.
    Field(FieldId),
    /// The record's number, from 1 over all files (`id: row`).
    #[default]
    Row,
}

/// One field of the schema.
#[derive(Clone, Debug)]
pub struct Field {
    /// The name; dots step into nested records (`device.os`).
    pub name: Name,
    /// Other names, which also find the data's column.
    pub aka: Vec<Name>,
    /// What its cells hold.
    pub kind: Type,
    /// Whether the data may lack the column.
    pub is_optional: bool,
    /// Values that count as missing, in the field's own type; text as normalised text.
    pub missing_when: Vec<Value>,
    /// The doc comment.
    pub doc: Option<Arc<str>>,
    /// Where it is declared; `None` when inferred from data.
    pub span: Option<Span>,
}

/// What the cells of a field hold.
#[derive(Clone, Debug)]
pub enum Type {
    /// true/false, yes/no, 1/0, 是/否
    Bool,
    /// A whole number; allowed values.
    Int(Intervals),
    /// A decimal with a fixed number of places (0..=9), counted in units of 10^-places.
    Decimal {
        /// Places after the point.
        places: u8,
        /// Allowed values in units.
        range: Intervals,
    },
    /// A finite IEEE double; allowed values as `value::float_key`s.
    Float(Intervals),
    /// Trimmed NFC text.
    Text {
        /// Compared by NFKC and case folding.
        is_folded: bool,
    },
    /// One of the listed values.
    OneOf(Arc<[Arc<str>]>),
    /// A day.
    Date(TimeFormat),
    /// A moment, kept to the millisecond.
    Datetime(TimeFormat),
    /// A place in a hierarchy.
    Region {
        /// Which hierarchy.
        hierarchy: Arc<Hierarchy>,
        /// The columns it is put together from; empty when it is one column of its own.
        from: Arc<[Name]>,
    },
    /// Dotted numbers compared part by part.
    Version,
    /// Several cells in one.
    List {
        /// What the elements hold; never a list.
        element: Box<Type>,
        /// Splits CSV cells; `None` when the data has real lists only.
        separator: Option<Arc<str>>,
    },
    /// The unique key, exact text.
    Id,
}

impl Schema {
    /// Makes a schema; a field whose name or alias is taken is refused.
    pub fn new(name: Option<Name>) -> Schema {
        Schema {
            name,
            ..Schema::default()
        }
    }

    /// Adds a field under its name and aliases. The first `Id` field becomes the id.
    ///
    /// # Errors
    /// The name that is already taken; the field is then not added.
    pub fn add(&mut self, field: Field) -> Result<FieldId, Name> {
        let spellings = || std::iter::once(&field.name).chain(&field.aka);
        if let Some(taken) = spellings().find(|name| self.names.contains_key(*name)) {
            return Err(taken.clone());
        }
        let id = FieldId::from_index(self.fields.len());
        for name in spellings() {
            self.names.insert(name.clone(), id);
        }
        if matches!(field.kind, Type::Id) && self.id == IdSource::Row {
            self.id = IdSource::Field(id);
        }
        self.fields.push(field);
        Ok(id)
    }

    /// The field behind an id of this schema.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(id.index())
    }

    /// Finds a field by name or alias.
    pub fn find(&self, name: &str) -> Option<FieldId> {
        self.names.get(name).copied()
    }

    /// All fields with their ids, in the order they were declared.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &Field)> {
        self.fields
            .iter()
            .enumerate()
            .map(|(index, field)| (FieldId::from_index(index), field))
    }

    /// Every name and alias.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.names.keys()
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Type {
    /// Whether cells are kept as `i64` numbers in chunks (the rest as dictionary codes).
    pub fn is_number(&self) -> bool {
        match self {
            Type::Bool
            | Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_) => true,
            Type::Text { .. }
            | Type::OneOf(_)
            | Type::Region { .. }
            | Type::Version
            | Type::List { .. }
            | Type::Id => false,
        }
    }
}
