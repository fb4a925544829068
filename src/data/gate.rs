//! Where pieces pass in file order: duplicate ids are found, records numbered, oddities added up.

use super::ids::{IdKeys, IdSet};
use super::report::{InvalidField, InvalidSample, RejectedRecord};
use super::{Decoded, Layout, LoadReport, Reject, RejectReason};
use crate::name::FieldId;
use crate::schema::{IdSource, Schema};
use crate::table::{Bitmap, TextColumn};
use indexmap::IndexMap;
use std::sync::Arc;

/// The state of the gate.
pub(super) struct Gate {
    ids: IdSet,
    has_id_field: bool,
    needs_ids: bool,
    files: Vec<Arc<str>>,
    names: Vec<crate::name::Name>,
    records: u64,
    report: LoadReport,
    invalid: IndexMap<FieldId, IndexMap<String, InvalidSample>>,
}

/// What a worker works out about a decoded piece before its turn.
pub(super) struct Arrival {
    pub(super) source: usize,
    pub(super) decoded: Decoded,
    keys: IdKeys,
}

impl Arrival {
    /// Works out what the gate asks; `numbers` is room that is used again.
    pub(super) fn new(source: usize, mut decoded: Decoded, numbers: &mut Vec<u64>) -> Arrival {
        let known = decoded.keys.take();
        let keys = known.unwrap_or_else(|| IdKeys::new(&decoded.chunk.ids, numbers));
        Arrival {
            source,
            decoded,
            keys,
        }
    }
}

impl Gate {
    pub(super) fn new(layouts: &[Arc<dyn Layout>], schema: &Schema, needs_ids: bool) -> Gate {
        Gate {
            ids: IdSet::default(),
            has_id_field: schema.id != IdSource::Row,
            needs_ids,
            files: layouts.iter().map(|layout| layout.file().into()).collect(),
            names: schema.iter().map(|(_, field)| field.name.clone()).collect(),
            records: 0,
            report: LoadReport::default(),
            invalid: IndexMap::new(),
        }
    }

    /// Lets a piece pass. Pieces pass in file order.
    pub(super) fn pass(&mut self, arrival: &mut Arrival) {
        let Arrival {
            source,
            decoded,
            keys,
        } = arrival;
        self.number(decoded);
        let chunk = &mut decoded.chunk;
        let mut rejects = std::mem::take(&mut decoded.rejects);
        if self.has_id_field {
            let seen = self.ids.add(&chunk.ids, keys);
            if !seen.is_empty() {
                chunk.duplicates = Bitmap::none(chunk.rows);
            }
            for row in seen {
                chunk.duplicates.set(row, true);
                let line = decoded.lines.of(row);
                rejects.push(Reject {
                    line,
                    reason: RejectReason::DuplicateId,
                });
            }
        }
        rejects.sort_by_key(|reject| reject.line);
        self.report.contacts += chunk.rows as u64 - chunk.duplicates.count();
        self.reject(*source, &rejects);
        self.count_invalid(*source, decoded);
    }

    /// Counts a piece of a stream that may never end: ids are not compared with earlier ones.
    pub(super) fn count(&mut self, decoded: &mut Decoded) {
        self.number(decoded);
        self.report.contacts += decoded.chunk.rows as u64;
        self.reject(0, &decoded.rejects);
        self.count_invalid(0, decoded);
    }

    /// Gives records their numbers within the whole input.
    fn number(&mut self, decoded: &mut Decoded) {
        let records = &mut decoded.chunk.records;
        records.first += self.records;
        for number in records.each.iter_mut().flatten() {
            *number += self.records;
        }
        self.records += decoded.records;
    }

    fn reject(&mut self, source: usize, rejects: &[Reject]) {
        let report = &mut self.report;
        report.rejected += rejects.len() as u64;
        let file = self.files.get(source);
        for reject in rejects {
            *report.reasons.entry(reject.reason).or_insert(0) += 1;
            if report.rejects.len() < LoadReport::MOST_REJECTS {
                report.rejects.push(RejectedRecord {
                    file: file.cloned().unwrap_or_else(|| "".into()),
                    line: reject.line,
                    reason: reject.reason,
                });
            }
        }
    }

    fn count_invalid(&mut self, source: usize, decoded: &Decoded) {
        const MOST_SHAPES: usize = 16;
        for (field, shape, count, line) in decoded.invalid.iter() {
            let shapes = self.invalid.entry(field).or_default();
            let shape = match shapes.len() < MOST_SHAPES || shapes.contains_key(shape) {
                true => shape,
                false => "",
            };
            match shapes.get_mut(shape) {
                Some(known) => known.count += count,
                None => {
                    let sample = InvalidSample {
                        shape: shape.to_string(),
                        count,
                        file: self.files.get(source).cloned().unwrap_or_else(|| "".into()),
                        line,
                    };
                    shapes.insert(shape.to_string(), sample);
                }
            }
        }
    }

    /// The report, once all pieces have passed.
    pub(super) fn finish(self, layouts: &[Arc<dyn Layout>]) -> LoadReport {
        let mut report = self.report;
        for (field, shapes) in self.invalid {
            let mut samples: Vec<InvalidSample> = shapes.into_values().collect();
            samples.sort_by_key(|sample| std::cmp::Reverse(sample.count));
            let Some(name) = self.names.get(field.index()) else {
                continue;
            };
            report.invalid.push(InvalidField {
                field,
                name: name.clone(),
                count: samples.iter().map(|sample| sample.count).sum(),
                samples,
            });
        }
        report.invalid.sort_by_key(|invalid| invalid.field);
        for layout in layouts {
            let fresh = |known: &Vec<String>, name: &&String| !known.contains(name);
            let ignored = layout.ignored().iter();
            let ignored: Vec<String> = ignored
                .filter(|name| fresh(&report.ignored, name))
                .cloned()
                .collect();
            report.ignored.extend(ignored);
            for name in layout.absent() {
                if !report.absent.contains(name) {
                    report.absent.push(name.clone());
                }
            }
            report.notes.extend(layout.remarks());
        }
        report
    }
}

/// Gives the contacts of a chunk that has passed the ids that its records' numbers are, from 1; or
/// takes ids away that nobody asked for, and returns them.
pub(super) fn settle_ids(decoded: &mut Decoded, has_id_field: bool, needs_ids: bool) -> TextColumn {
    let chunk = &mut decoded.chunk;
    if !needs_ids {
        return std::mem::take(&mut chunk.ids);
    }
    if !has_id_field {
        chunk.ids = TextColumn::default();
        for row in 0..chunk.rows {
            chunk.ids.push(&(chunk.records.of(row) + 1).to_string());
        }
    }
    TextColumn::default()
}

impl Gate {
    /// Whether ids come from a field, and whether the caller wants them.
    pub(super) fn id_wishes(&self) -> (bool, bool) {
        (self.has_id_field, self.needs_ids)
    }
}
