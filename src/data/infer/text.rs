//! Writes a schema as a rule file.

use super::near::NearType;
use crate::diag::Lang;
use crate::name::FieldId;
use crate::schema::{Field, IdSource, Schema, Type};
use crate::syntax::{name_text, quoted};
use crate::value::TimeFormat;
use std::fmt::Write;

/// The schema as rule text that can be checked in and edited.
///
/// ```
/// use segrule::data::schema_text;
/// use segrule::schema::Schema;
/// assert_eq!(schema_text(&Schema::default()), "schema contact {\n  id: id row\n}\n");
/// ```
pub fn schema_text(schema: &Schema) -> String {
    schema_text_with(schema, Lang::En, |_| None)
}

/// The same with a comment below each field that has a better type: the line to take instead.
pub fn schema_text_with<'n>(
    schema: &Schema,
    lang: Lang,
    near: impl Fn(FieldId) -> Option<&'n NearType>,
) -> String {
    let name = schema.name.as_ref().map_or("contact", |name| name.as_str());
    let mut out = format!("schema {} {{\n", name_text(name));
    if schema.id == IdSource::Row {
        let key = ["id", "row_id", "record"]
            .into_iter()
            .find(|key| schema.find(key).is_none());
        let _ = writeln!(out, "  {}: id row", key.unwrap_or("record_number"));
    }
    for (id, field) in schema.iter() {
        let _ = writeln!(out, "  {}", field_text(field));
        if let Some(near) = near(id) {
            let better = Field {
                kind: near.kind.clone(),
                ..field.clone()
            };
            let remark = near.remark();
            let _ = writeln!(out, "  # {}  # {}", field_text(&better), remark.get(lang));
        }
    }
    out.push_str("}\n");
    out
}

fn field_text(field: &Field) -> String {
    if field.name.as_str().contains(['`', '\n', '\r']) {
        let shown = crate::diag::escape_controls(field.name.as_str()).replace('\n', " ");
        return format!("# a column that no name can stand for: {shown}");
    }
    let mut text = format!(
        "{}: {}",
        name_text(field.name.as_str()),
        type_text(&field.kind)
    );
    for (index, name) in field.aka.iter().enumerate() {
        text.push_str(if index == 0 { " aka " } else { ", " });
        text.push_str(&name_text(name.as_str()));
    }
    if field.is_optional {
        text.push_str(" optional");
    }
    text
}

pub(super) fn type_text(kind: &Type) -> String {
    match kind {
        Type::Bool => "bool".into(),
        Type::Int(_) => "int".into(),
        Type::Decimal { places, .. } => format!("decimal({places})"),
        Type::Float(_) => "float".into(),
        Type::Text { is_folded: false } => "text".into(),
        Type::Text { is_folded: true } => "text folded".into(),
        Type::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|value| quoted(value)).collect();
            format!("one of ({})", values.join(", "))
        }
        Type::Date(format) => format!("date{}", format_text(format)),
        Type::Datetime(format) => format!("datetime{}", format_text(format)),
        Type::Region { hierarchy, from } => {
            let name = name_text(hierarchy.hierarchy_name());
            let from: Vec<String> = from.iter().map(|part| name_text(part.as_str())).collect();
            match from.is_empty() {
                true => name,
                false => format!("{name} from ({})", from.join(", ")),
            }
        }
        Type::Version => "version".into(),
        Type::List { element, separator } => {
            let element = type_text(element);
            match separator {
                Some(separator) => format!("list of {element} separated by {}", quoted(separator)),
                None => format!("list of {element}"),
            }
        }
        Type::Id => "id".into(),
    }
}

fn format_text(format: &TimeFormat) -> String {
    match format {
        TimeFormat::Iso => String::new(),
        TimeFormat::Pattern(pattern) => format!(" format {}", quoted(pattern)),
        TimeFormat::EpochSeconds => " epoch s".into(),
        TimeFormat::EpochMillis => " epoch ms".into(),
    }
}
