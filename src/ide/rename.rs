//! Gives a name another spelling everywhere.
//!
//! Invariants: after the edits every name stands for what it stood for before; when that cannot be
//! had, nothing is renamed and the reason is told.

use super::names::{Mention, Named, Names};
use super::project::{Project, View};
use crate::diag::{Edit, Phrase, escape_controls};
use crate::name::Name;
use crate::say;
use crate::source::{SourceId, Span};
use crate::syntax::{PieceKind, item_name_text, name_text, pieces};
use crate::workspace::Workspace;
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What is renamed: the spelling at the cursor, wherever it stands for the same thing.
struct Renaming {
    named: Named,
    from: Name,
    to: Name,
    /// The new spelling as rule text.
    text: String,
}

impl View<'_> {
    /// The name at a place, when it can be renamed.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn renamable(&self, source: SourceId, offset: usize) -> Result<Span, Phrase> {
        let nothing = || say!("there is no name here", "这里没有名称");
        let mention = self.names().at(self.workspace, source, offset);
        let mention = mention.ok_or_else(nothing)?;
        let name = mention.named.name();
        match mention.named {
            Named::Function(_) => Err(say!("`{name}` is a function", "`{name}` 是函数")),
            Named::Value(..) => Err(say!(
                "`{name}` is a value of the data",
                "`{name}` 是数据里的值"
            )),
            Named::Message(_) => Err(say!("`{name}` is a kind of message", "`{name}` 是消息类型")),
            _ if self.names().definitions.get(&mention.named).is_none() => Err(say!(
                "`{name}` is defined in no rule file",
                "`{name}` 不是规则文件定义的"
            )),
            _ => Ok(mention.span),
        }
    }
}

impl Project {
    /// The edits that give the name at a place another spelling. A field that is renamed keeps the
    /// old one as another name, because the data's column is found by it.
    ///
    /// # Errors
    /// Why it cannot be renamed so.
    pub fn rename(
        &mut self,
        source: SourceId,
        offset: usize,
        new: &str,
    ) -> Result<Vec<Edit>, Phrase> {
        let view = self.view();
        let span = view.renamable(source, offset)?;
        let mention = view.names().at(view.workspace, source, offset);
        let named = mention.map(|mention| mention.named);
        let named = named.ok_or_else(|| say!("there is no name here", "这里没有名称"))?;
        let renaming = Renaming::new(named, view.spelling(span), new)?;
        view.refuse_broken(&renaming)?;
        view.refuse_taken(&renaming)?;
        let edits = view.edits(&renaming);
        let before = Arc::clone(view.workspace);
        let names = view.names().clone();
        let texts = edited(&before, &edits);
        // The same checks once more on the text that would come out.
        let after = self.tried(&texts);
        let is_same = renaming.keeps((&before, &names), (&after, &Names::of(&after)))
            && error_count(&after) <= error_count(&before);
        match is_same {
            true => Ok(edits),
            false => Err(say!(
                "`{new}` would change what other names mean",
                "改为 `{new}` 会改变其他名称的含义"
            )),
        }
    }
}

fn error_count(workspace: &Workspace) -> usize {
    let errors = workspace
        .diagnostics
        .iter()
        .filter(|found| found.is_error());
    errors.count()
}

/// The texts of files after edits.
fn edited(workspace: &Workspace, edits: &[Edit]) -> IndexMap<PathBuf, Arc<str>> {
    let mut texts = IndexMap::new();
    for (id, source) in workspace.sources.iter() {
        let mut own: Vec<&Edit> = edits.iter().filter(|edit| edit.span.source == id).collect();
        if own.is_empty() {
            continue;
        }
        own.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut text = source.text().to_string();
        for edit in own {
            if text.get(edit.span.range()).is_some() {
                text.replace_range(edit.span.range(), &edit.text);
            }
        }
        texts.insert(source.path().to_path_buf(), Arc::from(text));
    }
    texts
}

impl Renaming {
    fn new(named: Named, from: Name, new: &str) -> Result<Renaming, Phrase> {
        let bare = new.trim();
        let bare = bare
            .strip_prefix('`')
            .and_then(|bare| bare.strip_suffix('`'))
            .unwrap_or(bare);
        let shown = escape_controls(new);
        let is_sound = !bare.is_empty() && !bare.contains(['`', '\n', '\r']);
        let has_hidden = bare
            .chars()
            .any(|c| c.is_control() || crate::diag::is_hidden(c));
        if !is_sound || has_hidden {
            return Err(say!("`{shown}` is no name", "`{shown}` 不能作名称"));
        }
        let to = Name::new(bare);
        let text = match named {
            Named::Field(_) => name_text(to.as_str()),
            _ => item_name_text(to.as_str()),
        };
        Ok(Renaming {
            named,
            from,
            to,
            text,
        })
    }

    /// What a name is called afterwards.
    fn renamed(&self, named: &Named) -> Named {
        let is_own = *named == self.named && self.from.as_str() == named.name();
        let to = || self.to.clone();
        match named {
            Named::Field(_) if is_own => Named::Field(to()),
            Named::Segment(_) if is_own => Named::Segment(to()),
            Named::List(_) if is_own => Named::List(to()),
            Named::Param(_) if is_own => Named::Param(to()),
            Named::Hierarchy(_) if is_own => Named::Hierarchy(to()),
            Named::Platform(_) if is_own => Named::Platform(to()),
            Named::Campaign(_) if is_own => Named::Campaign(to()),
            Named::Schema(_) if is_own => Named::Schema(to()),
            Named::Tier(platform, _) if is_own => Named::Tier(platform.clone(), to()),
            Named::Tier(platform, tier) if self.named == Named::Platform(platform.clone()) => {
                Named::Tier(to(), tier.clone())
            }
            Named::Value(field, value) if self.named == Named::Field(field.clone()) => {
                match self.from.as_str() == field.as_str() {
                    true => Named::Value(to(), Arc::clone(value)),
                    false => named.clone(),
                }
            }
            other => other.clone(),
        }
    }

    /// Whether every name stands for the same afterwards.
    fn keeps(&self, before: (&Workspace, &Names), after: (&Workspace, &Names)) -> bool {
        let used = |mention: &&Mention| !mention.is_definition;
        let wanted = before
            .1
            .all(before.0)
            .filter(used)
            .map(|mention| self.renamed(&mention.named));
        let found = after
            .1
            .all(after.0)
            .filter(used)
            .map(|mention| mention.named.clone());
        wanted.eq(found)
    }
}

impl View<'_> {
    fn spelling(&self, span: Span) -> Name {
        let written = self.workspace.sources.text_at(span);
        let bare = written
            .strip_prefix('`')
            .and_then(|bare| bare.strip_suffix('`'));
        Name::new(bare.unwrap_or(&written.replace('`', "")))
    }

    /// Every place where the spelling stands for the same, as edits.
    fn edits(&self, renaming: &Renaming) -> Vec<Edit> {
        let own = self
            .names()
            .all(self.workspace)
            .filter(|mention| mention.named == renaming.named);
        let own = own.filter(|mention| self.spelling(mention.span) == renaming.from);
        let mut edits: Vec<Edit> = own
            .map(|mention| Edit {
                span: mention.span,
                text: renaming.text.clone(),
            })
            .collect();
        edits.extend(self.kept_column(renaming));
        edits
    }

    /// A field renamed by its own name keeps the old one: the data's column is called so.
    fn kept_column(&self, renaming: &Renaming) -> Option<Edit> {
        let Named::Field(name) = &renaming.named else {
            return None;
        };
        let definition = self.names().definitions.get(&renaming.named)?;
        let old = name_text(renaming.from.as_str());
        if *name != renaming.from {
            return None;
        }
        let inside = self.names().within(self.workspace, definition.span);
        let mut aliases = inside.iter().rev().filter(|mention| {
            mention.is_definition
                && mention.named == renaming.named
                && mention.span != definition.name_span
        });
        let mut span = definition.span;
        let text = match aliases.next() {
            Some(last) => {
                span = last.span;
                format!(", {old}")
            }
            None => {
                // Before `optional` and `missing when`, right after the type.
                span.end = self.type_end(definition.span)?;
                format!(" aka {old}")
            }
        };
        span.start = span.end;
        Some(Edit { span, text })
    }

    fn type_end(&self, field: Span) -> Option<u32> {
        use crate::syntax::ast::Item;
        let items = self
            .workspace
            .files
            .iter()
            .flat_map(|(_, file)| &file.items);
        let fields = items.filter_map(|item| match item {
            Item::Schema(item) => Some(&item.fields),
            _ => None,
        });
        let mut fields = fields.flatten();
        fields
            .find(|item| item.span == field)
            .map(|item| item.kind.span.end)
    }

    /// Where text does not parse nobody knows what a word stands for.
    fn refuse_broken(&self, renaming: &Renaming) -> Result<(), Phrase> {
        for (id, source) in self.workspace.sources.iter() {
            for broken in self.broken(id) {
                let text = source.text().get(broken.range()).unwrap_or("");
                let is_name = |kind| matches!(kind, PieceKind::Word | PieceKind::Quoted);
                let mut words = pieces(text).filter(|piece| is_name(piece.kind));
                let Some(word) = words
                    .find(|piece| Name::new(piece.text(text).trim_matches('`')) == renaming.from)
                else {
                    continue;
                };
                let line = source.line_column(broken.start as usize + word.start).line;
                let path = source.path().display();
                let name = &renaming.from;
                return Err(say!(
                    "`{name}` also stands in text that has a mistake, {path}:{line}: mend it first",
                    "`{name}` 还出现在有错误的文本中（{path}:{line}）：请先改正"
                ));
            }
        }
        Ok(())
    }

    fn refuse_taken(&self, renaming: &Renaming) -> Result<(), Phrase> {
        let to = &renaming.to;
        if *to == renaming.from {
            return Ok(());
        }
        let definitions = &self.names().definitions;
        let is_field = definitions.field_spellings().any(|name| name == to);
        let mut items = definitions.iter().filter(|(named, _)| {
            !matches!(named, Named::Field(_) | Named::Value(..) | Named::Tier(..))
        });
        let is_item = items.any(|(named, _)| named.name() == to.as_str());
        let is_tier = matches!(renaming.named, Named::Tier(..));
        match (is_field || is_item) && !is_tier {
            true => Err(say!("`{to}` is taken already", "`{to}` 已被使用")),
            false => Ok(()),
        }
    }
}
