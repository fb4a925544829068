//! Turns syntax trees into what every name in them stands for.
//!
//! Invariants: mentions stand in the order of the text and never overlap; names resolve as the checker
//! resolves them, and names of items that have mistakes are known too.

mod define;
mod send;
mod walk;

use crate::name::Name;
use crate::source::{SourceId, Span};
use crate::workspace::Workspace;
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

/// Every name of a rule set.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) definitions: Definitions,
    /// By file.
    mentions: Vec<Vec<Mention>>,
}

impl Names {
    pub(super) fn of(workspace: &Workspace) -> Names {
        let definitions = Definitions::of(workspace);
        let files = workspace.files.iter();
        let mentions = files
            .map(|(_, file)| walk::mentions(file, workspace, &definitions))
            .collect();
        Names {
            definitions,
            mentions,
        }
    }

    /// The mentions in one file, in the order of the text.
    pub(super) fn in_file(&self, source: SourceId) -> &[Mention] {
        self.mentions
            .get(source.0 as usize)
            .map_or(&[], Vec::as_slice)
    }

    /// The mentions inside a stretch of text.
    pub(super) fn within(&self, span: Span) -> impl Iterator<Item = &Mention> {
        let mentions = self.in_file(span.source);
        let first = mentions.partition_point(|mention| mention.span.start < span.start);
        let rest = mentions.get(first..).unwrap_or(&[]);
        rest.iter()
            .take_while(move |mention| mention.span.start < span.end)
    }

    /// Every mention.
    pub(super) fn all(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter().flatten()
    }

    /// The mention a cursor stands at.
    pub(super) fn at(&self, source: SourceId, offset: usize) -> Option<&Mention> {
        let mentions = self.in_file(source);
        let after = mentions.partition_point(|mention| (mention.span.start as usize) <= offset);
        let last = mentions.get(after.checked_sub(1)?)?;
        last.span.touches(offset).then_some(last)
    }
}
