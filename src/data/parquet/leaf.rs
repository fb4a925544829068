//! Columns of a Parquet file by name; dots step into nested records.

use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::value::{Intervals, TimeFormat};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, SchemaRef};
use std::sync::Arc;

/// One column, found by its path from the root.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The name with dots.
    pub(super) name: String,
    /// The root column's place in the file.
    pub(super) root: usize,
    path: Vec<String>,
    kind: DataType,
}

impl Leaf {
    /// The column's cells in a batch; `None` when the batch lacks it.
    pub(super) fn array(&self, batch: &RecordBatch) -> Option<ArrayRef> {
        let (first, rest) = self.path.split_first()?;
        let mut array = Arc::clone(batch.column_by_name(first)?);
        for name in rest {
            let parent = array.as_any().downcast_ref::<StructArray>()?;
            let child = Arc::clone(parent.column_by_name(name)?);
            // A missing record has missing cells.
            array = match parent.nulls() {
                None => child,
                Some(_) => masked(parent, child)?,
            };
        }
        Some(array)
    }

    /// The type the column would have in a schema.
    pub(super) fn schema_type(&self) -> Type {
        schema_type(&self.kind)
    }
}

/// The child's cells, missing where the parent is.
fn masked(parent: &StructArray, child: ArrayRef) -> Option<ArrayRef> {
    let nulls = arrow_buffer::NullBuffer::union(parent.nulls(), child.nulls());
    let data = child.to_data().into_builder().nulls(nulls).build().ok()?;
    Some(arrow_array::make_array(data))
}

/// Every column, records entered.
pub(super) fn leaves(schema: &SchemaRef) -> Vec<Leaf> {
    let mut found = Vec::new();
    for (root, field) in schema.fields().iter().enumerate() {
        enter(field, root, &mut Vec::new(), &mut found);
    }
    found
}

fn enter(field: &Field, root: usize, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    path.push(field.name().clone());
    match field.data_type() {
        DataType::Struct(fields) => {
            for field in fields {
                enter(field, root, path, found);
            }
        }
        kind => found.push(Leaf {
            name: path.join("."),
            root,
            path: path.clone(),
            kind: kind.clone(),
        }),
    }
    path.pop();
}

/// The file's schema with dictionaries for the text columns that are coded anyway: their pages are
/// then handed over as they are, and each distinct text is looked at once.
pub(super) fn with_dictionaries(
    file: &SchemaRef,
    schema: &Schema,
    fields: &[(FieldId, Option<Leaf>)],
) -> SchemaRef {
    let is_coded = |name: &str| {
        fields.iter().any(|(id, leaf)| {
            let is_it = leaf.as_ref().is_some_and(|leaf| leaf.path == [name]);
            let kind = schema.field(*id).map(|field| &field.kind);
            is_it
                && matches!(
                    kind,
                    Some(
                        Type::Text { .. }
                            | Type::OneOf(_)
                            | Type::Region { .. }
                            | Type::Version
                            | Type::List { .. }
                    )
                )
        })
    };
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let fields = file.fields().iter().map(|field| match field.data_type() {
        DataType::Utf8 if is_coded(field.name()) => {
            Arc::new(field.as_ref().clone().with_data_type(dictionary()))
        }
        DataType::List(element)
            if is_coded(field.name()) && *element.data_type() == DataType::Utf8 =>
        {
            let element = element.as_ref().clone().with_data_type(dictionary());
            let list = DataType::List(Arc::new(element));
            Arc::new(field.as_ref().clone().with_data_type(list))
        }
        _ => Arc::clone(field),
    });
    let fields: Vec<_> = fields.collect();
    Arc::new(arrow_schema::Schema::new_with_metadata(
        fields,
        file.metadata().clone(),
    ))
}

fn schema_type(kind: &DataType) -> Type {
    match kind {
        DataType::Boolean => Type::Bool,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64 => Type::Int(Intervals::all()),
        DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) => {
            match u8::try_from(*scale) {
                Ok(0) => Type::Int(Intervals::all()),
                Ok(places @ 1..=9) => Type::Decimal {
                    places,
                    range: Intervals::all(),
                },
                _ => Type::Text { is_folded: false },
            }
        }
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Float(Intervals::all()),
        DataType::Date32 | DataType::Date64 => Type::Date(TimeFormat::Iso),
        DataType::Timestamp(..) => Type::Datetime(TimeFormat::Iso),
        DataType::List(element) | DataType::LargeList(element) => Type::List {
            element: Box::new(schema_type(element.data_type())),
            separator: None,
        },
        DataType::Dictionary(_, value) => schema_type(value),
        _ => Type::Text { is_folded: false },
    }
}
