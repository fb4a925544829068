//! Moves what was parsed to where its text stands after text before it has grown or shrunk.
//!
//! Invariants: every field of every node is named here, so that a new one cannot be forgotten.

use super::*;
use crate::diag::{Diagnostic, Edit, Fix, Label};
use crate::value::{Date, Duration, Number, Period};

/// Something with places in a text.
pub(in crate::syntax) trait Moved {
    /// Moves every place by so many bytes.
    fn shift(&mut self, by: i64);
}

impl Moved for u32 {
    fn shift(&mut self, by: i64) {
        *self = u32::try_from(i64::from(*self) + by).unwrap_or(u32::MAX);
    }
}

impl Moved for Span {
    fn shift(&mut self, by: i64) {
        self.start.shift(by);
        self.end.shift(by);
    }
}

impl<T: Moved> Moved for Option<T> {
    fn shift(&mut self, by: i64) {
        self.iter_mut().for_each(|inner| inner.shift(by));
    }
}

impl<T: Moved> Moved for Vec<T> {
    fn shift(&mut self, by: i64) {
        self.iter_mut().for_each(|inner| inner.shift(by));
    }
}

impl<T: Moved> Moved for Box<T> {
    fn shift(&mut self, by: i64) {
        (**self).shift(by);
    }
}

impl<T> Moved for Given<T> {
    fn shift(&mut self, by: i64) {
        match self {
            Given::Written(_, span) => span.shift(by),
            Given::Param(path) => path.shift(by),
        }
    }
}

/// What has no place.
macro_rules! still {
    ($($kind:ty),+ $(,)?) => {
        $(impl Moved for $kind {
            fn shift(&mut self, _: i64) {}
        })+
    };
}

/// Structs by all their fields; those after the bar have no place.
macro_rules! structs {
    ($($name:ident { $($field:ident),+ $(| $($plain:ident),+)? })+) => {
        $(impl Moved for $name {
            fn shift(&mut self, by: i64) {
                let Self { $($field),+ $(, $($plain: _),+)? } = self;
                $($field.shift(by);)+
            }
        })+
    };
}

/// Enums by all their variants.
macro_rules! enums {
    ($($name:ident {
        $($variant:ident $(($($part:ident),+))? $({$($field:ident),+})?),+ $(,)?
    })+) => {
        $(impl Moved for $name {
            fn shift(&mut self, by: i64) {
                match self {
                    $(Self::$variant $(($($part),+))? $({$($field),+})? => {
                        $($($part.shift(by);)+)?
                        $($($field.shift(by);)+)?
                    })+
                }
            }
        })+
    };
}

still!(
    bool,
    u64,
    Arc<str>,
    Date,
    Duration,
    Number,
    Period,
    Comparison,
    Operator,
    Holding,
    Quantifier,
    When,
    CountRelation,
    ImageKind,
);

structs! {
    Ident { span | text, quoted }
    Path { parts, span }
    Text { span | value }
    Allow { code, span | reason }
    SchemaItem { name, fields, span }
    FieldItem { path, kind, aka, optional, missing_when, span | doc }
    TypeExpr { kind, span }
    SegmentItem { name, title, body, span | doc }
    ListItem { name, values, span | doc }
    ParamItem { name, value, span | doc }
    HierarchyItem { name, path, span }
    TestItem { title, now, zone, cases, span }
    TestCase { cells, segment, span | expected }
    TestCell { path, value, span | is_list }
    Expr { kind, span }
    Range { from, to, span | includes_end }
    Literal { span | kind }
    PlatformItem { name, title, profile, entries, span | doc }
    PlatformEntry { kind, source, span }
    CapEntry {
        amount_span, counted, per, when, on_excess | amount, per_recipient, rolling
    }
    CampaignItem { name, title, clauses, span | doc }
    CampaignClause { kind, span }
    SplitArm { name, span | percent }
    SortKey { key | descending }
    MessagePart { kind, span }
    Label { span | text }
    Edit { span | text }
    Fix { edits | title, safe }
    Diagnostic { labels, fixes | code, severity, message, help }
}

enums! {
    Item {
        Schema(item),
        Segment(item),
        List(item),
        Param(item),
        Hierarchy(item),
        Test(item),
        Platform(item),
        Campaign(item),
    }
    TypeKind {
        Bool,
        Int(range),
        Decimal { places, range },
        Float(range),
        Text { folded },
        OneOf(values),
        Date(layout),
        Datetime(layout),
        Region { from },
        Version,
        Id { row },
        List { element, separator },
        Named { name, from },
    }
    TimeLayout { Format(text), Epoch(unit) }
    ListSource { Inline(entries), File { path, column } }
    ExprKind {
        Or(of),
        And(of),
        Not(inner),
        Group(inner),
        Compare { left, operator, operator_span, right },
        In { subject, negated, set },
        Holds { subject, negated, relation, quantifier, set },
        Matches { subject, negated, pattern },
        Missing { subject, negated },
        Within { subject, negated, window, anniversary },
        When { subject, negated, relation, moment },
        Count { relation, count, conditions },
        Sample { percent, salt },
        Everyone,
        Nobody,
        Arithmetic { left, operator, right },
        Negate(inner),
        Call { function, arguments },
        Name(path),
        Literal(literal),
        Ago(path),
    }
    Set { Range(range), Inline(entries, span), Value(value) }
    SetEntry { Value(value), Range(range) }
    Pattern { Glob(text), Regex(text), Param(path) }
    Window { Last(length), Next(length, span), Ago { newer, older, span } }
    PlatformEntryKind {
        Cap(cap),
        Tier { name, entries },
        Message { kind, entries },
        Length { limit, unit },
        Images(limit, kind),
        Links { kind, limit },
        AccountRequired,
        Cost { amount, currency, per_count, per_unit },
        Arrives(from, to),
        Converts(share),
        Zone(text),
        Source(text),
        ApiNone,
    }
    Amount { Number(number), Percent(number), None, Unknown }
    CapPer { Word(word), Duration(length, span) }
    MessagePartKind {
        Text(text),
        Field(name, text),
        Images(count),
        Attachments(count),
        Link { kind, target },
        Account(text),
    }
}

impl Moved for ClauseKind {
    fn shift(&mut self, by: i64) {
        match self {
            ClauseKind::Platform {
                name,
                profile,
                tier,
            } => {
                name.shift(by);
                profile.shift(by);
                tier.shift(by);
            }
            ClauseKind::Audience(condition) | ClauseKind::Defer(condition) => condition.shift(by),
            ClauseKind::Exclude(paths) | ClauseKind::Forbid(paths) => paths.shift(by),
            ClauseKind::Message { kind, parts } => {
                kind.shift(by);
                parts.shift(by);
            }
            ClauseKind::Start(time) | ClauseKind::Until(time) => time.shift(by),
            ClauseKind::Window {
                from_minute: _,
                to_minute: _,
                local,
                fallback,
            } => {
                local.shift(by);
                fallback.shift(by);
            }
            ClauseKind::Order(keys) | ClauseKind::OverLimit(keys) => keys.shift(by),
            ClauseKind::Prefer(conditions) => conditions.shift(by),
            ClauseKind::Batch { size: _, every: _ } | ClauseKind::Sends(_) => {}
            ClauseKind::Rotate {
                field,
                level,
                every: _,
            } => {
                field.shift(by);
                level.shift(by);
            }
            ClauseKind::Slow {
                condition,
                percent: _,
            } => condition.shift(by),
            ClauseKind::AtMost {
                count: _,
                per: _,
                rolling: _,
            } => {}
            ClauseKind::Split {
                exact: _,
                arms,
                salt,
            } => {
                arms.shift(by);
                salt.shift(by);
            }
            ClauseKind::Budget {
                amount: _,
                currency,
            } => currency.shift(by),
        }
    }
}
