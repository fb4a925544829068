//! Turns two parsed files into the proof that they say the same.
//!
//! Invariants: everything of the syntax tree but spans is compared, and every comment in order.

use super::token;
use crate::syntax::{Kind, Parsed};
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// Why a formatted text was not accepted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FormatError {
    /// It would mean something else.
    Meaning,
    /// A comment would be lost or moved past another.
    Comments,
}

impl fmt::Display for FormatError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            FormatError::Meaning => "the formatted text would mean something else",
            FormatError::Comments => "the formatted text would lose a comment",
        })
    }
}

impl std::error::Error for FormatError {}

/// Proves that two files say the same.
pub(super) fn same(before: &Parsed, after: &Parsed) -> Result<(), FormatError> {
    let codes =
        |parsed: &Parsed| -> Vec<_> { parsed.diagnostics.iter().map(|found| found.code).collect() };
    if meaning(before) != meaning(after) || codes(before) != codes(after) {
        return Err(FormatError::Meaning);
    }
    let is_comment = |token: &crate::syntax::Token<'_>| token.kind == Kind::Comment;
    let comments_before = before.tree.tokens().filter(is_comment);
    let comments_after = after.tree.tokens().filter(is_comment);
    let texts_before = comments_before.map(|found| token::comment(found.text));
    match texts_before.eq(comments_after.map(|found| token::comment(found.text))) {
        true => Ok(()),
        false => Err(FormatError::Comments),
    }
}

/// A digest of the syntax tree without its spans.
fn meaning(parsed: &Parsed) -> Option<[u8; 32]> {
    let mut sink = Spanless::default();
    write!(sink, "{:?}", parsed.file).ok()?;
    Some(sink.hash.finalize().into())
}

/// Hashes debug text and leaves the spans in it out.
#[derive(Default)]
struct Spanless {
    hash: Sha256,
    place: Place,
    /// How many letters of `Span {` were just seen.
    matched: usize,
}

#[derive(Default, PartialEq, Clone, Copy)]
enum Place {
    #[default]
    Plain,
    Text,
    Escape,
    Span,
}

const SPAN: &[u8] = b"Span {";

impl Write for Spanless {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            self.place = match (self.place, byte) {
                (Place::Plain, b'"') => Place::Text,
                (Place::Text, b'"') | (Place::Span, b'}') => Place::Plain,
                (Place::Text, b'\\') => Place::Escape,
                (Place::Escape, _) => Place::Text,
                (place, _) => place,
            };
            if self.place != Place::Plain {
                self.matched = 0;
            } else if SPAN.get(self.matched) == Some(&byte) {
                self.matched += 1;
            } else {
                self.matched = usize::from(SPAN.first() == Some(&byte));
            }
            if self.matched == SPAN.len() {
                (self.place, self.matched) = (Place::Span, 0);
            }
            if self.place != Place::Span {
                self.hash.update([byte]);
            }
        }
        Ok(())
    }
}
