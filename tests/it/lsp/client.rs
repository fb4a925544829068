//! An editor made of a child process: messages out, messages in, nothing forgotten.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// No answer takes so long, however busy the machine is.
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Client {
    child: Child,
    input: ChildStdin,
    received: Receiver<Value>,
    /// Notifications and requests of the server that nobody asked for yet.
    kept: Vec<Value>,
    next_id: i64,
    pub folder: tempfile::TempDir,
}

impl Client {
    /// A session in a folder with some files.
    pub fn start(files: &[(&str, &str)]) -> Client {
        Client::start_with(files, json!({}))
    }

    /// The same with other parameters of `initialize`.
    pub fn start_with(files: &[(&str, &str)], mut params: Value) -> Client {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut child = Command::new(env!("CARGO_BIN_EXE_segrule"))
            .arg("lsp")
            .current_dir(folder.path())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let (sender, received) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Some(message) = read(&mut output) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let mut client = Client {
            input: child.stdin.take().unwrap(),
            child,
            received,
            kept: Vec::new(),
            next_id: 0,
            folder,
        };
        let root = client.uri("");
        let fields = params.as_object_mut().unwrap();
        fields.entry("capabilities").or_insert_with(|| json!({}));
        fields.insert("rootUri".into(), json!(root));
        client.request("initialize", params);
        client.notify("initialized", json!({}));
        client
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn uri(&self, path: &str) -> String {
        format!("file://{}", self.path(path).display())
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    /// Sends messages so that they arrive together.
    pub fn send_all(&mut self, messages: &[Value]) {
        let framed = messages.iter().map(|message| {
            let text = message.to_string();
            format!("Content-Length: {}\r\n\r\n{text}", text.len())
        });
        let framed: String = framed.collect();
        self.input.write_all(framed.as_bytes()).unwrap();
        self.input.flush().unwrap();
    }

    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    /// Sends a request and does not wait.
    pub fn send_request(&mut self, method: &str, params: Value) -> i64 {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    /// The whole answer to a request.
    pub fn answer_to(&mut self, id: impl Into<Value>) -> Value {
        let id = id.into();
        self.wait(|message| message["id"] == id && message.get("method").is_none())
    }

    /// The result of a request, which must have one.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send_request(method, params);
        let answer = self.answer_to(id);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// The message of a request's error.
    pub fn refused(&mut self, method: &str, params: Value) -> String {
        let id = self.send_request(method, params);
        let answer = self.answer_to(id);
        answer["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .to_string()
    }

    /// Whether a notification came that nobody asked for yet.
    pub fn has_kept(&self, method: &str) -> bool {
        self.kept.iter().any(|message| message["method"] == method)
    }

    /// The first message that is wanted, kept or still to come.
    pub fn wait(&mut self, is_wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.kept.iter().position(&is_wanted) {
            return self.kept.remove(place);
        }
        loop {
            let message = self.received.recv_timeout(PATIENCE).expect("an answer");
            if is_wanted(&message) {
                return message;
            }
            self.kept.push(message);
        }
    }

    pub fn open(&mut self, path: &str, text: &str) {
        let uri = self.uri(path);
        let document = json!({ "uri": uri, "languageId": "segrule", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces a stretch of one line and gives the text a version.
    pub fn change(
        &mut self,
        path: &str,
        version: i64,
        from: (u32, u32),
        to: (u32, u32),
        text: &str,
    ) {
        let uri = self.uri(path);
        let place = |(line, character)| json!({ "line": line, "character": character });
        let range = json!({ "start": place(from), "end": place(to) });
        self.notify(
            "textDocument/didChange",
            json!({
                "textDocument": { "uri": uri, "version": version },
                "contentChanges": [{ "range": range, "text": text }],
            }),
        );
    }

    /// The codes told about a text of a version; later messages about it replace earlier ones.
    pub fn codes(&mut self, path: &str, version: i64) -> Vec<String> {
        let uri = self.uri(path);
        let told = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        });
        let found = told["params"]["diagnostics"].as_array().unwrap();
        found
            .iter()
            .map(|each| each["code"].as_str().unwrap().to_string())
            .collect()
    }

    /// The parameters of a request about a place.
    pub fn at(&self, path: &str, line: u32, character: u32) -> Value {
        json!({
            "textDocument": { "uri": self.uri(path) },
            "position": { "line": line, "character": character },
        })
    }

    /// The parameters of a request about a whole file.
    pub fn on(&self, path: &str) -> Value {
        json!({ "textDocument": { "uri": self.uri(path) } })
    }

    /// Says goodbye; gives the exit code.
    pub fn leave(mut self) -> i32 {
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        self.child.wait().unwrap().code().unwrap()
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed must not leave the process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(text) = line.strip_prefix("Content-Length: ") {
            length = text.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

/// The text after the edits of one file.
pub fn edited(text: &str, edits: &Value) -> String {
    let offset = |place: &Value| {
        let line = place["line"].as_u64().unwrap() as usize;
        let character = place["character"].as_u64().unwrap() as usize;
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let mut units = 0;
        let rest = text[start..].char_indices();
        for (at, one) in rest {
            if units >= character {
                return start + at;
            }
            units += one.len_utf16();
        }
        text.len()
    };
    let mut edits: Vec<(usize, usize, &str)> = edits
        .as_array()
        .unwrap()
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            let new = edit["newText"].as_str().unwrap();
            (offset(&range["start"]), offset(&range["end"]), new)
        })
        .collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.0));
    let mut out = text.to_string();
    for (start, end, new) in edits {
        out.replace_range(start..end, new);
    }
    out
}

/// The path behind an address that this client made.
pub fn path_of(uri: &str) -> &Path {
    Path::new(uri.strip_prefix("file://").unwrap())
}
