//! Turns diagnostics into SARIF 2.1.0.
//!
//! Invariants: columns count UTF-16 units, as the format's default says; paths are URIs.

use super::diagnostics::{message_with_help, severity_name, shown_path};
use crate::diag::{Diagnostic, Edit, Fix, Lang};
use crate::source::{Sources, Span};
use serde_json::{Value, json};
use std::fmt::Write;

/// One run with every diagnostic, the pages of their codes, and their fixes.
pub fn to_sarif(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let mut codes: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect();
    codes.sort();
    codes.dedup();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.name(),
                "defaultConfiguration": { "level": severity_name(code.severity()) },
                "properties": { "tags": [code.category().name()] },
                "help": { "markdown": code.page(), "text": code.page() },
            })
        })
        .collect();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| sarif_result(diagnostic, sources, lang))
        .collect();
    super::to_json_line(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "segrule",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    }))
}

fn sarif_result(diagnostic: &Diagnostic, sources: &Sources, lang: Lang) -> Value {
    let fixes: Vec<Value> = diagnostic
        .fixes
        .iter()
        .map(|fix| sarif_fix(fix, sources, lang))
        .collect();
    let mut result = json!({
        "ruleId": diagnostic.code.name(),
        "level": severity_name(diagnostic.severity),
        "message": { "text": message_with_help(diagnostic, lang) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(diagnostic.span(), sources) },
            "region": region(diagnostic.span(), sources),
        }}],
    });
    if let (Some(result), false) = (result.as_object_mut(), fixes.is_empty()) {
        result.insert("fixes".to_string(), Value::Array(fixes));
    }
    result
}

fn sarif_fix(fix: &Fix, sources: &Sources, lang: Lang) -> Value {
    // One change a file.
    let mut changes: Vec<(String, Vec<Value>)> = Vec::new();
    for Edit { span, text } in &fix.edits {
        let replacement = json!({
            "deletedRegion": region(*span, sources),
            "insertedContent": { "text": text },
        });
        let uri = uri(*span, sources);
        match changes.iter_mut().find(|(known, _)| *known == uri) {
            Some((_, replacements)) => replacements.push(replacement),
            None => changes.push((uri, vec![replacement])),
        }
    }
    let changes: Vec<Value> = changes
        .into_iter()
        .map(|(uri, replacements)| {
            json!({ "artifactLocation": { "uri": uri }, "replacements": replacements })
        })
        .collect();
    json!({ "description": { "text": fix.title.get(lang) }, "artifactChanges": changes })
}

fn region(span: Span, sources: &Sources) -> Value {
    let (line, column) = utf16_place(span.start, span, sources);
    let (end_line, end_column) = utf16_place(span.end, span, sources);
    json!({
        "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
    })
}

/// The path of a span's file as a relative reference: everything but plain signs in per cent.
fn uri(span: Span, sources: &Sources) -> String {
    let path = sources.get(span.source).map_or(String::new(), shown_path);
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            other => {
                let _ = write!(uri, "%{other:02X}");
            }
        }
    }
    uri
}

fn utf16_place(offset: u32, span: Span, sources: &Sources) -> (u32, u32) {
    let Some(source) = sources.get(span.source) else {
        return (1, 1);
    };
    let at = source.line_column(offset as usize);
    let before = source.line(at.line).chars().take(at.column as usize - 1);
    let units: usize = before.map(char::len_utf16).sum();
    (at.line, u32::try_from(units + 1).unwrap_or(u32::MAX))
}
