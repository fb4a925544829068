//! `segrule schema`

use super::Exit;
use super::args::DataArgs;
use super::host::{Failure, Host};
use segrule::data::{Input, Kept, infer, schema_text};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand)]
enum Verb {
    /// Prints the schema that contact files have, as a rule file
    Infer(InferArgs),
}

#[derive(clap::Args)]
struct InferArgs {
    #[command(flatten)]
    data: DataArgs,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    match &args.verb {
        Verb::Infer(args) => {
            // The data is read once only.
            let input = Input {
                kept: Kept::default(),
                ..args.data.input()?
            };
            let schema = infer(&input, args.data.id.as_deref())?;
            host.print(&schema_text(&schema))?;
            Ok(Exit::Clean)
        }
    }
}
