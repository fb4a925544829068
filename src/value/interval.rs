//! Sets of whole numbers as ranges.

/// A set of `i64`: sorted, disjoint, non-adjacent ranges with both ends included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Intervals(Vec<(i64, i64)>);

impl Intervals {
    /// Makes a set from ranges in any order; reversed ranges are empty.
    pub fn new(mut ranges: Vec<(i64, i64)>) -> Intervals {
        ranges.retain(|&(from, to)| from <= to);
        ranges.sort_unstable();
        let mut merged: Vec<(i64, i64)> = Vec::with_capacity(ranges.len());
        for (from, to) in ranges {
            match merged.last_mut() {
                Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
                Some(_) | None => merged.push((from, to)),
            }
        }
        Intervals(merged)
    }

    /// Every number.
    pub fn all() -> Intervals {
        Intervals(vec![(i64::MIN, i64::MAX)])
    }

    /// No number.
    pub fn none() -> Intervals {
        Intervals(Vec::new())
    }

    /// One number.
    pub fn single(number: i64) -> Intervals {
        Intervals(vec![(number, number)])
    }

    /// Numbers from here on.
    pub fn at_least(from: i64) -> Intervals {
        Intervals(vec![(from, i64::MAX)])
    }

    /// Numbers up to here.
    pub fn at_most(to: i64) -> Intervals {
        Intervals(vec![(i64::MIN, to)])
    }

    /// Whether a number is in the set.
    pub fn contains(&self, number: i64) -> bool {
        let after = self.0.partition_point(|&(from, _)| from <= number);
        after > 0 && self.0.get(after - 1).is_some_and(|&(_, to)| number <= to)
    }

    /// Numbers in either set.
    pub fn union(&self, other: &Intervals) -> Intervals {
        Intervals::new(self.0.iter().chain(&other.0).copied().collect())
    }

    /// Numbers in both sets.
    pub fn intersect(&self, other: &Intervals) -> Intervals {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut both = Vec::new();
        while let (Some(&&a), Some(&&b)) = (left.peek(), right.peek()) {
            both.push((a.0.max(b.0), a.1.min(b.1)));
            if a.1 < b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Intervals::new(both)
    }

    /// Numbers not in the set.
    pub fn complement(&self) -> Intervals {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = Some(i64::MIN);
        for &(from, to) in &self.0 {
            if let Some(start) = next
                && start < from
            {
                gaps.push((start, from - 1));
            }
            next = to.checked_add(1);
        }
        if let Some(start) = next {
            gaps.push((start, i64::MAX));
        }
        Intervals(gaps)
    }

    /// Whether no number is in the set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every number is in the set.
    pub fn is_all(&self) -> bool {
        self.0 == [(i64::MIN, i64::MAX)]
    }

    /// Where numbers start or stop being in the set; the least number of all is no such place.
    pub fn cuts(&self) -> impl Iterator<Item = i64> {
        let ends = self
            .iter()
            .map(|(from, to)| (Some(from), to.checked_add(1)));
        let cuts = ends.flat_map(|(from, after)| [from, after]).flatten();
        cuts.filter(|cut| *cut != i64::MIN)
    }

    /// The ranges, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (i64, i64)> {
        self.0.iter().copied()
    }
}
