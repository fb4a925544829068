//! What is read and how, as the caller says it.

use super::Kept;
use std::path::{Path, PathBuf};

/// Contact files and what is known about them beforehand.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The files, read one after the other as if they were one; `-` is standard input.
    pub paths: Vec<PathBuf>,
    /// The format; found by extension or content without it.
    pub format: Option<Format>,
    /// What separates CSV fields; found out without it.
    pub separator: Option<u8>,
    /// Column names of CSV files without a header.
    pub names: Option<Vec<String>>,
    /// The encoding of text files.
    pub encoding: Encoding,
    /// Where standard input and pipes are kept for a second reading.
    pub kept: Kept,
}

/// How records are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Separated fields, one record a line.
    Csv,
    /// One JSON object a line, or one array of objects.
    Ndjson,
    /// Apache Parquet.
    Parquet,
}

/// How text is written in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// GB18030, which GBK and GB2312 are part of.
    Gb18030,
}

impl Input {
    /// An input of one file, with everything found out from the file.
    pub fn file(path: impl Into<PathBuf>) -> Input {
        Input {
            paths: vec![path.into()],
            ..Input::default()
        }
    }
}

impl Format {
    /// Reads the name of a format.
    pub fn named(name: &str) -> Option<Format> {
        match name.to_ascii_lowercase().as_str() {
            "csv" | "tsv" => Some(Format::Csv),
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }

    /// The format that a file name promises, through `.gz` and `.zst`.
    pub fn of_path(path: &Path) -> Option<Format> {
        let extension = path.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "gz" | "zst" => Format::of_path(Path::new(path.file_stem()?)),
            "csv" | "tsv" | "tab" => Some(Format::Csv),
            "ndjson" | "jsonl" | "json" => Some(Format::Ndjson),
            "parquet" => Some(Format::Parquet),
            _ => None,
        }
    }
}

impl Encoding {
    /// Reads the name of an encoding.
    pub fn named(name: &str) -> Option<Encoding> {
        match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" => Some(Encoding::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Encoding::Gb18030),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_found_through_compression() {
        assert_eq!(Format::of_path(Path::new("a.CSV.gz")), Some(Format::Csv));
        assert_eq!(
            Format::of_path(Path::new("a.jsonl.zst")),
            Some(Format::Ndjson)
        );
        assert_eq!(Format::of_path(Path::new("a.gz")), None);
    }
}
