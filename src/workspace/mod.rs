//! The façade: paths in, rules compiled, contacts read, questions answered.
//!
//! Invariants: rules with errors are never run; outputs are written only when the whole run is known
//! to be good; the clock is an argument.

mod baseline;
mod config;
mod cover;
mod definitions;
mod deps;
mod diff;
mod drafts;
mod error;
mod examine;
mod explain;
mod files;
mod missing;
mod plan;
mod profile;
mod prove;
mod repair;
mod revision;
mod run;
mod session;
mod since;
mod stream;
mod suggest;

pub use baseline::{Baseline, Compared, Known};
pub use config::{Config, Levels};
pub use cover::{CoverOptions, Covered, cover};
pub use deps::{deps, used_by};
pub use diff::{DiffOptions, OldOrNew, diff};
pub use drafts::{Draft, Drafts};
pub use error::WorkspaceError;
pub use explain::explain;
pub use files::{
    LARGEST_LIST_FILE_BYTES, LARGEST_RULE_FILE_BYTES, RuleFile, find_rule_files, replace_file,
    rewrite_file, rule_texts,
};
pub use missing::missing;
pub use plan::{FolderOptions, Gathered, compare_campaign, gather, plan_campaign, write_plan};
pub use profile::{Profile, profile};
pub use prove::{ClaimError, prove, relate};
pub use repair::{Repair, Repaired, Which, repair};
pub use revision::Revision;
pub use run::{RunOptions, Wanted, classify, classify_each, count, funnel, select};
pub use session::{DefineError, Session};
pub use since::ChangedLines;
pub use stream::classify_stream;

use crate::check::typed::RuleSet;
use crate::check::{CheckInput, apply_allows, check, check_expression};
use crate::data::{Input, infer};
use crate::diag::{Code, Diagnostic, Pass, Severity};
use crate::name::Name;
use crate::say;
use crate::schema::{Schema, Type};
use crate::source::{SourceId, Sources, Span};
use crate::syntax::{ast, parse_expression, parse_file};
use files::{DiskLists, NotUtf8, read_rule_files};
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Rule files, checked.
#[derive(Debug)]
pub struct Workspace {
    /// The text of every rule file and expression.
    pub sources: Sources,
    /// The syntax trees.
    pub files: Vec<(SourceId, Arc<ast::File>)>,
    /// What the files define, without broken items.
    pub rules: RuleSet,
    /// Everything there is to say about them.
    pub diagnostics: Vec<Diagnostic>,
    /// What the passes said, before `allow` comments and levels.
    told: Vec<Diagnostic>,
    /// What was wrong with the files themselves; part of `told`.
    broken: Vec<Diagnostic>,
    lists: DiskLists,
    params: IndexMap<Name, String>,
    /// The schema inferred from data, when the files define none.
    inferred: Option<Schema>,
}

/// Rule files that are parsed and not checked yet.
#[derive(Debug)]
struct Unchecked {
    sources: Sources,
    files: Vec<(SourceId, Arc<ast::File>)>,
    /// What is wrong with the files themselves.
    broken: Vec<Diagnostic>,
    /// What parsing found.
    found: Vec<Diagnostic>,
    lists: DiskLists,
}

impl Unchecked {
    fn checked(
        self,
        params: &IndexMap<Name, String>,
        inferred: Option<Schema>,
        levels: &Levels,
    ) -> Workspace {
        let mut workspace = Workspace {
            sources: self.sources,
            files: self.files,
            rules: RuleSet::default(),
            diagnostics: Vec::new(),
            told: [self.broken.as_slice(), &self.found].concat(),
            broken: self.broken,
            lists: self.lists,
            params: params.clone(),
            inferred,
        };
        workspace.check(levels);
        workspace
    }
}

impl Workspace {
    /// Reads and checks rule files. When they define no schema, it is inferred from `data`.
    ///
    /// # Errors
    /// Files that cannot be read. Mistakes in rules are diagnostics, not errors.
    pub fn load(
        paths: &[PathBuf],
        params: &IndexMap<Name, String>,
        config: &Config,
        data: Option<&Input>,
        id_column: Option<&str>,
    ) -> Result<Workspace, WorkspaceError> {
        let mut sources = Sources::new();
        let mut lists = DiskLists::default();
        let broken = read_rule_files(find_rule_files(paths)?, &mut sources, &mut lists)?;
        let broken: Vec<Diagnostic> = broken.into_iter().map(not_utf8).collect();
        let (files, found) = parsed(&sources);
        let inferred = match data {
            Some(input) if !has_schema(&files) => Some(infer(input, id_column)?),
            Some(_) | None => None,
        };
        let unchecked = Unchecked {
            sources,
            files,
            broken,
            found,
            lists,
        };
        Ok(unchecked.checked(params, inferred, &config.levels))
    }

    /// The same files with other texts, by the id of the file, parsed and checked anew.
    pub fn with_texts(&self, texts: &IndexMap<SourceId, String>, levels: &Levels) -> Workspace {
        let mut sources = Sources::new();
        for (id, source) in self.sources.iter().take(self.files.len()) {
            let text = texts.get(&id).map(|text| Arc::from(text.as_str()));
            sources.add(source.path(), text.unwrap_or(Arc::clone(source.text())));
        }
        let (files, found) = parsed(&sources);
        let unchecked = Unchecked {
            sources,
            files,
            broken: self.broken.clone(),
            found,
            lists: self.lists.clone(),
        };
        unchecked.checked(&self.params, self.inferred.clone(), levels)
    }

    /// Checks the syntax trees; what parsing had to say was told already.
    fn check(&mut self, levels: &Levels) {
        let checked = check(&CheckInput {
            sources: &self.sources,
            files: &self.files,
            list_files: &self.lists,
            params: &self.params,
            schema: self.inferred.as_ref(),
        });
        self.rules = checked.rules;
        let mut found = checked.diagnostics;
        self.tell_of_inference(&mut found);
        self.told.extend(found);
        let told = self.told.clone();
        let looked_for = |code: Code| code.pass() == Pass::Check;
        self.diagnostics = settled(&self.sources, &self.files, levels, told, &looked_for);
    }

    /// The same rules checked against another schema than their own.
    ///
    /// # Errors
    /// They do not fit it; the first mistake is told.
    pub fn checked_against(&self, schema: &Schema) -> Result<RuleSet, WorkspaceError> {
        let mut files = self.files.clone();
        for (_, file) in &mut files {
            Arc::make_mut(file)
                .items
                .retain(|item| !matches!(item, ast::Item::Schema(_)));
        }
        let checked = check(&CheckInput {
            sources: &self.sources,
            files: &files,
            list_files: &self.lists,
            params: &self.params,
            schema: Some(schema),
        });
        match checked.diagnostics.into_iter().find(Diagnostic::is_error) {
            None => Ok(checked.rules),
            Some(error) => {
                let place = error.span();
                let path = self.sources.get(place.source).map(|source| source.path());
                let path = path.map_or(String::new(), |path| path.display().to_string());
                let (en, zh) = (&error.message.en, &error.message.zh);
                Err(WorkspaceError::new(say!(
                    "the schemas of the two versions cannot be joined: {path}: {en}",
                    "两个版本的档案无法合并：{path}：{zh}"
                )))
            }
        }
    }

    /// Whether something keeps the rules from running.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(Diagnostic::is_error)
    }

    /// Whether anything weighs at least so much.
    pub fn has(&self, severity: Severity) -> bool {
        self.diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity >= severity)
    }

    /// Checks an expression against the rules, as `--where` and the prompt give it. Its text becomes
    /// a source of its own, so that diagnostics can show it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn expression(&mut self, label: &str, text: &str) -> Result<Wanted, Vec<Diagnostic>> {
        let source = self.sources.add(label, text);
        let (expression, mut diagnostics) = parse_expression(source, text);
        let condition = expression.and_then(|expression| {
            let (condition, mut found) = check_expression(&self.rules, &expression);
            self.tell_of_inference(&mut found);
            diagnostics.extend(found);
            condition
        });
        let has_errors = diagnostics.iter().any(Diagnostic::is_error);
        match condition {
            Some(condition) if !has_errors => {
                self.diagnostics.extend(diagnostics);
                Ok(Wanted::new(&self.rules, text.trim(), condition))
            }
            Some(_) | None => Err(diagnostics),
        }
    }

    /// Where types do not fit because the data left only text, says once where to look.
    fn tell_of_inference(&self, found: &mut [Diagnostic]) {
        let mut mismatches = found.iter_mut();
        let first = mismatches.find(|each| each.code == Code::TypeMismatch);
        if let Some(Diagnostic {
            help: Some(help), ..
        }) = first
            && self.inferred.is_some()
        {
            let (en, zh) = (&help.en, &help.zh);
            *help = say!(
                "{en}; types were inferred from every cell: `segrule schema infer` shows which cells leave \
                 only text, and the type to declare",
                "{zh}；类型由全部单元格推断：`segrule schema infer` 会列出哪些单元格使它只能是文本，以及可以声明的类型"
            );
        }
    }

    /// The segments asked for by name, all of them in written order without names.
    ///
    /// # Errors
    /// A name that no segment has, with the nearest ones.
    pub fn wanted(&self, names: &[String]) -> Result<Vec<Wanted>, WorkspaceError> {
        if names.is_empty() {
            let declared = self.rules.declared.iter();
            return Ok(declared
                .filter_map(|id| Wanted::segment(&self.rules, *id))
                .collect());
        }
        names
            .iter()
            .map(|name| {
                self.rules
                    .find_segment(Name::new(name).as_str())
                    .and_then(|id| Wanted::segment(&self.rules, id))
                    .ok_or_else(|| self.unknown_segment(name))
            })
            .collect()
    }

    fn unknown_segment(&self, name: &str) -> WorkspaceError {
        let known = self.rules.segment_names.keys().map(Name::as_str);
        let near = crate::name::nearest(name, known, 3).join(", ");
        WorkspaceError::new(if near.is_empty() {
            say!("there is no segment `{name}`", "没有人群 `{name}`")
        } else {
            say!(
                "there is no segment `{name}`: did you mean {near}?",
                "没有人群 `{name}`：是不是 {near}？"
            )
        })
    }

    /// Whether an answer may hang on the run's zone: a date or datetime is read.
    pub fn needs_zone(&self, wanted: &Wanted) -> bool {
        wanted.reads.iter().any(|id| {
            let kind = self.rules.schema.field(*id).map(|field| &field.kind);
            matches!(kind, Some(Type::Date(_) | Type::Datetime(_)))
        })
    }

    /// The schema of the contacts.
    pub fn schema(&self) -> &Schema {
        &self.rules.schema
    }
}

/// What is left of diagnostics after `allow` comments and levels, in the order of the text.
fn settled(
    sources: &Sources,
    files: &[(SourceId, Arc<ast::File>)],
    levels: &Levels,
    told: Vec<Diagnostic>,
    looked_for: &dyn Fn(Code) -> bool,
) -> Vec<Diagnostic> {
    let mut diagnostics = apply_allows(sources, files, told, looked_for);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span(), diagnostic.code));
    levels.apply(diagnostics)
}

/// The syntax trees, and what is wrong with the texts.
fn parsed(sources: &Sources) -> (Vec<(SourceId, Arc<ast::File>)>, Vec<Diagnostic>) {
    let mut files = Vec::with_capacity(sources.len());
    let mut diagnostics = Vec::new();
    for (id, source) in sources.iter() {
        let (file, found) = parse_file(id, source.text());
        diagnostics.extend(found);
        files.push((id, file));
    }
    (files, diagnostics)
}

fn has_schema(files: &[(SourceId, Arc<ast::File>)]) -> bool {
    files
        .iter()
        .flat_map(|(_, file)| &file.items)
        .any(|item| matches!(item, ast::Item::Schema(_)))
}

fn not_utf8(broken: NotUtf8) -> Diagnostic {
    let span = Span::new(broken.source, broken.offset, broken.offset);
    let offset = broken.offset;
    let diagnostic = Diagnostic::new(
        Code::NotUtf8,
        span,
        say!(
            "the file is not UTF-8 from byte {offset} on",
            "文件从第 {offset} 字节起不是 UTF-8"
        ),
    );
    if broken.looks_utf16 {
        diagnostic.help(say!(
            "it looks like UTF-16: save it as UTF-8",
            "看起来是 UTF-16：请另存为 UTF-8"
        ))
    } else {
        diagnostic.help(say!("save the file as UTF-8", "请把文件另存为 UTF-8"))
    }
}
