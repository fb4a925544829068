//! `segrule man`

use super::host::{Failure, Host, output_failure};
use super::{Exit, chinese, described};
use clap::Command;
use segrule::diag::Lang;

#[derive(clap::Args)]
pub struct Args {
    /// The verb whose page is printed; all of them, one after the other, without it
    verb: Option<String>,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let command = described(host.lang);
    let mut page = Vec::new();
    match &args.verb {
        None => {
            render(command.clone(), &mut page)?;
            for verb in command.get_subcommands() {
                render_verb(verb, "segrule", &mut page)?;
            }
        }
        Some(name) => match command.find_subcommand(name) {
            Some(found) => render_verb(found, "segrule", &mut page)?,
            None => {
                return Err(Failure::Message(segrule::say!(
                    "there is no verb `{name}`",
                    "没有命令 `{name}`"
                )));
            }
        },
    }
    let page = String::from_utf8_lossy(&page).into_owned();
    host.print(&match host.lang {
        Lang::En => page,
        Lang::Zh => chinese::manual(&page),
    })?;
    Ok(Exit::Clean)
}

/// The page of a verb under its whole name, then those of the verbs below it.
fn render_verb(verb: &Command, above: &str, page: &mut Vec<u8>) -> Result<(), Failure> {
    let path = format!("{above} {}", verb.get_name());
    let whole = verb
        .clone()
        .version(env!("CARGO_PKG_VERSION"))
        .display_name(path.replace(' ', "-"))
        .bin_name(path.clone());
    render(whole, page)?;
    verb.get_subcommands()
        .try_for_each(|inner| render_verb(inner, &path, page))
}

fn render(command: Command, page: &mut Vec<u8>) -> Result<(), Failure> {
    clap_mangen::Man::new(command)
        .render(page)
        .map_err(|error| output_failure(&error))
}
