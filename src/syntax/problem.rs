//! Turns pieces that no rule file may hold into diagnostics: limits, hidden characters, quotes.
//!
//! Invariants: untrusted text is shown escaped and cut short.

use super::lex::{Piece, PieceKind, is_direction, is_hidden};
use super::limit;
use crate::diag::{Code, Diagnostic, Edit};
use crate::say;
use crate::source::{SourceId, Span};

/// What is wrong with a piece by itself; usually nothing.
pub(super) fn of_piece(source: SourceId, text: &str, piece: &Piece) -> Vec<Diagnostic> {
    let span = Span::new(source, piece.start, piece.end);
    let written = piece.text(text);
    match piece.kind {
        PieceKind::Text => of_text(span, written),
        PieceKind::Comment => of_comment(span, written),
        PieceKind::Number => of_number(span, written).into_iter().collect(),
        PieceKind::Hidden => vec![invalid_character(span, written)],
        PieceKind::Unclosed(close) => vec![unclosed(span, written, close)],
        PieceKind::SingleQuoted => vec![single_quoted(span, written)],
        PieceKind::Word | PieceKind::Quoted | PieceKind::Regex | PieceKind::Sign(_) => Vec::new(),
    }
}

fn of_text(span: Span, written: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if written.len() > limit::TEXT_BYTES + 6 {
        found.push(
            Diagnostic::new(Code::TooLarge, span, say!("text is too long", "文本太长"))
                .label(say!(
                    "{size} bytes, at most {most}",
                    "{size} 字节，最多 {most}",
                    size = written.len(),
                    most = limit::TEXT_BYTES
                ))
                .help(say!("keep long texts in a file", "把长文本放到文件里")),
        );
    }
    let mut before = ' ';
    let mut has_hidden = false;
    for (at, character) in written.char_indices() {
        // Emoji of several parts are joined by U+200D.
        let is_emoji = character == '\u{200d}' && before > '\u{2190}';
        let place = || {
            Span::new(
                span.source,
                span.start as usize + at,
                span.start as usize + at + character.len_utf8(),
            )
        };
        if is_hidden(character) && !is_emoji && !has_hidden {
            has_hidden = true;
            found.push(hidden_character(place(), character));
        }
        if character.is_control() && !matches!(character, '\t' | '\n' | '\r') {
            found.push(invalid_character(
                place(),
                character.encode_utf8(&mut [0; 4]),
            ));
            break;
        }
        before = character;
    }
    found
}

fn of_comment(span: Span, written: &str) -> Vec<Diagnostic> {
    let bad =
        |character: char| is_hidden(character) || (character.is_control() && character != '\t');
    let Some((at, character)) = written.char_indices().find(|&(_, c)| bad(c)) else {
        return Vec::new();
    };
    let start = span.start as usize + at;
    let place = Span::new(span.source, start, start + character.len_utf8());
    if is_direction(character) || character.is_control() {
        return vec![invalid_character(place, character.encode_utf8(&mut [0; 4]))];
    }
    vec![hidden_character(place, character)]
}

fn of_number(span: Span, written: &str) -> Option<Diagnostic> {
    let digits = written.chars().filter(|c| c.is_numeric()).count();
    if digits <= limit::NUMBER_DIGITS {
        return None;
    }
    let start: String = written.chars().take(limit::SHOWN_CHARS).collect();
    Some(
        Diagnostic::new(
            Code::TooLarge,
            span,
            say!("number `{start}…` is too long", "数字 `{start}…` 太长"),
        )
        .label(say!(
            "{digits} digits, at most {most}",
            "{digits} 位，最多 {most} 位",
            most = limit::NUMBER_DIGITS
        )),
    )
}

/// `\u{…}` for a character that must not be shown as it is.
pub(super) fn escaped(character: char) -> String {
    format!("U+{:04X}", u32::from(character))
}

fn invalid_character(span: Span, written: &str) -> Diagnostic {
    let character = written.chars().next().unwrap_or('\0');
    let shown = escaped(character);
    let diagnostic = Diagnostic::new(
        Code::InvalidCharacter,
        span,
        say!("invalid character {shown}", "无效字符 {shown}"),
    );
    let fixed = match character {
        '\r' => diagnostic.label(say!("a lone carriage return", "单独的回车符")),
        _ if character.is_control() => diagnostic.label(say!("a control character", "控制字符")),
        _ => diagnostic.label(say!("an invisible character", "看不见的字符")),
    };
    let edit = Edit {
        span,
        text: if character == '\r' {
            "\n".to_owned()
        } else {
            String::new()
        },
    };
    fixed
        .help(say!("remove it", "把它去掉"))
        .unsafe_fix(say!("remove the character", "去掉这个字符"), vec![edit])
}

fn hidden_character(span: Span, character: char) -> Diagnostic {
    let shown = escaped(character);
    Diagnostic::new(
        Code::HiddenCharacter,
        span,
        say!("hidden character {shown}", "隐藏字符 {shown}"),
    )
    .label(say!(
        "people do not see this character, comparisons do",
        "人看不见这个字符，比较时却算数"
    ))
    .help(say!(
        "remove it or write it as an escape",
        "去掉它，或写成转义"
    ))
    .unsafe_fix(
        say!("remove the character", "去掉这个字符"),
        vec![Edit {
            span,
            text: String::new(),
        }],
    )
}

fn unclosed(span: Span, written: &str, close: char) -> Diagnostic {
    let open = written.chars().next().unwrap_or('"');
    let start = span.start as usize;
    let close = match written.starts_with("\"\"\"") {
        true => "\"\"\"".to_owned(),
        false => close.to_string(),
    };
    let end = start + written.trim_end().len();
    let message = match open {
        '`' => say!("missing closing backquote", "缺少收尾的反引号"),
        '/' => say!("missing closing slash", "缺少收尾的斜杠"),
        _ => say!("missing closing quote", "缺少收尾的引号"),
    };
    let head = match written.starts_with("\"\"\"") {
        true => 3,
        false => open.len_utf8(),
    };
    Diagnostic::new(
        Code::UnclosedText,
        Span::new(span.source, start, start + head),
        message,
    )
    .label(say!("opened here", "从这里开始"))
    .help(say!("add {close} where it ends", "在结尾处加上 {close}"))
    .unsafe_fix(
        say!("close it at the end of the line", "在行尾收尾"),
        vec![Edit {
            span: Span::new(span.source, end, end),
            text: close,
        }],
    )
}

fn single_quoted(span: Span, written: &str) -> Diagnostic {
    let inner: String = written
        .trim_start_matches(['\'', '‘'])
        .trim_end_matches(['\'', '’'])
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    Diagnostic::new(
        Code::SyntaxError,
        span,
        say!("text in single quotes", "文本用了单引号"),
    )
    .help(say!("use double quotes", "请用双引号"))
    .fix(
        say!("use double quotes", "改用双引号"),
        vec![Edit {
            span,
            text: format!("\"{inner}\""),
        }],
    )
}

/// Too many parentheses, `not`s or signs within each other.
pub(super) fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(Code::TooDeep, span, say!("nested too deeply", "嵌套太深"))
        .label(say!(
            "more than {most} levels",
            "超过 {most} 层",
            most = limit::NESTING
        ))
        .help(say!(
            "give parts of it names of their own",
            "把其中的部分拆成单独的人群"
        ))
}

/// An item with more pieces than any rule needs.
pub(super) fn item_too_large(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::TooLarge,
        span,
        say!("this item is too large", "这一项太大"),
    )
    .label(say!(
        "more than {most} words and signs",
        "超过 {most} 个词和符号",
        most = limit::ITEM_PIECES
    ))
    .help(say!(
        "keep long lists in list files, split long conditions into segments",
        "长名单放到名单文件里，长条件拆成多个人群"
    ))
}

/// A file that is not read at all.
pub(super) fn file_too_large(source: SourceId, bytes: usize) -> Diagnostic {
    Diagnostic::new(
        Code::TooLarge,
        Span::new(source, 0, 0),
        say!("rule file is too large", "规则文件太大"),
    )
    .label(say!(
        "{bytes} bytes, at most {most}",
        "{bytes} 字节，最多 {most}",
        most = limit::FILE_BYTES
    ))
    .help(say!(
        "split the file; keep long lists in list files",
        "拆分文件；长名单放到名单文件里"
    ))
}

/// A bracket that nothing closes.
pub(super) fn not_closed(span: Span, open: char) -> Diagnostic {
    let close = if open == '(' { ')' } else { '}' };
    Diagnostic::new(
        Code::SyntaxError,
        span,
        say!("missing `{close}`", "缺少 `{close}`"),
    )
    .label(say!(
        "this `{open}` is never closed",
        "这个 `{open}` 没有收尾"
    ))
    .help(say!(
        "add `{close}` where it ends",
        "在结尾处加上 `{close}`"
    ))
}

/// A closing bracket that nothing opened.
pub(super) fn not_open(span: Span, open: char) -> Diagnostic {
    let close = if open == '(' { ')' } else { '}' };
    Diagnostic::new(
        Code::SyntaxError,
        span,
        say!("`{close}` closes nothing", "多余的 `{close}`"),
    )
    .label(say!("no `{open}` is open here", "这里没有打开的 `{open}`"))
    .help(say!("remove it", "把它去掉"))
    .unsafe_fix(
        say!("remove it", "去掉"),
        vec![Edit {
            span,
            text: String::new(),
        }],
    )
}
