//! Groups of arguments that several verbs share, and what they load.

use super::host::{Failure, Host};
use indexmap::IndexMap;
use segrule::data::{Encoding, Format, Input, Kept, LoadReport, write_rejects};
use segrule::diag::{Lang, Phrase};
use segrule::name::Name;
use segrule::say;
use segrule::value::{Clock, Instant, Number, Share, Zone, parse_instant};
use segrule::workspace::{RunOptions, Wanted, Workspace, find_rule_files};
use std::path::PathBuf;

/// How results are written.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ResultFormat {
    /// For people.
    Text,
    /// Documented and versioned, for programs.
    Json,
}

/// What is wrong with a value, in the language of the run.
#[derive(Clone, Debug)]
pub struct Told(pub Phrase);

impl std::fmt::Display for Told {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&self.0.en)
    }
}

impl std::error::Error for Told {}

/// Reads `en` or `zh`.
pub fn parse_lang(text: &str) -> Result<Lang, Told> {
    match text {
        "en" => Ok(Lang::En),
        "zh" => Ok(Lang::Zh),
        _ => Err(Told(say!("`en` or `zh`", " en 或 zh"))),
    }
}

/// Which rules.
#[derive(clap::Args)]
pub struct RuleArgs {
    /// Rule files or folders of them [default: segrule.toml, then rules/]
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,

    /// Sets a parameter of the rules
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parse_setting)]
    settings: Vec<(Name, String)>,
}

fn parse_setting(text: &str) -> Result<(Name, String), Told> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((Name::new(name.trim()), value.trim().to_string()))
        }
        Some(_) | None => Err(Told(say!("write NAME=VALUE", " NAME=VALUE 的形式"))),
    }
}

impl RuleArgs {
    /// The parameters given.
    pub fn params(&self) -> IndexMap<Name, String> {
        self.settings.iter().cloned().collect()
    }

    /// The paths given, else those of `segrule.toml`, else `rules` beside it.
    pub fn paths(&self, host: &Host) -> Vec<PathBuf> {
        if !self.rules.is_empty() {
            return self.rules.clone();
        }
        let path = usual_rules(host);
        vec![
            path.strip_prefix(&host.folder)
                .map_or(path.clone(), PathBuf::from),
        ]
    }

    /// Those that a verb was given without `--rules`, else the same.
    pub fn paths_or(&self, given: &[PathBuf], host: &Host) -> Vec<PathBuf> {
        match given {
            [] => self.paths(host),
            given => given.to_vec(),
        }
    }

    /// The same where no rules are needed, as with an expression: those that are asked for, and those
    /// that belong to the contacts of `segrule.toml`. A folder that merely happens to be called `rules` is
    /// none of them.
    fn optional_paths(&self, data: &DataArgs, host: &Host) -> Vec<PathBuf> {
        let is_asked_for = !self.rules.is_empty() || host.config.rules.is_some();
        match is_asked_for || (data.is_usual(host) && usual_rules(host).is_dir()) {
            true => self.paths(host),
            false => Vec::new(),
        }
    }

    /// Says that the folder where rules usually are is not read, when nothing says that it should be.
    pub fn tell_of_unread(&self, data: &DataArgs, host: &Host) {
        let is_read = !self.optional_paths(data, host).is_empty();
        let holds_rules =
            || find_rule_files(&[usual_rules(host)]).is_ok_and(|found| !found.is_empty());
        if !is_read && holds_rules() {
            host.remark(&say!(
                "note: the rule files in rules/ are not read: give --rules rules, or name these contacts in segrule.toml",
                "提示：没有读取 rules/ 中的规则文件：请给出 --rules rules，或在 segrule.toml 中写明这些联系人"
            ));
        }
    }
}

fn usual_rules(host: &Host) -> PathBuf {
    let usual = PathBuf::from("rules");
    let rules = host.config.rules.as_ref().unwrap_or(&usual);
    match &host.config.folder {
        Some(folder) => folder.join(rules),
        None => rules.clone(),
    }
}

/// Which contacts.
#[derive(clap::Args)]
pub struct DataArgs {
    /// Contact files (CSV, TSV, NDJSON, JSON, Parquet; also .gz and .zst); `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub data: Vec<PathBuf>,

    /// The column that identifies a contact, when no schema says so
    #[arg(long, value_name = "COLUMN")]
    pub id: Option<String>,

    /// The format of the data, when the file name does not tell
    #[arg(long, value_name = "FORMAT", value_parser = parse_format)]
    input_format: Option<Format>,

    /// What separates CSV fields: one character, or `tab` [default: found out]
    #[arg(long, value_name = "CHAR", value_parser = parse_separator)]
    separator: Option<u8>,

    /// Column names of a CSV file without a header
    #[arg(long = "names", value_name = "A,B,…", value_delimiter = ',')]
    column_names: Option<Vec<String>>,

    /// The text encoding: utf-8 or gb18030
    #[arg(long, value_name = "NAME", default_value = "utf-8", value_parser = parse_encoding)]
    encoding: Encoding,

    /// Share of unreadable records that fails the run [default: segrule.toml, then 0.1%]
    #[arg(long, value_name = "PERCENT", value_parser = parse_share)]
    max_rejects: Option<Share>,

    /// Writes rejected records (file, line, reason) to a CSV file
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,

    /// Threads to use [default: all cores]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,

    /// Without a schema the data is read twice: standard input is kept meanwhile.
    #[arg(skip = Kept::started())]
    kept: Kept,
}

/// Reads the name of a data format.
pub fn parse_format(text: &str) -> Result<Format, Told> {
    Format::named(text).ok_or_else(|| {
        Told(say!(
            "`csv`, `ndjson` or `parquet`",
            " csv、ndjson 或 parquet"
        ))
    })
}

fn parse_encoding(text: &str) -> Result<Encoding, Told> {
    Encoding::named(text).ok_or_else(|| Told(say!("`utf-8` or `gb18030`", " utf-8 或 gb18030")))
}

fn parse_separator(text: &str) -> Result<u8, Told> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && *byte != b'"' => Ok(*byte),
        _ => Err(Told(say!(
            "one ASCII character, or `tab`",
            "一个 ASCII 字符，或 tab"
        ))),
    }
}

/// Reads `0.1%` or `0.1`.
pub fn parse_share(text: &str) -> Result<Share, Told> {
    let number = Number::parse(text.strip_suffix('%').unwrap_or(text));
    number
        .and_then(Share::from_percent)
        .ok_or_else(|| Told(say!("a share such as 0.1%", "百分数，如 0.1%")))
}

impl DataArgs {
    /// The input, where contacts are not needed.
    pub fn given(&self) -> Result<Option<Input>, Failure> {
        match self.data.is_empty() {
            true => Ok(None),
            false => self.input().map(Some),
        }
    }

    /// The input, or that there is none.
    pub fn input(&self) -> Result<Input, Failure> {
        if self.data.is_empty() {
            return Err(Failure::Message(say!(
                "no contacts: give --data FILE (or - for standard input)",
                "没有联系人数据：请给出 --data 文件（- 表示标准输入）"
            )));
        }
        Ok(Input {
            paths: self.data.clone(),
            format: self.input_format,
            separator: self.separator,
            names: self.column_names.clone(),
            encoding: self.encoding,
            kept: self.kept.clone(),
        })
    }

    /// Whether these are the contacts of `segrule.toml`.
    fn is_usual(&self, host: &Host) -> bool {
        !self.data.is_empty() && self.data == host.config.data_paths()
    }

    /// The share of unreadable records that was asked for.
    pub fn max_rejects(&self) -> Option<Share> {
        self.max_rejects.clone()
    }

    /// How the data is read.
    pub fn options(&self, clock: &Clock, host: &Host) -> Result<RunOptions, Failure> {
        let max_rejects = match (&self.max_rejects, &host.config.max_rejects) {
            (Some(share), _) => Some(share.clone()),
            (None, Some(written)) => Some(parse_share(written).map_err(|wanted| {
                say!(
                    "segrule.toml: `max-rejects` is {wanted}",
                    "segrule.toml：`max-rejects` 应为百分数，如 0.1%"
                )
            })?),
            (None, None) => None,
        };
        Ok(RunOptions {
            clock: clock.clone(),
            max_rejects,
            threads: self.threads,
            progress: host.progress(),
        })
    }
}

impl DataArgs {
    /// Tells what was odd about the data, and writes the rejects file when one is asked for.
    pub fn finish(&self, report: &LoadReport, host: &Host) -> Result<(), Failure> {
        if let Some(path) = &self.rejects {
            write_rejects(report, path)?;
        }
        let text = segrule::report::load::to_text(report, host.lang);
        host.remark_text(&text);
        Ok(())
    }
}

/// Which moment.
#[derive(clap::Args)]
pub struct TimeArgs {
    /// The run's now, such as 2026-11-22T09:00+08:00 [default: the clock]
    #[arg(long, value_name = "TIME")]
    now: Option<String>,

    /// The run's zone, such as Asia/Shanghai [default: segrule.toml, then UTC]
    #[arg(long, value_name = "ZONE")]
    zone: Option<String>,
}

impl TimeArgs {
    /// The one `now` and zone of this run.
    pub fn clock(&self, host: &Host) -> Result<Clock, Failure> {
        let name = self.zone.as_ref().or(host.config.zone.as_ref());
        let zone = match name {
            None => Zone::utc(),
            Some(name) => Zone::named(name).map_err(|unknown| {
                let near = unknown.near.join(", ");
                if near.is_empty() {
                    say!(
                        "there is no zone `{name}`: write one like Asia/Shanghai or +08:00",
                        "没有时区 `{name}`：请写成 Asia/Shanghai 或 +08:00 的形式"
                    )
                } else {
                    say!(
                        "there is no zone `{name}`: did you mean {near}?",
                        "没有时区 `{name}`：是不是 {near}？"
                    )
                }
            })?,
        };
        let now = match &self.now {
            None => host.now(),
            Some(text) => self.at(text, &zone)?,
        };
        Ok(Clock { now, zone })
    }

    /// A moment as written on the command line.
    pub fn at(&self, text: &str, zone: &Zone) -> Result<Instant, Failure> {
        parse_instant(text, zone).ok_or_else(|| {
            Failure::Message(say!(
                "`{text}` is no time: write one like 2026-11-22T09:00+08:00",
                "`{text}` 不是时间：请写成 2026-11-22T09:00+08:00 的形式"
            ))
        })
    }

    /// Warns when UTC was assumed and an answer hangs on the zone.
    pub fn warn_without_zone(&self, workspace: &Workspace, wanted: &[Wanted], host: &Host) {
        if wanted.iter().any(|each| workspace.needs_zone(each)) {
            self.warn_of_utc(host);
        }
    }

    /// Warns when UTC was assumed, whatever the answer hangs on.
    pub fn warn_of_utc(&self, host: &Host) {
        if self.zone.is_none() && host.config.zone.is_none() {
            host.remark(&say!(
                "warning: no zone given, local days are those of UTC: give --zone, or `zone` in segrule.toml",
                "警告：没有给出时区，按 UTC 计算日期：请给出 --zone，或在 segrule.toml 中写 `zone`"
            ));
        }
    }
}

/// Loads the rules and the contacts' schema, and stops when the rules have errors.
pub fn load(
    rules: &RuleArgs,
    data: &DataArgs,
    host: &Host,
    is_optional: bool,
) -> Result<Workspace, Failure> {
    let input = match data.data.is_empty() {
        true => None,
        false => Some(data.input()?),
    };
    let paths = match is_optional {
        true => rules.optional_paths(data, host),
        false => rules.paths(host),
    };
    let workspace = Workspace::load(
        &paths,
        &rules.params(),
        &host.config,
        input.as_ref(),
        data.id.as_deref(),
    )?;
    if workspace.has_errors() {
        return Err(Failure::Rules(workspace.sources, workspace.diagnostics));
    }
    Ok(workspace)
}
