//! Turns the cases of tests into what they say of every clause: whether it was seen to hold and not to
//! hold, and whether the answer of the case hung on it.
//!
//! A case hangs on a clause when, were the clause otherwise, the answer would be: then a mistake in the
//! clause would have made the case fail. A clause is *covered* one way when it was so in a case that hung
//! on it; a clause of a segment that another one names counts through the other's cases too.
//!
//! Invariants: answers are those of row evaluation; a quarantined contact says nothing of any clause.

use super::{case_cells, case_id, test_clock};
use crate::check::clause::{Joint, Shape};
use crate::check::typed::{Condition, ConditionKind, RuleSet};
use crate::diag::Phrase;
use crate::eval::row::{Contact, RowEvaluator, Verdict, is_quarantined};
use crate::name::SegmentId;
use crate::source::Span;
use crate::value::Clock;
use std::collections::BTreeMap;

/// In how many cases something held and did not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Cases in which it held.
    pub holds: u64,
    /// Cases in which it did not.
    pub fails: u64,
}

impl Sides {
    /// The cases of one side.
    pub fn of(&self, holds: bool) -> u64 {
        if holds { self.holds } else { self.fails }
    }

    fn count(&mut self, holds: bool) {
        let side = if holds {
            &mut self.holds
        } else {
            &mut self.fails
        };
        *side += 1;
    }
}

/// What tests say of one clause.
#[derive(Clone, Debug)]
pub struct ClauseCoverage {
    /// Where it is written.
    pub span: Span,
    /// How it stands beside its neighbours.
    pub joint: Joint,
    /// The clause it is a part of.
    pub parent: Option<usize>,
    /// Whether it has parts of its own.
    pub is_group: bool,
    /// Cases that looked at it.
    pub seen: Sides,
    /// Of these: cases where the group around it hung on it.
    pub beside: Sides,
    /// Of these: cases whose answer hung on it.
    pub decided: Sides,
}

/// What tests say of one segment.
#[derive(Clone, Debug)]
pub struct SegmentCoverage {
    /// Which.
    pub segment: SegmentId,
    /// Cases that looked at it, through other segments included.
    pub cases: u64,
    /// Its clauses, as `Condition::clauses` lists them.
    pub clauses: Vec<ClauseCoverage>,
}

/// What tests say of every segment.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// By [`SegmentId`].
    pub segments: Vec<SegmentCoverage>,
}

/// What every case of the rules' tests says of every clause.
///
/// # Errors
/// A test names a zone that does not exist.
pub fn coverage(rules: &RuleSet, clock: &Clock) -> Result<Coverage, Phrase> {
    let mut coverage = Coverage::new(rules);
    for test in &rules.tests {
        let clock = test_clock(test, clock)?;
        for case in &test.cases {
            let cells = case_cells(rules, case, &clock);
            let id = case_id(rules, &cells);
            let contact = Contact {
                id: &id,
                cells: &cells,
            };
            coverage.add(rules, &clock, case.segment, contact);
        }
    }
    Ok(coverage)
}

impl Coverage {
    /// Nothing seen yet.
    pub fn new(rules: &RuleSet) -> Coverage {
        let segments = rules.segments.iter().enumerate();
        let segments = segments.map(|(index, segment)| SegmentCoverage {
            segment: SegmentId::from_index(index),
            cases: 0,
            clauses: segment
                .condition
                .clauses()
                .into_iter()
                .map(|clause| ClauseCoverage {
                    span: clause.condition.span,
                    joint: clause.joint,
                    parent: clause.parent,
                    is_group: clause.is_group,
                    seen: Sides::default(),
                    beside: Sides::default(),
                    decided: Sides::default(),
                })
                .collect(),
        });
        Coverage {
            segments: segments.collect(),
        }
    }

    /// Adds what one contact says, asked about one segment.
    pub fn add(&mut self, rules: &RuleSet, clock: &Clock, asked: SegmentId, contact: Contact) {
        let is_out = rules
            .segment(asked)
            .is_none_or(|segment| is_quarantined(&segment.reads, &contact));
        if is_out {
            return;
        }
        let answers = Answers::new(rules, clock, asked, contact);
        for (&segment, (condition, verdict)) in &answers.verdicts {
            let decides = segment == asked || answers.hangs_on(segment, asked);
            if let Some(coverage) = self.segments.get_mut(segment.index()) {
                coverage.cases += 1;
                let mut clauses = coverage.clauses.iter_mut();
                let above = Above {
                    is_beside: true,
                    decides,
                };
                record(condition, verdict, above, &mut clauses);
            }
        }
    }
}

/// What is known of the place of a clause.
#[derive(Clone, Copy)]
struct Above {
    /// The group around it hangs on it.
    is_beside: bool,
    /// The answer of the case does.
    decides: bool,
}

/// Records a condition and its parts, in the order of `Condition::clauses`.
fn record<'c>(
    condition: &Condition,
    verdict: &Verdict,
    above: Above,
    clauses: &mut impl Iterator<Item = &'c mut ClauseCoverage>,
) {
    let shape = condition.shape();
    if matches!(shape, Shape::Single | Shape::Group)
        && let Some(clause) = clauses.next()
    {
        clause.seen.count(verdict.is_in);
        if above.is_beside {
            clause.beside.count(verdict.is_in);
        }
        if above.decides {
            clause.decided.count(verdict.is_in);
        }
    }
    if matches!(shape, Shape::Single | Shape::Fixed) {
        return;
    }
    let (_, parts) = condition.joined();
    for (part, answer) in parts.iter().zip(&verdict.parts) {
        let inner = match shape {
            Shape::Through => above,
            _ => Above {
                is_beside: answer.is_deciding,
                decides: answer.is_deciding && above.decides,
            },
        };
        record(part, answer, inner, clauses);
    }
}

/// The answers about one contact of a segment and all that it names.
struct Answers<'r> {
    /// Segments come after those they name.
    verdicts: BTreeMap<SegmentId, (&'r Condition, Verdict)>,
}

impl<'r> Answers<'r> {
    fn new(rules: &'r RuleSet, clock: &Clock, asked: SegmentId, contact: Contact) -> Answers<'r> {
        let mut evaluator = RowEvaluator::new(rules, clock, contact);
        let mut verdicts = BTreeMap::new();
        let mut open = vec![asked];
        while let Some(id) = open.pop() {
            if let Some(segment) = rules.segment(id)
                && !verdicts.contains_key(&id)
            {
                let verdict = evaluator.verdict(&segment.condition);
                verdicts.insert(id, (&segment.condition, verdict));
                open.extend(segment.condition.segments());
            }
        }
        Answers { verdicts }
    }

    /// Whether the answer of `asked` would change were the answer of `segment` otherwise, wherever it
    /// is named.
    fn hangs_on(&self, segment: SegmentId, asked: SegmentId) -> bool {
        // Those whose answer changes with it.
        let mut changed = BTreeMap::from([(segment, true)]);
        for (&id, (condition, verdict)) in self.verdicts.range(segment..).skip(1) {
            let is_in = otherwise(condition, verdict, &changed);
            changed.insert(id, is_in != verdict.is_in);
        }
        changed.get(&asked).copied().unwrap_or(false)
    }
}

/// The answer of a condition when the answers of some segments are turned around.
fn otherwise(
    condition: &Condition,
    verdict: &Verdict,
    changed: &BTreeMap<SegmentId, bool>,
) -> bool {
    let (_, parts) = condition.joined();
    let mut parts = parts
        .iter()
        .zip(&verdict.parts)
        .map(|(part, answer)| otherwise(part, answer, changed));
    match &condition.kind {
        ConditionKind::Segment(id) => verdict.is_in != changed.get(id).copied().unwrap_or(false),
        ConditionKind::Not(_) => !parts.any(|is_in| is_in),
        ConditionKind::And(_) => parts.all(|is_in| is_in),
        ConditionKind::Or(_) => parts.any(|is_in| is_in),
        ConditionKind::Count {
            relation, count, ..
        } => {
            let holding = parts.filter(|is_in| *is_in).count();
            crate::eval::row::counts(*relation, *count as usize, holding)
        }
        ConditionKind::Ask(_) | ConditionKind::Everyone | ConditionKind::Nobody => verdict.is_in,
    }
}
