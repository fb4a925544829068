//! Turns two parsed files into the proof that they say the same.
//!
//! Invariants: everything of the syntax tree but spans is compared, and every comment in order; numbers
//! are compared as written, because 1.0 and 1.00 are equal and not the same.

use super::token;
use crate::syntax::ast::{File, Item};
use crate::syntax::{Kind, Parsed};
use foldhash::fast::FixedState;
use std::borrow::Cow;
use std::collections::HashMap;
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

/// Items that were proved to say the same, as written before and after, with the comments above them.
pub(super) type Proved = HashMap<Box<str>, Box<str>, FixedState>;

/// Proves that two files say the same; `proved` tells what was proved the last time, and now.
pub(super) fn same(
    before: &Parsed,
    after: &Parsed,
    proved: &mut Proved,
) -> Result<(), FormatError> {
    let codes = |parsed: &Parsed| {
        parsed
            .diagnostics
            .iter()
            .map(|found| found.code)
            .collect::<Vec<_>>()
    };
    let is_same = have_same_items(before, after, proved)
        && have_same_rest(&before.file, &after.file)
        && codes(before) == codes(after);
    if !is_same {
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

fn have_same_items(before: &Parsed, after: &Parsed, proved: &mut Proved) -> bool {
    let mut last = std::mem::take(proved);
    let (mut old, mut new) = (items(before), items(after));
    loop {
        let ((item, text), (other, now)) = match (old.next(), new.next()) {
            (Some(old), Some(new)) => (old, new),
            (None, None) => return true,
            _ => return false,
        };
        // As it was, it says what it said.
        if text == now {
            continue;
        }
        let known = last.remove_entry(text).filter(|(_, known)| **known == *now);
        let is_known = known.is_some() || proved.get(text).is_some_and(|known| **known == *now);
        if !is_known && item.without_places() != other.without_places() {
            return false;
        }
        let (text, now) = known.unwrap_or_else(|| (text.into(), now.into()));
        proved.insert(text, now);
    }
}

/// Every item with its text from the end of the one before: nothing else says what it means.
fn items(parsed: &Parsed) -> impl Iterator<Item = (&Item, &str)> {
    let mut start = 0;
    parsed.file.items.iter().map(move |item| {
        let end = item.span().range().end;
        let text = parsed.tree.text().get(start..end).unwrap_or("");
        start = end;
        (item, text)
    })
}

/// Whether the names of broken items and the `allow` comments are the same.
fn have_same_rest(before: &File, after: &File) -> bool {
    let broken = |file: &File| -> Vec<_> {
        let names = file.broken.iter();
        names.map(|name| (name.text.clone(), name.quoted)).collect()
    };
    let allows = |file: &File| -> Vec<_> {
        let allows = file.allows.iter();
        allows
            .map(|allow| (allow.code.text.clone(), allow.reason.clone()))
            .collect()
    };
    broken(before) == broken(after) && allows(before) == allows(after)
}

/// Some tokens of a file in order, as they are written.
fn written(parsed: &Parsed, is_wanted: fn(Kind) -> bool) -> impl Iterator<Item = Cow<'_, str>> {
    let tokens = parsed.tree.tokens();
    let wanted = tokens.filter(move |token| is_wanted(token.kind));
    wanted.map(|token| token::written(token.kind, token.text))
}

#[cfg(test)]
mod tests {
    use super::{FormatError, Proved, same};
    use crate::source::SourceId;
    use crate::syntax::parse;

    #[track_caller]
    fn check(before: &str, after: &str, expected: Result<(), FormatError>) {
        let [before, after] = [before, after].map(|text| parse(SourceId(0), text));
        let mut proved = Proved::default();
        // The second time, what was proved is known.
        for _ in 0..2 {
            assert_eq!(same(&before, &after, &mut proved), expected);
        }
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
