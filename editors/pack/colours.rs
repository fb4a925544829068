//! Turns the words of the language into a TextMate grammar, which colours a file before the server runs
//! and where none does.

use segrule::check::functions::FUNCTIONS;
use segrule::syntax::{KEYWORDS, KeywordKind};
use serde_json::{Value, json};

/// Nothing that a name could start or go on with.
const START: &str = "(?<![\\p{L}\\p{N}_])";
const END: &str = "(?![\\p{L}\\p{N}_])";
/// A name, in backquotes or not.
const NAME: &str = "`[^`\\n]+`|[\\p{L}_][\\p{L}\\p{N}_]*";

/// The grammar as the file that editors read.
pub fn text_mate() -> String {
    let grammar = json!({
        "information_for_contributors": "made by `cargo run --example vscode -- --grammar`",
        "name": "segrule",
        "scopeName": "source.segrule",
        "fileTypes": ["seg"],
        "patterns": patterns(),
    });
    let mut text = serde_json::to_string_pretty(&grammar).unwrap_or_default();
    text.push('\n');
    text
}

fn patterns() -> Vec<Value> {
    let mut patterns = vec![
        json!({ "name": "comment.line.documentation.segrule", "match": "##.*$" }),
        json!({ "name": "comment.line.number-sign.segrule", "match": "[#＃].*$" }),
        json!({
            "name": "string.quoted.triple.segrule",
            "begin": "\"\"\"",
            "end": "\"\"\"",
            "patterns": [escape()],
        }),
    ];
    patterns.extend(
        [("\"", "\""), ("“", "”"), ("＂", "＂")].map(|(open, close)| {
            json!({
                "name": "string.quoted.double.segrule",
                "begin": open,
                "end": format!("{close}|$"),
                "patterns": [escape()],
            })
        }),
    );
    patterns.push(json!({
        "match": format!("{START}(matches|匹配|不匹配)\\s*(/(?:\\\\.|[^/\\n])+/)"),
        "captures": {
            "1": { "name": scope(KeywordKind::Operator) },
            "2": { "name": "string.regexp.segrule" },
        },
    }));
    patterns.push(json!({
        "match": format!("^\\s*({})\\s+({NAME})", words(&[KeywordKind::Item], &["test"])),
        "captures": {
            "1": { "name": scope(KeywordKind::Item) },
            "2": { "name": "entity.name.type.segrule" },
        },
    }));
    patterns.push(json!({
        "match": format!("({NAME})(?=\\s*[:：])"),
        "captures": { "1": { "name": "variable.other.property.segrule" } },
    }));
    patterns.push(json!({ "name": "variable.other.segrule", "match": "`[^`\\n]+`" }));
    patterns.extend(numbers());
    let functions: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    patterns.push(json!({
        "name": "support.function.segrule",
        "match": format!("{START}(?:{})(?=\\s*[(（])", functions.join("|")),
    }));
    patterns.extend(keywords());
    patterns.push(json!({
        "name": "keyword.operator.segrule",
        "match": "\\.\\.<?|[<>!＜＞！]?[=＝]|[<>＜＞≠≤≥]|[-+*/＋－−＊／×÷]",
    }));
    patterns
}

fn escape() -> Value {
    json!({
        "name": "constant.character.escape.segrule",
        "match": "\\\\(?:[\"\\\\nrt”]|u\\{[0-9A-Fa-f]+\\})",
    })
}

fn numbers() -> Vec<Value> {
    let digit = "[0-9０-９]";
    let units = "(?:min|mo|[shdwy]|\\s*(?:秒|分钟|小时|天|周|个月|年))";
    vec![
        json!({
            "name": "constant.other.date.segrule",
            "match": format!(
                "{START}[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?:[Tt][0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}}(?:\\.[0-9]+)?)?(?:[Zz]|[-+][0-9]{{2}}:?[0-9]{{2}})?)?{END}"
            ),
        }),
        json!({
            "name": "constant.numeric.duration.segrule",
            "match": format!("{START}{digit}+{units}{END}"),
        }),
        json!({
            "name": "constant.numeric.segrule",
            "match": format!("{START}{digit}+(?:[.．]{digit}+)?[%％]?"),
        }),
    ]
}

/// The words of each kind. What joins words of several kinds is left to the longest word.
fn keywords() -> Vec<Value> {
    let kinds = [
        KeywordKind::Item,
        KeywordKind::Clause,
        KeywordKind::Entry,
        KeywordKind::Detail,
        KeywordKind::Type,
        KeywordKind::Logic,
        KeywordKind::Operator,
        KeywordKind::Constant,
        KeywordKind::Period,
    ];
    // Words of several parts first: `at most` before `at`, `list of` before `list`.
    let long = kinds.map(|kind| (kind, true));
    let short = kinds.map(|kind| (kind, false));
    let mut patterns = Vec::new();
    for (kind, is_long) in long.into_iter().chain(short) {
        let words = pattern(
            |word| word.kind == kind,
            |word| word.contains(' ') == is_long,
        );
        if !words.is_empty() {
            patterns.push(json!({
                "name": scope(kind),
                "match": format!("{START}(?:{words}){END}"),
            }));
        }
    }
    patterns
}

fn words(kinds: &[KeywordKind], without: &[&str]) -> String {
    pattern(
        |word| kinds.contains(&word.kind) && !without.contains(&word.en),
        |_| true,
    )
}

/// The spellings of some words as alternatives, the longest first.
fn pattern(
    is_wanted: impl Fn(&segrule::syntax::Keyword) -> bool,
    takes: impl Fn(&str) -> bool,
) -> String {
    let wanted = KEYWORDS.iter().filter(|word| is_wanted(word));
    let mut words: Vec<&str> = wanted.flat_map(|word| [word.en, word.zh]).collect();
    words.retain(|word| !word.is_empty() && takes(word));
    words.sort_by_key(|word| (std::cmp::Reverse(word.chars().count()), *word));
    words.dedup();
    let words: Vec<String> = words.iter().map(|word| word.replace(' ', "\\s+")).collect();
    words.join("|")
}

fn scope(kind: KeywordKind) -> &'static str {
    match kind {
        KeywordKind::Item => "keyword.declaration.segrule",
        KeywordKind::Type => "support.type.segrule",
        KeywordKind::Logic => "keyword.operator.logical.segrule",
        KeywordKind::Operator => "keyword.operator.word.segrule",
        KeywordKind::Constant | KeywordKind::Period => "constant.language.segrule",
        KeywordKind::Clause | KeywordKind::Entry | KeywordKind::Detail => "keyword.other.segrule",
    }
}
