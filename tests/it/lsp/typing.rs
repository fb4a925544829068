//! Somebody types fast, in a file that is broken meanwhile, with characters of every width.

use super::client::Client;
use super::{SCHEMA, shop};
use serde_json::{Value, json};

const TEXT: &str = "\
segment 年轻 \"年轻人 😀\" = 年龄 < 30 且 所在地 = 北京
segment adults2 = age >= 18
segment both = 年轻 and adults2  # 😀 两者
test \"t 😀\" { contact { id: \"1\", age: 20, region: \"北京\" } in 年轻 }
";

/// A change of a text as editors send it: columns are UTF-16.
struct Typing {
    text: String,
    version: i64,
}

impl Typing {
    /// Opens the file that is typed in.
    fn open(client: &mut Client) -> Typing {
        client.open("rules/c.seg", TEXT);
        Typing {
            text: TEXT.to_string(),
            version: 1,
        }
    }

    fn position(&self, offset: usize) -> (u32, u32) {
        let before = &self.text[..offset];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let units: usize = before[start..].chars().map(char::len_utf16).sum();
        (u32::try_from(line).unwrap(), u32::try_from(units).unwrap())
    }

    /// Replaces the first place where something is written.
    fn replace(&mut self, client: &mut Client, old: &str, new: &str) {
        let at = self.text.find(old).expect(old);
        let (from, to) = (self.position(at), self.position(at + old.len()));
        self.version += 1;
        client.change("rules/c.seg", self.version, from, to, new);
        self.text.replace_range(at..at + old.len(), new);
    }
}

/// Everything that is asked about a file, with the server's own addresses left out.
fn asked(client: &mut Client, text: &str) -> Vec<Value> {
    let typing = Typing {
        text: text.to_string(),
        version: 0,
    };
    let on = client.on("rules/c.seg");
    let mut answers = Vec::new();
    for method in ["documentSymbol", "formatting", "codeLens"] {
        answers.push(client.request(&format!("textDocument/{method}"), on.clone()));
    }
    let colours = client.request("textDocument/semanticTokens/full", on);
    answers.push(colours["data"].clone());
    for word in ["age", "年龄", "adults2", "年轻 and", "北京", "两者"] {
        let Some(at) = text.find(word) else { continue };
        let (line, column) = typing.position(at);
        let place = client.at("rules/c.seg", line, column);
        for method in ["hover", "definition", "references", "completion"] {
            answers.push(client.request(&format!("textDocument/{method}"), place.clone()));
        }
    }
    let root = client.uri("");
    let answers = Value::Array(answers).to_string().replace(&root, "");
    serde_json::from_str(&answers).unwrap()
}

/// The colours after edits of the numbers of those before.
fn patched(mut data: Vec<Value>, edits: &Value) -> Vec<Value> {
    for edit in edits.as_array().unwrap() {
        let number = |key: &str| usize::try_from(edit[key].as_u64().unwrap()).unwrap();
        let (start, deleted) = (number("start"), number("deleteCount"));
        let new = edit["data"].as_array().cloned().unwrap_or_default();
        data.splice(start..start + deleted, new);
    }
    data
}

#[test]
fn a_long_session_answers_as_a_fresh_one() {
    let mut client = Client::start(&shop());
    let mut typing = Typing::open(&mut client);
    let on = client.on("rules/c.seg");
    let mut colours = client.request("textDocument/semanticTokens/full", on.clone());
    let edits = [
        ("😀\" =", "😀😀 x\" ="),
        ("30", "3😀0"),
        ("3😀0", "31"),
        ("segment both", "## 说明 😀\nsegment both"),
        ("age >= 18", "age >= "),
        ("age >= ", "age >= 20"),
        ("adults2 =", "grown ="),
        ("segment 年轻", "segment x = \"\"\"\nsegment 年轻"),
        ("segment x = \"\"\"\n", ""),
        ("grown =", "adults2 ="),
    ];
    for (old, new) in edits {
        typing.replace(&mut client, old, new);
        let mut since = on.clone();
        since["previousResultId"] = colours["resultId"].clone();
        let now = client.request("textDocument/semanticTokens/full/delta", since);
        let data = colours["data"].as_array().unwrap().clone();
        colours = json!({ "resultId": now["resultId"], "data": patched(data, &now["edits"]) });
        let mut fresh = Client::start(&shop());
        fresh.open("rules/c.seg", &typing.text);
        let (own, anew) = (
            asked(&mut client, &typing.text),
            asked(&mut fresh, &typing.text),
        );
        assert_eq!(own, anew, "{}", typing.text);
        assert_eq!(colours["data"], own[3], "{}", typing.text);
        // `asked` was given colours under a newer name.
        let told = client.request("textDocument/semanticTokens/full", on.clone());
        colours["resultId"] = told["resultId"].clone();
        let codes = client.codes("rules/c.seg", typing.version);
        assert_eq!(codes, fresh.codes("rules/c.seg", 1), "{}", typing.text);
        assert_eq!(fresh.leave(), 0);
    }
    // Colours that were never given, or under another name, are given whole.
    let mut since = on;
    since["previousResultId"] = json!("no such name");
    let all = client.request("textDocument/semanticTokens/full/delta", since);
    assert_eq!(all["data"], colours["data"]);
    assert_eq!(client.leave(), 0);
}

#[test]
fn thirty_signs_typed_fast_are_all_there_when_asked() {
    let mut client = Client::start(&shop());
    client.open("rules/c.seg", "segment c = \n");
    let typed = "年龄 >= 18 and adults or age";
    let mut column = 12;
    for (version, sign) in (2..).zip(typed.chars()) {
        let mut buffer = [0; 4];
        let place = (0, column);
        client.change(
            "rules/c.seg",
            version,
            place,
            place,
            sign.encode_utf8(&mut buffer),
        );
        column += u32::try_from(sign.len_utf16()).unwrap();
    }
    let found = client.request(
        "textDocument/completion",
        client.at("rules/c.seg", 0, column),
    );
    let first = &found["items"][0];
    assert_eq!(first["label"], "age");
    assert_eq!(first["textEdit"]["range"]["start"]["character"], column - 3);
    let hover = client.request("textDocument/hover", client.at("rules/c.seg", 0, 13));
    assert!(hover.to_string().contains("age: int 0..150"), "{hover}");
    assert_eq!(client.leave(), 0);
}

#[test]
fn a_broken_item_takes_nothing_from_the_others() {
    let mut client = Client::start(&shop());
    let mut typing = Typing::open(&mut client);
    typing.replace(&mut client, "年龄 < 30 且", "年龄 < ( and \"");
    let hover = client.request("textDocument/hover", client.at("rules/c.seg", 1, 18));
    assert!(hover.to_string().contains("age: int 0..150"), "{hover}");
    let target = client.request("textDocument/definition", client.at("rules/c.seg", 2, 22));
    assert_eq!(
        target["range"]["start"],
        json!({ "line": 1, "character": 8 })
    );
    let found = client.request("textDocument/completion", client.at("rules/c.seg", 1, 18));
    assert!(found.to_string().contains("last_visit"), "{found}");
    // In the broken item too: its words are still known.
    let hover = client.request("textDocument/hover", client.at("rules/c.seg", 0, 23));
    assert!(hover.to_string().contains("age: int 0..150"), "{hover}");
    assert_eq!(client.leave(), 0);
}

#[test]
fn requests_behind_a_long_one_can_be_taken_back() {
    let mut rules = String::new();
    for number in 0..3000 {
        rules += &format!("segment s{number} = age > {} and 年龄 < 99\n", number % 90);
    }
    let mut client = Client::start(&[("rules/schema.seg", SCHEMA)]);
    client.open("rules/c.seg", &rules);
    let on = client.on("rules/c.seg");
    let at = client.at("rules/c.seg", 7, 14);
    let request = |id: &str, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    // All at once: the first takes long enough for the second to wait still when it is taken back.
    client.send_all(&[
        request("first", "textDocument/semanticTokens/full", on.clone()),
        request("second", "textDocument/formatting", on),
        json!({ "jsonrpc": "2.0", "method": "$/cancelRequest", "params": { "id": "second" } }),
        request("third", "textDocument/hover", at),
    ]);
    let refused = client.answer_to("second");
    assert_eq!(refused["error"]["code"], -32800, "{refused}");
    assert!(client.answer_to("first")["result"]["data"].is_array());
    let hover = client.answer_to("third");
    assert!(hover.to_string().contains("age: int 0..150"), "{hover}");
    assert_eq!(client.leave(), 0);
}
