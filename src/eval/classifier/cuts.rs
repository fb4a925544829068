//! Turns numbers into classes: two numbers of one class answer every question of an aspect alike.

use crate::value::Intervals;

/// Ends of intervals, ascending: class `c` holds the numbers from `ends[c - 1]` on.
#[derive(Debug)]
pub(super) struct Cuts {
    ends: Vec<i64>,
    /// The class of each number from the first end to the last, when there are few.
    table: Vec<u32>,
}

/// Numbers between the first and the last end that are worth a table.
const MOST_TABLED: u64 = 1 << 16;

impl Cuts {
    /// Cuts the numbers where an interval of any of the sets starts or has ended.
    pub(super) fn new(sets: &[Intervals]) -> Cuts {
        let mut ends: Vec<i64> = Vec::new();
        for (from, to) in sets.iter().flat_map(Intervals::iter) {
            ends.push(from);
            ends.extend(to.checked_add(1));
        }
        ends.retain(|&end| end != i64::MIN);
        ends.sort_unstable();
        ends.dedup();
        let mut cuts = Cuts {
            ends,
            table: Vec::new(),
        };
        if let (Some(&first), Some(&last)) = (cuts.ends.first(), cuts.ends.last())
            && last.abs_diff(first) < MOST_TABLED
        {
            cuts.table = (first..=last).map(|number| cuts.search(number)).collect();
        }
        cuts
    }

    /// How many classes there are.
    pub(super) fn classes(&self) -> u32 {
        u32::try_from(self.ends.len() + 1).unwrap_or(u32::MAX)
    }

    fn search(&self, number: i64) -> u32 {
        let class = self.ends.partition_point(|&end| end <= number);
        u32::try_from(class).unwrap_or(u32::MAX)
    }

    /// The class of a number.
    pub(super) fn class(&self, number: i64) -> u32 {
        match self.ends.first() {
            Some(&first) if !self.table.is_empty() => {
                if number < first {
                    return 0;
                }
                let place = usize::try_from(number.abs_diff(first)).unwrap_or(usize::MAX);
                let class = self.table.get(place).copied();
                class.unwrap_or(self.classes() - 1)
            }
            _ => self.search(number),
        }
    }

    /// The classes that a set is made of, as a set.
    pub(super) fn classes_of(&self, set: &Intervals) -> Intervals {
        let ranges = set.iter();
        let ranges = ranges.map(|(from, to)| {
            let (from, to) = (self.search(from), self.search(to));
            (i64::from(from), i64::from(to))
        });
        Intervals::new(ranges.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_answers_as_its_numbers_do() {
        let sets = [
            Intervals::new(vec![(3, 5), (9, 9)]),
            Intervals::at_least(5),
            Intervals::new(vec![(i64::MIN, -1), (1 << 40, i64::MAX)]),
            Intervals::none(),
            Intervals::all(),
        ];
        for sets in [&sets[..2], &sets[..], &sets[3..]] {
            let cuts = Cuts::new(sets);
            let numbers = (-3..12).chain([i64::MIN, i64::MAX, 1 << 40, (1 << 40) - 1]);
            for number in numbers {
                let class = i64::from(cuts.class(number));
                assert!(class < i64::from(cuts.classes()));
                for set in sets {
                    let classes = cuts.classes_of(set);
                    assert_eq!(classes.contains(class), set.contains(number), "{number}");
                }
            }
        }
    }
}
