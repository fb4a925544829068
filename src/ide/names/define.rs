//! Gathers where names are defined.

use super::Named;
use crate::name::Name;
use crate::source::Span;
use crate::syntax::ast::{FieldItem, Item, LiteralKind, Path, TypeKind};
use crate::workspace::Workspace;
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::sync::Arc;

/// One definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Definition {
    /// Where the name stands.
    pub(in super::super) name_span: Span,
    /// The whole item.
    pub(in super::super) span: Span,
    /// Its doc comment.
    pub(in super::super) doc: Option<Arc<str>>,
    /// Its title in quotes.
    pub(in super::super) title: Option<Arc<str>>,
}

/// Where names are defined.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Definitions {
    items: IndexMap<Named, Definition, FixedState>,
    /// Every name of a field to its own name.
    fields: IndexMap<Name, Name, FixedState>,
    /// What the schema calls a contact.
    contact: Option<Name>,
}

impl Definitions {
    pub(super) fn of(workspace: &Workspace) -> Definitions {
        let mut definitions = Definitions::default();
        let items = workspace.files.iter().flat_map(|(_, file)| &file.items);
        for item in items {
            definitions.item(item);
        }
        // Fields that no file defines come from the data.
        for (_, field) in workspace.rules.schema.iter() {
            for name in std::iter::once(&field.name).chain(&field.aka) {
                let own = definitions.fields.entry(name.clone());
                own.or_insert_with(|| field.name.clone());
            }
        }
        definitions
    }

    fn item(&mut self, item: &Item) {
        let plain = |name_span, span, doc: Option<&Arc<str>>| Definition {
            name_span,
            span,
            doc: doc.cloned(),
            title: None,
        };
        let (named, definition) = match item {
            Item::Schema(item) => {
                let name = Name::new(&item.name.text);
                self.contact.get_or_insert(name.clone());
                item.fields.iter().for_each(|field| self.field(field));
                (Named::Schema(name), plain(item.name.span, item.span, None))
            }
            Item::Segment(item) => {
                let title = item.title.as_ref().map(|title| Arc::clone(&title.value));
                let mut segment = plain(item.name.span, item.span, item.doc.as_ref());
                segment.title = title;
                (Named::Segment(Name::new(&item.name.text)), segment)
            }
            Item::List(item) => {
                let list = plain(item.name.span, item.span, item.doc.as_ref());
                (Named::List(Name::new(&item.name.text)), list)
            }
            Item::Param(item) => {
                let param = plain(item.name.span, item.span, item.doc.as_ref());
                (Named::Param(Name::new(&item.name.text)), param)
            }
            Item::Hierarchy(item) => {
                let hierarchy = plain(item.name.span, item.span, None);
                (Named::Hierarchy(Name::new(&item.name.text)), hierarchy)
            }
            Item::Platform(item) => {
                let mut platform = plain(item.name.span, item.span, item.doc.as_ref());
                platform.title = item.title.as_ref().map(|title| Arc::clone(&title.value));
                let name = Name::new(&item.name.text);
                self.tiers(&name, item);
                (Named::Platform(name), platform)
            }
            Item::Campaign(item) => {
                let mut campaign = plain(item.name.span, item.span, item.doc.as_ref());
                campaign.title = item.title.as_ref().map(|title| Arc::clone(&title.value));
                (Named::Campaign(Name::new(&item.name.text)), campaign)
            }
            Item::Test(_) => return,
        };
        self.items.entry(named).or_insert(definition);
    }

    fn tiers(&mut self, platform: &Name, item: &crate::syntax::ast::PlatformItem) {
        use crate::syntax::ast::PlatformEntryKind::Tier;
        for entry in &item.entries {
            if let Tier { name, .. } = &entry.kind {
                let named = Named::Tier(platform.clone(), Name::new(&name.text));
                let tier = Definition {
                    name_span: name.span,
                    span: entry.span,
                    doc: None,
                    title: None,
                };
                self.items.entry(named).or_insert(tier);
            }
        }
    }

    fn field(&mut self, item: &FieldItem) {
        let name = whole(&item.path);
        for spelling in std::iter::once(&item.path).chain(&item.aka) {
            let own = self.fields.entry(whole(spelling));
            own.or_insert_with(|| name.clone());
        }
        let kind = match &item.kind.kind {
            TypeKind::List { element, .. } => &element.kind,
            kind => kind,
        };
        if let TypeKind::OneOf(values) = kind {
            for value in values {
                if let LiteralKind::Word(text) | LiteralKind::Text(text) = &value.kind {
                    let named = Named::Value(name.clone(), Arc::clone(text));
                    let definition = Definition {
                        name_span: value.span,
                        span: value.span,
                        doc: None,
                        title: None,
                    };
                    self.items.entry(named).or_insert(definition);
                }
            }
        }
        let definition = Definition {
            name_span: item.path.span,
            span: item.span,
            doc: item.doc.clone(),
            title: None,
        };
        self.items.entry(Named::Field(name)).or_insert(definition);
    }

    /// Where something is defined; nothing for what comes with segrule or from the data.
    pub(in super::super) fn get(&self, named: &Named) -> Option<&Definition> {
        self.items.get(named)
    }

    /// Every definition.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = (&Named, &Definition)> {
        self.items.iter()
    }

    /// The field with a name, one of its other names or `contact.name`, and how much of a path was
    /// the word before the dot.
    pub(super) fn field_of(&self, path: &Path) -> Option<(Name, Span)> {
        let name = whole(path);
        if let Some(own) = self.fields.get(&name) {
            return Some((own.clone(), path.span));
        }
        let [first, second, ..] = &*path.parts else {
            return None;
        };
        let is_contact = &*first.text == "contact"
            || self
                .contact
                .as_ref()
                .is_some_and(|contact| contact.as_str() == &*first.text);
        let (_, rest) = name.as_str().split_once('.').filter(|_| is_contact)?;
        let own = self.fields.get(rest)?;
        let mut span = path.span;
        span.start = second.span.start;
        Some((own.clone(), span))
    }

    /// The field's own name behind any of its names.
    pub(in super::super) fn field_named(&self, name: &str) -> Option<&Name> {
        self.fields.get(name)
    }

    /// Every spelling of fields.
    pub(in super::super) fn field_spellings(&self) -> impl Iterator<Item = &Name> {
        self.fields.keys()
    }
}

/// A path as one name.
pub(super) fn whole(path: &Path) -> Name {
    let parts: Vec<&str> = path.parts.iter().map(|part| &*part.text).collect();
    Name::new(&parts.join("."))
}
