//! Reads small CSV files.
#![allow(missing_docs)]
use super::*;
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::schema::{CellContext, IdSource, Schema};
use crate::table::Chunk;
use crate::value::{Number, Share, Value, Zone};

pub struct Projection {
    pub fields: Vec<FieldId>,
    pub ids: bool,
}
pub struct ScanOptions {
    pub zone: Zone,
    pub threads: Option<usize>,
    pub max_rejects: Share,
}
impl ScanOptions {
    pub fn new(zone: Zone) -> ScanOptions {
        ScanOptions {
            zone,
            threads: None,
            max_rejects: Share::from_percent(Number::new(1, 1)).unwrap(),
        }
    }
}
pub fn infer(_: &Input, _: Option<&str>) -> Result<Schema, DataError> {
    Ok(Schema::default())
}
pub fn schema_text(_: &Schema) -> String {
    String::new()
}
pub fn scan<W, T>(
    input: &Input,
    schema: &Schema,
    projection: &Projection,
    options: &ScanOptions,
    make: impl Fn() -> W,
    per: impl Fn(&mut W, &Chunk) -> T,
    mut sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<LoadReport, DataError> {
    let text = std::fs::read_to_string(&input.paths[0]).unwrap();
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut report = LoadReport::default();
    let mut rows = Vec::new();
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        if cells.len() != header.len() {
            report.rejected += 1;
            continue;
        }
        let mut values = vec![Value::Missing; schema.len()];
        for (name, text) in header.iter().zip(&cells) {
            if let Some(id) = schema.find(name) {
                values[id.index()] = schema.field(id).unwrap().read(
                    text,
                    &CellContext {
                        zone: &options.zone,
                    },
                );
            }
        }
        let id = match schema.id {
            IdSource::Field(id) => match &values[id.index()] {
                Value::Text(t) => t.to_string(),
                _ => String::new(),
            },
            IdSource::Row => rows.len().to_string(),
        };
        rows.push((id, values));
    }
    report.contacts = rows.len() as u64;
    let mut worker = make();
    for part in rows.chunks(5000) {
        let borrowed: Vec<(&str, &[Value])> = part.iter().map(|(a, b)| (&**a, &**b)).collect();
        let chunk = Chunk::from_rows(schema, &projection.fields, &borrowed);
        sink(per(&mut worker, &chunk)).map_err(DataError::sink)?;
    }
    Ok(report)
}
