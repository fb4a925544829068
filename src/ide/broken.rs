//! What can be told of text that does not parse: its words.

use super::project::View;
use crate::source::{SourceId, Span};
use crate::syntax::{Kind, PieceKind, pieces};
use std::ops::Range;

impl View<'_> {
    /// The stretches of a file that are in no item.
    pub(super) fn broken(&self, source: SourceId) -> impl Iterator<Item = Span> {
        let roots = self.tree(source).into_iter().flat_map(|tree| tree.roots());
        roots
            .filter(|root| root.kind() == Kind::Broken)
            .map(move |root| Span::new(source, root.range().start, root.range().end))
    }
}

/// The word at a place, with its backquotes.
pub(super) fn word_at(text: &str, offset: usize) -> Option<Range<usize>> {
    let mut near = pieces(text)
        .skip_while(|piece| piece.end < offset)
        .take_while(|piece| piece.start <= offset)
        .filter(|piece| matches!(piece.kind, PieceKind::Word | PieceKind::Quoted));
    let word = near.next()?;
    Some(word.start..word.end)
}
