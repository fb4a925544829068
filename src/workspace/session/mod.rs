//! Keeps contacts in memory, so that one question after the other is answered at once.
//!
//! Invariants: every answer equals that of [`super::count`] over the same files; a predicate is put to
//! the data once, however many expressions name it, as long as it stays among the answers that are
//! kept; definitions that do not check change nothing.

mod answers;
mod define;
mod people;

pub use define::DefineError;

use super::run::{RunOptions, Wanted, funnel_of, funnel_questions, scan_options};
use super::{ClaimError, Profile, Workspace, WorkspaceError, prove};
use crate::dag::{Dag, Root};
use crate::data::{Input, LoadReport, Projection, scan};
use crate::diag::Diagnostic;
use crate::eval::columnar::Tally;
use crate::name::{FieldId, Name};
use crate::report::count::{Counts, SegmentCount};
use crate::report::funnel::Funnel;
use crate::report::proof::Proof;
use crate::source::SourceId;
use crate::table::Chunk;
use crate::value::{Clock, Instant, Zone};
use answers::{Answers, Contacts};
use indexmap::IndexMap;

/// Contacts in memory with rules, at one `now` at a time.
///
/// ```no_run
/// # fn demo(
/// #     rules: segrule::workspace::Workspace,
/// #     input: segrule::data::Input,
/// #     options: segrule::workspace::RunOptions,
/// # ) -> Result<(), Box<dyn std::error::Error>> {
/// use segrule::workspace::Session;
/// let mut session = Session::load(rules, &input, &options)?;
/// if let Ok(adults) = session.question("age >= 18") {
///     println!("{} adults", session.count(&adults).members);
/// }
/// # Ok(())
/// # }
/// ```
pub struct Session {
    workspace: Workspace,
    options: RunOptions,
    contacts: Contacts,
    report: LoadReport,
    dag: Dag,
    /// By segment.
    segments: Vec<Root>,
    answers: Answers,
    /// Of the fields asked for so far.
    profiles: Profile,
    /// What was defined here, with its text.
    defined: IndexMap<Name, SourceId>,
}

impl Session {
    /// Reads all contacts.
    ///
    /// # Errors
    /// Contacts that cannot be read, or too many rejected records.
    pub fn load(
        workspace: Workspace,
        input: &Input,
        options: &RunOptions,
    ) -> Result<Session, WorkspaceError> {
        let schema = &workspace.rules.schema;
        let fields: Vec<FieldId> = schema.iter().map(|(id, _)| id).collect();
        let places: Vec<usize> = (0..fields.len()).collect();
        let projection = Projection {
            fields,
            ids: true,
            ..Projection::default()
        };
        let mut chunks: Vec<Chunk> = Vec::new();
        let report = scan(
            input,
            schema,
            &projection,
            &scan_options(options),
            || (),
            |(), chunk| {
                let mut kept = chunk.pick(&places);
                kept.pack();
                kept
            },
            |chunk| {
                chunks.push(chunk);
                Ok(())
            },
        )?;
        let mut dag = Dag::new(options.clock.clone());
        let segments = dag.add_segments(&workspace.rules);
        Ok(Session {
            workspace,
            options: options.clone(),
            contacts: Contacts::new(chunks, projection.fields),
            dag,
            segments,
            answers: Answers::default(),
            profiles: Profile {
                contacts: report.contacts,
                fields: IndexMap::new(),
            },
            report,
            defined: IndexMap::new(),
        })
    }

    /// The rules, with what was defined here.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// What was odd about the data.
    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// The `now` and zone of answers.
    pub fn clock(&self) -> &Clock {
        &self.options.clock
    }

    /// Answers for another `now` from here on.
    pub fn move_to(&mut self, now: Instant) {
        self.options.clock.now = now;
        self.dag.move_to(now);
        self.segments = self.dag.add_segments(&self.workspace.rules);
    }

    /// How many questions were put to the data so far; what is known already is not asked again.
    pub fn questions_asked(&self) -> u64 {
        self.answers.asked()
    }

    /// Checks an expression.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn question(&mut self, text: &str) -> Result<Wanted, Vec<Diagnostic>> {
        let mut wanted = self.workspace.expression("prompt", text)?;
        wanted.name = wanted.name.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(wanted)
    }

    /// Counts the members of a condition.
    pub fn count(&mut self, wanted: &Wanted) -> SegmentCount {
        let tally = self.tally(wanted);
        SegmentCount::new(&wanted.name, tally)
    }

    /// Shows what each clause of a condition removes.
    pub fn funnel(&mut self, wanted: &Wanted) -> Funnel {
        let (clauses, questions) = funnel_questions(&self.workspace.rules, wanted);
        let tallies: Vec<Tally> = questions.iter().map(|each| self.tally(each)).collect();
        let mut funnel = funnel_of(&self.workspace, wanted, &clauses, &tallies);
        funnel.now = Zone::utc().rfc3339(self.options.clock.now);
        funnel.zone = self.options.clock.zone.name().to_string();
        funnel.contacts = self.report.contacts;
        funnel.rejected = self.report.rejected;
        funnel
    }

    /// Counts the members of several conditions.
    pub fn counts(&mut self, wanted: &[Wanted]) -> Counts {
        let segments = wanted.iter().map(|each| self.count(each)).collect();
        Counts {
            version: 1,
            now: Zone::utc().rfc3339(self.options.clock.now),
            zone: self.options.clock.zone.name().to_string(),
            contacts: self.report.contacts,
            rejected: self.report.rejected,
            segments,
        }
    }

    /// Proves a claim, as [`super::prove`] does.
    ///
    /// # Errors
    /// The text is no claim, or one of its conditions is wrong.
    pub fn prove(&mut self, claim: &str) -> Result<Proof, ClaimError> {
        let clock = self.options.clock.clone();
        prove(&mut self.workspace, claim, &clock)
    }

    fn tally(&mut self, wanted: &Wanted) -> Tally {
        let root = self.root(wanted);
        self.found(&root).tally()
    }

    fn root(&mut self, wanted: &Wanted) -> Root {
        let rules = &self.workspace.rules;
        self.dag
            .add(rules, &self.segments, &wanted.condition, &wanted.reads)
    }

    fn found(&mut self, root: &Root) -> answers::Found {
        let schema = &self.workspace.rules.schema;
        self.answers.of(&self.dag, schema, &mut self.contacts, root)
    }
}
