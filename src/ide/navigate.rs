//! Where names are defined and where they are used.

use super::names::{Mention, Named};
use super::project::View;
use crate::source::{SourceId, Span};

impl View<'_> {
    /// The name at a place, found by spelling where the text around it does not parse.
    pub(super) fn named_at(&self, source: SourceId, offset: usize) -> Option<(Span, Named)> {
        if let Some(mention) = self.names().at(self.workspace, source, offset) {
            return Some((mention.span, mention.named));
        }
        let word = super::broken::word_at(self.text(source), offset)?;
        let span = Span::new(source, word.start, word.end);
        let is_broken = self.broken(source).any(|broken| broken.touches(offset));
        let spelling = self.workspace.sources.text_at(span).trim_matches('`');
        let named = is_broken.then(|| self.known(spelling)).flatten()?;
        Some((span, named))
    }

    /// What a spelling alone may stand for.
    pub(super) fn known(&self, spelling: &str) -> Option<Named> {
        let name = crate::name::Name::new(spelling);
        let definitions = &self.names().definitions;
        if let Some(field) = definitions.field_named(name.as_str()) {
            return Some(Named::Field(field.clone()));
        }
        let kinds = [
            Named::Segment,
            Named::List,
            Named::Param,
            Named::Campaign,
            Named::Platform,
            Named::Hierarchy,
        ];
        let mut named = kinds.into_iter().map(|kind| kind(name.clone()));
        named.find(|named| definitions.get(named).is_some())
    }

    /// Where the name at a place is defined.
    pub fn definition(&self, source: SourceId, offset: usize) -> Option<Target> {
        let (from, named) = self.named_at(source, offset)?;
        let definition = self.names().definitions.get(&named)?;
        Some(Target {
            from,
            name: definition.name_span,
            whole: definition.span,
        })
    }

    /// Where the name at a place is written, its definition included.
    pub fn references(&self, source: SourceId, offset: usize) -> Vec<Reference> {
        let Some((_, named)) = self.named_at(source, offset) else {
            return Vec::new();
        };
        let mentions = self
            .names()
            .all(self.workspace)
            .filter(|mention| mention.named == named);
        mentions.map(Reference::of).collect()
    }
}

/// Where a name leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The name asked about.
    pub from: Span,
    /// The name in its definition.
    pub name: Span,
    /// The whole definition.
    pub whole: Span,
}

/// One place where a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where.
    pub span: Span,
    /// Whether it is defined there.
    pub is_definition: bool,
}

impl Reference {
    fn of(mention: &Mention) -> Reference {
        Reference {
            span: mention.span,
            is_definition: mention.is_definition,
        }
    }
}
