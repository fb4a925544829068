//! Turns a contact and a condition into the nearest changes of cells that would flip the answer.
//!
//! Near means: as few cells as possible, then numbers and times as close as possible. That nothing
//! nearer exists is proved, not searched: contacts whose other cells are as they are form a claim like
//! any other. Every change is confirmed by [`crate::eval::row`]. What a contact is by its id (samples)
//! cannot be changed.

use super::claim::{Answer, Claim, Prover, Why};
use super::same::{self, Same};
use crate::check::typed::{Condition, ConditionKind, RuleSet, Segment};
use crate::eval::row::{Contact, RowEvaluator};
use crate::name::{FieldId, SegmentId};
use crate::schema::IdSource;
use crate::syntax::ast::CountRelation;
use crate::value::{Clock, Value, sample_hash};
use std::collections::BTreeSet;

/// Changes told.
const MOST_FLIPS: usize = 5;

/// Proofs tried for one contact.
const MOST_PROOFS: usize = 500;

/// The nearest changes that would flip an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Nearest {
    /// Whether the contact would then be in.
    pub would_be_in: bool,
    /// Changes with equally many cells, the smallest first.
    pub flips: Vec<Flip>,
    /// What is proved of them.
    pub certainty: Certainty,
}

/// What is known about nearer changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// There are none. Without any flip: no change of cells flips the answer.
    Proved,
    /// There may be some.
    Undecided(Why),
}

/// One change of cells that flips the answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The cells, in the order of the schema.
    pub cells: Vec<NewCell>,
}

/// One cell of a change.
#[derive(Clone, Debug, PartialEq)]
pub struct NewCell {
    /// Which.
    pub field: FieldId,
    /// What it would hold.
    pub value: Value,
    /// Every other value that is there would do as well.
    pub is_any_other: bool,
}

/// Finds the nearest changes of a contact that would flip the answer of a condition; a quarantined
/// contact would come in. `reads` are the fields that may change.
pub fn nearest(
    rules: &RuleSet,
    clock: &Clock,
    condition: &Condition,
    reads: &BTreeSet<FieldId>,
    contact: Contact,
) -> Nearest {
    let is_quarantined = crate::eval::row::is_quarantined(reads, &contact);
    let is_in = RowEvaluator::new(rules, clock, contact).is_in(condition);
    let would_be_in = is_quarantined || !is_in;
    let settled = for_one_contact(rules, condition, contact.id);
    let condition = without_samples(condition, contact.id);
    let same = same::cells(&settled, clock, &condition, reads, contact);
    let mut seeker = Seeker {
        prover: Prover::new(&settled, clock.clone()),
        rules: &settled,
        clock,
        contact,
        goal: if would_be_in {
            condition
        } else {
            same::not(condition)
        },
        same,
        proofs: 0,
        doubt: None,
    };
    let mut flips = seeker.flips();
    flips.sort_by(|one, other| seeker.cost(one).total_cmp(&seeker.cost(other)));
    Nearest {
        would_be_in,
        flips,
        certainty: match seeker.doubt {
            None => Certainty::Proved,
            Some(why) => Certainty::Undecided(why),
        },
    }
}

/// The segments that a condition needs, with the answers that hang on the id put in.
fn for_one_contact(rules: &RuleSet, condition: &Condition, id: &str) -> RuleSet {
    let mut needed: BTreeSet<SegmentId> = BTreeSet::new();
    let mut open = condition.segments();
    while let Some(next) = open.pop() {
        if needed.insert(next) {
            let segment = rules.segment(next).into_iter();
            open.extend(segment.flat_map(|segment| segment.condition.segments()));
        }
    }
    let segments = rules.segments.iter().enumerate().map(|(index, segment)| {
        let is_needed = needed.contains(&SegmentId::from_index(index));
        Segment {
            condition: match is_needed {
                true => without_samples(&segment.condition, id),
                false => Condition::nobody(segment.condition.span),
            },
            ..segment.clone()
        }
    });
    RuleSet {
        schema: rules.schema.clone(),
        segments: segments.collect(),
        ..RuleSet::default()
    }
}

/// The condition with every sample decided.
fn without_samples(condition: &Condition, id: &str) -> Condition {
    use crate::check::typed::Question;
    let all = |of: &[Condition]| of.iter().map(|part| without_samples(part, id)).collect();
    let kind = match &condition.kind {
        ConditionKind::And(of) => ConditionKind::And(all(of)),
        ConditionKind::Or(of) => ConditionKind::Or(all(of)),
        ConditionKind::Not(inner) => ConditionKind::Not(Box::new(without_samples(inner, id))),
        ConditionKind::Count {
            relation,
            count,
            of,
        } => ConditionKind::Count {
            relation: *relation,
            count: *count,
            of: all(of),
        },
        ConditionKind::Ask(Question::Sample { share, salt }) => {
            match share.admits(sample_hash(salt, id)) {
                true => ConditionKind::Everyone,
                false => ConditionKind::Nobody,
            }
        }
        kind => kind.clone(),
    };
    Condition {
        kind,
        span: condition.span,
    }
}

/// What a proof about contacts found.
enum Found {
    Nothing,
    Cells(Vec<Value>),
    Unknown,
}

struct Seeker<'r> {
    prover: Prover<'r>,
    rules: &'r RuleSet,
    clock: &'r Clock,
    contact: Contact<'r>,
    /// Holds for contacts with the other answer.
    goal: Condition,
    /// What may change, with the condition that it has not.
    same: Vec<Same>,
    proofs: usize,
    /// Why something nearer may have been overlooked.
    doubt: Option<Why>,
}

impl Seeker<'_> {
    fn flips(&mut self) -> Vec<Flip> {
        match self.find(Vec::new()) {
            Found::Nothing => return Vec::new(),
            // A later search may still find one; until then nothing is proved.
            Found::Unknown | Found::Cells(_) => {}
        }
        for count in 1..=self.same.len() {
            let flips = self.flips_of(count);
            if !flips.is_empty() || self.proofs >= MOST_PROOFS {
                return flips;
            }
        }
        Vec::new()
    }

    /// Flips that change so many cells and no fewer, as nothing changes fewer.
    fn flips_of(&mut self, count: usize) -> Vec<Flip> {
        let changed = self.same.iter().map(|same| same::not(same.holds.clone()));
        let few = same::condition(ConditionKind::Count {
            relation: CountRelation::AtMost,
            count: u32::try_from(count).unwrap_or(u32::MAX),
            of: changed.collect(),
        });
        let mut wishes = vec![few];
        let mut flips = Vec::new();
        while flips.len() < MOST_FLIPS {
            let Found::Cells(cells) = self.find(wishes.clone()) else {
                break;
            };
            let changed = self.changed(&cells);
            flips.extend(self.settle(cells, &changed));
            // Another set of fields next time.
            let others = self
                .same
                .iter()
                .filter(|same| changed.contains(&same.field));
            let others = others.map(|same| same.holds.clone());
            wishes.push(same::condition(ConditionKind::Or(others.collect())));
        }
        flips
    }

    /// The smallest change of these fields and no others.
    fn settle(&mut self, mut cells: Vec<Value>, changed: &BTreeSet<FieldId>) -> Option<Flip> {
        let kept = self
            .same
            .iter()
            .filter(|same| !changed.contains(&same.field));
        let mut wishes: Vec<Condition> = kept.map(|same| same.holds.clone()).collect();
        for &field in changed {
            // A value is a better proposal than none.
            wishes.push(same::is_present(field));
            match self.find(wishes.clone()) {
                Found::Cells(better) => cells = better,
                Found::Nothing | Found::Unknown => drop(wishes.pop()),
            }
        }
        for &field in changed {
            self.approach(field, &mut cells, &mut wishes);
        }
        self.restore(&mut cells, changed);
        let is_one = changed.len() == 1;
        let mut flip = Vec::with_capacity(changed.len());
        for &field in changed {
            let value = cells.get(field.index()).cloned()?;
            let is_any_other = is_one && value != Value::Missing && self.is_any_other(field);
            flip.push(NewCell {
                field,
                value,
                is_any_other,
            });
        }
        self.is_reached(&cells).then_some(Flip { cells: flip })
    }

    /// Brings a number or time as close to what it is as the wishes allow, and adds that to them.
    fn approach(&mut self, field: FieldId, cells: &mut Vec<Value>, wishes: &mut Vec<Condition>) {
        let now = same::number(&self.contact.cell(field))
            .or_else(|| same::number_of_now(&self.rules.schema, self.clock, field));
        let distance = |cells: &[Value]| {
            let there = same::number(cells.get(field.index())?)?;
            Some(now?.abs_diff(there))
        };
        let (Some(now), Some(mut far)) = (now, distance(cells)) else {
            return;
        };
        let mut near = 0;
        while far - near > 1 {
            let middle = near + (far - near) / 2;
            let Some(wish) = same::is_close(&self.rules.schema, field, now, middle) else {
                return;
            };
            wishes.push(wish);
            match self.find(wishes.clone()) {
                Found::Cells(closer) => {
                    far = distance(&closer).unwrap_or(middle).min(middle);
                    *cells = closer;
                }
                Found::Nothing | Found::Unknown => near = middle,
            }
            wishes.pop();
        }
        wishes.extend(same::is_close(&self.rules.schema, field, now, far));
    }

    /// Puts back what did not have to change: other cells, and elements of lists.
    fn restore(&self, cells: &mut Vec<Value>, changed: &BTreeSet<FieldId>) {
        for same in &self.same {
            let Some(cell) = cells.get_mut(same.field.index()) else {
                continue;
            };
            let old = self.contact.cell(same.field);
            match (old, cell.clone()) {
                (Value::List(old), Value::List(new)) if changed.contains(&same.field) => {
                    self.trim(cells, same.field, &old, &new);
                }
                (old, _) if !changed.contains(&same.field) => *cell = old,
                _ => {}
            }
        }
    }

    /// Keeps as many old elements and as few new ones as will do.
    fn trim(&self, cells: &mut Vec<Value>, field: FieldId, old: &[Value], new: &[Value]) {
        let is_added = |element: &&Value| !old.contains(*element);
        let mut all: Vec<Value> = old.to_vec();
        all.extend(new.iter().filter(is_added).cloned());
        let mut is_in: Vec<bool> = all.iter().map(|element| new.contains(element)).collect();
        let mut best = cells.clone();
        for at in 0..all.len() {
            let Some(place) = is_in.get_mut(at) else {
                continue;
            };
            let wanted = at < old.len();
            let was = std::mem::replace(place, wanted);
            let kept = all.iter().zip(&is_in).filter(|(_, is_in)| **is_in);
            let elements: Vec<Value> = kept.map(|(element, _)| element.clone()).collect();
            let mut tried = best.clone();
            if let Some(cell) = tried.get_mut(field.index()) {
                *cell = match elements.is_empty() {
                    true => Value::Missing,
                    false => Value::List(elements),
                };
            }
            if self.is_reached(&tried) {
                best = tried;
            } else if let Some(place) = is_in.get_mut(at) {
                *place = was;
            }
        }
        *cells = best;
    }

    /// Whether every other value of the field flips the answer as well.
    fn is_any_other(&mut self, field: FieldId) -> bool {
        if !same::has_no_order(&self.rules.schema, field) {
            return false;
        }
        let goal = same::not(self.goal.clone());
        let old = std::mem::replace(&mut self.goal, goal);
        let mut wishes = vec![same::is_present(field)];
        for same in &self.same {
            wishes.push(match same.field == field {
                true => same::not(same.holds.clone()),
                false => same.holds.clone(),
            });
        }
        let doubt = self.doubt;
        let found = self.find(wishes);
        self.doubt = doubt;
        self.goal = old;
        matches!(found, Found::Nothing)
    }

    /// A contact with the other answer that fulfils the wishes.
    fn find(&mut self, mut wishes: Vec<Condition>) -> Found {
        if self.proofs >= MOST_PROOFS {
            self.doubt = self.doubt.or(Some(Why::TooMuchWork));
            return Found::Unknown;
        }
        self.proofs += 1;
        wishes.push(self.goal.clone());
        wishes.extend(self.same_id());
        let all = same::condition(ConditionKind::And(wishes));
        match self.prover.prove(Claim::Never(&all)) {
            Answer::Holds => Found::Nothing,
            Answer::Fails(witness) => Found::Cells(witness.cells),
            Answer::Undecided(why) => {
                self.doubt = self.doubt.or(Some(why));
                Found::Unknown
            }
        }
    }

    fn same_id(&self) -> Option<Condition> {
        let IdSource::Field(field) = self.rules.schema.id else {
            return None;
        };
        Some(same::is_text(field, self.contact.id))
    }

    /// The fields whose cells are not as they are.
    fn changed(&self, cells: &[Value]) -> BTreeSet<FieldId> {
        let id = self.contact.id;
        let mut evaluator = RowEvaluator::new(self.rules, self.clock, Contact { id, cells });
        let changed = self
            .same
            .iter()
            .filter(|same| !evaluator.is_in(&same.holds));
        changed.map(|same| same.field).collect()
    }

    /// Whether these cells have the other answer.
    fn is_reached(&self, cells: &[Value]) -> bool {
        let id = self.contact.id;
        let is_valid = self.same.iter().all(|same| {
            let cell = cells.get(same.field.index());
            cell.is_some_and(|cell| *cell != Value::Invalid)
        });
        is_valid
            && RowEvaluator::new(self.rules, self.clock, Contact { id, cells }).is_in(&self.goal)
    }

    /// How large a change is: numbers and times by their distance, below 1 a cell; another value
    /// counts 1, a value left out 2.
    fn cost(&self, flip: &Flip) -> f64 {
        let of_cell = |cell: &NewCell| match (&self.contact.cell(cell.field), &cell.value) {
            (_, Value::Missing) => 2.0,
            (old, new) => same::distance(old, new).unwrap_or(1.0),
        };
        flip.cells.iter().map(of_cell).sum()
    }
}
