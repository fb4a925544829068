//! Defines segments for one session, and writes them into a rule file.

use super::Session;
use crate::check::{CheckInput, Checked, check};
use crate::diag::{Diagnostic, Severity};
use crate::format::format_checked;
use crate::name::Name;
use crate::say;
use crate::source::SourceId;
use crate::syntax::{ast, parse};
use crate::workspace::{WorkspaceError, has_schema, replace_file};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Why nothing was defined.
#[derive(Debug)]
pub enum DefineError {
    /// It is no definition of one segment.
    Message(WorkspaceError),
    /// There is something wrong with it.
    Rules(Vec<Diagnostic>),
}

impl Session {
    /// Defines a segment, or defines it anew: `vip = spend > 500.00`, as rule files say it after
    /// `segment`. Gives its name and what there is to remark about it.
    ///
    /// # Errors
    /// Something is wrong with it, or with what was defined here and refers to it; nothing is changed.
    pub fn define(&mut self, text: &str) -> Result<(Name, Vec<Diagnostic>), DefineError> {
        let text = format!("segment {}", text.trim());
        let source = self.workspace.sources.add("prompt", text.as_str());
        let parsed = parse(source, &text);
        if parsed.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(DefineError::Rules(parsed.diagnostics));
        }
        let [ast::Item::Segment(item)] = parsed.file.items.as_slice() else {
            return Err(DefineError::Message(WorkspaceError::new(say!(
                "define one segment: name = expression",
                "请定义一个人群：名称 = 表达式"
            ))));
        };
        let name = Name::new(&item.name.text);
        let before = self.defined.get(&name).copied();
        let mut files: Vec<(SourceId, Arc<ast::File>)> = self.workspace.files.clone();
        files.retain(|(id, _)| Some(*id) != before);
        files.push((source, parsed.file));
        let Checked { rules, diagnostics } = self.check(&files);
        let (mut found, others): (Vec<_>, Vec<_>) = diagnostics
            .into_iter()
            .partition(|found| found.span().source == source);
        found.extend(others.into_iter().filter(Diagnostic::is_error));
        if found.iter().any(Diagnostic::is_error) {
            return Err(DefineError::Rules(found));
        }
        found.extend(parsed.diagnostics);
        found.retain(|found| found.severity == Severity::Warning);
        self.workspace.files = files;
        self.workspace.rules = rules;
        self.defined.insert(name.clone(), source);
        self.segments = self.dag.add_segments(&self.workspace.rules);
        Ok((name, found))
    }

    fn check(&self, files: &[(SourceId, Arc<ast::File>)]) -> Checked {
        let workspace = &self.workspace;
        let schema = match has_schema(files) {
            true => None,
            false => Some(&workspace.rules.schema),
        };
        check(&CheckInput {
            sources: &workspace.sources,
            files,
            list_files: &workspace.lists,
            params: &workspace.params,
            schema,
        })
    }

    /// The names defined here, in the order they were first defined.
    pub fn defined(&self) -> impl Iterator<Item = &Name> {
        self.defined.keys()
    }

    /// Adds what was defined here to the end of a rule file, which need not exist: everything, or one
    /// segment with those it refers to. Gives the names written.
    ///
    /// # Errors
    /// There is nothing to write, the file has one of the names already or does not parse, or it cannot
    /// be read or written. The file then stays as it is.
    pub fn save(&self, path: &Path, name: Option<&str>) -> Result<Vec<Name>, WorkspaceError> {
        let names = self.to_save(name)?;
        let is_new = !path.exists();
        let old = match is_new {
            true => String::new(),
            false => {
                std::fs::read_to_string(path).map_err(|error| WorkspaceError::io(path, &error))?
            }
        };
        self.refuse_known(path, &old, &names)?;
        let mut added = String::new();
        for name in &names {
            let source = self
                .defined
                .get(name)
                .and_then(|id| self.workspace.sources.get(*id));
            let text = source.map_or("", |source| source.text());
            let item = format_checked(text).unwrap_or_else(|_| format!("{text}\n"));
            if !added.is_empty() {
                added.push('\n');
            }
            added.push_str(&item);
        }
        let gap = match (old.is_empty(), old.ends_with('\n')) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        let whole = format!("{old}{gap}{added}");
        let written = match is_new {
            true => std::fs::write(path, &whole).map_err(|error| WorkspaceError::io(path, &error)),
            false => replace_file(path, &whole),
        };
        written.map(|()| names)
    }

    /// What to save, each after those it refers to.
    fn to_save(&self, name: Option<&str>) -> Result<Vec<Name>, WorkspaceError> {
        let rules = &self.workspace.rules;
        let mut wanted: BTreeSet<Name> = match name {
            None => self.defined.keys().cloned().collect(),
            Some(name) => {
                let name = Name::new(name);
                if !self.defined.contains_key(&name) {
                    return Err(WorkspaceError::new(say!(
                        "`{name}` was not defined here: use :let first",
                        "`{name}` 不是在此定义的：请先用 :let 定义"
                    )));
                }
                BTreeSet::from([name])
            }
        };
        if wanted.is_empty() {
            return Err(WorkspaceError::new(say!(
                "nothing was defined yet: use :let first",
                "还没有定义任何人群：请先用 :let 定义"
            )));
        }
        // Segments stand after those they refer to.
        for segment in rules.segments.iter().rev() {
            if wanted.contains(&segment.name) {
                let inner = segment.condition.segments().into_iter();
                let inner = inner.filter_map(|id| Some(rules.segment(id)?.name.clone()));
                wanted.extend(inner.filter(|name| self.defined.contains_key(name)));
            }
        }
        let order = rules.segments.iter().map(|segment| segment.name.clone());
        Ok(order.filter(|name| wanted.contains(name)).collect())
    }

    fn refuse_known(&self, path: &Path, old: &str, names: &[Name]) -> Result<(), WorkspaceError> {
        let parsed = parse(SourceId(0), old);
        let shown = path.display();
        if parsed.diagnostics.iter().any(Diagnostic::is_error) {
            return Err(WorkspaceError::new(say!(
                "{shown} has errors: run `segrule check` on it first",
                "{shown} 有错误：请先用 `segrule check` 检查"
            )));
        }
        let known = parsed.file.items.iter().find_map(|item| match item {
            ast::Item::Segment(item) => {
                let name = Name::new(&item.name.text);
                names.contains(&name).then_some(name)
            }
            _ => None,
        });
        match known {
            None => Ok(()),
            Some(name) => Err(WorkspaceError::new(say!(
                "{shown} defines `{name}` already: nothing was written",
                "{shown} 中已有 `{name}`：没有写入任何内容"
            ))),
        }
    }
}
