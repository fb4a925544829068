//! Turns a predicate into clauses: its and, or and not, and what the cells of contacts allow.

use super::facts::Around;
use super::linear::Sum;
use super::lists::{self, ListPart};
use super::normal::{Normal, normal};
use super::ratio::Stretch;
use super::sat::{Clauses, Lit};
use super::space::{self, Gap, Space};
use crate::check::typed::Quantity;
use crate::dag::{Atom, Dag, Node, NodeId};
use crate::name::FieldId;
use crate::schema::{IdSource, Schema, Type};
use crate::value::Share;
use foldhash::fast::FixedState;
use indexmap::{IndexMap, IndexSet};
use std::collections::HashMap;
use std::sync::Arc;

/// A field that is no list: one class of its cells is chosen.
pub(super) struct FieldPart {
    pub(super) field: FieldId,
    /// A literal for each class, in their order.
    pub(super) lits: Vec<Lit>,
    pub(super) space: Arc<Space>,
}

/// A number made of several cells: one stretch is chosen, or none when it is missing.
pub(super) struct NumberPart {
    /// What it is a sum of, when it is one.
    pub(super) sum: Option<Sum>,
    pub(super) options: Vec<(Lit, Stretch)>,
}

/// A sample's hash: from, and to without the end.
pub(super) struct SamplePart {
    pub(super) salt: Arc<str>,
    pub(super) options: Vec<(Lit, u128, u128)>,
}

/// A predicate as clauses that are satisfiable if some contact satisfies it.
pub(super) struct Encoded {
    pub(super) clauses: Clauses,
    pub(super) fields: Vec<FieldPart>,
    pub(super) lists: Vec<ListPart>,
    pub(super) numbers: Vec<NumberPart>,
    pub(super) samples: Vec<SamplePart>,
    /// Answers that hang on several cells in no way that is known here.
    pub(super) free: Vec<Lit>,
    /// Why the clauses may leave contacts out.
    pub(super) gaps: Vec<Gap>,
}

/// The predicates that a predicate is made of.
pub(super) struct Cone {
    /// Itself included, children first.
    pub(super) nodes: Vec<NodeId>,
    /// What encoding them costs.
    pub(super) weight: usize,
}

/// What a predicate is made of; none when it weighs more than `most`.
pub(super) fn cone(dag: &Dag, root: NodeId, most: usize) -> Option<Cone> {
    let mut seen: IndexSet<NodeId, FixedState> = IndexSet::default();
    seen.insert(root);
    let mut open = vec![root];
    let mut weight = 0;
    while let Some(id) = open.pop() {
        let children: &[NodeId] = match dag.node(id) {
            Node::Nobody | Node::Everyone => &[],
            Node::Ask(atom) => {
                weight += weight_of(atom);
                &[]
            }
            Node::Not(inner) => std::slice::from_ref(inner),
            Node::And(of) | Node::Or(of) => of,
            Node::AtLeast(count, of) => {
                weight += (*count as usize).saturating_mul(of.len());
                of
            }
        };
        weight += 1;
        if weight + seen.len() > most {
            return None;
        }
        open.extend(children.iter().copied().filter(|child| seen.insert(*child)));
    }
    let mut nodes: Vec<NodeId> = seen.into_iter().collect();
    nodes.sort_unstable();
    Some(Cone { nodes, weight })
}

/// Long lists of values take their time.
fn weight_of(atom: &Atom) -> usize {
    use crate::check::typed::{TextQuestion, TextTest};
    use crate::dag::ElementAtom;
    let of_text = |test: &TextTest| match &test.question {
        TextQuestion::OneOf(texts) => texts.len() / 8,
        TextQuestion::Contains(parts)
        | TextQuestion::StartsWith(parts)
        | TextQuestion::EndsWith(parts) => parts.len(),
        TextQuestion::Glob(_) | TextQuestion::Regex(_) | TextQuestion::Length(_) => 1,
    };
    match atom {
        Atom::Text(_, test) | Atom::Element(_, ElementAtom::Text(test)) => of_text(test),
        Atom::Region(_, codes) | Atom::Element(_, ElementAtom::Region(codes)) => codes.len(),
        Atom::Number(_, set) | Atom::Element(_, ElementAtom::Number(set)) => set.iter().count(),
        Atom::Present(_)
        | Atom::Part(..)
        | Atom::MonthDay(..)
        | Atom::Version(..)
        | Atom::Element(_, ElementAtom::Version(_))
        | Atom::ElementCount(..)
        | Atom::SameValue { .. }
        | Atom::Compare(..)
        | Atom::Within(..)
        | Atom::Known(_)
        | Atom::Sample(..) => 1,
    }
}

/// Encodes a predicate; `cone` is what it is made of.
pub(super) fn encode(
    dag: &Dag,
    schema: &Schema,
    around: &Around,
    cone: &[NodeId],
    root: NodeId,
) -> Encoded {
    let mut encoder = Encoder {
        schema,
        around,
        clauses: Clauses::new(),
        cells: IndexMap::default(),
        sums: IndexMap::default(),
        amounts: IndexMap::default(),
        samples: IndexMap::default(),
        free: Vec::new(),
    };
    let lits = encoder.nodes(dag, cone);
    if let Some(&root) = lits.get(&root) {
        encoder.clauses.add(&[root]);
    }
    encoder.finish()
}

type Asked<T> = Vec<(Lit, T)>;

struct Encoder<'a> {
    schema: &'a Schema,
    around: &'a Around<'a>,
    clauses: Clauses,
    cells: IndexMap<FieldId, Asked<Atom>, FixedState>,
    sums: IndexMap<Sum, Asked<Vec<Stretch>>, FixedState>,
    amounts: IndexMap<Quantity, Asked<Vec<Stretch>>, FixedState>,
    samples: IndexMap<Arc<str>, Asked<Share>, FixedState>,
    free: Asked<Vec<FieldId>>,
}

impl Encoder<'_> {
    fn nodes(&mut self, dag: &Dag, cone: &[NodeId]) -> HashMap<NodeId, Lit, FixedState> {
        let mut lits = HashMap::with_capacity_and_hasher(cone.len(), FixedState::default());
        for &id in cone {
            let yes = self.clauses.yes();
            let all = |of: &[NodeId]| -> Vec<Lit> {
                of.iter().filter_map(|id| lits.get(id).copied()).collect()
            };
            let lit = match dag.node(id) {
                Node::Nobody => !yes,
                Node::Everyone => yes,
                Node::Ask(atom) => self.ask(atom),
                Node::Not(inner) => !lits.get(inner).copied().unwrap_or(yes),
                Node::And(of) => self.clauses.all_of(&all(of)),
                Node::Or(of) => self.clauses.any_of(&all(of)),
                Node::AtLeast(count, of) => self.clauses.at_least(*count as usize, &all(of)),
            };
            lits.insert(id, lit);
        }
        lits
    }

    fn ask(&mut self, atom: &Atom) -> Lit {
        let lit = self.clauses.fresh();
        match normal(self.schema, atom) {
            Normal::Cell(field, atom) => {
                self.cells.entry(field).or_default().push((lit, atom));
            }
            Normal::Whole(sum, stretches) => {
                self.sums.entry(sum).or_default().push((lit, stretches));
            }
            Normal::Number(quantity, stretches) => {
                let known = self.amounts.entry(quantity).or_default();
                known.push((lit, stretches));
            }
            Normal::Sample(share, salt) => {
                self.samples.entry(salt).or_default().push((lit, share));
            }
            Normal::Free(fields) => self.free.push((lit, fields)),
        }
        lit
    }

    /// True when the field holds a value.
    fn present(&mut self, field: FieldId) -> Lit {
        let asked = self.cells.entry(field).or_default();
        let is_present = |(_, atom): &&(Lit, Atom)| matches!(atom, Atom::Present(_));
        if let Some((lit, _)) = asked.iter().find(is_present) {
            return *lit;
        }
        let lit = self.clauses.fresh();
        asked.push((lit, Atom::Present(field)));
        lit
    }

    fn all_present(&mut self, fields: &[FieldId]) -> Lit {
        let lits: Vec<Lit> = fields.iter().map(|field| self.present(*field)).collect();
        self.clauses.all_of(&lits)
    }

    fn finish(mut self) -> Encoded {
        let mut numbers = Vec::new();
        for (sum, asked) in std::mem::take(&mut self.sums) {
            let mut fields = Vec::new();
            for (_, quantity) in &sum.0 {
                super::linear::needs(quantity, &mut fields);
                // The number of elements is known even when there is no list; its bounds are needed.
                quantity.visit_fields(&mut |field| {
                    self.present(field);
                });
            }
            let known = self.all_present(&fields);
            let options = self.stretches(&asked, known, true);
            numbers.push(NumberPart {
                sum: Some(sum),
                options,
            });
        }
        for (quantity, asked) in std::mem::take(&mut self.amounts) {
            let mut fields = Vec::new();
            super::linear::needs(&quantity, &mut fields);
            quantity.visit_fields(&mut |field| {
                self.present(field);
            });
            let known = self.all_present(&fields);
            let options = self.stretches(&asked, known, false);
            numbers.push(NumberPart { sum: None, options });
        }
        for (lit, fields) in std::mem::take(&mut self.free) {
            let known = self.all_present(&fields);
            self.clauses.add(&[!lit, known]);
            self.free.push((lit, fields));
        }
        let samples = self.sample_parts();
        let (mut fields, mut lists, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
        for (field, asked) in std::mem::take(&mut self.cells) {
            self.field(field, &asked, &mut fields, &mut lists, &mut gaps);
        }
        Encoded {
            clauses: self.clauses,
            fields,
            lists,
            numbers,
            samples,
            free: self.free.into_iter().map(|(lit, _)| lit).collect(),
            gaps,
        }
    }

    /// One literal a stretch between neighbouring ends. With `is_total` the number is there whenever
    /// its fields are.
    fn stretches(
        &mut self,
        asked: &Asked<Vec<Stretch>>,
        known: Lit,
        is_total: bool,
    ) -> Vec<(Lit, Stretch)> {
        let all: Vec<Stretch> = asked.iter().flat_map(|(_, set)| set).copied().collect();
        let mut options: Vec<(Lit, Stretch)> = Vec::new();
        for cell in Stretch::cells(&all) {
            if !is_total || cell.has_whole() {
                let lit = self.clauses.fresh();
                self.clauses.add(&[!lit, known]);
                options.push((lit, cell));
            }
        }
        if is_total {
            let mut clause: Vec<Lit> = options.iter().map(|(lit, _)| *lit).collect();
            clause.push(!known);
            self.clauses.add(&clause);
        }
        for (at, (lit, _)) in options.iter().enumerate() {
            for (other, _) in options.iter().skip(at + 1).take(1) {
                self.clauses.add(&[!*lit, !*other]);
            }
        }
        for (lit, set) in asked {
            let inside = options
                .iter()
                .filter(|(_, cell)| set.iter().any(|stretch| stretch.holds(cell)));
            let inside: Vec<Lit> = inside.map(|(lit, _)| *lit).collect();
            let same = self.clauses.any_of(&inside);
            self.clauses.add(&[*lit, !same]);
            self.clauses.add(&[!*lit, same]);
            // A stretch that is chosen settles every question.
            for (option, cell) in &options {
                let holds = set.iter().any(|stretch| stretch.holds(cell));
                self.clauses.add(&[!*option, lit.apply_sign(holds)]);
            }
        }
        options
    }

    fn sample_parts(&mut self) -> Vec<SamplePart> {
        let mut parts = Vec::new();
        for (salt, asked) in std::mem::take(&mut self.samples) {
            let mut cuts: Vec<u128> = asked.iter().map(|(_, share)| share.threshold()).collect();
            cuts.extend([0, 1 << 64]);
            cuts.sort_unstable();
            cuts.dedup();
            let mut options = Vec::new();
            for (from, to) in cuts.iter().zip(cuts.iter().skip(1)) {
                let option = self.clauses.fresh();
                for (lit, share) in &asked {
                    let answer = lit.apply_sign(*from < share.threshold());
                    self.clauses.add(&[!option, answer]);
                }
                options.push((option, *from, *to));
            }
            let any: Vec<Lit> = options.iter().map(|(lit, ..)| *lit).collect();
            self.clauses.add(&any);
            parts.push(SamplePart { salt, options });
        }
        parts
    }

    fn field(
        &mut self,
        field: FieldId,
        asked: &Asked<Atom>,
        fields: &mut Vec<FieldPart>,
        lists: &mut Vec<ListPart>,
        gaps: &mut Vec<Gap>,
    ) {
        let Some(declared) = self.schema.field(field) else {
            return;
        };
        let (lits, atoms): (Vec<Lit>, Vec<Atom>) = asked.iter().cloned().unzip();
        let (kind, absent) = (&declared.kind, &declared.missing_when);
        if matches!(kind, Type::List { .. }) {
            let elements = self.around.spaces.of(&atoms, || {
                space::elements(self.around, kind, absent, &atoms).unwrap_or_default()
            });
            gaps.extend(elements.gaps.iter().copied());
            lists.push(lists::add(
                &mut self.clauses,
                field,
                elements,
                &atoms,
                &lits,
            ));
            return;
        }
        let can_miss = self.schema.id != IdSource::Field(field);
        let space = self.around.spaces.of(&atoms, || {
            space::cells(self.around, kind, absent, &atoms, can_miss)
        });
        gaps.extend(&space.gaps);
        let mut options = Vec::with_capacity(space.classes.len());
        for answers in space.classes.keys() {
            let option = self.clauses.fresh();
            for (lit, answer) in lits.iter().zip(answers) {
                self.clauses.add(&[!option, lit.apply_sign(*answer)]);
            }
            options.push(option);
        }
        self.clauses.add(&options);
        fields.push(FieldPart {
            field,
            lits: options,
            space,
        });
    }
}
