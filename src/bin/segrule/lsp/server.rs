//! The loop over messages: texts are taken first, requests answered in order, the rest when it is quiet.

use super::super::cli::{Exit, Host};
use super::answer::{self, Answer};
use super::background::Jobs;
use super::colours;
use super::command;
use super::documents::{Document, Documents};
use super::json::Json;
use super::position::{Encoding, Lines};
use super::project::Home;
use super::protocol::{
    DidChange, DidOpen, FoldersChanged, InitializeParams, OnDocument, WorkspaceCapabilities,
};
use super::uri;
use super::wires::Wires;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use segrule::diag::{Lang, Phrase};
use segrule::ide::View;
use segrule::source::SourceId;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How long it must be quiet before the rules are checked for their own sake.
pub const QUIET: Duration = Duration::from_millis(120);
/// How often finished work is looked for while there is some.
const GLANCE: Duration = Duration::from_millis(30);

/// One editor's session.
pub struct Server<'h> {
    wires: &'h Wires,
    pub host: &'h Host,
    pub encoding: Encoding,
    pub lang: Lang,
    pub abilities: WorkspaceCapabilities,
    pub folders: Vec<PathBuf>,
    pub documents: Documents,
    pub homes: Vec<Home>,
    pub jobs: Jobs,
    queue: VecDeque<Message>,
    is_shut_down: bool,
    requests_sent: i32,
    homes_made: u64,
}

/// A request that cannot be answered.
pub struct Refusal {
    pub code: ErrorCode,
    pub message: String,
}

impl Refusal {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
        }
    }
}

/// Where a request points: the rules, the file, the text's lines.
pub struct Scene<'s> {
    pub view: View<'s>,
    pub source: SourceId,
    pub lines: Rc<Lines<'s>>,
}

impl<'h> Server<'h> {
    pub fn new(
        wires: &'h Wires,
        host: &'h Host,
        params: &InitializeParams,
        encoding: Encoding,
        lang: Lang,
    ) -> Server<'h> {
        let named = params.workspace_folders.iter().flatten();
        let mut folders: Vec<PathBuf> = named.map(|folder| uri::to_path(&folder.uri)).collect();
        if folders.is_empty() {
            folders.extend(params.root_uri.iter().map(|uri| uri::to_path(uri)));
        }
        let abilities = &params.capabilities.workspace;
        Server {
            wires,
            host,
            encoding,
            lang,
            abilities: abilities.clone(),
            folders,
            documents: Documents::default(),
            homes: Vec::new(),
            jobs: Jobs::default(),
            queue: VecDeque::new(),
            is_shut_down: false,
            requests_sent: 0,
            homes_made: 0,
        }
    }

    /// Serves until the editor leaves.
    pub fn run(&mut self) -> Exit {
        self.watch_files();
        loop {
            self.take_finished();
            if self.queue.is_empty() {
                match self.wait() {
                    Waited::Message(message) => self.queue.push_back(message),
                    Waited::Nothing => {
                        self.when_quiet();
                        continue;
                    }
                    Waited::Gone => return Exit::Failure,
                }
            }
            self.gather();
            let Some(message) = self.queue.pop_front() else {
                continue;
            };
            match message {
                Message::Notification(note) if note.method == "exit" => {
                    return match self.is_shut_down {
                        true => Exit::Clean,
                        false => Exit::Findings,
                    };
                }
                Message::Notification(note) => self.note(note),
                Message::Request(request) => self.request(request),
                Message::Response(_) => {}
            }
        }
    }

    fn wait(&self) -> Waited {
        let inbox = &self.wires.inbox;
        // Questions do not put off what a change made due: an editor may ask all the time.
        let due = self.homes.iter().filter_map(|home| home.changed);
        let due = due.map(|changed| QUIET.saturating_sub(changed.elapsed()));
        let wait = match (self.jobs.is_running(), due.min()) {
            (true, _) => GLANCE,
            (false, Some(due)) => due,
            (false, None) => {
                return match inbox.recv() {
                    Ok(message) => Waited::Message(message),
                    Err(_) => Waited::Gone,
                };
            }
        };
        match inbox.recv_timeout(wait) {
            Ok(message) => Waited::Message(message),
            Err(RecvTimeoutError::Timeout) => Waited::Nothing,
            Err(RecvTimeoutError::Disconnected) => Waited::Gone,
        }
    }

    /// Takes every message that is there already, and drops requests that were cancelled.
    fn gather(&mut self) {
        while let Ok(message) = self.wires.inbox.try_recv() {
            if let Message::Notification(note) = &message
                && note.method == "$/cancelRequest"
            {
                self.cancel(note);
                continue;
            }
            self.queue.push_back(message);
        }
    }

    fn cancel(&mut self, note: &Notification) {
        let Some(id) = note.params.get("id").cloned() else {
            return;
        };
        let Ok(id) = serde_json::from_value::<RequestId>(id) else {
            return;
        };
        let is_it = |message: &Message| matches!(message, Message::Request(own) if own.id == id);
        if let Some(place) = self.queue.iter().position(is_it) {
            self.queue.remove(place);
            let refusal = Refusal::new(ErrorCode::RequestCanceled, "cancelled");
            self.answer(id, Err(refusal));
        }
    }

    fn request(&mut self, request: Request) {
        if self.is_shut_down {
            let refusal = Refusal::new(ErrorCode::InvalidRequest, "shut down already");
            return self.answer(request.id, Err(refusal));
        }
        if request.method == "shutdown" {
            self.is_shut_down = true;
            return self.answer(request.id, Ok(Json::of(&Value::Null)));
        }
        let id = request.id.clone();
        // A mistake of ours must not take the editor's session with it.
        let result = catch_unwind(AssertUnwindSafe(|| self.handle(request)));
        let result = result.unwrap_or_else(|_| {
            Err(Refusal::new(
                ErrorCode::InternalError,
                "this could not be answered",
            ))
        });
        if let Some(result) = result.transpose() {
            self.answer(id, result);
        }
    }

    /// Answers a request; `None` when the answer comes later.
    fn handle(&mut self, request: Request) -> Answer {
        let Request { id, method, params } = request;
        match method.as_str() {
            "textDocument/completion" => answer::completion(self, read(params)?),
            "textDocument/hover" => answer::hover(self, read(params)?),
            "textDocument/definition" => answer::definition(self, read(params)?),
            "textDocument/references" => answer::references(self, read(params)?),
            "textDocument/documentHighlight" => answer::occurrences(self, read(params)?),
            "textDocument/documentSymbol" => answer::symbols(self, read(params)?),
            "workspace/symbol" => answer::workspace_symbols(self, &read(params)?),
            "textDocument/formatting" => super::edit::formatting(self, read(params)?),
            "textDocument/prepareRename" => super::edit::prepare_rename(self, read(params)?),
            "textDocument/rename" => super::edit::rename(self, read(params)?),
            "textDocument/codeAction" => super::edit::actions(self, read(params)?),
            "textDocument/codeLens" => answer::lenses(self, read(params)?),
            "textDocument/inlayHint" => answer::hints(self, read(params)?),
            "textDocument/semanticTokens/full" => colours::all(self, &read(params)?),
            "textDocument/semanticTokens/full/delta" => colours::changed(self, read(params)?),
            "textDocument/semanticTokens/range" => colours::within(self, &read(params)?),
            "workspace/executeCommand" => command::execute(self, id, read(params)?),
            _ => {
                let message = format!("unknown method {method}");
                Err(Refusal::new(ErrorCode::MethodNotFound, message))
            }
        }
    }

    fn note(&mut self, note: Notification) {
        let result = catch_unwind(AssertUnwindSafe(|| self.take_note(note)));
        if result.is_err() {
            // What is known may be half changed: everything is read anew.
            self.homes.clear();
            let open: Vec<PathBuf> = self
                .documents
                .iter()
                .map(|(path, _)| path.clone())
                .collect();
            for path in open {
                self.show_text(&path);
            }
        }
    }

    fn take_note(&mut self, note: Notification) {
        let Notification { method, params } = note;
        match method.as_str() {
            "textDocument/didOpen" => self.opened(params),
            "textDocument/didChange" => self.changed(params),
            "textDocument/didClose" => self.closed(params),
            "workspace/didChangeWatchedFiles" => self.files_changed(),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(params),
            _ => {}
        }
    }

    fn opened(&mut self, params: Value) {
        let Ok(DidOpen { text_document }) = serde_json::from_value(params) else {
            return;
        };
        let path = uri::to_path(&text_document.uri);
        let document = Document {
            uri: text_document.uri,
            version: Some(text_document.version),
            text: Arc::from(text_document.text),
            colours: None,
        };
        self.documents.open(path.clone(), document);
        self.show_text(&path);
    }

    fn changed(&mut self, params: Value) {
        let Ok(change) = serde_json::from_value::<DidChange>(params) else {
            return;
        };
        let path = uri::to_path(&change.text_document.uri);
        let version = change.text_document.version;
        let changes = &change.content_changes;
        self.documents
            .change(&path, version, changes, self.encoding);
        self.show_text(&path);
    }

    /// Hands an open text to the rules it belongs to.
    fn show_text(&mut self, path: &Path) {
        let Some(text) = self
            .documents
            .get(path)
            .map(|document| Arc::clone(&document.text))
        else {
            return;
        };
        let home = self.home_of(path);
        if let Some(home) = self.homes.get_mut(home) {
            home.project.edit(path, text);
            home.touch();
        }
    }

    fn closed(&mut self, params: Value) {
        let Ok(OnDocument { text_document }) = serde_json::from_value(params) else {
            return;
        };
        let path = uri::to_path(&text_document.uri);
        let home = self.home_of(&path);
        self.documents.close(&path);
        if let Some(home) = self.homes.get_mut(home) {
            home.project.close(&path);
            home.touch();
        }
    }

    fn files_changed(&mut self) {
        let mut troubles = Vec::new();
        for home in &mut self.homes {
            home.is_data_read = false;
            troubles.extend(home.refresh().err());
        }
        // `segrule.toml` may say other things now: rules without open texts are found again.
        self.homes.retain(|home| !home.project.is_closed());
        for trouble in troubles {
            self.tell(&trouble.message, MessageKind::Warning);
        }
        let open: Vec<PathBuf> = self
            .documents
            .iter()
            .map(|(path, _)| path.clone())
            .collect();
        for home in &mut self.homes {
            home.reconfigure(self.lang);
        }
        for path in open {
            self.show_text(&path);
        }
    }

    fn folders_changed(&mut self, params: Value) {
        let Ok(FoldersChanged { event }) = serde_json::from_value(params) else {
            return;
        };
        let removed: Vec<PathBuf> = event
            .removed
            .iter()
            .map(|folder| uri::to_path(&folder.uri))
            .collect();
        self.folders.retain(|folder| !removed.contains(folder));
        let added = event.added.iter().map(|folder| uri::to_path(&folder.uri));
        self.folders.extend(added);
    }

    /// The place of the rules that a file belongs to; they are read when they are not known yet.
    pub fn home_of(&mut self, path: &Path) -> usize {
        if let Some(known) = self.homes.iter().position(|home| home.takes(path)) {
            return known;
        }
        self.homes_made += 1;
        let (home, trouble) = Home::of(self.homes_made, path, &self.folders, self.lang);
        if let Some(trouble) = trouble {
            self.tell(&trouble, MessageKind::Warning);
        }
        self.homes.push(home);
        self.homes.len() - 1
    }

    /// What a request about a file looks at.
    pub fn scene(&mut self, uri: &str) -> Option<Scene<'_>> {
        let path = uri::to_path(uri);
        let home = self.home_of(&path);
        let now = self.host.now();
        let home = self.homes.get_mut(home)?;
        home.project.facts.clock.now = now;
        let view = home.project.view();
        let source = view.file(&path)?;
        let text = match self.documents.get(&path) {
            Some(document) => &document.text,
            None => view.source(source)?.text(),
        };
        Some(Scene {
            lines: Rc::new(Lines::new(text, self.encoding)),
            view,
            source,
        })
    }

    pub fn answer(&self, id: RequestId, result: Result<Json, Refusal>) {
        match result {
            Ok(answer) => self.wires.answer(id, answer),
            Err(refusal) => {
                let response = Response::new_err(id, refusal.code as i32, refusal.message);
                self.wires.send(Message::Response(response));
            }
        }
    }

    pub fn notify(&self, method: &str, params: Value) {
        let note = Notification {
            method: method.to_string(),
            params,
        };
        self.wires.send(Message::Notification(note));
    }

    /// Asks something of the editor; the answer is not waited for.
    pub fn ask(&mut self, method: &str, params: Value) {
        self.requests_sent += 1;
        let request = Request {
            id: RequestId::from(self.requests_sent),
            method: method.to_string(),
            params,
        };
        self.wires.send(Message::Request(request));
    }

    /// Shows people a message.
    pub fn tell(&self, message: &Phrase, kind: MessageKind) {
        let params = json!({ "type": kind as i32, "message": message.get(self.lang) });
        self.notify("window/showMessage", params);
    }

    fn watch_files(&mut self) {
        if !self.abilities.did_change_watched_files.dynamic_registration {
            return;
        }
        let patterns = [
            "**/*.seg",
            "**/segrule.toml",
            "**/*.{csv,tsv,ndjson,json,parquet}",
        ];
        let watchers = patterns.map(|pattern| json!({ "globPattern": pattern }));
        let registration = json!({
            "id": "files",
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        self.ask(
            "client/registerCapability",
            json!({ "registrations": [registration] }),
        );
    }

    /// What can wait until nobody waits for an answer.
    fn when_quiet(&mut self) {
        self.take_finished();
        let quiet = catch_unwind(AssertUnwindSafe(|| self.catch_up()));
        if quiet.is_err() {
            self.homes.iter_mut().for_each(|home| home.changed = None);
        }
    }

    /// Takes what was worked out meanwhile, before the next question is answered.
    fn take_finished(&mut self) {
        while let Some(done) = self.jobs.finished() {
            super::background::take(self, done);
        }
    }
}

enum Waited {
    Message(Message),
    Nothing,
    Gone,
}

/// How an editor shows a message.
#[derive(Clone, Copy)]
pub enum MessageKind {
    Error = 1,
    Warning = 2,
    Info = 3,
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, Refusal> {
    serde_json::from_value(params).map_err(|error| {
        Refusal::new(
            ErrorCode::InvalidParams,
            format!("parameters not understood: {error}"),
        )
    })
}
