//! What of a contact is looked at: an aspect gives one number, and questions are sets of numbers.
//!
//! Places are numbered in the order of their hierarchy, so that everything within a place is one run;
//! versions and texts are numbered by where they stand among those that the questions name.

use super::cuts::Cuts;
use super::rows::Rows;
use crate::check::typed::{TextQuestion, TextTest, TextView, TimePart, VersionRange};
use crate::dag::Atom;
use crate::eval::leaf::Leaf;
use crate::eval::quantity::{local_date, part_of};
use crate::eval::row::Contact;
use crate::eval::text::view_text;
use crate::name::FieldId;
use crate::region::RegionCode;
use crate::value::{Clock, Date, Intervals, MonthDays, Value, Version, float_key};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::borrow::Cow;

/// One number of a contact.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Aspect {
    /// 0 when there is a value.
    Presence(FieldId),
    /// Numbers, days, milliseconds as in [`Atom::Number`].
    Number(FieldId),
    /// A part of the local date or time.
    Part(TimePart, FieldId),
    /// Month and day in one number.
    MonthDay(FieldId),
    /// How many elements; never missing.
    Count(FieldId),
    /// Where a place stands in its hierarchy.
    Region(FieldId),
    /// Where a version stands among those that are asked for.
    Version(FieldId),
    /// Where a text stands among those that are asked for.
    Start(FieldId, TextView),
    /// The same for texts read backwards.
    End(FieldId, TextView),
    /// How many code points.
    Length(FieldId, TextView),
}

/// The aspect that a question about one cell is about; `None` when no one number answers it.
pub(super) fn aspect_of(atom: &Atom) -> Option<Aspect> {
    match atom {
        Atom::Present(field) => Some(Aspect::Presence(*field)),
        Atom::Number(field, _) => Some(Aspect::Number(*field)),
        Atom::Part(part, field, _) => Some(Aspect::Part(*part, *field)),
        Atom::MonthDay(field, _) => Some(Aspect::MonthDay(*field)),
        Atom::ElementCount(field, _) => Some(Aspect::Count(*field)),
        Atom::Region(field, _) => Some(Aspect::Region(*field)),
        Atom::Version(field, _) => Some(Aspect::Version(*field)),
        Atom::Text(field, test) => match &test.question {
            TextQuestion::OneOf(_) | TextQuestion::StartsWith(_) => {
                Some(Aspect::Start(*field, test.view))
            }
            TextQuestion::EndsWith(_) => Some(Aspect::End(*field, test.view)),
            TextQuestion::Length(_) => Some(Aspect::Length(*field, test.view)),
            TextQuestion::Contains(_) | TextQuestion::Glob(_) | TextQuestion::Regex(_) => None,
        },
        Atom::Element(..)
        | Atom::SameValue { .. }
        | Atom::Compare(..)
        | Atom::Within(..)
        | Atom::Known(_)
        | Atom::Sample(..) => None,
    }
}

/// How values are numbered.
#[derive(Debug)]
enum Scale {
    /// They are numbers.
    Plain,
    /// Every place by its code.
    Places(HashMap<u32, i64, FixedState>),
    /// Versions asked for, ascending: equal to the one at `i` is 2i + 1, between is even.
    Versions(Vec<Version>),
    Texts(TextScale),
}

/// Texts are numbered by how many of these ends are not above them.
#[derive(Debug, Default)]
struct TextScale {
    ends: Vec<Box<[u8]>>,
    /// Texts that are asked for as a whole, looked at as they are.
    known: HashMap<Box<str>, i64, FixedState>,
    /// Nothing but whole texts is asked for, looked at as they are.
    is_complete: bool,
}

/// An aspect with all questions about it.
#[derive(Debug)]
pub(super) struct Ordered {
    pub(super) aspect: Aspect,
    scale: Scale,
    pub(super) cuts: Cuts,
    pub(super) rows: Rows,
}

/// A numbered aspect before its rows are known.
pub(super) struct Draft {
    aspect: Aspect,
    scale: Scale,
    cuts: Cuts,
    /// For each question the classes that answer yes.
    pub(super) classes: Vec<Intervals>,
}

impl Draft {
    /// Numbers the values of an aspect for its questions.
    pub(super) fn new(aspect: Aspect, questions: &[Leaf]) -> Draft {
        let scale = Scale::new(aspect, questions);
        let sets: Vec<Intervals> = questions.iter().map(|leaf| scale.set(leaf)).collect();
        let cuts = Cuts::new(&sets);
        Draft {
            classes: sets.iter().map(|set| cuts.classes_of(set)).collect(),
            aspect,
            scale,
            cuts,
        }
    }

    pub(super) fn class_count(&self) -> u32 {
        self.cuts.classes()
    }

    pub(super) fn finish(self, rows: Rows) -> Ordered {
        Ordered {
            aspect: self.aspect,
            scale: self.scale,
            cuts: self.cuts,
            rows,
        }
    }
}

impl Scale {
    fn new(aspect: Aspect, questions: &[Leaf]) -> Scale {
        match aspect {
            Aspect::Presence(_)
            | Aspect::Number(_)
            | Aspect::Part(..)
            | Aspect::MonthDay(_)
            | Aspect::Count(_)
            | Aspect::Length(..) => Scale::Plain,
            Aspect::Region(_) => {
                let hierarchy = questions.iter().find_map(|leaf| leaf.hierarchy.as_ref());
                let places = hierarchy.into_iter().flat_map(|hierarchy| hierarchy.iter());
                Scale::Places(places.map(|RegionCode(code)| code).zip(0..).collect())
            }
            Aspect::Version(_) => {
                let mut versions: Vec<Version> = questions.iter().flat_map(versions_of).collect();
                versions.sort_unstable();
                versions.dedup();
                Scale::Versions(versions)
            }
            Aspect::Start(_, view) => Scale::Texts(TextScale::new(questions, Some(view))),
            Aspect::End(..) => Scale::Texts(TextScale::new(questions, None)),
        }
    }

    /// The numbers that answer a question yes.
    fn set(&self, leaf: &Leaf) -> Intervals {
        match (&leaf.atom, self) {
            (Atom::Present(_), _) => Intervals::all(),
            (Atom::Number(_, set) | Atom::Part(_, _, set) | Atom::ElementCount(_, set), _) => {
                set.clone()
            }
            (Atom::MonthDay(_, days), _) => month_days(days),
            (Atom::Region(_, codes), Scale::Places(places)) => {
                let runs = codes.iter().filter_map(|code| {
                    let first = *places.get(&code.0)?;
                    let inside = leaf.hierarchy.as_ref()?.descendants(*code).count();
                    Some((first, first + i64::try_from(inside).ok()? - 1))
                });
                Intervals::new(runs.collect())
            }
            (Atom::Version(_, ranges), Scale::Versions(versions)) => {
                let ranges = ranges.iter().map(|range| version_numbers(versions, range));
                Intervals::new(ranges.collect())
            }
            (Atom::Text(_, test), Scale::Texts(texts)) => texts.set(test),
            (Atom::Text(_, test), _) => match &test.question {
                TextQuestion::Length(set) => set.clone(),
                _ => Intervals::none(),
            },
            _ => Intervals::none(),
        }
    }
}

fn versions_of(leaf: &Leaf) -> Vec<Version> {
    let Atom::Version(_, ranges) = &leaf.atom else {
        return Vec::new();
    };
    let ends = ranges.iter().flat_map(|range| [&range.from, &range.to]);
    ends.flatten().map(|(version, _)| version.clone()).collect()
}

fn version_number(versions: &[Version], version: &Version) -> i64 {
    let below = versions.partition_point(|each| each < version);
    let is_equal = versions.get(below) == Some(version);
    i64::try_from(below).unwrap_or(i64::MAX / 2) * 2 + i64::from(is_equal)
}

fn version_numbers(versions: &[Version], range: &VersionRange) -> (i64, i64) {
    let from = range.from.as_ref().map_or(i64::MIN, |(from, is_included)| {
        version_number(versions, from) + i64::from(!is_included)
    });
    let to = range.to.as_ref().map_or(i64::MAX, |(to, is_included)| {
        version_number(versions, to) - i64::from(!is_included)
    });
    (from, to)
}

/// Month and day in one number.
fn month_day(date: Date) -> i64 {
    let (_, month, day) = date.ymd();
    i64::from(month) * 32 + i64::from(day)
}

fn month_days(days: &MonthDays) -> Intervals {
    // A leap year has every day.
    let first = Date::from_ymd(2000, 1, 1).unwrap_or(Date::MIN);
    let year = (0..366).map(|day| first.add_days(day));
    let found = year.filter(|date| days.contains(*date)).map(month_day);
    Intervals::new(found.map(|number| (number, number)).collect())
}

/// The first text after all that start with a prefix; `None` when there is none.
fn after_prefix(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|&byte| byte < u8::MAX)?;
    let mut after = prefix.get(..=last)?.to_vec();
    *after.last_mut()? += 1;
    Some(after)
}

/// The stretches of texts that a question stands for: first text, and first text after.
fn stretches(test: &TextTest) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
    let prefix = |prefix: Vec<u8>| {
        let after = after_prefix(&prefix);
        (prefix, after)
    };
    match &test.question {
        TextQuestion::OneOf(texts) => texts
            .iter()
            .map(|text| {
                let first = text.as_bytes().to_vec();
                let after = [text.as_bytes(), &[0]].concat();
                (first, Some(after))
            })
            .collect(),
        TextQuestion::StartsWith(parts) => {
            let parts = parts.iter().map(|part| part.as_bytes().to_vec());
            parts.map(prefix).collect()
        }
        TextQuestion::EndsWith(parts) => {
            let parts = parts.iter().map(|part| part.bytes().rev().collect());
            parts.map(prefix).collect()
        }
        TextQuestion::Contains(_)
        | TextQuestion::Glob(_)
        | TextQuestion::Regex(_)
        | TextQuestion::Length(_) => Vec::new(),
    }
}

impl TextScale {
    fn new(questions: &[Leaf], view: Option<TextView>) -> TextScale {
        let tests = || {
            questions.iter().filter_map(|leaf| match &leaf.atom {
                Atom::Text(_, test) => Some(test),
                _ => None,
            })
        };
        let mut ends: Vec<Box<[u8]>> = Vec::new();
        for (first, after) in tests().flat_map(stretches) {
            ends.push(first.into());
            ends.extend(after.map(Into::into));
        }
        ends.sort_unstable();
        ends.dedup();
        let mut scale = TextScale {
            ends,
            ..TextScale::default()
        };
        if view == Some(TextView::Exact) {
            scale.is_complete = true;
            for test in tests() {
                match &test.question {
                    TextQuestion::OneOf(texts) => {
                        for text in texts.iter() {
                            let number = scale.search(text.as_bytes());
                            scale.known.insert((**text).into(), number);
                        }
                    }
                    _ => scale.is_complete = false,
                }
            }
        }
        scale
    }

    fn search(&self, text: &[u8]) -> i64 {
        let number = self.ends.partition_point(|end| **end <= *text);
        i64::try_from(number).unwrap_or(i64::MAX)
    }

    fn set(&self, test: &TextTest) -> Intervals {
        let ranges = stretches(test).into_iter().map(|(first, after)| {
            let to = after.map_or(i64::MAX, |after| self.search(&after) - 1);
            (self.search(&first), to)
        });
        Intervals::new(ranges.collect())
    }
}

/// The number of a cell that holds one.
pub(super) fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(is_true) => Some(i64::from(*is_true)),
        Value::Int(number) => Some(*number),
        Value::Decimal { units, .. } => Some(*units),
        Value::Float(number) => Some(float_key(*number)),
        Value::Date(date) => Some(i64::from(date.0)),
        Value::Instant(instant) => Some(instant.0),
        Value::Missing
        | Value::Invalid
        | Value::Text(_)
        | Value::Region(_)
        | Value::Version(_)
        | Value::List(_) => None,
    }
}

/// What the class of a contact is found by.
pub(super) enum Found<'v> {
    Class(Option<u32>),
    /// Looked up once for each distinct text: see [`Ordered::class_of_text`].
    Text(&'v str),
}

impl Ordered {
    /// The class of a contact; `Class(None)` when no question of the aspect holds.
    #[inline]
    pub(super) fn find<'v>(&self, contact: &Contact<'v>, clock: &Clock) -> Found<'v> {
        let cell = |field: FieldId| contact.cells.get(field.index()).unwrap_or(&Value::Missing);
        let number = match self.aspect {
            Aspect::Presence(field) => match cell(field) {
                Value::Missing | Value::Invalid => None,
                _ => Some(0),
            },
            Aspect::Number(field) => number_of(cell(field)),
            Aspect::Part(part, field) => part_of(part, cell(field), clock),
            Aspect::MonthDay(field) => local_date(cell(field), clock).map(month_day),
            Aspect::Count(field) => match cell(field) {
                Value::List(elements) => Some(i64::try_from(elements.len()).unwrap_or(i64::MAX)),
                _ => Some(0),
            },
            Aspect::Region(field) => match (cell(field), &self.scale) {
                (Value::Region(code), Scale::Places(places)) => places.get(code).copied(),
                _ => None,
            },
            Aspect::Version(field) => match (cell(field), &self.scale) {
                (Value::Version(version), Scale::Versions(versions)) => {
                    Some(version_number(versions, version))
                }
                _ => None,
            },
            Aspect::Start(field, _) | Aspect::End(field, _) | Aspect::Length(field, _) => {
                return self.find_text(cell(field));
            }
        };
        Found::Class(number.map(|number| self.cuts.class(number)))
    }

    #[inline]
    fn find_text<'v>(&self, cell: &'v Value) -> Found<'v> {
        let Value::Text(text) = cell else {
            return Found::Class(None);
        };
        match &self.scale {
            Scale::Texts(texts) => match texts.known.get(&**text) {
                Some(number) => Found::Class(Some(self.cuts.class(*number))),
                None if texts.is_complete => Found::Class(None),
                None => Found::Text(text),
            },
            Scale::Plain | Scale::Places(_) | Scale::Versions(_) => Found::Text(text),
        }
    }

    /// The class of a text.
    pub(super) fn class_of_text(&self, text: &str) -> u32 {
        let number = match (self.aspect, &self.scale) {
            (Aspect::Start(_, view), Scale::Texts(texts)) => {
                texts.search(view_text(view, text).as_bytes())
            }
            (Aspect::End(_, view), Scale::Texts(texts)) => {
                let text: Cow<str> = view_text(view, text);
                let backwards: Vec<u8> = text.bytes().rev().collect();
                texts.search(&backwards)
            }
            (Aspect::Length(_, view), _) => {
                i64::try_from(view_text(view, text).chars().count()).unwrap_or(i64::MAX)
            }
            _ => 0,
        };
        self.cuts.class(number)
    }
}
