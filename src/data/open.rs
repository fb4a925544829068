//! Opens every file of an input in its format.

use super::csv::{self, CsvSource};
use super::kept::Reading;
use super::ndjson::NdjsonSource;
use super::read::{self, Progress, Stream, is_stdin, own_error};
use super::{DataError, DataErrorKind, Format, Input, Request, Source};
use crate::say;
use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;

/// Opens all files; their bytes together (0 when unknown).
pub(super) fn open_all(
    input: &Input,
    request: &Arc<Request>,
    block_bytes: usize,
    progress: &Progress,
) -> Result<(Vec<Box<dyn Source>>, u64), DataError> {
    check_paths(input)?;
    let mut sources = Vec::with_capacity(input.paths.len());
    let mut total = Some(0);
    for path in &input.paths {
        let size = std::fs::metadata(path).ok().filter(|found| found.is_file());
        total = total.zip(size).map(|(total, size)| total + size.len());
        sources.push(open_one(path, input, request, block_bytes, progress)?);
    }
    Ok((sources, total.unwrap_or(0)))
}

/// Standard input can be read once only.
pub(super) fn check_paths(input: &Input) -> Result<(), DataError> {
    if input.paths.iter().filter(|path| is_stdin(path)).count() > 1 {
        let what = say!("standard input is named twice", "标准输入出现了两次");
        return Err(DataError::in_file(DataErrorKind::Io, "<stdin>", &what));
    }
    Ok(())
}

fn open_one(
    path: &Path,
    input: &Input,
    request: &Arc<Request>,
    block_bytes: usize,
    progress: &Progress,
) -> Result<Box<dyn Source>, DataError> {
    match open_text(path, input, Reading::Last, progress)? {
        Found::Csv(stream) => {
            let known: Vec<&str> = request
                .schema
                .names()
                .map(crate::name::Name::as_str)
                .collect();
            let file = csv::open(stream, input, &known, is_tabbed(path), block_bytes)?;
            Ok(Box::new(CsvSource::new(file, request)?))
        }
        Found::Ndjson(stream) => Ok(Box::new(NdjsonSource::new(stream, block_bytes, request)?)),
        #[cfg(feature = "parquet")]
        Found::Parquet => Ok(Box::new(super::parquet::ParquetSource::open(
            path, request,
        )?)),
        #[cfg(not(feature = "parquet"))]
        Found::Parquet => Err(no_parquet(path)),
    }
}

#[cfg(not(feature = "parquet"))]
pub(super) fn no_parquet(path: &Path) -> DataError {
    let what = say!("this build does not read Parquet", "此版本不能读取 Parquet");
    DataError::in_file(DataErrorKind::Broken, &path.to_string_lossy(), &what)
}

/// A file whose format is known.
pub(super) enum Found {
    Csv(Stream),
    Ndjson(Stream),
    Parquet,
}

/// Finds the format of a file: as declared, else by extension, else by content.
pub(super) fn open_text(
    path: &Path,
    input: &Input,
    reading: Reading,
    progress: &Progress,
) -> Result<Found, DataError> {
    let declared = input.format.or_else(|| Format::of_path(path));
    if declared == Some(Format::Parquet) {
        return match is_stdin(path) {
            true => Err(parquet_from_pipe()),
            false => Ok(Found::Parquet),
        };
    }
    let stream = read::open(path, &input.kept, reading, progress)?;
    let Stream {
        file,
        mut reader,
        progress,
    } = stream;
    let mut head = Vec::new();
    let peeked = (&mut reader).take(256).read_to_end(&mut head);
    peeked.map_err(|error| own_error(error, &file))?;
    if head.starts_with(b"PAR1") {
        return match is_stdin(path) {
            true => Err(parquet_from_pipe()),
            false => Ok(Found::Parquet),
        };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let looks_like_json = matches!(text.trim_ascii_start().first(), Some(b'{' | b'['));
    let reader = Box::new(Cursor::new(head).chain(reader));
    let stream = read::text(
        Stream {
            file,
            reader,
            progress,
        },
        input.encoding,
    )?;
    match declared {
        Some(Format::Csv) => Ok(Found::Csv(stream)),
        Some(Format::Ndjson | Format::Parquet) => Ok(Found::Ndjson(stream)),
        None if looks_like_json => Ok(Found::Ndjson(stream)),
        None => Ok(Found::Csv(stream)),
    }
}

fn parquet_from_pipe() -> DataError {
    let what = say!(
        "Parquet cannot be read from standard input: give the file",
        "不能从标准输入读取 Parquet：请给出文件"
    );
    DataError::in_file(DataErrorKind::Broken, "<stdin>", &what)
}

pub(super) fn is_tabbed(path: &Path) -> bool {
    let name = path.to_string_lossy().to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    name.ends_with(".tsv") || name.ends_with(".tab")
}
