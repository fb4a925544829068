//! `segrule schema`

//! `segrule schema`

use super::Exit;
use super::args::DataArgs;
use super::host::{Failure, Host};
use segrule::data::schema_text_with;
use segrule::name::FieldId;
use segrule::value::{Clock, Share, Zone};
use segrule::workspace::{Config, RunOptions, Workspace, profile};
use std::path::PathBuf;

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
    /// Contact files, as with --data
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,

    #[command(flatten)]
    data: DataArgs,
}

pub fn run(args: Args, host: &Host) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Infer(args) => infer(args, host),
    }
}

/// Prints the schema that a run without rules has, with the types that people may want instead.
fn infer(mut args: InferArgs, host: &Host) -> Result<Exit, Failure> {
    args.data.data.append(&mut args.files);
    let input = args.data.input()?;
    let (none, id) = (Config::default(), args.data.id.as_deref());
    let workspace = Workspace::load(&[], &Default::default(), &none, Some(&input), id)?;
    let schema = workspace.schema();
    let fields: Vec<FieldId> = schema.iter().map(|(id, _)| id).collect();
    // Days and the time of the run say nothing about a column; what cannot be read is for people to see.
    let clock = Clock {
        now: host.now(),
        zone: Zone::utc(),
    };
    let options = RunOptions {
        max_rejects: args.data.max_rejects().or(Some(Share::all())),
        ..args.data.options(&clock, host)?
    };
    let (profile, report) = profile(&workspace, &fields, &input, &options)?;
    args.data.finish(&report, host)?;
    let near = profile.near_types(schema);
    host.print(&schema_text_with(schema, host.lang, |id| near.get(&id)))?;
    Ok(Exit::Clean)
}
