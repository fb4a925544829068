//! Compressed files.

use super::{Files, failure, lenient, load, load_with, names};
use segrule::data::{DataErrorKind, Input};
use std::io::Write;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn many() -> Vec<u8> {
    let mut text = String::from("id,name\n");
    (0..20_000).for_each(|row| text.push_str(&format!("{row},n{}\n", row * 7919 % 1000)));
    text.into_bytes()
}

#[test]
fn d21_compressed_files_are_read_whole() {
    let text = many();
    assert_eq!(
        load(gzip(&text), "a.csv.gz", &names()).unwrap().rows.len(),
        20_000
    );
    let (first, second) = text.split_at(70_000);
    let members = [gzip(first), gzip(second)].concat();
    assert_eq!(
        load(members, "a.csv.gz", &names()).unwrap().rows.len(),
        20_000
    );
    let packed = zstd::encode_all(&text[..], 3).unwrap();
    assert_eq!(
        load(&packed, "a.csv.zst", &names()).unwrap().rows.len(),
        20_000
    );
    let frames = [
        zstd::encode_all(first, 3).unwrap(),
        zstd::encode_all(second, 3).unwrap(),
    ]
    .concat();
    assert_eq!(load(frames, "a", &names()).unwrap().rows.len(), 20_000);
}

#[test]
fn d21_damaged_compression_is_an_error() {
    let packed = gzip(&many());
    let cut = failure(&packed[..packed.len() / 2], "a.csv.gz", &names());
    assert!(cut.contains("cut short"), "{cut}");
    let mut wrong_sum = packed.clone();
    let at = wrong_sum.len() - 6;
    wrong_sum[at] ^= 1;
    assert!(failure(&wrong_sum, "a.csv.gz", &names()).contains("damaged"));
    let rubbish = [&packed[..], b"rubbish that is no member"].concat();
    assert!(failure(rubbish, "a.csv.gz", &names()).contains("damaged"));
    let zstd = zstd::encode_all(&many()[..], 3).unwrap();
    let cut = failure(&zstd[..zstd.len() / 2], "a.csv.zst", &names());
    assert!(cut.contains("cut short"), "{cut}");
    let rubbish = [&zstd[..], b"rubbish"].concat();
    load(rubbish, "a.csv.zst", &names()).err().unwrap();
    failure("id,name\n", "a.csv.gz", &names());
}

#[test]
fn d22_bombs_are_stopped() {
    let bomb = zstd::encode_all(std::io::Read::take(std::io::repeat(b'\n'), 1 << 30), 1).unwrap();
    let files = Files::new();
    let input = Input::file(files.write(
        "a.csv.zst",
        [zstd::encode_all(&b"id,name\n"[..], 1).unwrap(), bomb].concat(),
    ));
    let error = load_with(&input, &names(), &lenient()).err().unwrap();
    assert_eq!(error.kind, DataErrorKind::Limit);
}
