//! Holds the rules of one rule set while they are edited, and answers questions about places in them.
//!
//! Invariants: an answer always speaks of the texts as they are now; checking happens at most once for
//! each change, when somebody asks.

use super::audience::Audiences;
use super::names::Names;
use super::seen::SeenValues;
use crate::diag::{Diagnostic, Lang};
use crate::format::Layout;
use crate::name::Name;
use crate::schema::Schema;
use crate::source::{Source, SourceId};
use crate::syntax::{Parsed, Tree};
use crate::value::{Clock, Instant, Zone};
use crate::workspace::{Draft, Drafts, Levels, Workspace, WorkspaceError};
use indexmap::IndexMap;
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rules of one rule set while they are edited.
#[derive(Debug)]
pub struct Project {
    drafts: Drafts,
    current: Option<Current>,
    /// The file that was laid out last, with what is known of it.
    pub(super) laid_out: Option<(SourceId, Layout)>,
    /// The file that was typed in last, until somebody asked whether its layout should be prepared.
    pub(super) typed_in: Option<PathBuf>,
    /// What is known besides the texts.
    pub facts: Facts,
}

/// What is known besides the texts.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The run's now and zone.
    pub clock: Clock,
    /// The language that people read.
    pub lang: Lang,
    /// Values of parameters that replace the defaults.
    pub params: IndexMap<Name, String>,
    /// How much codes weigh.
    pub levels: Levels,
    /// The schema when no file defines one.
    pub schema: Option<Schema>,
    /// The values seen in the data.
    pub seen: SeenValues,
    /// How many people segments select.
    pub audiences: Audiences,
}

impl Default for Facts {
    fn default() -> Facts {
        Facts {
            clock: Clock {
                now: Instant(0),
                zone: Zone::utc(),
            },
            lang: Lang::En,
            params: IndexMap::new(),
            levels: Levels::default(),
            schema: None,
            seen: SeenValues::default(),
            audiences: Audiences::default(),
        }
    }
}

#[derive(Debug)]
struct Current {
    workspace: Arc<Workspace>,
    /// Found when somebody asks about a name.
    names: OnceCell<Names>,
}

/// The rules as they stand, with everything known about them.
#[derive(Clone, Copy, Debug)]
pub struct View<'p> {
    /// The rules, checked.
    pub workspace: &'p Arc<Workspace>,
    pub(super) drafts: &'p Drafts,
    names: &'p OnceCell<Names>,
    /// What is known besides.
    pub facts: &'p Facts,
}

impl Project {
    /// Reads the rule files under paths.
    ///
    /// # Errors
    /// A path or file that cannot be read.
    pub fn read(paths: Vec<PathBuf>, facts: Facts) -> Result<Project, WorkspaceError> {
        Ok(Project {
            drafts: Drafts::read(paths)?,
            current: None,
            laid_out: None,
            typed_in: None,
            facts,
        })
    }

    /// Rules that are on no disk yet.
    pub fn empty(facts: Facts) -> Project {
        Project {
            drafts: Drafts::default(),
            current: None,
            laid_out: None,
            typed_in: None,
            facts,
        }
    }

    /// Whether a file belongs to these rules on disk.
    pub fn has(&self, path: &Path) -> bool {
        self.drafts.has(path)
    }

    /// Takes a text for a file's own.
    pub fn edit(&mut self, path: &Path, text: Arc<str>) {
        self.drafts.edit(path, text);
        self.typed_in = Some(path.to_path_buf());
        self.forget();
    }

    /// Goes back to what is on disk.
    pub fn close(&mut self, path: &Path) {
        self.drafts.close(path);
        self.forget();
    }

    /// Whether nothing is being typed in any file.
    pub fn is_closed(&self) -> bool {
        self.drafts.is_closed()
    }

    /// Reads the files on disk again.
    ///
    /// # Errors
    /// A path or file that cannot be read; what was known before then stays.
    pub fn refresh(&mut self) -> Result<(), WorkspaceError> {
        self.forget();
        self.drafts.refresh()
    }

    /// Forgets what was checked, because something besides the texts changed.
    pub fn forget(&mut self) {
        if let Some(current) = self.current.take() {
            current.discard();
        }
    }

    /// The rules as they stand, to be checked and analysed elsewhere.
    pub fn draft(&mut self) -> Draft {
        let Facts {
            params,
            levels,
            schema,
            ..
        } = &self.facts;
        self.drafts.draft(params, levels, schema.as_ref())
    }

    /// Takes rules that were analysed elsewhere; their texts must be those of now.
    pub fn adopt(&mut self, workspace: Workspace) {
        let known = self.current.take();
        let mut current = Current::of(workspace);
        if let Some(mut known) = known {
            // The same texts: the same names.
            current.names = std::mem::take(&mut known.names);
            known.discard();
        }
        self.current = Some(current);
    }

    /// The rules as they stand.
    pub fn view(&mut self) -> View<'_> {
        let current = match self.current.take() {
            Some(current) => current,
            None => Current::of(self.draft().checked()),
        };
        self.show(current)
    }

    /// The rules as they would be with other texts.
    pub(super) fn tried(&self, texts: &IndexMap<PathBuf, Arc<str>>) -> Workspace {
        let Facts {
            params,
            levels,
            schema,
            ..
        } = &self.facts;
        let draft = self.drafts.tried(texts, params, levels, schema.as_ref());
        draft.checked()
    }

    fn show(&mut self, current: Current) -> View<'_> {
        let current = self.current.insert(current);
        View {
            workspace: &current.workspace,
            names: &current.names,
            drafts: &self.drafts,
            facts: &self.facts,
        }
    }
}

impl Current {
    fn of(workspace: Workspace) -> Current {
        Current {
            workspace: Arc::new(workspace),
            names: OnceCell::new(),
        }
    }

    /// Drops what was known, which takes as long as an answer may, while nobody waits for it.
    fn discard(self) {
        let Current { workspace, names } = self;
        let rest = Arc::try_unwrap(workspace).map(|mut workspace| {
            // The trees are handed on to the next text.
            workspace.files.clear();
            workspace
        });
        rayon::spawn(move || drop((rest, names)));
    }
}

impl<'p> View<'p> {
    /// The file at a path.
    pub fn file(&self, path: &Path) -> Option<SourceId> {
        let mut sources = self.workspace.sources.iter();
        sources
            .find(|(_, source)| source.path() == path)
            .map(|(id, _)| id)
    }

    /// A file's path, text and lines.
    pub fn source(&self, id: SourceId) -> Option<&'p Source> {
        self.workspace.sources.get(id)
    }

    /// What the names in the rules stand for.
    pub(super) fn names(&self) -> &'p Names {
        self.names.get_or_init(|| Names::of(self.workspace))
    }

    pub(super) fn text(&self, id: SourceId) -> &'p str {
        self.source(id).map_or("", |source| source.text())
    }

    pub(super) fn parsed(&self, id: SourceId) -> Option<&'p Parsed> {
        self.drafts.parsed(id)
    }

    pub(super) fn tree(&self, id: SourceId) -> Option<&'p Tree> {
        self.parsed(id).map(|parsed| &parsed.tree)
    }

    /// What there is to say about a file, in the order of its text.
    pub fn diagnostics(&self, id: SourceId) -> impl Iterator<Item = &'p Diagnostic> {
        let all = self.workspace.diagnostics.iter();
        all.filter(move |diagnostic| diagnostic.span().source == id)
    }
}
