//! Answers that change texts: layout, renaming, repairs.

use super::answer::{Answer, nothing, some, with_files};
use super::convert::{Files, text_edit};
use super::json::{Json, TextEdit};
use super::protocol::{AtPosition, InRange, OnDocument, Position};
use super::server::{Refusal, Scene, Server};
use lsp_server::ErrorCode;
use segrule::diag::Phrase;
use segrule::say;
use serde_json::json;

/// The kind of action that repairs a whole file.
const FIX_ALL: &str = "source.fixAll";
/// The kind of action that repairs one thing.
const QUICK_FIX: &str = "quickfix";

pub fn formatting(server: &mut Server, on: OnDocument) -> Answer {
    let lang = server.lang;
    let Some(source) = server
        .scene(&on.text_document.uri)
        .map(|scene| scene.source)
    else {
        return nothing();
    };
    let home = server.home_of(&super::uri::to_path(&on.text_document.uri));
    let encoding = server.encoding;
    let Some(home) = server.homes.get_mut(home) else {
        return nothing();
    };
    let edit = home.project.layout(source);
    let edit = edit.map_err(|why| refused(&why, lang))?;
    let files = Files::new(home.project.view(), &server.documents, encoding);
    let lines = files.lines(source);
    let edits = edit.iter().map(|edit| text_edit(&lines, edit));
    some(&edits.collect::<Vec<TextEdit>>())
}

fn refused(why: &Phrase, lang: segrule::diag::Lang) -> Refusal {
    Refusal::new(ErrorCode::RequestFailed, why.get(lang))
}

pub fn prepare_rename(server: &mut Server, at: AtPosition) -> Answer {
    let lang = server.lang;
    let Some(scene) = server.scene(&at.text_document.uri) else {
        return nothing();
    };
    let offset = scene.lines.offset(at.position);
    let span = scene
        .view
        .renamable(scene.source, offset)
        .map_err(|why| refused(&why, lang))?;
    let written = scene.view.workspace.sources.text_at(span);
    some(&json!({
        "range": scene.lines.place(&span.range()),
        "placeholder": written.trim_matches('`'),
    }))
}

pub fn rename(server: &mut Server, at: AtPosition) -> Answer {
    let lang = server.lang;
    let path = super::uri::to_path(&at.text_document.uri);
    let Some(scene) = server.scene(&at.text_document.uri) else {
        return nothing();
    };
    let (source, offset) = (scene.source, scene.lines.offset(at.position));
    let home = server.home_of(&path);
    let encoding = server.encoding;
    let Some(home) = server.homes.get_mut(home) else {
        return nothing();
    };
    let edits = home.project.rename(source, offset, &at.new_name);
    let edits = edits.map_err(|why| refused(&why, lang))?;
    let files = Files::new(home.project.view(), &server.documents, encoding);
    some(&files.workspace_edit(&edits))
}

pub fn actions(server: &mut Server, wanted: InRange) -> Answer {
    let lang = server.lang;
    let only = wanted.context.only.clone();
    let takes = |kind: &str| {
        let is_part = |only: &String| kind == only || kind.starts_with(&format!("{only}."));
        only.as_ref().is_none_or(|only| only.iter().any(is_part))
    };
    let at = AtPosition {
        text_document: wanted.text_document,
        position: Position::default(),
        new_name: String::new(),
    };
    with_files(server, &at, |files, scene, _| {
        let Scene {
            view,
            source,
            lines,
        } = scene;
        let range = lines.range(wanted.range);
        let mut actions = Vec::new();
        if takes(QUICK_FIX) {
            actions.extend(view.actions(*source, &range).iter().map(|action| {
                json!({
                    "title": action.fix.title.get(lang),
                    "kind": QUICK_FIX,
                    "diagnostics": [files.diagnostic(action.diagnostic, lang)],
                    "isPreferred": action.is_preferred,
                    "edit": files.workspace_edit(&action.fix.edits),
                })
            }));
        }
        let all = view.fix_all(*source);
        if takes(FIX_ALL) && !all.is_empty() {
            let title = say!("apply all safe fixes", "应用全部安全修复");
            actions.push(json!({
                "title": title.get(lang),
                "kind": FIX_ALL,
                "edit": files.workspace_edit(&all),
            }));
        }
        Json::of(&actions)
    })
}
