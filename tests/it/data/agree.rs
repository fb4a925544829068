//! The readers agree with the definition of a cell, [`Field::read`], on generated files.

use super::{Files, field, lenient, load_with, schema, text};
use proptest::prelude::*;
use segrule::data::Input;
use segrule::region::Hierarchy;
use segrule::schema::{CellContext, Field, Schema, Type};
use segrule::value::{Intervals, TimeFormat, Value, Zone};
use std::sync::Arc;

fn everything() -> Schema {
    let mut age = field("age", Type::Int(Intervals::new(vec![(-5, 150)])));
    age.missing_when = vec![Value::Int(-1), Value::Text("N/A".into())];
    let mut score = field("score", Type::Int(Intervals::all()));
    score.missing_when = vec![Value::Text("00".into())];
    let mut name = field("name", text());
    name.missing_when = vec![Value::Text("unknown".into())];
    let tags = Type::List {
        element: Box::new(Type::Int(Intervals::all())),
        separator: Some(Arc::from(";")),
    };
    schema(vec![
        field("id", Type::Id),
        age,
        score,
        field(
            "spend",
            Type::Decimal {
                places: 2,
                range: Intervals::at_least(0),
            },
        ),
        field("ratio", Type::Float(Intervals::all())),
        field("ok", Type::Bool),
        field("born", Type::Date(TimeFormat::Iso)),
        field("seen", Type::Datetime(TimeFormat::Iso)),
        field("made", Type::Datetime(TimeFormat::EpochSeconds)),
        name,
        field(
            "os",
            Type::OneOf(Arc::from([Arc::from("ios"), Arc::from("安卓")])),
        ),
        field("version", Type::Version),
        field(
            "region",
            Type::Region {
                hierarchy: Hierarchy::china(),
                from: Arc::from([]),
            },
        ),
        field("tags", tags),
    ])
}

fn cell() -> impl Strategy<Value = String> {
    let usual = prop::sample::select(vec![
        "",
        " ",
        "18",
        "-1",
        "+7",
        "18.0",
        "1.50",
        "1.505",
        "１８",
        "00",
        "007",
        "-0",
        "151",
        "N/A",
        "n/a",
        "unknown",
        "true",
        "YES",
        "否",
        "2026-01-31",
        "2026-02-30",
        "2026-03-29T02:30:00",
        "2026-03-29 02:30:00",
        "2026-10-25T02:30:00",
        "2026-11-22T09:00:00+08:00",
        "2026-11-22T09:00",
        "2026-11-22T24:00:00",
        "ios",
        "安卓",
        "IOS",
        "8.0.30",
        "8.0.",
        "北京",
        "朝阳",
        "广东/深圳",
        "110000",
        "1;2;;3",
        "1;x",
        ";",
        "1e3",
        "NaN",
        "9223372036854775807",
        "9223372036854775808",
        "1700000000",
        "a\0b",
        "e\u{301}",
        "\u{3000}x\u{a0}",
        "123456789012345678",
        "1234567890123456789",
        "say \"hi\"",
        "a,b",
        "a\nb",
        "a\r\nb",
        "tab\there",
    ]);
    prop_oneof![
        6 => usual.prop_map(String::from),
        2 => "[0-9.+:T-]{0,20}",
        1 => "\\PC{0,12}",
    ]
}

fn expected(schema: &Schema, cells: &[String], zone: &Zone) -> Vec<Value> {
    let read = |(cell, (_, field)): (&String, (_, &Field))| field.read(cell, &CellContext { zone });
    cells.iter().zip(schema.iter()).map(read).collect()
}

fn csv_cell(cell: &str, is_quoted: bool) -> String {
    let must = cell.contains(['"', ',', '\n', '\r']);
    match must || is_quoted {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell.to_string(),
    }
}

fn json_cell(cell: &str, style: u8) -> String {
    let quoted = serde_json::to_string(cell).unwrap();
    let is_json_number = serde_json::from_str::<serde_json::Number>(cell).is_ok();
    match style % 3 {
        0 if is_json_number => cell.to_string(),
        1 => {
            let units: Vec<u16> = cell.encode_utf16().collect();
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            format!("\"{escaped}\"")
        }
        _ => quoted,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn chunks_hold_what_the_definition_reads(
        rows in prop::collection::vec(
            (prop::collection::vec(cell(), 13), any::<u64>()), 1..30),
        block_bytes in prop::sample::select(vec![40usize, 300, 5000, 1 << 20]),
        threads in 1usize..4,
        zone in prop::sample::select(vec!["UTC", "Asia/Shanghai", "Europe/Berlin"]),
        line_end in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let schema = everything();
        let zone = Zone::named(zone).unwrap();
        let names: Vec<&str> = schema.iter().map(|(_, field)| field.name.as_str()).collect();
        let mut csv = names.join(",") + line_end;
        let mut json = String::new();
        let mut wanted = Vec::new();
        for (number, (cells, style)) in rows.iter().enumerate() {
            let mut cells = cells.clone();
            cells.insert(0, format!("u{number}"));
            let quoted: Vec<String> = cells.iter().enumerate()
                .map(|(at, cell)| csv_cell(cell, style >> at & 1 == 1)).collect();
            csv.push_str(&(quoted.join(",") + line_end));
            let mut pairs: Vec<String> = cells.iter().zip(&names).enumerate()
                .map(|(at, (cell, name))| format!("\"{name}\":{}", json_cell(cell, (style >> at & 3) as u8)))
                .collect();
            if style % 5 == 0 {
                pairs.reverse();
            }
            json.push_str(&format!("{{{}}}\n", pairs.join(", ")));
            wanted.push(expected(&schema, &cells, &zone));
        }
        let files = Files::new();
        for path in [files.write("a.csv", csv), files.write("a.ndjson", json)] {
            let mut options = lenient();
            options.zone = zone.clone();
            options.threads = Some(threads);
            options.block_bytes = block_bytes;
            let mut input = Input::file(&path);
            input.separator = Some(b',');
            let loaded = load_with(&input, &schema, &options).unwrap();
            let cells: Vec<&Vec<Value>> = loaded.rows.iter().map(|(_, _, cells)| cells).collect();
            prop_assert_eq!(cells, wanted.iter().collect::<Vec<_>>(), "{}", path.display());
        }
    }
}
