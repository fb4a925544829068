//! Replays the seed corpus of the fuzz targets, and damages it a little.

use super::layers::root;

#[path = "../fuzz/drive.rs"]
mod drive;

/// Every seed of a target.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = root().join("tests/corpus/fuzz").join(target);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{target}");
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

/// A seed with one byte changed, at places spread over it.
fn damaged(seed: &[u8], most: usize) -> impl Iterator<Item = Vec<u8>> {
    let step = (seed.len() / most).max(1);
    (0..seed.len()).step_by(step).map(move |at| {
        let mut bytes = seed.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    })
}

#[test]
fn no_rule_text_of_the_corpus_panics() {
    for seed in seeds("rules") {
        drive::rules(&seed);
        damaged(&seed, 40).for_each(|bytes| drive::rules(&bytes));
    }
}

#[test]
fn no_csv_file_of_the_corpus_panics() {
    for seed in seeds("csv") {
        drive::csv(&seed);
        damaged(&seed, 20).for_each(|bytes| drive::csv(&bytes));
    }
}

#[test]
fn no_ndjson_file_of_the_corpus_panics() {
    for seed in seeds("ndjson") {
        drive::ndjson(&seed);
        damaged(&seed, 20).for_each(|bytes| drive::ndjson(&bytes));
    }
}

#[cfg(feature = "parquet")]
#[test]
fn no_parquet_file_of_the_corpus_panics() {
    for seed in seeds("parquet") {
        drive::parquet(&seed);
    }
    let whole = std::fs::read(root().join("tests/corpus/fuzz/parquet/whole.parquet")).unwrap();
    damaged(&whole, 400).for_each(|bytes| drive::parquet(&bytes));
}
