//! Schemas without types.
use super::{DataError, Input};
use crate::schema::Schema;

/// Infers.
pub fn infer(_: &Input, _: Option<&str>) -> Result<Schema, DataError> {
    Ok(Schema::default())
}

/// Prints.
pub fn schema_text(_: &Schema) -> String {
    String::new()
}
