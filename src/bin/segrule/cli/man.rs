//! `segrule man`

use super::host::{Failure, Host, output_failure};
use super::{Cli, Exit};
use clap::CommandFactory;

#[derive(clap::Args)]
pub struct Args {
    /// The verb whose page is printed; all of them, one after the other, without it
    verb: Option<String>,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let command = Cli::command();
    let mut page = Vec::new();
    let wanted = match &args.verb {
        None => {
            render(command.clone(), &mut page)?;
            command.get_subcommands().cloned().collect()
        }
        Some(name) => match command.find_subcommand(name) {
            Some(found) => vec![found.clone()],
            None => {
                return Err(Failure::Message(segrule::say!(
                    "there is no verb `{name}`",
                    "没有命令 `{name}`"
                )));
            }
        },
    };
    for verb in wanted {
        render(verb, &mut page)?;
    }
    host.print(&String::from_utf8_lossy(&page))?;
    Ok(Exit::Clean)
}

fn render(command: clap::Command, page: &mut Vec<u8>) -> Result<(), Failure> {
    clap_mangen::Man::new(command)
        .render(page)
        .map_err(|error| output_failure(&error))
}
