//! Compares two versions of the rules: proved over all contacts, and counted over the contacts given.

use super::definitions::{changed_lists, changed_params};
use super::run::{RunOptions, scan_options};
use super::{Workspace, WorkspaceError};
use crate::analyze::{Change, Comparer, Somebody, Version};
use crate::check::typed::{Condition, ConditionKind, RuleSet};
use crate::dag::{Dag, NodeId, Root};
use crate::data::{Input, LoadReport, Projection, scan};
use crate::eval::columnar::{Answers, Program, Worker};
use crate::name::{Name, SegmentId};
use crate::report::diff::{
    ChangedField, Difference, Direction, Kind, MovedBy, Moves, SegmentChange, Shown, Side,
};
use crate::report::verdict::shown_value;
use crate::say;
use crate::schema::{FieldChange, IdSource, Schema};
use crate::source::Sources;
use crate::table::{Bitmap, Chunk};
use crate::value::{Clock, Instant, Value, Zone};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct OldOrNew<'w> {
    /// The rules; without errors.
    pub workspace: &'w Workspace,
    /// What people call it: a path or a revision.
    pub name: &'w str,
    /// Its `now`.
    pub now: Instant,
}

/// What to compare and how.
#[derive(Clone, Copy)]
pub struct DiffOptions<'o> {
    /// Only these segments; all without any.
    pub segments: &'o [String],
    /// Contacts to count over.
    pub input: Option<&'o Input>,
    /// How they are read; the zone holds for both sides.
    pub run: &'o RunOptions,
    /// Most ids told of people gained or lost, each way.
    pub most_ids: usize,
}

/// Compares the segments of two versions of the rules by name.
///
/// # Errors
/// The schemas cannot be joined, a name is in neither version, or the contacts cannot be read.
pub fn diff(
    old: OldOrNew,
    new: OldOrNew,
    options: &DiffOptions,
) -> Result<(Difference, Option<LoadReport>), WorkspaceError> {
    let joined = new.workspace.schema().joined_with(old.workspace.schema());
    let versions = Versions {
        old: old.workspace.checked_against(&joined.schema)?,
        new: new.workspace.checked_against(&joined.schema)?,
        old_now: old.now,
        new_now: new.now,
        old_sources: &old.workspace.sources,
        new_sources: &new.workspace.sources,
        zone: &options.run.clock.zone,
    };
    let names = versions.names(options.segments)?;
    let changed_fields: BTreeSet<&Name> = joined
        .changes
        .iter()
        .filter(|(_, change)| *change == FieldChange::Changed)
        .map(|(name, _)| name)
        .collect();
    let mut segments = versions.proved(&names, &changed_fields);
    let report = match options.input {
        Some(input) => Some(versions.count(&mut segments, input, options)?),
        None => None,
    };
    let side = |side: OldOrNew| Side {
        rules: side.name.to_string(),
        now: Zone::utc().rfc3339(side.now),
    };
    let fields = joined.changes.iter().map(|(name, change)| ChangedField {
        name: name.to_string(),
        change: match change {
            FieldChange::Added => "added",
            FieldChange::Removed => "removed",
            FieldChange::Changed => "changed",
        },
    });
    let before = (&versions.old, versions.old_sources);
    let after = (&versions.new, versions.new_sources);
    let difference = Difference {
        version: 1,
        old: side(old),
        new: side(new),
        zone: options.run.clock.zone.name().to_string(),
        fields: fields.collect(),
        params: changed_params(before, after),
        lists: changed_lists(before, after),
        segments: segments.into_iter().map(|each| each.change).collect(),
    };
    Ok((difference, report))
}

struct Versions<'w> {
    old: RuleSet,
    new: RuleSet,
    old_now: Instant,
    new_now: Instant,
    old_sources: &'w Sources,
    new_sources: &'w Sources,
    zone: &'w Zone,
}

/// A segment with its place in both versions.
struct Compared {
    old: Option<SegmentId>,
    new: Option<SegmentId>,
    change: SegmentChange,
}

/// Both versions in one table of predicates.
struct Both {
    dag: Dag,
    old: Vec<Root>,
    new: Vec<Root>,
}

impl Versions<'_> {
    /// The names to compare: those of the new version in its order, then those only the old one has.
    fn names(&self, wanted: &[String]) -> Result<Vec<Name>, WorkspaceError> {
        let all = self
            .new
            .segment_names
            .keys()
            .chain(self.old.segment_names.keys());
        let all: indexmap::IndexSet<&Name> = ordered(&self.new)
            .chain(ordered(&self.old))
            .chain(all)
            .collect();
        if wanted.is_empty() {
            return Ok(all.into_iter().cloned().collect());
        }
        wanted
            .iter()
            .map(|name| {
                let wanted = Name::new(name);
                all.get(&wanted).map(|name| (*name).clone()).ok_or_else(|| {
                    WorkspaceError::new(say!(
                        "neither version has a segment `{name}`",
                        "两个版本中都没有人群 `{name}`"
                    ))
                })
            })
            .collect()
    }

    fn both(&self) -> Both {
        let mut dag = Dag::new(Clock {
            now: self.old_now,
            zone: self.zone.clone(),
        });
        let old = dag.add_segments(&self.old);
        dag.move_to(self.new_now);
        let new = dag.add_segments(&self.new);
        Both { dag, old, new }
    }

    fn proved(&self, names: &[Name], changed_fields: &BTreeSet<&Name>) -> Vec<Compared> {
        let clock = Clock {
            now: self.new_now,
            zone: self.zone.clone(),
        };
        let (old, new) = (
            Version {
                rules: &self.old,
                now: self.old_now,
            },
            Version {
                rules: &self.new,
                now: self.new_now,
            },
        );
        let mut comparer = Comparer::new(old, new, &clock);
        let mut both = self.both();
        names
            .iter()
            .map(|name| self.compared(name, &mut comparer, &mut both, changed_fields))
            .collect()
    }

    fn compared(
        &self,
        name: &Name,
        comparer: &mut Comparer,
        both: &mut Both,
        changed_fields: &BTreeSet<&Name>,
    ) -> Compared {
        let (old, new) = (
            self.old.find_segment(name.as_str()),
            self.new.find_segment(name.as_str()),
        );
        let before = old.and_then(|id| self.old.segment(id));
        let after = new.and_then(|id| self.new.segment(id));
        let mut change = SegmentChange::new(name.as_str());
        match (before, after) {
            (Some(before), Some(after)) => {
                let reads = before.reads.union(&after.reads);
                let mut read = reads.filter_map(|id| self.new.schema.field(*id));
                let changed = read.find(|field| changed_fields.contains(&field.name));
                if let Some(field) = changed {
                    change.kind = Kind::Undecided;
                    let field = &field.name;
                    change.why = Some(say!(
                        "the field `{field}` is read in another way now",
                        "字段 `{field}` 的读法已改变"
                    ));
                } else {
                    let found = comparer.compare(&before.condition, &after.condition);
                    self.tell(&mut change, found);
                }
                if change.kind != Kind::Equal {
                    self.tell_clauses(&mut change, both, &before.condition, &after.condition);
                }
            }
            (None, Some(_)) => {
                change.kind = Kind::Added;
                change.same_as = same_predicate(both, new, &self.old, false);
            }
            (Some(_), None) => {
                change.kind = Kind::Removed;
                change.same_as = same_predicate(both, old, &self.new, true);
            }
            (None, None) => {}
        }
        Compared { old, new, change }
    }

    fn tell(&self, change: &mut SegmentChange, found: Change) {
        use Somebody::{Nobody, Undecided};
        change.kind = match (&found.gained, &found.lost) {
            (Nobody, Nobody) => Kind::Equal,
            (Somebody::Somebody(..), Somebody::Somebody(..)) => Kind::Changed,
            (Nobody, Somebody::Somebody(..)) => Kind::Narrower,
            (Somebody::Somebody(..), Nobody) => Kind::Wider,
            (Undecided(_), _) | (_, Undecided(_)) => Kind::Undecided,
        };
        for side in [&found.gained, &found.lost] {
            if let Undecided(why) = side {
                change.why = Some(why.phrase());
            }
        }
        change.gained_example = self.example(&found.gained);
        change.lost_example = self.example(&found.lost);
    }

    fn example(&self, found: &Somebody) -> Option<Shown> {
        let Somebody::Somebody(id, cells) = found else {
            return None;
        };
        Some(shown_contact(&self.new.schema, self.zone, id, cells))
    }

    /// The clauses that only one version has.
    fn tell_clauses(
        &self,
        change: &mut SegmentChange,
        both: &mut Both,
        old: &Condition,
        new: &Condition,
    ) {
        let before = self.clauses(both, old, Direction::Lost);
        let after = self.clauses(both, new, Direction::Gained);
        let missing_from = |clauses: &[Clause], others: &[Clause]| -> Vec<String> {
            let is_new = |clause: &&Clause| others.iter().all(|other| other.node != clause.node);
            let only = clauses.iter().filter(is_new);
            only.map(|clause| clause.text.clone()).collect()
        };
        change.removed_clauses = missing_from(&before.parts, &after.parts);
        change.added_clauses = missing_from(&after.parts, &before.parts);
    }

    /// The clauses of one version's condition (`Lost` reads the old one), by predicate and text.
    fn clauses(&self, both: &mut Both, condition: &Condition, from: Direction) -> Clauses {
        let (rules, roots, now, sources) = match from {
            Direction::Lost => (&self.old, &both.old, self.old_now, self.old_sources),
            Direction::Gained => (&self.new, &both.new, self.new_now, self.new_sources),
        };
        let (is_and, parts) = parts(rules, condition);
        both.dag.move_to(now);
        let reads = BTreeSet::new();
        let parts = parts.into_iter().map(|part| Clause {
            node: both.dag.add(rules, roots, part, &reads).node,
            text: one_line(sources.text_at(part.span)),
        });
        Clauses {
            is_and,
            parts: parts.collect(),
        }
    }

    /// Counts who was gained and lost, and by which clause.
    fn count(
        &self,
        segments: &mut [Compared],
        input: &Input,
        options: &DiffOptions,
    ) -> Result<LoadReport, WorkspaceError> {
        let mut both = self.both();
        let mut asked = Vec::with_capacity(segments.len());
        let mut roots = Vec::new();
        for segment in segments.iter() {
            asked.push(self.questions(segment, &mut both, &mut roots));
        }
        let program = Program::new(&both.dag, &self.new.schema, &roots);
        let projection = Projection {
            fields: program.projection().to_vec(),
            ids: true,
            cuts: program.cuts(),
        };
        let report = scan(
            input,
            &self.new.schema,
            &projection,
            &scan_options(options.run),
            || (Worker::new(&program), Vec::new()),
            |(worker, answers), chunk| {
                worker.answer_into(chunk, answers);
                let moves = asked
                    .iter()
                    .map(|asked| asked.moves(answers, chunk, options.most_ids));
                moves.collect::<Vec<Moves>>()
            },
            |found| {
                for (segment, moves) in segments.iter_mut().zip(found) {
                    segment.change.add(moves, options.most_ids);
                }
                Ok(())
            },
        )?;
        for (segment, asked) in segments.iter_mut().zip(asked) {
            segment.change.settle(asked.labels);
        }
        Ok(report)
    }

    /// Adds the questions about one segment to `roots`: both versions, then the clauses that may have
    /// moved somebody.
    fn questions(&self, segment: &Compared, both: &mut Both, roots: &mut Vec<Root>) -> Asked {
        let nobody = Root {
            node: Dag::NOBODY,
            certain: Dag::NOBODY,
            reads: BTreeSet::new(),
        };
        let root = |roots: &[Root], id: Option<SegmentId>| {
            let found = id.and_then(|id| roots.get(id.index()));
            found.cloned().unwrap_or_else(|| nobody.clone())
        };
        let (before, after) = (root(&both.old, segment.old), root(&both.new, segment.new));
        let first = roots.len();
        let reads: BTreeSet<_> = before.reads.union(&after.reads).copied().collect();
        let mut labels = Vec::new();
        let mut clauses = Vec::new();
        if let (Some(old), Some(new)) = (
            segment.old.and_then(|id| self.old.segment(id)),
            segment.new.and_then(|id| self.new.segment(id)),
        ) {
            let was = self.clauses(both, &old.condition, Direction::Lost);
            let is = self.clauses(both, &new.condition, Direction::Gained);
            for direction in [Direction::Lost, Direction::Gained] {
                let (inside, outside, kept, left) = match direction {
                    Direction::Lost => (before.node, after.node, &was, &is),
                    Direction::Gained => (after.node, before.node, &is, &was),
                };
                blamed(
                    &mut both.dag,
                    inside,
                    outside,
                    kept,
                    left,
                    |text, is_new, node| {
                        labels.push(MovedBy::new(
                            direction,
                            text,
                            is_new == (direction == Direction::Lost),
                        ));
                        clauses.push(node);
                    },
                );
            }
        }
        roots.extend([before, after]);
        roots.extend(clauses.into_iter().map(|node| Root {
            node,
            certain: node,
            reads: reads.clone(),
        }));
        Asked { first, labels }
    }
}

/// The segments of a rule set in the order written.
fn ordered(rules: &RuleSet) -> impl Iterator<Item = &Name> {
    let declared = rules.declared.iter();
    declared.filter_map(|id| rules.segment(*id).map(|segment| &segment.name))
}

/// A clause as a predicate and in words.
struct Clause {
    node: NodeId,
    text: String,
}

struct Clauses {
    /// Whether all of them must hold; any of them otherwise.
    is_and: bool,
    parts: Vec<Clause>,
}

/// The parts of an `and` or `or`; a segment named alone is entered; anything else is one clause.
fn parts<'c>(rules: &'c RuleSet, condition: &'c Condition) -> (bool, Vec<&'c Condition>) {
    match &condition.kind {
        ConditionKind::And(of) => (true, of.iter().collect()),
        ConditionKind::Or(of) => (false, of.iter().collect()),
        ConditionKind::Segment(id) => match rules.segment(*id) {
            Some(segment) => parts(rules, &segment.condition),
            None => (true, Vec::new()),
        },
        ConditionKind::Not(_)
        | ConditionKind::Count { .. }
        | ConditionKind::Everyone
        | ConditionKind::Nobody
        | ConditionKind::Ask(_) => (true, vec![condition]),
    }
}

/// Tells, clause by clause, who is `inside` and not `outside`: the first clause of an `and` that
/// leaves them out, else the first of an `or` that lets them in. `tell` is given the clause's text,
/// whether it belongs to the version that leaves them out, and the predicate.
fn blamed(
    dag: &mut Dag,
    inside: NodeId,
    outside: NodeId,
    kept: &Clauses,
    left: &Clauses,
    mut tell: impl FnMut(&str, bool, NodeId),
) {
    if inside == outside {
        return;
    }
    let not_outside = dag.not(outside);
    let is_left = left.is_and || kept.is_and;
    let clauses = if is_left { left } else { kept };
    let mut before = vec![inside, not_outside];
    if is_left && !left.is_and {
        // An `or` leaves people out as a whole.
        let node = dag.and(before);
        let texts: Vec<&str> = left.parts.iter().map(|part| part.text.as_str()).collect();
        return tell(&texts.join(" or "), true, node);
    }
    for clause in &clauses.parts {
        let opposite = dag.not(clause.node);
        let (decides, goes_on) = match is_left {
            true => (opposite, clause.node),
            false => (clause.node, opposite),
        };
        let node = dag.and(before.iter().copied().chain([decides]));
        tell(&clause.text, is_left, node);
        before.push(goes_on);
    }
}

/// Where the answers about one segment stand.
struct Asked {
    first: usize,
    labels: Vec<MovedBy>,
}

impl Asked {
    fn moves(&self, answers: &[Answers], chunk: &Chunk, most_ids: usize) -> Moves {
        let (Some(before), Some(after)) = (answers.get(self.first), answers.get(self.first + 1))
        else {
            return Moves::default();
        };
        let without = |left: &Bitmap, right: &Bitmap| {
            let mut left = left.clone();
            left.and_not(right);
            left
        };
        let gained = without(&after.members, &before.members);
        let lost = without(&before.members, &after.members);
        let both = |left: &Bitmap, right: &Bitmap| {
            let mut left = left.clone();
            left.and(right);
            left.count()
        };
        let ids = |rows: &Bitmap| {
            let rows = rows.rows().take(most_ids);
            rows.map(|row| chunk.ids.get(row).to_string()).collect()
        };
        let clauses = answers.iter().skip(self.first + 2).take(self.labels.len());
        Moves {
            old: before.members.count(),
            new: after.members.count(),
            gained: gained.count(),
            lost: lost.count(),
            gained_from_quarantine: both(&gained, &before.quarantined),
            lost_to_quarantine: both(&lost, &after.quarantined),
            gained_ids: ids(&gained),
            lost_ids: ids(&lost),
            by_clause: clauses.map(|answer| answer.members.count()).collect(),
        }
    }
}

/// A segment of the other version with the same predicate.
fn same_predicate(
    both: &Both,
    id: Option<SegmentId>,
    other: &RuleSet,
    is_other_new: bool,
) -> Option<String> {
    let (own, others) = match is_other_new {
        true => (&both.old, &both.new),
        false => (&both.new, &both.old),
    };
    let node = own.get(id?.index())?.node;
    let same = others.iter().position(|root| root.node == node)?;
    let segment = other.segment(SegmentId::from_index(same))?;
    Some(segment.name.to_string())
}

/// A contact with the cells that are not missing, as people read them.
pub(super) fn shown_contact(schema: &Schema, zone: &Zone, id: &str, cells: &[Value]) -> Shown {
    let mut shown = IndexMap::new();
    for ((field_id, field), value) in schema.iter().zip(cells) {
        if schema.id == IdSource::Field(field_id) || *value == Value::Missing {
            continue;
        }
        shown.insert(
            field.name.to_string(),
            shown_value(value, &field.kind, zone),
        );
    }
    Shown {
        id: id.to_string(),
        cells: shown,
    }
}

/// Text on one line.
pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
