//! Answers predicates over contacts in memory, and keeps the answers by predicate.

use crate::dag::{Dag, Node, NodeId, Root};
use crate::eval::columnar::{Program, Tally, Worker};
use crate::name::FieldId;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk};
use crate::value::Value;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Bytes of answers that are kept; the answers asked for longest ago go first.
const MOST_BYTES: usize = 256 << 20;

/// Who satisfies a predicate, chunk by chunk.
pub(super) type Rows = Arc<Vec<Bitmap>>;

/// Contacts in memory.
pub(super) struct Contacts {
    pub(super) chunks: Vec<Chunk>,
    /// The fields of the chunks' columns.
    pub(super) layout: Vec<FieldId>,
    /// Rows that are contacts.
    live: Rows,
    /// Rows whose cell is invalid, by field.
    invalid: HashMap<FieldId, Rows>,
}

impl Contacts {
    pub(super) fn new(chunks: Vec<Chunk>, layout: Vec<FieldId>) -> Contacts {
        let live = chunks.iter().map(|chunk| {
            let mut live = Bitmap::all(chunk.rows);
            live.and_not(&chunk.duplicates);
            live
        });
        Contacts {
            live: Arc::new(live.collect()),
            chunks,
            layout,
            invalid: HashMap::new(),
        }
    }

    /// The place of a field's column.
    pub(super) fn column(&self, field: FieldId) -> Option<usize> {
        self.layout.iter().position(|known| *known == field)
    }

    /// A cell; missing when there is no such row or column.
    pub(super) fn cell(&self, place: usize, row: usize, field: FieldId, kind: &Type) -> Value {
        match (self.chunks.get(place), self.column(field)) {
            (Some(chunk), Some(column)) => chunk.value(column, row, kind),
            _ => Value::Missing,
        }
    }

    /// The id of a row.
    pub(super) fn id(&self, place: usize, row: usize) -> &str {
        self.chunks
            .get(place)
            .map_or("", |chunk| chunk.ids.get(row))
    }

    /// Where the contact with an id is.
    pub(super) fn find(&self, id: &str) -> Option<(usize, usize)> {
        self.chunks
            .par_iter()
            .enumerate()
            .find_map_first(|(place, chunk)| {
                let is_it = |row: &usize| chunk.ids.get(*row) == id && !chunk.duplicates.get(*row);
                Some((place, (0..chunk.rows).find(is_it)?))
            })
    }

    fn invalid(&mut self, field: FieldId) -> Rows {
        if let Some(known) = self.invalid.get(&field) {
            return known.clone();
        }
        let column = self.column(field);
        let of_chunk = |chunk: &Chunk| {
            let column = column.and_then(|column| chunk.columns.get(column));
            column.and_then(|column| column.invalid_rows())
        };
        let rows = self
            .chunks
            .par_iter()
            .map(|chunk| of_chunk(chunk).unwrap_or_default());
        let rows: Rows = Arc::new(rows.collect());
        self.invalid.insert(field, rows.clone());
        rows
    }
}

/// Who is in a condition.
pub(super) struct Found {
    pub(super) members: Vec<Bitmap>,
    quarantined: u64,
    certain: u64,
}

impl Found {
    pub(super) fn tally(&self) -> Tally {
        let members = count(&self.members);
        Tally {
            members,
            quarantined: self.quarantined,
            missing_included: members - self.certain,
        }
    }
}

fn count(rows: &[Bitmap]) -> u64 {
    rows.iter().map(Bitmap::count).sum()
}

/// Answers by predicate.
#[derive(Default)]
pub(super) struct Answers {
    known: HashMap<NodeId, (Rows, u64)>,
    /// By when they were asked for last.
    by_age: BTreeMap<u64, NodeId>,
    age: u64,
    bytes: usize,
    asked: u64,
}

impl Answers {
    /// Questions put to the data so far.
    pub(super) fn asked(&self) -> u64 {
        self.asked
    }

    /// Who is in a condition.
    pub(super) fn of(
        &mut self,
        dag: &Dag,
        schema: &Schema,
        contacts: &mut Contacts,
        root: &Root,
    ) -> Found {
        let node = self.rows(dag, schema, contacts, root.node);
        let certain = match root.certain == root.node {
            true => node.clone(),
            false => self.rows(dag, schema, contacts, root.certain),
        };
        let mut outside: Vec<Bitmap> = vec![Bitmap::default(); contacts.chunks.len()];
        for field in &root.reads {
            let invalid = contacts.invalid(*field);
            for ((outside, invalid), live) in outside.iter_mut().zip(&*invalid).zip(&*contacts.live)
            {
                if outside.is_empty() && !invalid.is_none() {
                    *outside = Bitmap::none(live.len());
                }
                outside.or(invalid);
            }
        }
        let mut members = Vec::with_capacity(outside.len());
        let (mut quarantined, mut sure) = (0, 0);
        for (((live, outside), node), certain) in contacts
            .live
            .iter()
            .zip(&mut outside)
            .zip(&*node)
            .zip(&*certain)
        {
            let mut inside = live.clone();
            inside.and_not(outside);
            outside.and(live);
            quarantined += outside.count();
            inside.and(node);
            let mut certain = certain.clone();
            certain.and(&inside);
            sure += certain.count();
            members.push(inside);
        }
        Found {
            members,
            quarantined,
            certain: sure,
        }
    }

    /// Who satisfies a predicate; of what it is made of, only what is not known is computed.
    fn rows(&mut self, dag: &Dag, schema: &Schema, contacts: &Contacts, node: NodeId) -> Rows {
        let mut here: HashMap<NodeId, Rows> = HashMap::new();
        let mut open = vec![node];
        let mut unknown: BTreeSet<NodeId> = BTreeSet::new();
        while let Some(id) = open.pop() {
            if here.contains_key(&id) || unknown.contains(&id) {
                continue;
            }
            match self.recall(id) {
                Some(rows) => drop(here.insert(id, rows)),
                None => {
                    unknown.insert(id);
                    open.extend(children(dag.node(id)));
                }
            }
        }
        let questions = unknown.iter().copied();
        let questions = questions.filter(|id| matches!(dag.node(*id), Node::Ask(_)));
        for (id, rows) in self.ask(dag, schema, contacts, questions.collect()) {
            here.insert(id, rows);
        }
        for id in &unknown {
            if !here.contains_key(id) {
                let rows = Arc::new(combined(dag.node(*id), &here, contacts));
                here.insert(*id, rows);
            }
        }
        for id in unknown {
            if let Some(rows) = here.get(&id) {
                self.keep(id, rows.clone());
            }
        }
        here.remove(&node).unwrap_or_default()
    }

    /// Puts questions to the data, all in one pass.
    fn ask(
        &mut self,
        dag: &Dag,
        schema: &Schema,
        contacts: &Contacts,
        questions: Vec<NodeId>,
    ) -> Vec<(NodeId, Rows)> {
        if questions.is_empty() {
            return Vec::new();
        }
        self.asked += questions.len() as u64;
        let roots: Vec<Root> = questions
            .iter()
            .map(|&node| Root {
                node,
                certain: node,
                reads: BTreeSet::new(),
            })
            .collect();
        let program = Program::over(dag, schema, &roots, &contacts.layout);
        let answers = contacts.chunks.par_iter().map_init(
            || Worker::new(&program),
            |worker, chunk| worker.answer(chunk),
        );
        let answers: Vec<_> = answers.collect();
        let mut rows = vec![Vec::with_capacity(answers.len()); questions.len()];
        for chunk in answers {
            for (rows, answer) in rows.iter_mut().zip(chunk) {
                rows.push(answer.members);
            }
        }
        questions
            .into_iter()
            .zip(rows.into_iter().map(Arc::new))
            .collect()
    }

    fn recall(&mut self, id: NodeId) -> Option<Rows> {
        let (rows, age) = self.known.get_mut(&id)?;
        self.age += 1;
        self.by_age.remove(age);
        self.by_age.insert(self.age, id);
        *age = self.age;
        Some(rows.clone())
    }

    fn keep(&mut self, id: NodeId, rows: Rows) {
        self.age += 1;
        self.bytes += bytes_of(&rows);
        self.by_age.insert(self.age, id);
        self.known.insert(id, (rows, self.age));
        while self.bytes > MOST_BYTES
            && let Some((_, oldest)) = self.by_age.pop_first()
        {
            if let Some((rows, _)) = self.known.remove(&oldest) {
                self.bytes -= bytes_of(&rows);
            }
        }
    }
}

fn bytes_of(rows: &Rows) -> usize {
    rows.iter().map(|bitmap| bitmap.words().len() * 8).sum()
}

fn children(node: &Node) -> Vec<NodeId> {
    match node {
        Node::Nobody | Node::Everyone | Node::Ask(_) => Vec::new(),
        Node::Not(inner) => vec![*inner],
        Node::And(of) | Node::Or(of) | Node::AtLeast(_, of) => of.to_vec(),
    }
}

/// A predicate from the answers of those it is made of.
fn combined(node: &Node, known: &HashMap<NodeId, Rows>, contacts: &Contacts) -> Vec<Bitmap> {
    let places = 0..contacts.chunks.len();
    places
        .map(|place| {
            let of = |id: &NodeId| known.get(id).and_then(|rows| rows.get(place));
            let rows = contacts.chunks.get(place).map_or(0, |chunk| chunk.rows);
            match node {
                Node::Nobody | Node::Ask(_) => Bitmap::none(rows),
                Node::Everyone => Bitmap::all(rows),
                Node::Not(inner) => of(inner).map_or(Bitmap::all(rows), Bitmap::complement),
                Node::And(ids) => {
                    let mut all = Bitmap::all(rows);
                    ids.iter().filter_map(of).for_each(|one| all.and(one));
                    all
                }
                Node::Or(ids) => {
                    let mut any = Bitmap::none(rows);
                    ids.iter().filter_map(of).for_each(|one| any.or(one));
                    any
                }
                Node::AtLeast(count, ids) => {
                    at_least(*count as usize, ids.iter().filter_map(of), rows)
                }
            }
        })
        .collect()
}

/// Rows that are in so many of the sets.
fn at_least<'b>(count: usize, of: impl Iterator<Item = &'b Bitmap>, rows: usize) -> Bitmap {
    // Rows in at least one, two, three … of the sets so far.
    let mut levels = vec![Bitmap::none(rows); count];
    for set in of {
        for level in (0..count).rev() {
            let mut raised = set.clone();
            if let Some(below) = level.checked_sub(1).and_then(|below| levels.get(below)) {
                raised.and(below);
            }
            if let Some(level) = levels.get_mut(level) {
                level.or(&raised);
            }
        }
    }
    levels.pop().unwrap_or_else(|| Bitmap::all(rows))
}
