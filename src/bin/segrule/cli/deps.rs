//! `segrule deps`

use super::Exit;
use super::args::{DataArgs, RuleArgs, load};
use super::host::{Failure, Host};
use segrule::say;
use segrule::workspace::{deps, used_by};

#[derive(clap::Args)]
pub struct Args {
    /// Segments and campaigns by name [default: all of them]
    names: Vec<String>,

    /// Lists who reads a field, segment, list or parameter instead
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    used_by: Option<String>,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    /// How the result is written
    #[arg(long, value_enum, default_value_t = DepsFormat::Text)]
    format: DepsFormat,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DepsFormat {
    /// A tree for people.
    Text,
    /// Documented and versioned, for programs.
    Json,
    /// A graph for Graphviz.
    Dot,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let workspace = load(&args.rules, &args.data, host, false)?;
    let text = match &args.used_by {
        Some(name) => {
            let found = used_by(&workspace, name)?;
            match args.format {
                DepsFormat::Text => found.to_text(host.lang),
                DepsFormat::Json => found.to_json(),
                DepsFormat::Dot => {
                    return Err(Failure::Message(say!(
                        "--used-by has no graph: give --format text or json",
                        "--used-by 没有图形输出：请用 --format text 或 json"
                    )));
                }
            }
        }
        None => {
            let found = deps(&workspace, &args.names)?;
            match args.format {
                DepsFormat::Text => found.to_text(host.lang),
                DepsFormat::Json => found.to_json(),
                DepsFormat::Dot => found.to_dot(),
            }
        }
    };
    host.print(&text)?;
    Ok(Exit::Clean)
}
