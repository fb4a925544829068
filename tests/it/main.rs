//! The integration tests, one module an area.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod analyze;
mod check;
mod chinese;
mod classifier;
mod cli;
mod columns;
mod config;
mod coverage;
mod data;
mod deps;
mod diff;
mod editors;
mod edits;
mod eval;
mod explain;
mod format;
mod fuzz;
mod generate;
mod ide;
mod json;
mod layers;
mod lint;
mod lsp;
mod output;
mod pages;
#[cfg(feature = "parquet")]
mod parquet;
mod plan;
mod profile;
mod readme;
mod region;
mod relations;
mod repl;
mod session;
mod spec;
mod stream;
mod syntax;
mod tidy;
