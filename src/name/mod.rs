//! Turns spellings into [`Name`]s and ids, and misspellings into the nearest names.
//!
//! Invariants: a name is NFC-normalised once, when it is made; ids are made only by the tables that
//! own the things they name.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// A name of a field, segment, list, parameter, platform or campaign, in NFC.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Arc<str>);

impl Name {
    /// Makes a name from a spelling.
    pub fn new(spelling: &str) -> Name {
        match is_nfc_quick(spelling.chars()) {
            IsNormalized::Yes => Name(Arc::from(spelling)),
            IsNormalized::No | IsNormalized::Maybe => {
                Name(Arc::from(spelling.nfc().collect::<String>()))
            }
        }
    }

    /// As [`Name::new`], without a copy of a spelling in NFC.
    pub fn shared(spelling: &Arc<str>) -> Name {
        match is_nfc_quick(spelling.chars()) {
            IsNormalized::Yes => Name(Arc::clone(spelling)),
            IsNormalized::No | IsNormalized::Maybe => Name::new(spelling),
        }
    }

    /// The name's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}`", self.0)
    }
}

impl From<&str> for Name {
    fn from(spelling: &str) -> Name {
        Name::new(spelling)
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $id:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $id(pub u32);

        impl $id {
            /// The place in the owning table.
            pub fn index(self) -> usize {
                self.0 as usize
            }

            /// The id of a place in the owning table.
            pub fn from_index(index: usize) -> $id {
                $id(u32::try_from(index).unwrap_or(u32::MAX))
            }
        }
    )*};
}

ids! {
    /// A field of the schema, by its place there.
    FieldId;
    /// A segment of a rule set, by its place there.
    SegmentId;
}

/// The candidates nearest to a misspelling, best first, at most `most`, none that is too far off.
///
/// Nearness is the number of inserted, removed, changed or swapped characters, case aside; a
/// candidate counts when at most a third of the longer spelling differs (at least one change).
///
/// ```
/// let near = segrule::name::nearest("regoin", ["region", "age"], 3);
/// assert_eq!(near, ["region"]);
/// ```
pub fn nearest<'a>(
    spelling: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    most: usize,
) -> Vec<&'a str> {
    let wanted: Vec<char> = spelling.chars().flat_map(char::to_lowercase).collect();
    if wanted.len() > LONGEST_COMPARED_CHARS {
        return Vec::new();
    }
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let chars: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
            let longer = wanted.len().max(chars.len());
            if longer > LONGEST_COMPARED_CHARS {
                return None;
            }
            let allowed = (longer / 3).max(1);
            if wanted.len().abs_diff(chars.len()) > allowed {
                return None;
            }
            let changes = distance(&wanted, &chars);
            (changes <= allowed && changes < longer).then_some((changes, candidate))
        })
        .collect();
    found.sort();
    found.dedup_by(|a, b| a.1 == b.1);
    found.truncate(most);
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

/// Spellings longer than this are never compared: the cost is the product of the lengths.
const LONGEST_COMPARED_CHARS: usize = 64;

/// Optimal string alignment distance over three rolling rows.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX - 1);
            let mut best = (at(&last, j) + usize::from(x != y))
                .min(at(&last, j + 1) + 1)
                .min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        assert_eq!(Name::new("e\u{301}"), Name::new("é"));
    }

    #[test]
    fn a_swap_counts_once() {
        let chars = |text: &str| text.chars().collect::<Vec<_>>();
        assert_eq!(distance(&chars("regoin"), &chars("region")), 1);
        assert_eq!(distance(&chars("age"), &chars("")), 3);
    }

    #[test]
    fn far_names_are_not_offered() {
        assert!(nearest("zzz", ["region", "age"], 3).is_empty());
        assert_eq!(nearest("北亰", ["北京", "南京"], 1), ["北京"]);
    }
}
