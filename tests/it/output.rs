//! Results that are written: what stands in them, and that they appear whole or not at all.

use segrule::data::write::{
    BitmapFolder, ClassWriter, ColumnSet, FinishError, NewFile, RowFormat, RowWriter, Target,
};
use segrule::data::{DataErrorKind, Format};
use segrule::name::{FieldId, Name};
use segrule::schema::{Field, Schema, Type};
use segrule::table::{Bitmap, Chunk, RecordNumbers};
use segrule::value::{Date, Instant, Intervals, TimeFormat, Value, Zone};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;

fn schema() -> Schema {
    let fields = [
        ("id", Type::Id),
        ("age", Type::Int(Intervals::all())),
        ("name", Type::Text { is_folded: false }),
        (
            "spend",
            Type::Decimal {
                places: 2,
                range: Intervals::all(),
            },
        ),
        ("seen", Type::Datetime(TimeFormat::Iso)),
        ("born", Type::Date(TimeFormat::Iso)),
        ("open", Type::Bool),
        (
            "tags",
            Type::List {
                element: Box::new(Type::Text { is_folded: false }),
                separator: Some(Arc::from("|")),
            },
        ),
    ];
    let mut schema = Schema::new(None);
    for (name, kind) in fields {
        let field = Field {
            name: Name::new(name),
            aka: Vec::new(),
            kind,
            is_optional: false,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        schema.add(field).unwrap();
    }
    schema
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn full(id: &str, name: &str) -> Vec<Value> {
    vec![
        text(id),
        Value::Int(-5),
        text(name),
        Value::Decimal {
            units: 120_050,
            places: 2,
        },
        Value::Instant(Instant(1_767_225_600_000)),
        Value::Date(Date(0)),
        Value::Bool(true),
        Value::List(vec![text("a"), text("b\"")]),
    ]
}

fn all_fields() -> Vec<FieldId> {
    (1..8).map(FieldId::from_index).collect()
}

/// One contact with every cell, one with none, one that is not selected, one that is invalid.
fn chunk(names: [&str; 2]) -> Chunk {
    let (first, last) = (full("1", names[0]), full("9", names[1]));
    let invalid = vec![Value::Invalid; 8];
    let rows: [(&str, &[Value]); 4] = [("1", &first), ("2", &[]), ("9", &last), ("-3", &invalid)];
    Chunk::from_rows(&schema(), &all_fields(), &rows)
}

fn format(format: Format, is_for_people: bool) -> RowFormat {
    RowFormat {
        format,
        is_for_people,
        zone: Zone::named("Asia/Shanghai").unwrap(),
    }
}

/// What a writer sends to standard output.
fn sent(target: Target) -> String {
    let mut out = Vec::new();
    target.finish(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(fields: &[FieldId], how: RowFormat, chunk: &Chunk) -> String {
    let target = Target::open(None, false).unwrap();
    let mut writer = RowWriter::new(target, ColumnSet::new(&schema(), fields), how).unwrap();
    let selected = Bitmap::from_fn(chunk.rows, |row| row != 2);
    writer.write(chunk, &selected).unwrap();
    sent(writer.end().unwrap())
}

#[test]
fn members_are_written_as_csv_in_canonical_form() {
    let chunk = chunk(["Li, \"A\"\nB", "=1"]);
    let expected = "id,age,name,spend,seen,born,open,tags\n\
        1,-5,\"Li, \"\"A\"\"\nB\",1200.50,2026-01-01T08:00:00+08:00,1970-01-01,true,\"a|b\"\"\"\n\
        2,,,,,,,\n\
        -3,,,,,,,\n";
    assert_eq!(
        rows(&all_fields(), format(Format::Csv, false), &chunk),
        expected
    );
    assert_eq!(
        rows(&[], format(Format::Csv, false), &chunk),
        "id\n1\n2\n-3\n"
    );
}

#[test]
fn members_are_written_as_json_with_types() {
    let chunk = chunk(["Li\t\"A\"", ""]);
    let text = rows(&all_fields(), format(Format::Ndjson, false), &chunk);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        r#"{"id":"1","age":-5,"name":"Li\t\"A\"","spend":1200.50,"seen":"2026-01-01T08:00:00+08:00","born":"1970-01-01","open":true,"tags":["a","b\""]}"#
    );
    assert_eq!(
        lines[2],
        r#"{"id":"-3","age":null,"name":null,"spend":null,"seen":null,"born":null,"open":null,"tags":null}"#
    );
    assert_eq!(lines.len(), 3);
    for line in lines {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn d29_spreadsheets_run_no_formula_and_machines_get_raw_cells() {
    let chunk = chunk(["=HYPERLINK(1)", ""]);
    let fields = [FieldId::from_index(1), FieldId::from_index(2)];
    assert_eq!(
        rows(&fields, format(Format::Csv, true), &chunk),
        "id,age,name\n1,-5,'=HYPERLINK(1)\n2,,\n'-3,,\n",
        "an id is text, a number is none"
    );
    assert_eq!(
        rows(&fields, format(Format::Csv, false), &chunk),
        "id,age,name\n1,-5,=HYPERLINK(1)\n2,,\n-3,,\n"
    );
}

#[test]
fn d29_headers_are_guarded_too() {
    let mut columns = ColumnSet::new(&schema(), &[]);
    columns.id = Some("@id".to_string());
    let target = Target::open(None, false).unwrap();
    let writer = RowWriter::new(target, columns, format(Format::Csv, true)).unwrap();
    assert_eq!(sent(writer.end().unwrap()), "'@id\n");
}

#[test]
fn texts_of_several_dictionaries_keep_apart() {
    let target = Target::open(None, false).unwrap();
    let columns = ColumnSet::new(&schema(), &[FieldId::from_index(2)]);
    let mut writer = RowWriter::new(target, columns, format(Format::Csv, false)).unwrap();
    let mut expected = String::from("id,name\n");
    for round in 0..300 {
        let name = format!("n{round}");
        let cells = full("1", &name);
        let chunk = Chunk::from_rows(&schema(), &[FieldId::from_index(2)], &[("1", &cells)]);
        writer.write(&chunk, &Bitmap::all(1)).unwrap();
        expected.push_str(&format!("1,{name}\n"));
    }
    assert_eq!(sent(writer.end().unwrap()), expected);
}

/// Answers over 130 contacts: `a` every second, `b` the first; row 129 quarantined from both.
fn classes(how: Format) -> Target {
    let ids: Vec<String> = (0..130).map(|row| row.to_string()).collect();
    let rows: Vec<(&str, &[Value])> = ids.iter().map(|id| (id.as_str(), &[][..])).collect();
    let mut chunk = Chunk::from_rows(&schema(), &[], &rows);
    chunk.duplicates = Bitmap::from_fn(130, |row| row == 3);
    let a = Bitmap::from_fn(130, |row| row % 2 == 0);
    let b = Bitmap::from_fn(130, |row| row == 0);
    let quarantined = Bitmap::from_fn(130, |row| row == 129);
    let names = vec!["a".to_string(), "=\"b".to_string()];
    let target = Target::open(None, false).unwrap();
    let mut writer = ClassWriter::new(target, &schema(), names, how, true).unwrap();
    let sets = [&quarantined, &quarantined];
    writer.write(&chunk, &[&a, &b], &sets).unwrap();
    writer.end().unwrap()
}

#[test]
fn classes_are_written_as_json() {
    let text = sent(classes(Format::Ndjson));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 129, "a duplicate is no contact");
    assert_eq!(
        lines[0],
        r#"{"id":"0","segments":["a","=\"b"],"quarantined":[]}"#
    );
    assert_eq!(lines[1], r#"{"id":"1","segments":[],"quarantined":[]}"#);
    assert_eq!(lines[3], r#"{"id":"4","segments":["a"],"quarantined":[]}"#);
    assert_eq!(
        lines[128],
        r#"{"id":"129","segments":[],"quarantined":["a","=\"b"]}"#
    );
}

#[test]
fn classes_are_written_as_csv() {
    let text = sent(classes(Format::Csv));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "id,a,\"'=\"\"b\"");
    assert_eq!(lines[1], "0,true,true");
    assert_eq!(lines[4], "4,true,false");
    assert_eq!(lines[129], "129,,");
}

#[test]
fn bitmaps_hold_record_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("maps");
    let names = ["a".to_string(), "contacts".to_string()];
    let mut maps = BitmapFolder::create(&place, &names).unwrap();
    assert!(!place.exists(), "nothing is seen before it is complete");
    for first in [0, 100] {
        let rows: [(&str, &[Value]); 3] = [("1", &[]), ("2", &[]), ("3", &[])];
        let mut chunk = Chunk::from_rows(&schema(), &[], &rows);
        chunk.records = RecordNumbers {
            first,
            each: Some(vec![first, first + 5, first + 7]),
        };
        chunk.duplicates = Bitmap::from_fn(3, |row| row == 1);
        let (a, b) = (Bitmap::from_fn(3, |row| row == 2), Bitmap::none(3));
        maps.add(&chunk, [&a, &b]).unwrap();
    }
    maps.finish().unwrap();
    let read = |name: &str| {
        let bytes = std::fs::read(place.join(name)).unwrap();
        let set = roaring::RoaringBitmap::deserialize_from(&bytes[..]).unwrap();
        set.iter().collect::<Vec<u32>>()
    };
    assert_eq!(read("a.roaring"), [7, 107]);
    assert!(read("contacts~2.roaring").is_empty());
    assert_eq!(read("contacts.roaring"), [0, 7, 100, 107]);
    assert_eq!(std::fs::metadata(&place).unwrap().mode() & 0o777, 0o700);
    for entry in std::fs::read_dir(&place).unwrap() {
        assert_eq!(entry.unwrap().metadata().unwrap().mode() & 0o777, 0o600);
    }
    assert!(
        BitmapFolder::create(&place, &names).is_err(),
        "never replaced"
    );
}

#[test]
fn bitmaps_refuse_records_they_cannot_hold() {
    let folder = tempfile::tempdir().unwrap();
    let mut maps = BitmapFolder::create(&folder.path().join("maps"), &[]).unwrap();
    let mut chunk = Chunk::from_rows(&schema(), &[], &[("1", &[])]);
    chunk.records.first = 1 << 32;
    maps.add(&chunk, []).unwrap_err();
    drop(maps);
    assert_eq!(entries(folder.path()), 0);
}

fn entries(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

/// A reader that goes away after some bytes.
struct ClosedAfter(usize);

impl Write for ClosedAfter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let count = bytes.len().min(self.0);
        self.0 -= count;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn o3_a_closed_standard_output_is_told_apart() {
    let mut target = Target::open(None, false).unwrap();
    target.write_all(&[b'x'; 100]).unwrap();
    match target.finish(&mut ClosedAfter(10)) {
        Err(FinishError::Stdout(error)) => assert_eq!(error.kind(), io::ErrorKind::BrokenPipe),
        other => panic!("{other:?}"),
    }
}

#[test]
fn standard_output_waits_until_the_result_is_complete() {
    let mut target = Target::open(None, false).unwrap();
    let part = vec![b'x'; 3 << 20];
    // More than is held in memory.
    (0..4).for_each(|_| target.write_all(&part).unwrap());
    assert_eq!(sent(target).len(), 12 << 20);
}

#[test]
fn o5_short_and_interrupted_writes_to_standard_output_go_on() {
    struct Slow(Vec<u8>, bool);
    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            self.0.extend_from_slice(&bytes[..bytes.len().min(7)]);
            Ok(bytes.len().min(7))
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut target = Target::open(None, false).unwrap();
    let text: Vec<u8> = (0..100_u8).collect();
    target.write_all(&text).unwrap();
    let mut out = Slow(Vec::new(), false);
    target.finish(&mut out).unwrap();
    assert_eq!(out.0, text);
}

#[test]
fn o8_places_that_cannot_be_written_are_refused_before_work() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |path: &Path, replaces| {
        let error = NewFile::create(path, replaces).unwrap_err();
        assert_eq!(error.kind, DataErrorKind::Io);
        assert!(!error.message.zh.is_empty());
        error.message.en
    };
    assert!(refused(folder.path(), true).contains("is a folder"));
    refused(&folder.path().join("none/a.csv"), true);
    refused(Path::new("/proc/a.csv"), true);
    assert!(refused(Path::new("/dev/null"), true).contains("no regular file"));
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    refused(&file.join("a.csv"), true);
    BitmapFolder::create(&folder.path().join("none/maps"), &[]).unwrap_err();
    assert_eq!(entries(folder.path()), 1);
}

#[test]
fn o9_links_are_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (aim, link) = (folder.path().join("aim"), folder.path().join("link"));
    std::fs::write(&aim, "kept").unwrap();
    std::os::unix::fs::symlink(&aim, &link).unwrap();
    NewFile::create(&link, false).unwrap_err();
    BitmapFolder::create(&link, &[]).unwrap_err();
    // A link that leads nowhere is an existing file too.
    let lost = folder.path().join("lost");
    std::os::unix::fs::symlink(folder.path().join("nowhere"), &lost).unwrap();
    NewFile::create(&lost, false).unwrap_err();
    let mut file = NewFile::create(&link, true).unwrap();
    file.write_all(b"new").unwrap();
    file.finish().unwrap();
    assert_eq!(std::fs::read_to_string(&aim).unwrap(), "kept");
    assert_eq!(std::fs::read_to_string(&link).unwrap(), "new");
    assert!(!std::fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn o9_a_link_put_there_during_the_write_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (aim, place) = (folder.path().join("aim"), folder.path().join("a.csv"));
    std::fs::write(&aim, "kept").unwrap();
    for replaces in [false, true] {
        let mut file = NewFile::create(&place, replaces).unwrap();
        file.write_all(b"new").unwrap();
        std::os::unix::fs::symlink(&aim, &place).unwrap();
        assert_eq!(file.finish().is_ok(), replaces);
        assert_eq!(std::fs::read_to_string(&aim).unwrap(), "kept");
        std::fs::remove_file(&place).unwrap();
        assert_eq!(entries(folder.path()), 1);
    }
}

#[test]
fn o11_an_existing_file_is_refused_and_never_emptied_first() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.csv");
    std::fs::write(&place, "old").unwrap();
    let error = NewFile::create(&place, false).unwrap_err();
    assert!(error.message.en.contains("--force"), "{error}");
    let mut file = NewFile::create(&place, true).unwrap();
    file.write_all(&vec![b'x'; 1 << 20]).unwrap();
    file.flush().unwrap();
    assert_eq!(std::fs::read_to_string(&place).unwrap(), "old");
    drop(file);
    assert_eq!(std::fs::read_to_string(&place).unwrap(), "old");
    assert_eq!(entries(folder.path()), 1);
    // One that appears meanwhile is kept as well.
    let other = folder.path().join("b.csv");
    let file = NewFile::create(&other, false).unwrap();
    std::fs::write(&other, "first").unwrap();
    file.finish().unwrap_err();
    assert_eq!(std::fs::read_to_string(&other).unwrap(), "first");
    assert_eq!(entries(folder.path()), 2);
}

#[test]
fn o10_files_are_private_whatever_the_umask() {
    // The umask belongs to the process: a child sets its own and runs the real program.
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("d.csv");
    std::fs::write(&data, "id\n1\n").unwrap();
    for umask in ["000", "277"] {
        let place = folder.path().join(format!("{umask}.csv"));
        let status = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!(
                "umask {umask}; exec \"$0\" select --where everyone --data \"$1\" -o \"$2\" --now 2026-01-01T00:00Z"
            ))
            .args([
                Path::new(env!("CARGO_BIN_EXE_segrule")),
                &data,
                &place,
            ])
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert!(status.status.success(), "{status:?}");
        let mode = std::fs::metadata(&place).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "umask {umask}");
    }
}
