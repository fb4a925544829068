//! Contacts that were found on the way, and which segments they are in: most questions about pairs of
//! segments are answered by looking, before anything is proved.

use super::claim::Prover;
use crate::dag::Root;
use crate::eval::columnar::{Program, Worker};
use crate::name::SegmentId;
use crate::schema::Schema;
use crate::table::{Bitmap, Chunk};
use crate::value::Value;
use indexmap::IndexMap;

/// More contacts are not looked at.
const MOST_CONTACTS: usize = 4096;

/// Fewer segments are compared pair by pair.
const LEAST_TOLD_APART: usize = 8;

/// Contacts evaluated at once.
const CHUNK_ROWS: usize = 1024;

/// A contact with its id and cells.
pub(super) type Found = (String, Vec<Value>);

/// For each segment the contacts that are in it; nothing for a segment that was not looked at.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    members: Vec<Bitmap>,
    /// Whether every contact given was looked at.
    is_whole: bool,
}

impl Evidence {
    /// Looks at contacts of some segments, and at one without any cell, with an eye to some segments.
    pub(super) fn new(prover: &Prover, found: &[&Found], about: &[SegmentId]) -> Evidence {
        if about.len() == prover.roots.len() {
            return Evidence::of_roots(prover, &prover.roots, found);
        }
        let root = |id: &SegmentId| prover.roots.get(id.index()).cloned();
        let roots: Vec<Root> = about.iter().filter_map(root).collect();
        let mut of_some = Evidence::of_roots(prover, &roots, found);
        let mut members = vec![Bitmap::default(); prover.roots.len()];
        for (id, bits) in about.iter().zip(of_some.members.drain(..)) {
            if let Some(place) = members.get_mut(id.index()) {
                *place = bits;
            }
        }
        Evidence { members, ..of_some }
    }

    /// Looks at contacts with an eye to some segments only; what is found is by their places.
    fn of_roots(prover: &Prover, roots: &[Root], found: &[&Found]) -> Evidence {
        let blank: Found = ("1".to_string(), Vec::new());
        let contacts: Vec<&Found> = std::iter::once(&blank)
            .chain(found.iter().copied())
            .take(MOST_CONTACTS)
            .collect();
        let schema = &prover.rules.schema;
        let program = Program::new(&prover.dag, schema, roots);
        let mut worker = Worker::new(&program);
        let mut members = vec![Bitmap::default(); roots.len()];
        for part in contacts.chunks(CHUNK_ROWS) {
            let chunk = chunk_of(schema, &program, part.iter().copied());
            for (members, answer) in members.iter_mut().zip(worker.answer(&chunk)) {
                members.append(&answer.members);
            }
        }
        Evidence {
            members,
            is_whole: found.len() < MOST_CONTACTS,
        }
    }

    /// Which of the contacts are in a segment, as bits.
    pub(super) fn signature(&self, segment: SegmentId) -> &[u64] {
        self.members
            .get(segment.index())
            .map_or(&[], |members| members.words())
    }

    /// The parts of a group with one signature that contacts of its own tell apart: first by those of
    /// [`MOST_CONTACTS`] of them, then each part that is left by its own, as long as that helps.
    pub(super) fn told_apart<'f>(
        &self,
        prover: &Prover,
        group: Vec<SegmentId>,
        contact_of: impl Fn(SegmentId) -> Option<&'f Found>,
    ) -> Vec<Vec<SegmentId>> {
        let mut open = vec![group];
        let mut done = Vec::new();
        while let Some(group) = open.pop() {
            let found: Vec<&Found> = group.iter().filter_map(|id| contact_of(*id)).collect();
            // What was looked at already tells nothing new.
            if self.is_whole || group.len() < LEAST_TOLD_APART || found.is_empty() {
                done.push(group);
                continue;
            }
            let roots: Vec<Root> = group
                .iter()
                .filter_map(|id| prover.roots.get(id.index()).cloned())
                .collect();
            let evidence = Evidence::of_roots(prover, &roots, &found);
            let mut parts: IndexMap<&[u64], Vec<SegmentId>> = IndexMap::new();
            for (members, id) in evidence.members.iter().zip(&group) {
                parts.entry(members.words()).or_default().push(*id);
            }
            let is_done = evidence.is_whole || parts.len() == 1;
            let to = if is_done { &mut done } else { &mut open };
            to.extend(parts.into_values());
        }
        done
    }

    /// Whether every contact is in the segment.
    pub(super) fn is_everyone(&self, segment: SegmentId) -> bool {
        self.members
            .get(segment.index())
            .is_some_and(|members| !members.is_empty() && members.count() == members.len() as u64)
    }
}

/// Contacts as columns.
fn chunk_of<'f>(
    schema: &Schema,
    program: &Program,
    contacts: impl IntoIterator<Item = &'f Found>,
) -> Chunk {
    let contacts = contacts.into_iter();
    let rows: Vec<(&str, &[Value])> = contacts
        .map(|(id, cells)| (id.as_str(), cells.as_slice()))
        .collect();
    Chunk::from_rows(schema, program.projection(), &rows)
}

/// Which segments contacts are in, for a growing number of them.
pub(super) struct Seen {
    program: Program,
    /// By [`SegmentId`], a bit a contact.
    members: Vec<Vec<u64>>,
    /// A bit for every contact.
    all: Vec<u64>,
}

/// More contacts are not kept.
const MOST_SEEN: usize = 32_768;

impl Seen {
    /// Nobody yet.
    pub(super) fn new(prover: &Prover) -> Seen {
        let program = Program::new(&prover.dag, &prover.rules.schema, &prover.roots);
        Seen {
            program,
            members: vec![Vec::new(); prover.roots.len()],
            all: Vec::new(),
        }
    }

    /// Looks at contacts.
    pub(super) fn add(&mut self, schema: &Schema, contacts: &[Found]) {
        if self.all.len() * 64 >= MOST_SEEN {
            return;
        }
        let mut worker = Worker::new(&self.program);
        for part in contacts.chunks(CHUNK_ROWS) {
            let chunk = chunk_of(schema, &self.program, part);
            for (members, answer) in self.members.iter_mut().zip(worker.answer(&chunk)) {
                members.extend_from_slice(answer.members.words());
            }
            self.all.extend_from_slice(Bitmap::all(part.len()).words());
        }
    }

    /// Whether some contact is in or not in two segments, as asked.
    pub(super) fn has(&self, left: (SegmentId, bool), right: (SegmentId, bool)) -> bool {
        let words = |(id, _): (SegmentId, bool)| -> &[u64] {
            self.members.get(id.index()).map_or(&[], Vec::as_slice)
        };
        let mask = |(_, is_in): (SegmentId, bool)| if is_in { 0 } else { u64::MAX };
        let (ours, theirs) = (mask(left), mask(right));
        let rows = words(left).iter().zip(words(right)).zip(&self.all);
        rows.into_iter()
            .any(|((left, right), all)| (left ^ ours) & (right ^ theirs) & all != 0)
    }
}
