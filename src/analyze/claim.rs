//! Turns claims about conditions into proofs, contacts that show the opposite, or an honest "undecided".

use super::encode::{self, Encoded, encode};
use super::facts::Around;
use super::model::Model;
use super::patterns::Patterns;
use super::sat::Found;
use super::space::{Gap, Spaces};
use crate::check::typed::{Condition, RuleSet};
use crate::dag::{Dag, NodeId, Root};
use crate::diag::Phrase;
use crate::eval::row::{Contact, RowEvaluator};
use crate::say;
use crate::value::{Clock, Value};

/// Models looked at for one claim.
const MOST_MODELS: usize = 60;

/// Predicates (and values in them) that one proof may be about.
const LARGEST_PROOF: usize = 60_000;

/// Something said of one or two conditions, over every contact the schema allows whose cells are all
/// valid; missing cells included.
#[derive(Clone, Copy, Debug)]
pub enum Claim<'c> {
    /// Whoever is in the first is in the second.
    Implies(&'c Condition, &'c Condition),
    /// Nobody is in both.
    Disjoint(&'c Condition, &'c Condition),
    /// The same people are in both.
    Equals(&'c Condition, &'c Condition),
    /// Nobody is in it.
    Never(&'c Condition),
    /// Everybody is in it.
    Always(&'c Condition),
}

/// What is known of a claim.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It is true for every contact.
    Holds,
    /// It is not: this contact shows it.
    Fails(Witness),
    /// Neither a proof nor a contact was found.
    Undecided(Why),
}

/// A contact that shows that a claim does not hold; row evaluation has confirmed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// Its id.
    pub id: String,
    /// Its cells, by field; fields that no condition reads are missing.
    pub cells: Vec<Value>,
    /// Whether it is in each condition of the claim, in their order.
    pub answers: Vec<bool>,
}

/// Why a claim stays undecided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The conditions are too large.
    TooLarge,
    /// The work limit came first.
    TooMuchWork,
    /// Text patterns are too many or too large.
    Patterns,
    /// Several fields together: no contact was found, and no proof that there is none.
    NoWitness,
}

impl Why {
    /// The reason in words.
    pub fn phrase(self) -> Phrase {
        match self {
            Why::TooLarge => say!("the conditions are too large", "条件太大"),
            Why::TooMuchWork => say!("the work limit was reached", "达到了工作量上限"),
            Why::Patterns => say!(
                "the text patterns are too many or too large",
                "文本模式太多或太大"
            ),
            Why::NoWitness => say!(
                "no contact was found that shows the opposite, and no proof that there is none",
                "没有找到反例，也未能证明没有反例"
            ),
        }
    }
}

impl<'c> Claim<'c> {
    /// The conditions, in their order.
    pub fn conditions(&self) -> Vec<&'c Condition> {
        match *self {
            Claim::Implies(left, right)
            | Claim::Disjoint(left, right)
            | Claim::Equals(left, right) => vec![left, right],
            Claim::Never(one) | Claim::Always(one) => vec![one],
        }
    }

    /// Whether these answers contradict the claim.
    pub fn is_broken_by(&self, answers: &[bool]) -> bool {
        match (self, answers) {
            (Claim::Implies(..), [left, right]) => *left && !*right,
            (Claim::Disjoint(..), [left, right]) => *left && *right,
            (Claim::Equals(..), [left, right]) => left != right,
            (Claim::Never(_), [one]) => *one,
            (Claim::Always(_), [one]) => !*one,
            _ => false,
        }
    }
}

/// Proves claims about one rule set at one `now`.
///
/// ```no_run
/// # fn demo(rules: &segrule::check::typed::RuleSet, clock: segrule::value::Clock) -> Option<()> {
/// use segrule::analyze::{Answer, Claim, Prover};
/// let vip = &rules.segment(rules.find_segment("vip")?)?.condition;
/// let active = &rules.segment(rules.find_segment("active")?)?.condition;
/// let is_inside = Prover::new(rules, clock).prove(Claim::Implies(vip, active)) == Answer::Holds;
/// # None
/// # }
/// ```
pub struct Prover<'r> {
    pub(super) rules: &'r RuleSet,
    pub(super) dag: Dag,
    /// By [`SegmentId`].
    pub(super) roots: Vec<Root>,
    patterns: Patterns,
    spaces: Spaces,
}

/// What a search for a contact found.
pub(super) enum Search {
    /// None can exist.
    Nothing,
    /// This one.
    Found(String, Vec<Value>),
    /// Nobody knows.
    Unknown(Why),
}

impl<'r> Prover<'r> {
    /// Prepares all segments of the rules.
    pub fn new(rules: &'r RuleSet, clock: Clock) -> Prover<'r> {
        let mut dag = Dag::new(clock);
        let roots = dag.add_segments(rules);
        Prover {
            rules,
            dag,
            roots,
            patterns: Patterns::default(),
            spaces: Spaces::default(),
        }
    }

    /// Proves a claim or finds a contact that shows the opposite.
    pub fn prove(&mut self, claim: Claim) -> Answer {
        let conditions = claim.conditions();
        let nodes: Vec<NodeId> = conditions.iter().map(|each| self.node(each)).collect();
        let broken = self.broken(&claim, &nodes);
        let rules = self.rules;
        let clock = self.dag.clock().clone();
        let mut shows = |id: &str, cells: &[Value]| {
            claim.is_broken_by(&answers(rules, &clock, &conditions, id, cells))
        };
        match self.search(broken, LARGEST_PROOF, &mut shows) {
            Search::Nothing => Answer::Holds,
            Search::Unknown(why) => Answer::Undecided(why),
            Search::Found(id, cells) => {
                let cells = simplest(&id, cells, &mut shows);
                Answer::Fails(Witness {
                    answers: answers(rules, &clock, &conditions, &id, &cells),
                    id,
                    cells,
                })
            }
        }
    }

    /// The predicate of a condition.
    pub(super) fn node(&mut self, condition: &Condition) -> NodeId {
        let reads = Default::default();
        self.dag
            .add(self.rules, &self.roots, condition, &reads)
            .node
    }

    /// The predicate of a contact that shows the opposite.
    fn broken(&mut self, claim: &Claim, nodes: &[NodeId]) -> NodeId {
        let dag = &mut self.dag;
        match (claim, nodes) {
            (Claim::Implies(..), &[left, right]) => {
                let outside = dag.not(right);
                dag.and([left, outside])
            }
            (Claim::Disjoint(..), &[left, right]) => dag.and([left, right]),
            (Claim::Equals(..), &[left, right]) if left == right => Dag::NOBODY,
            (Claim::Equals(..), &[left, right]) => {
                let (not_left, not_right) = (dag.not(left), dag.not(right));
                let only_left = dag.and([left, not_right]);
                let only_right = dag.and([not_left, right]);
                dag.or([only_left, only_right])
            }
            (Claim::Always(_), &[one]) => dag.not(one),
            (_, nodes) => nodes.first().copied().unwrap_or(Dag::NOBODY),
        }
    }

    /// What a proof about a predicate costs; none when more than `most`.
    pub(super) fn weight(&self, node: NodeId, most: usize) -> Option<usize> {
        encode::cone(&self.dag, node, most).map(|cone| cone.weight)
    }

    /// What answers about single cells depend on.
    pub(super) fn around(&self) -> Around<'_> {
        Around {
            clock: self.dag.clock(),
            patterns: &self.patterns,
            spaces: &self.spaces,
        }
    }

    /// Looks for a contact that satisfies a predicate of moderate size.
    pub(super) fn member(&self, node: NodeId) -> Search {
        self.search(node, super::findings::LARGEST_PROOF, &mut |_, _| true)
    }

    /// Looks for a contact that satisfies a predicate; `shows` confirms it by row evaluation.
    pub(super) fn search(
        &self,
        node: NodeId,
        most: usize,
        shows: &mut dyn FnMut(&str, &[Value]) -> bool,
    ) -> Search {
        let Some(cone) = encode::cone(&self.dag, node, most) else {
            return Search::Unknown(Why::TooLarge);
        };
        let schema = &self.rules.schema;
        let clock = self.dag.clock();
        let around = self.around();
        let mut encoded = encode(&self.dag, schema, &around, &cone.nodes, node);
        let mut has_skipped = false;
        for _ in 0..MOST_MODELS {
            match encoded.clauses.solve() {
                Found::Nothing => return nothing(&encoded, has_skipped),
                Found::Unknown => return Search::Unknown(Why::TooMuchWork),
                Found::Model => {}
            }
            let model = Model::read(schema, clock, &encoded);
            let clause = match model.refuted() {
                Some(clause) => clause,
                None => {
                    if let Some((id, cells)) = model.contact(shows) {
                        return Search::Found(id, cells);
                    }
                    has_skipped = true;
                    model.blocked()
                }
            };
            encoded.clauses.add(&clause);
        }
        Search::Unknown(Why::NoWitness)
    }
}

/// Leaves out every cell that a contact does not need to show what it shows.
pub(super) fn simplest(
    id: &str,
    mut cells: Vec<Value>,
    shows: &mut dyn FnMut(&str, &[Value]) -> bool,
) -> Vec<Value> {
    for at in 0..cells.len() {
        let Some(cell) = cells.get_mut(at) else {
            continue;
        };
        let value = std::mem::replace(cell, Value::Missing);
        if value != Value::Missing
            && !shows(id, &cells)
            && let Some(cell) = cells.get_mut(at)
        {
            *cell = value;
        }
    }
    cells
}

/// What it means that the clauses have no model.
fn nothing(encoded: &Encoded, has_skipped: bool) -> Search {
    if has_skipped {
        return Search::Unknown(Why::NoWitness);
    }
    match encoded.gaps.iter().min() {
        None => Search::Nothing,
        Some(Gap::Patterns) => Search::Unknown(Why::Patterns),
        Some(Gap::Classes) => Search::Unknown(Why::TooLarge),
    }
}

/// Whether a contact is in each condition, as row evaluation says.
pub(super) fn answers(
    rules: &RuleSet,
    clock: &Clock,
    conditions: &[&Condition],
    id: &str,
    cells: &[Value],
) -> Vec<bool> {
    let mut evaluator = RowEvaluator::new(rules, clock, Contact { id, cells });
    conditions
        .iter()
        .map(|condition| evaluator.is_in(condition))
        .collect()
}
