//! Turns cells into the text that results show: one canonical form a type.

use crate::region::RegionCode;
use crate::schema::Type;
use crate::value::{Value, Zone};

/// The text of a cell: decimals with all their places, times in RFC 3339 of the run's zone, places by
/// their path, list elements joined by the field's separator. Missing and invalid cells are empty.
pub(super) fn cell_text(value: &Value, kind: &Type, zone: &Zone) -> String {
    match (value, kind) {
        (Value::Missing | Value::Invalid, _) => String::new(),
        (Value::Text(text), _) => text.to_string(),
        (Value::Region(code), Type::Region { hierarchy, .. }) => {
            hierarchy.path(RegionCode(*code)).to_string()
        }
        (Value::Instant(instant), _) => zone.rfc3339(*instant),
        (Value::List(elements), Type::List { element, separator }) => {
            let texts = elements.iter().map(|value| cell_text(value, element, zone));
            texts
                .collect::<Vec<_>>()
                .join(separator.as_deref().unwrap_or(";"))
        }
        (value, _) => value.to_string(),
    }
}

/// Whether a spreadsheet would take the text for a formula.
pub(super) fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'])
}

/// Writes one CSV field: quoted when it must be; with `is_for_people` a formula gets a quote mark in
/// front, so that a spreadsheet shows it instead of running it.
pub(super) fn push_csv(out: &mut Vec<u8>, text: &str, is_for_people: bool) {
    let guard = if is_for_people && is_formula(text) {
        "'"
    } else {
        ""
    };
    let must_quote = text
        .bytes()
        .any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'))
        || text.starts_with(' ')
        || text.ends_with(' ');
    if !must_quote {
        out.extend_from_slice(guard.as_bytes());
        out.extend_from_slice(text.as_bytes());
        return;
    }
    out.push(b'"');
    out.extend_from_slice(guard.as_bytes());
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_quoted_and_formulas_guarded() {
        let csv = |text: &str, is_for_people| {
            let mut out = Vec::new();
            push_csv(&mut out, text, is_for_people);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(csv("a\"b,c", false), "\"a\"\"b,c\"");
        assert_eq!(csv("-5", false), "-5");
        assert_eq!(csv("=1+1", true), "'=1+1");
        assert_eq!(csv("＝1,2", true), "\"'＝1,2\"");
    }
}
