//! Columns that the statistics of a row group say enough about are not read, and nothing changes.

use super::*;
use crate::data::{Files, field, lenient, schema};
use arrow_array::{Int32Array, Int64Array, TimestampMicrosecondArray};
use parquet::file::reader::{FileReader, SerializedFileReader};
use proptest::prelude::*;
use segrule::data::{Input, Projection, scan};
use segrule::name::FieldId;
use segrule::table::{Chunk, Column, NumberColumn};
use segrule::value::Zone;
use std::collections::BTreeMap;
use std::path::Path;

type Cuts = BTreeMap<FieldId, Vec<i64>>;

/// The number columns of all chunks in order, and how many invalid cells are told.
fn read_numbers(path: &Path, schema: &Schema, cuts: Cuts) -> (Vec<Vec<NumberColumn>>, Vec<u64>) {
    let projection = Projection {
        fields: (1..schema.len()).map(FieldId::from_index).collect(),
        cuts,
        ..Projection::default()
    };
    let mut options = lenient();
    options.zone = Zone::utc();
    let mut found = Vec::new();
    let report = scan(
        &Input::file(path.to_path_buf()),
        schema,
        &projection,
        &options,
        || (),
        |(), chunk: &mut Chunk| {
            let numbers = chunk.columns.iter().map(|column| match column {
                Column::Number(numbers) => numbers.clone(),
                other => panic!("{other:?}"),
            });
            numbers.collect::<Vec<_>>()
        },
        |numbers| {
            found.push(numbers);
            Ok(())
        },
    )
    .unwrap();
    let invalid = report.invalid.iter().map(|field| field.count).collect();
    (found, invalid)
}

#[test]
fn what_statistics_settle_is_not_read() {
    let rows = 3_000;
    let numbers_of = |number: fn(i64) -> i64| (0..rows).map(number).collect::<Vec<_>>();
    let ages = Int64Array::from(numbers_of(|row| 10_000 + row));
    let batch = batch(vec![("id", numbers(rows as usize)), ("age", array(ages))]);
    let properties = properties()
        .set_max_row_group_row_count(Some(1_000))
        .set_dictionary_enabled(false);
    let mut bytes = written(&batch, properties.build());
    let file = SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).unwrap();
    // The first number of each group that the pages hold becomes another.
    for group in file.metadata().row_groups() {
        let (start, length) = group.column(1).byte_range();
        let page = &bytes[start as usize..(start + length) as usize];
        let first = group
            .column(1)
            .statistics()
            .unwrap()
            .min_bytes_opt()
            .unwrap();
        let at = page
            .windows(16)
            .position(|part| part[..8] == *first && part[8] == first[0] + 1);
        let at = start as usize + at.unwrap();
        bytes[at..at + 8].copy_from_slice(&777i64.to_le_bytes());
    }
    let files = Files::new();
    let path = files.write("a.parquet", &bytes);
    let kind = || Type::Int(Intervals::at_least(0));
    let schema = schema(vec![field("id", Type::Id), field("age", kind())]);
    let cuts = |cuts: &[i64]| Cuts::from([(FieldId(1), cuts.to_vec())]);
    let firsts = |cuts: Cuts| -> Vec<i64> {
        let (found, _) = read_numbers(&path, &schema, cuts);
        found
            .iter()
            .map(|columns| columns[0].values.get(0).unwrap())
            .collect()
    };
    assert_eq!(firsts(Cuts::new()), [777, 777, 777]);
    assert_eq!(firsts(cuts(&[])), [10_000, 11_000, 12_000]);
    assert_eq!(firsts(cuts(&[11_000, 13_000])), [10_000, 11_000, 12_000]);
    assert_eq!(firsts(cuts(&[10_500])), [777, 11_000, 12_000]);
    assert_eq!(firsts(cuts(&[10_001, 11_999, 12_000])), [777, 777, 12_000]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn numbers_stay_between_their_cuts(
        cells in prop::collection::vec((prop::option::weighted(0.95, -3i32..12), prop::option::weighted(0.9, -40i64..40)), 1..60),
        mut cuts in prop::collection::vec(-4i64..14, 0..3),
        is_sorted in any::<bool>(),
        group_rows in 1usize..20,
        page_rows in 1usize..9,
    ) {
        let mut cells = cells;
        if is_sorted {
            cells.sort();
        }
        let ages = Int32Array::from_iter(cells.iter().map(|(age, _)| *age));
        let seen = TimestampMicrosecondArray::from_iter(cells.iter().map(|(_, seen)| *seen)).with_timezone("UTC");
        let batch = batch(vec![("id", numbers(cells.len())), ("age", array(ages)), ("seen", array(seen))]);
        let properties = properties()
            .set_max_row_group_row_count(Some(group_rows))
            .set_data_page_row_count_limit(page_rows);
        let files = Files::new();
        let path = files.write("a.parquet", written(&batch, properties.build()));
        let kind = Type::Int(Intervals::new(vec![(-1, 3), (5, 10)]));
        let schema = schema(vec![field("id", Type::Id), field("age", kind), field("seen", datetime())]);
        cuts.sort();
        cuts.dedup();
        let given = Cuts::from([(FieldId(1), cuts.clone()), (FieldId(2), cuts.iter().map(|cut| cut / 100).collect())]);
        let (all, all_invalid) = read_numbers(&path, &schema, Cuts::new());
        let (found, invalid) = read_numbers(&path, &schema, given.clone());
        prop_assert_eq!(invalid, all_invalid);
        prop_assert_eq!(found.len(), all.len());
        for (found, all) in found.iter().zip(&all) {
            for ((found, all), cuts) in found.iter().zip(all).zip(given.values()) {
                prop_assert_eq!(&found.present, &all.present);
                prop_assert_eq!(&found.invalid, &all.invalid);
                let place = |number: i64| cuts.partition_point(|cut| *cut <= number);
                for row in all.present.rows() {
                    prop_assert_eq!(found.values.get(row).map(place), all.values.get(row).map(place));
                }
            }
        }
    }
}
