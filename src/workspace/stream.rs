//! Answers contacts that arrive one by one.

use super::{Wanted, Workspace, WorkspaceError};
use crate::dag::{Dag, Root};
use crate::data::write::ClassLines;
use crate::data::{ContactStream, Decoded, LoadReport, Request};
use crate::diag::Phrase;
use crate::eval::classifier::{Classifier, Matcher};
use crate::eval::row::Contact;
use crate::name::FieldId;
use crate::schema::Schema;
use crate::value::{Clock, Value};
use std::collections::BTreeMap;
use std::io::Read;

/// Reads contacts as lines of JSON and hands `sink` one line of answer for each, as soon as it is
/// there: `{"id":…,"segments":[…],"quarantined":[…]}`, or `{"line":…,"error":…}` for a line that is
/// no contact. Ids are not compared with earlier ones.
///
/// # Errors
/// The stream cannot be read, or whatever `sink` fails with.
pub fn classify_stream(
    workspace: &Workspace,
    wanted: &[Wanted],
    reader: Box<dyn Read>,
    clock: &Clock,
    mut sink: impl FnMut(&str) -> Result<(), Phrase>,
) -> Result<LoadReport, WorkspaceError> {
    let rules = &workspace.rules;
    let mut dag = Dag::new(clock.clone());
    let segments = dag.add_segments(rules);
    let roots: Vec<Root> = wanted
        .iter()
        .map(|each| dag.add(rules, &segments, &each.condition, &each.reads))
        .collect();
    let classifier = Classifier::new(&dag, &rules.schema, &roots);
    let names: Vec<String> = wanted.iter().map(|each| each.name.clone()).collect();
    let request = Request {
        schema: rules.schema.clone(),
        fields: classifier.fields().to_vec(),
        cuts: BTreeMap::new(),
        zone: clock.zone.clone(),
    };
    let mut answerer = Answerer {
        schema: &rules.schema,
        fields: classifier.fields(),
        lines: ClassLines::new(&names),
        matcher: classifier.matcher(),
        cells: vec![Value::Missing; rules.schema.len()],
    };
    let mut stream = ContactStream::new(reader, "<stdin>", request);
    let mut text = String::new();
    while let Some(arrived) = stream.next_lines()? {
        for decoded in &arrived {
            answerer.answer(decoded, &mut text);
        }
        if !text.is_empty() {
            sink(&text).map_err(WorkspaceError::new)?;
            text.clear();
        }
    }
    Ok(stream.finish())
}

struct Answerer<'a> {
    schema: &'a Schema,
    /// The fields of a chunk's columns.
    fields: &'a [FieldId],
    lines: ClassLines,
    matcher: Matcher<'a>,
    cells: Vec<Value>,
}

impl Answerer<'_> {
    /// Adds the answers to the lines of a block, in their order.
    fn answer(&mut self, decoded: &Decoded, text: &mut String) {
        let mut rejects = decoded.rejects.iter().peekable();
        for row in 0..decoded.chunk.rows {
            let line = decoded.lines.of(row);
            while let Some(reject) = rejects.next_if(|reject| reject.line < line) {
                self.lines.push_reject(text, reject.line, reject.reason);
            }
            self.contact(decoded, row, text);
        }
        for reject in rejects {
            self.lines.push_reject(text, reject.line, reject.reason);
        }
    }

    fn contact(&mut self, decoded: &Decoded, row: usize, text: &mut String) {
        for (column, field) in self.fields.iter().enumerate() {
            let Some(kind) = self.schema.field(*field).map(|field| &field.kind) else {
                continue;
            };
            if let Some(cell) = self.cells.get_mut(field.index()) {
                *cell = decoded.chunk.value(column, row, kind);
            }
        }
        let id = decoded.chunk.ids.get(row);
        let found = self.matcher.classify(&Contact {
            id,
            cells: &self.cells,
        });
        let lines = &self.lines;
        lines.push_contact(text, id, found.members, found.quarantined);
    }
}
