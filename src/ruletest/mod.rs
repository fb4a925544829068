//! Turns `test` items into passed and failed cases with the reason.
//!
//! Invariants: a case is decided by row evaluation, the definition of meaning; cells are read exactly
//! as the data's cells would be; a test without `now` or `zone` runs at the run's own.

mod coverage;

pub use coverage::{ClauseCoverage, Coverage, SegmentCoverage, Sides, coverage};

use crate::check::typed::{Moment, RuleSet, Test, TestCase};
use crate::diag::Phrase;
use crate::eval::row::{Contact, RowEvaluator, Verdict, is_quarantined};
use crate::say;
use crate::schema::{CellContext, IdSource, Type};
use crate::source::Span;
use crate::syntax::ast::Expectation;
use crate::value::{Clock, Value, Zone};
use std::sync::Arc;

/// How one `test` item went.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its title.
    pub title: Arc<str>,
    /// The whole item.
    pub span: Span,
    /// Its cases in order.
    pub cases: Vec<CaseOutcome>,
}

impl Outcome {
    /// Whether every case went as expected.
    pub fn has_passed(&self) -> bool {
        self.cases.iter().all(CaseOutcome::has_passed)
    }
}

/// How one case went.
#[derive(Clone, Debug)]
pub struct CaseOutcome {
    /// The whole case.
    pub span: Span,
    /// What was expected.
    pub expected: Expectation,
    /// What came out.
    pub found: Expectation,
    /// The condition's answer, part by part; `None` when quarantined.
    pub verdict: Option<Verdict>,
    /// Cells of the case that are invalid for their field.
    pub invalid: Vec<Span>,
}

impl CaseOutcome {
    /// Whether the case went as expected.
    pub fn has_passed(&self) -> bool {
        self.expected == self.found
    }
}

/// Runs every `test` item of a rule set.
///
/// # Errors
/// A test names a zone that does not exist.
pub fn run_tests(rules: &RuleSet, clock: &Clock) -> Result<Vec<Outcome>, Phrase> {
    rules
        .tests
        .iter()
        .map(|test| run_test(rules, test, clock))
        .collect()
}

fn run_test(rules: &RuleSet, test: &Test, clock: &Clock) -> Result<Outcome, Phrase> {
    let clock = test_clock(test, clock)?;
    let cases = test
        .cases
        .iter()
        .map(|case| run_case(rules, case, &clock))
        .collect();
    Ok(Outcome {
        title: test.title.clone(),
        span: test.span,
        cases,
    })
}

/// The clock of a test: its own `now` and zone where it names them.
pub fn test_clock(test: &Test, clock: &Clock) -> Result<Clock, Phrase> {
    let zone = match &test.zone {
        None => clock.zone.clone(),
        Some(name) => Zone::named(name).map_err(|_| {
            let title = &test.title;
            say!(
                "test \"{title}\": there is no zone \"{name}\"",
                "测试“{title}”：没有时区 \"{name}\""
            )
        })?,
    };
    let mut own = Clock {
        now: clock.now,
        zone,
    };
    if let Some(now) = &test.now {
        own.now = Moment::instants(now, &own).0;
    }
    Ok(own)
}

fn run_case(rules: &RuleSet, case: &TestCase, clock: &Clock) -> CaseOutcome {
    let cells = case_cells(rules, case, clock);
    let id = case_id(rules, &cells);
    let contact = Contact {
        id: &id,
        cells: &cells,
    };
    let segment = rules.segment(case.segment);
    let is_out = segment.is_some_and(|segment| is_quarantined(&segment.reads, &contact));
    let verdict = segment.filter(|_| !is_out).map(|segment| {
        let mut evaluator = RowEvaluator::new(rules, clock, contact);
        evaluator.explained(&segment.condition)
    });
    let found = match &verdict {
        None => Expectation::Quarantined,
        Some(verdict) if verdict.is_in => Expectation::In,
        Some(_) => Expectation::NotIn,
    };
    let invalid = case
        .cells
        .iter()
        .filter(|cell| cells.get(cell.field.index()) == Some(&Value::Invalid))
        .map(|cell| cell.span)
        .collect();
    CaseOutcome {
        span: case.span,
        expected: case.expected,
        found,
        verdict,
        invalid,
    }
}

/// The cells of a case as the evaluator sees them, indexed by field; unnamed fields are missing.
pub fn case_cells(rules: &RuleSet, case: &TestCase, clock: &Clock) -> Vec<Value> {
    let context = CellContext { zone: &clock.zone };
    let mut cells = vec![Value::Missing; rules.schema.len()];
    for given in &case.cells {
        let Some(field) = rules.schema.field(given.field) else {
            continue;
        };
        let value = match (&field.kind, given.texts.as_slice()) {
            (Type::List { .. }, texts) if given.is_list => {
                field.read_list(texts.iter().map(|text| &**text), &context)
            }
            (_, [text]) => field.read(text, &context),
            (_, _) => Value::Invalid,
        };
        if let Some(place) = cells.get_mut(given.field.index()) {
            *place = value;
        }
    }
    cells
}

/// The id of a case: that of its contact, `1` where contacts are numbered.
pub fn case_id(rules: &RuleSet, cells: &[Value]) -> String {
    match rules.schema.id {
        IdSource::Field(field) => match cells.get(field.index()) {
            Some(Value::Text(id)) => id.to_string(),
            _ => String::new(),
        },
        IdSource::Row => "1".to_string(),
    }
}
