//! Columns of a Parquet file by name; dots step into nested records.

use crate::diag::Phrase;
use crate::name::FieldId;
use crate::say;
use crate::schema::{Schema, Type};
use crate::value::{Intervals, TimeFormat};
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DECIMAL128_MAX_PRECISION, DataType, Field, SchemaRef};
use parquet::basic::Type as PhysicalType;
use parquet::schema::types::SchemaDescriptor;
use std::sync::Arc;

/// One column, found by its path from the root.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// The name with dots.
    pub(super) name: String,
    path: Vec<String>,
    pub(super) kind: DataType,
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

    /// The columns of the file that the cells are put together from: several for a list of records.
    pub(super) fn columns(&self, file: &SchemaDescriptor) -> Vec<usize> {
        let is_part = |parts: &[String]| parts.starts_with(&self.path);
        let columns = file.columns().iter().enumerate();
        let mine = columns.filter(|(_, column)| is_part(column.path().parts()));
        mine.map(|(index, _)| index).collect()
    }

    /// Whether it lies in no record.
    pub(super) fn is_root(&self) -> bool {
        self.path.len() == 1
    }

    /// Whether cells can be read as a type at all.
    fn is_readable_as(&self, kind: &Type) -> bool {
        match &self.kind {
            DataType::List(element) | DataType::LargeList(element) => {
                matches!(kind, Type::List { .. }) && is_scalar(element.data_type())
            }
            other => is_scalar(other),
        }
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
    for field in schema.fields() {
        enter(field, &mut Vec::new(), &mut found);
    }
    found
}

fn enter(field: &Field, path: &mut Vec<String>, found: &mut Vec<Leaf>) {
    path.push(field.name().clone());
    match field.data_type() {
        DataType::Struct(fields) => {
            for field in fields {
                enter(field, path, found);
            }
        }
        kind => found.push(Leaf {
            name: path.join("."),
            path: path.clone(),
            kind: kind.clone(),
        }),
    }
    path.pop();
}

/// Refuses columns that no cell could be read from.
///
/// # Errors
/// What to do about the first.
pub(super) fn check(
    file: &SchemaDescriptor,
    schema: &Schema,
    fields: &[(FieldId, Leaf)],
    id: &Option<Leaf>,
) -> Result<(), Phrase> {
    let read = fields.iter().filter_map(|(id, leaf)| {
        let kind = schema.field(*id).map(|field| &field.kind);
        Some(leaf).zip(kind)
    });
    for (leaf, kind) in read.chain(id.iter().map(|leaf| (leaf, &Type::Id))) {
        let name = &leaf.name;
        let columns = leaf.columns(file);
        let mut physical = columns
            .iter()
            .filter_map(|index| file.columns().get(*index))
            .map(|column| column.physical_type());
        if physical.any(|physical| physical == PhysicalType::INT96) {
            return Err(say!(
                "column `{name}` is an INT96, which does not say in which zone its times are: write it as a TIMESTAMP",
                "列 `{name}` 是 INT96 类型，没有说明时区：请写成 TIMESTAMP"
            ));
        }
        if !leaf.is_readable_as(kind) {
            let found = &leaf.kind;
            return Err(say!(
                "column `{name}` is of a kind that fields cannot have ({found}): leave the field out, or write the column as text or numbers",
                "列 `{name}` 的类型（{found}）不能作为字段：请去掉该字段，或把该列写成文本或数字"
            ));
        }
    }
    Ok(())
}

/// Whether a cell of this type has a text.
fn is_scalar(kind: &DataType) -> bool {
    match kind {
        DataType::Null
        | DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::UInt8
        | DataType::UInt16
        | DataType::UInt32
        | DataType::UInt64
        | DataType::Float16
        | DataType::Float32
        | DataType::Float64
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..)
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView => true,
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale) => *scale >= 0,
        DataType::Decimal256(digits, scale) => *scale >= 0 && *digits <= DECIMAL128_MAX_PRECISION,
        DataType::Dictionary(_, value) => is_scalar(value),
        _ => false,
    }
}

/// The file's schema with dictionaries for the text columns that are coded anyway: their pages are
/// then handed over as they are, and each distinct text is looked at once. All other columns come in
/// the plainest type that holds them.
pub(super) fn with_dictionaries(
    file: &SchemaRef,
    schema: &Schema,
    fields: &[(FieldId, Leaf)],
) -> SchemaRef {
    let is_coded = |path: &[String]| {
        fields.iter().any(|(id, leaf)| {
            let is_it = leaf.path == path;
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
    let fields = file
        .fields()
        .iter()
        .map(|field| plain_field(field, &mut Vec::new(), &is_coded));
    let fields: Vec<_> = fields.collect();
    Arc::new(arrow_schema::Schema::new_with_metadata(
        fields,
        file.metadata().clone(),
    ))
}

fn plain_field(
    field: &Field,
    path: &mut Vec<String>,
    is_coded: &dyn Fn(&[String]) -> bool,
) -> Arc<Field> {
    path.push(field.name().clone());
    let kind = match field.data_type() {
        DataType::Struct(fields) => {
            let plain = fields
                .iter()
                .map(|field| plain_field(field, path, is_coded));
            DataType::Struct(plain.collect())
        }
        kind => plain_type(kind, is_coded(path)),
    };
    path.pop();
    // A field that was a dictionary keeps nothing of it but the name.
    let plain = Field::new(field.name(), kind, field.is_nullable());
    Arc::new(plain.with_metadata(field.metadata().clone()))
}

fn plain_type(kind: &DataType, is_coded: bool) -> DataType {
    let element = |field: &Field| {
        let plain = plain_type(field.data_type(), is_coded);
        let plain = Field::new(field.name(), plain, field.is_nullable());
        Arc::new(plain.with_metadata(field.metadata().clone()))
    };
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View if is_coded => {
            DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
        }
        DataType::Dictionary(_, value) => plain_type(value, is_coded),
        DataType::Decimal32(digits, scale)
        | DataType::Decimal64(digits, scale)
        | DataType::Decimal256(digits, scale)
            if *digits <= DECIMAL128_MAX_PRECISION =>
        {
            DataType::Decimal128(*digits, *scale)
        }
        DataType::List(field) => DataType::List(element(field)),
        DataType::LargeList(field) => DataType::LargeList(element(field)),
        other => other.clone(),
    }
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
        DataType::Decimal32(_, scale)
        | DataType::Decimal64(_, scale)
        | DataType::Decimal128(_, scale)
        | DataType::Decimal256(_, scale) => match u8::try_from(*scale) {
            Ok(0) => Type::Int(Intervals::all()),
            Ok(places @ 1..=9) => Type::Decimal {
                places,
                range: Intervals::all(),
            },
            _ => Type::Text { is_folded: false },
        },
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
