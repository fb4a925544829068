//! Turns the cells of a text block into a chunk: ids first, because a record without one is no
//! contact, then the fields that are wanted.

use super::columns::ColumnMap;
use super::csv::not_utf8;
use super::decode::{Cells, FieldDecoder, Texts, read_ids};
use super::{Block, DataError, DataErrorKind, Decoded, InvalidCells, Request};
use crate::schema::{Field, IdSource};
use crate::table::{Chunk, Column, TextColumn};
use std::sync::Arc;

/// Decodes blocks of one text file for one worker.
pub(super) struct RowDecoder {
    file: Arc<str>,
    request: Arc<Request>,
    /// The columns of the file that are needed, each once.
    needed: Vec<usize>,
    /// The id's field and its place in `needed`.
    id: Option<(Field, Option<usize>)>,
    fields: Vec<Option<(FieldDecoder, Vec<Option<usize>>)>>,
}

impl RowDecoder {
    pub(super) fn new(request: &Arc<Request>, map: &ColumnMap, file: &Arc<str>) -> RowDecoder {
        let schema = &request.schema;
        let mut needed: Vec<usize> = Vec::new();
        let mut slot_of = |column: usize| {
            let known = needed.iter().position(|known| *known == column);
            known.unwrap_or_else(|| {
                needed.push(column);
                needed.len() - 1
            })
        };
        let id = match schema.id {
            IdSource::Row => None,
            IdSource::Field(id) => {
                let slot = map.id_column(schema).map(&mut slot_of);
                schema.field(id).map(|field| (field.clone(), slot))
            }
        };
        let fields = request.fields.iter().map(|&id| {
            let field = schema.field(id).filter(|_| map.is_present(id))?;
            let slots = map.of(id).iter().map(|column| column.map(&mut slot_of));
            Some((FieldDecoder::new(id, field, &request.zone), slots.collect()))
        });
        let fields = fields.collect();
        RowDecoder {
            file: Arc::clone(file),
            request: Arc::clone(request),
            needed,
            id,
            fields,
        }
    }

    /// The columns whose cells are needed, in the order of the slots of [`Cells::columns`].
    pub(super) fn needed(&self) -> &[usize] {
        &self.needed
    }

    /// Decodes a block whose cells have been found.
    pub(super) fn decode(
        &mut self,
        block: &Block,
        cells: &mut Cells,
    ) -> Result<Decoded, DataError> {
        let text =
            simdutf8::basic::from_utf8(&block.bytes).map_err(|_| not_utf8_at(block, &self.file))?;
        let ids = self.ids(text, cells);
        let (lines, rejects) = cells.lines(block);
        let mut invalid = InvalidCells::default();
        let columns = self.fields.iter_mut().map(|field| match field {
            None => Column::Absent,
            Some((decoder, slots)) => {
                let texts = Texts {
                    text,
                    cells,
                    slots,
                    zone: &self.request.zone,
                };
                decoder.decode(texts, &ids, |row| lines.of(row), &mut invalid)
            }
        });
        let columns = columns.collect();
        Ok(Decoded {
            chunk: Chunk {
                rows: cells.rows,
                records: cells.record_numbers(),
                ids,
                columns,
                ..Chunk::default()
            },
            records: cells.records,
            lines,
            rejects,
            invalid,
            keys: None,
        })
    }

    /// Reads the ids and rejects the records without one.
    fn ids(&self, text: &str, cells: &mut Cells) -> TextColumn {
        let Some((field, slot)) = &self.id else {
            return TextColumn::default();
        };
        let column = slot.and_then(|slot| cells.columns.get(slot));
        let column = column.map_or(&[][..], Vec::as_slice);
        let (ids, reasons) = read_ids(field, &self.request.zone, text, column);
        if !reasons.is_empty() {
            cells.reject_rows(&reasons);
        }
        ids
    }
}

/// The error for a block that is not UTF-8, at the line where it is not.
pub(super) fn not_utf8_at(block: &Block, file: &str) -> DataError {
    let valid = match std::str::from_utf8(&block.bytes) {
        Ok(_) => block.bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    let passed = block.bytes.get(..valid).unwrap_or(&[]);
    let line = block.line + memchr::memchr_iter(b'\n', passed).count() as u64;
    let rest = block.bytes.get(valid..).unwrap_or(&[]);
    let end = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    let what = not_utf8(rest.get(..end).unwrap_or(&[]));
    DataError::at_line(DataErrorKind::Encoding, file, line, &what)
}
