//! Finds negated questions that a missing cell answers yes, where that lets somebody in.
//!
//! A negated question is *guarded* when it is taken together with `is not missing`. A finding is told
//! when guarding the questions of one field would take somebody out of the segment: then, and only
//! then, people are in because a cell is missing. Lists are left alone (one without elements is an
//! empty list); so are segments named after `not`, whose complement is meant to be the rest.

use super::claim::Search;
use super::findings::Finder;
use crate::check::typed::{Condition, ConditionKind, Question, Segment};
use crate::diag::{Code, Diagnostic, Edit};
use crate::name::{FieldId, SegmentId};
use crate::say;
use crate::schema::Type;
use crate::source::Span;
use crate::syntax::ast::CountRelation;
use indexmap::IndexMap;

/// Negated questions looked at in one segment.
const MOST_QUESTIONS: usize = 40;

/// Fields named in the help.
const MOST_NAMED: usize = 4;

/// A segment that somebody is in only because cells of a field are missing.
#[derive(Clone, Debug)]
pub struct Leaning {
    /// The finding.
    pub diagnostic: Diagnostic,
    /// The segment.
    pub segment: SegmentId,
    /// Its condition with those questions guarded: who is in the segment and not in this is in only
    /// because a cell is missing.
    pub guarded: Condition,
    /// The field, or the fields that one question reads.
    pub fields: Vec<FieldId>,
    /// Whether yes/no fields are all there is: a blank one is usually a no.
    pub is_flag: bool,
}

/// A negated question and where it stands.
struct Negated {
    /// The way from the whole condition: which part, from outside inwards.
    path: Vec<usize>,
    /// The text of the negation, such as `device != ios`; none when more than the question is negated.
    clause: Option<Span>,
    span: Span,
    /// The `and` that the negation is a part of, as a path; the whole condition is like one.
    home: Option<Vec<usize>>,
}

/// The findings of one segment.
pub(super) fn negated(finder: &mut Finder, id: SegmentId) -> Vec<Leaning> {
    let rules = finder.prover.rules;
    let Some(segment) = rules.segment(id) else {
        return Vec::new();
    };
    let mut walk = Walk {
        finder,
        path: Vec::new(),
        home: Some(Vec::new()),
        found: IndexMap::new(),
        count: 0,
    };
    walk.run(&segment.condition, true, None);
    let found = walk.found;
    let mut leanings = Vec::new();
    for (fields, questions) in found {
        let paths: Vec<&[usize]> = questions.iter().map(|each| each.path.as_slice()).collect();
        let guarded = guard(&segment.condition, &paths, &fields);
        if !finder.has_work() || !lets_somebody_in(finder, id, segment, &guarded) {
            continue;
        }
        let is_flag = fields.iter().all(|field| is_bool(finder, *field));
        leanings.push(Leaning {
            diagnostic: tell(finder, segment, &fields, &questions),
            segment: id,
            guarded,
            fields,
            is_flag,
        });
    }
    leanings
}

fn is_bool(finder: &Finder, field: FieldId) -> bool {
    let field = finder.prover.rules.schema.field(field);
    field.is_some_and(|field| matches!(field.kind, Type::Bool))
}

/// Whether somebody is in the segment and not in it when it is guarded.
fn lets_somebody_in(
    finder: &mut Finder,
    id: SegmentId,
    segment: &Segment,
    guarded: &Condition,
) -> bool {
    let all = finder.prover.node(&segment.condition);
    let kept = finder.prover.node(guarded);
    let not_kept = finder.prover.dag.not(kept);
    let only = finder.prover.dag.and([all, not_kept]);
    matches!(finder.search(id, only), Some(Search::Found(..)))
}

struct Walk<'f, 'r> {
    finder: &'f Finder<'r>,
    path: Vec<usize>,
    home: Option<Vec<usize>>,
    /// Negated questions by the fields they read.
    found: IndexMap<Vec<FieldId>, Vec<Negated>>,
    count: usize,
}

impl Walk<'_, '_> {
    /// Looks at a condition that is asked for (`is_plain`) or whose opposite is. `clause` is the text
    /// of a negation around this condition and nothing else.
    fn run(&mut self, condition: &Condition, is_plain: bool, clause: Option<Span>) {
        match &condition.kind {
            ConditionKind::And(of) if is_plain => {
                let home = Some(self.path.clone());
                self.all(of, is_plain, home);
            }
            ConditionKind::And(of) | ConditionKind::Or(of) => self.all(of, is_plain, None),
            ConditionKind::Count { relation, of, .. } => match relation {
                CountRelation::AtLeast => self.all(of, is_plain, None),
                CountRelation::AtMost => self.all(of, !is_plain, None),
                // Neither asked for nor their opposite.
                CountRelation::Exactly => {}
            },
            ConditionKind::Not(inner) => {
                let clause = is_plain.then_some(condition.span);
                self.step(0, inner, !is_plain, clause);
            }
            ConditionKind::Ask(question) if !is_plain => {
                self.question(question, condition.span, clause);
            }
            ConditionKind::Ask(_)
            | ConditionKind::Segment(_)
            | ConditionKind::Everyone
            | ConditionKind::Nobody => {}
        }
    }

    fn all(&mut self, of: &[Condition], is_plain: bool, home: Option<Vec<usize>>) {
        let outer = std::mem::replace(&mut self.home, home);
        for (at, part) in of.iter().enumerate() {
            self.step(at, part, is_plain, None);
        }
        self.home = outer;
    }

    fn step(&mut self, at: usize, part: &Condition, is_plain: bool, clause: Option<Span>) {
        self.path.push(at);
        self.run(part, is_plain, clause);
        self.path.pop();
    }

    fn question(&mut self, question: &Question, span: Span, clause: Option<Span>) {
        let schema = &self.finder.prover.rules.schema;
        let may_miss = |field: &FieldId| {
            let kind = schema.field(*field).map(|field| &field.kind);
            !matches!(kind, None | Some(Type::List { .. } | Type::Id))
        };
        let fields: Vec<FieldId> = question.fields().into_iter().filter(may_miss).collect();
        let is_open = !matches!(question, Question::Missing(_)) && !fields.is_empty();
        if !is_open || self.count >= MOST_QUESTIONS {
            return;
        }
        self.count += 1;
        self.found.entry(fields).or_default().push(Negated {
            path: self.path.clone(),
            clause,
            span,
            home: self.home.clone(),
        });
    }
}

/// The condition with the questions at these places guarded: `q` becomes `q or f is missing`, under a
/// negation.
fn guard(condition: &Condition, paths: &[&[usize]], fields: &[FieldId]) -> Condition {
    if paths.is_empty() {
        return condition.clone();
    }
    let span = condition.span;
    let part = |at: usize, part: &Condition| {
        let below = paths.iter().filter_map(|path| match path.split_first() {
            Some((first, rest)) if *first == at => Some(rest),
            _ => None,
        });
        guard(part, &below.collect::<Vec<_>>(), fields)
    };
    let all = |of: &[Condition]| {
        let parts = of.iter().enumerate();
        parts.map(|(at, each)| part(at, each)).collect::<Vec<_>>()
    };
    let kind = match &condition.kind {
        ConditionKind::And(of) => ConditionKind::And(all(of)),
        ConditionKind::Or(of) => ConditionKind::Or(all(of)),
        ConditionKind::Count {
            relation,
            count,
            of,
        } => ConditionKind::Count {
            relation: *relation,
            count: *count,
            of: all(of),
        },
        ConditionKind::Not(inner) => ConditionKind::Not(Box::new(part(0, inner))),
        ConditionKind::Ask(_) => {
            let missing = fields.iter().map(|field| Condition {
                kind: ConditionKind::Ask(Question::Missing(*field)),
                span,
            });
            ConditionKind::Or(std::iter::once(condition.clone()).chain(missing).collect())
        }
        ConditionKind::Segment(_) | ConditionKind::Everyone | ConditionKind::Nobody => {
            condition.kind.clone()
        }
    };
    Condition { kind, span }
}

fn tell(
    finder: &Finder,
    segment: &Segment,
    fields: &[FieldId],
    questions: &[Negated],
) -> Diagnostic {
    let schema = &finder.prover.rules.schema;
    let names: Vec<&str> = fields
        .iter()
        .take(MOST_NAMED)
        .filter_map(|field| Some(schema.field(*field)?.name.as_str()))
        .collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let (en, zh) = (quoted.join(" or "), quoted.join("或"));
    let first = names.first().copied().unwrap_or("");
    let name = &segment.name;
    let place = |each: &Negated| each.clause.unwrap_or(each.span);
    let at = questions.first().map_or(segment.name_span, place);
    let mut diagnostic = Diagnostic::new(
        Code::NegatedNullable,
        at,
        say!(
            "contacts without {en} are in `{name}`",
            "没有 {zh} 的联系人也在 `{name}` 中"
        ),
    )
    .label(say!(
        "true where {en} is missing",
        "{zh} 缺失时成立"
    ))
    .help(say!(
        "add `and {first} is not missing` to leave them out, or `or {first} is missing` to say that they are meant",
        "要排除他们请加“且 {first} 不为空”，确需包含请加“或 {first} 为空”"
    ));
    for other in questions.iter().skip(1) {
        diagnostic = diagnostic.also(place(other), say!("here too", "此处亦然"));
    }
    let is_chinese = finder.is_chinese(segment.span);
    with_fix(diagnostic, &names, questions, is_chinese)
}

/// Guards the clauses, where the negation is of one question: once in each `and`.
fn with_fix(
    diagnostic: Diagnostic,
    names: &[&str],
    questions: &[Negated],
    is_chinese: bool,
) -> Diagnostic {
    if names.len() >= MOST_NAMED || questions.iter().any(|each| each.clause.is_none()) {
        return diagnostic;
    }
    let guard = |name: &&str| match is_chinese {
        true => format!(" 且 {name} 不为空"),
        false => format!(" and {name} is not missing"),
    };
    let guards: String = names.iter().map(guard).collect();
    let mut homes: Vec<&Vec<usize>> = Vec::new();
    let mut edits = Vec::new();
    for each in questions {
        let Some(clause) = each.clause else {
            continue;
        };
        let insert = |place: u32, text: String| Edit {
            span: Span {
                source: clause.source,
                start: place,
                end: place,
            },
            text,
        };
        match &each.home {
            Some(home) if homes.contains(&home) => {}
            Some(home) => {
                homes.push(home);
                edits.push(insert(clause.end, guards.clone()));
            }
            // Beside an `or`, brackets keep it one clause.
            None => edits.extend([
                insert(clause.start, "(".to_string()),
                insert(clause.end, format!("{guards})")),
            ]),
        }
    }
    diagnostic.unsafe_fix(say!("leave out those without it", "排除缺失者"), edits)
}
