//! Platforms and campaigns whose names, words and figures are settled.
//!
//! Invariants: a limit is a number, explicitly none, or unknown: three different things; shares of
//! other caps are still shares here and become numbers in [`Figures::limits`]; times stay symbolic,
//! because `now` and the zone belong to a run.

mod limits;
mod message;
mod wording;

pub use limits::Limits;
pub use message::{
    Link, Message, MessageCondition, MessageCount, Objection, Template, TemplatePiece,
};
pub use wording::length_phrase;

use super::typed::{Condition, Moment, Quantity, Uses};
use crate::name::{FieldId, Name, SegmentId};
use crate::source::Span;
use crate::value::{Duration, LengthUnit, Number, Share};
use indexmap::IndexMap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A platform with one set of figures.
#[derive(Clone, Debug)]
pub struct Platform {
    /// Its name.
    pub name: Name,
    /// Its title in quotes.
    pub title: Option<Arc<str>>,
    /// Which set of figures; `None` is the default one.
    pub profile: Option<Name>,
    /// What holds without a tier.
    pub figures: Figures,
    /// What holds instead for each tier.
    pub tiers: IndexMap<Name, Figures>,
    /// Whether it comes with segrule.
    pub is_built_in: bool,
}

/// What is said about a platform or one of its tiers.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Limits that hold for every message.
    pub caps: Vec<Cap>,
    /// Kinds of messages.
    pub messages: IndexMap<Name, MessageLimits>,
    /// What sending costs.
    pub cost: Option<Cost>,
    /// How long a message takes: the quickest and the slowest.
    pub arrives: Option<(Duration, Duration)>,
    /// Where that figure comes from.
    pub arrives_source: Option<Arc<str>>,
    /// How many of those it reaches do what is hoped for, in per cent.
    pub converts: Option<Number>,
    /// Where that figure comes from.
    pub converts_source: Option<Arc<str>>,
    /// The zone that calendar caps count in.
    pub zone: Option<Arc<str>>,
    /// Where the figures come from.
    pub source: Option<Arc<str>>,
    /// Messages are handed over by people: there is nothing to call.
    pub is_by_hand: bool,
}

/// A number, explicitly no limit, or not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// At most so many.
    Number(u64),
    /// Explicitly no limit.
    None,
    /// Nobody has said.
    Unknown,
}

impl Limit {
    /// The number, when it is one.
    pub fn number(self) -> Option<u64> {
        match self {
            Limit::Number(number) => Some(number),
            Limit::None | Limit::Unknown => None,
        }
    }
}

/// How much a cap allows.
#[derive(Clone, Debug, PartialEq)]
pub enum CapAmount {
    /// As it stands.
    Limit(Limit),
    /// A share of the same cap without its condition, rounded down.
    Share(Share),
}

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Counted {
    /// People.
    Recipients,
    /// Acts of sending.
    Sends,
    /// Calls of the platform's interface.
    Calls,
    /// Messages: one a recipient.
    Messages,
    /// Billed parts of messages.
    Segments,
}

/// What a cap counts per.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Per {
    /// One act of sending.
    Send,
    /// One call of the interface.
    Call,
    /// A second.
    Second,
    /// A minute.
    Minute,
    /// An hour.
    Hour,
    /// So many days.
    Days(u32),
    /// A calendar month.
    Month,
}

/// `cap 5 sends per day rolling when images >= 5 on excess drop`
#[derive(Clone, Debug, PartialEq)]
pub struct Cap {
    /// How much.
    pub amount: CapAmount,
    /// Of what.
    pub counted: Counted,
    /// In what.
    pub per: Per,
    /// Counted for each recipient apart.
    pub is_per_recipient: bool,
    /// The time ending now rather than the calendar's.
    pub is_rolling: bool,
    /// Holds only for such messages.
    pub when: Option<MessageCondition>,
    /// What the platform does past the limit.
    pub excess: Excess,
    /// Where the figure comes from.
    pub source: Option<Arc<str>>,
    /// Where the amount is written.
    pub span: Span,
}

/// What a platform does past a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Excess {
    /// Refuses.
    Reject,
    /// Accepts and delivers nothing.
    Drop,
    /// Delivers later.
    Queue,
}

/// Limits of one kind of message; what is not mentioned is not limited here.
#[derive(Clone, Debug, Default)]
pub struct MessageLimits {
    /// The longest text.
    pub length: Option<(Limit, LengthUnit)>,
    /// Images.
    pub images: Option<Limit>,
    /// Attachments.
    pub attachments: Option<Limit>,
    /// Links to the platform's own pages.
    pub internal_links: Option<Limit>,
    /// Links elsewhere.
    pub external_links: Option<Limit>,
    /// Whether an account must be linked.
    pub is_account_required: bool,
    /// Caps that hold for this kind.
    pub caps: Vec<Cap>,
}

/// A price.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The price.
    pub amount: Number,
    /// In which currency.
    pub currency: Arc<str>,
    /// How many of the unit it buys.
    pub per_count: u64,
    /// The unit: messages, segments, recipients, sends or calls.
    pub unit: Counted,
    /// Where the figure comes from.
    pub source: Option<Arc<str>>,
}

/// A campaign ready to plan.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// Its name; the salt of `slow`.
    pub name: Name,
    /// Its title in quotes.
    pub title: Option<Arc<str>>,
    /// Its doc comment.
    pub doc: Option<Arc<str>>,
    /// Where its name stands.
    pub name_span: Span,
    /// The platform it goes out on.
    pub platform: Arc<Platform>,
    /// The tier of the sender.
    pub tier: Option<Name>,
    /// Its audience.
    pub audience: Condition,
    /// Segments and lists that are left out, in order.
    pub exclude: Vec<(Name, Exclusion)>,
    /// What is said.
    pub message: Option<Message>,
    /// The first start.
    pub start: Option<Moment>,
    /// No batch starts later.
    pub until: Option<Moment>,
    /// Allowed hours.
    pub window: Option<Window>,
    /// `prefer` conditions in order.
    pub prefer: Vec<Condition>,
    /// `order by` keys.
    pub order: Vec<SortKey>,
    /// `defer` conditions.
    pub defer: Vec<Condition>,
    /// `over limit keep` keys; `None` without the clause.
    pub keep: Option<Vec<SortKey>>,
    /// `batch 2500 every 15min`
    pub batch: Option<Batch>,
    /// `sends 3`
    pub sends: Option<u64>,
    /// `rotate region by province every 30min`
    pub rotate: Option<Rotation>,
    /// `slow` conditions with the share still sent to.
    pub slow: Vec<Slow>,
    /// `at most 2 messages per 7d per recipient`
    pub at_most: Vec<FrequencyCap>,
    /// `split treatment 90%, control 10%`
    pub split: Option<Split>,
    /// `budget 500.00 CNY`
    pub budget: Option<(Number, Arc<str>)>,
    /// Every field read by any clause.
    pub reads: BTreeSet<FieldId>,
    /// The fields that its clauses name themselves.
    pub own_reads: BTreeSet<FieldId>,
    /// Every list and parameter named in any clause.
    pub uses: Uses,
}

/// A segment or list whose people get nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum Exclusion {
    /// Members of a segment.
    Segment(SegmentId),
    /// Ids in a list.
    List(Name),
}

/// What people are sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// A field (missing last) or a condition (true first).
    pub by: SortBy,
    /// Highest first.
    pub is_descending: bool,
}

/// The kinds of sort keys.
#[derive(Clone, Debug, PartialEq)]
pub enum SortBy {
    /// A cell's value: numbers, dates, texts by code point.
    Field(FieldId),
    /// A computed number.
    Quantity(Quantity),
    /// Those for whom it is true come first.
    Condition(Condition),
}

/// Whom `slow` slows, with the share of them still sent to.
#[derive(Clone, Debug)]
pub struct Slow {
    /// Whom.
    pub condition: Condition,
    /// How many of them go through.
    pub share: Share,
}

/// The size of a batch and the time from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// People a batch.
    pub size: u64,
    /// From one start to the next; none lets batches follow at once.
    pub every: Option<Duration>,
}

/// Allowed hours `[from, to)`, in minutes after midnight; `to <= from` crosses midnight.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// 0..=1440
    pub from_minute: u32,
    /// 0..=1440
    pub to_minute: u32,
    /// The field with the recipient's zone.
    pub local: Option<FieldId>,
    /// The zone of people whose field names none.
    pub fallback: Option<Arc<str>>,
}

/// One group of people after another.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    /// A region field.
    pub field: FieldId,
    /// The level people are grouped at.
    pub level: Arc<str>,
    /// Between the starts of two groups.
    pub every: Duration,
}

/// How often a person may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrequencyCap {
    /// Messages.
    pub count: u64,
    /// In what: days or a month.
    pub per: Per,
    /// The days ending now rather than calendar days.
    pub is_rolling: bool,
}

/// How people are split into arms.
#[derive(Clone, Debug)]
pub struct Split {
    /// Exact counts by hash rank rather than shares by hash.
    pub is_exact: bool,
    /// The arms in order; their shares add up to 100 %.
    pub arms: Vec<Arm>,
    /// What keeps splits independent.
    pub salt: Arc<str>,
}

/// One arm of a split.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its name.
    pub name: Name,
    /// Its share.
    pub share: Share,
    /// Nobody in it is sent anything.
    pub is_control: bool,
}
