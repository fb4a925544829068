//! Runs questions over contact files.

use super::{Workspace, WorkspaceError};
use crate::check::typed::{Condition, ConditionKind, RuleSet};
use crate::dag::{Dag, Root};
use crate::data::{Input, LoadReport, Projection, ScanOptions, scan};
use crate::diag::Phrase;
use crate::eval::columnar::{Answers, Program, Tally, Worker};
use crate::name::{FieldId, SegmentId};
use crate::report::count::{Counts, SegmentCount};
use crate::report::funnel::{Funnel, FunnelClause};
use crate::table::Chunk;
use crate::value::{Clock, Share, Zone};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// How contacts are read and when it is.
#[derive(Clone)]
pub struct RunOptions {
    /// The run's `now` and zone.
    pub clock: Clock,
    /// Share of unreadable records that fails the run; the reader's default without it.
    pub max_rejects: Option<Share>,
    /// Threads to use; all cores without it.
    pub threads: Option<usize>,
    /// Told of bytes read and bytes there are (0 when unknown), now and then.
    pub progress: Option<Arc<dyn Fn(u64, u64) + Send + Sync>>,
}

/// One condition to run, with the name people know it by.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// A segment's name, or the text of an expression.
    pub name: String,
    /// Whom it selects.
    pub condition: Condition,
    /// Every field it reads, through segments too.
    pub reads: BTreeSet<FieldId>,
}

impl Wanted {
    /// A condition under a name.
    pub fn new(rules: &RuleSet, name: &str, condition: Condition) -> Wanted {
        let mut reads = condition.own_fields();
        for id in condition.segments() {
            reads.extend(rules.segment(id).iter().flat_map(|segment| &segment.reads));
        }
        Wanted {
            name: name.to_string(),
            condition,
            reads,
        }
    }

    /// A segment of the rules.
    pub fn segment(rules: &RuleSet, id: SegmentId) -> Option<Wanted> {
        let segment = rules.segment(id)?;
        Some(Wanted {
            name: segment.name.to_string(),
            condition: segment.condition.clone(),
            reads: segment.reads.clone(),
        })
    }
}

/// Conditions compiled for one clock.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) program: Program,
}

impl Compiled {
    pub(super) fn new(rules: &RuleSet, clock: &Clock, wanted: &[Wanted]) -> Compiled {
        Compiled::with(rules, clock, wanted, |root| root)
    }

    /// Where nobody asks who is a member only because a value is missing.
    fn of_members(rules: &RuleSet, clock: &Clock, wanted: &[Wanted]) -> Compiled {
        Compiled::with(rules, clock, wanted, |root| Root {
            certain: root.node,
            ..root
        })
    }

    fn with(
        rules: &RuleSet,
        clock: &Clock,
        wanted: &[Wanted],
        change: impl Fn(Root) -> Root,
    ) -> Compiled {
        let mut dag = Dag::new(clock.clone());
        let segments = dag.add_segments(rules);
        let roots: Vec<Root> = wanted
            .iter()
            .map(|each| change(dag.add(rules, &segments, &each.condition, &each.reads)))
            .collect();
        Compiled {
            program: Program::new(&dag, &rules.schema, &roots),
        }
    }

    pub(super) fn projection(&self, has_ids: bool) -> Projection {
        Projection {
            fields: self.program.projection().to_vec(),
            ids: has_ids || self.program.needs_ids(),
            cuts: self.program.cuts(),
        }
    }
}

impl Compiled {
    /// The projection of the conditions and of more fields, each field read once, and where the
    /// columns of those fields stand in it.
    pub(super) fn projection_with(&self, fields: &[FieldId]) -> (Projection, Vec<usize>) {
        let mut projection = self.projection(true);
        let mut places = Vec::with_capacity(fields.len());
        for field in fields {
            let known = projection.fields.iter().position(|known| known == field);
            places.push(known.unwrap_or(projection.fields.len()));
            if known.is_none() {
                projection.fields.push(*field);
            }
            projection.cuts.remove(field);
        }
        (projection, places)
    }
}

pub(super) fn scan_options(options: &RunOptions) -> ScanOptions {
    let mut scan = ScanOptions::new(options.clock.zone.clone());
    scan.threads = options.threads;
    scan.progress = options.progress.clone();
    if let Some(share) = &options.max_rejects {
        scan.max_rejects = share.clone();
    }
    scan
}

/// Counts the members of each condition.
///
/// # Errors
/// Contacts that cannot be read, or too many rejected records.
pub fn count(
    workspace: &Workspace,
    wanted: &[Wanted],
    input: &Input,
    options: &RunOptions,
) -> Result<(Counts, LoadReport), WorkspaceError> {
    let (tallies, report) = tally(workspace, wanted, input, options)?;
    let segments = wanted
        .iter()
        .zip(tallies)
        .map(|(each, tally)| SegmentCount::new(&each.name, tally))
        .collect();
    let counts = Counts {
        version: 1,
        now: Zone::utc().rfc3339(options.clock.now),
        zone: options.clock.zone.name().to_string(),
        contacts: report.contacts,
        rejected: report.rejected,
        segments,
    };
    Ok((counts, report))
}

pub(super) fn tally(
    workspace: &Workspace,
    wanted: &[Wanted],
    input: &Input,
    options: &RunOptions,
) -> Result<(Vec<Tally>, LoadReport), WorkspaceError> {
    let rules = &workspace.rules;
    let compiled = Compiled::new(rules, &options.clock, wanted);
    let mut totals = vec![Tally::default(); wanted.len()];
    let report = scan(
        input,
        &rules.schema,
        &compiled.projection(false),
        &scan_options(options),
        || Worker::new(&compiled.program),
        |worker, chunk| {
            let mut tallies = vec![Tally::default(); wanted.len()];
            worker.tally(chunk, &mut tallies);
            tallies
        },
        |tallies| {
            for (total, tally) in totals.iter_mut().zip(tallies) {
                total.add(tally);
            }
            Ok(())
        },
    )?;
    Ok((totals, report))
}

/// Shows what each clause of one condition removes, in the order written.
///
/// # Errors
/// As [`count`].
pub fn funnel(
    workspace: &Workspace,
    wanted: &Wanted,
    input: &Input,
    options: &RunOptions,
) -> Result<(Funnel, LoadReport), WorkspaceError> {
    let (clauses, questions) = funnel_questions(&workspace.rules, wanted);
    let (tallies, report) = tally(workspace, &questions, input, options)?;
    let mut funnel = funnel_of(workspace, wanted, &clauses, &tallies);
    funnel.now = Zone::utc().rfc3339(options.clock.now);
    funnel.zone = options.clock.zone.name().to_string();
    funnel.contacts = report.contacts;
    funnel.rejected = report.rejected;
    Ok((funnel, report))
}

/// The clauses of a condition, and what to count for its funnel: everyone, then each prefix of clauses,
/// then each clause alone.
pub(super) fn funnel_questions(rules: &RuleSet, wanted: &Wanted) -> (Vec<Condition>, Vec<Wanted>) {
    let clauses = clauses(rules, &wanted.condition);
    let with = |condition: Condition| Wanted {
        name: String::new(),
        condition,
        reads: wanted.reads.clone(),
    };
    let prefix = |length: usize| Condition {
        kind: ConditionKind::And(clauses.iter().take(length).cloned().collect()),
        span: wanted.condition.span,
    };
    let prefixes = (0..=clauses.len()).map(|length| with(prefix(length)));
    let singles = clauses.iter().cloned().map(with);
    let questions = prefixes.chain(singles).collect();
    (clauses, questions)
}

/// The funnel from the counts of [`funnel_questions`]; the run's own figures are still to be set.
pub(super) fn funnel_of(
    workspace: &Workspace,
    wanted: &Wanted,
    clauses: &[Condition],
    tallies: &[Tally],
) -> Funnel {
    let (kept, alone) = tallies.split_at(clauses.len() + 1);
    let steps = clauses.iter().zip(kept.windows(2)).zip(alone);
    let steps = steps.filter_map(|((clause, pair), alone)| {
        let [before, after] = pair else { return None };
        Some(FunnelClause {
            clause: workspace.sources.text_at(clause.span).to_string(),
            left: after.members,
            removed: before.members - after.members,
            alone: alone.members,
        })
    });
    let last = kept.last().copied().unwrap_or_default();
    Funnel {
        version: 1,
        now: String::new(),
        zone: String::new(),
        name: wanted.name.clone(),
        contacts: 0,
        rejected: 0,
        quarantined: last.quarantined,
        clauses: steps.collect(),
        members: last.members,
        missing_included: last.missing_included,
    }
}

/// The parts of an `and`; a segment named alone is entered; anything else is one clause.
fn clauses(rules: &RuleSet, condition: &Condition) -> Vec<Condition> {
    match &condition.kind {
        ConditionKind::And(of) => of.clone(),
        ConditionKind::Segment(id) => match rules.segment(*id) {
            Some(segment) => clauses(rules, &segment.condition),
            None => Vec::new(),
        },
        ConditionKind::Everyone => Vec::new(),
        ConditionKind::Or(_)
        | ConditionKind::Not(_)
        | ConditionKind::Count { .. }
        | ConditionKind::Nobody
        | ConditionKind::Ask(_) => vec![condition.clone()],
    }
}

/// Hands the members of one condition to `sink`, chunk by chunk in file order. Chunks carry ids and
/// the columns of `fields`, in that order. Who leans on missing values is not asked.
///
/// # Errors
/// As [`count`], and whatever `sink` fails with.
pub fn select(
    workspace: &Workspace,
    wanted: &Wanted,
    fields: &[FieldId],
    input: &Input,
    options: &RunOptions,
    mut sink: impl FnMut(&Chunk, &Answers) -> Result<(), Phrase>,
) -> Result<LoadReport, WorkspaceError> {
    let rules = &workspace.rules;
    let compiled = Compiled::of_members(rules, &options.clock, std::slice::from_ref(wanted));
    let (projection, places) = compiled.projection_with(fields);
    let report = scan(
        input,
        &rules.schema,
        &projection,
        &scan_options(options),
        || Worker::new(&compiled.program),
        |worker, chunk| {
            let answer = worker.answer(chunk).into_iter().next().unwrap_or_default();
            (answer, chunk.pick(&places))
        },
        |(answer, chunk)| sink(&chunk, &answer),
    )?;
    Ok(report)
}

/// Hands the answers of every condition to `sink`, chunk by chunk in file order. Who leans on missing
/// values is not asked.
///
/// # Errors
/// As [`select`].
pub fn classify(
    workspace: &Workspace,
    wanted: &[Wanted],
    input: &Input,
    options: &RunOptions,
    mut sink: impl FnMut(&Chunk, &[Answers]) -> Result<(), Phrase>,
) -> Result<LoadReport, WorkspaceError> {
    // Answers that `sink` has seen are room for others.
    let seen: Mutex<Vec<Vec<Answers>>> = Mutex::default();
    let seen = || seen.lock().unwrap_or_else(PoisonError::into_inner);
    by_chunk(
        workspace,
        wanted,
        input,
        options,
        |chunk, answers| {
            let room = seen().pop().unwrap_or_default();
            (std::mem::replace(answers, room), chunk.pick(&[]))
        },
        |(answers, chunk)| {
            let result = sink(&chunk, &answers);
            seen().push(answers);
            result
        },
    )
}

/// Makes something of the answers of every condition, chunk by chunk on the threads that find them, and
/// hands it to `sink` in file order. Chunks carry ids.
///
/// # Errors
/// As [`select`].
pub fn classify_each<T: Send>(
    workspace: &Workspace,
    wanted: &[Wanted],
    input: &Input,
    options: &RunOptions,
    make: impl Fn(&Chunk, &[Answers]) -> T + Sync,
    sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<LoadReport, WorkspaceError> {
    let make = |chunk: &mut Chunk, answers: &mut Vec<Answers>| make(chunk, answers);
    by_chunk(workspace, wanted, input, options, make, sink)
}

/// The same; `make` may take the answers and leave room for others.
fn by_chunk<T: Send>(
    workspace: &Workspace,
    wanted: &[Wanted],
    input: &Input,
    options: &RunOptions,
    make: impl Fn(&mut Chunk, &mut Vec<Answers>) -> T + Sync,
    sink: impl FnMut(T) -> Result<(), Phrase>,
) -> Result<LoadReport, WorkspaceError> {
    let rules = &workspace.rules;
    let compiled = Compiled::of_members(rules, &options.clock, wanted);
    let report = scan(
        input,
        &rules.schema,
        &compiled.projection(true),
        &scan_options(options),
        || (Worker::new(&compiled.program), Vec::new()),
        |(worker, answers), chunk| {
            worker.answer_into(chunk, answers);
            make(chunk, answers)
        },
        sink,
    )?;
    Ok(report)
}
