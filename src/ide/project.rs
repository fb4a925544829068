//! Holds the rules of one rule set while they are edited, and answers questions about places in them.
//!
//! Invariants: an answer always speaks of the texts as they are now; checking happens at most once for
//! each change, when somebody asks.

use super::audience::Audiences;
use super::names::Names;
use super::seen::SeenValues;
use crate::diag::{Diagnostic, Lang};
use crate::name::Name;
use crate::schema::Schema;
use crate::source::{Source, SourceId};
use crate::syntax::Tree;
use crate::value::{Clock, Instant, Zone};
use crate::workspace::{Drafts, Levels, Workspace, WorkspaceError};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rules of one rule set while they are edited.
#[derive(Debug)]
pub struct Project {
    drafts: Drafts,
    current: Option<Current>,
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
    names: Names,
}

/// The rules as they stand, with everything known about them.
#[derive(Clone, Copy, Debug)]
pub struct View<'p> {
    /// The rules, checked.
    pub workspace: &'p Arc<Workspace>,
    pub(super) drafts: &'p Drafts,
    pub(super) names: &'p Names,
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
            facts,
        })
    }

    /// Rules that are on no disk yet.
    pub fn empty(facts: Facts) -> Project {
        Project {
            drafts: Drafts::default(),
            current: None,
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
        self.current = None;
    }

    /// Goes back to what is on disk.
    pub fn close(&mut self, path: &Path) {
        self.drafts.close(path);
        self.current = None;
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
        self.current = None;
        self.drafts.refresh()
    }

    /// Forgets what was checked, because something besides the texts changed.
    pub fn forget(&mut self) {
        self.current = None;
    }

    /// The rules as they stand, checked once more, to be analysed elsewhere.
    pub fn draft(&mut self) -> Workspace {
        self.compile()
    }

    /// Takes rules that were analysed elsewhere; their texts must be those of now.
    pub fn adopt(&mut self, workspace: Workspace) {
        self.current = Some(Current::of(workspace));
    }

    /// The rules as they stand.
    pub fn view(&mut self) -> View<'_> {
        let current = match self.current.take() {
            Some(current) => current,
            None => Current::of(self.compile()),
        };
        self.show(current)
    }

    /// Takes another text for a file and gives back what was typed in it, if anything was.
    pub(super) fn replaced(&mut self, path: &Path, text: Arc<str>) -> Option<Arc<str>> {
        self.current = None;
        self.drafts.edit(path, text)
    }

    pub(super) fn compile(&mut self) -> Workspace {
        let Facts {
            params,
            levels,
            schema,
            ..
        } = &self.facts;
        self.drafts.compile(params, levels, schema.as_ref())
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
            names: Names::of(&workspace),
            workspace: Arc::new(workspace),
        }
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

    pub(super) fn text(&self, id: SourceId) -> &'p str {
        self.source(id).map_or("", |source| source.text())
    }

    pub(super) fn tree(&self, id: SourceId) -> Option<&'p Tree> {
        self.drafts.tree(id)
    }

    /// What there is to say about a file, in the order of its text.
    pub fn diagnostics(&self, id: SourceId) -> impl Iterator<Item = &'p Diagnostic> {
        let all = self.workspace.diagnostics.iter();
        all.filter(move |diagnostic| diagnostic.span().source == id)
    }
}
