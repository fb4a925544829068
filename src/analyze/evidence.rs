//! Contacts that were found on the way, and which segments they are in: most questions about pairs of
//! segments are answered by looking, before anything is proved.

use super::claim::Prover;
use crate::eval::columnar::{Program, Worker};
use crate::name::SegmentId;
use crate::table::{Bitmap, Chunk};
use crate::value::Value;

/// More contacts are not looked at.
const MOST_CONTACTS: usize = 4096;

/// Contacts evaluated at once.
const CHUNK_ROWS: usize = 1024;

/// A contact with its id and cells.
pub(super) type Found = (String, Vec<Value>);

/// For each segment the contacts that are in it.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    members: Vec<Bitmap>,
}

impl Evidence {
    /// Looks at contacts of some segments, and at one without any cell.
    pub(super) fn new(prover: &Prover, found: &[&Found]) -> Evidence {
        let blank: Found = ("1".to_string(), Vec::new());
        let contacts: Vec<&Found> = std::iter::once(&blank)
            .chain(found.iter().copied())
            .take(MOST_CONTACTS)
            .collect();
        let schema = &prover.rules.schema;
        let program = Program::new(&prover.dag, schema, &prover.roots);
        let mut worker = Worker::new(&program);
        let mut members = vec![Bitmap::default(); prover.roots.len()];
        for part in contacts.chunks(CHUNK_ROWS) {
            let rows: Vec<(&str, &[Value])> = part
                .iter()
                .map(|(id, cells)| (id.as_str(), cells.as_slice()))
                .collect();
            let chunk = Chunk::from_rows(schema, program.projection(), &rows);
            for (members, answer) in members.iter_mut().zip(worker.answer(&chunk)) {
                for row in 0..rows.len() {
                    members.push(answer.members.get(row));
                }
            }
        }
        Evidence { members }
    }

    /// Which of the contacts are in a segment, as bits.
    pub(super) fn signature(&self, segment: SegmentId) -> &[u64] {
        self.members
            .get(segment.index())
            .map_or(&[], |members| members.words())
    }

    /// Whether every contact is in the segment.
    pub(super) fn is_everyone(&self, segment: SegmentId) -> bool {
        self.members
            .get(segment.index())
            .is_some_and(|members| members.count() == members.len() as u64)
    }
}
