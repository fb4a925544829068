//! Texts of cells as numbers and truth values.
//!
//! `…_bytes` read trimmed ASCII; the others also accept full-width digits, points and signs.

use super::narrow;

fn with_narrow<T>(text: &str, read: impl Fn(&[u8]) -> Option<T>) -> Option<T> {
    if text.is_ascii() {
        read(text.as_bytes())
    } else {
        read(narrow(text).as_bytes())
    }
}

/// Reads an int cell: `18`, `+18`, `18.0`.
pub fn parse_int(text: &str) -> Option<i64> {
    with_narrow(text, parse_int_bytes)
}

/// Reads a decimal cell as units of 10^-`places`; zeros beyond the places are fine, other digits not.
pub fn parse_decimal(text: &str, places: u8) -> Option<i64> {
    with_narrow(text, |bytes| parse_decimal_bytes(bytes, places))
}

/// The same from trimmed ASCII.
pub fn parse_int_bytes(text: &[u8]) -> Option<i64> {
    parse_decimal_bytes(text, 0)
}

/// The same from trimmed ASCII.
pub fn parse_decimal_bytes(text: &[u8], places: u8) -> Option<i64> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    // Counted downwards, because i64 reaches one further below zero than above.
    let mut units: i64 = 0;
    let mut push = |digit: u8| -> Option<()> {
        units = units.checked_mul(10)?.checked_sub(i64::from(digit))?;
        Some(())
    };
    let mut rest = digits.iter();
    let mut whole = 0;
    let mut has_point = false;
    for &byte in rest.by_ref() {
        let digit = byte.wrapping_sub(b'0');
        if digit < 10 {
            push(digit)?;
            whole += 1;
        } else if byte == b'.' {
            has_point = true;
            break;
        } else {
            return None;
        }
    }
    if whole == 0 || has_point && rest.len() == 0 {
        return None;
    }
    let mut missing_places = places;
    for &byte in rest {
        let digit = byte.wrapping_sub(b'0');
        if digit >= 10 {
            return None;
        }
        if missing_places > 0 {
            push(digit)?;
            missing_places -= 1;
        } else if digit != 0 {
            return None;
        }
    }
    for _ in 0..missing_places {
        push(0)?;
    }
    if is_negative {
        Some(units)
    } else {
        units.checked_neg()
    }
}

/// Reads a float cell: an optional sign, digits, an optional fraction and exponent; finite only.
pub fn parse_float(text: &str) -> Option<f64> {
    with_narrow(text, |bytes| {
        let text = std::str::from_utf8(bytes).ok()?;
        let is_number = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
        let starts = text
            .trim_start_matches(['+', '-'])
            .starts_with(|first: char| first.is_ascii_digit());
        if !is_number
            || !starts
            || text.ends_with('.')
            || text.contains(".e")
            || text.contains(".E")
        {
            return None;
        }
        text.parse::<f64>().ok().filter(|number| number.is_finite())
    })
}

/// Reads a bool cell: true/false, yes/no, 1/0, 是/否, in any case.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "是" => Some(true),
        "否" => Some(false),
        _ => with_narrow(text, parse_bool_bytes),
    }
}

/// The same from trimmed ASCII.
pub fn parse_bool_bytes(text: &[u8]) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word.as_bytes());
    match text {
        b"1" => Some(true),
        b"0" => Some(false),
        _ if is("true") || is("yes") => Some(true),
        _ if is("false") || is("no") => Some(false),
        _ => None,
    }
}

/// Maps finite doubles to integers in the same order; −0.0 is 0.0.
pub fn float_key(number: f64) -> i64 {
    let bits = (number + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The double behind a key.
pub fn float_of_key(key: i64) -> f64 {
    let bits = key ^ (((key >> 63) as u64) >> 1) as i64;
    f64::from_bits(bits as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_read_or_refused() {
        assert_eq!(parse_int("１８"), Some(18));
        assert_eq!(parse_int("+18.0"), Some(18));
        for text in [
            "1,800",
            "18岁",
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "18.5",
            "9223372036854775808",
        ] {
            assert_eq!(parse_int(text), None, "{text}");
        }
        assert_eq!(parse_int("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_decimal("3.10", 2), Some(310));
        assert_eq!(parse_decimal("3.1000", 2), Some(310));
        assert_eq!(parse_decimal("3.101", 2), None);
        assert_eq!(parse_float("nan"), None);
        assert_eq!(parse_float("1e400"), None);
        assert_eq!(parse_float("1e3"), Some(1000.0));
        assert_eq!(parse_bool("YES"), Some(true));
    }

    #[test]
    fn float_keys_keep_the_order() {
        let numbers = [-1e300, -1.5, -0.0, 1e-300, 2.0, 1e308];
        let keys: Vec<i64> = numbers.iter().map(|&number| float_key(number)).collect();
        assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(float_key(-0.0), float_key(0.0));
        assert_eq!(float_of_key(float_key(-1.5)), -1.5);
    }
}
