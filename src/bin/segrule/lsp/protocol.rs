//! The shapes of messages that are read, and what the server says it can do.

use super::position::Encoding;
use segrule::diag::Lang;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A line and a column, both from 0; columns in units of the encoding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Position {
    pub line: u32,
    pub character: u32,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Range {
    pub start: Position,
    pub end: Position,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct InitializeParams {
    pub locale: Option<String>,
    pub root_uri: Option<String>,
    pub workspace_folders: Option<Vec<Folder>>,
    pub capabilities: Capabilities,
    pub initialization_options: Option<Options>,
}

/// What an editor may set for the server.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Options {
    /// `en` or `zh`.
    pub lang: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Folder {
    pub uri: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Capabilities {
    pub general: General,
    pub workspace: WorkspaceCapabilities,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct General {
    pub position_encodings: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct WorkspaceCapabilities {
    pub did_change_watched_files: Dynamic,
    pub inlay_hint: Refresh,
    pub code_lens: Refresh,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Dynamic {
    pub dynamic_registration: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Refresh {
    pub refresh_support: bool,
}

impl InitializeParams {
    /// The language of messages, when the editor says one.
    pub fn lang(&self) -> Option<Lang> {
        let options = self.initialization_options.as_ref();
        let chosen = options.and_then(|options| options.lang.as_deref());
        let chosen = chosen.or(self.locale.as_deref());
        chosen.map(super::lang_of)
    }
}

#[derive(Debug, Deserialize)]
pub struct Document {
    pub uri: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OnDocument {
    pub text_document: Document,
}

/// What changed since an earlier answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Since {
    pub text_document: Document,
    pub previous_result_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidOpen {
    pub text_document: OpenedDocument,
}

#[derive(Debug, Deserialize)]
pub struct OpenedDocument {
    pub uri: String,
    #[serde(default)]
    pub version: i64,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DidChange {
    pub text_document: VersionedDocument,
    pub content_changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
pub struct VersionedDocument {
    pub uri: String,
    #[serde(default)]
    pub version: Option<i64>,
}

/// A new text for a stretch, or for the whole file.
#[derive(Debug, Deserialize)]
pub struct Change {
    pub range: Option<Range>,
    pub text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AtPosition {
    pub text_document: Document,
    pub position: Position,
    #[serde(default)]
    pub new_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InRange {
    pub text_document: Document,
    pub range: Range,
    #[serde(default)]
    pub context: ActionContext,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ActionContext {
    pub only: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
pub struct Query {
    #[serde(default)]
    pub query: String,
}

#[derive(Debug, Deserialize)]
pub struct Execute {
    pub command: String,
    #[serde(default)]
    pub arguments: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub struct FoldersChanged {
    pub event: FoldersEvent,
}

#[derive(Debug, Deserialize)]
pub struct FoldersEvent {
    #[serde(default)]
    pub added: Vec<Folder>,
    #[serde(default)]
    pub removed: Vec<Folder>,
}

/// Counts the members of a segment: the file's address and the segment's name.
pub const COUNT: &str = "segrule.count";
/// Runs a test: the file's address and the byte the test starts at.
pub const RUN_TEST: &str = "segrule.runTest";

/// The kinds of colours, in the order of the numbers that stand for them.
pub const TOKEN_TYPES: [&str; 11] = [
    "keyword",
    "operator",
    "comment",
    "string",
    "regexp",
    "number",
    "type",
    "property",
    "variable",
    "function",
    "enumMember",
];

/// What makes a colour special, a bit each.
pub const TOKEN_MODIFIERS: [&str; 3] = ["declaration", "documentation", "readonly"];

/// What the server can do.
pub fn initialize_result(encoding: Encoding) -> Value {
    json!({
        "serverInfo": { "name": "segrule", "version": env!("CARGO_PKG_VERSION") },
        "capabilities": {
            "positionEncoding": encoding.name(),
            "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
            "completionProvider": { "triggerCharacters": ["\"", "=", "(", ",", "/", ".", ":", " ", "`"] },
            "hoverProvider": true,
            "definitionProvider": true,
            "referencesProvider": true,
            "documentHighlightProvider": true,
            "documentSymbolProvider": true,
            "workspaceSymbolProvider": true,
            "documentFormattingProvider": true,
            "renameProvider": { "prepareProvider": true },
            "codeActionProvider": { "codeActionKinds": ["quickfix", "source.fixAll"] },
            "codeLensProvider": { "resolveProvider": false },
            "inlayHintProvider": true,
            "semanticTokensProvider": {
                "legend": { "tokenTypes": TOKEN_TYPES, "tokenModifiers": TOKEN_MODIFIERS },
                "full": { "delta": true },
                "range": true,
            },
            "executeCommandProvider": { "commands": [COUNT, RUN_TEST] },
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
            },
        },
    })
}
