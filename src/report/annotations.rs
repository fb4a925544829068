//! Turns diagnostics into what build servers show beside the lines: GitHub annotations, GitLab's code
//! quality report, JUnit XML.

use super::diagnostics::{escape_xml, json_place, message_with_help, severity_name, shown_path};
use crate::diag::{Diagnostic, Lang, Severity};
use crate::source::{Sources, Span};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// One annotation a line, as GitHub's runners read them from standard output.
pub fn to_github(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let mut out = String::new();
    for diagnostic in diagnostics {
        let place = json_place(diagnostic.span(), sources);
        let kind = match diagnostic.severity {
            Severity::Note => "notice",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let message = message_with_help(diagnostic, lang);
        let _ = writeln!(
            out,
            "::{kind} file={},line={},col={},endLine={},endColumn={},title={}::{}",
            github_property(&place.file),
            place.line,
            place.column,
            place.end_line,
            place.end_column,
            diagnostic.code.name(),
            github_data(&message),
        );
    }
    out
}

fn github_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// GitLab's code quality report. A finding is known by its code, its file and the text of its lines:
/// GitLab takes a finding that moved for the same one.
pub fn to_gitlab(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let issues: Vec<Value> = diagnostics
        .iter()
        .map(|diagnostic| {
            let place = json_place(diagnostic.span(), sources);
            let known_by = format!(
                "{} {} {}",
                diagnostic.code.name(),
                place.file,
                lines_of(diagnostic.span(), sources)
            );
            let nth = seen.entry(known_by.clone()).or_default();
            *nth += 1;
            json!({
                "description": diagnostic.message.get(lang),
                "check_name": diagnostic.code.name(),
                "fingerprint": fingerprint(&known_by, *nth),
                "severity": match diagnostic.severity {
                    Severity::Note => "info",
                    Severity::Warning => "minor",
                    Severity::Error => "major",
                },
                "location": {
                    "path": place.file.strip_prefix("./").unwrap_or(&place.file),
                    "lines": { "begin": place.line, "end": place.end_line },
                },
            })
        })
        .collect();
    super::to_json_line(&issues)
}

fn fingerprint(known_by: &str, nth: usize) -> String {
    let digest = Sha256::digest(format!("{nth} {known_by}").as_bytes());
    digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// The text of the lines of a span, with single blanks.
fn lines_of(span: Span, sources: &Sources) -> String {
    let Some(source) = sources.get(span.source) else {
        return String::new();
    };
    let first = source.line_column(span.start as usize).line;
    let last = source.line_column(span.end as usize).line;
    let words = (first..=last).flat_map(|line| source.line(line).split_whitespace());
    words.collect::<Vec<_>>().join(" ")
}

/// JUnit XML: one suite a rule file, one case a diagnostic, failed from the severity `fails` on, one
/// passed case a clean file.
pub fn to_junit(
    diagnostics: &[Diagnostic],
    sources: &Sources,
    lang: Lang,
    fails: Severity,
) -> String {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"segrule check\">\n",
    );
    for (id, source) in sources.iter() {
        let here: Vec<&Diagnostic> = diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.span().source == id)
            .collect();
        let failures = here
            .iter()
            .filter(|diagnostic| diagnostic.severity >= fails)
            .count();
        let file = escape_xml(&shown_path(source));
        let _ = writeln!(
            out,
            "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{failures}\">",
            here.len().max(1)
        );
        if here.is_empty() {
            let _ = writeln!(out, "    <testcase name=\"check\" classname=\"{file}\"/>");
        }
        for diagnostic in here {
            out.push_str(&junit_case(diagnostic, sources, lang, fails));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn junit_case(diagnostic: &Diagnostic, sources: &Sources, lang: Lang, fails: Severity) -> String {
    let place = json_place(diagnostic.span(), sources);
    let file = escape_xml(&place.file);
    let name = format!("{} {}:{}", diagnostic.code.name(), place.line, place.column);
    let message = escape_xml(diagnostic.message.get(lang));
    let text = escape_xml(&message_with_help(diagnostic, lang));
    let body = if diagnostic.severity >= fails {
        let kind = severity_name(diagnostic.severity);
        format!("<failure type=\"{kind}\" message=\"{message}\">{text}</failure>")
    } else {
        format!("<system-out>{text}</system-out>")
    };
    format!("    <testcase name=\"{name}\" classname=\"{file}\">{body}</testcase>\n")
}
