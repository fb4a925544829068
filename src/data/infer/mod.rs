//! Turns contact files into the schema that fits all of them, by reading every cell.

mod guess;
mod near;
mod text;

pub(super) use guess::Guess;
pub use near::{NearType, near_type};
pub use text::{schema_text, schema_text_with};

use super::csv::{self, CsvFile, find_cells};
use super::cut::Cutter;
use super::decode::Cells;
use super::kept::Reading;
use super::ndjson::{self, Met, Raw, for_each_record, walk};
use super::open::{Found, check_paths, is_tabbed, open_text};
use super::read::Progress;
use super::{Block, DataError, DataErrorKind, Input, limit};
use crate::name::{Name, nearest};
use crate::say;
use crate::schema::{Field, Schema, Type};
use crate::value::{Zone, normalise_text};
use indexmap::IndexMap;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

/// What is known of the columns of files, in the order they were met.
pub(super) type Columns = IndexMap<Name, Guess>;

/// Finds the schema that fits the whole input. The id is the column called `id_column`, else one
/// called `id`, else the record's number.
///
/// # Errors
/// Files that cannot be read, a column name twice, no column of that name.
pub fn infer(input: &Input, id_column: Option<&str>) -> Result<Schema, DataError> {
    check_paths(input)?;
    let mut all = Columns::new();
    let mut counts: IndexMap<Name, usize> = IndexMap::new();
    for path in &input.paths {
        let columns = match open_text(path, input, Reading::First, &Progress::default())? {
            Found::Csv(stream) => {
                let known: Vec<&str> = id_column.into_iter().collect();
                let file = csv::open(stream, input, &known, is_tabbed(path), limit::BLOCK_BYTES)?;
                csv_columns(file)?
            }
            Found::Ndjson(stream) => {
                let (cutter, record_end) = ndjson::open(stream, limit::BLOCK_BYTES)?;
                ndjson_columns(cutter, record_end)?
            }
            Found::Parquet => parquet_columns(path)?,
        };
        for name in columns.keys() {
            *counts.entry(name.clone()).or_insert(0) += 1;
        }
        join(&mut all, columns);
    }
    let is_everywhere = |name: &Name| counts.get(name) == Some(&input.paths.len());
    schema(&all, id_column, is_everywhere)
}

#[cfg(feature = "parquet")]
fn parquet_columns(path: &Path) -> Result<Columns, DataError> {
    let types = super::parquet::column_types(path)?;
    let columns = types.into_iter();
    let column =
        |(name, kind): (String, Type)| (Name::new(&normalise_text(&name)), Guess::declared(kind));
    Ok(columns.map(column).collect())
}

#[cfg(not(feature = "parquet"))]
fn parquet_columns(path: &Path) -> Result<Columns, DataError> {
    Err(super::open::no_parquet(path))
}

fn join(all: &mut Columns, columns: Columns) {
    for (name, guess) in columns {
        match all.get_mut(&name) {
            Some(known) => known.join(&guess),
            None => {
                all.insert(name, guess);
            }
        }
    }
}

fn schema(
    columns: &Columns,
    id_column: Option<&str>,
    is_everywhere: impl Fn(&Name) -> bool,
) -> Result<Schema, DataError> {
    let wanted = id_column.map(|name| Name::new(&normalise_text(name)));
    if let Some(wanted) = wanted
        .as_ref()
        .filter(|wanted| !columns.contains_key(*wanted))
    {
        let near = nearest(wanted.as_str(), columns.keys().map(Name::as_str), 3).join(", ");
        let (en, zh) = match near.is_empty() {
            true => (String::new(), String::new()),
            false => (format!(": is it {near}?"), format!("：是不是 {near}？")),
        };
        return Err(DataError {
            kind: DataErrorKind::Columns,
            message: say!("there is no column `{wanted}`{en}", "没有列 `{wanted}`{zh}"),
        });
    }
    let id = wanted.unwrap_or_else(|| Name::new("id"));
    let mut schema = Schema::new(Some(Name::new("contact")));
    for (name, guess) in columns {
        let kind = if *name == id { Type::Id } else { guess.kind() };
        // Names are keys of a map, so none is taken.
        let _ = schema.add(Field {
            name: name.clone(),
            aka: Vec::new(),
            kind,
            is_optional: *name != id && !is_everywhere(name),
            missing_when: Vec::new(),
            doc: None,
            span: None,
        });
    }
    Ok(schema)
}

/// Reads all blocks on all cores; what each worker found is joined.
fn fold_blocks(
    mut cutter: Cutter,
    see: impl Fn(Block, &mut Columns) -> Result<(), DataError> + Sync,
) -> Result<Columns, DataError> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = sync_channel::<Block>(threads);
    let receiver = Mutex::new(receiver);
    let work = || {
        let mut columns = Columns::new();
        loop {
            let block = receiver
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .recv();
            match block {
                Ok(block) => see(block, &mut columns)?,
                Err(_) => return Ok(columns),
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let mut cut = Ok(());
        loop {
            match cutter.next_block() {
                Ok(Some(block)) => {
                    if sender.send(block).is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    cut = Err(error);
                    break;
                }
            }
        }
        drop(sender);
        let mut all = Columns::new();
        let mut failed = Ok(());
        for worker in workers {
            match worker.join() {
                Ok(Ok(columns)) => join(&mut all, columns),
                Ok(Err(error)) => failed = Err(error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        failed.and(cut).map(|()| all)
    })
}

fn csv_columns(file: CsvFile) -> Result<Columns, DataError> {
    let CsvFile {
        cutter,
        columns,
        dialect,
    } = file;
    let mut all = Columns::new();
    let mut named: Vec<(usize, Name)> = Vec::new();
    for (column, name) in columns.iter().enumerate() {
        let name = Name::new(&normalise_text(name));
        if name.as_str().is_empty() {
            continue;
        }
        if all.insert(name.clone(), Guess::default()).is_some() {
            let what = say!(
                "two columns are called `{name}`: rename one",
                "有两列都叫 `{name}`：请改掉一个"
            );
            return Err(DataError::in_file(
                DataErrorKind::Columns,
                cutter.file(),
                &what,
            ));
        }
        named.push((column, name));
    }
    let needed: Vec<usize> = named.iter().map(|(column, _)| *column).collect();
    let utc = Zone::utc();
    let file = cutter.file().clone();
    let found = fold_blocks(cutter, |mut block, columns| {
        let mut cells = Cells::default();
        find_cells(
            &mut block.bytes,
            dialect,
            &needed,
            &mut Vec::new(),
            &mut cells,
        );
        let text = block_text(&block, &file)?;
        for ((_, name), cells) in named.iter().zip(&cells.columns) {
            if !columns.contains_key(name) {
                columns.insert(name.clone(), Guess::default());
            }
            if let Some(guess) = columns.get_mut(name) {
                cells
                    .iter()
                    .for_each(|cell| guess.see(cell.text(text).unwrap_or(""), &utc));
            }
        }
        Ok(())
    })?;
    join(&mut all, found);
    Ok(all)
}

fn block_text<'b>(block: &'b Block, file: &str) -> Result<&'b str, DataError> {
    simdutf8::basic::from_utf8(&block.bytes).map_err(|_| super::rows::not_utf8_at(block, file))
}

fn ndjson_columns(cutter: Cutter, record_end: u8) -> Result<Columns, DataError> {
    let file = cutter.file().clone();
    let utc = Zone::utc();
    let mut all = fold_blocks(cutter, |block, columns| {
        let text = block_text(&block, &file)?;
        for_each_record(text.as_bytes(), record_end, |start, end| {
            let record = text.as_bytes().get(start..end).unwrap_or(&[]);
            // A record that cannot be read is rejected when it is scanned.
            if walk(record, &mut |_| ()).is_ok() {
                let place = (block.line << 32) + start as u64;
                let _ = walk(record, &mut |met| {
                    see_value(record, met, columns, place, &utc)
                });
            }
            match columns.len() <= limit::COLUMNS {
                true => Ok(()),
                false => Err(too_many_keys(&file)),
            }
        })
    })?;
    // Which worker met a key first is chance; where it stands is not.
    all.sort_by_key(|_, guess| guess.place);
    Ok(all)
}

fn too_many_keys(file: &str) -> DataError {
    let most = limit::COLUMNS;
    let what = say!("more than {most} different keys", "不同的键超过 {most} 个");
    DataError::in_file(DataErrorKind::Limit, file, &what)
}

fn see_value(record: &[u8], met: Met, columns: &mut Columns, place: u64, utc: &Zone) {
    if met.raw == Raw::Object {
        return;
    }
    let path = normalise_text(met.path);
    if !columns.contains_key(&*path) {
        columns.insert(Name::new(&path), Guess::default());
    }
    let Some(guess) = columns.get_mut(&*path) else {
        return;
    };
    guess.place = guess.place.min(place + met.start as u64);
    if let Raw::Array(_) = met.raw {
        guess.is_list = true;
    }
    ndjson::for_each_scalar(record, met.raw, &mut |text| match text {
        Some(text) => guess.see(text, utc),
        None => guess.see_other(),
    });
}
