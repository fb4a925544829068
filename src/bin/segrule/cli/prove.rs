//! `segrule prove`

use super::Exit;
use super::args::{DataArgs, ResultFormat, RuleArgs, TimeArgs, load};
use super::host::{Failure, Host};
use segrule::report::proof::ProofAnswer;
use segrule::workspace::{ClaimError, prove, relate};

#[derive(clap::Args)]
pub struct Args {
    /// What to prove: "a implies b", "a disjoint b", "a equals b", "a never", "a always"; a and b are
    /// segments or expressions
    #[arg(value_name = "CLAIM", required_unless_present = "all")]
    claim: Vec<String>,

    /// Relates all segments with each other: which are equal, inside another, disjoint; names narrow it
    /// to pairs with these
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    rules: RuleArgs,

    #[command(flatten)]
    data: DataArgs,

    #[command(flatten)]
    time: TimeArgs,

    /// How the answer is written
    #[arg(long, value_enum, default_value_t = ResultFormat::Text)]
    format: ResultFormat,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let clock = args.time.clock(host)?;
    let mut workspace = load(&args.rules, &args.data, host, false)?;
    if args.all {
        let found = relate(&workspace, &args.claim, &clock)?;
        match args.format {
            ResultFormat::Text => host.print(&found.to_text(host.lang))?,
            ResultFormat::Json => host.print(&found.to_json())?,
        }
        return Ok(match found.undecided.is_empty() {
            true => Exit::Clean,
            false => Exit::Undecided,
        });
    }
    // Words of one claim may come without quotes around them all.
    let claim = args.claim.join(" ");
    let proof = match prove(&mut workspace, &claim, &clock) {
        Ok(proof) => proof,
        Err(ClaimError::Message(error)) => return Err(error.into()),
        Err(ClaimError::Rules(diagnostics)) => {
            return Err(Failure::Rules(workspace.sources, diagnostics));
        }
    };
    match args.format {
        ResultFormat::Text => host.print(&proof.to_text(host.lang))?,
        ResultFormat::Json => host.print(&proof.to_json())?,
    }
    Ok(match proof.answer {
        ProofAnswer::Holds => Exit::Clean,
        ProofAnswer::Fails => Exit::Findings,
        ProofAnswer::Undecided => Exit::Undecided,
    })
}
