//! The command line of segrule: arguments in, text and exit codes out.
//!
//! Everything it knows comes from the library's public API; the clock, the environment and the
//! terminal are read here and nowhere else.

mod cli;
mod lsp;
mod repl;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run().into()
}
