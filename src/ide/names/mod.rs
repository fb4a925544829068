//! Turns syntax trees into what every name in them stands for.
//!
//! Invariants: mentions stand in the order of the text and never overlap; names resolve as the checker
//! resolves them, and names of items that have mistakes are known too.

mod define;
mod send;
mod walk;

use crate::name::Name;
use crate::source::{SourceId, Span};
use crate::syntax::ast::Item;
use crate::workspace::Workspace;
use std::cell::OnceCell;
use std::sync::Arc;

pub(super) use define::Definitions;

/// What a name stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Named {
    /// The schema.
    Schema(Name),
    /// A field, by its own name whichever of its names is written.
    Field(Name),
    /// A segment.
    Segment(Name),
    /// A list.
    List(Name),
    /// A parameter.
    Param(Name),
    /// A hierarchy.
    Hierarchy(Name),
    /// A platform.
    Platform(Name),
    /// A tier of a platform.
    Tier(Name, Name),
    /// A kind of message.
    Message(Name),
    /// A campaign.
    Campaign(Name),
    /// A function.
    Function(Arc<str>),
    /// A bare word as the value of a field.
    Value(Name, Arc<str>),
}

impl Named {
    /// The name itself.
    pub(super) fn name(&self) -> &str {
        match self {
            Named::Schema(name)
            | Named::Field(name)
            | Named::Segment(name)
            | Named::List(name)
            | Named::Param(name)
            | Named::Hierarchy(name)
            | Named::Platform(name)
            | Named::Tier(_, name)
            | Named::Message(name)
            | Named::Campaign(name) => name.as_str(),
            Named::Function(name) | Named::Value(_, name) => name,
        }
    }
}

/// One place where a name is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) span: Span,
    pub(super) named: Named,
    pub(super) is_definition: bool,
}

/// Every name of a rule set: where each is defined, and, once somebody asks, where each is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) definitions: Definitions,
    /// By file.
    mentions: Vec<OnceCell<Vec<Mention>>>,
}

impl Names {
    /// The names of a rule set; what is asked later must be asked of the same one.
    pub(super) fn of(workspace: &Workspace) -> Names {
        Names {
            definitions: Definitions::of(workspace),
            mentions: vec![OnceCell::new(); workspace.files.len()],
        }
    }

    /// The mentions in one file, in the order of the text.
    pub(super) fn in_file(&self, workspace: &Workspace, source: SourceId) -> &[Mention] {
        let place = source.0 as usize;
        let (Some(known), Some((_, file))) = (self.mentions.get(place), workspace.files.get(place))
        else {
            return &[];
        };
        known.get_or_init(|| walk::mentions(&file.items, workspace, &self.definitions))
    }

    /// The mentions inside an item.
    pub(super) fn within(&self, workspace: &Workspace, span: Span) -> Vec<Mention> {
        let Some((_, file)) = workspace.files.get(span.source.0 as usize) else {
            return Vec::new();
        };
        let first = file
            .items
            .partition_point(|item| item.span().end <= span.start);
        let items = file.items.get(first..).unwrap_or(&[]);
        let count = items.partition_point(|item| item.span().start < span.end);
        let items = items.get(..count).unwrap_or(&[]);
        let mut found = walk::mentions(items, workspace, &self.definitions);
        found.retain(|mention| span.start <= mention.span.start && mention.span.start < span.end);
        found
    }

    /// Every mention.
    pub(super) fn all<'n>(&'n self, workspace: &'n Workspace) -> impl Iterator<Item = &'n Mention> {
        let files = workspace.files.iter();
        files.flat_map(|(source, _)| self.in_file(workspace, *source))
    }

    /// The mention a cursor stands at.
    pub(super) fn at(
        &self,
        workspace: &Workspace,
        source: SourceId,
        offset: usize,
    ) -> Option<Mention> {
        let (_, file) = workspace.files.get(source.0 as usize)?;
        let before = |item: &Item| item.span().range().start <= offset;
        let after = file.items.partition_point(before);
        let item = file.items.get(after.checked_sub(1)?..after)?;
        let found = walk::mentions(item, workspace, &self.definitions);
        let mut before = found.into_iter().rev();
        let last = before.find(|mention| mention.span.range().start <= offset)?;
        last.span.touches(offset).then_some(last)
    }
}
