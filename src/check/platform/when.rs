//! Turns `when images >= 5` into a condition on a message.

use super::entries::bad;
use crate::check::sending::{MessageCondition, MessageCount};
use crate::diag::Diagnostic;
use crate::say;
use crate::source::Span;
use crate::syntax::ast::{Comparison, Expr, ExprKind, LiteralKind, Range, Set};

const COUNTS: [(&str, MessageCount); 5] = [
    ("images", MessageCount::Images),
    ("attachments", MessageCount::Attachments),
    ("links", MessageCount::Links),
    ("internal_links", MessageCount::InternalLinks),
    ("external_links", MessageCount::ExternalLinks),
];

/// The condition; says what is wrong with it.
pub(super) fn condition(expr: &Expr, wrong: &mut Vec<Diagnostic>) -> Option<MessageCondition> {
    let mut all = |of: &[Expr]| -> Option<Vec<MessageCondition>> {
        of.iter().map(|each| condition(each, wrong)).collect()
    };
    match &expr.kind {
        ExprKind::And(of) => all(of).map(MessageCondition::All),
        ExprKind::Or(of) => all(of).map(MessageCondition::Any),
        ExprKind::Group(inner) => condition(inner, wrong),
        ExprKind::Not(inner) => {
            condition(inner, wrong).map(|inner| MessageCondition::Not(Box::new(inner)))
        }
        ExprKind::Compare {
            left,
            operator,
            right,
            ..
        } => compared(left, *operator, right).or_else(|| unclear(expr.span, wrong)),
        ExprKind::In {
            subject,
            negated,
            set: Set::Range(range),
        } => within(subject, *negated, range).or_else(|| unclear(expr.span, wrong)),
        _ => unclear(expr.span, wrong),
    }
}

fn compared(left: &Expr, operator: Comparison, right: &Expr) -> Option<MessageCondition> {
    let (what, number) = (count(left)?, whole(right)?);
    let between = |from, to| MessageCondition::Between(what, from, to);
    // Nothing is below 0: an empty stretch says so.
    let below = |number: u64| match number.checked_sub(1) {
        Some(to) => between(0, to),
        None => between(1, 0),
    };
    Some(match operator {
        Comparison::Equal => between(number, number),
        Comparison::NotEqual => MessageCondition::Not(Box::new(between(number, number))),
        Comparison::Less => below(number),
        Comparison::LessOrEqual => between(0, number),
        Comparison::Greater => between(number.saturating_add(1), u64::MAX),
        Comparison::GreaterOrEqual => between(number, u64::MAX),
    })
}

fn within(subject: &Expr, negated: bool, range: &Range) -> Option<MessageCondition> {
    let what = count(subject)?;
    let from = match &range.from {
        Some(from) => whole(from)?,
        None => 0,
    };
    let to = match &range.to {
        Some(to) if range.includes_end => whole(to)?,
        Some(to) => whole(to)?.checked_sub(1)?,
        None => u64::MAX,
    };
    let inside = MessageCondition::Between(what, from, to);
    Some(match negated {
        true => MessageCondition::Not(Box::new(inside)),
        false => inside,
    })
}

fn count(expr: &Expr) -> Option<MessageCount> {
    let ExprKind::Name(path) = &expr.kind else {
        return None;
    };
    let [ident] = &*path.parts else {
        return None;
    };
    let found = COUNTS.iter().find(|(name, _)| **name == *ident.text);
    found.map(|(_, count)| *count)
}

fn whole(expr: &Expr) -> Option<u64> {
    let ExprKind::Literal(literal) = &expr.kind else {
        return None;
    };
    match &literal.kind {
        LiteralKind::Number(number) => number.at_scale(0).and_then(|n| u64::try_from(n).ok()),
        _ => None,
    }
}

fn unclear(span: Span, wrong: &mut Vec<Diagnostic>) -> Option<MessageCondition> {
    let names: Vec<&str> = COUNTS.iter().map(|(name, _)| *name).collect();
    let names = names.join(", ");
    wrong.push(bad(
        span,
        say!("not a condition on a message", "不是关于消息的条件"),
        say!("compare {names} with a number", "请把 {names} 与数字比较"),
    ));
    None
}
