//! Turns what stretches of a text are into an editor's colours, whole or what changed since the last time.
//!
//! Invariants: an editor that names colours it was never given gets all of them.

use super::answer::{Answer, nothing, some};
use super::convert::token_type;
use super::json::{ColourEdit, Colours, ColoursSince};
use super::position::Lines;
use super::protocol::{InRange, OnDocument, Since};
use super::server::Server;
use super::uri;
use segrule::ide::Highlight;
use segrule::source::common_ends;

/// How many numbers say one colour.
const NUMBERS: usize = 5;

/// The colours that an editor was given last for a text.
pub struct Given {
    /// Names them; no two in a session are called the same.
    name: String,
    data: Vec<u32>,
}

impl Given {
    pub fn new(name: String, data: Vec<u32>) -> Given {
        Given { name, data }
    }
}

/// The colours of a whole text.
pub fn all(server: &mut Server, on: &OnDocument) -> Answer {
    let Some(data) = found(server, on) else {
        return nothing();
    };
    let path = uri::to_path(&on.text_document.uri);
    let name = server.documents.next_name(&path);
    let answer = some(&Colours {
        data: &data,
        result_id: name.as_deref(),
    });
    server.documents.give(&path, name, data);
    answer
}

/// The one stretch of numbers that differs from those given last.
pub fn changed(server: &mut Server, since: Since) -> Answer {
    let Since {
        text_document,
        previous_result_id,
    } = since;
    let path = uri::to_path(&text_document.uri);
    let on = OnDocument { text_document };
    let known = server.documents.take_given(&path);
    let Some(known) = known.filter(|known| known.name == previous_result_id) else {
        return all(server, &on);
    };
    let Some(data) = found(server, &on) else {
        return nothing();
    };
    let (old, new) = (known.data, data.as_slice());
    let (start, end) = common_ends(&old, new);
    let deleted = old.len() - start - end;
    let inserted = new.get(start..new.len() - end).unwrap_or(&[]);
    let edit = [ColourEdit {
        start,
        delete_count: deleted,
        data: inserted,
    }];
    let is_same = deleted == 0 && inserted.is_empty();
    let name = server.documents.next_name(&path);
    let answer = some(&ColoursSince {
        edits: if is_same { &[] } else { &edit },
        result_id: name.as_deref(),
    });
    server.documents.give(&path, name, data);
    answer
}

/// The colours of a range.
pub fn within(server: &mut Server, wanted: &InRange) -> Answer {
    let Some(scene) = server.scene(&wanted.text_document.uri) else {
        return nothing();
    };
    let range = scene.lines.range(wanted.range);
    let mut found = scene.view.highlights(scene.source);
    found.retain(|each| each.range.start < range.end && range.start < each.range.end);
    some(&Colours {
        data: &encoded(&found, &scene.lines),
        result_id: None,
    })
}

fn found(server: &mut Server, on: &OnDocument) -> Option<Vec<u32>> {
    let scene = server.scene(&on.text_document.uri)?;
    let found = scene.view.highlights(scene.source);
    Some(encoded(&found, &scene.lines))
}

/// Five numbers a colour: lines and columns from the one before, length, kind, modifiers.
fn encoded(found: &[Highlight], lines: &Lines) -> Vec<u32> {
    let mut data = Vec::with_capacity(found.len() * NUMBERS);
    let (mut last_line, mut last_column) = (0, 0);
    let mut walk = lines.walk();
    for each in found {
        let (kind, is_readonly) = token_type(each.kind);
        let modifiers = u32::from(each.is_definition)
            | u32::from(each.is_doc) << 1
            | u32::from(is_readonly) << 2;
        for part in lines.by_line(&each.range) {
            let at = walk.position(part.start);
            let column = match at.line == last_line {
                true => at.character - last_column,
                false => at.character,
            };
            let length = u32::try_from(lines.units(&part)).unwrap_or(u32::MAX);
            data.extend([at.line - last_line, column, length, kind, modifiers]);
            (last_line, last_column) = (at.line, at.character);
        }
    }
    data
}
