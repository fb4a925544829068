//! Reads Parquet: row groups as pieces, only the columns that are needed, dictionaries kept.
//!
//! Invariants: every decoder opens the file anew (a shared handle would share its position); a piece
//! is at most [`PIECE_ROWS`] rows and about [`PIECE_BYTES`], and no page is decompressed whose size
//! was not looked at, so memory is bounded whatever the file claims; a broken file is an error and
//! never a panic.

mod convert;
mod copy;
mod direct;
mod even;
mod flat;
mod guard;
mod header;
mod hybrid;
mod ids;
mod leaf;
mod lists;
mod page;
mod pages;
mod parts;
mod settled;
mod text;
mod values;
mod window;

use super::columns::ColumnMap;
use super::{
    DataError, DataErrorKind, Decoded, Decoder, InvalidCells, Layout, Piece, Reject, Request,
    Source,
};
use crate::diag::{Lang, Phrase};
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::Type;
use crate::table::{Bitmap, Chunk, Column, RecordNumbers, TextColumn};
use arrow_array::RecordBatch;
use convert::FieldReader;
use direct::{FlatColumn, Pages};
use flat::Rows;
use ids::{IdReader, Ids};
use leaf::Leaf;
use page::PageRoom;
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
    fields: Vec<(FieldId, Vec<Option<Leaf>>)>,
    id: Option<Leaf>,
    /// The columns within a row group that are read.
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
        // A region that is put together has a leaf for each part.
        let fields = request.fields.iter().map(|id| {
            let of_column = |column: &Option<usize>| leaves.get((*column)?).cloned();
            (*id, map.of(*id).iter().map(of_column).collect())
        });
        let fields: Vec<(FieldId, Vec<Option<Leaf>>)> = fields.collect();
        let each = fields.iter().flat_map(|(id, parts)| {
            let parts = parts.iter().flatten();
            parts.map(|leaf| (*id, leaf.clone()))
        });
        let each: Vec<(FieldId, Leaf)> = each.collect();
        let id = map
            .id_column(&request.schema)
            .and_then(|column| leaves.get(column).cloned());
        let wanted = each.iter().map(|(_, leaf)| leaf).chain(&id);
        let hint = leaf::with_dictionaries(plain.schema(), &request.schema, &each);
        let refuse = |what: Phrase| DataError::in_file(DataErrorKind::Columns, &file, &what);
        leaf::check(plain.parquet_schema(), &request.schema, &each, &id).map_err(refuse)?;
        // Dictionaries are a wish: a file whose own schema refuses them is read without.
        let options = ArrowReaderOptions::new().with_schema(hint);
        let metadata = load(path, options).unwrap_or(plain);
        let found = wanted.flat_map(|leaf| leaf.columns(metadata.parquet_schema()));
        let columns: Vec<usize> = found.collect();
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
        let readers = self.fields.iter().filter_map(|(id, parts)| {
            let field = schema.field(*id)?;
            Some(FieldReader::new(
                *id,
                field,
                parts,
                &self.request,
                self.metadata.parquet_schema(),
            ))
        });
        Box::new(ParquetDecoder {
            file: self.file.clone(),
            path: self.path.clone(),
            metadata: self.metadata.clone(),
            readers: readers.collect(),
            flat_id: self
                .id
                .as_ref()
                .and_then(|leaf| FlatColumn::of_ids(leaf, self.metadata.parquet_schema())),
            id: self.id.clone(),
            id_reader: IdReader::default(),
            page_room: PageRoom::default(),
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
    id: Option<Leaf>,
    /// How ids are read straight from their pages, if they are.
    flat_id: Option<FlatColumn>,
    id_reader: IdReader,
    readers: Vec<FieldReader>,
    page_room: PageRoom,
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
        let rows = Rows {
            first,
            count: usize::try_from(count).unwrap_or(0),
        };
        guarded(&file, || self.decode_rows(group, rows, record))
    }

    fn reuse(&mut self, chunk: Chunk) {
        self.id_reader.spare = chunk.ids;
        for (reader, column) in self.readers.iter_mut().zip(chunk.columns) {
            reader.spare = Some(column);
        }
    }
}

impl ParquetDecoder {
    fn decode_rows(&mut self, group: usize, rows: Rows, record: u64) -> Result<Decoded, DataError> {
        let broken = |error: &dyn std::fmt::Display| broken(&self.file, error);
        let metadata = self.metadata.clone();
        let meta = metadata.metadata().row_groups().get(group);
        let file = File::open(&self.path).map_err(|error| DataError::io(&self.path, &error))?;
        let file_bytes = file.metadata();
        let file_bytes = file_bytes.map_err(|error| DataError::io(&self.path, &error))?;
        let pages = Pages {
            file: Arc::new(file),
            file_bytes: file_bytes.len(),
            group: meta.ok_or_else(|| broken(&"a row group is lacking"))?,
            rows,
        };
        let flat_ids = match &self.flat_id {
            None => None,
            Some(column) => {
                let found = self.id_reader.read(column, &pages, &mut self.page_room);
                found.map_err(|error| broken(&error))?
            }
        };
        let flat = self.readers.iter_mut().map(|reader| {
            let column = reader.read_flat(&pages, &mut self.page_room);
            column.map_err(|error| broken(&error))
        });
        let flat = flat.collect::<Result<Vec<Option<Column>>, DataError>>()?;
        let rest = self.readers.iter().zip(&flat);
        let is_left = |(reader, column): &(&FieldReader, &Option<Column>)| {
            column.is_none() && !matches!(reader.field.kind, Type::Id)
        };
        let rest = rest.filter(is_left);
        let rest = rest.flat_map(|(reader, _)| reader.parts.iter().flatten());
        let id = self.id.as_ref().filter(|_| flat_ids.is_none());
        let columns: Vec<usize> = rest
            .chain(id)
            .flat_map(|leaf| leaf.columns(metadata.parquet_schema()))
            .collect();
        let batches = match columns.is_empty() {
            true => Vec::new(),
            false => self.batches(group, rows, columns)?,
        };
        let ids = match (flat_ids, &self.id) {
            (Some(ids), _) => ids,
            (None, Some(leaf)) => read_ids(leaf, &batches, rows.count),
            (None, None) => Ids {
                ids: TextColumn::default(),
                kept: Bitmap::all(rows.count),
                rejects: Vec::new(),
                keys: None,
            },
        };
        Ok(self.put_together(ids, flat, &batches, record))
    }

    /// Columns as the Parquet library reads them.
    fn batches(
        &self,
        group: usize,
        rows: Rows,
        columns: Vec<usize>,
    ) -> Result<Vec<RecordBatch>, DataError> {
        let file = File::open(&self.path).map_err(|error| DataError::io(&self.path, &error))?;
        let mask = ProjectionMask::leaves(self.metadata.parquet_schema(), columns);
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_projection(mask)
                .with_row_groups(vec![group])
                .with_offset(usize::try_from(rows.first).unwrap_or(usize::MAX))
                .with_limit(rows.count)
                .with_batch_size(rows.count)
                .build()
                .map_err(|error| broken(&self.file, &error))?;
        let batches = reader.map(|batch| batch.map_err(|error| broken(&self.file, &error)));
        let batches = batches.collect::<Result<Vec<RecordBatch>, DataError>>()?;
        let found: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if found != rows.count {
            let count = rows.count;
            let what = format!("{count} rows promised, {found} found");
            return Err(broken(&self.file, &what));
        }
        Ok(batches)
    }

    fn put_together(
        &mut self,
        ids: Ids,
        flat: Vec<Option<Column>>,
        batches: &[RecordBatch],
        record: u64,
    ) -> Decoded {
        let Ids {
            ids,
            kept,
            rejects,
            keys,
        } = ids;
        let records = kept.len() as u64;
        let numbers = |base: u64| RecordNumbers {
            first: base,
            each: (kept.count() != records)
                .then(|| kept.rows().map(|row| base + row as u64).collect()),
        };
        let lines = numbers(record + 1);
        let mut invalid = InvalidCells::default();
        let columns = self.readers.iter_mut().zip(flat).map(|(reader, flat)| {
            let column = match flat {
                Some(column) if kept.count() == records => column,
                Some(column) => copy::keep(column, &kept),
                None => reader.read(batches, &kept, &ids),
            };
            reader.count_invalid(&column, &lines, &mut invalid);
            column
        });
        let columns = columns.collect();
        let reject = |(row, reason)| Reject {
            line: record + row as u64 + 1,
            reason,
        };
        Decoded {
            chunk: Chunk {
                rows: usize::try_from(kept.count()).unwrap_or(0),
                records: numbers(0),
                ids,
                columns,
                duplicates: Bitmap::default(),
            },
            records,
            lines,
            rejects: rejects.into_iter().map(reject).collect(),
            invalid,
            keys,
        }
    }
}

/// Reads the ids; rows without a good one do not stay.
fn read_ids(leaf: &Leaf, batches: &[RecordBatch], rows: usize) -> Ids {
    let mut found = Ids {
        ids: TextColumn::default(),
        kept: Bitmap::all(rows),
        rejects: Vec::new(),
        keys: None,
    };
    let mut row = 0;
    for batch in batches {
        let array = leaf.array(batch);
        text::for_each_text(array.as_deref(), batch.num_rows(), |text| {
            match ids::id_of(text) {
                Ok(id) => found.ids.push(&id),
                Err(reason) => {
                    found.kept.set(row, false);
                    found.rejects.push((row, reason));
                }
            }
            row += 1;
        });
    }
    found
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
