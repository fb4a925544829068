//! Turns addresses of files into paths, and back.

use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The path of an address. What is no file on disk keeps its address as its name.
pub fn to_path(uri: &str) -> PathBuf {
    let Some(rest) = uri.strip_prefix("file://") else {
        return PathBuf::from(uri);
    };
    // A host, if any, stands before the first slash.
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or(rest);
    let decoded = decode(path);
    let is_drive = is_drive(decoded.trim_start_matches('/'));
    match is_drive {
        true => PathBuf::from(decoded.trim_start_matches('/')),
        false => PathBuf::from(decoded),
    }
}

/// The address of a path.
pub fn of_path(path: &Path) -> String {
    let text = path.to_string_lossy();
    if text.contains(':') && !text.starts_with('/') && !is_drive(&text) {
        return text.into_owned();
    }
    let mut out = String::from("file://");
    if is_drive(&text) {
        out.push('/');
    }
    for byte in text.replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn is_drive(text: &str) -> bool {
    let bytes = text.as_bytes();
    matches!(bytes, [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                bytes.push(high * 16 + low);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_paths_go_both_ways() {
        for path in ["/a/规则 1.seg", "/a%b/c#d.seg"] {
            assert_eq!(to_path(&of_path(Path::new(path))), Path::new(path));
        }
        assert_eq!(of_path(Path::new("/a b")), "file:///a%20b");
        assert_eq!(to_path("file:///c%3A/x.seg"), Path::new("c:/x.seg"));
        assert_eq!(
            to_path("untitled:Untitled-1"),
            Path::new("untitled:Untitled-1")
        );
        assert_eq!(
            of_path(Path::new("untitled:Untitled-1")),
            "untitled:Untitled-1"
        );
        assert_eq!(to_path("file:///a%2"), Path::new("/a%2"));
    }
}
