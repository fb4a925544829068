//! Sessions of an editor with the real server.

mod client;
mod typing;

use client::{Client, edited, path_of};
use serde_json::{Value, json};

const SCHEMA: &str = "\
schema contact {
  id: id
  region: region aka 所在地
  age: int 0..150 aka 年龄
  last_active: datetime
  last_visit: text
}
";
const RULES: &str = "segment adults \"成年人\" = age >= 18\n";

/// The rules in a folder with `segrule.toml`.
fn shop() -> Vec<(&'static str, &'static str)> {
    vec![
        ("segrule.toml", "zone = \"Asia/Shanghai\"\n"),
        ("rules/schema.seg", SCHEMA),
        ("rules/a.seg", RULES),
        (
            "rules/b.seg",
            "segment readers = adults and last_visit = \"课程页\"\n",
        ),
    ]
}

#[test]
fn a_session_from_hello_to_goodbye() {
    let mut client = Client::start(&shop());
    client.open("rules/a.seg", RULES);
    assert!(client.codes("rules/a.seg", 1).is_empty());
    // Typing a second segment, a sign at a time, in a file that does not parse meanwhile.
    client.change("rules/a.seg", 2, (1, 0), (1, 0), "segment b = agee >\n");
    let codes = client.codes("rules/a.seg", 2);
    assert!(!codes.is_empty());
    let hover = client.request("textDocument/hover", client.at("rules/a.seg", 0, 24));
    let text = hover["contents"]["value"].as_str().unwrap();
    assert!(
        text.contains("age: int 0..150") && text.contains("年龄"),
        "{text}"
    );
    client.change("rules/a.seg", 3, (1, 12), (1, 18), "adults and ");
    let found = client.request("textDocument/completion", client.at("rules/a.seg", 1, 23));
    let labels: Vec<&str> = found["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["label"].as_str().unwrap())
        .collect();
    assert!(
        labels.contains(&"age") && labels.contains(&"readers"),
        "{labels:?}"
    );
    client.change("rules/a.seg", 4, (1, 23), (1, 23), "age < 60");
    assert!(client.codes("rules/a.seg", 4).is_empty());
    assert_eq!(client.leave(), 0);
}

#[test]
fn names_are_found_and_renamed_across_files() {
    let mut client = Client::start(&shop());
    let text = "segment readers = adults and last_visit = \"课程页\"\n";
    client.open("rules/b.seg", text);
    let target = client.request("textDocument/definition", client.at("rules/b.seg", 0, 20));
    assert_eq!(target["uri"], client.uri("rules/a.seg"));
    assert_eq!(target["range"]["start"]["character"], 8);
    let places = client.request("textDocument/references", client.at("rules/b.seg", 0, 20));
    assert_eq!(places.as_array().unwrap().len(), 2);
    let name = client.request(
        "textDocument/prepareRename",
        client.at("rules/b.seg", 0, 20),
    );
    assert_eq!(name["placeholder"], "adults");
    let mut rename = client.at("rules/b.seg", 0, 20);
    rename["newName"] = json!("grown ups");
    let change = client.request("textDocument/rename", rename.clone());
    let changes = change["changes"].as_object().unwrap();
    let texts: Vec<(String, String)> = changes
        .iter()
        .map(|(uri, edits)| {
            let before = std::fs::read_to_string(path_of(uri)).unwrap();
            (uri.clone(), edited(&before, edits))
        })
        .collect();
    let of = |path: &str| {
        let uri = client.uri(path);
        let found = texts.iter().find(|(own, _)| *own == uri);
        found.map(|(_, text)| text.clone()).unwrap()
    };
    assert_eq!(
        of("rules/a.seg"),
        "segment `grown ups` \"成年人\" = age >= 18\n"
    );
    assert_eq!(of("rules/b.seg"), text.replace("adults", "`grown ups`"));
    rename["newName"] = json!("readers");
    let why = client.refused("textDocument/rename", rename);
    assert_eq!(why, "`readers` is taken already");
    assert_eq!(client.leave(), 0);
}

#[test]
fn repairs_and_layout_are_edits() {
    let mut client = Client::start(&shop());
    let text = "segment  x=agee>=18\n";
    client.open("rules/c.seg", text);
    assert_eq!(client.codes("rules/c.seg", 1), ["unknown-field"]);
    let mut wanted = client.on("rules/c.seg");
    wanted["range"] =
        json!({ "start": { "line": 0, "character": 12 }, "end": { "line": 0, "character": 12 } });
    wanted["context"] = json!({ "diagnostics": [] });
    let actions = client.request("textDocument/codeAction", wanted.clone());
    let action = &actions[0];
    assert_eq!(action["title"], "write `age`");
    let uri = client.uri("rules/c.seg");
    let edits = &action["edit"]["changes"][&uri];
    assert_eq!(edited(text, edits), "segment  x=age>=18\n");
    wanted["context"] = json!({ "diagnostics": [], "only": ["refactor"] });
    assert_eq!(client.request("textDocument/codeAction", wanted), json!([]));
    let edits = client.request("textDocument/formatting", client.on("rules/c.seg"));
    assert_eq!(edited(text, &edits), "segment x = agee >= 18\n");
    assert_eq!(client.leave(), 0);
}

#[test]
fn columns_are_utf_16_unless_agreed_otherwise() {
    let text = "segment 甲 = 年龄 >= 18 且 所在地 = \"😀\" 且 agee > 3\n";
    let column = |of: fn(char) -> usize| {
        let at = text.find("agee").unwrap();
        text[..at].chars().map(of).sum::<usize>()
    };
    let widths: [(Value, usize); 4] = [
        (json!({}), column(char::len_utf16)),
        (
            json!({ "general": { "positionEncodings": ["utf-16"] } }),
            column(char::len_utf16),
        ),
        (
            json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }),
            column(char::len_utf8),
        ),
        (
            json!({ "general": { "positionEncodings": ["utf-32"] } }),
            column(|_| 1),
        ),
    ];
    for (capabilities, expected) in widths {
        let mut client = Client::start_with(&shop(), json!({ "capabilities": capabilities }));
        client.open("rules/c.seg", text);
        let uri = client.uri("rules/c.seg");
        let told = client.wait(|message| message["params"]["uri"] == uri);
        let found = told["params"]["diagnostics"].as_array().unwrap();
        let field = found
            .iter()
            .find(|each| each["code"] == "unknown-field")
            .unwrap();
        assert_eq!(field["range"]["start"]["character"], expected);
        assert_eq!(client.leave(), 0);
    }
}

#[test]
fn colours_outlines_hints_and_lenses() {
    let mut client = Client::start(&shop());
    let text =
        "segment a = last_active within 30d\ntest \"t\" {\n  contact { id: \"1\" } not in a\n}\n";
    client.open("rules/c.seg", text);
    let tokens = client.request("textDocument/semanticTokens/full", client.on("rules/c.seg"));
    let data: Vec<u64> = tokens["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one.as_u64().unwrap())
        .collect();
    // `segment`, then `a` where it is defined, then `=`, then the field.
    assert_eq!(data[..15], [0, 0, 7, 0, 0, 0, 8, 1, 8, 1, 0, 2, 1, 1, 0]);
    assert_eq!(data[15..20], [0, 2, 11, 7, 0]);
    let symbols = client.request("textDocument/documentSymbol", client.on("rules/c.seg"));
    assert_eq!(symbols[0]["name"], "a");
    assert_eq!(symbols[1]["name"], "t");
    let mut wanted = client.on("rules/c.seg");
    wanted["range"] =
        json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let hints = client.request("textDocument/inlayHint", wanted);
    let label = hints[0]["label"].as_str().unwrap();
    assert!(label.starts_with("from 20"), "{label}");
    let lenses = client.request("textDocument/codeLens", client.on("rules/c.seg"));
    assert_eq!(lenses.as_array().unwrap().len(), 1);
    let command = &lenses[0]["command"];
    assert_eq!(command["title"], "run test");
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let result = client.request("workspace/executeCommand", run);
    assert_eq!(result["passed"], true);
    let told = client.wait(|message| message["method"] == "window/showMessage");
    assert_eq!(told["params"]["type"], 3);
    let found = client.request("workspace/symbol", json!({ "query": "成年" }));
    assert_eq!(found[0]["name"], "adults");
    assert_eq!(client.leave(), 0);
}

#[test]
fn with_data_values_are_offered_and_people_counted() {
    let mut files = shop();
    files[0] = (
        "segrule.toml",
        "zone = \"Asia/Shanghai\"\ndata = \"contacts.csv\"\n",
    );
    let contacts = "id,region,age,last_active,last_visit\n\
        1,北京,20,2026-01-01,课程页\n2,北京,12,2026-01-01,课程页\n3,上海,30,,首页\n";
    files.push(("contacts.csv", contacts));
    let mut client = Client::start(&files);
    client.open("rules/a.seg", RULES);
    // Data is read behind the editor's back: what it brings is asked for until it is there.
    let mut hover = String::new();
    for _ in 0..600 {
        let found = client.request("textDocument/hover", client.at("rules/a.seg", 0, 10));
        hover = found["contents"]["value"].as_str().unwrap().to_string();
        if hover.contains("2 of 3") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert!(hover.contains("2 of 3 (66.67%)"), "{hover}");
    let lenses = client.request("textDocument/codeLens", client.on("rules/a.seg"));
    let command = &lenses[0]["command"];
    assert_eq!(command["title"], "count");
    let run = json!({ "command": command["command"], "arguments": command["arguments"] });
    let result = client.request("workspace/executeCommand", run);
    assert_eq!(result["counts"]["segments"][0]["members"], 2);
    client.change("rules/a.seg", 2, (0, 22), (0, 31), "last_visit = ");
    let found = client.request("textDocument/completion", client.at("rules/a.seg", 0, 35));
    assert_eq!(found["items"][0]["textEdit"]["newText"], "\"课程页\"");
    assert_eq!(found["items"][0]["detail"], "seen 2 times");
    assert_eq!(client.leave(), 0);
}

#[test]
fn questions_asked_all_the_time_do_not_put_off_what_a_change_made_due() {
    let mut client = Client::start(&shop());
    client.open("rules/b.seg", "segment readers = nobody_knows\n");
    let mut is_told = false;
    for _ in 0..1500 {
        client.request("textDocument/hover", client.at("rules/b.seg", 0, 10));
        is_told = client.has_kept("textDocument/publishDiagnostics");
        if is_told {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(is_told, "mistakes are told while questions are asked");
    assert_eq!(client.leave(), 0);
}

#[test]
fn files_changed_outside_are_read_again() {
    let mut client = Client::start(&shop());
    let text = "segment readers = adults\n";
    client.open("rules/b.seg", text);
    assert!(client.codes("rules/b.seg", 1).is_empty());
    std::fs::write(client.path("rules/a.seg"), "segment grown = age >= 18\n").unwrap();
    let uri = client.uri("rules/a.seg");
    let changes = json!({ "changes": [{ "uri": uri, "type": 2 }] });
    client.notify("workspace/didChangeWatchedFiles", changes);
    let b = client.uri("rules/b.seg");
    let told = client.wait(|message| {
        message["params"]["uri"] == b && message["params"]["diagnostics"] != json!([])
    });
    assert_eq!(told["params"]["diagnostics"][0]["code"], "unknown-segment");
    assert_eq!(client.leave(), 0);
}

#[test]
fn findings_of_analysis_come_after_the_quick_ones() {
    let mut client = Client::start(&shop());
    let text = "segment never = age > 20 and age < 10\n";
    client.open("rules/c.seg", text);
    let uri = client.uri("rules/c.seg");
    let told = client.wait(|message| {
        message["params"]["uri"] == uri && message["params"]["diagnostics"] != json!([])
    });
    assert_eq!(told["params"]["diagnostics"][0]["code"], "never-matches");
    assert_eq!(client.leave(), 0);
}

#[test]
fn chinese_is_spoken_when_the_editor_is_chinese() {
    let mut client = Client::start_with(&shop(), json!({ "locale": "zh-cn" }));
    client.open("rules/c.seg", "segment x = agee > 3\n");
    let uri = client.uri("rules/c.seg");
    let told = client.wait(|message| message["params"]["uri"] == uri);
    let message = told["params"]["diagnostics"][0]["message"]
        .as_str()
        .unwrap();
    assert!(message.starts_with("没有字段 `agee`"), "{message}");
    assert_eq!(client.leave(), 0);
}

#[test]
fn nonsense_is_refused_and_the_session_goes_on() {
    let mut client = Client::start(&shop());
    client.open("rules/a.seg", RULES);
    let nonsense = [
        ("textDocument/hover", json!({})),
        ("textDocument/hover", Value::Null),
        ("no/such/method", json!([1, 2])),
        ("workspace/executeCommand", json!({ "command": "rm" })),
        (
            "workspace/executeCommand",
            json!({ "command": "segrule.count", "arguments": [] }),
        ),
    ];
    for (method, params) in nonsense {
        assert!(
            !client.refused(method, params.clone()).is_empty(),
            "{method} {params}"
        );
    }
    client.notify("textDocument/didChange", json!({ "textDocument": {} }));
    client.change("rules/a.seg", 2, (99, 99), (3, 3), "\n");
    client.change("rules/nowhere.seg", 2, (0, 0), (0, 0), "x");
    let unknown = json!({ "textDocument": { "uri": "file:///no/such/file.seg" }, "position": { "line": 9, "character": 9 } });
    for method in ["hover", "definition", "completion", "references"] {
        client.request(&format!("textDocument/{method}"), unknown.clone());
    }
    let far = client.at("rules/a.seg", u32::MAX, u32::MAX);
    assert_eq!(client.request("textDocument/hover", far), Value::Null);
    assert_eq!(client.leave(), 0);
}

#[test]
fn cancelled_requests_are_answered_all_the_same() {
    let mut client = Client::start(&shop());
    client.open("rules/a.seg", RULES);
    let params = client.on("rules/a.seg");
    let first = client.send_request("textDocument/semanticTokens/full", params.clone());
    let second = client.send_request("textDocument/semanticTokens/full", params);
    client.notify("$/cancelRequest", json!({ "id": second }));
    assert!(client.answer_to(first).get("result").is_some());
    let answer = client.answer_to(second);
    let is_cancelled = answer["error"]["code"] == -32800;
    assert!(is_cancelled || answer.get("result").is_some(), "{answer}");
    assert_eq!(client.leave(), 0);
}
