//! Turns `list` items into values, from the file or in place.

use super::CheckInput;
use super::items::Items;
use super::schemas::literal_text;
use super::sets::stands_twice;
use crate::diag::{Code, Diagnostic, Phrase};
use crate::name::{Name, nearest};
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, ListItem, ListSource, SetEntry, Text};
use crate::value::normalise_text;
use indexmap::{IndexMap, IndexSet};
use sha2::{Digest, Sha256};
use std::sync::Arc;

use super::typed::List;

/// A list in place may have so many values; a file may have more.
pub(super) const MOST_INLINE_VALUES: usize = 10_000;
/// A list file may have so many values.
const MOST_FILE_VALUES: usize = 10_000_000;

/// The named lists; one with an error is left out.
pub(super) fn lists(
    input: &CheckInput,
    items: &Items,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<Name, List> {
    let mut lists = IndexMap::new();
    for (name, item) in &items.lists {
        let found = match &item.values {
            ListSource::Inline(entries) => {
                inline(entries, item, diagnostics).map(|values| (values, None))
            }
            ListSource::File { path, column } => file(input, path, column.as_ref(), diagnostics),
        };
        if let Some((values, file)) = found {
            let list = List {
                name: name.clone(),
                values: values.into_iter().collect(),
                file,
                span: item.span,
            };
            lists.insert(name.clone(), list);
        }
    }
    lists
}

fn inline(
    entries: &[SetEntry],
    item: &ListItem,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<IndexSet<Arc<str>>> {
    if entries.is_empty() {
        diagnostics.push(
            Diagnostic::new(
                Code::EmptySet,
                item.name.span,
                say!("the list is empty", "名单是空的"),
            )
            .label(say!("no value", "没有值"))
            .help(say!(
                "write its values, such as (Beijing, Shanghai)",
                "请写出值，如 (北京, 上海)"
            )),
        );
        return None;
    }
    if entries.len() > MOST_INLINE_VALUES {
        diagnostics.push(too_many(item.name.span));
        return None;
    }
    let mut values = IndexSet::new();
    let mut is_good = true;
    for entry in entries {
        let span = match entry {
            SetEntry::Value(expr) => expr.span,
            SetEntry::Range(range) => range.span,
        };
        let Some(text) = entry_text(entry) else {
            diagnostics.push(not_single(span));
            is_good = false;
            continue;
        };
        if text.is_empty() {
            diagnostics.push(empty_value(span));
            is_good = false;
        } else if let Some(known) = values.replace(text) {
            diagnostics.push(stands_twice(&crate::diag::escape_controls(&known), span));
        }
    }
    is_good.then_some(values)
}

fn not_single(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::BadValue,
        span,
        say!("a list holds single values", "名单只能包含单个值"),
    )
    .label(say!("a range or an expression", "范围或表达式"))
    .help(say!(
        "write texts, words, numbers or dates",
        "请写文本、词、数字或日期"
    ))
}

fn empty_value(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::EmptyText,
        span,
        say!("nothing equals an empty text", "没有值等于空文本"),
    )
    .label(say!("empty", "空文本"))
    .help(say!("delete it", "请删去"))
}

/// Too many values in place.
pub(super) fn too_many(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::TooLarge,
        span,
        say!(
            "more than {MOST_INLINE_VALUES} values in place",
            "直接列出的值超过 {MOST_INLINE_VALUES} 个"
        ),
    )
    .label(say!("too many", "过多"))
    .help(say!(
        "put them into a file: list NAME from \"values.csv\"",
        "请放入文件：list 名称 from \"values.csv\""
    ))
}

fn entry_text(entry: &SetEntry) -> Option<Arc<str>> {
    let SetEntry::Value(Expr { kind, .. }) = entry else {
        return None;
    };
    let text = match kind {
        ExprKind::Literal(literal) => literal_text(literal)?,
        ExprKind::Name(path) => Arc::from(super::schemas::path_name(path).as_str()),
        ExprKind::Negate(inner) => match &inner.kind {
            ExprKind::Literal(literal) => Arc::from(format!("-{}", literal_text(literal)?)),
            _ => return None,
        },
        _ => return None,
    };
    Some(Arc::from(&*normalise_text(&text)))
}

type FileList = (IndexSet<Arc<str>>, Option<(Arc<str>, [u8; 32])>);

fn file(
    input: &CheckInput,
    path: &Text,
    column: Option<&Ident>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<FileList> {
    let shown = crate::diag::escape_controls(&path.value);
    let failed = |reason: Phrase, help: Phrase| {
        let (en, zh) = (reason.en, reason.zh);
        Diagnostic::new(
            Code::ListFile,
            path.span,
            say!("list file \"{shown}\": {en}", "名单文件 \"{shown}\"：{zh}"),
        )
        .label(say!("cannot be used", "无法使用"))
        .help(help)
    };
    let bytes = match input.list_files.read(path.span.source, &path.value) {
        Ok(bytes) => bytes,
        Err(error) => {
            diagnostics.push(failed(
                error.0,
                say!(
                    "check the path: it is relative to this rule file",
                    "请检查路径：相对于此规则文件"
                ),
            ));
            return None;
        }
    };
    let Ok(text) = std::str::from_utf8(&bytes) else {
        diagnostics.push(failed(
            say!("not UTF-8", "不是 UTF-8"),
            say!("save the file as UTF-8", "请把文件另存为 UTF-8"),
        ));
        return None;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let values = match column {
        None => Ok(lines(text)),
        Some(column) => named_column(text, column),
    };
    match values {
        Err(diagnostic) => {
            diagnostics.push(*diagnostic);
            None
        }
        Ok(values) if values.len() > MOST_FILE_VALUES => {
            diagnostics.push(failed(
                say!(
                    "more than {MOST_FILE_VALUES} values",
                    "超过 {MOST_FILE_VALUES} 个值"
                ),
                say!("split the list", "请拆分名单"),
            ));
            None
        }
        Ok(values) => {
            if values.is_empty() {
                diagnostics.push(no_value(&shown, path.span));
            }
            let hash: [u8; 32] = Sha256::digest(&bytes).into();
            Some((values, Some((path.value.clone(), hash))))
        }
    }
}

fn no_value(shown: &str, span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::EmptyListFile,
        span,
        say!(
            "list file \"{shown}\" has no value",
            "名单文件 \"{shown}\" 没有任何值"
        ),
    )
    .label(say!("an empty file", "空文件"))
    .help(say!(
        "nobody is in an empty list: is it the right file?",
        "空名单不含任何人：文件是否正确？"
    ))
}

fn lines(text: &str) -> IndexSet<Arc<str>> {
    text.lines()
        .map(|line| normalise_text(line.trim_matches('"')))
        .filter(|line| !line.is_empty())
        .map(|line| Arc::from(&*line))
        .collect()
}

/// The values under a header name. Cells follow RFC 4180 on one line; separators as in data files.
fn named_column(text: &str, column: &Ident) -> Result<IndexSet<Arc<str>>, Box<Diagnostic>> {
    let mut rows = text.lines();
    let header = rows.next().unwrap_or("");
    let separator = [',', '\t', ';', '|']
        .into_iter()
        .max_by_key(|separator| (header.matches(*separator).count(), *separator == ','))
        .unwrap_or(',');
    let names = split_row(header, separator);
    let Some(at) = names.iter().position(|name| **name == *column.text) else {
        let near = nearest(&column.text, names.iter().map(|name| &**name), 3).join(", ");
        let name = &column.text;
        let diagnostic = Diagnostic::new(
            Code::ListFile,
            column.span,
            say!("the file has no column `{name}`", "文件里没有列 `{name}`"),
        )
        .label(say!("not in the header", "表头里没有"));
        return Err(Box::new(if near.is_empty() {
            let all = names.join(", ");
            let all = crate::diag::escape_controls(&all);
            diagnostic.help(say!("its columns are {all}", "文件的列有 {all}"))
        } else {
            diagnostic.help(say!("did you mean {near}?", "是不是 {near}？"))
        }));
    };
    let cells = rows.filter_map(|row| split_row(row, separator).into_iter().nth(at));
    let cells = cells.map(|cell| normalise_text(&cell).into_owned());
    Ok(cells
        .filter(|cell| !cell.is_empty())
        .map(Arc::from)
        .collect())
}

fn split_row(row: &str, separator: char) -> Vec<String> {
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut is_quoted = false;
    let mut characters = row.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                cell.push('"');
                characters.next();
            }
            '"' => is_quoted = !is_quoted,
            other if other == separator && !is_quoted => {
                cells.push(normalise_text(&cell).into_owned());
                cell.clear();
            }
            other => cell.push(other),
        }
    }
    cells.push(normalise_text(&cell).into_owned());
    cells
}
