//! Turns diagnostics into JSON, GitHub annotations, SARIF and JUnit XML.

use crate::diag::{Diagnostic, Fix, Lang, Severity};
use crate::source::{Source, Sources, Span};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;

/// `check --format json`: `docs/json/check.md` documents every key.
pub fn to_json(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let document = Document {
        version: 1,
        diagnostics: diagnostics
            .iter()
            .map(|diagnostic| json_diagnostic(diagnostic, sources, lang))
            .collect(),
    };
    super::to_json_line(&document)
}

#[derive(Serialize)]
struct Document {
    version: u32,
    diagnostics: Vec<JsonDiagnostic>,
}

#[derive(Serialize)]
struct JsonDiagnostic {
    code: &'static str,
    severity: &'static str,
    message: String,
    #[serde(flatten)]
    place: JsonPlace,
    labels: Vec<JsonLabel>,
    help: Option<String>,
    fixes: Vec<JsonFix>,
}

#[derive(Serialize)]
struct JsonPlace {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    start_byte: u32,
    end_byte: u32,
}

#[derive(Serialize)]
struct JsonLabel {
    #[serde(flatten)]
    place: JsonPlace,
    text: String,
}

#[derive(Serialize)]
struct JsonFix {
    title: String,
    safe: bool,
    edits: Vec<JsonEdit>,
}

#[derive(Serialize)]
struct JsonEdit {
    #[serde(flatten)]
    place: JsonPlace,
    text: String,
}

fn json_diagnostic(diagnostic: &Diagnostic, sources: &Sources, lang: Lang) -> JsonDiagnostic {
    let label = |label: &crate::diag::Label| JsonLabel {
        place: json_place(label.span, sources),
        text: label.text.get(lang).to_string(),
    };
    JsonDiagnostic {
        code: diagnostic.code.name(),
        severity: severity_name(diagnostic.severity),
        message: diagnostic.message.get(lang).to_string(),
        place: json_place(diagnostic.span(), sources),
        labels: diagnostic.labels.iter().map(label).collect(),
        help: diagnostic
            .help
            .as_ref()
            .map(|help| help.get(lang).to_string()),
        fixes: diagnostic
            .fixes
            .iter()
            .map(|fix| json_fix(fix, sources, lang))
            .collect(),
    }
}

fn json_fix(fix: &Fix, sources: &Sources, lang: Lang) -> JsonFix {
    let edits = fix.edits.iter().map(|edit| JsonEdit {
        place: json_place(edit.span, sources),
        text: edit.text.clone(),
    });
    JsonFix {
        title: fix.title.get(lang).to_string(),
        safe: fix.safe,
        edits: edits.collect(),
    }
}

fn json_place(span: Span, sources: &Sources) -> JsonPlace {
    let source = sources.get(span.source);
    let at = |offset: u32| match source {
        Some(source) => {
            let at = source.line_column(offset as usize);
            (at.line, at.column)
        }
        None => (1, 1),
    };
    let (line, column) = at(span.start);
    let (end_line, end_column) = at(span.end);
    JsonPlace {
        file: source.map_or(String::new(), shown_path),
        line,
        column,
        end_line,
        end_column,
        start_byte: span.start,
        end_byte: span.end,
    }
}

fn shown_path(source: &Source) -> String {
    source.path().to_string_lossy().replace('\\', "/")
}

fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

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

fn message_with_help(diagnostic: &Diagnostic, lang: Lang) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\n{}", diagnostic.message.get(lang), help.get(lang)),
        None => diagnostic.message.get(lang).to_string(),
    }
}

fn github_data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

/// SARIF 2.1.0: columns in UTF-16 units, as the format's default says.
pub fn to_sarif(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
    let mut codes: Vec<_> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.code)
        .collect();
    codes.sort();
    codes.dedup();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| json!({ "id": code.name(), "help": { "markdown": code.page(), "text": code.page() } }))
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
    let span = diagnostic.span();
    let (line, column) = utf16_place(span.start, span, sources);
    let (end_line, end_column) = utf16_place(span.end, span, sources);
    let file = sources.get(span.source).map_or(String::new(), shown_path);
    let region = json!({
        "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column,
    });
    json!({
        "ruleId": diagnostic.code.name(),
        "level": severity_name(diagnostic.severity),
        "message": { "text": message_with_help(diagnostic, lang) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": file }, "region": region }}],
    })
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

/// JUnit XML: one suite a rule file, one failed case a diagnostic, one passed case a clean file.
pub fn to_junit(diagnostics: &[Diagnostic], sources: &Sources, lang: Lang) -> String {
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
            .filter(|diagnostic| diagnostic.is_error())
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
            out.push_str(&junit_case(diagnostic, sources, lang, &file));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn junit_case(diagnostic: &Diagnostic, sources: &Sources, lang: Lang, file: &str) -> String {
    let place = json_place(diagnostic.span(), sources);
    let name = format!("{} {}:{}", diagnostic.code.name(), place.line, place.column);
    let message = escape_xml(diagnostic.message.get(lang));
    let text = escape_xml(&message_with_help(diagnostic, lang));
    let body = if diagnostic.is_error() {
        format!("<failure type=\"error\" message=\"{message}\">{text}</failure>")
    } else {
        format!("<system-out>{text}</system-out>")
    };
    format!("    <testcase name=\"{name}\" classname=\"{file}\">{body}</testcase>\n")
}

/// Text as XML character data or attribute value; characters XML cannot hold become `?`.
pub fn escape_xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' | '\r' => out.push(' '),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {
                out.push('?')
            }
            other => out.push(other),
        }
    }
    out
}
