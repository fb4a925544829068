//! Contact files: what is read, what is rejected, what is refused.

mod agree;
mod broken;
mod csv;
mod inferred;
mod ndjson;
mod packed;
mod running;
mod soup;
mod twice;

use segrule::data::{DataError, Input, LoadReport, Projection, ScanOptions, scan};
use segrule::name::{FieldId, Name};
use segrule::schema::{Field, Schema, Type};
use segrule::value::{Intervals, Number, Share, TimeFormat, Value, Zone};
use std::path::PathBuf;
use std::sync::Arc;

/// A folder of files that vanishes with the test.
pub struct Files(tempfile::TempDir);

impl Files {
    pub fn new() -> Files {
        Files(tempfile::tempdir().unwrap())
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub fn field(name: &str, kind: Type) -> Field {
    Field {
        name: Name::new(name),
        aka: Vec::new(),
        kind,
        is_optional: false,
        missing_when: Vec::new(),
        doc: None,
        span: None,
    }
}

pub fn schema(fields: Vec<Field>) -> Schema {
    let mut schema = Schema::new(None);
    for field in fields {
        schema.add(field).unwrap();
    }
    schema
}

pub fn text() -> Type {
    Type::Text { is_folded: false }
}

pub fn list(separator: Option<&str>) -> Type {
    Type::List {
        element: Box::new(text()),
        separator: separator.map(Arc::from),
    }
}

/// id, age 0..150, name, seen, tags
pub fn people() -> Schema {
    schema(vec![
        field("id", Type::Id),
        field("age", Type::Int(Intervals::new(vec![(0, 150)]))),
        field("name", text()),
        field("seen", Type::Datetime(TimeFormat::Iso)),
        field("tags", list(Some(";"))),
    ])
}

/// id and name only.
pub fn names() -> Schema {
    schema(vec![field("id", Type::Id), field("name", text())])
}

/// One contact: id, record number, cells by field.
pub type Row = (String, u64, Vec<Value>);

pub struct Loaded {
    pub rows: Vec<Row>,
    pub report: LoadReport,
}

impl Loaded {
    pub fn ids(&self) -> Vec<&str> {
        self.rows.iter().map(|(id, ..)| id.as_str()).collect()
    }

    pub fn cell(&self, id: &str, field: usize) -> &Value {
        &self.rows.iter().find(|(known, ..)| known == id).unwrap().2[field]
    }

    /// Line and name of each reason.
    pub fn rejects(&self) -> Vec<(u64, &'static str)> {
        let rejects = self.report.rejects.iter();
        rejects
            .map(|reject| (reject.line, reject.reason.name()))
            .collect()
    }
}

pub fn lenient() -> ScanOptions {
    let mut options = ScanOptions::new(Zone::utc());
    options.max_rejects = Share::from_percent(Number::new(100, 0)).unwrap();
    options
}

pub fn load_with(
    input: &Input,
    schema: &Schema,
    options: &ScanOptions,
) -> Result<Loaded, DataError> {
    let projection = Projection {
        fields: (0..schema.len()).map(FieldId::from_index).collect(),
        ids: true,
        ..Projection::default()
    };
    let mut rows = Vec::new();
    let report = scan(
        input,
        schema,
        &projection,
        options,
        || (),
        |(), chunk| {
            let kept = (0..chunk.rows).filter(|row| !chunk.duplicates.get(*row));
            let row = |row: usize| {
                let cells = schema
                    .iter()
                    .map(|(id, field)| chunk.value(id.index(), row, &field.kind));
                (
                    chunk.ids.get(row).to_string(),
                    chunk.records.of(row),
                    cells.collect(),
                )
            };
            kept.map(row).collect::<Vec<Row>>()
        },
        |chunk| {
            rows.extend(chunk);
            Ok(())
        },
    )?;
    assert_eq!(report.contacts, rows.len() as u64);
    assert_eq!(
        report.rejected,
        report.reasons.values().sum::<u64>(),
        "reasons add up"
    );
    Ok(Loaded { rows, report })
}

pub fn load(bytes: impl AsRef<[u8]>, name: &str, schema: &Schema) -> Result<Loaded, DataError> {
    let files = Files::new();
    load_with(&Input::file(files.write(name, bytes)), schema, &lenient())
}

pub fn csv(text: impl AsRef<[u8]>, schema: &Schema) -> Loaded {
    load(text, "people.csv", schema).unwrap()
}

/// The English message of the failure.
#[track_caller]
pub fn failure(bytes: impl AsRef<[u8]>, name: &str, schema: &Schema) -> String {
    match load(bytes, name, schema) {
        Ok(_) => panic!("the file was read"),
        Err(error) => {
            assert!(!error.message.zh.is_empty());
            error.message.en
        }
    }
}

pub fn text_value(text: &str) -> Value {
    Value::Text(text.into())
}
