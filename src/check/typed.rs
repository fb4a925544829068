//! Rules whose every name, type and value is settled.
//!
//! Invariants: ids fit the tables of the same [`RuleSet`]; segments refer only to segments before
//! them in [`RuleSet::segments`] (cycles are gone); literals are in the units of the field they are
//! compared with; texts to compare with are normalised, and folded where the field is; times stay
//! symbolic, because `now` and the zone belong to a run and not to a rule.

use super::sending::{Campaign, Platform};
use crate::name::{FieldId, Name, SegmentId};
use crate::region::RegionCode;
use crate::schema::Schema;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Date, Duration, Glob, Instant, Intervals, Number, Period, Share, Version};
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything that rule files define, ready to run.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// The fields.
    pub schema: Schema,
    /// Segments, each after those it refers to; see [`RuleSet::declared`] for the written order.
    pub segments: Vec<Segment>,
    /// Segment ids in the order the files declare them.
    pub declared: Vec<SegmentId>,
    /// Segment ids by name.
    pub segment_names: IndexMap<Name, SegmentId, FixedState>,
    /// Which lists and parameters each segment names itself, by [`SegmentId`].
    pub uses: Vec<Uses>,
    /// Named lists as text values, for outputs and campaigns.
    pub lists: IndexMap<Name, List>,
    /// Parameters with the values of this run.
    pub params: IndexMap<Name, ast::Literal>,
    /// `test` items.
    pub tests: Vec<Test>,
    /// Platforms: those of the files, then the built-in ones they do not replace. Empty when the
    /// files have neither platforms nor campaigns.
    pub platforms: Vec<Arc<Platform>>,
    /// Campaigns ready to plan.
    pub campaigns: IndexMap<Name, Campaign>,
}

impl RuleSet {
    /// The segment behind an id of this rule set.
    pub fn segment(&self, id: SegmentId) -> Option<&Segment> {
        self.segments.get(id.index())
    }

    /// Finds a segment by name.
    pub fn find_segment(&self, name: &str) -> Option<SegmentId> {
        self.segment_names.get(name).copied()
    }
}

/// A named condition.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// Its title in quotes.
    pub title: Option<Arc<str>>,
    /// Its doc comment.
    pub doc: Option<Arc<str>>,
    /// Where it is defined, the whole item.
    pub span: Span,
    /// Where its name stands in the definition.
    pub name_span: Span,
    /// Whom it selects.
    pub condition: Condition,
    /// Every field read here or through other segments, relevant to the answer or not.
    pub reads: BTreeSet<FieldId>,
}

/// The lists and parameters that a definition names; their values stand in its condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Uses {
    /// Lists by name.
    pub lists: BTreeSet<Name>,
    /// Parameters by name.
    pub params: BTreeSet<Name>,
}

/// A named list of values.
#[derive(Clone, Debug)]
pub struct List {
    /// Its name.
    pub name: Name,
    /// Its values as text, normalised, in order, duplicates removed.
    pub values: Arc<[Arc<str>]>,
    /// The file they came from, with the SHA-256 of its content.
    pub file: Option<(Arc<str>, [u8; 32])>,
    /// Where it is defined.
    pub span: Span,
}

/// A condition with the text it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// Which.
    pub kind: ConditionKind,
    /// Where it is written.
    pub span: Span,
}

impl Condition {
    /// A condition that nobody satisfies.
    pub fn nobody(span: Span) -> Condition {
        Condition {
            kind: ConditionKind::Nobody,
            span,
        }
    }
}

/// How conditions are put together.
#[derive(Clone, Debug, PartialEq)]
pub enum ConditionKind {
    /// All of them.
    And(Vec<Condition>),
    /// Any of them.
    Or(Vec<Condition>),
    /// The exact complement.
    Not(Box<Condition>),
    /// At least, at most or exactly so many of them, positions counted.
    Count {
        /// Which comparison.
        relation: ast::CountRelation,
        /// With how many.
        count: u32,
        /// The conditions.
        of: Vec<Condition>,
    },
    /// A segment by name.
    Segment(SegmentId),
    /// Everybody.
    Everyone,
    /// Nobody.
    Nobody,
    /// One question about a contact.
    Ask(Question),
}

/// One question about the cells of a contact. A missing cell answers no, except to `Missing`.
///
/// `x != v`, `not in`, `is not missing` and the like are `Not` around these.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// The cell is missing (a list without elements is).
    Missing(FieldId),
    /// bool (0 and 1), int, decimal (units), float (`value::float_key`): the number lies in the set.
    Number(FieldId, Intervals),
    /// A date or datetime lies in the times.
    Time(FieldId, TimeSet),
    /// A text, `one of` or id passes the test.
    Text(FieldId, TextTest),
    /// A region lies within one of the places.
    Region(FieldId, BTreeSet<RegionCode>),
    /// A version lies in one of the ranges.
    Version(FieldId, Vec<VersionRange>),
    /// Some element of a list passes. `has all of` is an `And` of these, `has none of` a `Not`.
    Element(FieldId, ElementTest),
    /// Month and day of a date or datetime lie in the stretch, whatever the year.
    Anniversary(FieldId, AnniversaryWindow),
    /// Two fields hold the same text, region or version; `is_folded` when either compares folded.
    SameValue {
        /// One field.
        left: FieldId,
        /// The other.
        right: FieldId,
        /// NFKC and case folding.
        is_folded: bool,
    },
    /// The two sides compare so; missing when either side is.
    Compare {
        /// Left side.
        left: Box<Quantity>,
        /// Never `NotEqual` (that is a `Not`).
        relation: ast::Comparison,
        /// Right side.
        right: Box<Quantity>,
    },
    /// The quantity lies in one of the ranges (`2026 - born_year in (18..24, 30)`).
    Within(Box<Quantity>, Vec<NumberRange>),
    /// The contact is in the sample.
    Sample {
        /// How many of all.
        share: Box<Share>,
        /// What keeps samples independent.
        salt: Arc<str>,
    },
}

/// A number made from a contact. Missing operands and division by zero make it missing.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Quantity {
    /// A literal.
    Literal(Number),
    /// bool (as 0/1 never appears), int, decimal or float field.
    Field(FieldId),
    /// A date (days) or datetime (milliseconds) field, only against another such field: dates are
    /// then read as the first instant of their local day.
    Moment(FieldId),
    /// `year(x)` … of a date or datetime.
    Part(TimePart, FieldId),
    /// `days_since(x)`: local calendar days from x to now; negative in the future.
    DaysSince(FieldId),
    /// The local day of x, in days since 1970-01-01. Rules cannot say it: lowering turns `days_since(x)`
    /// into today less this.
    Day(FieldId),
    /// `length(x)` of a text: its code points; missing when the text is.
    Length(FieldId),
    /// `count(x)` and `length(x)` of a list: its elements, duplicates counted; 0 when missing.
    Count(FieldId),
    /// `-a`
    Negate(Box<Quantity>),
    /// `a + b` …, exact on 128-bit rationals, floats as doubles; overflow makes it missing.
    Arithmetic(Box<Quantity>, ast::Operator, Box<Quantity>),
}

/// Which part of a local date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimePart {
    /// 1..=9999
    Year,
    /// 1..=12
    Month,
    /// 1..=31
    Day,
    /// Monday 1 … Sunday 7
    Weekday,
    /// 0..=23, datetimes only
    Hour,
}

/// Exact numbers between two ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NumberRange {
    /// Lowest, included; `None` is open.
    pub from: Option<Number>,
    /// Highest; `None` is open.
    pub to: Option<Number>,
    /// Whether `to` itself is inside.
    pub includes_end: bool,
}

/// Versions between two ends.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VersionRange {
    /// Lowest and whether it is inside.
    pub from: Option<(Version, bool)>,
    /// Highest and whether it is inside.
    pub to: Option<(Version, bool)>,
}

/// A question about one text. The text is looked at as `view` says, and so are the literals here.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextTest {
    /// How the cell is looked at before it is compared.
    pub view: TextView,
    /// The question.
    pub question: TextQuestion,
}

/// How a text is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextView {
    /// As it is.
    Exact,
    /// NFKC and case folding (`text folded`).
    Folded,
    /// Lower case (`lower(x)`).
    Lower,
}

/// The questions about a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TextQuestion {
    /// It is one of these.
    OneOf(Arc<BTreeSet<Arc<str>>>),
    /// It holds any of these literally (one or more).
    Contains(Vec<Arc<str>>),
    /// It starts with any of these.
    StartsWith(Vec<Arc<str>>),
    /// It ends with any of these.
    EndsWith(Vec<Arc<str>>),
    /// The whole text matches the glob.
    Glob(Box<Glob>),
    /// The regular expression is found in it.
    Regex(Box<Pattern>),
    /// So many code points.
    Length(Intervals),
}

/// A compiled regular expression; equal when written equally.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As written between the slashes.
    pub text: Arc<str>,
    /// Compiled with ASCII `\d \w \s \b`.
    pub regex: regex::Regex,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.text == other.text
    }
}

impl Eq for Pattern {}

impl std::hash::Hash for Pattern {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

/// A question about one element of a list, by the element's type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ElementTest {
    /// bool, int, decimal, float as in [`Question::Number`].
    Number(Intervals),
    /// date, datetime.
    Time(TimeSet),
    /// text, one of, id.
    Text(TextTest),
    /// region.
    Region(BTreeSet<RegionCode>),
    /// version.
    Version(Vec<VersionRange>),
}

/// Which times a date or datetime is compared with, before `now` and the zone are known.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TimeSet {
    /// `within 30d`
    Last(Duration),
    /// `within next 7d`
    Next(Duration),
    /// `within 30d..90d ago`
    Ago {
        /// The nearer end.
        newer: Duration,
        /// The farther end.
        older: Duration,
    },
    /// Any of these stretches.
    Ranges(Vec<TimeRange>),
}

/// A stretch of time between two bounds; `None` is open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeRange {
    /// From here.
    pub from: Option<TimeBound>,
    /// To here.
    pub to: Option<TimeBound>,
}

/// One end of a stretch. A moment may last (a date lasts its local day, a period all its days).
///
/// With a moment that lasts from `first` to `last`: `= m` is from First included to Last included,
/// `< m` is to First excluded, `> m` is from Last excluded, `>= m` is from First included, `<= m` is
/// to Last included, `a..b` is from First of a to Last of b, `a..<b` is to First of b excluded.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TimeBound {
    /// What is compared with.
    pub moment: Moment,
    /// Which end of it.
    pub edge: Edge,
    /// Whether that very moment is inside.
    pub is_included: bool,
}

/// The ends of something that lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Its first millisecond (or day).
    First,
    /// Its last millisecond (or day).
    Last,
}

/// A point or stretch of time as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// A whole local day.
    Date(Date),
    /// A datetime with an offset.
    Instant(Instant),
    /// A datetime without offset: local time of the run's zone, milliseconds after midnight.
    Local(Date, u32),
    /// `last month`
    Period(Period),
    /// `30d ago`: the whole local day for days and longer, that instant for hours and shorter.
    Ago(Duration),
}

/// The stretch of an `anniversary`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AnniversaryWindow {
    /// `within next 7d anniversary`
    Next(Duration),
    /// `within 7d anniversary`
    Last(Duration),
}

/// A `test` item.
#[derive(Clone, Debug)]
pub struct Test {
    /// What it shows.
    pub title: Arc<str>,
    /// Its own `now`, when given: a moment that does not last.
    pub now: Option<Moment>,
    /// Its own zone, when given.
    pub zone: Option<Arc<str>>,
    /// Its cases.
    pub cases: Vec<TestCase>,
    /// The whole item.
    pub span: Span,
}

/// One contact of a test with what is expected of it.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// The cells given; fields not named are missing.
    pub cells: Vec<TestCell>,
    /// What is expected.
    pub expected: ast::Expectation,
    /// Of which segment.
    pub segment: SegmentId,
    /// The whole case.
    pub span: Span,
}

/// One cell of a test, to be read as the data's cells would be (`schema::Field::read`).
#[derive(Clone, Debug)]
pub struct TestCell {
    /// The field.
    pub field: FieldId,
    /// The cell's text; several for a list in parentheses.
    pub texts: Vec<Arc<str>>,
    /// Whether the value was written in parentheses.
    pub is_list: bool,
    /// The whole pair.
    pub span: Span,
}
