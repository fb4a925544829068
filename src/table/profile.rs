//! Turns chunks into what the cells of a field look like: how many are missing or invalid, which values
//! there are and how often.
//!
//! Invariants: counts of values that are kept are exact; which values are kept does not depend on the
//! order of contacts; memory has a limit, whatever the field holds.

use super::{Chunk, CodedColumn, Column, INVALID, ListColumn, MISSING, NumberColumn};
use crate::schema::Type;
use crate::value::{Date, Instant, Value, Version, Zone, float_key, float_of_key};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::hash::BuildHasher;

/// Most distinct values of one field that are kept.
pub const MOST_VALUES: usize = 100_000;

/// A value as it is counted. Datetimes are counted by their local day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Key {
    /// bool, int, decimal units, float keys, days.
    Number(i64),
    Text(std::sync::Arc<str>),
    Region(u32),
    Version(Version),
}

/// What the cells of one field look like.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldProfile {
    /// Contacts looked at.
    pub contacts: u64,
    /// Of these, with a missing cell.
    pub missing: u64,
    /// Of these, with an invalid cell.
    pub invalid: u64,
    /// Values with the number of contacts that hold them, the most frequent first. Of a list each
    /// different element counts once a contact; datetimes are counted by their local day, as dates.
    pub values: Vec<(Value, u64)>,
    /// Whether `values` holds every value; else it holds some of them, none of numbers and dates.
    pub is_complete: bool,
    /// How numbers and dates are spread.
    pub spread: Option<Spread>,
}

/// How numbers or days lie between the least and the most.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The least value.
    pub least: Value,
    /// The greatest value.
    pub most: Value,
    /// Neighbouring numbers that are counted together: all `n` with the same `n >> shift`.
    shift: u32,
    /// By `n >> shift`, ascending.
    counts: Vec<(i64, u64)>,
    ends: (i64, i64),
}

/// One of equal stretches between the least and the most.
#[derive(Clone, Debug, PartialEq)]
pub struct Bucket {
    /// Its first value.
    pub from: Value,
    /// Its last value.
    pub to: Value,
    /// Contacts inside.
    pub contacts: u64,
}

/// Counts the cells of one field, chunk by chunk. Tallies of the same field can be put together.
#[derive(Clone, Debug)]
pub struct FieldTally {
    kind: Type,
    zone: Zone,
    contacts: u64,
    missing: u64,
    invalid: u64,
    counts: HashMap<Key, u64, FixedState>,
    /// Numbers are counted by `n >> level`; of others those are counted whose hash ends in `level`
    /// zeros.
    level: u32,
    ends: Option<(i64, i64)>,
}

impl FieldTally {
    /// Nothing counted yet; `zone` says which day a datetime lies on.
    pub fn new(kind: &Type, zone: &Zone) -> FieldTally {
        FieldTally {
            kind: kind.clone(),
            zone: zone.clone(),
            contacts: 0,
            missing: 0,
            invalid: 0,
            counts: HashMap::default(),
            level: 0,
            ends: None,
        }
    }

    /// Counts a column of a chunk, by its place in the projection.
    pub fn add_chunk(&mut self, chunk: &Chunk, column: usize) {
        let is_contact = |row: usize| !chunk.duplicates.get(row);
        let rows = || (0..chunk.rows).filter(|row| is_contact(*row));
        self.contacts += rows().count() as u64;
        match chunk.columns.get(column) {
            Some(Column::Number(numbers)) => self.add_numbers(numbers, rows()),
            Some(Column::Coded(coded)) => self.add_coded(coded, rows()),
            Some(Column::List(lists)) => self.add_lists(lists, rows()),
            Some(Column::Text(texts)) => {
                self.missing += rows().filter(|row| texts.get(*row).is_empty()).count() as u64;
            }
            Some(Column::Absent) | None => self.missing += rows().count() as u64,
        }
    }

    fn add_numbers(&mut self, numbers: &NumberColumn, rows: impl Iterator<Item = usize>) {
        let is_moment = matches!(self.kind, Type::Datetime(_));
        let mut known_day = (1, 0, 0);
        for row in rows {
            if !numbers.present.get(row) {
                match numbers.invalid.get(row) {
                    true => self.invalid += 1,
                    false => self.missing += 1,
                }
                continue;
            }
            let mut number = numbers.values.get(row).unwrap_or(0);
            if is_moment {
                number = self.day_of(number, &mut known_day);
            }
            self.add_number(number, 1);
        }
    }

    /// The local day of a moment; the last day asked for is remembered.
    fn day_of(&self, moment: i64, known: &mut (i64, i64, i64)) -> i64 {
        let (from, to, day) = *known;
        if (from..=to).contains(&moment) {
            return day;
        }
        let date = self.zone.date_of(Instant(moment));
        let (Instant(from), Instant(to)) =
            (self.zone.start_of_day(date), self.zone.end_of_day(date));
        *known = (from, to, i64::from(date.0));
        i64::from(date.0)
    }

    fn add_number(&mut self, number: i64, contacts: u64) {
        let (least, most) = self.ends.unwrap_or((number, number));
        self.ends = Some((least.min(number), most.max(number)));
        *self
            .counts
            .entry(Key::Number(number >> self.level))
            .or_insert(0) += contacts;
        self.limit();
    }

    fn add_coded(&mut self, coded: &CodedColumn, rows: impl Iterator<Item = usize>) {
        let mut by_code = vec![0u64; coded.dictionary.entries.len() + 2];
        for row in rows {
            let code = coded.codes.get(row).unwrap_or(MISSING);
            if let Some(count) = by_code.get_mut(code as usize) {
                *count += 1;
            }
        }
        for (code, contacts) in (0u32..).zip(by_code) {
            match code {
                MISSING => self.missing += contacts,
                INVALID => self.invalid += contacts,
                _ if contacts > 0 => self.add_value(&coded.dictionary.value(code), contacts),
                _ => {}
            }
        }
    }

    fn add_lists(&mut self, lists: &ListColumn, rows: impl Iterator<Item = usize>) {
        let mut by_code = vec![0u64; lists.dictionary.entries.len() + 2];
        let mut codes = Vec::new();
        for row in rows {
            codes.clear();
            codes.extend(lists.row(row));
            match (lists.invalid.get(row), codes.is_empty()) {
                (true, _) => self.invalid += 1,
                (false, true) => self.missing += 1,
                (false, false) => {}
            }
            codes.sort_unstable();
            codes.dedup();
            for code in &codes {
                if let Some(count) = by_code.get_mut(*code as usize) {
                    *count += 1;
                }
            }
        }
        for (code, contacts) in (0u32..).zip(by_code).filter(|(_, contacts)| *contacts > 0) {
            self.add_value(&lists.dictionary.value(code), contacts);
        }
    }

    fn add_value(&mut self, value: &Value, contacts: u64) {
        let Some(key) = self.key(value) else { return };
        if hash(&key).trailing_zeros() >= self.level {
            *self.counts.entry(key).or_insert(0) += contacts;
            self.limit();
        }
    }

    fn key(&self, value: &Value) -> Option<Key> {
        Some(match value {
            Value::Missing | Value::Invalid | Value::List(_) => return None,
            Value::Bool(is_true) => Key::Number(i64::from(*is_true)),
            Value::Int(number) => Key::Number(*number),
            Value::Decimal { units, .. } => Key::Number(*units),
            Value::Float(number) => Key::Number(float_key(*number)),
            Value::Date(date) => Key::Number(i64::from(date.0)),
            Value::Instant(instant) => Key::Number(i64::from(self.zone.date_of(*instant).0)),
            Value::Text(text) => Key::Text(text.clone()),
            Value::Region(code) => Key::Region(*code),
            Value::Version(version) => Key::Version(version.clone()),
        })
    }

    fn is_spread(&self) -> bool {
        match self.kind {
            Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_) => true,
            Type::Bool
            | Type::Text { .. }
            | Type::OneOf(_)
            | Type::Region { .. }
            | Type::Version
            | Type::List { .. }
            | Type::Id => false,
        }
    }

    fn limit(&mut self) {
        while self.counts.len() > MOST_VALUES {
            self.raise_to(self.level + 1);
        }
    }

    /// Counts more coarsely, or fewer values: as if it had been so from the start.
    fn raise_to(&mut self, level: u32) {
        let steps = level.saturating_sub(self.level);
        if steps == 0 {
            return;
        }
        self.level = level;
        if !self.is_spread() {
            self.counts
                .retain(|key, _| hash(key).trailing_zeros() >= level);
            return;
        }
        for (key, contacts) in std::mem::take(&mut self.counts) {
            if let Key::Number(number) = key {
                *self.counts.entry(Key::Number(number >> steps)).or_insert(0) += contacts;
            }
        }
    }

    /// Adds what was counted of other contacts.
    pub fn add(&mut self, mut other: FieldTally) {
        self.contacts += other.contacts;
        self.missing += other.missing;
        self.invalid += other.invalid;
        self.ends = match (self.ends, other.ends) {
            (Some(mine), Some(theirs)) => Some((mine.0.min(theirs.0), mine.1.max(theirs.1))),
            (mine, theirs) => mine.or(theirs),
        };
        self.raise_to(other.level);
        other.raise_to(self.level);
        for (key, contacts) in other.counts {
            *self.counts.entry(key).or_insert(0) += contacts;
        }
        self.limit();
    }

    /// What was counted.
    pub fn profile(&self) -> FieldProfile {
        let mut counts: Vec<(&Key, u64)> = self.counts.iter().map(|(key, n)| (key, *n)).collect();
        counts.sort_unstable();
        let spread = self.ends.filter(|_| self.is_spread());
        let spread = spread.map(|ends| Spread {
            least: self.value(ends.0),
            most: self.value(ends.1),
            shift: self.level,
            counts: counts
                .iter()
                .filter_map(|(key, contacts)| match key {
                    Key::Number(number) => Some((*number, *contacts)),
                    Key::Text(_) | Key::Region(_) | Key::Version(_) => None,
                })
                .collect(),
            ends,
        });
        let is_complete = self.level == 0;
        counts.sort_by_key(|(_, contacts)| std::cmp::Reverse(*contacts));
        if spread.is_some() && !is_complete {
            counts.clear();
        }
        let values = counts.into_iter().map(|(key, contacts)| {
            let value = match key {
                Key::Number(number) => self.value(*number),
                Key::Text(text) => Value::Text(text.clone()),
                Key::Region(code) => Value::Region(*code),
                Key::Version(version) => Value::Version(version.clone()),
            };
            (value, contacts)
        });
        FieldProfile {
            contacts: self.contacts,
            missing: self.missing,
            invalid: self.invalid,
            values: values.collect(),
            is_complete,
            spread,
        }
    }

    fn value(&self, number: i64) -> Value {
        let kind = match &self.kind {
            Type::List { element, .. } => element,
            kind => kind,
        };
        value_of(number, kind)
    }
}

fn value_of(number: i64, kind: &Type) -> Value {
    match kind {
        Type::Bool => Value::Bool(number != 0),
        Type::Decimal { places, .. } => Value::Decimal {
            units: number,
            places: *places,
        },
        Type::Float(_) => Value::Float(float_of_key(number)),
        Type::Date(_) | Type::Datetime(_) => Value::Date(Date(i32::try_from(number).unwrap_or(0))),
        Type::Int(_)
        | Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => Value::Int(number),
    }
}

fn hash(key: &Key) -> u64 {
    FixedState::with_seed(0).hash_one(key)
}

impl Spread {
    /// Cuts from the least to the most into at most `most_buckets` equal stretches. Where values are
    /// many, some close to an end may be counted in the neighbouring stretch.
    pub fn buckets(&self, most_buckets: usize, kind: &Type) -> Vec<Bucket> {
        let (least, most) = self.ends;
        let width = i128::from(most) - i128::from(least) + 1;
        let many = i128::try_from(most_buckets.max(1)).unwrap_or(1).min(width);
        // Ends of stretches: the first number past each.
        let end = |index: i128| i128::from(least) + width * (index + 1) / many;
        let mut buckets: Vec<Bucket> = (0..many)
            .map(|index| {
                let value = |number: i128| value_of(i64::try_from(number).unwrap_or(most), kind);
                Bucket {
                    from: value(end(index - 1)),
                    to: value(end(index) - 1),
                    contacts: 0,
                }
            })
            .collect();
        for (number, contacts) in &self.counts {
            let first = (i128::from(*number) << self.shift).max(i128::from(least));
            let mut index = (first - i128::from(least)) * many / width;
            while index + 1 < many && first >= end(index) {
                index += 1;
            }
            let bucket = usize::try_from(index)
                .ok()
                .and_then(|at| buckets.get_mut(at));
            if let Some(bucket) = bucket {
                bucket.contacts += contacts;
            }
        }
        buckets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::FieldId;
    use crate::schema::{Field, Schema};
    use crate::value::Intervals;

    fn tallied(kind: &Type, cells: &[Value]) -> FieldTally {
        let mut schema = Schema::default();
        let field = Field {
            name: crate::name::Name::new("x"),
            aka: Vec::new(),
            kind: kind.clone(),
            is_optional: false,
            missing_when: Vec::new(),
            doc: None,
            span: None,
        };
        schema.add(field).unwrap();
        let rows: Vec<(&str, &[Value])> = cells
            .iter()
            .map(|cell| ("", std::slice::from_ref(cell)))
            .collect();
        let chunk = Chunk::from_rows(&schema, &[FieldId(0)], &rows);
        let mut tally = FieldTally::new(kind, &Zone::utc());
        tally.add_chunk(&chunk, 0);
        tally
    }

    #[test]
    fn values_are_counted_most_frequent_first() {
        let text = |text: &str| Value::Text(text.into());
        let kind = Type::Text { is_folded: false };
        let cells = [
            text("b"),
            text("a"),
            Value::Missing,
            text("a"),
            Value::Invalid,
            text("c"),
        ];
        let profile = tallied(&kind, &cells).profile();
        assert_eq!(
            (profile.contacts, profile.missing, profile.invalid),
            (6, 1, 1)
        );
        assert_eq!(
            profile.values,
            [(text("a"), 2), (text("b"), 1), (text("c"), 1)]
        );
        assert!(profile.is_complete && profile.spread.is_none());
    }

    #[test]
    fn stretches_hold_every_number_once() {
        let kind = Type::Int(Intervals::all());
        let cells: Vec<Value> = (-7..93).map(Value::Int).collect();
        let spread = tallied(&kind, &cells).profile().spread.unwrap();
        for buckets in 1..=120 {
            let found = spread.buckets(buckets, &kind);
            assert_eq!(found.len(), buckets.min(100));
            assert_eq!(found.iter().map(|bucket| bucket.contacts).sum::<u64>(), 100);
            assert_eq!(found.first().unwrap().from, Value::Int(-7));
            assert_eq!(found.last().unwrap().to, Value::Int(92));
            for bucket in found {
                let (Value::Int(from), Value::Int(to)) = (bucket.from, bucket.to) else {
                    panic!()
                };
                assert_eq!(u64::try_from(to - from + 1).unwrap(), bucket.contacts);
            }
        }
    }

    #[test]
    fn more_values_than_are_kept_do_not_depend_on_order() {
        let many = i64::try_from(MOST_VALUES).unwrap() * 5 / 4;
        let number = |number: i64| Value::Int(number * number % 1_000_003 - 500_000);
        let kind = Type::Int(Intervals::all());
        let (first, second): (Vec<Value>, Vec<Value>) = (
            (0..many / 4).map(number).collect(),
            (many / 4..many).map(number).collect(),
        );
        let mut forward = tallied(&kind, &first);
        forward.add(tallied(&kind, &second));
        let mut backward = tallied(&kind, &second);
        backward.add(tallied(&kind, &first));
        assert_eq!(forward.profile(), backward.profile());
        let profile = forward.profile();
        assert!(!profile.is_complete && profile.values.is_empty());
        let found = profile.spread.unwrap().buckets(20, &kind);
        assert_eq!(
            found.iter().map(|bucket| bucket.contacts).sum::<u64>(),
            profile.contacts
        );
    }
}
