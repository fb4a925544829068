//! What definitions read and who reads them, as the command prints it.

use super::cli::{folder, run_in};
use serde_json::{Value as Json, json};

const RULES: &str = r#"schema contact { id: id  age: int aka 年龄  spend: decimal(2)  tags: list of text separated by ";"  seen: datetime }
list good = (a, b)
list ids = ("1", "2")
param least = 200.00
param span = 30d
param unused = 1
segment rich = spend > least and tags has any of good
segment old = age > 60
segment rich_old = rich and old and not (seen within span)
segment best = rich_old or rich
platform paper { cap none recipients per send  message text { length 200 chars } }
campaign spring { platform paper audience best exclude ids, old message text { text "hello" } order by age desc }
test "old" { contact { id: "1", age: 61 } in old }
"#;

fn deps(args: &[&str]) -> (i32, String) {
    let folder = folder(&[("rules/a.seg", RULES)]);
    let found = run_in(folder.path(), &[&["deps"], args].concat());
    (found.code, found.out + &found.err)
}

fn deps_json(args: &[&str]) -> Json {
    let (code, out) = deps(&[args, &["--format", "json"]].concat());
    assert_eq!(code, 0, "{out}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn a_definition_tells_what_it_reads_itself_and_through_others() {
    let found = deps_json(&["rich_old"]);
    assert_eq!(
        found["rules"][0],
        json!({
            "kind": "segment", "name": "rich_old",
            "reads": {"fields": ["seen"], "segments": ["rich", "old"], "lists": [], "params": ["span"]},
            "through": {"fields": ["age", "spend", "tags"], "segments": [], "lists": ["good"], "params": ["least"]},
        })
    );
    let found = deps_json(&["spring"]);
    assert_eq!(
        found["rules"][0]["reads"],
        json!({"fields": ["age"], "segments": ["best", "old"], "lists": ["ids"], "params": []})
    );
    let all = deps_json(&[]);
    let names: Vec<&str> = all["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| rule["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["rich", "old", "rich_old", "best", "spring"]);
}

#[test]
fn the_tree_opens_a_segment_once() {
    let (code, out) = deps(&["best"]);
    assert_eq!(
        (code, out.as_str()),
        (
            0,
            "segment best\n\
             ├─ segment rich_old\n\
             │  ├─ segment rich\n\
             │  │  ├─ field spend\n\
             │  │  ├─ field tags\n\
             │  │  ├─ list good\n\
             │  │  └─ param least\n\
             │  ├─ segment old\n\
             │  │  └─ field age\n\
             │  ├─ field seen\n\
             │  └─ param span\n\
             └─ segment rich …\n"
        )
    );
    let (_, out) = deps(&["--lang", "zh", "old"]);
    assert_eq!(out, "人群 old\n└─ 字段 age\n");
    let (_, out) = deps(&["old", "--format", "dot"]);
    assert_eq!(
        out,
        "digraph rules {\n  rankdir = LR;\n  \"segment old\";\n  \"segment old\" -> \"field age\";\n}\n"
    );
}

#[test]
fn whoever_reads_a_name_is_told() {
    let found = deps_json(&["--used-by", "年龄"]);
    let user = |kind: &str, name: &str, direct: bool, through: &[&str]| json!({"kind": kind, "name": name, "direct": direct, "through": through});
    assert_eq!(
        found["uses"][0],
        json!({"kind": "field", "name": "age", "used_by": [
            user("segment", "old", true, &[]),
            user("segment", "rich_old", false, &["old"]),
            user("segment", "best", false, &["rich_old"]),
            user("campaign", "spring", true, &["best", "old"]),
        ]})
    );
    let found = deps_json(&["--used-by", "old"]);
    let users = found["uses"][0]["used_by"].as_array().unwrap();
    assert_eq!(users.last(), Some(&user("test", "old", true, &[])));
    let (_, out) = deps(&["--used-by", "good"]);
    assert_eq!(
        out,
        "list good is read by\n  segment rich\n  segment rich_old  through rich\n  segment best  through rich_old, rich\n  campaign spring  through best\n"
    );
    let (_, out) = deps(&["--used-by", "unused"]);
    assert_eq!(out, "param unused is read by nobody\n");
    let (code, out) = deps(&["--used-by", "agee"]);
    assert_eq!(code, 2);
    assert!(out.contains("did you mean age"), "{out}");
    let (code, out) = deps(&["bset"]);
    assert_eq!(code, 2);
    assert!(out.contains("did you mean best"), "{out}");
}
