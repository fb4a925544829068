//! Turns what people are sorted by into bytes that sort the same way.
//!
//! Invariants: bytes of one key never start with the bytes of another; a missing value comes last
//! whichever way its key runs.

use crate::eval::Rank;
use crate::value::{Value, float_key};

/// Adds a condition: those for whom it holds come first.
pub(super) fn push_condition(out: &mut Vec<u8>, holds: bool, is_descending: bool) {
    // `desc` turns it around: those for whom it does not hold come first.
    out.push(u8::from(holds == is_descending));
}

/// Adds the rank of a quantity.
pub(super) fn push_rank(out: &mut Vec<u8>, rank: Option<Rank>, is_descending: bool) {
    push(out, is_descending, rank.is_none(), |out| {
        let (whole, part) = rank.unwrap_or_default();
        out.extend(((whole as u128) ^ (1 << 127)).to_be_bytes());
        out.extend(part.to_be_bytes());
    });
}

/// Adds a cell.
pub(super) fn push_value(out: &mut Vec<u8>, value: &Value, is_descending: bool) {
    let is_missing = matches!(value, Value::Missing | Value::Invalid);
    push(out, is_descending, is_missing, |out| {
        push_present(out, value)
    });
}

fn push(
    out: &mut Vec<u8>,
    is_descending: bool,
    is_missing: bool,
    write: impl FnOnce(&mut Vec<u8>),
) {
    out.push(u8::from(is_missing));
    if is_missing {
        return;
    }
    let start = out.len();
    write(out);
    if is_descending {
        for byte in out.iter_mut().skip(start) {
            *byte = !*byte;
        }
    }
}

fn push_present(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Missing | Value::Invalid => {}
        Value::Bool(is_true) => out.push(u8::from(*is_true)),
        Value::Int(number) => push_i64(out, *number),
        Value::Decimal { units, .. } => push_i64(out, *units),
        Value::Float(number) => push_i64(out, float_key(*number)),
        Value::Date(date) => push_i64(out, i64::from(date.0)),
        Value::Instant(instant) => push_i64(out, instant.0),
        Value::Region(code) => out.extend(code.to_be_bytes()),
        Value::Text(text) => push_text(out, text),
        Value::Version(version) => {
            for part in version.significant() {
                out.push(1);
                out.extend(part.to_be_bytes());
            }
            out.push(0);
        }
        Value::List(elements) => push_i64(out, elements.len() as i64),
    }
}

fn push_i64(out: &mut Vec<u8>, number: i64) {
    out.extend(((number as u64) ^ (1 << 63)).to_be_bytes());
}

/// UTF-8 sorts by code point; a zero byte inside is told from the one that ends the text.
fn push_text(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        out.push(byte);
        if byte == 0 {
            out.push(0xff);
        }
    }
    out.extend([0, 0]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Version;

    fn key(value: &Value, is_descending: bool) -> Vec<u8> {
        let mut out = Vec::new();
        push_value(&mut out, value, is_descending);
        out
    }

    #[test]
    fn bytes_sort_as_values_do_and_missing_comes_last() {
        let text = |text: &str| Value::Text(text.into());
        let version = |text: &str| Value::Version(Version::parse(text).unwrap());
        let rising = [
            vec![
                Value::Int(i64::MIN),
                Value::Int(-1),
                Value::Int(0),
                Value::Int(7),
            ],
            vec![Value::Float(-2.5), Value::Float(0.0), Value::Float(1e9)],
            vec![
                text("a"),
                text("a\0"),
                text("a\0b"),
                text("ab"),
                text("课程"),
            ],
            vec![
                version("8"),
                version("8.0.1"),
                version("8.1"),
                version("10"),
            ],
        ];
        for values in rising {
            for pair in values.windows(2) {
                assert!(key(&pair[0], false) < key(&pair[1], false), "{pair:?}");
                assert!(key(&pair[0], true) > key(&pair[1], true), "{pair:?}");
                assert!(key(&pair[1], false) < key(&Value::Missing, false));
                assert!(key(&pair[0], true) < key(&Value::Missing, true));
            }
        }
        assert_eq!(key(&version("8.0"), false), key(&version("8"), false));
    }

    #[test]
    fn conditions_that_hold_come_first() {
        let of = |holds, is_descending| {
            let mut out = Vec::new();
            push_condition(&mut out, holds, is_descending);
            out
        };
        assert!(of(true, false) < of(false, false));
        assert!(of(true, true) > of(false, true));
    }
}
