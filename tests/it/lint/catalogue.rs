//! The table of codes in the docs is the catalogue.

use crate::layers::root;
use crate::pages::fixes_of_examples;
use segrule::diag::{Category, Code, Pass, Severity};
use std::fmt::Write;
use std::path::Path;

fn row(folder: &Path, code: Code) -> String {
    let severity = match code.severity() {
        _ if code.is_opt_in() => "off",
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let pass = match code.pass() {
        Pass::Check => "always",
        Pass::Lint => "`check`",
        Pass::Proof => "`check`, by proof",
        Pass::Data => "`check --data`",
    };
    let fixes = fixes_of_examples(folder, code);
    let (safe, other) = (
        fixes.iter().any(|fix| fix.safe),
        fixes.iter().any(|fix| !fix.safe),
    );
    let fix = match (safe, other) {
        (true, _) => "safe",
        (false, true) => "unsafe",
        (false, false) => "",
    };
    let name = code.name();
    format!("| [`{name}`](diagnostics/{name}.md) | {severity} | {pass} | {fix} |")
}

#[test]
fn the_table_of_codes_is_the_catalogue() {
    let folder = tempfile::tempdir().unwrap();
    let mut table = String::new();
    for category in Category::ALL {
        let _ = write!(
            table,
            "\n## `{}`\n\n| code | level | found | fix |\n|---|---|---|---|\n",
            category.name()
        );
        for code in Code::ALL.iter().filter(|code| code.category() == *category) {
            let _ = writeln!(table, "{}", row(folder.path(), *code));
        }
    }
    let text = std::fs::read_to_string(root().join("docs/lints.md")).unwrap_or_default();
    assert!(text.contains(&table), "docs/lints.md must hold:\n{table}");
}
