//! `segrule show`

use super::Exit;
use super::host::{Failure, Host};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The built-in platforms as rule text: their limits, prices and sources
    Platforms,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    match args.what {
        What::Platforms => host.print(segrule::check::platform::BUILT_IN)?,
    }
    Ok(Exit::Clean)
}
