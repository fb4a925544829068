//! Adds findings to checked rules: by proof, by how they are written, and by what the contacts show.
//!
//! Invariants: rules with errors are not examined; contacts only ever add findings, or take away those
//! that are about nobody.

use super::profile::profile;
use super::run::{RunOptions, Wanted, tally};
use super::{Levels, Workspace, WorkspaceError, settled};
use crate::analyze::{Findings, Leaning, findings};
use crate::check::typed::{Condition, ConditionKind};
use crate::data::{Input, LoadReport};
use crate::diag::{Code, Diagnostic, Pass, Severity};
use crate::lint;
use crate::name::FieldId;
use crate::say;
use crate::schema::IdSource;
use crate::source::Span;
use crate::syntax::ast;
use crate::value::{Clock, grouped};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What is known besides the rules.
struct Shown {
    /// Findings from the contacts.
    diagnostics: Vec<Diagnostic>,
    /// For each segment that leans on missing cells: its members, and how many of them are in only
    /// because of that.
    people: Vec<(u64, u64)>,
    /// Texts in rules of which the contacts say whether they are right.
    judged: BTreeSet<Span>,
    report: LoadReport,
}

/// Whether findings of a code are looked for.
fn is_wanted(levels: &Levels) -> impl Fn(Code) -> bool {
    |code| !code.is_opt_in() || levels.turn_on(code)
}

impl Workspace {
    /// Adds what analysis finds at one `now`, when there is no error in the rules. Gives the number of
    /// segments about which something was left unproved, because of the work limit.
    pub fn analyze(&mut self, clock: &Clock, levels: &Levels) -> usize {
        let written = self.written(levels);
        match self.found(clock) {
            Some(found) => self.settle(found, written, levels, None),
            None => 0,
        }
    }

    /// As [`Workspace::analyze`], for those who ask for nothing but the findings afterwards: the syntax
    /// trees are dropped before anything is proved, which takes half the memory of large rule sets.
    pub fn analyze_last(&mut self, clock: &Clock, levels: &Levels) -> usize {
        let written = self.written(levels);
        for (_, file) in &mut self.files {
            *file = Arc::new(ast::File {
                items: Vec::new(),
                allows: file.allows.clone(),
                broken: Vec::new(),
            });
        }
        match self.found(clock) {
            Some(found) => self.settle(found, written, levels, None),
            None => 0,
        }
    }

    /// What is found in how rules without errors are written.
    fn written(&self, levels: &Levels) -> Vec<Diagnostic> {
        match self.told.iter().any(Diagnostic::is_error) {
            true => Vec::new(),
            false => lint::rules(self.lint_rules(), &self.told, &is_wanted(levels)),
        }
    }

    /// As [`Workspace::analyze`], and what the contacts show; nothing is read when there is an error in
    /// the rules.
    ///
    /// # Errors
    /// Contacts that cannot be read, or too many rejected records.
    pub fn analyze_with(
        &mut self,
        levels: &Levels,
        input: &Input,
        options: &RunOptions,
    ) -> Result<(usize, Option<LoadReport>), WorkspaceError> {
        let Some(found) = self.found(&options.clock) else {
            return Ok((0, None));
        };
        let shown = self.shown(&found.leaning, input, options)?;
        let (report, written) = (shown.report.clone(), self.written(levels));
        let unproved = self.settle(found, written, levels, Some(shown));
        Ok((unproved, Some(report)))
    }

    fn found(&self, clock: &Clock) -> Option<Findings> {
        let has_errors = self.told.iter().any(Diagnostic::is_error);
        (!has_errors).then(|| findings(&self.rules, &self.sources, clock.clone(), &self.told))
    }

    fn shown(
        &self,
        leaning: &[Leaning],
        input: &Input,
        options: &RunOptions,
    ) -> Result<Shown, WorkspaceError> {
        let fields: Vec<FieldId> = self.fields_read().into_iter().collect();
        let (profile, report) = profile(self, &fields, input, options)?;
        let wanted: Vec<Wanted> = leaning
            .iter()
            .flat_map(|each| self.questions(each))
            .collect();
        let people = match wanted.is_empty() {
            true => Vec::new(),
            false => {
                let (tallies, _) = tally(self, &wanted, input, options)?;
                let members: Vec<u64> = tallies.iter().map(|tally| tally.members).collect();
                let pairs = members.chunks_exact(2).filter_map(|pair| match pair {
                    [all, only] => Some((*all, *only)),
                    _ => None,
                });
                pairs.collect()
            }
        };
        Ok(Shown {
            diagnostics: lint::data(self.lint_rules(), &profile.fields),
            judged: lint::judged(self.lint_rules(), &profile.fields),
            people,
            report,
        })
    }

    /// The fields that segments and campaigns read, but the id.
    fn fields_read(&self) -> BTreeSet<FieldId> {
        let of_segments = self.rules.segments.iter().flat_map(|each| &each.reads);
        let of_campaigns = self.rules.campaigns.values().flat_map(|each| &each.reads);
        let mut fields: BTreeSet<FieldId> = of_segments.chain(of_campaigns).copied().collect();
        if let IdSource::Field(id) = self.rules.schema.id {
            fields.remove(&id);
        }
        fields
    }

    /// Who is in a segment, and who of them is in only because a cell is missing.
    fn questions(&self, leaning: &Leaning) -> Vec<Wanted> {
        let Some(whole) = Wanted::segment(&self.rules, leaning.segment) else {
            return Vec::new();
        };
        let span = whole.condition.span;
        let outside = Condition {
            kind: ConditionKind::Not(Box::new(leaning.guarded.clone())),
            span,
        };
        let only = Condition {
            kind: ConditionKind::And(vec![whole.condition.clone(), outside]),
            span,
        };
        let only = Wanted {
            condition: only,
            ..whole.clone()
        };
        vec![whole, only]
    }

    fn lint_rules(&self) -> lint::Rules<'_> {
        lint::Rules {
            sources: &self.sources,
            files: &self.files,
            typed: &self.rules,
        }
    }

    /// Puts everything that was found together.
    fn settle(
        &mut self,
        found: Findings,
        written: Vec<Diagnostic>,
        levels: &Levels,
        shown: Option<Shown>,
    ) -> usize {
        let is_wanted = is_wanted(levels);
        let (unproved, has_data) = (found.unproved, shown.is_some());
        let mut told = self.told.clone();
        told.extend(found.diagnostics);
        told.extend(written);
        // They stay until comments that allow them have been seen: none of those is unused.
        let mut silent: BTreeSet<(Code, Span)> = BTreeSet::new();
        let judged = shown.iter().flat_map(|shown| &shown.judged);
        silent.extend(judged.map(|span| (Code::LookalikeText, *span)));
        let people = shown.as_ref().map(|shown| shown.people.as_slice());
        for (at, leaning) in found.leaning.into_iter().enumerate() {
            let people = people.map(|people| people.get(at).copied().unwrap_or_default());
            let is_told = match people {
                None => !leaning.is_flag,
                Some((_, only)) => only > 0,
            };
            if !is_told {
                silent.insert((Code::NegatedNullable, leaning.diagnostic.span()));
            }
            told.push(match people {
                Some(people) if is_told => self.counted(leaning, people),
                Some(_) | None => leaning.diagnostic,
            });
        }
        told.extend(shown.into_iter().flat_map(|shown| shown.diagnostics));
        let looked_for = |code: Code| match code.pass() {
            Pass::Check => true,
            Pass::Lint => is_wanted(code),
            Pass::Proof => unproved == 0,
            Pass::Data => has_data,
        };
        let mut diagnostics = settled(&self.sources, &self.files, levels, told, &looked_for);
        diagnostics.retain(|found| !silent.contains(&(found.code, found.span())));
        self.diagnostics = diagnostics;
        unproved
    }

    /// The finding with the people it is about.
    fn counted(&self, leaning: Leaning, (members, only): (u64, u64)) -> Diagnostic {
        let mut diagnostic = leaning.diagnostic;
        let schema = &self.rules.schema;
        let names = leaning.fields.iter().filter_map(|id| schema.field(*id));
        let names: Vec<String> = names.map(|field| format!("`{}`", field.name)).collect();
        let (en, zh) = (names.join(" or "), names.join("或"));
        let segment = self.rules.segment(leaning.segment);
        let name = segment.map_or("", |segment| segment.name.as_str());
        let (members, only) = (grouped(members), grouped(only));
        diagnostic.message = say!(
            "{only} of {members} contacts in `{name}` are there only because {en} is missing",
            "`{name}` 的 {members} 个联系人中有 {only} 个只因 {zh} 缺失而入选"
        );
        if !leaning.is_flag {
            diagnostic.severity = Severity::Warning;
        }
        diagnostic
    }
}
