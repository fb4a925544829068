//! Turns names and texts into the words of rules that mean them.

use super::parse;
use crate::source::SourceId;

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

/// A name as rule text, in backquotes when it has to be.
pub fn name_text(name: &str) -> String {
    let is_plain = |part: &str| {
        let mut characters = part.chars();
        characters
            .next()
            .is_some_and(|first| unicode_ident::is_xid_start(first) || first == '_')
            && characters.all(unicode_ident::is_xid_continue)
    };
    if !name.split('.').all(is_plain) {
        return format!("`{name}`");
    }
    // Whether a plain word is a name is for the grammar to say.
    let parsed = parse(SourceId(0), &format!("schema s {{\n  {name}: text\n}}\n"));
    match parsed.diagnostics.iter().any(|found| found.is_error()) {
        true => format!("`{name}`"),
        false => name.to_string(),
    }
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
    }
}
