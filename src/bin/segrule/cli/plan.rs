//! `segrule plan`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use segrule::campaign::Outcome;
use segrule::check::sending::Campaign;
use segrule::data::Input;
use segrule::report::plan::{MisfitReport, PlanReport};
use segrule::say;
use segrule::schema::IdSource;
use segrule::value::Clock;
use segrule::workspace::{FolderOptions, Gathered, Workspace, gather, plan_campaign, write_plan};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Args {
    /// The campaign
    #[arg(value_name = "NAME")]
    name: String,

    /// The folder to write: plan.json, plan.html, batches/0001.csv … [default: only the summary]
    #[arg(short = 'o', long = "output", value_name = "DIR")]
    output: Option<PathBuf>,

    /// Replaces the folder of an earlier plan
    #[arg(long, requires = "output")]
    force: bool,

    #[command(flatten)]
    ledger: LedgerArgs,

    /// Guards ids that a spreadsheet would take for formulas, or writes them as they are
    #[arg(long = "for", value_name = "WHOM", value_parser = ["spreadsheet", "machine"], default_value = "spreadsheet")]
    whom: String,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the result is written to standard output
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

/// What was sent before.
#[derive(clap::Args)]
pub struct LedgerArgs {
    /// What was sent before: columns id, at, and platform, campaign, send when known
    #[arg(long, value_name = "FILE")]
    ledger: Vec<PathBuf>,
}

impl LedgerArgs {
    /// The ledger's files, when there are any.
    pub fn input(&self) -> Option<Input> {
        (!self.ledger.is_empty()).then(|| Input {
            paths: self.ledger.clone(),
            ..Input::default()
        })
    }
}

/// Reads everything that planning needs.
pub fn prepare(
    workspace: &Workspace,
    campaign: &Campaign,
    (data, ledger, time): (&DataArgs, &LedgerArgs, &TimeArgs),
    is_comparing: bool,
    host: &Host,
) -> Result<(Gathered, Clock), Failure> {
    let input = data.input()?;
    let clock = time.clock(host)?;
    time.warn_of_utc(host);
    let options = data.options(&clock, host)?;
    let ledger = ledger.input();
    let gathered = gather(
        workspace,
        campaign,
        &input,
        ledger.as_ref(),
        is_comparing,
        &options,
    )?;
    data.finish(&gathered.report, host)?;
    Ok((gathered, clock))
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let workspace = load(&args.rules, &args.data, host, false)?;
    let campaign = workspace.campaign(&args.name)?;
    let parts = (&args.data, &args.ledger, &args.time);
    let (gathered, clock) = prepare(&workspace, campaign, parts, false, host)?;
    match plan_campaign(campaign, &gathered, &clock) {
        Outcome::Plan(plan) => {
            // Every person has one place, or nothing is written.
            if !plan.adds_up() {
                let (placed, should) = (plan.placed(), plan.members + plan.quarantined);
                return Err(Failure::Message(say!(
                    "the plan does not add up: {placed} people have a place, {should} should; please report this",
                    "计划的人数对不上：已安排 {placed} 人，应为 {should} 人；请报告此问题"
                )));
            }
            let people = (&gathered.contacts, &gathered.asked);
            let report = PlanReport::new(campaign, &clock, &plan, people, &gathered.provenance);
            if let Some(path) = &args.output {
                let options = FolderOptions {
                    replaces: args.force,
                    is_for_people: args.whom == "spreadsheet",
                    lang: host.lang,
                };
                write_plan(path, &report, &gathered, &id_column(&workspace), options)?;
            }
            host.print(&match args.format {
                ResultFormat::Text => report.to_text(host.lang),
                ResultFormat::Json => report.to_json(),
            })?;
            Ok(Exit::Clean)
        }
        Outcome::Misfit(misfit) => {
            let report = MisfitReport {
                campaign,
                platform: &campaign.platform,
                tier: campaign.tier.as_ref(),
                clock: &clock,
                misfit: &misfit,
            };
            host.print(&match args.format {
                ResultFormat::Text => report.to_text(host.lang),
                ResultFormat::Json => report.to_json(),
            })?;
            Ok(Exit::Findings)
        }
    }
}

/// What the column of ids is called.
fn id_column(workspace: &Workspace) -> String {
    let schema = workspace.schema();
    let field = match schema.id {
        IdSource::Field(id) => schema.field(id),
        IdSource::Row => None,
    };
    field.map_or("id".to_string(), |field| field.name.to_string())
}
