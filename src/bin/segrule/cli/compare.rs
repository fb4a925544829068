//! `segrule compare`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::plan::{LedgerArgs, prepare};
use segrule::workspace::compare_campaign;

#[derive(clap::Args)]
pub struct Args {
    /// The campaign
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the table is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let workspace = load(&args.rules, &args.data, host, false)?;
    let campaign = workspace.campaign(&args.name)?;
    let parts = (&args.data, &args.ledger, &args.time);
    let (gathered, clock) = prepare(&workspace, campaign, parts, true, host)?;
    let found = compare_campaign(&workspace, campaign, &gathered, &clock);
    host.print(&match args.format {
        ResultFormat::Text => found.to_text(host.lang),
        ResultFormat::Json => found.to_json(),
    })?;
    Ok(Exit::Clean)
}
