//! `segrule count`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use super::questions::{QuestionArgs, questions};
use segrule::workspace::count;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    question: QuestionArgs,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the counts are written
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let input = args.data.input()?;
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, args.question.is_expression())?;
    let wanted = questions(&mut workspace, &args.question)?;
    args.time.warn_without_zone(&workspace, &wanted, host);
    let options = args.data.options(&clock, host)?;
    let (counts, report) = count(&workspace, &wanted, &input, &options)?;
    args.data.finish(&report, host)?;
    match args.format {
        ResultFormat::Text => host.print(&counts.to_text(host.lang))?,
        ResultFormat::Json => host.print(&counts.to_json())?,
    }
    Ok(Exit::Clean)
}
