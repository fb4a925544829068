//! Tells whether what was typed is whole, or goes on in the next line.

use segrule::syntax::{PieceKind, pieces};

/// Words after which something must follow.
const OPEN_WORDS: [&str; 8] = ["and", "or", "not", "in", "且", "或", "非", "在"];

/// Whether the text is whole: no parenthesis and no `"""` is open, and it does not end in an operator.
/// An empty line ends everything.
pub fn is_complete(text: &str) -> bool {
    let mut lines = text.rsplit('\n');
    let is_last_empty = lines.next().is_none_or(|last| last.trim().is_empty());
    if text.trim().is_empty() || is_last_empty {
        return true;
    }
    let mut depth = 0i64;
    let mut last = None;
    for piece in pieces(text) {
        match piece.kind {
            PieceKind::Comment => continue,
            // Only such texts may go on in the next line.
            PieceKind::Unclosed(_) => return !piece.text(text).starts_with("\"\"\""),
            PieceKind::Sign('(') => depth += 1,
            PieceKind::Sign(')') => depth -= 1,
            _ => {}
        }
        last = Some(piece);
    }
    let Some(last) = last else { return true };
    if depth > 0 {
        return false;
    }
    match last.kind {
        PieceKind::Sign(sign) => !matches!(sign, '=' | '<' | '>' | '+' | '-' | '*' | ','),
        PieceKind::Word => !OPEN_WORDS.contains(&last.text(text)),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::is_complete;

    #[test]
    fn open_brackets_texts_and_operators_go_on() {
        for text in [
            "age > 3 and",
            "年龄 > 3 且",
            "at least 2 of (a,",
            "region in (",
            "a and not",
            "age >=",
            ":let a =",
            "x = \"\"\"two\nlines",
        ] {
            assert!(!is_complete(text), "{text}");
        }
        for text in [
            "",
            "age > 3",
            "last_visit = \"a and\"",
            ":help",
            "region in (北京, 上海)",
            "age > 3 and # why\n",
            "x = \"no end",
            "# and",
            "age in 18..",
        ] {
            assert!(is_complete(text), "{text}");
        }
    }
}
