//! Answers to questions about places: each takes the place apart, asks `segrule::ide` and converts.

use super::convert::{Files, completion as completion_json, symbol_kind};
use super::json::{Found, Json, Location, Outlined};
use super::position::Lines;
use super::protocol::{AtPosition, COUNT, InRange, OnDocument, Query, RUN_TEST};
use super::server::{Refusal, Scene, Server};
use segrule::ide::{Lens, LensAction, Symbol, Typed, complete};
use serde::Serialize;
use serde_json::{Value, json};

/// Nothing when the answer comes later.
pub type Answer = Result<Option<Json>, Refusal>;

/// Most symbols that a search over the workspace gives.
const MOST_SYMBOLS: usize = 500;

pub fn nothing() -> Answer {
    some(&Value::Null)
}

pub fn some(value: &(impl Serialize + ?Sized)) -> Answer {
    Ok(Some(Json::of(value)))
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
    some(&json!({ "isIncomplete": true, "items": items.collect::<Vec<_>>() }))
}

pub fn hover(server: &mut Server, at: AtPosition) -> Answer {
    let Some(scene) = server.scene(&at.text_document.uri) else {
        return nothing();
    };
    let offset = scene.lines.offset(at.position);
    let Some(hover) = scene.view.hover(scene.source, offset) else {
        return nothing();
    };
    some(&json!({
        "contents": { "kind": "markdown", "value": hover.text },
        "range": scene.lines.place(&hover.span.range()),
    }))
}

/// Hands a request's rules to an answer that speaks of several files.
pub fn with_files(
    server: &mut Server,
    at: &AtPosition,
    answer: impl FnOnce(Files, &Scene, usize) -> Json,
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
    Ok(Some(answer(files, &scene, offset)))
}

pub fn definition(server: &mut Server, at: AtPosition) -> Answer {
    with_files(server, &at, |files, scene, offset| {
        let target = scene.view.definition(scene.source, offset);
        Json::of(&target.map(|target| files.location(target.name)))
    })
}

pub fn references(server: &mut Server, at: AtPosition) -> Answer {
    with_files(server, &at, |files, scene, offset| {
        let found = scene.view.references(scene.source, offset);
        let places = found.iter().map(|reference| files.location(reference.span));
        Json::of(&places.collect::<Vec<Location>>())
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
            json!({ "range": scene.lines.place(&reference.span.range()), "kind": kind })
        });
        Json::of(&places.collect::<Vec<Value>>())
    })
}

pub fn symbols(server: &mut Server, on: OnDocument) -> Answer {
    let Some(scene) = server.scene(&on.text_document.uri) else {
        return nothing();
    };
    let symbols = scene.view.symbols(scene.source);
    some(&outlined(&symbols, &scene.lines))
}

fn outlined<'s>(symbols: &'s [Symbol], lines: &Lines) -> Vec<Outlined<'s>> {
    let symbols = symbols.iter().map(|symbol| Outlined {
        name: match symbol.name.as_str() {
            "" => "?",
            name => name,
        },
        detail: &symbol.detail,
        kind: symbol_kind(symbol.kind),
        range: lines.place(&symbol.span.range()),
        selection_range: lines.place(&symbol.name_span.range()),
        children: outlined(&symbol.children, lines),
    });
    symbols.collect()
}

/// Items of every rule set that is open, by a part of their name.
pub fn workspace_symbols(server: &mut Server, query: &Query) -> Answer {
    let wanted = query.query.to_lowercase();
    let encoding = server.encoding;
    let mut found = Vec::new();
    for home in &mut server.homes {
        let view = home.project.view();
        let files = Files::new(view, &server.documents, encoding);
        for (source, _) in view.workspace.sources.iter() {
            let symbols = view.symbols(source).into_iter();
            let named = symbols.filter(|symbol| {
                let title = symbol.detail.to_lowercase();
                symbol.name.to_lowercase().contains(&wanted) || title.contains(&wanted)
            });
            found.extend(named.map(|symbol| Found {
                name: symbol.name,
                kind: symbol_kind(symbol.kind),
                location: files.location(symbol.name_span),
            }));
        }
    }
    found.truncate(MOST_SYMBOLS);
    some(&found)
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
            "range": scene.lines.place(&lens.range),
            "command": {
                "title": lens.title.get(lang),
                "command": command,
                "arguments": arguments,
            },
        })
    });
    some(&lenses.collect::<Vec<Value>>())
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
            "position": scene.lines.position(hint.offset),
            "label": hint.text.get(lang),
            "paddingLeft": true,
        })
    });
    some(&hints.collect::<Vec<Value>>())
}
