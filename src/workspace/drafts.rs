//! Rule files while they are edited: texts that are not saved stand for those on disk.
//!
//! Invariants: a file is parsed again only when its text changed, and of it only the items that did; files
//! keep one order, so that their ids stay the same from one change to the next.

use super::files::{BadByte, DiskLists, find_rule_files, read_rule_file};
use super::{Levels, RuleFile, Unchecked, Workspace, WorkspaceError, not_utf8};
use crate::name::Name;
use crate::schema::Schema;
use crate::source::{SourceId, Sources};
use crate::syntax::{Parsed, parse, parse_again};
use indexmap::IndexMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The rule files of one rule set with what is being typed in them.
#[derive(Debug, Default)]
pub struct Drafts {
    paths: Vec<PathBuf>,
    on_disk: IndexMap<PathBuf, OnDisk>,
    open: IndexMap<PathBuf, Arc<str>>,
    parses: IndexMap<PathBuf, Parse>,
}

#[derive(Debug)]
struct OnDisk {
    file: RuleFile,
    text: Arc<str>,
    bad: Option<BadByte>,
}

/// Rules that are parsed and still to be checked, wherever that is done.
#[derive(Debug)]
pub struct Draft {
    unchecked: Unchecked,
    params: IndexMap<Name, String>,
    levels: Levels,
    schema: Option<Schema>,
}

impl Draft {
    fn new(params: &IndexMap<Name, String>, levels: &Levels, schema: Option<&Schema>) -> Draft {
        Draft {
            unchecked: Unchecked {
                sources: Sources::new(),
                files: Vec::new(),
                broken: Vec::new(),
                found: Vec::new(),
                lists: DiskLists::default(),
            },
            params: params.clone(),
            levels: levels.clone(),
            schema: schema.cloned(),
        }
    }

    /// Adds a file; gives its parse, made of what is known of it where that can be.
    fn add(
        &mut self,
        file: &RuleFile,
        text: Arc<str>,
        bad: Option<BadByte>,
        known: Option<Parse>,
    ) -> Parse {
        let unchecked = &mut self.unchecked;
        let source = unchecked.sources.add(file.path.clone(), text);
        let not_utf8 = bad.map(|bad| not_utf8(bad.of(source)));
        unchecked.broken.extend(not_utf8);
        let text = unchecked.sources.get(source).map(|own| own.text().clone());
        let parse = Parse::of(source, text.unwrap_or_default(), known);
        let found = parse.parsed.diagnostics.iter().cloned();
        unchecked.found.extend(found);
        let tree = Arc::clone(&parse.parsed.file);
        unchecked.files.push((source, tree));
        unchecked.lists.add(source, file.clone());
        parse
    }

    /// Checks the rules.
    pub fn checked(self) -> Workspace {
        self.unchecked
            .checked(&self.params, self.schema, &self.levels)
    }
}

/// The parse of one file under the id it had then.
#[derive(Clone, Debug)]
struct Parse {
    source: SourceId,
    text: Arc<str>,
    parsed: Parsed,
}

impl Parse {
    fn of(source: SourceId, text: Arc<str>, known: Option<Parse>) -> Parse {
        let parsed = match known {
            Some(known) if known.source == source && known.text == text => return known,
            Some(known) if known.source == source => parse_again(known.parsed, source, &text),
            Some(_) | None => parse(source, &text),
        };
        Parse {
            source,
            text,
            parsed,
        }
    }
}

impl Drafts {
    /// Reads the rule files under paths, as [`Workspace::load`] does.
    ///
    /// # Errors
    /// A path or file that cannot be read.
    pub fn read(paths: Vec<PathBuf>) -> Result<Drafts, WorkspaceError> {
        let mut drafts = Drafts {
            paths,
            ..Drafts::default()
        };
        drafts.refresh()?;
        Ok(drafts)
    }

    /// Looks for rule files again and reads them; what is being typed stays.
    ///
    /// # Errors
    /// As [`Drafts::read`]; what was known before then stays.
    pub fn refresh(&mut self) -> Result<(), WorkspaceError> {
        let mut on_disk = IndexMap::new();
        for file in find_rule_files(&self.paths)? {
            let read = read_rule_file(&file.path)?;
            let found = OnDisk {
                text: Arc::from(read.text),
                bad: read.bad,
                file,
            };
            on_disk.insert(found.file.path.clone(), found);
        }
        self.on_disk = on_disk;
        Ok(())
    }

    /// Whether a file belongs to these rules on disk.
    pub fn has(&self, path: &Path) -> bool {
        self.on_disk.contains_key(path)
    }

    /// Takes a text for a file's own, whether it is saved or not; gives the one before.
    pub fn edit(&mut self, path: &Path, text: Arc<str>) -> Option<Arc<str>> {
        self.open.insert(path.to_path_buf(), text)
    }

    /// Goes back to what is on disk.
    pub fn close(&mut self, path: &Path) {
        self.open.shift_remove(path);
    }

    /// Whether nothing is being typed in any file.
    pub fn is_closed(&self) -> bool {
        self.open.is_empty()
    }

    /// The rules as they stand, parsed and still to be checked.
    pub fn draft(
        &mut self,
        params: &IndexMap<Name, String>,
        levels: &Levels,
        schema: Option<&Schema>,
    ) -> Draft {
        let mut draft = Draft::new(params, levels, schema);
        let mut kept = std::mem::take(&mut self.parses);
        for (file, text, bad) in self.texts() {
            let known = kept.swap_remove(&file.path);
            let parse = draft.add(&file, text, bad, known);
            self.parses.insert(file.path, parse);
        }
        draft
    }

    /// Checks the rules as they stand.
    pub fn compile(
        &mut self,
        params: &IndexMap<Name, String>,
        levels: &Levels,
        schema: Option<&Schema>,
    ) -> Workspace {
        self.draft(params, levels, schema).checked()
    }

    /// The rules as they would be with other texts, still to be checked; nothing here changes.
    pub fn tried(
        &self,
        others: &IndexMap<PathBuf, Arc<str>>,
        params: &IndexMap<Name, String>,
        levels: &Levels,
        schema: Option<&Schema>,
    ) -> Draft {
        let mut draft = Draft::new(params, levels, schema);
        for (file, text, bad) in self.texts() {
            let known = self.parses.get(&file.path).cloned();
            let text = others.get(&file.path).map_or(text, Arc::clone);
            draft.add(&file, text, bad, known);
        }
        draft
    }

    /// Every file with its text, those on disk first.
    fn texts(&self) -> Vec<(RuleFile, Arc<str>, Option<BadByte>)> {
        let on_disk = self
            .on_disk
            .values()
            .map(|found| match self.open.get(&found.file.path) {
                Some(text) => (found.file.clone(), Arc::clone(text), None),
                None => (found.file.clone(), Arc::clone(&found.text), found.bad),
            });
        let new = self
            .open
            .iter()
            .filter(|(path, _)| !self.on_disk.contains_key(*path));
        let new = new.map(|(path, text)| {
            let folder = path.parent().map_or(PathBuf::from("."), Path::to_path_buf);
            let file = RuleFile {
                path: path.clone(),
                folder,
            };
            (file, Arc::clone(text), None)
        });
        on_disk.chain(new).collect()
    }

    /// The parse of a file as it was last compiled.
    pub fn parsed(&self, source: SourceId) -> Option<&Parsed> {
        let (_, parse) = self.parses.get_index(source.0 as usize)?;
        Some(&parse.parsed)
    }
}
