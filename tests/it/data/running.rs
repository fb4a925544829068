//! How a scan runs: order, stopping, progress, what is written.

use super::{
    Files, csv, failure, field, lenient, load, load_with, names, people, schema, text, text_value,
};
use segrule::data::{DataErrorKind, Input, Projection, scan, write_rejects};
use segrule::diag::Phrase;
use segrule::name::{FieldId, Name};
use segrule::region::Hierarchy;
use segrule::schema::Type;
use segrule::value::Value;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

fn many(rows: usize) -> String {
    let mut text = String::from("id,name\n");
    (0..rows).for_each(|row| text.push_str(&format!("{row},n{}\n", row % 10)));
    text
}

#[test]
fn a_failing_sink_stops_the_scan() {
    let files = Files::new();
    let input = Input::file(files.write("a.csv", many(200_000)));
    let mut options = lenient();
    options.block_bytes = 1000;
    let mut taken = 0;
    let error = scan(
        &input,
        &names(),
        &Projection::default(),
        &options,
        || (),
        |(), chunk| chunk.rows,
        |_| {
            taken += 1;
            match taken {
                5 => Err(Phrase::new("full", "满了")),
                _ => Ok(()),
            }
        },
    )
    .unwrap_err();
    assert_eq!(
        (error.kind, error.message.en.as_str(), taken),
        (DataErrorKind::Sink, "full", 5)
    );
}

#[test]
fn a_panicking_worker_ends_the_scan() {
    let files = Files::new();
    let input = Input::file(files.write("a.csv", many(50_000)));
    let mut options = lenient();
    options.block_bytes = 1000;
    let run = || {
        scan(
            &input,
            &names(),
            &Projection::default(),
            &options,
            || (),
            |(), chunk| assert!(chunk.records.first < 20_000, "on purpose"),
            |()| Ok(()),
        )
    };
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(run));
    assert!(result.is_err());
}

#[test]
fn pieces_under_way_are_few() {
    let files = Files::new();
    let input = Input::file(files.write("a.csv", many(100_000)));
    let mut options = lenient();
    options.block_bytes = 2000;
    options.threads = Some(3);
    let under_way = AtomicUsize::new(0);
    let mut most = 0;
    scan(
        &input,
        &names(),
        &Projection::default(),
        &options,
        || (),
        |(), chunk| {
            under_way.fetch_add(1, Ordering::SeqCst);
            chunk.rows
        },
        |_| {
            most = most.max(under_way.fetch_sub(1, Ordering::SeqCst));
            std::thread::sleep(std::time::Duration::from_micros(200));
            Ok(())
        },
    )
    .unwrap();
    assert!(most <= 8, "{most} results waited");
}

#[test]
fn progress_is_told_in_bytes_of_the_file() {
    let files = Files::new();
    let text = many(50_000);
    let size = text.len() as u64;
    let input = Input::file(files.write("a.csv", text));
    let told: Arc<Mutex<Vec<(u64, u64)>>> = Arc::default();
    let mut options = lenient();
    let log = Arc::clone(&told);
    options.block_bytes = 10_000;
    options.progress = Some(Arc::new(move |bytes, total| {
        log.lock().unwrap().push((bytes, total))
    }));
    load_with(&input, &names(), &options).unwrap();
    let told = told.lock().unwrap();
    assert!(told.len() > 10);
    assert!(told.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    assert_eq!(told.last(), Some(&(size, size)));
}

#[test]
fn only_the_projection_is_decoded() {
    let files = Files::new();
    let input = Input::file(files.write("a.csv", "id,name,x\n1,a,\n2,b,\n1,c,\n"));
    let projection = Projection {
        fields: vec![FieldId(1)],
        ids: false,
        ..Projection::default()
    };
    let rows = AtomicU64::new(0);
    let report = scan(
        &input,
        &names(),
        &projection,
        &lenient(),
        || (),
        |(), chunk| {
            assert_eq!(chunk.columns.len(), 1);
            assert!(chunk.ids.is_empty());
            assert!(chunk.duplicates.get(2));
            rows.fetch_add(chunk.rows as u64, Ordering::Relaxed);
        },
        |()| Ok(()),
    )
    .unwrap();
    assert_eq!(
        (rows.into_inner(), report.contacts, report.rejected),
        (3, 2, 1)
    );
}

#[test]
fn a_region_is_put_together_from_its_parts() {
    let parts: Vec<Name> = ["省", "市", "区"].map(Name::new).to_vec();
    let region = Type::Region {
        hierarchy: Hierarchy::china(),
        from: parts.into(),
    };
    let schema = schema(vec![
        field("id", Type::Id),
        field("region", region),
        field("市", text()),
    ]);
    let csv_text =
        "id,省,市,区\n1,广东省,深圳市,南山区\n2,北京市,,海淀区\n3,,,\n4,广东省,北京市,\n";
    let json_text = "{\"id\":1,\"省\":\"广东省\",\"市\":\"深圳市\",\"区\":\"南山区\"}\n\
                     {\"id\":2,\"省\":\"北京市\",\"区\":\"海淀区\"}\n{\"id\":3}\n\
                     {\"id\":4,\"省\":\"广东省\",\"市\":\"北京市\",\"区\":null}\n";
    for (name, text) in [("a.csv", csv_text), ("a.ndjson", json_text)] {
        let loaded = load(text, name, &schema).unwrap();
        assert_eq!(loaded.cell("1", 1), &Value::Region(440305));
        assert_eq!(loaded.cell("1", 2), &text_value("深圳市"));
        assert_eq!(loaded.cell("2", 1), &Value::Region(110108));
        assert_eq!(loaded.cell("3", 1), &Value::Missing);
        assert_eq!(loaded.cell("4", 1), &Value::Invalid, "{name}");
    }
}

#[test]
fn rejects_are_written_with_file_line_and_reason() {
    let files = Files::new();
    let loaded = load_with(
        &Input::file(files.write("a,b.csv", "id,name\n1\n,x\n2,y\n")),
        &names(),
        &lenient(),
    )
    .unwrap();
    let path = files.write("rejects.csv", "old");
    write_rejects(&loaded.report, &path).unwrap();
    let written = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "file,line,reason");
    assert!(lines[1].ends_with("a,b.csv\",2,ragged"), "{written}");
    assert!(lines[2].ends_with(",3,missing-id"), "{written}");
}

#[test]
fn many_distinct_texts_keep_their_meaning() {
    // More spellings than one dictionary holds.
    let mut text = String::from("id,name\n");
    (0..450_000).for_each(|row| text.push_str(&format!("{row},name {}\n", row % 230_000)));
    let loaded = csv(text, &names());
    assert_eq!(loaded.rows.len(), 450_000);
    let is_right = |(row, (_, _, cells)): (usize, &super::Row)| {
        cells[1] == text_value(&format!("name {}", row % 230_000))
    };
    assert!(loaded.rows.iter().enumerate().all(is_right));
}

#[test]
fn formats_are_found_by_content_when_the_name_does_not_tell() {
    assert_eq!(
        load("id,name\n1,a\n", "data", &names()).unwrap().ids(),
        ["1"]
    );
    assert_eq!(load("{\"id\":1}\n", "data", &names()).unwrap().ids(), ["1"]);
    assert_eq!(
        load("\n [{\"id\":1}]", "data.txt", &names()).unwrap().ids(),
        ["1"]
    );
    let text = "id\tage\tname\tseen\ttags\n1\t2\ta,b,c\t\tx;y\n";
    assert_eq!(
        load(text, "a.tsv", &people()).unwrap().cell("1", 2),
        &text_value("a,b,c")
    );
    assert!(failure("PAR1 is no Parquet file", "data", &names()).contains("data"));
}
