//! Finds every place in what was parsed: to move it when text before it grows or shrinks, or to leave
//! places out of a comparison.
//!
//! Invariants: every field of every node is named here, so that a new one cannot be forgotten.

use super::*;
use crate::diag::{Diagnostic, Edit, Fix, Label};
use crate::source::SourceId;
use crate::value::{Date, Duration, Number, Period};

/// Something with places in a text.
pub(in crate::syntax) trait Placed {
    /// Shows every place.
    fn places(&mut self, visit: &mut impl FnMut(&mut Span));

    /// Moves every place by so many bytes.
    fn shift(&mut self, by: i64) {
        self.places(&mut |span| {
            span.start = moved(span.start, by);
            span.end = moved(span.end, by);
        });
    }
}

/// A place so many bytes or entries further.
pub(in crate::syntax) fn moved(at: u32, by: i64) -> u32 {
    u32::try_from(i64::from(at) + by).unwrap_or(u32::MAX)
}

impl Item {
    /// The same without places: what it says, wherever it says it.
    pub fn without_places(&self) -> Item {
        let mut item = self.clone();
        item.places(&mut |span| *span = Span::new(SourceId(0), 0, 0));
        item
    }
}

impl Placed for Span {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        visit(self);
    }
}

impl<T: Placed> Placed for Option<T> {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        self.iter_mut().for_each(|inner| inner.places(visit));
    }
}

impl<T: Placed> Placed for Vec<T> {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        self.iter_mut().for_each(|inner| inner.places(visit));
    }
}

impl Placed for Parts {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        match self {
            Parts::One(part) => part.places(visit),
            Parts::Many(parts) => parts.iter_mut().for_each(|part| part.places(visit)),
        }
    }
}

impl<T: Placed> Placed for Box<T> {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        (**self).places(visit);
    }
}

impl<T> Placed for Given<T> {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        match self {
            Given::Written(_, span) => span.places(visit),
            Given::Param(path) => path.places(visit),
        }
    }
}

/// What has no place.
macro_rules! still {
    ($($kind:ty),+ $(,)?) => {
        $(impl Placed for $kind {
            fn places(&mut self, _: &mut impl FnMut(&mut Span)) {}
        })+
    };
}

/// Structs by all their fields; those after the bar have no place.
macro_rules! structs {
    ($($name:ident { $($field:ident),+ $(| $($plain:ident),+)? })+) => {
        $(impl Placed for $name {
            fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
                let Self { $($field),+ $(, $($plain: _),+)? } = self;
                $($field.places(visit);)+
            }
        })+
    };
}

/// Enums by all their variants.
macro_rules! enums {
    ($($name:ident {
        $($variant:ident $(($($part:ident),+))? $({$($field:ident),+})?),+ $(,)?
    })+) => {
        $(impl Placed for $name {
            fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
                match self {
                    $(Self::$variant $(($($part),+))? $({$($field),+})? => {
                        $($($part.places(visit);)+)?
                        $($($field.places(visit);)+)?
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

impl Placed for ClauseKind {
    fn places(&mut self, visit: &mut impl FnMut(&mut Span)) {
        match self {
            ClauseKind::Platform {
                name,
                profile,
                tier,
            } => {
                name.places(visit);
                profile.places(visit);
                tier.places(visit);
            }
            ClauseKind::Audience(condition) | ClauseKind::Defer(condition) => {
                condition.places(visit)
            }
            ClauseKind::Exclude(paths) | ClauseKind::Forbid(paths) => paths.places(visit),
            ClauseKind::Message { kind, parts } => {
                kind.places(visit);
                parts.places(visit);
            }
            ClauseKind::Start(time) | ClauseKind::Until(time) => time.places(visit),
            ClauseKind::Window {
                from_minute: _,
                to_minute: _,
                local,
                fallback,
            } => {
                local.places(visit);
                fallback.places(visit);
            }
            ClauseKind::Order(keys) | ClauseKind::OverLimit(keys) => keys.places(visit),
            ClauseKind::Prefer(conditions) => conditions.places(visit),
            ClauseKind::Batch { size: _, every: _ } | ClauseKind::Sends(_) => {}
            ClauseKind::Rotate {
                field,
                level,
                every: _,
            } => {
                field.places(visit);
                level.places(visit);
            }
            ClauseKind::Slow {
                condition,
                percent: _,
            } => condition.places(visit),
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
                arms.places(visit);
                salt.places(visit);
            }
            ClauseKind::Budget {
                amount: _,
                currency,
            } => currency.places(visit),
        }
    }
}
