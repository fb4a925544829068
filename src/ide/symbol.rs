//! The items of a file, for outlines and for finding them by name.

use super::project::View;
use crate::source::{SourceId, Span};
use crate::syntax::ast::{Item, TestItem};
use crate::syntax::{ItemWord, item_word, pieces};

/// What a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SymbolKind {
    /// A schema.
    Schema,
    /// A field.
    Field,
    /// A segment.
    Segment,
    /// A list.
    List,
    /// A parameter.
    Param,
    /// A hierarchy.
    Hierarchy,
    /// A test.
    Test,
    /// A platform.
    Platform,
    /// A campaign.
    Campaign,
}

/// One named thing in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, or a test's title.
    pub name: String,
    /// Its title or type.
    pub detail: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The whole item.
    pub span: Span,
    /// Its name.
    pub name_span: Span,
    /// The fields of a schema.
    pub children: Vec<Symbol>,
}

impl View<'_> {
    /// The items of a file in the order of its text, those that do not parse too.
    pub fn symbols(&self, source: SourceId) -> Vec<Symbol> {
        let files = self.workspace.files.iter();
        let own = files.filter(|(id, _)| *id == source);
        let items = own.flat_map(|(_, file)| &file.items);
        let mut symbols: Vec<Symbol> = items.map(|item| self.symbol(item)).collect();
        let broken: Vec<Symbol> = self
            .broken(source)
            .filter(|broken| !symbols.iter().any(|symbol| symbol.span == *broken))
            .filter_map(|broken| self.broken_symbol(broken))
            .collect();
        symbols.extend(broken);
        symbols.sort_by_key(|symbol| symbol.span);
        symbols
    }

    fn symbol(&self, item: &Item) -> Symbol {
        let title = |title: Option<&crate::syntax::ast::Text>| {
            title.map_or(String::new(), |title| title.value.to_string())
        };
        let (ident, span, kind, detail) = match item {
            Item::Schema(item) => {
                let mut schema = symbol(&item.name.text, SymbolKind::Schema, item.span);
                schema.name_span = item.name.span;
                schema.children = item.fields.iter().map(|field| self.field(field)).collect();
                return schema;
            }
            Item::Test(item) => return test(item),
            Item::Segment(item) => {
                let title = title(item.title.as_ref());
                (&item.name, item.span, SymbolKind::Segment, title)
            }
            Item::List(item) => (&item.name, item.span, SymbolKind::List, String::new()),
            Item::Param(item) => {
                let value = self.workspace.sources.text_at(item.value.span);
                (&item.name, item.span, SymbolKind::Param, value.to_string())
            }
            Item::Hierarchy(item) => (&item.name, item.span, SymbolKind::Hierarchy, String::new()),
            Item::Platform(item) => {
                let title = title(item.title.as_ref());
                (&item.name, item.span, SymbolKind::Platform, title)
            }
            Item::Campaign(item) => {
                let title = title(item.title.as_ref());
                (&item.name, item.span, SymbolKind::Campaign, title)
            }
        };
        Symbol {
            name_span: ident.span,
            detail,
            ..symbol(&ident.text, kind, span)
        }
    }

    fn field(&self, field: &crate::syntax::ast::FieldItem) -> Symbol {
        let text = |span| self.workspace.sources.text_at(span);
        Symbol {
            name_span: field.path.span,
            detail: text(field.kind.span).to_string(),
            ..symbol(text(field.path.span), SymbolKind::Field, field.span)
        }
    }

    /// The name of an item that does not parse.
    fn broken_symbol(&self, broken: Span) -> Option<Symbol> {
        let text = self.workspace.sources.text_at(broken);
        let mut words = pieces(text);
        let first = words.next()?;
        let second = words.next()?;
        let kind = match item_word(first.text(text))? {
            ItemWord::Schema => SymbolKind::Schema,
            ItemWord::Segment => SymbolKind::Segment,
            ItemWord::List => SymbolKind::List,
            ItemWord::Param => SymbolKind::Param,
            ItemWord::Hierarchy => SymbolKind::Hierarchy,
            ItemWord::Test => SymbolKind::Test,
            ItemWord::Platform => SymbolKind::Platform,
            ItemWord::Campaign => SymbolKind::Campaign,
            ItemWord::Events => return None,
        };
        let name = second.text(text).trim_matches(['`', '"', '“', '”']);
        let base = broken.start as usize;
        Some(Symbol {
            name_span: Span::new(broken.source, base + second.start, base + second.end),
            ..symbol(name, kind, broken)
        })
    }
}

fn symbol(name: &str, kind: SymbolKind, span: Span) -> Symbol {
    Symbol {
        name: name.to_string(),
        detail: String::new(),
        kind,
        span,
        name_span: span,
        children: Vec::new(),
    }
}

fn test(item: &TestItem) -> Symbol {
    Symbol {
        name_span: item.title.span,
        ..symbol(&item.title.value, SymbolKind::Test, item.span)
    }
}
