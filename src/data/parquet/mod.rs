//! Reads Parquet: row groups as pieces, only the columns that are needed, dictionaries kept.
//!
//! Invariants: every decoder opens the file anew (a shared handle would share its position); a piece
//! is at most [`PIECE_ROWS`] rows and about [`PIECE_BYTES`], and no page is decompressed whose size
//! was not looked at, so memory is bounded whatever the file claims; a broken file is an error and
//! never a panic.

mod convert;
mod copy;
mod guard;
mod leaf;
mod pages;
mod text;

use super::columns::ColumnMap;
use super::{
    DataError, DataErrorKind, Decoded, Decoder, InvalidCells, Layout, Piece, Reject, RejectReason,
    Request, Source,
};
use crate::diag::{Lang, Phrase};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::{Schema, Type};
use crate::table::{Bitmap, Chunk, RecordNumbers, TextColumn};
use arrow_array::RecordBatch;
use convert::FieldReader;
use leaf::Leaf;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::file::metadata::RowGroupMetaData;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A piece has at most so many rows.
const PIECE_ROWS: u64 = 1 << 17;
/// A piece has about so many bytes at most, once decompressed.
const PIECE_BYTES: u64 = 64 << 20;
/// More rows than this are no contacts but a broken file.
const MOST_ROWS: u64 = 1 << 36;

/// One Parquet file.
pub(super) struct ParquetSource {
    layout: Arc<ParquetLayout>,
    handle: File,
    group: usize,
    /// Rows of a piece of this group.
    piece_rows: u64,
    row: u64,
    record: u64,
}

struct ParquetLayout {
    file: String,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    request: Arc<Request>,
    /// Where each field requested is found, and the id.
    fields: Vec<(FieldId, Option<Leaf>)>,
    id: Option<Leaf>,
    mask: ProjectionMask,
    /// The columns within a row group that the mask lets through.
    columns: Vec<usize>,
    ignored: Vec<String>,
    absent: Vec<Name>,
}

impl ParquetSource {
    /// Opens a file and finds its columns.
    ///
    /// # Errors
    /// It is no Parquet file, or its columns do not fit the schema.
    pub(super) fn open(path: &Path, request: &Arc<Request>) -> Result<ParquetSource, DataError> {
        let file = path.to_string_lossy().into_owned();
        let broken = |error: &dyn std::fmt::Display| broken(&file, error);
        let plain = load(path, ArrowReaderOptions::new())?;
        let leaves = leaf::leaves(plain.schema());
        let names: Vec<String> = leaves.iter().map(|leaf| leaf.name.clone()).collect();
        let map = ColumnMap::new(&request.schema, &names, &file)?;
        if let Some(field) = parts_field(&request.schema, &request.fields) {
            let what = say!(
                "`{field}` is put together from columns, which Parquet files cannot do: make it one column",
                "`{field}` 由多列拼成，Parquet 文件不支持：请改为一列"
            );
            return Err(DataError::in_file(DataErrorKind::Columns, &file, &what));
        }
        let leaf_of = |id: FieldId| {
            let column = map.of(id).first().copied().flatten()?;
            leaves.get(column).cloned()
        };
        let fields: Vec<(FieldId, Option<Leaf>)> = request
            .fields
            .iter()
            .map(|id| (*id, leaf_of(*id)))
            .collect();
        let id = map
            .id_column(&request.schema)
            .and_then(|column| leaves.get(column).cloned());
        let wanted: Vec<&Leaf> = fields
            .iter()
            .filter_map(|(_, leaf)| leaf.as_ref())
            .chain(&id)
            .collect();
        let hint = leaf::with_dictionaries(plain.schema(), &request.schema, &fields);
        let refuse = |what: Phrase| DataError::in_file(DataErrorKind::Columns, &file, &what);
        leaf::check(plain.parquet_schema(), &request.schema, &fields, &id).map_err(refuse)?;
        // Dictionaries are a wish: a file whose own schema refuses them is read without.
        let options = ArrowReaderOptions::new().with_schema(hint);
        let metadata = load(path, options).unwrap_or(plain);
        let found = wanted
            .iter()
            .flat_map(|leaf| leaf.columns(metadata.parquet_schema()));
        let columns: Vec<usize> = found.collect();
        let mask = ProjectionMask::leaves(metadata.parquet_schema(), columns.iter().copied());
        let groups = metadata.metadata().row_groups().iter();
        let rows = groups.map(|group| u64::try_from(group.num_rows()).ok());
        let rows = rows.sum::<Option<u64>>();
        if rows.is_none_or(|rows| rows > MOST_ROWS) {
            return Err(broken(&"impossible number of rows"));
        }
        let handle = File::open(path).map_err(|error| DataError::io(path, &error))?;
        Ok(ParquetSource {
            layout: Arc::new(ParquetLayout {
                file,
                path: path.to_path_buf(),
                metadata,
                request: Arc::clone(request),
                fields,
                id,
                mask,
                columns,
                ignored: map.ignored,
                absent: map.absent,
            }),
            handle,
            group: 0,
            piece_rows: PIECE_ROWS,
            row: 0,
            record: 0,
        })
    }
}

/// A field that is put together from several columns.
fn parts_field(schema: &Schema, fields: &[FieldId]) -> Option<Name> {
    fields.iter().find_map(|id| {
        let field = schema.field(*id)?;
        match &field.kind {
            Type::Region { from, .. } if !from.is_empty() => Some(field.name.clone()),
            _ => None,
        }
    })
}

fn load(path: &Path, options: ArrowReaderOptions) -> Result<ArrowReaderMetadata, DataError> {
    let file = File::open(path).map_err(|error| DataError::io(path, &error))?;
    let name = path.to_string_lossy();
    guarded(&name, || {
        ArrowReaderMetadata::load(&file, options).map_err(|error| broken(&name, &error))
    })
}

fn broken(file: &str, error: &dyn std::fmt::Display) -> DataError {
    let what = say!("Parquet: {error}", "Parquet：{error}");
    DataError::in_file(DataErrorKind::Broken, file, &what)
}

/// Runs a reader that a broken file might make panic.
fn guarded<T>(file: &str, read: impl FnOnce() -> Result<T, DataError>) -> Result<T, DataError> {
    guard::guarded(read).unwrap_or_else(|| Err(broken(file, &"the file is damaged")))
}

impl ParquetSource {
    /// Looks at the pages of a group before any is read: how many of its rows make a piece.
    fn check_group(&self, group: &RowGroupMetaData, rows: u64) -> Result<u64, DataError> {
        let file = &self.layout.file;
        let mut row_bytes = 1;
        for column in &self.layout.columns {
            let Some(column) = group.columns().get(*column) else {
                return Err(broken(file, &"a row group lacks a column"));
            };
            let entry_bytes = pages::check_pages(&self.handle, column).map_err(|what| {
                let (en, zh) = (what.get(Lang::En), what.get(Lang::Zh));
                let what = say!("Parquet: {en}", "Parquet：{zh}");
                DataError::in_file(DataErrorKind::Broken, file, &what)
            })?;
            let bytes = u64::try_from(column.uncompressed_size()).unwrap_or(0);
            row_bytes += entry_bytes.max(bytes / rows.max(1));
        }
        Ok((PIECE_BYTES / row_bytes).clamp(1, PIECE_ROWS))
    }
}

impl Source for ParquetSource {
    fn next_piece(&mut self) -> Result<Option<Piece>, DataError> {
        loop {
            let groups = self.layout.metadata.metadata().row_groups();
            let Some(group) = groups.get(self.group) else {
                return Ok(None);
            };
            let rows = u64::try_from(group.num_rows())
                .map_err(|_| broken(&self.layout.file, &"negative number of rows"))?;
            if self.row >= rows {
                self.group += 1;
                self.row = 0;
                continue;
            }
            if self.row == 0 {
                self.piece_rows = self.check_group(group, rows)?;
            }
            let count = (rows - self.row).min(self.piece_rows);
            let piece = Piece::Rows {
                group: self.group,
                first: self.row,
                count,
                record: self.record,
            };
            self.row += count;
            self.record += count;
            return Ok(Some(piece));
        }
    }

    fn layout(&self) -> Arc<dyn Layout> {
        Arc::clone(&self.layout) as Arc<dyn Layout>
    }
}

impl Layout for ParquetLayout {
    fn decoder(self: Arc<Self>) -> Box<dyn Decoder> {
        let schema = &self.request.schema;
        let readers = self.fields.iter().filter_map(|(id, leaf)| {
            let field = schema.field(*id)?;
            Some(FieldReader::new(
                *id,
                field,
                leaf.clone(),
                &self.request.zone,
            ))
        });
        Box::new(ParquetDecoder {
            file: self.file.clone(),
            path: self.path.clone(),
            metadata: self.metadata.clone(),
            mask: self.mask.clone(),
            id: self.id.clone(),
            readers: readers.collect(),
        })
    }

    fn file(&self) -> &str {
        &self.file
    }

    fn ignored(&self) -> &[String] {
        &self.ignored
    }

    fn absent(&self) -> &[Name] {
        &self.absent
    }
}

struct ParquetDecoder {
    file: String,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    id: Option<Leaf>,
    readers: Vec<FieldReader>,
}

impl Decoder for ParquetDecoder {
    fn decode(&mut self, piece: Piece) -> Result<Decoded, DataError> {
        let Piece::Rows {
            group,
            first,
            count,
            record,
        } = piece
        else {
            return Err(broken(&self.file, &"a piece of text"));
        };
        let file = self.file.clone();
        guarded(&file, || {
            let batches = self.batches(group, first, count)?;
            self.decode_batches(&batches, count, record)
        })
    }
}

impl ParquetDecoder {
    fn batches(&self, group: usize, first: u64, count: u64) -> Result<Vec<RecordBatch>, DataError> {
        let file = File::open(&self.path).map_err(|error| DataError::io(&self.path, &error))?;
        let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_projection(self.mask.clone())
                .with_row_groups(vec![group])
                .with_offset(size(first))
                .with_limit(size(count))
                .with_batch_size(size(count))
                .build()
                .map_err(|error| broken(&self.file, &error))?;
        reader
            .map(|batch| batch.map_err(|error| broken(&self.file, &error)))
            .collect()
    }

    fn decode_batches(
        &mut self,
        batches: &[RecordBatch],
        count: u64,
        record: u64,
    ) -> Result<Decoded, DataError> {
        let found: u64 = batches.iter().map(|batch| batch.num_rows() as u64).sum();
        // A file without columns of ours still has rows.
        if found != count && !(self.readers.is_empty() && self.id.is_none()) {
            return Err(broken(
                &self.file,
                &format!("{count} rows promised, {found} found"),
            ));
        }
        let rows = usize::try_from(count).unwrap_or(0);
        let mut decoded = Decoded {
            records: count,
            ..Decoded::default()
        };
        let kept = self.keep_ids(batches, rows, record, &mut decoded);
        let numbers = |base: u64| match kept.count() == count {
            true => RecordNumbers {
                first: base,
                each: None,
            },
            false => RecordNumbers {
                first: base,
                each: Some(kept.rows().map(|row| base + row as u64).collect()),
            },
        };
        decoded.lines = numbers(record + 1);
        let mut invalid = InvalidCells::default();
        let columns = self
            .readers
            .iter_mut()
            .map(|reader| {
                reader.read(
                    batches,
                    &kept,
                    &decoded.lines,
                    &decoded.chunk.ids,
                    &mut invalid,
                )
            })
            .collect();
        decoded.chunk = Chunk {
            rows: usize::try_from(kept.count()).unwrap_or(0),
            records: numbers(0),
            ids: std::mem::take(&mut decoded.chunk.ids),
            columns,
            duplicates: Bitmap::default(),
        };
        decoded.invalid = invalid;
        Ok(decoded)
    }

    /// Reads the ids; rows without a good one are rejected. The rows that stay.
    fn keep_ids(
        &self,
        batches: &[RecordBatch],
        rows: usize,
        record: u64,
        decoded: &mut Decoded,
    ) -> Bitmap {
        let Some(leaf) = &self.id else {
            return Bitmap::all(rows);
        };
        let mut kept = Bitmap::all(rows);
        let mut ids = TextColumn::default();
        let mut row = 0;
        for batch in batches {
            let array = leaf.array(batch);
            text::for_each_text(array.as_deref(), batch.num_rows(), |text| {
                match id_of(text) {
                    Ok(id) => ids.push(&id),
                    Err(reason) => {
                        kept.set(row, false);
                        decoded.rejects.push(Reject {
                            line: record + row as u64 + 1,
                            reason,
                        });
                    }
                }
                row += 1;
            });
        }
        decoded.chunk.ids = ids;
        kept
    }
}

fn id_of(text: Option<&str>) -> Result<std::borrow::Cow<'_, str>, RejectReason> {
    let id = crate::value::normalise_text(text.unwrap_or(""));
    if id.is_empty() {
        Err(RejectReason::MissingId)
    } else if id.contains('\0') {
        Err(RejectReason::InvalidId)
    } else if crate::schema::is_spreadsheet_number(&id) {
        Err(RejectReason::SpreadsheetId)
    } else {
        Ok(id)
    }
}

/// The columns of a file with the types they would have in a schema.
///
/// # Errors
/// It is no Parquet file.
pub(super) fn column_types(path: &Path) -> Result<Vec<(String, Type)>, DataError> {
    let metadata = load(path, ArrowReaderOptions::new())?;
    let leaves = leaf::leaves(metadata.schema());
    Ok(leaves
        .into_iter()
        .map(|leaf| (leaf.name.clone(), leaf.schema_type()))
        .collect())
}
