//! Turns names and texts into the words of rules that mean them.

use super::words::is_reserved;
use unicode_ident::{is_xid_continue, is_xid_start};

/// A text as a literal.
///
/// ```
/// assert_eq!(segrule::syntax::quoted("a\"b"), r#""a\"b""#);
/// ```
pub fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' => "\\\"".to_string(),
        '\\' => "\\\\".to_string(),
        other if other.is_control() => format!("\\u{{{:x}}}", u32::from(other)),
        other => other.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The name of a field as rule text, in backquotes when it has to be: dots step into records.
pub fn name_text(name: &str) -> String {
    let is_reserved = is_reserved(name.split('.').next().unwrap_or(""));
    match name.split('.').all(is_plain) && !is_reserved {
        true => name.to_string(),
        false => format!("`{name}`"),
    }
}

/// The name of an item as rule text, in backquotes when it has to be: it has no dots.
///
/// ```
/// use segrule::syntax::item_name_text;
/// assert_eq!(item_name_text("年龄"), "年龄");
/// assert_eq!(item_name_text("a.b"), "`a.b`");
/// ```
pub fn item_name_text(name: &str) -> String {
    match is_plain(name) && !is_reserved(name) {
        true => name.to_string(),
        false => format!("`{name}`"),
    }
}

fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| is_xid_start(first) || first == '_')
        && characters.all(is_xid_continue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_quoted_when_they_have_to_be() {
        assert_eq!(name_text("年龄"), "年龄");
        assert_eq!(name_text("profile.city"), "profile.city");
        assert_eq!(name_text("total spend"), "`total spend`");
        assert_eq!(name_text("in"), "`in`");
        assert_eq!(name_text("2fa"), "`2fa`");
        assert_eq!(name_text("为空"), "`为空`");
        assert_eq!(name_text("starts"), "starts");
    }
}
