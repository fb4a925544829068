//! `segrule completions SHELL`

use super::host::{Failure, Host};
use super::{Exit, described};
use clap_complete::Shell;

#[derive(clap::Args)]
pub struct Args {
    /// The shell to complete for
    shell: Shell,
}

pub fn run(args: &Args, host: &Host) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    let mut command = described(host.lang);
    clap_complete::generate(args.shell, &mut command, "segrule", &mut script);
    host.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Clean)
}
