//! What may stand next inside the braces of schemas, tests, platforms and campaigns.

use super::token::{Token, tokens};
use super::{Fits, Want, condition};
use crate::name::FieldId;
use crate::syntax::{KeywordKind, keyword};
use crate::workspace::Workspace;

use super::super::cursor::Cursor;

/// Inside `schema contact { … }`.
pub(super) fn in_schema(cursor: &Cursor, body: &[Token], workspace: &Workspace) -> Vec<Want> {
    if cursor.depth == 0 {
        return Vec::new();
    }
    let mut wants = Vec::new();
    let last = body.last();
    if cursor.is_first_on_line || last.is_some_and(|last| last.is_sign('{') || last.is_sign(';')) {
        wants.push(Want::Columns);
    }
    let Some(colon) = body.iter().rposition(|token| token.is_sign(':')) else {
        return wants;
    };
    let field = colon
        .checked_sub(1)
        .and_then(|at| find_field(workspace, body.get(at)));
    let tail = body.get(colon + 1..).unwrap_or(&[]);
    let is_open = tail.iter().any(|token| token.is_sign('(')) && {
        let last_sign = tail
            .iter()
            .rev()
            .find(|token| matches!(token, Token::Sign('(' | ')')));
        last_sign.is_some_and(|sign| sign.is_sign('('))
    };
    match tail {
        [] => return vec![Want::Types],
        [.., list, of] if list.is("list") && of.is("of") => return vec![Want::Types],
        [.., list] if list.is("list of") => return vec![Want::Types],
        [.., epoch] if epoch.is("epoch") => return vec![Want::Plain(&["s", "ms"])],
        _ if is_open => return field.map(Want::Values).into_iter().collect(),
        [first, ..] => wants.extend(type_tail(first)),
    }
    wants.push(Want::Words(&["aka", "optional", "missing when"]));
    wants
}

/// What may follow a type before `aka`.
fn type_tail(first: &Token) -> Option<Want> {
    let is = |words: &[&str]| words.iter().any(|word| first.is(word));
    if is(&["text"]) {
        Some(Want::Words(&["folded"]))
    } else if is(&["date"]) {
        Some(Want::Words(&["format"]))
    } else if is(&["datetime"]) {
        Some(Want::Words(&["format", "epoch"]))
    } else if is(&["list", "list of"]) {
        Some(Want::Words(&["separated by"]))
    } else if is(&["id"]) {
        Some(Want::Words(&["row"]))
    } else if is(&["region"]) {
        Some(Want::Words(&["from"]))
    } else {
        None
    }
}

fn find_field(workspace: &Workspace, token: Option<&Token>) -> Option<FieldId> {
    let name = token?.name()?;
    let schema = &workspace.rules.schema;
    let inner = name.as_str().strip_prefix("contact.").unwrap_or("");
    schema.find(name.as_str()).or_else(|| schema.find(inner))
}

/// Inside `test "…" { … }`.
pub(super) fn in_test(cursor: &Cursor, body: &[Token], workspace: &Workspace) -> Vec<Want> {
    if cursor.depth > 1 {
        return match body {
            [.., last] if last.is_sign('{') || last.is_sign(',') && !is_in_list(body) => {
                vec![Want::Fields(Fits::Any)]
            }
            _ => {
                let colon = body.iter().rposition(|token| token.is_sign(':'));
                let name = colon.and_then(|colon| colon.checked_sub(1));
                let field = name.and_then(|name| find_field(workspace, body.get(name)));
                let is_value = body
                    .last()
                    .is_some_and(|last| matches!(last, Token::Sign(':' | '(' | ',')));
                let value = field.filter(|_| is_value).map(Want::Values);
                value.into_iter().collect()
            }
        };
    }
    let mut wants = Vec::new();
    match body {
        [.., last] if last.is("in") || last.is("from") || last.is("quarantined from") => {
            return vec![Want::Segments];
        }
        [.., last] if last.is_sign('}') && cursor.depth == 1 => {
            wants.push(Want::Words(&["in", "not in", "quarantined from"]));
        }
        [.., last] if last.is("quarantined") => return vec![Want::Words(&["from"])],
        _ => {}
    }
    if cursor.depth == 1 {
        wants.push(Want::Words(&["contact", "now", "zone"]));
    }
    wants
}

fn is_in_list(body: &[Token]) -> bool {
    let last = body
        .iter()
        .rev()
        .find(|token| matches!(token, Token::Sign('(' | ')' | '{')));
    last.is_some_and(|sign| sign.is_sign('('))
}

/// The tokens of the clause or statement the cursor is in.
fn entry(cursor: &Cursor) -> Vec<Token> {
    let mut depth = cursor.depth;
    let mut start = None;
    for (at, piece) in cursor.before.iter().enumerate().rev() {
        match piece {
            piece if piece.is_sign('}') => depth += 1,
            piece if piece.is_sign('{') => {
                depth = depth.saturating_sub(1);
                if depth < cursor.depth {
                    break;
                }
            }
            piece if depth == cursor.depth => {
                let before = at.checked_sub(1).and_then(|at| cursor.before.get(at));
                let is_after_sign = before.is_some_and(|before| {
                    before.is_sign('{') || before.is_sign(';') || before.is_sign('}')
                });
                let is_start = (piece.is_first_on_line || is_after_sign)
                    && starts_entry(piece.text(cursor.text));
                if is_start {
                    start = Some(at);
                    break;
                }
            }
            _ => {}
        }
    }
    let pieces = start.and_then(|start| cursor.before.get(start..));
    tokens(pieces.unwrap_or(&[]), cursor.text)
}

/// Whether a word is the first of a clause or statement.
fn starts_entry(word: &str) -> bool {
    let is_first = |spelling: &str| spelling.split(' ').next() == Some(word);
    let is_entry = |kind: KeywordKind| matches!(kind, KeywordKind::Clause | KeywordKind::Entry);
    let known = crate::syntax::KEYWORDS.iter();
    let mut entries = known.filter(|known| is_entry(known.kind));
    entries.any(|known| is_first(known.en) || is_first(known.zh))
        || keyword(word).is_some_and(|known| matches!(known.en, "platform" | "text" | "at most"))
        || word == "at"
}

const CLAUSES: &[&str] = &[
    "platform",
    "audience",
    "exclude",
    "message",
    "forbid",
    "start",
    "until",
    "window",
    "order by",
    "prefer",
    "defer",
    "over limit keep",
    "batch",
    "sends",
    "rotate",
    "slow",
    "at most",
    "split",
    "budget",
];

/// Inside `campaign spring { … }`.
pub(super) fn in_campaign(cursor: &Cursor, body: &[Token], workspace: &Workspace) -> Vec<Want> {
    if cursor.depth == 0 {
        return Vec::new();
    }
    let platform = platform_of(body);
    if cursor.depth > 1 {
        return in_message(cursor);
    }
    let clause = entry(cursor);
    let mut wants = in_clause(&clause, &platform, workspace);
    let may_start = cursor.is_first_on_line
        || cursor
            .before
            .last()
            .is_some_and(|last| last.is_sign('{') || last.is_sign(';'));
    if may_start {
        wants.insert(0, Want::Words(CLAUSES));
    }
    wants
}

/// The platform that a campaign names before the cursor.
fn platform_of(body: &[Token]) -> String {
    let named = body.windows(2).find_map(|pair| match pair {
        [word, name] if word.is("platform") => name.name(),
        _ => None,
    });
    named.map_or(String::new(), |name| name.to_string())
}

fn in_message(cursor: &Cursor) -> Vec<Want> {
    let part = entry(cursor);
    match part.as_slice() {
        [links] if links.is("links") => vec![Want::Plain(&["internal", "external"])],
        [links, .., last] if links.is("links") && last.is_sign(',') => {
            vec![Want::Plain(&["internal", "external"])]
        }
        [_] => Vec::new(),
        _ => vec![
            Want::Words(&["text", "images", "attachments", "links"]),
            Want::Plain(&["account", "title", "subject"]),
        ],
    }
}

fn in_clause(clause: &[Token], platform: &str, workspace: &Workspace) -> Vec<Want> {
    let [first, rest @ ..] = clause else {
        return Vec::new();
    };
    let is = |words: &[&str]| words.iter().any(|word| first.is(word));
    let condition = |skipped: usize| {
        let rest = rest.get(skipped..).unwrap_or(&[]);
        // Clauses with several parts: the last one is being typed.
        condition::wanted(rest, workspace)
    };
    if is(&["audience", "defer", "prefer"]) {
        return condition(0);
    }
    if is(&["slow"]) {
        let mut wants = condition(0);
        wants.push(Want::Words(&["to"]));
        return wants;
    }
    if is(&["order", "order by", "over", "over limit keep"]) {
        let is_whole = first.is("order by") || first.is("over limit keep");
        if !is_whole && !rest.iter().any(|token| token.is("by") || token.is("keep")) {
            return Vec::new();
        }
        let skipped = rest
            .iter()
            .take_while(|token| token.is("by") || token.is("limit") || token.is("keep"));
        let mut wants = condition(skipped.count());
        wants.push(Want::Words(&["desc", "asc"]));
        return wants;
    }
    if is(&["exclude"]) {
        return vec![Want::Segments, Want::Lists];
    }
    if is(&["forbid"]) {
        return vec![Want::Lists];
    }
    if is(&["message"]) && rest.is_empty() {
        return vec![Want::Messages(platform.to_string())];
    }
    if is(&["platform"]) {
        return in_platform_clause(rest);
    }
    if is(&["rotate"]) {
        return in_rotate(rest, workspace);
    }
    vec![Want::Words(clause_details(first, rest))]
}

fn in_platform_clause(rest: &[Token]) -> Vec<Want> {
    let name = rest.first().and_then(Token::name);
    let name = name.map_or(String::new(), |name| name.to_string());
    match rest {
        [] => vec![Want::Platforms],
        [.., last] if last.is("tier") => vec![Want::Tiers(name)],
        [.., last] if last.is("profile") => vec![Want::Profiles(name)],
        _ => vec![Want::Words(&["tier", "profile"])],
    }
}

fn in_rotate(rest: &[Token], workspace: &Workspace) -> Vec<Want> {
    match rest {
        [] => vec![Want::Fields(Fits::Region)],
        [_] => vec![Want::Words(&["by"])],
        [field, _] => {
            let field = find_field(workspace, Some(field));
            field.map(Want::Levels).into_iter().collect()
        }
        [_, _, _] => vec![Want::Words(&["every"])],
        _ => Vec::new(),
    }
}

/// Words that go on with the other clauses.
fn clause_details(first: &Token, rest: &[Token]) -> &'static [&'static str] {
    let is = |word: &str| first.is(word);
    match rest.len() {
        1 if is("batch") => &["every"],
        0 if is("split") => &["exact"],
        _ if is("split") => &["salt"],
        _ if is("window") => &["local", "or"],
        _ if is("at") && rest.len() == 2 => &["messages"],
        _ if is("at") && rest.len() == 3 => &["per"],
        _ if is("at") && rest.len() > 4 => &["per recipient", "rolling"],
        _ => &[],
    }
}

const STATEMENTS: &[&str] = &[
    "cap",
    "tier",
    "message",
    "length",
    "images",
    "attachments",
    "links",
    "account required",
    "cost",
    "arrives",
    "converts",
    "zone",
    "source",
    "api none",
];

/// Inside `platform wecom { … }`.
pub(super) fn in_platform(cursor: &Cursor, body: &[Token]) -> Vec<Want> {
    if cursor.depth == 0 {
        return match body.is_empty() {
            true => vec![Want::Words(&["profile"])],
            false => Vec::new(),
        };
    }
    let statement = entry(cursor);
    let mut wants = in_statement(&statement);
    let may_start = cursor.is_first_on_line
        || cursor
            .before
            .last()
            .is_some_and(|last| last.is_sign('{') || last.is_sign(';'));
    if may_start {
        wants.insert(0, Want::Words(STATEMENTS));
    }
    wants
}

fn in_statement(statement: &[Token]) -> Vec<Want> {
    let [first, rest @ ..] = statement else {
        return Vec::new();
    };
    let is = |words: &[&str]| words.iter().any(|word| first.is(word));
    if is(&["cap"]) {
        return in_cap(rest);
    }
    match rest {
        [] if is(&["length", "images", "attachments"]) => {
            vec![Want::Words(&["none", "unknown"])]
        }
        [] if is(&["links"]) => vec![Want::Plain(&["internal", "external"])],
        [_] if is(&["links"]) => vec![Want::Words(&["none", "unknown"])],
        [_] if is(&["length"]) => {
            vec![Want::Plain(&["chars", "bytes", "utf16", "sms", "sms_cn"])]
        }
        [_] if is(&["cost"]) => vec![Want::Plain(&["CNY"])],
        [_, _] if is(&["cost"]) => vec![Want::Words(&["per"])],
        [_, _, _] if is(&["cost"]) => vec![Want::Words(&["message", "segments", "recipients"])],
        [_, ..] => vec![Want::Words(&["source"])],
        [] => Vec::new(),
    }
}

fn in_cap(rest: &[Token]) -> Vec<Want> {
    match rest {
        [] => vec![Want::Words(&["none", "unknown"])],
        [_] => vec![Want::Plain(&[
            "recipients",
            "sends",
            "calls",
            "messages",
            "segments",
        ])],
        [_, _] => vec![Want::Words(&["per"])],
        [.., last] if last.is("excess") || last.is("on excess") => {
            vec![Want::Plain(&["reject", "drop", "queue"])]
        }
        [.., last] if last.is("per") && rest.len() == 3 => {
            vec![Want::Plain(&[
                "send", "call", "second", "minute", "hour", "day", "month",
            ])]
        }
        _ => vec![Want::Words(&[
            "per recipient",
            "rolling",
            "when",
            "on excess",
            "source",
        ])],
    }
}
