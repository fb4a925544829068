//! What every fuzz target runs, shared with the test that replays the seed corpus.

use segrule::data::{Format, Input, Projection, ScanOptions, infer, scan};
use segrule::format::format_checked;
use segrule::name::Name;
use segrule::schema::{Field, Schema, Type};
use segrule::source::SourceId;
use segrule::syntax::parse;
use segrule::value::{Intervals, TimeFormat, Zone};
use std::io::Write;
use std::sync::Arc;

/// Rule bytes: parsing loses no byte and stays inside the text; formatting proves itself.
pub fn rules(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let parsed = parse(SourceId(0), text);
    let joined: String = parsed.tree.tokens().map(|token| token.text).collect();
    assert_eq!(joined, text);
    for diagnostic in &parsed.diagnostics {
        for label in &diagnostic.labels {
            assert!(text.get(label.span.range()).is_some());
        }
    }
    if let Ok(formatted) = format_checked(text) {
        assert_eq!(format_checked(&formatted).as_deref(), Ok(&*formatted));
    }
}

/// CSV bytes.
pub fn csv(bytes: &[u8]) {
    contacts(bytes, Format::Csv);
}

/// NDJSON bytes.
pub fn ndjson(bytes: &[u8]) {
    contacts(bytes, Format::Ndjson);
}

/// Parquet bytes.
pub fn parquet(bytes: &[u8]) {
    contacts(bytes, Format::Parquet);
}

/// Reads a file of bytes under its own schema and under a fixed one: no panic, and every row is
/// accounted for.
fn contacts(bytes: &[u8], format: Format) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let mut input = Input::file(file.path());
    input.format = Some(format);
    if let Ok(schema) = infer(&input, None) {
        read(&input, &schema);
    }
    read(&input, &fixed_schema());
}

fn read(input: &Input, schema: &Schema) {
    let mut options = ScanOptions::new(Zone::utc());
    options.threads = Some(1);
    let projection = Projection {
        fields: schema.iter().map(|(id, _)| id).collect(),
        ids: true,
        ..Projection::default()
    };
    let rows = |chunk: &segrule::table::Chunk| {
        for column in 0..projection.fields.len() {
            for row in 0..chunk.rows {
                let kind = &schema.field(projection.fields[column]).unwrap().kind;
                let _ = chunk.value(column, row, kind);
            }
        }
        (chunk.rows as u64, chunk.duplicates.count())
    };
    let mut found = 0;
    let report = scan(
        input,
        schema,
        &projection,
        &options,
        || (),
        |(), chunk| rows(chunk),
        |(rows, duplicates)| {
            found += rows - duplicates;
            Ok(())
        },
    );
    if let Ok(report) = report {
        assert_eq!(report.contacts, found);
    }
}

fn fixed_schema() -> Schema {
    let mut schema = Schema::new(Some(Name::new("contact")));
    let list = Type::List {
        element: Box::new(Type::Text { is_folded: false }),
        separator: Some(Arc::from(";")),
    };
    let decimal = Type::Decimal {
        places: 2,
        range: Intervals::all(),
    };
    for (name, kind) in [
        ("id", Type::Id),
        ("age", Type::Int(Intervals::new(vec![(0, 150)]))),
        ("spend", decimal),
        ("seen", Type::Datetime(TimeFormat::Iso)),
        ("name", Type::Text { is_folded: true }),
        ("tags", list),
        ("ok", Type::Bool),
    ] {
        let field = Field {
            name: Name::new(name),
            aka: Vec::new(),
            is_optional: name != "id",
            kind,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        let _ = schema.add(field);
    }
    schema
}
