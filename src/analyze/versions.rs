//! Cuts versions at every end of every question.

use super::facts::Around;
use super::space::Space;
use crate::dag::Atom;
use crate::schema::Type;
use crate::value::{Value, Version};

/// A version has at most so many parts.
const MOST_PARTS: usize = 16;

/// The classes of the values of a version.
pub(super) fn values(around: &Around, kind: &Type, absent: &[Value], atoms: &[Atom]) -> Space {
    let mut cuts: Vec<Version> = Version::parse("0").into_iter().collect();
    for atom in atoms {
        if let Atom::Version(_, ranges) = atom {
            let ends = ranges.iter().flat_map(|range| [&range.from, &range.to]);
            cuts.extend(ends.flatten().map(|(version, _)| version.clone()));
        }
    }
    let markers = absent.iter().filter_map(|marker| match marker {
        Value::Version(version) => Some(version.clone()),
        _ => None,
    });
    cuts.extend(markers);
    cuts.sort();
    cuts.dedup();
    let mut space = Space::default();
    let mut add = |version: Version| {
        let value = Value::Version(version);
        if !absent.contains(&value) {
            space.add_value(around, kind, atoms, value);
        }
    };
    for (at, cut) in cuts.iter().enumerate() {
        add(cut.clone());
        let above = between(cut, cuts.get(at + 1));
        above.into_iter().for_each(&mut add);
    }
    space
}

/// A version above one and below the next, a natural one if there is any.
fn between(low: &Version, high: Option<&Version>) -> Option<Version> {
    let parts = parts(low);
    let mut wanted = Vec::new();
    if let [front @ .., last] = parts.as_slice() {
        let mut next = front.to_vec();
        next.push(last.checked_add(1).unwrap_or(*last));
        wanted.push(next);
    }
    wanted.push([&parts[..], &[1]].concat());
    wanted.push([&parts[..], &[0, 1]].concat());
    wanted.extend(successor(parts));
    let mut found = wanted.into_iter().filter_map(|parts| version(&parts));
    found.find(|version| version > low && high.is_none_or(|high| version < high))
}

/// The very next version.
fn successor(mut parts: Vec<u64>) -> Option<Vec<u64>> {
    if parts.len() < MOST_PARTS {
        parts.resize(MOST_PARTS - 1, 0);
        parts.push(1);
        return Some(parts);
    }
    while let Some(last) = parts.pop() {
        if let Some(next) = last.checked_add(1) {
            parts.push(next);
            return Some(parts);
        }
    }
    None
}

/// The parts without zeros at the end.
fn parts(version: &Version) -> Vec<u64> {
    let text = version.to_string();
    let mut parts: Vec<u64> = text
        .split('.')
        .filter_map(|part| part.parse().ok())
        .collect();
    while parts.len() > 1 && parts.last() == Some(&0) {
        parts.pop();
    }
    parts
}

fn version(parts: &[u64]) -> Option<Version> {
    let text: Vec<String> = parts.iter().map(u64::to_string).collect();
    Version::parse(&text.join("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_nothing_between_a_version_and_its_successor() {
        let low = Version::parse("8.0").unwrap();
        let next = version(&successor(parts(&low)).unwrap()).unwrap();
        assert_eq!(between(&low, Some(&next)), None);
        let high = Version::parse("8.0.30").unwrap();
        let found = between(&low, Some(&high)).unwrap();
        assert!(low < found && found < high);
    }
}
