//! Answers to questions about places: each takes the place apart, asks `segrule::ide` and converts.

use super::convert::{Files, completion as completion_json, symbol_kind};
use super::position::{Lines, position_json};
use super::protocol::{AtPosition, COUNT, InRange, OnDocument, Query, RUN_TEST};
use super::server::{Refusal, Scene, Server};
use segrule::ide::{Lens, LensAction, Symbol, Typed, complete};
use serde_json::{Value, json};

pub type Answer = Result<Option<Value>, Refusal>;

/// Most symbols that a search over the workspace gives.
const MOST_SYMBOLS: usize = 500;

pub fn nothing() -> Answer {
    Ok(Some(Value::Null))
}

pub fn some(value: Value) -> Answer {
    Ok(Some(value))
}

pub fn completion(server: &mut Server, at: AtPosition) -> Answer {
    let lang = server.lang;
    let Some(Scene {
        view,
        source,
        lines,
    }) = server.scene(&at.text_document.uri)
    else {
        return nothing();
    };
    let text = view.source(source).map_or("", |source| source.text());
    let offset = lines.offset(at.position);
    let typed = Typed {
        text,
        offset,
        is_expression: false,
    };
    let found = complete(view.workspace, typed, &view.facts.seen);
    let items = found.iter().enumerate().map(|(place, each)| {
        let typed = text.get(each.replace.start..offset).unwrap_or("");
        completion_json(each, place, typed, &lines, lang)
    });
    // What is offered depends on what is typed: the editor asks again.
    some(json!({ "isIncomplete": true, "items": items.collect::<Vec<_>>() }))
}

pub fn hover(server: &mut Server, at: AtPosition) -> Answer {
    let Some(scene) = server.scene(&at.text_document.uri) else {
        return nothing();
    };
    let offset = scene.lines.offset(at.position);
    let Some(hover) = scene.view.hover(scene.source, offset) else {
        return nothing();
    };
    some(json!({
        "contents": { "kind": "markdown", "value": hover.text },
        "range": scene.lines.to_json(&hover.span.range()),
    }))
}

/// Hands a request's rules to an answer that speaks of several files.
pub fn with_files(
    server: &mut Server,
    at: &AtPosition,
    answer: impl FnOnce(Files, &Scene, usize) -> Value,
) -> Answer {
    let encoding = server.encoding;
    let path = super::uri::to_path(&at.text_document.uri);
    let home = server.home_of(&path);
    let now = server.host.now();
    let Some(home) = server.homes.get_mut(home) else {
        return nothing();
    };
    home.project.facts.clock.now = now;
    let view = home.project.view();
    let Some(source) = view.file(&path) else {
        return nothing();
    };
    let files = Files::new(view, &server.documents, encoding);
    let scene = Scene {
        lines: files.lines(source),
        view,
        source,
    };
    let offset = scene.lines.offset(at.position);
    some(answer(files, &scene, offset))
}

pub fn definition(server: &mut Server, at: AtPosition) -> Answer {
    with_files(server, &at, |files, scene, offset| {
        match scene.view.definition(scene.source, offset) {
            Some(target) => files.location(target.name),
            None => Value::Null,
        }
    })
}

pub fn references(server: &mut Server, at: AtPosition) -> Answer {
    with_files(server, &at, |files, scene, offset| {
        let found = scene.view.references(scene.source, offset);
        Value::Array(files.locations(found.iter().map(|reference| reference.span)))
    })
}

/// The same name elsewhere in the file.
pub fn occurrences(server: &mut Server, at: AtPosition) -> Answer {
    with_files(server, &at, |_, scene, offset| {
        let found = scene.view.references(scene.source, offset);
        let own = found
            .iter()
            .filter(|reference| reference.span.source == scene.source);
        let places = own.map(|reference| {
            let kind = if reference.is_definition { 3 } else { 2 };
            json!({ "range": scene.lines.to_json(&reference.span.range()), "kind": kind })
        });
        Value::Array(places.collect())
    })
}

pub fn symbols(server: &mut Server, on: OnDocument) -> Answer {
    let Some(scene) = server.scene(&on.text_document.uri) else {
        return nothing();
    };
    let symbols = scene.view.symbols(scene.source);
    let symbols = symbols
        .iter()
        .map(|symbol| symbol_json(symbol, &scene.lines));
    some(Value::Array(symbols.collect()))
}

fn symbol_json(symbol: &Symbol, lines: &Lines) -> Value {
    let children = symbol
        .children
        .iter()
        .map(|child| symbol_json(child, lines));
    json!({
        "name": if symbol.name.is_empty() { "?" } else { &symbol.name },
        "detail": symbol.detail,
        "kind": symbol_kind(symbol.kind),
        "range": lines.to_json(&symbol.span.range()),
        "selectionRange": lines.to_json(&symbol.name_span.range()),
        "children": children.collect::<Vec<_>>(),
    })
}

/// Items of every rule set that is open, by a part of their name.
pub fn workspace_symbols(server: &mut Server, query: &Query) -> Option<Value> {
    let wanted = query.query.to_lowercase();
    let encoding = server.encoding;
    let mut found = Vec::new();
    for home in &mut server.homes {
        let view = home.project.view();
        let files = Files::new(view, &server.documents, encoding);
        for (source, _) in view.workspace.sources.iter() {
            let symbols = view.symbols(source);
            let named = symbols.iter().filter(|symbol| {
                let title = symbol.detail.to_lowercase();
                symbol.name.to_lowercase().contains(&wanted) || title.contains(&wanted)
            });
            found.extend(named.map(|symbol| {
                json!({
                    "name": symbol.name,
                    "kind": symbol_kind(symbol.kind),
                    "location": files.location(symbol.name_span),
                })
            }));
        }
    }
    found.truncate(MOST_SYMBOLS);
    Some(Value::Array(found))
}

pub fn lenses(server: &mut Server, on: OnDocument) -> Answer {
    let lang = server.lang;
    let path = super::uri::to_path(&on.text_document.uri);
    let home = server.home_of(&path);
    let has_data = server
        .homes
        .get(home)
        .is_some_and(|home| home.data().is_some());
    let Some(scene) = server.scene(&on.text_document.uri) else {
        return nothing();
    };
    let lenses = scene.view.lenses(scene.source, has_data);
    let lenses = lenses.iter().map(|lens: &Lens| {
        let uri = &on.text_document.uri;
        let (command, arguments) = match &lens.action {
            LensAction::Count(name) => (COUNT, json!([uri, name])),
            LensAction::RunTest(offset) => (RUN_TEST, json!([uri, offset])),
        };
        json!({
            "range": scene.lines.to_json(&lens.range),
            "command": {
                "title": lens.title.get(lang),
                "command": command,
                "arguments": arguments,
            },
        })
    });
    some(Value::Array(lenses.collect()))
}

pub fn hints(server: &mut Server, wanted: InRange) -> Answer {
    let lang = server.lang;
    let Some(scene) = server.scene(&wanted.text_document.uri) else {
        return nothing();
    };
    let range = scene.lines.range(wanted.range);
    let hints = scene.view.hints(scene.source, &range);
    let hints = hints.iter().map(|hint| {
        json!({
            "position": position_json(scene.lines.position(hint.offset)),
            "label": hint.text.get(lang),
            "paddingLeft": true,
        })
    });
    some(Value::Array(hints.collect()))
}
