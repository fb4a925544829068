//! The world outside: locale, terminal, clock, standard output.

use super::Exit;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use segrule::data::DataError;
use segrule::diag::{Diagnostic, Lang, Phrase, RenderStyle, io_reason, render_text};
use segrule::say;
use segrule::source::Sources;
use segrule::value::Instant;
use segrule::workspace::{Config, WorkspaceError};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Work that takes longer shows a bar.
const BAR_AFTER: Duration = Duration::from_millis(500);

/// What verbs need to know of the machine they run on.
pub struct Host {
    /// Defaults from `segrule.toml`.
    pub config: Config,
    /// The language of messages.
    pub lang: Lang,
    /// The folder the process was started in.
    pub folder: PathBuf,
}

/// Why a verb could not do its work; exit code 2 unless diagnostics say otherwise.
pub enum Failure {
    /// A message for people.
    Message(Phrase),
    /// Standard output was closed by its reader: not worth a word.
    Closed,
    /// Rules with errors: exit code 1.
    Rules(Sources, Vec<Diagnostic>),
}

impl From<WorkspaceError> for Failure {
    fn from(error: WorkspaceError) -> Failure {
        Failure::Message(error.message)
    }
}

impl From<DataError> for Failure {
    fn from(error: DataError) -> Failure {
        Failure::Message(error.message)
    }
}

impl From<Phrase> for Failure {
    fn from(message: Phrase) -> Failure {
        Failure::Message(message)
    }
}

impl Host {
    #[expect(clippy::disallowed_methods, reason = "this is the host")]
    pub fn new(lang: Option<Lang>) -> Result<Host, WorkspaceError> {
        let folder = std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."));
        let config = Config::find(&folder)?;
        let lang = lang.or(config.lang).unwrap_or_else(locale);
        Ok(Host {
            config,
            lang,
            folder,
        })
    }

    /// This moment, cut to the millisecond.
    #[expect(clippy::disallowed_methods, reason = "this is the host")]
    pub fn now(&self) -> Instant {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Instant(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// How diagnostics are drawn on standard error.
    pub fn style(&self) -> RenderStyle {
        self.style_for(std::io::stderr().is_terminal())
    }

    /// How diagnostics are drawn on standard output.
    pub fn output_style(&self) -> RenderStyle {
        self.style_for(std::io::stdout().is_terminal())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the host")]
    fn style_for(&self, is_terminal: bool) -> RenderStyle {
        let no_color = std::env::var("NO_COLOR").is_ok_and(|value| !value.is_empty());
        RenderStyle {
            lang: self.lang,
            has_color: is_terminal && !no_color,
            is_unicode: true,
            width: 100,
        }
    }

    /// Shows how far reading has come, when a person is looking at the terminal.
    pub fn progress(&self) -> Option<Arc<dyn Fn(u64, u64) + Send + Sync>> {
        if !std::io::stderr().is_terminal() {
            return None;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        bar.set_style(
            ProgressStyle::with_template("{bar:40} {binary_bytes}/{binary_total_bytes} {eta}")
                .unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let started = std::time::Instant::now();
        Some(Arc::new(move |read, total| {
            // Short work needs no bar.
            if total > 0 && started.elapsed() > BAR_AFTER {
                bar.set_length(total);
                bar.set_position(read.min(total));
                if read >= total {
                    bar.finish_and_clear();
                }
            }
        }))
    }

    /// Writes lines to standard error.
    pub fn remark_text(&self, text: &str) {
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Writes a result to standard output.
    ///
    /// # Errors
    /// [`Failure::Closed`] when nobody reads any more.
    pub fn print(&self, text: &str) -> Result<(), Failure> {
        let mut out = std::io::stdout().lock();
        out.write_all(text.as_bytes())
            .and_then(|()| out.flush())
            .map_err(|error| output_failure(&error))
    }

    /// Writes to standard output when it is a result, else to standard error.
    ///
    /// # Errors
    /// As [`Host::print`].
    pub fn print_or_remark(&self, text: &str, is_result: bool) -> Result<(), Failure> {
        if is_result {
            return self.print(text);
        }
        self.remark_text(text);
        Ok(())
    }

    /// Writes a remark to standard error, where it cannot spoil a result.
    pub fn remark(&self, text: &Phrase) {
        let _ = writeln!(std::io::stderr(), "{}", text.get(self.lang));
    }

    /// Draws diagnostics on standard error.
    pub fn show(&self, diagnostics: &[Diagnostic], sources: &Sources) {
        let text = render_text(diagnostics, sources, self.style());
        let _ = std::io::stderr().write_all(text.as_bytes());
    }

    /// Tells why a verb failed, and how the process ends.
    pub fn report(&self, failure: &Failure) -> Exit {
        match failure {
            Failure::Message(message) => {
                let label = say!("error", "错误");
                let line = format!("{}: {}", label.get(self.lang), message.get(self.lang));
                let _ = writeln!(std::io::stderr(), "{line}");
                Exit::Failure
            }
            Failure::Closed => Exit::Clean,
            Failure::Rules(sources, diagnostics) => {
                self.show(diagnostics, sources);
                Exit::Findings
            }
        }
    }
}

/// A failed write to standard output.
pub fn output_failure(error: &std::io::Error) -> Failure {
    if error.kind() == std::io::ErrorKind::BrokenPipe {
        return Failure::Closed;
    }
    let reason = io_reason(error);
    let (en, zh) = (reason.en, reason.zh);
    Failure::Message(say!("standard output: {en}", "标准输出：{zh}"))
}

/// Writes a message before there is a host.
pub fn complain(message: &str) {
    let _ = std::io::stderr().write_all(message.as_bytes());
}

/// The language arguments are read in, before they are: `--lang`, then `segrule.toml`, then the locale.
pub fn language_of(arguments: &[OsString]) -> Lang {
    let mut given = arguments.iter().map(|argument| argument.to_string_lossy());
    while let Some(argument) = given.next() {
        let value = match argument.strip_prefix("--lang") {
            Some("") => given.next().map(|value| value.into_owned()),
            Some(rest) => rest.strip_prefix('=').map(str::to_string),
            None => None,
        };
        match value.as_deref() {
            Some("zh") => return Lang::Zh,
            Some("en") => return Lang::En,
            Some(_) | None => {}
        }
        if argument == "--" {
            break;
        }
    }
    let host = Host::new(None);
    host.map_or_else(|_| locale(), |host| host.lang)
}

/// The contact files that `segrule.toml` names; what is wrong with it is told later.
pub fn default_data() -> Vec<PathBuf> {
    let host = Host::new(None);
    host.map_or_else(|_| Vec::new(), |host| host.config.data_paths())
}

/// Tells of a failure before there is a host.
pub fn report_early(error: &WorkspaceError) -> Exit {
    let lang = locale();
    let _ = writeln!(std::io::stderr(), "error: {}", error.message.get(lang));
    Exit::Failure
}

#[expect(clippy::disallowed_methods, reason = "this is the host")]
fn locale() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .map_or(Lang::En, |value| Lang::from_locale(&value))
}
