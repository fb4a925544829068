//! `platform` and `campaign` items as written.

use super::{Expr, Ident, Literal, Path, Text};
use crate::source::Span;
use crate::value::{Duration, Number};
use std::sync::Arc;

/// `platform wecom "企业微信" profile documented { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformItem {
    /// The name.
    pub name: Ident,
    /// The title in quotes.
    pub title: Option<Text>,
    /// `profile documented`: another set of figures for the same platform.
    pub profile: Option<Ident>,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// What is said about it.
    pub entries: Vec<PlatformEntry>,
    /// The whole item.
    pub span: Span,
}

/// One statement about a platform, a tier or a message type; any may end in `source "…"`.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformEntry {
    /// Which.
    pub kind: PlatformEntryKind,
    /// `source "…"` at the end of the statement.
    pub source: Option<Text>,
    /// Where.
    pub span: Span,
}

/// The statements of a platform.
#[derive(Clone, Debug, PartialEq)]
pub enum PlatformEntryKind {
    /// `cap 10000 recipients per send`
    Cap(CapEntry),
    /// `tier basic { … }`
    Tier {
        /// The tier's name.
        name: Ident,
        /// What holds for it instead.
        entries: Vec<PlatformEntry>,
    },
    /// `message text { … }`
    Message {
        /// The message type's name.
        kind: Ident,
        /// Its limits.
        entries: Vec<PlatformEntry>,
    },
    /// `length 2048 chars`
    Length {
        /// How much; `None` for `none` or `unknown`.
        limit: Amount,
        /// `chars`, `bytes`, `utf16`, `sms`, `sms_cn` as written.
        unit: Ident,
    },
    /// `images 10`, `attachments 0`
    Images(Amount, ImageKind),
    /// `links external 1`
    Links {
        /// `internal`, `external` as written.
        kind: Ident,
        /// How many.
        limit: Amount,
    },
    /// `account required`
    AccountRequired,
    /// `cost 5.00 CNY per 1000`, `cost 0.06 CNY per message`
    Cost {
        /// The price.
        amount: Number,
        /// `CNY`
        currency: Ident,
        /// How many of the unit one price buys.
        per_count: u64,
        /// `messages`, `segments`, `recipients`; `messages` when only a count is written.
        per_unit: Option<Ident>,
    },
    /// `arrives 10min`, `arrives 3s..5s`, `arrives 0s`
    Arrives(Duration, Option<Duration>),
    /// `converts 3.5%`
    Converts(Number),
    /// `zone "Asia/Shanghai"`
    Zone(Text),
    /// `source "the brief, 2026-11-22"` for the whole block.
    Source(Text),
    /// `api none`: messages are handed over by people.
    ApiNone,
}

/// Which countable thing an `images`-like limit counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageKind {
    /// `images`
    Images,
    /// `attachments`
    Attachments,
}

/// A number, explicitly no limit, or not known: three different things.
#[derive(Clone, Debug, PartialEq)]
pub enum Amount {
    /// `10000`
    Number(u64),
    /// `50%`
    Percent(Number),
    /// `none`
    None,
    /// `unknown`
    Unknown,
}

/// `cap 5 sends per day rolling when images >= 5 on excess drop`
#[derive(Clone, Debug, PartialEq)]
pub struct CapEntry {
    /// How many.
    pub amount: Amount,
    /// Where the amount stands.
    pub amount_span: Span,
    /// `recipients`, `sends`, `calls`, `messages`, `segments` as written.
    pub counted: Ident,
    /// `send`, `call`, `second` … or a number of days.
    pub per: CapPer,
    /// `per recipient`
    pub per_recipient: bool,
    /// `rolling`
    pub rolling: bool,
    /// `when images >= 5`: a condition on the message.
    pub when: Option<Expr>,
    /// `on excess drop`: the word as written.
    pub on_excess: Option<Ident>,
}

/// What a cap counts per.
#[derive(Clone, Debug, PartialEq)]
pub enum CapPer {
    /// `send`, `call`, `second`, `minute`, `hour`, `day`, `month`
    Word(Ident),
    /// `7d`
    Duration(Duration, Span),
}

/// `campaign spring_course { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignItem {
    /// The name.
    pub name: Ident,
    /// The title in quotes.
    pub title: Option<Text>,
    /// The doc comment above it.
    pub doc: Option<Arc<str>>,
    /// Its clauses in order.
    pub clauses: Vec<CampaignClause>,
    /// The whole item.
    pub span: Span,
}

/// One clause of a campaign.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignClause {
    /// Which.
    pub kind: ClauseKind,
    /// Where.
    pub span: Span,
}

/// The clauses of section 8.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `platform wecom profile documented tier certified`
    Platform {
        /// Which platform.
        name: Ident,
        /// Which figures.
        profile: Option<Ident>,
        /// Which tier.
        tier: Option<Ident>,
    },
    /// `audience beijing_students and 活跃`
    Audience(Expr),
    /// `exclude zombies, staff`: segments or lists by name.
    Exclude(Vec<Path>),
    /// `message article { … }`
    Message {
        /// The message type.
        kind: Ident,
        /// What it says.
        parts: Vec<MessagePart>,
    },
    /// `forbid sensitive_words`
    Forbid(Vec<Path>),
    /// `start 2026-11-23T09:00`
    Start(Literal),
    /// `until 2026-11-30`
    Until(Literal),
    /// `window 09:00..21:00 local zone_field or "Asia/Shanghai"`
    Window {
        /// Minutes after midnight, included.
        from_minute: u32,
        /// Minutes after midnight, excluded.
        to_minute: u32,
        /// `local FIELD`: the recipient's zone.
        local: Option<Path>,
        /// `or "Asia/Shanghai"`: the zone of those whose field is missing or no zone.
        fallback: Option<Text>,
    },
    /// `order by last_active desc, spend`
    Order(Vec<SortKey>),
    /// `prefer network in ("4g", "5g"), vip`
    Prefer(Vec<Expr>),
    /// `defer not (last_active within 90d)`
    Defer(Expr),
    /// `over limit keep COND, spend desc`
    OverLimit(Vec<SortKey>),
    /// `batch 2500 every 15min`
    Batch {
        /// People a batch, when given.
        size: u64,
        /// Time from one start to the next.
        every: Option<Duration>,
    },
    /// `sends 3`
    Sends(u64),
    /// `rotate region by province every 30min`
    Rotate {
        /// The region field.
        field: Path,
        /// `province`, `city`, …
        level: Ident,
        /// Time between two groups' starts.
        every: Duration,
    },
    /// `slow device_year < 2020 to 50%`
    Slow {
        /// Whom.
        condition: Expr,
        /// How many of them are still sent to, in per cent.
        percent: Number,
    },
    /// `at most 2 messages per 7d per recipient`
    AtMost {
        /// How many.
        count: u64,
        /// In how long.
        per: Duration,
        /// `rolling`
        rolling: bool,
    },
    /// `split exact treatment 90%, control 10% salt "spring"`
    Split {
        /// `exact`
        exact: bool,
        /// The arms in order.
        arms: Vec<SplitArm>,
        /// The salt.
        salt: Option<Text>,
    },
    /// `budget 500.00 CNY`
    Budget {
        /// How much.
        amount: Number,
        /// Of what.
        currency: Ident,
    },
}

/// `treatment 90%`
#[derive(Clone, Debug, PartialEq)]
pub struct SplitArm {
    /// The arm's name; `control` is held out.
    pub name: Ident,
    /// Its share in per cent.
    pub percent: Number,
    /// Where.
    pub span: Span,
}

/// `spend desc`, or a condition (those for whom it is true come first).
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What is sorted by.
    pub key: Expr,
    /// `desc`
    pub descending: bool,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePart {
    /// Which.
    pub kind: MessagePartKind,
    /// Where.
    pub span: Span,
}

/// The parts of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum MessagePartKind {
    /// `text "…"`
    Text(Text),
    /// `subject "…"`, `title "…"`: another text by its name.
    Field(Ident, Text),
    /// `images 5`
    Images(u64),
    /// `attachments 1`
    Attachments(u64),
    /// `links internal "pages/course"`: one entry a link.
    Link {
        /// `internal`, `external` as written.
        kind: Ident,
        /// Where it goes.
        target: Text,
    },
    /// `account "学习中心"`
    Account(Text),
}
