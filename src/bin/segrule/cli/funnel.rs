//! `segrule funnel`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::questions::{OneQuestionArgs, question};
use segrule::workspace::funnel;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    question: OneQuestionArgs,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the funnel is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, args.question.is_expression())?;
    let wanted = question(&mut workspace, &args.question)?;
    args.time
        .warn_without_zone(&workspace, std::slice::from_ref(&wanted), host);
    let options = args.data.options(&clock, host)?;
    let (found, report) = funnel(&workspace, &wanted, &input, &options)?;
    args.data.finish(&report, host)?;
    match args.format {
        ResultFormat::Text => host.print(&found.to_text(host.lang))?,
        ResultFormat::Json => host.print(&found.to_json())?,
    }
    Ok(Exit::Clean)
}
