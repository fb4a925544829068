//! Turns rules into findings: segments that are never or always true, that say the same, and clauses
//! that change nothing.
//!
//! Invariants: a finding is told only when it is proved; a mistake is told once, where it was made;
//! the whole costs a limited amount of work, and says how many segments were left.

use super::claim::{Prover, Search};
use super::clauses;
use super::evidence::{Evidence, Found};
use super::negated::{Leaning, negated};
use crate::check::typed::{Condition, ConditionKind, RuleSet, Segment};
use crate::dag::{Dag, NodeId};
use crate::diag::{Category, Code, Diagnostic, Edit};
use crate::name::SegmentId;
use crate::say;
use crate::source::{Sources, Span};
use crate::value::Clock;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use rayon::prelude::*;
use std::collections::{BTreeSet, HashMap, HashSet};

/// Work (predicates, and values in them) that all proofs of one rule set may cost.
const MOST_WORK: usize = 500_000;

/// Of these, what looking for negations that let somebody in may cost.
const MOST_LEANING_WORK: usize = 400_000;

/// Work of one proof.
pub(super) const LARGEST_PROOF: usize = 4_000;

/// Segments looked at together: their proofs share the cores.
const AT_ONCE: usize = 256;

/// What a proof costs at least.
const LEAST_WORK: usize = 20;

/// What analysis found.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The findings, segment by segment.
    pub diagnostics: Vec<Diagnostic>,
    /// Segments that somebody is in only because cells are missing.
    pub leaning: Vec<Leaning>,
    /// Segments about which something was left unproved, because of the work limit.
    pub unproved: usize,
}

/// Finds what is probably not meant in rules without errors, at one `now`. What the checker has told
/// already (`told`) is not told again.
pub fn findings(rules: &RuleSet, sources: &Sources, clock: Clock, told: &[Diagnostic]) -> Findings {
    let mut finder = Finder::new(rules, sources, clock);
    let reasons = told.iter().filter(|diagnostic| {
        matches!(
            diagnostic.code.category(),
            Category::Logic | Category::Values
        )
    });
    finder.told = reasons.map(Diagnostic::span).collect();
    finder.run();
    let leaning = finder.leaning();
    Findings {
        diagnostics: finder.diagnostics,
        leaning,
        unproved: finder.unproved.len(),
    }
}

/// What is known of a segment.
#[derive(Clone, Debug, PartialEq)]
enum Known {
    /// Nobody is in it.
    Never,
    /// Everybody is.
    Always,
    /// This contact is in it.
    Some(Found),
    /// Nothing.
    Open,
}

pub(super) struct Finder<'r> {
    pub(super) prover: Prover<'r>,
    sources: &'r Sources,
    work_left: usize,
    known: Vec<Known>,
    told: Vec<Span>,
    unproved: BTreeSet<SegmentId>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

impl<'r> Finder<'r> {
    fn new(rules: &'r RuleSet, sources: &'r Sources, clock: Clock) -> Finder<'r> {
        Finder {
            sources,
            prover: Prover::new(rules, clock),
            work_left: MOST_WORK,
            known: vec![Known::Open; rules.segments.len()],
            told: Vec::new(),
            unproved: BTreeSet::new(),
            diagnostics: Vec::new(),
        }
    }

    fn run(&mut self) {
        let rules = self.prover.rules;
        let ids = (0..rules.segments.len()).map(SegmentId::from_index);
        let ids: Vec<SegmentId> = ids.collect();
        for some in ids.chunks(AT_ONCE) {
            self.look_for_members(some);
        }
        let members = self.known.iter().filter_map(|known| match known {
            Known::Some(found) => Some(found),
            Known::Never | Known::Always | Known::Open => None,
        });
        let members: Vec<&Found> = members.collect();
        // Without work left nothing is proved of the others: contacts need not be looked at for them.
        let has_work = self.has_work();
        let is_known = |id: &SegmentId| matches!(self.known(*id), Known::Some(_));
        let about: Vec<SegmentId> = match has_work {
            true => ids.clone(),
            false => ids.iter().copied().filter(is_known).collect(),
        };
        let evidence = Evidence::new(&self.prover, &members, &about);
        for id in ids {
            self.look_for_outsider(id, &evidence);
        }
        match has_work {
            true => self.duplicates(&evidence),
            false => self.same_predicates(&evidence),
        }
        for &id in &rules.declared {
            if let Some(segment) = rules.segment(id)
                && self.has_work()
                && !matches!(self.known(id), Known::Never | Known::Always)
            {
                clauses::redundant(self, id, &segment.condition);
            }
        }
    }

    /// Comes last: what is proved wrong is told first.
    fn leaning(&mut self) -> Vec<Leaning> {
        let mut found = Vec::new();
        self.work_left = self.work_left.min(MOST_LEANING_WORK);
        for &id in &self.prover.rules.declared {
            if *self.known(id) == Known::Never {
                continue;
            }
            match self.has_work() {
                true => found.extend(negated(self, id)),
                false => {
                    self.unproved.insert(id);
                }
            }
        }
        found
    }

    /// Whether more may be proved.
    pub(super) fn has_work(&self) -> bool {
        self.work_left > 0
    }

    /// Whether an item is written with Chinese keywords.
    pub(super) fn is_chinese(&self, item: Span) -> bool {
        let text = self.sources.text_at(item);
        text.starts_with("人群") || text.contains(['且', '或', '非'])
    }

    fn known(&self, id: SegmentId) -> &Known {
        self.known.get(id.index()).unwrap_or(&Known::Open)
    }

    fn learn(&mut self, id: SegmentId, known: Known) {
        if let Some(place) = self.known.get_mut(id.index()) {
            *place = known;
        }
    }

    /// Looks for a contact that satisfies a predicate, within the work that is left.
    pub(super) fn search(&mut self, of: SegmentId, node: NodeId) -> Option<Search> {
        let found = self.may_search(of, node).then(|| self.prover.member(node));
        self.note_unknown(of, found.as_ref());
        found
    }

    /// Whether there is work left for a search, which is taken.
    fn may_search(&mut self, of: SegmentId, node: NodeId) -> bool {
        let weight = self.prover.weight(node, LARGEST_PROOF.min(self.work_left));
        if weight.is_none() {
            self.unproved.insert(of);
        }
        let cost = weight.unwrap_or(0).max(LEAST_WORK);
        self.work_left = self.work_left.saturating_sub(cost);
        weight.is_some()
    }

    fn note_unknown(&mut self, of: SegmentId, found: Option<&Search>) {
        if matches!(found, Some(Search::Unknown(_))) {
            self.unproved.insert(of);
        }
    }

    /// Whether a predicate is proved to hold for nobody.
    pub(super) fn is_nobody(&mut self, of: SegmentId, node: NodeId) -> bool {
        node == Dag::NOBODY || matches!(self.search(of, node), Some(Search::Nothing))
    }

    fn root(&self, id: SegmentId) -> NodeId {
        crate::dag::root_of(&self.prover.roots, id)
    }

    /// Looks for members of some segments on all cores.
    fn look_for_members(&mut self, ids: &[SegmentId]) {
        let mut asked: Vec<(SegmentId, NodeId)> = Vec::with_capacity(ids.len());
        for &id in ids {
            let node = self.root(id);
            if self.may_search(id, node) {
                asked.push((id, node));
            }
        }
        let prover = &self.prover;
        let found: Vec<Search> = match asked.len() < AT_ONCE / 2 {
            true => asked.iter().map(|(_, node)| prover.member(*node)).collect(),
            false => asked
                .par_iter()
                .map(|(_, node)| prover.member(*node))
                .collect(),
        };
        for ((id, _), found) in asked.into_iter().zip(found) {
            self.note_unknown(id, Some(&found));
            match found {
                Search::Nothing => {
                    self.learn(id, Known::Never);
                    self.tell_never(id);
                }
                Search::Found(contact, cells) => self.learn(id, Known::Some((contact, cells))),
                Search::Unknown(_) => {}
            }
        }
    }

    fn look_for_outsider(&mut self, id: SegmentId, evidence: &Evidence) {
        let root = self.root(id);
        let may_be_all = root == Dag::EVERYONE || evidence.is_everyone(id);
        if *self.known(id) == Known::Never || !may_be_all {
            return;
        }
        let outside = self.prover.dag.not(root);
        if self.is_nobody(id, outside) {
            self.learn(id, Known::Always);
            self.tell_always(id);
        }
    }

    /// Whether a segment is what it is because one it names is, or because it says so itself.
    fn is_told(&self, segment: &Segment, known: &Known) -> bool {
        let says_so = matches!(
            segment.condition.kind,
            ConditionKind::Everyone | ConditionKind::Nobody
        );
        let named = segment.condition.segments();
        says_so
            || named.iter().any(|id| self.known(*id) == known)
            || self.told.iter().any(|span| is_inside(*span, segment.span))
    }

    fn tell_never(&mut self, id: SegmentId) {
        let Some(segment) = self.prover.rules.segment(id) else {
            return;
        };
        if self.is_told(segment, &Known::Never) {
            return;
        }
        let name = &segment.name;
        let mut diagnostic = Diagnostic::new(
            Code::NeverMatches,
            segment.name_span,
            say!("no contact can be in `{name}`", "没有联系人能进入 `{name}`"),
        )
        .label(say!("nobody", "无人"))
        .help(say!(
            "correct the condition, or write `nobody` if that is meant",
            "请改正条件；若本意如此，请写“无人”"
        ));
        for (span, text) in clauses::conflict(self, id, &segment.condition) {
            diagnostic = diagnostic.also(span, text);
        }
        self.diagnostics.push(diagnostic);
    }

    fn tell_always(&mut self, id: SegmentId) {
        let Some(segment) = self.prover.rules.segment(id) else {
            return;
        };
        if self.is_told(segment, &Known::Always) {
            return;
        }
        let name = &segment.name;
        let diagnostic = Diagnostic::new(
            Code::AlwaysMatches,
            segment.name_span,
            say!("every contact is in `{name}`", "所有联系人都在 `{name}` 中"),
        )
        .label(say!("everyone", "所有人"))
        .help(say!(
            "correct the condition, or write `everyone` if that is meant",
            "请改正条件；若本意如此，请写“所有人”"
        ));
        self.diagnostics.push(diagnostic);
    }

    /// Groups segments by the contacts in them; only within a group two may say the same.
    fn duplicates(&mut self, evidence: &Evidence) {
        let rules = self.prover.rules;
        let mut groups: IndexMap<&[u64], Vec<SegmentId>> = IndexMap::new();
        for &id in &rules.declared {
            let is_open = !matches!(self.known(id), Known::Never | Known::Always);
            if is_open {
                groups.entry(evidence.signature(id)).or_default().push(id);
            }
        }
        let groups: Vec<Vec<SegmentId>> = groups.into_values().collect();
        for group in groups {
            let contact_of = |id| match self.known(id) {
                Known::Some(found) => Some(found),
                Known::Never | Known::Always | Known::Open => None,
            };
            for part in evidence.told_apart(&self.prover, group, contact_of) {
                self.duplicates_in(part);
            }
        }
    }

    /// As [`Finder::duplicates`] without work left: the same predicate needs no proof, and of segments
    /// that no contact tells apart nothing is known.
    fn same_predicates(&mut self, evidence: &Evidence) {
        let mut first_with: HashMap<NodeId, SegmentId, FixedState> = HashMap::default();
        let mut seen: HashSet<&[u64], FixedState> = HashSet::default();
        let rules = self.prover.rules;
        for &id in &rules.declared {
            let is_some = match self.known(id) {
                Known::Never | Known::Always => continue,
                Known::Some(_) => true,
                Known::Open => false,
            };
            let first = *first_with.entry(self.root(id)).or_insert(id);
            if first != id {
                self.tell_duplicate(first, id);
            } else if is_some && !seen.insert(evidence.signature(id)) {
                self.unproved.insert(id);
            }
        }
    }

    fn duplicates_in(&mut self, mut group: Vec<SegmentId>) {
        group.reverse();
        while let Some(first) = group.pop() {
            let mut rest = Vec::with_capacity(group.len());
            // From the first declared on, which are at the end.
            for &id in group.iter().rev() {
                match self.is_same(first, id) {
                    true => self.tell_duplicate(first, id),
                    false => rest.push(id),
                }
            }
            rest.reverse();
            group = rest;
            if self.work_left == 0 {
                self.unproved.extend(group);
                return;
            }
        }
    }

    fn is_same(&mut self, first: SegmentId, second: SegmentId) -> bool {
        let (left, right) = (self.root(first), self.root(second));
        if left == right {
            return true;
        }
        let dag = &mut self.prover.dag;
        let (not_left, not_right) = (dag.not(left), dag.not(right));
        let only_left = dag.and([left, not_right]);
        let only_right = dag.and([not_left, right]);
        let differ = dag.or([only_left, only_right]);
        self.is_nobody(second, differ)
    }

    fn tell_duplicate(&mut self, first: SegmentId, second: SegmentId) {
        let rules = self.prover.rules;
        let (Some(first), Some(second)) = (rules.segment(first), rules.segment(second)) else {
            return;
        };
        // Another name for a segment is one on purpose.
        if is_alias(&second.condition) || is_alias(&first.condition) {
            return;
        }
        let (known, name) = (&first.name, &second.name);
        let diagnostic = Diagnostic::new(
            Code::DuplicateSegment,
            second.name_span,
            say!(
                "`{name}` selects the same contacts as `{known}`",
                "`{name}` 与 `{known}` 选出的联系人完全相同"
            ),
        )
        .label(say!("the same contacts", "相同的联系人"))
        .also(first.name_span, say!("as here", "与此相同"))
        .unsafe_fix(
            say!("write `{known}`", "写成 `{known}`"),
            vec![Edit {
                span: second.condition.span,
                text: known.to_string(),
            }],
        )
        .help(say!(
            "use `{known}`, or write `segment {name} = {known}` if two names are meant",
            "请使用 `{known}`；若需要两个名称，请写 `人群 {name} = {known}`"
        ));
        self.diagnostics.push(diagnostic);
    }
}

fn is_inside(inner: Span, outer: Span) -> bool {
    inner.source == outer.source && outer.start <= inner.start && inner.end <= outer.end
}

fn is_alias(condition: &Condition) -> bool {
    matches!(condition.kind, ConditionKind::Segment(_))
}
