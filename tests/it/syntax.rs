//! Rule text into trees, syntax trees and errors.

use segrule::source::SourceId;
use segrule::syntax::parse;

#[test]
fn sound_files_have_no_errors() {
    for entry in std::fs::read_dir("tests/corpus/ok").unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let parsed = parse(SourceId(0), &text);
        let again: String = parsed.tree.tokens().map(|token| token.text).collect();
        assert_eq!(again, text);
        for d in &parsed.diagnostics {
            println!(
                "{path:?} {:?} {:?} at {:?}",
                d.code,
                d.message,
                text.get(d.span().range())
            );
            println!("{:?}", d.help);
            println!(
                "{}",
                &text[d.span().range().start..]
                    .chars()
                    .take(60)
                    .collect::<String>()
            );
        }
        assert!(parsed.diagnostics.is_empty(), "{path:?}");
    }
}
