//! Turns `segrule.toml` into defaults.
//!
//! ```toml
//! rules = "rules"            # where rule files are
//! data = "contacts.csv"      # the contact files, one or a list, when --data is not given
//! zone = "Asia/Shanghai"     # the run's zone
//! lang = "zh"                # language of messages
//! max-rejects = "0.1%"       # share of unreadable records that fails a run
//!
//! [levels]                   # per code or category: allow, note, warning, error
//! mixed-and-or = "error"
//! time = "allow"
//! ```

use super::WorkspaceError;
use crate::diag::{Category, Code, Diagnostic, Lang, Severity};
use crate::say;
use indexmap::IndexMap;
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Defaults for a folder and everything below it.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The folder `segrule.toml` was found in.
    pub folder: Option<PathBuf>,
    /// Where rule files are, relative to the folder.
    pub rules: Option<PathBuf>,
    /// The contact files, relative to the folder.
    pub data: Vec<PathBuf>,
    /// The run's zone.
    pub zone: Option<String>,
    /// The language of messages.
    pub lang: Option<Lang>,
    /// Share of unreadable records that fails a run, as written (`0.1%`).
    pub max_rejects: Option<String>,
    /// Levels by code or category.
    pub levels: Levels,
}

/// How much codes weigh here; `None` silences.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    codes: IndexMap<Code, Option<Severity>>,
    categories: IndexMap<Category, Option<Severity>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Written {
    rules: Option<PathBuf>,
    data: Option<OneOrMore>,
    zone: Option<String>,
    lang: Option<String>,
    max_rejects: Option<String>,
    #[serde(default)]
    levels: IndexMap<String, String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(PathBuf),
    More(Vec<PathBuf>),
}

/// No sensible configuration is longer.
const LARGEST_CONFIG_BYTES: u64 = 1 << 20;

impl Config {
    /// Finds `segrule.toml` in a folder or the nearest one above it; defaults when there is none.
    ///
    /// # Errors
    /// The file cannot be read or says something that is not understood.
    pub fn find(start: &Path) -> Result<Config, WorkspaceError> {
        for folder in start.ancestors() {
            let path = folder.join("segrule.toml");
            if path.is_file() {
                let size =
                    std::fs::metadata(&path).map_err(|error| WorkspaceError::io(&path, &error))?;
                if size.len() > LARGEST_CONFIG_BYTES {
                    let path = path.display();
                    return Err(WorkspaceError::new(say!(
                        "{path}: larger than 1 MiB",
                        "{path}：超过 1 MiB"
                    )));
                }
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| WorkspaceError::io(&path, &error))?;
                return Config::parse(&text, &path);
            }
        }
        Ok(Config::default())
    }

    /// The contact files, from wherever the process was started.
    pub fn data_paths(&self) -> Vec<PathBuf> {
        let folder = self.folder.as_deref().unwrap_or(Path::new(""));
        self.data.iter().map(|path| folder.join(path)).collect()
    }

    fn parse(text: &str, path: &Path) -> Result<Config, WorkspaceError> {
        let shown = path.display();
        let written: Written = toml::from_str(text).map_err(|error| {
            let error = error.to_string();
            let error = error.trim_end();
            WorkspaceError::new(say!("{shown}: {error}", "{shown}：{error}"))
        })?;
        let lang = match written.lang.as_deref() {
            None => None,
            Some("en") => Some(Lang::En),
            Some("zh") => Some(Lang::Zh),
            Some(other) => {
                return Err(WorkspaceError::new(say!(
                    "{shown}: `lang` is `en` or `zh`, not `{other}`",
                    "{shown}：`lang` 只能是 `en` 或 `zh`，不是 `{other}`"
                )));
            }
        };
        Ok(Config {
            folder: path.parent().map(Path::to_path_buf),
            rules: written.rules,
            data: match written.data {
                None => Vec::new(),
                Some(OneOrMore::One(path)) => vec![path],
                Some(OneOrMore::More(paths)) => paths,
            },
            zone: written.zone,
            lang,
            max_rejects: written.max_rejects,
            levels: Levels::parse(&written.levels, path)?,
        })
    }
}

impl Levels {
    fn parse(written: &IndexMap<String, String>, path: &Path) -> Result<Levels, WorkspaceError> {
        let shown = path.display();
        let mut levels = Levels::default();
        for (name, level) in written {
            let level = match level.as_str() {
                "allow" => None,
                "note" => Some(Severity::Note),
                "warning" => Some(Severity::Warning),
                "error" => Some(Severity::Error),
                other => {
                    return Err(WorkspaceError::new(say!(
                        "{shown}: the level of `{name}` is `allow`, `note`, `warning` or `error`, not `{other}`",
                        "{shown}：`{name}` 的级别只能是 `allow`、`note`、`warning` 或 `error`，不是 `{other}`"
                    )));
                }
            };
            if let Some(code) = Code::named(name) {
                levels.codes.insert(code, level);
            } else if let Some(category) = Category::named(name) {
                levels.categories.insert(category, level);
            } else {
                return Err(WorkspaceError::new(say!(
                    "{shown}: `{name}` is no diagnostic code and no category",
                    "{shown}：`{name}` 既不是诊断代码，也不是类别"
                )));
            }
        }
        Ok(levels)
    }

    /// Whether a code that is off by default is on.
    pub fn turn_on(&self, code: Code) -> bool {
        matches!(self.codes.get(&code), Some(Some(_)))
    }

    /// Applies the levels: silenced diagnostics are dropped, others get their severity. Errors that
    /// keep an item from being used cannot be silenced or lowered.
    pub fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let level = |code: Code| {
            let by_category = || self.categories.get(&code.category());
            self.codes.get(&code).or_else(by_category).copied()
        };
        diagnostics
            .into_iter()
            .filter_map(|mut diagnostic| {
                if diagnostic.code.severity() == Severity::Error {
                    return Some(diagnostic);
                }
                match level(diagnostic.code) {
                    _ if diagnostic.code.is_opt_in() && !self.turn_on(diagnostic.code) => {
                        return None;
                    }
                    None => {}
                    Some(None) => return None,
                    Some(Some(severity)) => diagnostic.severity = severity,
                }
                Some(diagnostic)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_levels_are_refused() {
        let path = Path::new("segrule.toml");
        assert!(Config::parse("[levels]\nmixed-and-or = \"loud\"", path).is_err());
        assert!(Config::parse("[levels]\nno-such-code = \"error\"", path).is_err());
        assert!(Config::parse("zoone = \"UTC\"", path).is_err());
        let config = Config::parse("zone = \"UTC\"\n[levels]\nlogic = \"error\"", path).unwrap();
        assert_eq!(config.zone.as_deref(), Some("UTC"));
    }

    #[test]
    fn data_is_one_file_or_several_beside_the_configuration() {
        let path = Path::new("/shop/segrule.toml");
        let paths = |text| Config::parse(text, path).unwrap().data_paths();
        assert_eq!(paths("data = \"a.csv\""), [Path::new("/shop/a.csv")]);
        assert_eq!(
            paths("data = [\"a.csv\", \"/b.csv\"]"),
            [Path::new("/shop/a.csv"), Path::new("/b.csv")]
        );
        assert!(paths("zone = \"UTC\"").is_empty());
    }
}
