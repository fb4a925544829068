//! Finds where JSON values end, and holds them to the grammar: nothing is built.

use crate::data::RejectReason;
use crate::data::decode::Span;
use crate::data::limit;
use wide::u8x16;

/// What stands at a place in JSON text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Raw {
    /// null
    Null,
    /// A string without its quotes.
    Text {
        /// The text between the quotes.
        span: Span,
        /// Whether it has escapes.
        is_escaped: bool,
    },
    /// A number, true or false as written.
    Bare(Span),
    /// An array, where it starts and ends.
    Array(Span),
    /// An object.
    Object,
}

/// A place after what was scanned, or why the record cannot be read.
pub(super) type Scan<T> = Result<T, RejectReason>;

const BROKEN: RejectReason = RejectReason::BrokenJson;

/// The first place from `at` on that is not white space.
#[inline(always)]
pub(super) fn skip_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The closing quote of the string whose text starts at `at`, and whether it has escapes.
#[inline(always)]
pub(super) fn scan_string(bytes: &[u8], mut at: usize) -> Scan<(usize, bool)> {
    let mut is_escaped = false;
    loop {
        at = find_special(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok((at, is_escaped)),
            Some(b'\\') => {
                is_escaped = true;
                at = scan_escape(bytes, at + 1)?;
            }
            Some(_) | None => return Err(BROKEN),
        }
    }
}

/// The first quote, backslash or control character from `at` on.
#[inline(always)]
fn find_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(part) = bytes.get(at..).and_then(|rest| rest.first_chunk::<16>()) {
        let part = u8x16::new(*part);
        let special = part.simd_eq(u8x16::splat(b'"'))
            | part.simd_eq(u8x16::splat(b'\\'))
            | part.min(u8x16::splat(0x1f)).simd_eq(part);
        let mask = special.to_bitmask();
        if mask != 0 {
            return at + mask.trailing_zeros() as usize;
        }
        at += 16;
    }
    let rest = bytes.get(at..).unwrap_or(&[]);
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    at + rest.iter().position(is_special).unwrap_or(rest.len())
}

#[cold]
fn scan_escape(bytes: &[u8], at: usize) -> Scan<usize> {
    match bytes.get(at) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 1),
        Some(b'u') => {
            let digits = bytes.get(at + 1..at + 5).ok_or(BROKEN)?;
            let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
            is_hex.then_some(at + 5).ok_or(BROKEN)
        }
        Some(_) | None => Err(BROKEN),
    }
}

#[inline(always)]
fn skip_digits(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b'0'..=b'9') = bytes.get(at) {
        at += 1;
    }
    at
}

/// The end of the number that starts at `start`.
#[inline(always)]
fn scan_number(bytes: &[u8], start: usize) -> Scan<usize> {
    let first = start + usize::from(bytes.get(start) == Some(&b'-'));
    let mut at = skip_digits(bytes, first);
    let has_leading_zero = at > first + 1 && bytes.get(first) == Some(&b'0');
    if at == first || has_leading_zero {
        return Err(BROKEN);
    }
    if bytes.get(at) == Some(&b'.') {
        let end = skip_digits(bytes, at + 1);
        if end == at + 1 {
            return Err(BROKEN);
        }
        at = end;
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = skip_digits(bytes, at + 1 + sign);
        if end == at + 1 + sign {
            return Err(BROKEN);
        }
        at = end;
    }
    Ok(at)
}

/// The value at `at` and where it ends. Objects are not entered: their end is `at`.
#[inline(always)]
pub(super) fn scan_value(bytes: &[u8], at: usize, depth: usize) -> Scan<(usize, Raw)> {
    match bytes.get(at) {
        Some(b'"') => {
            let (end, is_escaped) = scan_string(bytes, at + 1)?;
            let span = Span::new(at + 1, end);
            Ok((end + 1, Raw::Text { span, is_escaped }))
        }
        Some(b'-' | b'0'..=b'9') => {
            let end = scan_number(bytes, at)?;
            Ok((end, Raw::Bare(Span::new(at, end))))
        }
        Some(b'{') => Ok((at, Raw::Object)),
        Some(b'[') => {
            let end = scan_array(bytes, at + 1, depth + 1, &mut |_| ())?;
            Ok((end, Raw::Array(Span::new(at, end))))
        }
        Some(b't') => scan_word(bytes, at, b"true"),
        Some(b'f') => scan_word(bytes, at, b"false"),
        Some(b'n') => scan_word(bytes, at, b"null").map(|(end, _)| (end, Raw::Null)),
        Some(_) | None => Err(BROKEN),
    }
}

fn scan_word(bytes: &[u8], at: usize, word: &[u8]) -> Scan<(usize, Raw)> {
    let end = at + word.len();
    match bytes.get(at..end) == Some(word) {
        true => Ok((end, Raw::Bare(Span::new(at, end)))),
        false => Err(BROKEN),
    }
}

/// The end of the array whose elements start at `at`; `each` sees the elements.
pub(super) fn scan_array(
    bytes: &[u8],
    at: usize,
    depth: usize,
    each: &mut dyn FnMut(Raw),
) -> Scan<usize> {
    if depth > limit::JSON_DEPTH {
        return Err(RejectReason::TooDeep);
    }
    let mut at = skip_space(bytes, at);
    if bytes.get(at) == Some(&b']') {
        return Ok(at + 1);
    }
    loop {
        let (end, raw) = scan_value(bytes, at, depth)?;
        each(raw);
        at = match raw {
            Raw::Object => skip_object(bytes, end + 1, depth + 1)?,
            Raw::Null | Raw::Text { .. } | Raw::Bare(_) | Raw::Array(_) => end,
        };
        at = skip_space(bytes, at);
        match bytes.get(at) {
            Some(b',') => at = skip_space(bytes, at + 1),
            Some(b']') => return Ok(at + 1),
            Some(_) | None => return Err(BROKEN),
        }
    }
}

/// The end of an object inside an array, where nobody looks.
fn skip_object(bytes: &[u8], at: usize, depth: usize) -> Scan<usize> {
    if depth > limit::JSON_DEPTH {
        return Err(RejectReason::TooDeep);
    }
    let mut at = skip_space(bytes, at);
    if bytes.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    loop {
        at = scan_key(bytes, at)?.1;
        let (end, raw) = scan_value(bytes, at, depth)?;
        at = match raw {
            Raw::Object => skip_object(bytes, end + 1, depth + 1)?,
            Raw::Null | Raw::Text { .. } | Raw::Bare(_) | Raw::Array(_) => end,
        };
        at = skip_space(bytes, at);
        match bytes.get(at) {
            Some(b',') => at = skip_space(bytes, at + 1),
            Some(b'}') => return Ok(at + 1),
            Some(_) | None => return Err(BROKEN),
        }
    }
}

/// The key at `at` as written, and where its value starts.
pub(super) fn scan_key(bytes: &[u8], at: usize) -> Scan<(Raw, usize)> {
    if bytes.get(at) != Some(&b'"') {
        return Err(BROKEN);
    }
    let (end, is_escaped) = scan_string(bytes, at + 1)?;
    let colon = skip_space(bytes, end + 1);
    if bytes.get(colon) != Some(&b':') {
        return Err(BROKEN);
    }
    let span = Span::new(at + 1, end);
    Ok((Raw::Text { span, is_escaped }, skip_space(bytes, colon + 1)))
}

/// Appends the text that an escaped string stands for; `None` when it has a lone surrogate.
pub(super) fn unescape(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut rest = text;
    while let Some(stop) = memchr::memchr(b'\\', rest) {
        let (plain, escape) = rest.split_at_checked(stop)?;
        out.extend_from_slice(plain);
        let (length, character) = escaped_char(escape)?;
        let mut buffer = [0; 4];
        out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        rest = escape.get(length..)?;
    }
    out.extend_from_slice(rest);
    Some(())
}

/// How many bytes an escape takes and what it stands for.
fn escaped_char(escape: &[u8]) -> Option<(usize, char)> {
    let character = match escape.get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let high = hex4(escape.get(2..6)?)?;
            if let Some(character) = char::from_u32(high) {
                return Some((6, character));
            }
            let is_pair = (0xd800..0xdc00).contains(&high) && escape.get(6..8) == Some(b"\\u");
            let low = hex4(escape.get(8..12).filter(|_| is_pair)?)?;
            let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            return Some((12, char::from_u32(0x10000 + ((high - 0xd800) << 10) + low)?));
        }
        &other => char::from(other),
    };
    Some((2, character))
}

fn hex4(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_the_grammar() {
        for text in [
            "0",
            "-0",
            "18",
            "1.5",
            "1e3",
            "-1.25E-7",
            "9007199254740993",
        ] {
            assert_eq!(scan_number(text.as_bytes(), 0), Ok(text.len()), "{text}");
        }
        for text in ["-", "00", "01", "1.", ".5", "+1", "1e", "1e+"] {
            let whole = scan_value(text.as_bytes(), 0, 0).map(|(end, _)| end);
            assert_ne!(whole, Ok(text.len()), "{text}");
        }
    }

    #[test]
    fn strings_end_at_their_quote() {
        let long = "x".repeat(40);
        for text in ["", "a", "张三", r"\u5f20\n\\", &long] {
            let quoted = format!("{text}\"rest of the line that is long enough");
            assert_eq!(scan_string(quoted.as_bytes(), 0).unwrap().0, text.len());
        }
        for text in ["a\nb\"", r"\x", r"\u12g4", "open"] {
            assert!(scan_string(text.as_bytes(), 0).is_err(), "{text}");
        }
    }

    #[test]
    fn escapes_are_undone_and_lone_surrogates_refused() {
        let text = |escaped: &str| {
            let mut out = Vec::new();
            unescape(escaped.as_bytes(), &mut out).map(|()| String::from_utf8(out).unwrap())
        };
        assert_eq!(text(r#"a\"\\\/\n\u5f20"#).unwrap(), "a\"\\/\n张");
        assert_eq!(text(r"\ud83d\ude00").unwrap(), "😀");
        for lone in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\u0041"] {
            assert_eq!(text(lone), None, "{lone}");
        }
    }
}
