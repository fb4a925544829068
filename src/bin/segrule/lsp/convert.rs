//! Turns what `segrule::ide` gives into the editor's JSON.

use super::json::{Location, TextEdit};
use super::position::{Encoding, Lines};
use super::uri;
use indexmap::IndexMap;
use segrule::diag::{Diagnostic, Edit, Lang, Phrase, Severity};
use segrule::ide::{Completion, CompletionKind, HighlightKind, SymbolKind, View};
use segrule::source::{SourceId, Span};
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use super::documents::{Document, Documents};

/// Finds the editor's text of any file of the rules.
pub struct Files<'f> {
    pub view: View<'f>,
    documents: &'f Documents,
    encoding: Encoding,
    /// The lines of files that were asked about.
    known: RefCell<IndexMap<SourceId, Rc<Lines<'f>>>>,
    /// Their addresses.
    addresses: RefCell<IndexMap<SourceId, Rc<str>>>,
}

impl<'f> Files<'f> {
    pub fn new(view: View<'f>, documents: &'f Documents, encoding: Encoding) -> Files<'f> {
        Files {
            view,
            documents,
            encoding,
            known: RefCell::default(),
            addresses: RefCell::default(),
        }
    }

    pub fn path(&self, source: SourceId) -> &'f Path {
        let found = self.view.source(source);
        found.map_or(Path::new(""), |source| source.path())
    }

    /// The text that is open in the editor.
    pub fn document(&self, path: &Path) -> Option<&'f Document> {
        self.documents.get(path)
    }

    /// The address of a file as the editor writes it.
    pub fn uri(&self, source: SourceId) -> String {
        let path = self.path(source);
        match self.documents.get(path) {
            Some(document) => document.uri.clone(),
            None => uri::of_path(path),
        }
    }

    /// The lines of a file, found once.
    pub fn lines(&self, source: SourceId) -> Rc<Lines<'f>> {
        let mut known = self.known.borrow_mut();
        let lines = known
            .entry(source)
            .or_insert_with(|| Rc::new(self.found_lines(source)));
        Rc::clone(lines)
    }

    fn found_lines(&self, source: SourceId) -> Lines<'f> {
        let text = match self.documents.get(self.path(source)) {
            Some(document) => &document.text,
            None => self.view.source(source).map_or("", |source| source.text()),
        };
        Lines::new(text, self.encoding)
    }

    pub fn location(&self, span: Span) -> Location {
        let mut addresses = self.addresses.borrow_mut();
        let uri = addresses.entry(span.source);
        let uri = uri.or_insert_with(|| self.uri(span.source).into());
        Location {
            uri: Rc::clone(uri),
            range: self.lines(span.source).place(&span.range()),
        }
    }

    /// Edits of any files as one change.
    pub fn workspace_edit(&self, edits: &[Edit]) -> Value {
        let mut changes = Map::new();
        for own in edits.chunk_by(|a, b| a.span.source == b.span.source) {
            let Some(source) = own.first().map(|edit| edit.span.source) else {
                continue;
            };
            let lines = self.lines(source);
            let list = changes.entry(self.uri(source));
            if let Some(list) = list.or_insert_with(|| json!([])).as_array_mut() {
                list.extend(own.iter().map(|edit| json!(text_edit(&lines, edit))));
            }
        }
        json!({ "changes": changes })
    }

    pub fn diagnostic(&self, diagnostic: &Diagnostic, lang: Lang) -> Value {
        let span = diagnostic.span();
        let lines = self.lines(span.source);
        let mut message = diagnostic.message.get(lang).to_string();
        let label = diagnostic.labels.first().map(|label| &label.text);
        for more in label.into_iter().chain(&diagnostic.help) {
            if !more.is_empty() {
                message.push('\n');
                message.push_str(more.get(lang));
            }
        }
        let others = diagnostic.labels.iter().skip(1).map(|label| {
            json!({
                "location": self.location(label.span),
                "message": label.text.get(lang),
            })
        });
        json!({
            "range": lines.place(&span.range()),
            "severity": severity(diagnostic.severity),
            "code": diagnostic.code.name(),
            "source": "segrule",
            "message": message,
            "relatedInformation": others.collect::<Vec<_>>(),
        })
    }
}

fn severity(severity: Severity) -> u32 {
    match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Note => 3,
    }
}

pub fn text_edit<'e>(lines: &Lines, edit: &'e Edit) -> TextEdit<'e> {
    TextEdit {
        range: lines.place(&edit.span.range()),
        new_text: &edit.text,
    }
}

pub fn completion(
    each: &Completion,
    place: usize,
    typed: &str,
    lines: &Lines,
    lang: Lang,
) -> Value {
    let mut item = json!({
        "label": each.label,
        "kind": completion_kind(each.kind),
        "detail": each.detail.get(lang),
        "sortText": format!("{place:04}"),
        "textEdit": { "range": lines.place(&each.replace), "newText": each.insert },
    });
    if let Some(fields) = item.as_object_mut() {
        // What fits was chosen here; the editor is not to choose again by other rules.
        if !typed.is_empty() {
            fields.insert("filterText".into(), json!(typed));
        }
        if !each.doc.is_empty() {
            fields.insert("documentation".into(), markdown(&each.doc, lang));
        }
    }
    item
}

fn markdown(text: &Phrase, lang: Lang) -> Value {
    json!({ "kind": "plaintext", "value": text.get(lang) })
}

fn completion_kind(kind: CompletionKind) -> u32 {
    match kind {
        CompletionKind::Keyword => 14,
        CompletionKind::Operator => 24,
        CompletionKind::Field => 5,
        CompletionKind::Segment => 6,
        CompletionKind::List => 22,
        CompletionKind::Param => 21,
        CompletionKind::Function => 3,
        CompletionKind::Value | CompletionKind::Place => 20,
        CompletionKind::Type => 7,
        CompletionKind::Platform => 9,
        CompletionKind::Code => 12,
    }
}

pub fn symbol_kind(kind: SymbolKind) -> u32 {
    match kind {
        SymbolKind::Schema => 23,
        SymbolKind::Field => 8,
        SymbolKind::Segment => 13,
        SymbolKind::List => 18,
        SymbolKind::Param => 14,
        SymbolKind::Hierarchy => 10,
        SymbolKind::Test => 12,
        SymbolKind::Platform => 2,
        SymbolKind::Campaign => 24,
    }
}

/// The place of a kind among the colours of the legend, and whether it never changes.
pub fn token_type(kind: HighlightKind) -> (u32, bool) {
    match kind {
        HighlightKind::Keyword => (0, false),
        HighlightKind::Operator => (1, false),
        HighlightKind::Comment => (2, false),
        HighlightKind::Text => (3, false),
        HighlightKind::Pattern => (4, false),
        HighlightKind::Number => (5, false),
        HighlightKind::Type | HighlightKind::Name => (6, false),
        HighlightKind::Field => (7, false),
        HighlightKind::Segment | HighlightKind::List => (8, false),
        HighlightKind::Param => (8, true),
        HighlightKind::Function => (9, false),
        HighlightKind::Value => (10, false),
    }
}
