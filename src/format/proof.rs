//! Turns two parsed files into the proof that they say the same.
//!
//! Invariants: everything of the syntax tree but spans is compared, and every comment in order; numbers
//! are compared as written, because 1.0 and 1.00 are equal and not the same.

use super::token;
use crate::syntax::{Kind, Parsed};
use std::fmt;

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
    let meaning = |parsed: &Parsed| parsed.file.without_places();
    if meaning(before) != meaning(after) || codes(before) != codes(after) {
        return Err(FormatError::Meaning);
    }
    let numbers = |parsed| written(parsed, |kind| matches!(kind, Kind::Number | Kind::Percent));
    if !numbers(before).eq(numbers(after)) {
        return Err(FormatError::Meaning);
    }
    let comments = |parsed| written(parsed, |kind| kind == Kind::Comment);
    match comments(before).eq(comments(after)) {
        true => Ok(()),
        false => Err(FormatError::Comments),
    }
}

/// Some tokens of a file in order, as they are written.
fn written(parsed: &Parsed, is_wanted: fn(Kind) -> bool) -> impl Iterator<Item = String> {
    let tokens = parsed.tree.tokens();
    let wanted = tokens.filter(move |token| is_wanted(token.kind));
    wanted.map(|token| token::written(token.kind, token.text))
}

#[cfg(test)]
mod tests {
    use super::{FormatError, same};
    use crate::source::SourceId;
    use crate::syntax::parse;

    #[track_caller]
    fn check(before: &str, after: &str, expected: Result<(), FormatError>) {
        let [before, after] = [before, after].map(|text| parse(SourceId(0), text));
        assert_eq!(same(&before, &after), expected);
    }

    #[test]
    fn places_may_differ_and_nothing_else() {
        let text = "segment a = spend > 1.0  # why\n";
        check(text, "segment  a = spend>１.0 # why\n", Ok(()));
        let meaning = Err(FormatError::Meaning);
        check(text, "segment a = spend > 1.00  # why\n", meaning);
        check(text, "segment a = spend >= 1.0  # why\n", meaning);
        check(
            text,
            "segment a = spend > 1.0\n",
            Err(FormatError::Comments),
        );
    }
}
