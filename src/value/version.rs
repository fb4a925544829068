//! Dotted version numbers.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// `8.0.30`: parts compared as numbers; missing parts are 0.
#[derive(Clone, Debug)]
pub struct Version(Vec<u64>);

/// No version in the wild has more parts.
const MOST_PARTS: usize = 16;

impl Version {
    /// Reads dotted numbers; full-width digits and dots count.
    pub fn parse(text: &str) -> Option<Version> {
        let text = super::narrow(text);
        let parts: Option<Vec<u64>> = text
            .split('.')
            .map(|part| {
                let is_digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
                is_digits.then(|| part.parse().ok()).flatten()
            })
            .collect();
        parts.filter(|parts| parts.len() <= MOST_PARTS).map(Version)
    }

    /// The parts without zeros at the end: versions compare as these do.
    pub fn significant(&self) -> &[u64] {
        let end = self
            .0
            .iter()
            .rposition(|&part| part != 0)
            .map_or(0, |last| last + 1);
        self.0.get(..end).unwrap_or(&[])
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.significant() == other.significant()
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        self.significant().cmp(other.significant())
    }
}

impl Hash for Version {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.significant().hash(state);
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts: Vec<String> = self.0.iter().map(u64::to_string).collect();
        out.write_str(&parts.join("."))
    }
}
