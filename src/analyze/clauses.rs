//! Clauses that change nothing, and clauses that exclude each other.

use super::findings::Finder;
use crate::check::typed::{Condition, ConditionKind, Question, RuleSet};
use crate::dag::NodeId;
use crate::diag::{Code, Diagnostic, Edit, Phrase};
use crate::name::{FieldId, SegmentId};
use crate::say;
use crate::source::Span;
use std::collections::BTreeSet;

/// More clauses side by side are not compared with each other.
const MOST_CLAUSES: usize = 100;

/// Pairs of clauses are looked at up to this many clauses.
const MOST_PAIRED: usize = 12;

/// Tells every clause of a segment that its siblings imply (or, between `or`, cover).
pub(super) fn redundant(finder: &mut Finder, of: SegmentId, condition: &Condition) {
    let mut lists: Vec<(&Condition, &[Condition], bool)> = Vec::new();
    condition.visit(&mut |part| match &part.kind {
        ConditionKind::And(parts) => lists.push((part, parts, true)),
        ConditionKind::Or(parts) => lists.push((part, parts, false)),
        ConditionKind::Not(_)
        | ConditionKind::Count { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::Ask(_) => {}
    });
    for (whole, parts, is_and) in lists {
        if parts.len() <= MOST_CLAUSES && are_written(whole, parts) {
            redundant_among(finder, of, parts, is_and);
        }
    }
}

/// Whether the parts are clauses that stand in the text, each in its own place.
fn are_written(whole: &Condition, parts: &[Condition]) -> bool {
    let is_distinct = |pair: &[Condition]| match pair {
        [left, right] => left.span != right.span,
        _ => true,
    };
    parts.iter().all(|part| part.span != whole.span) && parts.windows(2).all(is_distinct)
}

fn redundant_among(finder: &mut Finder, of: SegmentId, parts: &[Condition], is_and: bool) {
    let mut left: Vec<(NodeId, Span)> = Vec::with_capacity(parts.len());
    for part in parts {
        let node = finder.prover.node(part);
        // In a list joined by `or`, clauses and their complements change roles.
        let node = if is_and {
            node
        } else {
            finder.prover.dag.not(node)
        };
        left.push((node, part.span));
    }
    // From the end, so that of two clauses that say the same the later one is told.
    for at in (0..parts.len()).rev() {
        if left.len() < 2 {
            return;
        }
        let Some(&(clause, span)) = left.get(at) else {
            continue;
        };
        // `x != v or x is missing` says that those without a value are meant.
        if !is_and && parts.get(at).is_some_and(asks_for_missing) {
            continue;
        }
        let dag = &mut finder.prover.dag;
        let opposite = dag.not(clause);
        let others = left.iter().enumerate().filter(|(index, _)| *index != at);
        let others: Vec<(NodeId, Span)> = others.map(|(_, other)| *other).collect();
        let broken = dag.and(others.iter().map(|(node, _)| *node).chain([opposite]));
        if finder.is_nobody(of, broken) {
            let reason = reason(finder, of, opposite, &others);
            tell(finder, span, reason, is_and, without(parts, at));
            left.remove(at);
        }
    }
}

fn asks_for_missing(part: &Condition) -> bool {
    matches!(&part.kind, ConditionKind::Ask(Question::Missing(_)))
}

/// What is deleted so that a clause is left out: it, and the word that joins it to a neighbour.
fn without(parts: &[Condition], at: usize) -> Option<Span> {
    let span = |at: usize| parts.get(at).map(|part| part.span);
    let this = span(at)?;
    let (start, end) = match at.checked_sub(1) {
        Some(before) => (span(before)?.end, this.end),
        None => (this.start, span(at + 1)?.start),
    };
    let source = this.source;
    (start <= end).then_some(Span { source, start, end })
}

/// The one sibling that suffices, if one does.
fn reason(
    finder: &mut Finder,
    of: SegmentId,
    opposite: NodeId,
    others: &[(NodeId, Span)],
) -> Option<Span> {
    others.iter().take(MOST_PAIRED).find_map(|(node, span)| {
        let both = finder.prover.dag.and([*node, opposite]);
        finder.is_nobody(of, both).then_some(*span)
    })
}

fn tell(
    finder: &mut Finder,
    clause: Span,
    reason: Option<Span>,
    is_and: bool,
    without: Option<Span>,
) {
    let (label, also): (Phrase, Phrase) = if is_and {
        (
            say!("true whenever the rest is", "其余条件成立时必然成立"),
            say!("because of this", "由此推出"),
        )
    } else {
        (
            say!("the rest has them all", "其余条件已全部包含"),
            say!("here", "在此"),
        )
    };
    let mut diagnostic = Diagnostic::new(
        Code::RedundantClause,
        clause,
        say!("this clause changes nothing", "这个条件没有作用"),
    )
    .label(label)
    .help(say!("leave it out, or correct it", "请去掉它，或改正它"));
    if let Some(reason) = reason {
        diagnostic = diagnostic.also(reason, also);
    }
    if let Some(span) = without {
        let text = String::new();
        let title = say!("leave it out", "去掉它");
        diagnostic = diagnostic.unsafe_fix(title, vec![Edit { span, text }]);
    }
    finder.diagnostics.push(diagnostic);
}

/// The clauses that make a segment empty: one alone, or two that exclude each other.
pub(super) fn conflict(
    finder: &mut Finder,
    of: SegmentId,
    condition: &Condition,
) -> Vec<(Span, Phrase)> {
    let ConditionKind::And(parts) = &condition.kind else {
        return Vec::new();
    };
    if parts.len() > MOST_PAIRED || !are_written(condition, parts) {
        return Vec::new();
    }
    let nodes: Vec<(NodeId, Span)> = parts
        .iter()
        .map(|part| (finder.prover.node(part), part.span))
        .collect();
    for (node, span) in &nodes {
        if finder.is_nobody(of, *node) {
            return vec![(*span, say!("never true", "不可能成立"))];
        }
    }
    let reaches = parts
        .iter()
        .map(|part| Reach::of(finder.prover.rules, part));
    let clauses: Vec<((NodeId, Span), Reach)> = nodes.into_iter().zip(reaches).collect();
    for (at, ((left, left_span), left_reach)) in clauses.iter().enumerate() {
        for ((right, right_span), right_reach) in clauses.iter().skip(at + 1) {
            if left_reach.is_apart(right_reach) {
                continue;
            }
            let both = finder.prover.dag.and([*left, *right]);
            if finder.is_nobody(of, both) {
                return vec![
                    (*left_span, say!("this", "此处")),
                    (*right_span, say!("excludes this", "与此处互斥")),
                ];
            }
        }
    }
    Vec::new()
}

/// What the answer to a clause depends on.
struct Reach {
    fields: BTreeSet<FieldId>,
    /// Samples depend on the id and on each other.
    has_sample: bool,
}

impl Reach {
    fn of(rules: &RuleSet, clause: &Condition) -> Reach {
        let mut reach = Reach {
            fields: clause.own_fields(),
            has_sample: false,
        };
        clause.visit(&mut |part| reach.add(rules, part));
        reach
    }

    fn add(&mut self, rules: &RuleSet, part: &Condition) {
        match &part.kind {
            ConditionKind::Ask(Question::Sample { .. }) => self.has_sample = true,
            ConditionKind::Segment(id) => {
                let inner = rules.segment(*id);
                self.fields
                    .extend(inner.iter().flat_map(|each| &each.reads));
                // Whether there is a sample in it is not worth a walk.
                self.has_sample = true;
            }
            ConditionKind::And(_)
            | ConditionKind::Or(_)
            | ConditionKind::Not(_)
            | ConditionKind::Count { .. }
            | ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Ask(_) => {}
        }
    }

    /// Whether two clauses depend on nothing that both look at: if each can hold, both can together.
    fn is_apart(&self, other: &Reach) -> bool {
        !self.has_sample && !other.has_sample && self.fields.is_disjoint(&other.fields)
    }
}
