//! Parquet, CSV and NDJSON of the same contacts are read alike, however the Parquet file is laid out.

use crate::data::{Files, Loaded, field, lenient, list, load_with, schema, text};
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int32Array, ListArray,
    RecordBatch, StringArray, TimestampMicrosecondArray,
};
use parquet::basic::Compression;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use proptest::prelude::*;
use segrule::data::Input;
use segrule::schema::{Schema, Type};
use segrule::value::{Date, Instant, Intervals, TimeFormat, Zone};

use super::*;

/// One contact as it is written into all files.
#[derive(Clone, Debug)]
struct Contact {
    id: Option<String>,
    age: Option<i32>,
    place: Option<String>,
    seen: Option<i64>,
    born: Option<i32>,
    cents: Option<i64>,
    score: Option<f64>,
    is_ok: Option<bool>,
    tags: Option<Vec<Option<&'static str>>>,
}

fn contact_schema() -> Schema {
    schema(vec![
        field("id", Type::Id),
        field("age", Type::Int(Intervals::new(vec![(10, 99)]))),
        field("place", text()),
        field("seen", Type::Datetime(TimeFormat::Iso)),
        field("born", Type::Date(TimeFormat::Iso)),
        field("spend", decimal(2)),
        field("score", Type::Float(Intervals::at_least(0))),
        field("ok", Type::Bool),
        field("tags", tags_type()),
    ])
}

/// Lists of a few words: any other word spoils its cell.
fn tags_type() -> Type {
    Type::List {
        element: Box::new(Type::OneOf(["a", "b", "新客"].map(Arc::from).into())),
        separator: Some(Arc::from(";")),
    }
}

fn tags() -> impl Strategy<Value = Option<Vec<Option<&'static str>>>> {
    let tag = prop_oneof![
        20 => prop::sample::select(vec!["a", "b", "新客"]).prop_map(Some),
        1 => prop::sample::select(vec!["", " b "]).prop_map(Some),
        1 => Just(Some("odd")),
        1 => Just(None),
    ];
    let usual = prop::sample::select(vec!["a", "b", "新客"]).prop_map(Some);
    prop::option::weighted(
        0.9,
        prop_oneof![
            prop::collection::vec(tag, 0..5),
            prop::collection::vec(usual, 0..5),
        ],
    )
}

fn contact() -> impl Strategy<Value = Contact> {
    let id = prop_oneof![
        12 => (0u32..400).prop_map(|number| Some(format!("u{number:06}"))),
        2 => (0u32..40).prop_map(|number| Some(format!(" v{number} "))),
        2 => (0u32..40).prop_map(|number| Some(format!("客户-{number}-x"))),
        2 => any::<u32>().prop_map(|bits| Some(format!("{bits:08x}-a-rather-long-id-of-{bits:o}"))),
        1 => Just(Some("1.38E+10".to_string())),
        1 => Just(Some(String::new())),
        1 => Just(None),
    ];
    let rare = |kind: BoxedStrategy<i64>| prop::option::weighted(0.8, kind);
    (
        id,
        prop::option::weighted(0.9, 5i32..105),
        prop::option::weighted(
            0.9,
            prop::sample::select(vec!["北京", "上海", " a ", "b", ""]),
        ),
        rare((-2_000_000_000i64..4_000_000_000).boxed()),
        prop::option::weighted(0.9, -20_000i32..20_000),
        rare(prop_oneof![0i64..200, any::<i32>().prop_map(i64::from)].boxed()),
        prop::option::weighted(0.9, prop_oneof![Just(1.5), -1e6..1e6]),
        prop::option::weighted(0.9, any::<bool>()),
        tags(),
    )
        .prop_map(
            |(id, age, place, seen, born, cents, score, is_ok, tags)| Contact {
                id,
                age,
                place: place.map(String::from),
                seen,
                born,
                cents,
                score,
                is_ok,
                tags,
            },
        )
}

/// How a Parquet file is laid out.
#[derive(Clone, Debug)]
struct Style {
    group_rows: usize,
    page_rows: usize,
    batch_rows: usize,
    has_dictionaries: bool,
    dictionary_bytes: usize,
    is_second_version: bool,
    has_statistics: bool,
    is_packed: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let count = |most: usize| prop_oneof![1..most, Just(100_000)];
    (
        count(150),
        count(90),
        1usize..80,
        any::<bool>(),
        prop_oneof![Just(1usize), Just(200), Just(1 << 20)],
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            |(group_rows, page_rows, batch_rows, dictionary, bytes, second, statistics, packed)| {
                Style {
                    group_rows,
                    page_rows,
                    batch_rows,
                    has_dictionaries: dictionary,
                    dictionary_bytes: bytes,
                    is_second_version: second,
                    has_statistics: statistics,
                    is_packed: packed,
                }
            },
        )
}

impl Style {
    fn properties(&self) -> WriterProperties {
        properties()
            .set_max_row_group_row_count(Some(self.group_rows))
            .set_data_page_row_count_limit(self.page_rows)
            .set_write_batch_size(self.batch_rows)
            .set_dictionary_enabled(self.has_dictionaries)
            .set_dictionary_page_size_limit(self.dictionary_bytes)
            .set_writer_version(match self.is_second_version {
                true => WriterVersion::PARQUET_2_0,
                false => WriterVersion::PARQUET_1_0,
            })
            .set_statistics_enabled(match self.has_statistics {
                true => EnabledStatistics::Page,
                false => EnabledStatistics::None,
            })
            .set_compression(match self.is_packed {
                true => Compression::ZSTD(Default::default()),
                false => Compression::UNCOMPRESSED,
            })
            .build()
    }
}

fn parquet_of(contacts: &[Contact], is_instant: bool, style: &Style) -> Vec<u8> {
    let seen = contacts
        .iter()
        .map(|contact| contact.seen.map(|s| s * 1_000_000));
    let seen = TimestampMicrosecondArray::from_iter(seen);
    let seen = match is_instant {
        true => seen.with_timezone("UTC"),
        false => seen,
    };
    let cents = Decimal128Array::from_iter(contacts.iter().map(|c| c.cents.map(i128::from)));
    let columns: Vec<(&str, ArrayRef)> = vec![
        (
            "id",
            array(StringArray::from_iter(
                contacts.iter().map(|c| c.id.as_ref()),
            )),
        ),
        (
            "age",
            array(Int32Array::from_iter(contacts.iter().map(|c| c.age))),
        ),
        (
            "place",
            array(StringArray::from_iter(
                contacts.iter().map(|c| c.place.as_ref()),
            )),
        ),
        ("seen", array(seen)),
        (
            "born",
            array(Date32Array::from_iter(contacts.iter().map(|c| c.born))),
        ),
        (
            "spend",
            array(cents.with_precision_and_scale(12, 2).unwrap()),
        ),
        (
            "score",
            array(Float64Array::from_iter(contacts.iter().map(|c| c.score))),
        ),
        (
            "ok",
            array(BooleanArray::from_iter(contacts.iter().map(|c| c.is_ok))),
        ),
    ];
    let mut columns = columns;
    columns.push(("tags", array(tag_lists(contacts))));
    let columns: RecordBatch = batch(columns);
    written(&columns, style.properties())
}

fn tag_lists(contacts: &[Contact]) -> ListArray {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for contact in contacts {
        match &contact.tags {
            Some(tags) => lists.append_value(tags.iter().copied()),
            None => lists.append_null(),
        }
    }
    lists.finish()
}

/// The cells of a contact as texts.
fn texts(contact: &Contact, is_instant: bool) -> Vec<String> {
    let shown = |text: Option<String>| text.unwrap_or_default();
    let time = |seconds: i64| {
        let mut text = Zone::utc().rfc3339(Instant(seconds * 1000));
        if !is_instant {
            text.pop();
        }
        text
    };
    let money = |cents: i64| {
        let sign = if cents < 0 { "-" } else { "" };
        let cents = cents.unsigned_abs();
        format!("{sign}{}.{:02}", cents / 100, cents % 100)
    };
    vec![
        shown(contact.id.clone()),
        shown(contact.age.map(|age| age.to_string())),
        shown(contact.place.clone()),
        shown(contact.seen.map(time)),
        shown(contact.born.map(|days| Date(days).to_string())),
        shown(contact.cents.map(money)),
        shown(contact.score.map(|score| score.to_string())),
        shown(contact.is_ok.map(|is_ok| is_ok.to_string())),
        shown(contact.tags.as_ref().map(|tags| {
            let tags = tags.iter().map(|tag| tag.unwrap_or(""));
            tags.collect::<Vec<_>>().join(";")
        })),
    ]
}

/// What is told of a file, with rows for lines.
fn told(loaded: &Loaded, header_lines: u64) -> String {
    let report = &loaded.report;
    let rejects: Vec<(u64, &str)> = report
        .rejects
        .iter()
        .map(|reject| (reject.line - header_lines, reject.reason.name()))
        .collect();
    let invalid: Vec<(&str, u64)> = report
        .invalid
        .iter()
        .map(|field| (field.name.as_str(), field.count))
        .collect();
    let (contacts, rejected) = (report.contacts, report.rejected);
    format!(
        "{contacts} {rejected} {:?} {rejects:?} {invalid:?}",
        report.reasons
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, ..ProptestConfig::default() })]

    #[test]
    fn every_layout_of_a_parquet_file_is_read_as_csv_and_ndjson_are(
        contacts in prop::collection::vec(contact(), 1..220),
        style in style(),
        is_instant in any::<bool>(),
        is_rising in any::<bool>(),
        threads in 1usize..4,
        zone in prop::sample::select(vec!["UTC", "Asia/Shanghai", "Europe/Berlin"]),
    ) {
        let schema = contact_schema();
        let names: Vec<&str> = schema.iter().map(|(_, field)| field.name.as_str()).collect();
        let mut contacts = contacts;
        if is_rising {
            // Good ids one after the other, but for one that comes again.
            let again = contacts.len() / 2;
            for (number, contact) in contacts.iter_mut().enumerate() {
                let number = if number == again { number / 2 } else { number };
                contact.id = Some(format!("u{number:06}"));
            }
        }
        let mut csv = names.join(",") + "\n";
        let mut json = String::new();
        for contact in &contacts {
            let cells = texts(contact, is_instant);
            csv.push_str(&(cells.join(",") + "\n"));
            let pairs = names.iter().zip(&cells).map(|(name, cell)| format!("\"{name}\":\"{cell}\""));
            json.push_str(&format!("{{{}}}\n", pairs.collect::<Vec<_>>().join(",")));
        }
        let files = Files::new();
        let mut options = lenient();
        options.zone = Zone::named(zone).unwrap();
        options.threads = Some(threads);
        options.block_bytes = 2_000;
        let read = |name: &str, bytes: &[u8]| {
            load_with(&Input::file(files.write(name, bytes)), &schema, &options).unwrap()
        };
        let wanted = read("a.csv", csv.as_bytes());
        let others = [
            (read("a.ndjson", json.as_bytes()), 0),
            (read("a.parquet", &parquet_of(&contacts, is_instant, &style)), 0),
        ];
        for (found, header_lines) in others {
            prop_assert_eq!(&found.rows, &wanted.rows);
            prop_assert_eq!(told(&found, header_lines), told(&wanted, 1));
        }
    }
}

#[test]
fn groups_of_several_pieces_are_read_page_by_page() {
    let rows = 300_000;
    let id = |row: usize| match row {
        299_000 => "u000005".to_string(),
        row => format!("u{row:06}"),
    };
    let age = |row: usize| (!row.is_multiple_of(11)).then_some((row % 90) as i32 + 12);
    let place = |row: usize| (!row.is_multiple_of(7)).then(|| format!("p{}", row % 5_000));
    let tags = |row: usize| (0..row % 4).map(move |tag| format!("t{}", row * (tag + 3) % 700));
    let mut lists = ListBuilder::new(StringBuilder::new());
    (0..rows).for_each(|row| lists.append_value(tags(row).map(Some)));
    let columns = batch(vec![
        ("tags", array(lists.finish())),
        (
            "id",
            array(StringArray::from_iter_values((0..rows).map(id))),
        ),
        ("age", array(Int32Array::from_iter((0..rows).map(age)))),
        ("place", array(StringArray::from_iter((0..rows).map(place)))),
    ]);
    let schema = schema(vec![
        field("id", Type::Id),
        field("age", Type::Int(Intervals::new(vec![(13, 200)]))),
        field("place", text()),
        field("tags", list(None)),
    ]);
    for page_rows in [7_000, 1_000_000] {
        let properties = properties()
            .set_data_page_row_count_limit(page_rows)
            .set_write_batch_size(page_rows.min(10_000));
        let bytes = written(&columns, properties.build());
        let loaded = crate::data::load(bytes, "a.parquet", &schema).unwrap();
        assert_eq!(loaded.rejects(), [(299_001, "duplicate-id")]);
        let young = (0..rows).filter(|row| age(*row) == Some(12)).count() as u64;
        assert_eq!(loaded.report.invalid[0].count, young);
        let kept = (0..rows).filter(|row| *row != 299_000);
        assert_eq!(loaded.rows.len(), rows - 1);
        for (row, (found, record, cells)) in kept.zip(&loaded.rows) {
            assert_eq!((found, *record), (&id(row), row as u64));
            let wanted = match age(row) {
                None => Value::Missing,
                Some(12) => Value::Invalid,
                Some(age) => Value::Int(i64::from(age)),
            };
            assert_eq!(cells[1], wanted, "{row}");
            let wanted = place(row).map_or(Value::Missing, |place| Value::Text((&*place).into()));
            assert_eq!(cells[2], wanted, "{row}");
            let tags = tags(row).map(|tag| Value::Text((&*tag).into()));
            let wanted = match row % 4 {
                0 => Value::Missing,
                _ => Value::List(tags.collect()),
            };
            assert_eq!(cells[3], wanted, "{row}");
        }
    }
}
