//! Turns diagnostics into JSON, and texts into XML.

use crate::diag::{Diagnostic, Fix, Lang, Severity};
use crate::source::{Source, Sources, Span};
use serde::Serialize;

/// `check --format json`: `docs/json/README.md` documents every key.
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
pub(super) struct JsonPlace {
    pub(super) file: String,
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) end_line: u32,
    pub(super) end_column: u32,
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

pub(super) fn json_place(span: Span, sources: &Sources) -> JsonPlace {
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

pub(super) fn shown_path(source: &Source) -> String {
    source.path().to_string_lossy().replace('\\', "/")
}

pub(super) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// The message, and on a second line what to do.
pub(super) fn message_with_help(diagnostic: &Diagnostic, lang: Lang) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}\n{}", diagnostic.message.get(lang), help.get(lang)),
        None => diagnostic.message.get(lang).to_string(),
    }
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
