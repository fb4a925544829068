//! `--watch`: a verb runs again whenever one of the files it reads changes.

use super::Exit;
use super::host::{Failure, Host};
use segrule::diag::Lang;
use segrule::report::plural;
use segrule::say;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, SystemTime};

/// How often files are looked at.
const PAUSE: Duration = Duration::from_millis(200);
/// Editors write a file in several steps.
const SETTLING: Duration = Duration::from_millis(50);
/// Folders are looked at this deep, as rule files are.
const DEEPEST: usize = 32;
const CLEAR: &str = "\x1b[2J\x1b[H";

/// What is known of each file without reading it: its length and when it was written.
type Stamps = BTreeMap<PathBuf, (u64, Option<SystemTime>)>;

/// Runs a verb now and after each change, until the process is ended or nobody reads its output.
pub fn watch(
    lang: Option<Lang>,
    reads: impl Fn(&Host) -> Vec<PathBuf>,
    verb: impl Fn(&Host) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    loop {
        // `segrule.toml` may have changed as well.
        let host = Host::new(lang)?;
        let roots = reads(&host);
        let seen = stamps(&roots, &host);
        if std::io::stdout().is_terminal() {
            host.print(CLEAR)?;
        }
        match verb(&host) {
            Err(Failure::Closed) => return Ok(Exit::Clean),
            Err(failure) => {
                host.report(&failure);
            }
            Ok(_) => {}
        }
        let count = seen.len();
        let files = plural(count as u64, "file", "files");
        host.remark(&say!(
            "watching {count} {files}; Ctrl-C ends",
            "正在监视 {count} 个文件；按 Ctrl-C 结束"
        ));
        while stamps(&roots, &host) == seen {
            sleep(PAUSE);
        }
        sleep(SETTLING);
    }
}

fn stamps(roots: &[PathBuf], host: &Host) -> Stamps {
    let mut found = Stamps::new();
    for root in roots {
        look(root, 0, &mut found);
    }
    if let Some(folder) = &host.config.folder {
        look(&folder.join("segrule.toml"), 0, &mut found);
    }
    found
}

/// Files that are gone are no mistake here: the verb will say so.
fn look(path: &Path, depth: usize, found: &mut Stamps) {
    let Ok(meta) = std::fs::metadata(path) else {
        return;
    };
    if meta.is_file() {
        found.insert(path.to_path_buf(), (meta.len(), meta.modified().ok()));
        return;
    }
    let Ok(entries) = std::fs::read_dir(path) else {
        return;
    };
    for entry in entries.flatten() {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        if depth < DEEPEST && !is_hidden {
            look(&entry.path(), depth + 1, found);
        }
    }
}
