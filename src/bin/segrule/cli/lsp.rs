//! `segrule lsp`

use super::Exit;
use super::host::{Failure, Host};

#[derive(clap::Args)]
pub struct Args {
    /// Talks over standard input and output; the only way, accepted because editors pass it
    #[arg(long)]
    stdio: bool,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let Args { stdio: _ } = args;
    Ok(super::super::lsp::serve(host))
}
