//! Where results are written and how.

use super::host::{Failure, output_failure};
use segrule::data::Format;
use segrule::data::write::{FinishError, Target};
use segrule::say;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct OutputArgs {
    /// The file to write; its extension says the format [default: standard output, CSV]
    #[arg(short = 'o', long = "output", value_name = "FILE")]
    path: Option<PathBuf>,

    /// The format, whatever the file is called: csv, ndjson or parquet
    #[arg(long = "to", value_name = "FORMAT", value_parser = super::args::parse_format)]
    to: Option<Format>,

    /// Replaces an existing file
    #[arg(long)]
    force: bool,

    /// Guards formulas for people who open the file in a spreadsheet
    #[arg(long = "for", value_name = "WHOM", value_parser = ["spreadsheet", "machine"], default_value = "machine")]
    whom: String,
}

impl OutputArgs {
    /// Opens the place.
    pub fn open(&self) -> Result<Target, Failure> {
        Ok(Target::open(self.path.as_deref(), self.force)?)
    }

    /// The format asked for, else the extension's, else CSV.
    pub fn format(&self) -> Result<Format, Failure> {
        if let Some(path) = self.path.as_ref().filter(|path| is_compressed(path)) {
            let path = path.display();
            return Err(Failure::Message(say!(
                "{path}: results are not compressed: leave out the last ending",
                "{path}：结果不压缩：请去掉最后的扩展名"
            )));
        }
        if let Some(format) = self.to {
            return Ok(format);
        }
        match &self.path {
            None => Ok(Format::Csv),
            Some(path) => Format::of_path(path).ok_or_else(|| {
                let path = path.display();
                Failure::Message(say!(
                    "{path}: which format? end the name in .csv, .ndjson or .parquet, or give --to",
                    "{path}：什么格式？请以 .csv、.ndjson 或 .parquet 结尾，或给出 --to"
                ))
            }),
        }
    }

    /// The format when one was given in any way.
    pub fn given_format(&self) -> Result<Option<Format>, Failure> {
        match (&self.path, self.to) {
            (None, None) => Ok(None),
            _ => self.format().map(Some),
        }
    }

    /// Whether people open the result in a spreadsheet.
    pub fn is_for_people(&self) -> bool {
        self.whom == "spreadsheet"
    }
}

/// Whether a name promises compression, which nothing would keep.
fn is_compressed(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension.eq_ignore_ascii_case("gz") || extension.eq_ignore_ascii_case("zst")
    })
}

/// Makes a complete result visible.
pub fn finish(target: Target) -> Result<(), Failure> {
    target
        .finish(&mut std::io::stdout().lock())
        .map_err(|error| match error {
            FinishError::File(error) => Failure::from(error),
            FinishError::Stdout(error) => output_failure(&error),
        })
}
