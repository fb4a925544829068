//! Turns tag notation from marketing tools, `所在地=北京+年龄=18-24`, into conditions.
//!
//! Invariants: the whole body is tag notation or it is none; nothing in quotes is touched.

use crate::diag::{Code, Diagnostic, Edit};
use crate::say;
use crate::source::{SourceId, Span};
use crate::syntax::words;
use std::ops::Range;
use unicode_ident::{is_xid_continue, is_xid_start};

/// Tag notation as the body of a segment, or alone.
pub(super) fn tag_notation(
    source: SourceId,
    text: &str,
    range: &Range<usize>,
) -> Option<Diagnostic> {
    let whole = text.get(range.clone())?;
    let body_start = match words::item_word(first_word(whole)) {
        Some(words::ItemWord::Segment) => whole.find(['=', '＝']).and_then(|at| {
            let sign = whole.get(at..)?.chars().next()?;
            Some(at + sign.len_utf8())
        })?,
        Some(_) => return None,
        None => 0,
    };
    let body = whole.get(body_start..)?;
    // A line at the margin after it belongs to nothing.
    let margin = body.trim_start().match_indices('\n').find(|(at, _)| {
        let after = body.trim_start().get(at + 1..).unwrap_or("");
        !after.starts_with([' ', '\t', '\u{3000}'])
    });
    let line = body.trim_start();
    let line = line
        .get(..margin.map_or(line.len(), |(at, _)| at))
        .unwrap_or(line)
        .trim();
    let start = range.start + body_start + (body.len() - body.trim_start().len());
    let conditions = conditions(line)?;
    let shown = conditions.as_str();
    let span = Span::new(source, start, start + line.len());
    let needs_name = body_start == 0;
    let fix = match (needs_name, words::is_han(line)) {
        (false, _) => shown.to_owned(),
        (true, true) => format!("人群 新人群 = {shown}"),
        (true, false) => format!("segment new_segment = {shown}"),
    };
    let edits = vec![Edit { span, text: fix }];
    let title = say!("write it as conditions", "改写成条件");
    let found = Diagnostic::new(
        Code::TagNotation,
        span,
        say!("tag notation is not an expression", "标签写法不是表达式"),
    )
    .label(say!(
        "pasted from a marketing tool?",
        "是从营销工具里粘贴的吗？"
    ))
    .help(say!("write `{shown}`", "请写 `{shown}`"));
    Some(match needs_name {
        true => found.unsafe_fix(title, edits),
        false => found.fix(title, edits),
    })
}

fn first_word(whole: &str) -> &str {
    let end = whole.find(|c| !is_xid_continue(c)).unwrap_or(whole.len());
    whole.get(..end).unwrap_or("")
}

/// Tag notation rewritten; `None` when the text is something else.
fn conditions(line: &str) -> Option<String> {
    if line.contains(['\n', '"', '“', '(', '（', '#', '<', '>', '`']) {
        return None;
    }
    let tags: Vec<&str> = line.split(['+', '＋']).map(str::trim).collect();
    if tags.len() < 2 || tags.len() > 64 {
        return None;
    }
    let is_han = words::is_han(line);
    let parts: Option<Vec<String>> = tags.iter().map(|tag| condition(tag, is_han)).collect();
    Some(parts?.join(if is_han { " 且 " } else { " and " }))
}

fn condition(tag: &str, is_han: bool) -> Option<String> {
    let (key, value) = tag.split_once(['=', '＝'])?;
    let (key, value) = (key.trim(), value.trim());
    let is_name =
        key.starts_with(|c: char| is_xid_start(c) || c == '_') && key.chars().all(is_xid_continue);
    if !is_name || value.is_empty() || value.contains(['=', '＝']) {
        return None;
    }
    let key = match words::is_reserved(key) {
        true => format!("`{key}`"),
        false => key.to_owned(),
    };
    let within = if is_han { "在" } else { "in" };
    if let Some((from, to)) = range_of(value) {
        return Some(format!("{key} {within} {from}..{to}"));
    }
    let choices: Vec<&str> = value
        .split(['、', '|', '/', ',', '，'])
        .map(str::trim)
        .filter(|choice| !choice.is_empty())
        .collect();
    if choices.len() > 1 {
        let quoted: Vec<String> = choices.iter().map(|choice| literal(&key, choice)).collect();
        return Some(format!("{key} {within} ({})", quoted.join(", ")));
    }
    Some(format!("{key} = {}", literal(&key, value)))
}

/// `18-24`, `18~24岁`
fn range_of(value: &str) -> Option<(String, String)> {
    let narrow = crate::value::narrow(value);
    let value = narrow.trim_end_matches(['岁', '元', '次', '天']);
    let (from, to) = value.split_once(['-', '~', '至'])?;
    let from = from.trim_end_matches(['岁', '元', '次', '天']);
    let is_number = |text: &str| {
        crate::value::Number::parse(text).is_some()
            && text.starts_with(|c: char| c.is_ascii_digit())
    };
    (is_number(from) && is_number(to)).then(|| (from.to_owned(), to.to_owned()))
}

/// Numbers as they are, places as bare names, the rest in quotes.
fn literal(key: &str, value: &str) -> String {
    let narrow = crate::value::narrow(value);
    if crate::value::Number::parse(&narrow).is_some() {
        return narrow.into_owned();
    }
    let is_place = [
        "地", "城", "省", "市", "region", "city", "province", "location",
    ]
    .iter()
    .any(|part| key.contains(part));
    let is_bare = value.starts_with(is_xid_start)
        && value.chars().all(is_xid_continue)
        && !words::is_reserved(value);
    match is_place && is_bare {
        true => value.to_owned(),
        false => format!("\"{}\"", value.replace('\\', "\\\\")),
    }
}
