//! Which rule set a file belongs to, and what `segrule.toml` says of it.

use segrule::data::Input;
use segrule::diag::{Lang, Phrase};
use segrule::ide::{Facts, Project};
use segrule::value::{Clock, Instant, Zone};
use segrule::workspace::{Config, WorkspaceError};
use std::path::{Path, PathBuf};
use std::time::Instant as Moment;

/// Names a rule set for as long as it is known.
pub type HomeId = u64;

/// One rule set with what is to be done about it.
pub struct Home {
    /// Its own number.
    pub id: HomeId,
    /// Where its rule files are.
    pub paths: Vec<PathBuf>,
    /// The rules.
    pub project: Project,
    /// Its `segrule.toml`.
    pub config: Config,
    /// Counts changes of its texts.
    pub stamp: u64,
    /// When something last changed that people should hear of.
    pub changed: Option<Moment>,
    /// The stamp for which diagnostics were published.
    pub published: Option<u64>,
    /// The stamp that analysis was asked about.
    pub analyzed: Option<u64>,
    /// The stamp for which audiences were asked.
    pub counted: Option<u64>,
    /// Whether a schema was looked for in the data.
    pub is_schema_inferred: bool,
    /// Whether the values of the data were read.
    pub is_data_read: bool,
    /// Files that have diagnostics on the editor's side.
    pub told: Vec<PathBuf>,
}

impl Home {
    /// Finds the rules that a file belongs to.
    pub fn of(id: HomeId, path: &Path, folders: &[PathBuf], lang: Lang) -> (Home, Option<Phrase>) {
        let folder = path.parent().unwrap_or(path);
        let (config, mut trouble) = match Config::find(folder) {
            Ok(config) => (config, None),
            Err(error) => (Config::default(), Some(error.message)),
        };
        let paths = rule_paths(path, folders, &config);
        let mut clock = Clock {
            now: Instant(0),
            zone: Zone::utc(),
        };
        if let Some(zone) = config
            .zone
            .as_deref()
            .and_then(|name| Zone::named(name).ok())
        {
            clock.zone = zone;
        }
        let facts = Facts {
            clock,
            lang: config.lang.unwrap_or(lang),
            levels: config.levels.clone(),
            ..Facts::default()
        };
        let project = match Project::read(paths.clone(), facts.clone()) {
            Ok(project) => project,
            Err(error) => {
                trouble.get_or_insert(error.message);
                Project::empty(facts)
            }
        };
        let home = Home {
            id,
            paths,
            project,
            config,
            stamp: 0,
            changed: None,
            published: None,
            analyzed: None,
            counted: None,
            is_schema_inferred: false,
            is_data_read: false,
            told: Vec::new(),
        };
        (home, trouble)
    }

    /// Whether a file belongs here.
    pub fn takes(&self, path: &Path) -> bool {
        let is_inside = |own: &PathBuf| path == own || path.starts_with(own);
        self.project.has(path) || self.paths.iter().any(is_inside)
    }

    /// Something changed in the texts.
    pub fn touch(&mut self) {
        self.stamp += 1;
        self.changed = Some(Moment::now());
    }

    /// The contacts that `segrule.toml` names.
    pub fn data(&self) -> Option<Input> {
        let paths = self.config.data_paths();
        match paths.is_empty() {
            true => None,
            false => Some(Input {
                paths,
                ..Input::default()
            }),
        }
    }

    /// Reads `segrule.toml` again; its rules stay where they are.
    pub fn reconfigure(&mut self, lang: Lang) {
        let folder = self.config.folder.clone();
        let folder = folder.or_else(|| self.paths.first().cloned());
        let Some(Ok(config)) = folder.map(|folder| Config::find(&folder)) else {
            return;
        };
        let facts = &mut self.project.facts;
        facts.lang = config.lang.unwrap_or(lang);
        facts.levels = config.levels.clone();
        facts.audiences.clear();
        if let Some(zone) = config
            .zone
            .as_deref()
            .and_then(|name| Zone::named(name).ok())
        {
            facts.clock.zone = zone;
        }
        self.config = config;
        self.project.forget();
    }

    /// Reads the files again after they changed outside of the editor.
    pub fn refresh(&mut self) -> Result<(), WorkspaceError> {
        self.touch();
        self.project.refresh()
    }
}

/// Where the rules of a file are: as `segrule.toml` says, `rules/` beside it, the folder that is open
/// in the editor, or the file alone.
fn rule_paths(path: &Path, folders: &[PathBuf], config: &Config) -> Vec<PathBuf> {
    let rules = config
        .rules
        .clone()
        .unwrap_or_else(|| PathBuf::from("rules"));
    let of_config = config.folder.iter().map(|folder| folder.join(&rules));
    let of_folders = folders.iter().map(|folder| folder.join("rules"));
    let mut likely = of_config.chain(of_folders);
    if let Some(found) = likely.find(|rules| rules.is_dir() && path.starts_with(rules)) {
        return vec![found];
    }
    let open = folders.iter().find(|folder| path.starts_with(folder));
    match open {
        Some(folder) if !folder.join("rules").is_dir() => vec![folder.clone()],
        _ if path.is_file() => vec![path.to_path_buf()],
        _ => Vec::new(),
    }
}
