//! Turns one contact and a condition into in or out: the definition of meaning.
//!
//! Everything here is written to be read, not to be fast. A positive test of a missing value is
//! false; `not` is the exact complement; a contact with an invalid cell in any field that a segment
//! reads is quarantined from it, which callers ask first ([`is_quarantined`]).

use super::quantity::{amount, compares, lies_in, local_date};
use super::text::{text_passes, version_passes};
use crate::check::typed::{
    AnniversaryWindow, Condition, ConditionKind, ElementTest, Question, RuleSet, TimeBound,
    TimeRange, TimeSet,
};
use crate::name::{FieldId, SegmentId};
use crate::region::{Hierarchy, RegionCode};
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::CountRelation;
use crate::value::{
    Clock, Date, DateRange, Instant, InstantRange, Intervals, Value, float_key, fold_text,
    sample_hash,
};
use std::collections::{BTreeSet, HashMap};

/// Segments inside segments that an explanation enters; a longer chain may be longer than the
/// machine's stack is deep.
const DEEPEST_SEGMENTS: usize = 32;

/// One contact with its cells, indexed by [`FieldId`].
#[derive(Clone, Copy, Debug)]
pub struct Contact<'a> {
    /// The id, trimmed and NFC.
    pub id: &'a str,
    /// One value a field; fields past the end are missing.
    pub cells: &'a [Value],
}

impl Contact<'_> {
    /// The cell of a field.
    pub fn cell(&self, field: FieldId) -> Value {
        self.cells
            .get(field.index())
            .cloned()
            .unwrap_or(Value::Missing)
    }
}

/// The answer of one condition, with the answers of its parts in the order written.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Where the condition is written.
    pub span: Span,
    /// In or out.
    pub is_in: bool,
    /// In, out or unknown when tests of missing values count as unknown.
    pub kleene: Option<bool>,
    /// The cells a question looked at.
    pub seen: Vec<(FieldId, Value)>,
    /// The segment this condition names.
    pub segment: Option<SegmentId>,
    /// Whether the whole that this is a part of hangs on it: had this part alone the opposite answer,
    /// the whole would have the opposite answer too.
    pub is_deciding: bool,
    /// The parts.
    pub parts: Vec<Verdict>,
}

/// Whether an invalid cell in any of the fields keeps the contact out of everything that reads them.
pub fn is_quarantined(reads: &BTreeSet<FieldId>, contact: &Contact) -> bool {
    reads
        .iter()
        .any(|field| contact.cell(*field) == Value::Invalid)
}

/// Evaluates conditions of one rule set for one contact at one time.
#[derive(Debug)]
pub struct RowEvaluator<'a> {
    rules: &'a RuleSet,
    clock: &'a Clock,
    contact: Contact<'a>,
    /// Segments already decided: each is evaluated once however often it is named.
    known: HashMap<SegmentId, (bool, Option<bool>)>,
}

impl<'a> RowEvaluator<'a> {
    /// Makes an evaluator for one contact.
    pub fn new(rules: &'a RuleSet, clock: &'a Clock, contact: Contact<'a>) -> RowEvaluator<'a> {
        RowEvaluator {
            rules,
            clock,
            contact,
            known: HashMap::new(),
        }
    }

    /// Whether the contact satisfies a condition.
    pub fn is_in(&mut self, condition: &Condition) -> bool {
        self.verdict(condition).is_in
    }

    /// Whether the contact is a member of a segment, quarantine aside.
    pub fn is_member(&mut self, segment: SegmentId) -> bool {
        self.segment(segment).0
    }

    /// The answer with the answers of all parts.
    pub fn verdict(&mut self, condition: &Condition) -> Verdict {
        let mut verdict = Verdict {
            span: condition.span,
            is_in: false,
            kleene: Some(false),
            seen: Vec::new(),
            segment: None,
            is_deciding: true,
            parts: Vec::new(),
        };
        match &condition.kind {
            ConditionKind::Everyone => (verdict.is_in, verdict.kleene) = (true, Some(true)),
            ConditionKind::Nobody => {}
            ConditionKind::Ask(question) => self.ask(question, &mut verdict),
            ConditionKind::Segment(id) => {
                verdict.segment = Some(*id);
                (verdict.is_in, verdict.kleene) = match self.known.get(id) {
                    Some(known) => *known,
                    None => self.segment(*id),
                };
            }
            ConditionKind::Not(inner) => {
                let inner = self.verdict(inner);
                verdict.is_in = !inner.is_in;
                verdict.kleene = inner.kleene.map(|is_in| !is_in);
                verdict.parts = vec![inner];
            }
            ConditionKind::And(of) => {
                verdict.parts = of.iter().map(|part| self.verdict(part)).collect();
                verdict.is_in = verdict.parts.iter().all(|part| part.is_in);
                verdict.kleene = kleene_and(&verdict.parts);
            }
            ConditionKind::Or(of) => {
                verdict.parts = of.iter().map(|part| self.verdict(part)).collect();
                verdict.is_in = verdict.parts.iter().any(|part| part.is_in);
                verdict.kleene = kleene_or(&verdict.parts);
            }
            ConditionKind::Count {
                relation,
                count,
                of,
            } => {
                verdict.parts = of.iter().map(|part| self.verdict(part)).collect();
                let wanted = *count as usize;
                let holding = verdict.parts.iter().filter(|part| part.is_in).count();
                verdict.is_in = counts(*relation, wanted, holding);
                verdict.kleene = kleene_count(*relation, wanted, &verdict.parts);
            }
        }
        mark_deciding(&condition.kind, &mut verdict);
        verdict
    }

    /// The answer with the answers of all parts, where every segment that is named is entered the
    /// first time: its condition is the one part of its verdict.
    pub fn explained(&mut self, condition: &Condition) -> Verdict {
        let mut verdict = self.verdict(condition);
        self.enter(&mut verdict, &mut BTreeSet::new(), 0);
        verdict
    }

    fn enter(&mut self, verdict: &mut Verdict, seen: &mut BTreeSet<SegmentId>, depth: usize) {
        let rules = self.rules;
        if let Some(id) = verdict.segment
            && depth < DEEPEST_SEGMENTS
            && seen.insert(id)
            && let Some(segment) = rules.segment(id)
        {
            let mut inner = self.verdict(&segment.condition);
            self.enter(&mut inner, seen, depth + 1);
            verdict.parts.push(inner);
            return;
        }
        for part in &mut verdict.parts {
            self.enter(part, seen, depth);
        }
    }

    /// The answer of a segment. Segments it refers to are decided first, through a list and not by
    /// recursion: a chain of segments may be longer than the machine's stack is deep.
    fn segment(&mut self, id: SegmentId) -> (bool, Option<bool>) {
        let rules = self.rules;
        let mut waiting = vec![id];
        while let Some(&next) = waiting.last() {
            let Some(segment) = rules.segment(next) else {
                return (false, Some(false));
            };
            let open = segment.condition.segments();
            let before = waiting.len();
            waiting.extend(open.into_iter().filter(|id| !self.known.contains_key(id)));
            if waiting.len() == before {
                waiting.pop();
                if !self.known.contains_key(&next) {
                    let verdict = self.verdict(&segment.condition);
                    self.known.insert(next, (verdict.is_in, verdict.kleene));
                }
            }
        }
        self.known.get(&id).copied().unwrap_or((false, Some(false)))
    }

    fn ask(&self, question: &Question, verdict: &mut Verdict) {
        for field in question.fields() {
            verdict.seen.push((field, self.contact.cell(field)));
        }
        verdict.is_in = self.passes(question);
        verdict.kleene = self.is_known(question).then_some(verdict.is_in);
    }

    /// Whether the question is about values that are there.
    fn is_known(&self, question: &Question) -> bool {
        let cell = |field: FieldId| self.contact.cell(field);
        match question {
            Question::Missing(_) | Question::Sample { .. } => true,
            Question::Compare { left, right, .. } => {
                amount(left, self.clock, &cell).is_some()
                    && amount(right, self.clock, &cell).is_some()
            }
            Question::Within(quantity, _) => amount(quantity, self.clock, &cell).is_some(),
            Question::Number(..)
            | Question::Time(..)
            | Question::Text(..)
            | Question::Region(..)
            | Question::Version(..)
            | Question::Element(..)
            | Question::Anniversary(..)
            | Question::SameValue { .. } => question
                .fields()
                .into_iter()
                .all(|field| !matches!(cell(field), Value::Missing | Value::Invalid)),
        }
    }

    fn passes(&self, question: &Question) -> bool {
        let cell = |field: FieldId| self.contact.cell(field);
        match question {
            Question::Missing(field) => {
                matches!(cell(*field), Value::Missing | Value::Invalid)
            }
            Question::Number(field, set) => number_passes(set, &cell(*field)),
            Question::Time(field, set) => time_passes(set, &cell(*field), self.clock),
            Question::Text(field, test) => match cell(*field) {
                Value::Text(text) => text_passes(test, &text),
                _ => false,
            },
            Question::Region(field, codes) => self.region_passes(*field, codes, &cell(*field)),
            Question::Version(field, ranges) => match cell(*field) {
                Value::Version(version) => version_passes(ranges, &version),
                _ => false,
            },
            Question::Element(field, test) => match cell(*field) {
                Value::List(elements) => elements
                    .iter()
                    .any(|element| self.element_passes(*field, test, element)),
                _ => false,
            },
            Question::Anniversary(field, window) => {
                let days = match window {
                    AnniversaryWindow::Next(duration) => self.clock.anniversary_next(*duration),
                    AnniversaryWindow::Last(duration) => self.clock.anniversary_last(*duration),
                };
                local_date(&cell(*field), self.clock).is_some_and(|date| days.contains(date))
            }
            Question::SameValue {
                left,
                right,
                is_folded,
            } => same_value(&cell(*left), &cell(*right), *is_folded),
            Question::Compare {
                left,
                relation,
                right,
            } => {
                let left = amount(left, self.clock, &cell);
                let right = amount(right, self.clock, &cell);
                matches!((left, right), (Some(left), Some(right)) if compares(left, *relation, right))
            }
            Question::Within(quantity, ranges) => {
                amount(quantity, self.clock, &cell).is_some_and(|amount| lies_in(amount, ranges))
            }
            Question::Sample { share, salt } => share.admits(sample_hash(salt, self.contact.id)),
        }
    }

    fn hierarchy(&self, field: FieldId) -> Option<&Hierarchy> {
        match &self.rules.schema.field(field)?.kind {
            Type::Region { hierarchy, .. } => Some(hierarchy),
            Type::List { element, .. } => match &**element {
                Type::Region { hierarchy, .. } => Some(hierarchy),
                _ => None,
            },
            _ => None,
        }
    }

    fn region_passes(&self, field: FieldId, codes: &BTreeSet<RegionCode>, value: &Value) -> bool {
        match (value, self.hierarchy(field)) {
            (Value::Region(code), Some(hierarchy)) => codes
                .iter()
                .any(|outer| hierarchy.contains(*outer, RegionCode(*code))),
            _ => false,
        }
    }

    fn element_passes(&self, field: FieldId, test: &ElementTest, element: &Value) -> bool {
        match test {
            ElementTest::Number(set) => number_passes(set, element),
            ElementTest::Time(set) => time_passes(set, element, self.clock),
            ElementTest::Text(test) => {
                matches!(element, Value::Text(text) if text_passes(test, text))
            }
            ElementTest::Region(codes) => self.region_passes(field, codes, element),
            ElementTest::Version(ranges) => {
                matches!(element, Value::Version(version) if version_passes(ranges, version))
            }
        }
    }
}

fn number_passes(set: &Intervals, value: &Value) -> bool {
    match value {
        Value::Bool(is_true) => set.contains(i64::from(*is_true)),
        Value::Int(number) => set.contains(*number),
        Value::Decimal { units, .. } => set.contains(*units),
        Value::Float(number) => set.contains(float_key(*number)),
        _ => false,
    }
}

fn time_passes(set: &TimeSet, value: &Value, clock: &Clock) -> bool {
    match value {
        Value::Date(date) => date_passes(set, *date, clock),
        Value::Instant(instant) => instant_passes(set, *instant, clock),
        _ => false,
    }
}

fn date_passes(set: &TimeSet, date: Date, clock: &Clock) -> bool {
    let lies = |range: DateRange| {
        range.from.is_none_or(|from| from <= date) && range.to.is_none_or(|to| date <= to)
    };
    match set {
        TimeSet::Last(duration) => lies(clock.within_dates(*duration)),
        TimeSet::Next(duration) => lies(clock.within_next_dates(*duration)),
        TimeSet::Ago { newer, older } => lies(clock.within_ago_dates(*newer, *older)),
        TimeSet::Ranges(ranges) => ranges
            .iter()
            .any(|range| between(range, date, |bound| bound.date(clock))),
    }
}

fn instant_passes(set: &TimeSet, instant: Instant, clock: &Clock) -> bool {
    let lies = |range: InstantRange| {
        range.from.is_none_or(|from| from <= instant) && range.to.is_none_or(|to| instant <= to)
    };
    match set {
        TimeSet::Last(duration) => lies(clock.within(*duration)),
        TimeSet::Next(duration) => lies(clock.within_next(*duration)),
        TimeSet::Ago { newer, older } => lies(clock.within_ago(*newer, *older)),
        TimeSet::Ranges(ranges) => ranges
            .iter()
            .any(|range| between(range, instant, |bound| bound.instant(clock))),
    }
}

fn between<T: PartialOrd>(range: &TimeRange, at: T, end: impl Fn(&TimeBound) -> (T, bool)) -> bool {
    let is_after = range
        .from
        .as_ref()
        .map(&end)
        .is_none_or(|(from, is_included)| from < at || is_included && from == at);
    let is_before = range
        .to
        .as_ref()
        .map(&end)
        .is_none_or(|(to, is_included)| at < to || is_included && at == to);
    is_after && is_before
}

fn same_value(left: &Value, right: &Value, is_folded: bool) -> bool {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) if is_folded => fold_text(left) == fold_text(right),
        (Value::Missing | Value::Invalid, _) => false,
        (left, right) => left == right,
    }
}

/// Finds the parts that the whole hangs on.
fn mark_deciding(kind: &ConditionKind, verdict: &mut Verdict) {
    let holding = verdict.parts.iter().filter(|part| part.is_in).count();
    let all = verdict.parts.len();
    for part in &mut verdict.parts {
        let otherwise = match part.is_in {
            true => holding - 1,
            false => holding + 1,
        };
        let would_hold = match kind {
            ConditionKind::And(_) => otherwise == all,
            ConditionKind::Or(_) => otherwise > 0,
            ConditionKind::Count {
                relation, count, ..
            } => counts(*relation, *count as usize, otherwise),
            ConditionKind::Not(_)
            | ConditionKind::Segment(_)
            | ConditionKind::Everyone
            | ConditionKind::Nobody
            | ConditionKind::Ask(_) => !verdict.is_in,
        };
        part.is_deciding = would_hold != verdict.is_in;
    }
}

/// Whether so many of the conditions of a count are what it wants.
pub fn counts(relation: CountRelation, wanted: usize, holding: usize) -> bool {
    match relation {
        CountRelation::AtLeast => holding >= wanted,
        CountRelation::AtMost => holding <= wanted,
        CountRelation::Exactly => holding == wanted,
    }
}

fn kleene_and(parts: &[Verdict]) -> Option<bool> {
    if parts.iter().any(|part| part.kleene == Some(false)) {
        return Some(false);
    }
    parts
        .iter()
        .all(|part| part.kleene == Some(true))
        .then_some(true)
}

fn kleene_or(parts: &[Verdict]) -> Option<bool> {
    if parts.iter().any(|part| part.kleene == Some(true)) {
        return Some(true);
    }
    parts
        .iter()
        .all(|part| part.kleene == Some(false))
        .then_some(false)
}

/// Known when every number of holding conditions that is still possible gives the same answer.
fn kleene_count(relation: CountRelation, wanted: usize, parts: &[Verdict]) -> Option<bool> {
    let surely = parts
        .iter()
        .filter(|part| part.kleene == Some(true))
        .count();
    let maybe = parts.iter().filter(|part| part.kleene.is_none()).count();
    let answers = (surely..=surely + maybe).map(|holding| counts(relation, wanted, holding));
    let (mut any, mut all) = (false, true);
    for answer in answers {
        any |= answer;
        all &= answer;
    }
    (any == all).then_some(all)
}
