//! Any bytes at all: nothing panics, and what is read depends on nothing but the bytes.

use super::{Files, Row, lenient, load_with, names};
use proptest::prelude::*;
use segrule::data::{Encoding, Input, infer};
use std::path::Path;

/// What a file comes to: contacts, rejects and the number of records, or the message.
type Outcome = Result<(Vec<Row>, Vec<(u64, &'static str)>), String>;

fn outcome(path: &Path, block_bytes: usize, threads: usize) -> Outcome {
    let mut input = Input::file(path);
    if path.extension().is_some_and(|extension| extension == "csv") {
        input.separator = Some(b',');
    }
    let mut options = lenient();
    options.block_bytes = block_bytes;
    options.threads = Some(threads);
    match load_with(&input, &names(), &options) {
        Ok(loaded) => {
            let rejects = loaded.rejects();
            Ok((loaded.rows, rejects))
        }
        Err(error) => Err(error.message.en),
    }
}

fn csv_soup() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "a",
        "1",
        ",",
        ",",
        "\"",
        "\"",
        "\"\"",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "张",
        "\n2,b\n",
        ",\"x\ny\"\n",
    ]);
    prop::collection::vec(part, 0..60).prop_map(|parts| parts.concat())
}

fn json_soup() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\n",
        "null",
        "1",
        "\"id\":",
        "\"name\":\"a\"",
        "{\"id\":1}",
        "{\"id\":2,\"name\":\"b\"}\n",
        "{\"name\":\"\\u0041\",\"id\":\"x\"}\n",
        "\u{1e}",
        " ",
    ]);
    prop::collection::vec(part, 0..40).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn odd_csv_is_read_alike_in_blocks_of_any_size(soup in csv_soup(), block_bytes in 1usize..80) {
        let files = Files::new();
        let path = files.write("a.csv", format!("id,name\n{soup}"));
        let whole = outcome(&path, 1 << 20, 1);
        prop_assert_eq!(outcome(&path, block_bytes, 2), whole);
    }

    #[test]
    fn odd_json_is_read_alike_in_blocks_of_any_size(
        soup in json_soup(),
        block_bytes in 1usize..80,
        is_array in any::<bool>(),
    ) {
        let files = Files::new();
        let text = if is_array { format!("[{soup}]") } else { soup };
        let path = files.write("a.ndjson", text);
        let whole = outcome(&path, 1 << 20, 1);
        prop_assert_eq!(outcome(&path, block_bytes, 2), whole);
    }

    #[test]
    fn any_bytes_end_in_contacts_or_a_message(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        name in prop::sample::select(vec!["a.csv", "a.ndjson", "a.json", "a.csv.gz", "a.zst", "a"]),
        start in prop::sample::select(vec![&b""[..], b"id,name\n", b"[", b"{\"id\":", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd"]),
        encoding in prop::sample::select(vec![Encoding::Utf8, Encoding::Gb18030]),
    ) {
        let files = Files::new();
        let mut input = Input::file(files.write(name, [start, &bytes[..]].concat()));
        input.encoding = encoding;
        let _ = load_with(&input, &names(), &lenient());
        let _ = infer(&input, None);
    }
}
