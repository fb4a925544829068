//! The lossless tree of a rule file: flat, in reading order, every byte accounted for.
//!
//! Invariants: nodes stand before their children; a node's text runs from its first to its last token;
//! concatenating [`Tree::tokens`] gives the text; white space is what lies between tokens and costs
//! nothing; nothing here is recursive, so depth never matters.

use super::kind::Kind;
use std::ops::Range;
use std::sync::Arc;

/// One node or token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    pub(super) start: u32,
    pub(super) end: u32,
    /// The place after the last entry below this one.
    pub(super) next: u32,
}

/// A rule file as written, with its structure.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    pub(super) text: Arc<str>,
    pub(super) entries: Vec<Entry>,
}

/// One token of a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: Kind,
    /// As written.
    pub text: &'t str,
    /// First byte.
    pub start: usize,
}

impl Tree {
    /// The text it was made from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The top level: items, comments and broken text in order.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        Children {
            tree: self,
            at: 0,
            end: self.entries.len(),
        }
    }

    /// Every token in order, white space included.
    ///
    /// ```
    /// let text = "segment a =\n  age > 3  # why\n";
    /// let parsed = segrule::syntax::parse(segrule::source::SourceId(0), text);
    /// let again: String = parsed.tree.tokens().map(|token| token.text).collect();
    /// assert_eq!(again, text);
    /// ```
    pub fn tokens(&self) -> impl Iterator<Item = Token<'_>> {
        let mut cursor = 0usize;
        let leaves = self
            .entries
            .iter()
            .enumerate()
            .filter(|(at, entry)| entry.next as usize == at + 1)
            .map(|(_, entry)| (entry.kind, entry.start as usize, entry.end as usize));
        let end = self.text.len();
        leaves
            .chain(std::iter::once((Kind::Space, end, end)))
            .flat_map(move |(kind, start, end)| {
                let space = (cursor < start).then_some((Kind::Space, cursor, start));
                cursor = end;
                [space, (start < end).then_some((kind, start, end))]
            })
            .flatten()
            .map(|(kind, start, end)| Token {
                kind,
                text: self.text.get(start..end).unwrap_or(""),
                start,
            })
    }

    /// The node whose entry stands at a place.
    pub(super) fn node_at(&self, at: usize) -> Option<Node<'_>> {
        let entry = *self.entries.get(at)?;
        Some(Node {
            tree: self,
            at,
            entry,
        })
    }

    pub(super) fn push_leaf(&mut self, kind: Kind, range: Range<usize>) {
        let next = offset(self.entries.len() + 1);
        self.entries.push(Entry {
            kind,
            start: offset(range.start),
            end: offset(range.end),
            next,
        });
    }
}

/// Files are limited to 16 MiB, so offsets and counts always fit.
pub(super) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// A node or token with the tree it belongs to.
#[derive(Clone, Copy, Debug)]
pub struct Node<'t> {
    tree: &'t Tree,
    at: usize,
    entry: Entry,
}

impl<'t> Node<'t> {
    /// What it is.
    pub fn kind(self) -> Kind {
        self.entry.kind
    }

    /// The place of its entry.
    pub(super) fn at(self) -> usize {
        self.at
    }

    /// Its bytes in the text.
    pub fn range(self) -> Range<usize> {
        self.entry.start as usize..self.entry.end as usize
    }

    /// As written.
    pub fn text(self) -> &'t str {
        self.tree.text.get(self.range()).unwrap_or("")
    }

    /// Whether it is a token.
    pub fn is_token(self) -> bool {
        self.entry.next as usize == self.at + 1
    }

    /// What stands directly below it, comments and signs included.
    pub fn children(self) -> impl Iterator<Item = Node<'t>> + Clone {
        Children {
            tree: self.tree,
            at: self.at + 1,
            end: self.entry.next as usize,
        }
    }

    /// The first direct child of a kind.
    pub fn child(self, kind: Kind) -> Option<Node<'t>> {
        self.children().find(|child| child.kind() == kind)
    }
}

#[derive(Clone)]
struct Children<'t> {
    tree: &'t Tree,
    at: usize,
    end: usize,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let entry = *self.tree.entries.get(self.at)?;
        let node = Node {
            tree: self.tree,
            at: self.at,
            entry,
        };
        self.at = (entry.next as usize).max(self.at + 1);
        Some(node)
    }
}
