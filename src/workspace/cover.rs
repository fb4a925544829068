//! Turns the tests of a rule set into what they say of every clause, and finds contacts for what they
//! leave out.
//!
//! Invariants: a side of a clause is impossible only when that is proved; suggested tests are run
//! before they are handed out, and all of them pass.

use super::suggest::{Suggestion, cell_text, test_text};
use super::{Workspace, WorkspaceError};
use crate::analyze::{Answer, Claim, Prover, Witness};
use crate::check::clause::Clause;
use crate::check::typed::{Condition, ConditionKind, Question, RuleSet};
use crate::check::{CheckInput, check};
use crate::diag::{Diagnostic, Lang, place};
use crate::eval::row::{Contact, RowEvaluator};
use crate::name::{FieldId, SegmentId};
use crate::report::coverage::{
    ClauseReport, CoverageReport, Percent, SegmentReport, SideReport, SideState,
};
use crate::ruletest::{Coverage, Outcome, coverage, run_tests};
use crate::schema::{IdSource, Schema};
use crate::source::{Sources, Span};
use crate::syntax::parse;
use crate::value::{Clock, Intervals, Value};
use crate::{format, say};
use std::collections::HashMap;

/// Sides of clauses that are looked for; the rest is left undecided.
const MOST_SEARCHES: usize = 10_000;

/// Segments with more clauses are not looked at.
const MOST_CLAUSES: usize = 500;

/// Edges of a set of numbers that are tried.
const MOST_EDGES: usize = 8;

/// What to look at.
#[derive(Clone, Copy)]
pub struct CoverOptions<'o> {
    /// The run's `now` and zone, for tests that name none and for the suggested ones.
    pub clock: &'o Clock,
    /// Only these segments; all without any.
    pub segments: &'o [String],
    /// The language of titles and comments of suggested tests.
    pub lang: Lang,
}

/// What tests cover, and tests for what they do not.
#[derive(Clone, Debug)]
pub struct Covered {
    /// What the rules' own tests cover.
    pub report: CoverageReport,
    /// `test` items for the rest, as rule text; empty when there is nothing to add.
    pub suggested: String,
    /// What they cover together.
    pub with_suggested: CoverageReport,
}

/// Looks at what tests say of every clause, and finds contacts for the rest.
///
/// # Errors
/// A name that no segment has, or a zone of a test that does not exist.
pub fn cover(workspace: &Workspace, options: &CoverOptions) -> Result<Covered, WorkspaceError> {
    let rules = &workspace.rules;
    let own = coverage(rules, options.clock).map_err(WorkspaceError::new)?;
    let segments = chosen(workspace, options.segments)?;
    let mut search = Search {
        rules,
        clock: options.clock,
        prover: Prover::new(rules, options.clock.clone()),
        reached: own.clone(),
        states: HashMap::new(),
        left: MOST_SEARCHES,
    };
    let mut suggested = String::new();
    for id in &segments {
        let suggestions = search.segment(*id);
        if let Some(segment) = rules.segment(*id)
            && !suggestions.is_empty()
        {
            if !suggested.is_empty() {
                suggested.push('\n');
            }
            let clauses = segment.condition.clauses();
            let texts = clauses.iter().map(|clause| clause.condition.span);
            let texts: Vec<String> = texts
                .map(|span| one_line(&workspace.sources, span))
                .collect();
            let around = (options.clock, options.lang);
            suggested += &test_text(rules, segment, &suggestions, &texts, around);
        }
    }
    if !suggested.is_empty() {
        suggested = format::format_checked(&suggested).unwrap_or(suggested);
    }
    let report = |coverage: &Coverage| report(workspace, &segments, coverage, &search.states);
    let covered = Covered {
        report: report(&own),
        with_suggested: report(&search.reached),
        suggested,
    };
    let found = proof_read(workspace, &covered.suggested, options.clock)?;
    match report(&found) == covered.with_suggested {
        true => Ok(covered),
        false => Err(unkept()),
    }
}

fn unkept() -> WorkspaceError {
    WorkspaceError::new(say!(
        "the suggested tests do not do what they should: this is a mistake of segrule",
        "建议的测试未达到预期：这是 segrule 的错误"
    ))
}

/// What the rules' tests cover together with suggested ones, which must pass.
fn proof_read(
    workspace: &Workspace,
    suggested: &str,
    clock: &Clock,
) -> Result<Coverage, WorkspaceError> {
    let mut sources = workspace.sources.clone();
    let mut files = workspace.files.clone();
    let source = sources.add("suggested", suggested);
    let parsed = parse(source, suggested);
    files.push((source, parsed.file));
    let checked = check(&CheckInput {
        sources: &sources,
        files: &files,
        list_files: &workspace.lists,
        params: &workspace.params,
        schema: Some(workspace.schema()),
    });
    let mut diagnostics = parsed.diagnostics.iter().chain(&checked.diagnostics);
    let is_fresh = |outcome: &&Outcome| outcome.span.source == source;
    let outcomes = run_tests(&checked.rules, clock).map_err(WorkspaceError::new)?;
    let has_passed = outcomes.iter().filter(is_fresh).all(Outcome::has_passed);
    if !has_passed || diagnostics.any(Diagnostic::is_error) {
        return Err(unkept());
    }
    coverage(&checked.rules, clock).map_err(WorkspaceError::new)
}

/// The segments asked for, in the order written.
fn chosen(workspace: &Workspace, names: &[String]) -> Result<Vec<SegmentId>, WorkspaceError> {
    let wanted = workspace.wanted(names)?;
    let is_wanted = |id: &&SegmentId| {
        let segment = workspace.rules.segment(**id);
        segment.is_some_and(|segment| wanted.iter().any(|each| segment.name.as_str() == each.name))
    };
    Ok(workspace
        .rules
        .declared
        .iter()
        .filter(is_wanted)
        .copied()
        .collect())
}

/// One side of one clause.
type Side = (SegmentId, usize, bool);

/// Looks for contacts, one side of one clause after the other.
struct Search<'r> {
    rules: &'r RuleSet,
    clock: &'r Clock,
    prover: Prover<'r>,
    /// What tests cover together with the contacts found so far.
    reached: Coverage,
    /// What is known of sides that nothing covers.
    states: HashMap<Side, SideState>,
    left: usize,
}

impl<'r> Search<'r> {
    /// Contacts for every side of a segment's clauses that can be covered and is not.
    fn segment(&mut self, id: SegmentId) -> Vec<Suggestion> {
        let Some(segment) = self.rules.segment(id) else {
            return Vec::new();
        };
        let clauses = segment.condition.clauses();
        let mut suggestions = Vec::new();
        // Groups come last: contacts for their parts cover most of them.
        for (groups, holds) in [(false, true), (false, false), (true, true), (true, false)] {
            let open = clauses.iter().enumerate();
            for (at, clause) in open.filter(|(_, clause)| clause.is_group == groups) {
                if self.is_covered((id, at, holds)) {
                    continue;
                }
                let found = match clauses.len() > MOST_CLAUSES {
                    true => Err(SideState::Undecided),
                    false => self.side(&segment.condition, clause, holds),
                };
                match found {
                    Ok((cells, contact)) => {
                        suggestions.push(self.add(id, &clauses, cells, contact));
                    }
                    Err(state) => {
                        self.states.insert((id, at, holds), state);
                    }
                }
            }
        }
        suggestions
    }

    fn is_covered(&self, (id, at, holds): Side) -> bool {
        let segment = self.reached.segments.get(id.index());
        let clause = segment.and_then(|segment| segment.clauses.get(at));
        clause.is_none_or(|clause| clause.decided.of(holds) > 0)
    }

    /// A contact whose answer hangs on a clause that holds or does not: its cells as a test will read
    /// them, and its id when the answer hangs on that too.
    fn side(
        &mut self,
        whole: &Condition,
        clause: &Clause,
        holds: bool,
    ) -> Result<(Vec<Value>, Option<String>), SideState> {
        let Some(left) = self.left.checked_sub(1) else {
            return Err(SideState::Undecided);
        };
        self.left = left;
        let Some(goal) = whole.hanging_on(clause.condition, holds) else {
            return Err(SideState::Undecided);
        };
        // A value that is there says more than a missing one.
        let present = with_values(&goal, clause.condition);
        for (goal, is_whole) in [(&present, false), (&goal, true)] {
            match self.prover.prove(Claim::Never(goal)) {
                Answer::Fails(witness) => {
                    let cells = self.at_the_edge(clause, holds, goal, &witness);
                    if let Some(found) = self.written(goal, &witness.id, cells) {
                        return Ok(found);
                    }
                }
                Answer::Holds if is_whole => return Err(SideState::Impossible),
                Answer::Holds | Answer::Undecided(_) => {}
            }
        }
        Err(SideState::Undecided)
    }

    /// The cells of a contact, with the number a clause asks for moved next to where its answer changes,
    /// when that shows the same: mistakes are made there.
    fn at_the_edge(
        &self,
        clause: &Clause,
        holds: bool,
        goal: &Condition,
        witness: &Witness,
    ) -> Vec<Value> {
        let Some((field, set, is_set)) = number_asked(clause.condition) else {
            return witness.cells.clone();
        };
        let edges = set.iter().flat_map(|(from, to)| match holds == is_set {
            true => [Some(from), Some(to)],
            false => [from.checked_sub(1), to.checked_add(1)],
        });
        let mut moved = edges.flatten().take(MOST_EDGES).filter_map(|number| {
            let mut cells = witness.cells.clone();
            let cell = cells.get_mut(field.index())?;
            *cell = match *cell {
                Value::Int(_) => Value::Int(number),
                Value::Decimal { places, .. } => Value::Decimal {
                    units: number,
                    places,
                },
                _ => return None,
            };
            Some(cells)
        });
        moved
            .find(|cells| self.written(goal, &witness.id, cells.clone()).is_some())
            .unwrap_or_else(|| witness.cells.clone())
    }

    /// The contact as a test can write it, when it still satisfies a condition.
    fn written(
        &self,
        goal: &Condition,
        id: &str,
        mut cells: Vec<Value>,
    ) -> Option<(Vec<Value>, Option<String>)> {
        let schema = &self.rules.schema;
        let id_field = match schema.id {
            IdSource::Field(field) => Some(field),
            IdSource::Row => None,
        };
        for ((field_id, field), value) in schema.iter().zip(&mut cells) {
            let is_writable = *value == Value::Missing
                || id_field == Some(field_id)
                || cell_text(field, value, &self.clock.zone).is_some();
            if !is_writable {
                return None;
            }
        }
        let tries = match id_field {
            Some(_) => vec![None, Some(id.to_string())],
            None => vec![None],
        };
        tries.into_iter().find_map(|id| {
            let cells = with_id(schema, &cells, id.as_deref());
            let contact = test_contact(schema, id.as_deref(), &cells);
            let is_kept = RowEvaluator::new(self.rules, self.clock, contact).is_in(goal);
            is_kept.then_some((cells, id))
        })
    }

    /// Counts a contact, and says what it shows that nothing showed before.
    fn add(
        &mut self,
        id: SegmentId,
        clauses: &[Clause],
        cells: Vec<Value>,
        contact_id: Option<String>,
    ) -> Suggestion {
        let open = |search: &Search, holds: bool| -> Vec<usize> {
            let open = 0..clauses.len();
            open.filter(|at| !search.is_covered((id, *at, holds)))
                .collect()
        };
        let (open_true, open_false) = (open(self, true), open(self, false));
        let contact = test_contact(&self.rules.schema, contact_id.as_deref(), &cells);
        self.reached.add(self.rules, self.clock, id, contact);
        let is_in = RowEvaluator::new(self.rules, self.clock, contact).is_member(id);
        let shown = |sides: Vec<usize>, holds: bool| -> Vec<usize> {
            let fresh = |at: &usize| {
                let is_group = clauses.get(*at).is_some_and(|clause| clause.is_group);
                !is_group && self.is_covered((id, *at, holds))
            };
            sides.into_iter().filter(fresh).collect()
        };
        Suggestion {
            cells,
            id: contact_id,
            is_in,
            shows: (shown(open_true, true), shown(open_false, false)),
        }
    }
}

/// The numbers a clause asks for, and whether it wants them or the others.
fn number_asked(clause: &Condition) -> Option<(FieldId, &Intervals, bool)> {
    match &clause.kind {
        ConditionKind::Ask(Question::Number(field, set)) => Some((*field, set, true)),
        ConditionKind::Not(inner) => {
            number_asked(inner).map(|(field, set, is_set)| (field, set, !is_set))
        }
        ConditionKind::And(_)
        | ConditionKind::Or(_)
        | ConditionKind::Count { .. }
        | ConditionKind::Segment(_)
        | ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::Ask(_) => None,
    }
}

/// The condition of contacts who have a value in every field that a clause looks at.
fn with_values(goal: &Condition, clause: &Condition) -> Condition {
    let span = goal.span;
    let condition = |kind| Condition { kind, span };
    let fields = clause.own_fields().into_iter();
    let present = fields.map(|field| {
        let missing = condition(ConditionKind::Ask(Question::Missing(field)));
        condition(ConditionKind::Not(Box::new(missing)))
    });
    let all = std::iter::once(goal.clone()).chain(present).collect();
    condition(ConditionKind::And(all))
}

/// Cells of a test's contact: its id is missing unless the test names one.
fn with_id(schema: &Schema, cells: &[Value], id: Option<&str>) -> Vec<Value> {
    let mut cells = cells.to_vec();
    if let IdSource::Field(field) = schema.id
        && let Some(cell) = cells.get_mut(field.index())
    {
        *cell = id.map_or(Value::Missing, |id| Value::Text(id.into()));
    }
    cells
}

/// The contact as a test would ask about it.
fn test_contact<'c>(schema: &Schema, id: Option<&'c str>, cells: &'c [Value]) -> Contact<'c> {
    let id = match schema.id {
        IdSource::Field(_) => id.unwrap_or(""),
        IdSource::Row => "1",
    };
    Contact { id, cells }
}

fn report(
    workspace: &Workspace,
    segments: &[SegmentId],
    coverage: &Coverage,
    states: &HashMap<Side, SideState>,
) -> CoverageReport {
    let reports = segments.iter().filter_map(|id| {
        let segment = workspace.rules.segment(*id)?;
        let covered = coverage.segments.get(id.index())?;
        let clauses = covered.clauses.iter().enumerate().map(|(at, clause)| {
            let side = |holds: bool| {
                let state = match clause.decided.of(holds) {
                    0 => *states.get(&(*id, at, holds)).unwrap_or(&SideState::Open),
                    _ => SideState::Covered,
                };
                SideReport::new(holds, clause.seen, clause.beside, clause.decided, state)
            };
            ClauseReport {
                text: one_line(&workspace.sources, clause.span),
                place: place(clause.span, &workspace.sources),
                parent: clause.parent,
                is_group: clause.is_group,
                holds: side(true),
                fails: side(false),
                span: clause.span,
                joint: clause.joint,
            }
        });
        Some(SegmentReport {
            name: segment.name.to_string(),
            place: place(segment.name_span, &workspace.sources),
            cases: covered.cases,
            covered: 0,
            coverable: 0,
            percent: Percent::default(),
            clauses: clauses.collect(),
        })
    });
    let mut report = CoverageReport {
        segments: reports.collect(),
        ..CoverageReport::default()
    };
    report.settle();
    report
}

fn one_line(sources: &Sources, span: Span) -> String {
    let text = sources.text_at(span);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
