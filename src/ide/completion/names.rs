//! Names that rules define: fields, segments, lists, parameters, functions, platforms.

use super::super::expect::Fits;
use super::super::shown::{field_text, type_text};
use super::rank::rank;
use super::{CompletionKind, Offer};
use crate::check::functions::FUNCTIONS;
use crate::check::platform::built_in_platforms;
use crate::check::sending::Platform;
use crate::diag::Phrase;
use crate::name::{FieldId, Name};
use crate::say;
use crate::schema::{Field, Type};
use crate::syntax::ast::{Item, LiteralKind, SegmentItem};
use crate::syntax::{is_han, item_name_text, name_text};
use std::sync::Arc;

impl Offer<'_> {
    pub(super) fn fields(&mut self, fits: Fits) {
        let workspace = self.workspace;
        for (_, field) in workspace.rules.schema.iter() {
            if fits.takes(&field.kind) {
                self.field(field, "");
            }
        }
    }

    /// Fields that another field may be compared with, as `contact.x`.
    pub(super) fn other_fields(&mut self, id: FieldId) {
        let workspace = self.workspace;
        let schema = &workspace.rules.schema;
        let Some(subject) = schema.field(id) else {
            return;
        };
        for (other, field) in schema.iter() {
            if other != id && may_compare(&subject.kind, &field.kind) {
                self.field(field, "contact.");
            }
        }
    }

    /// A field by the one of its names that goes best with what was typed.
    fn field(&mut self, field: &Field, prefix: &str) {
        let names = || std::iter::once(&field.name).chain(&field.aka);
        let wants_han = self.is_chinese;
        let preferred = names().find(|name| is_han(name.as_str()) == wants_han);
        let preferred = preferred.unwrap_or(&field.name);
        let typed = self.cursor.bare_typed();
        let best = std::iter::once(preferred)
            .chain(names())
            .min_by_key(|name| {
                let whole = format!("{prefix}{name}");
                rank(typed, &whole).map_or(u8::MAX, |rank| rank)
            });
        let name = best.unwrap_or(preferred).as_str();
        let label = format!("{prefix}{name}");
        let insert = format!("{prefix}{}", name_text(name));
        let mut completion = self.completion(&label, insert, CompletionKind::Field);
        let kind = type_text(&field.kind);
        completion.detail = Phrase::new(kind.clone(), kind);
        completion.doc = field_doc(field);
        self.push(completion, &[&label]);
    }

    pub(super) fn segments(&mut self) {
        let workspace = self.workspace;
        let own = match self.cursor.item() {
            Some(crate::syntax::ItemWord::Segment) => self.cursor.nth(1),
            _ => "",
        };
        let items = workspace.files.iter().flat_map(|(_, file)| &file.items);
        for item in items {
            if let Item::Segment(item) = item
                && *item.name.text != *own.trim_matches('`')
            {
                self.segment(item);
            }
        }
    }

    fn segment(&mut self, item: &SegmentItem) {
        let name = &*item.name.text;
        let mut completion = self.completion(name, item_name_text(name), CompletionKind::Segment);
        let title = item.title.as_ref().map_or("", |title| &title.value);
        completion.detail = Phrase::new(title, title);
        completion.doc = own_words(item.doc.as_ref());
        self.push(completion, &[name, title]);
    }

    pub(super) fn lists(&mut self) {
        let workspace = self.workspace;
        for (name, list) in &workspace.rules.lists {
            let name = name.as_str();
            let mut completion = self.completion(name, item_name_text(name), CompletionKind::List);
            let count = list.values.len();
            completion.detail = say!("list of {count}", "{count} 个值");
            self.push(completion, &[name]);
        }
    }

    /// Parameters that a field may be compared with.
    pub(super) fn params_for(&mut self, id: FieldId) {
        let Some(field) = self.workspace.rules.schema.field(id) else {
            return;
        };
        let kind = match &field.kind {
            Type::List { element, .. } => &**element,
            kind => kind,
        };
        self.params(|value| may_equal(kind, value));
    }

    pub(super) fn params(&mut self, fits: impl Fn(&LiteralKind) -> bool) {
        let workspace = self.workspace;
        let items = workspace.files.iter().flat_map(|(_, file)| &file.items);
        for item in items {
            let Item::Param(item) = item else { continue };
            if !fits(&item.value.kind) {
                continue;
            }
            let name = &*item.name.text;
            let value = workspace.sources.text_at(item.value.span);
            let mut completion = self.completion(name, item_name_text(name), CompletionKind::Param);
            completion.detail = Phrase::new(value, value);
            completion.doc = own_words(item.doc.as_ref());
            self.push(completion, &[name]);
        }
    }

    pub(super) fn functions(&mut self) {
        for function in FUNCTIONS {
            let insert = format!("{}(", function.name);
            let mut completion = self.completion(function.name, insert, CompletionKind::Function);
            completion.detail = Phrase::new(function.signature, function.signature);
            completion.doc = function.description();
            self.push(completion, &[function.name]);
        }
    }

    pub(super) fn types(&mut self) {
        for word in crate::syntax::KEYWORDS {
            if word.kind == crate::syntax::KeywordKind::Type {
                self.word(word.en);
            }
        }
        let hierarchies = self
            .workspace
            .files
            .iter()
            .flat_map(|(_, file)| &file.items);
        let named = hierarchies.filter_map(|item| match item {
            Item::Hierarchy(item) => Some(&*item.name.text),
            _ => None,
        });
        for name in std::iter::once("region").chain(named) {
            let completion = self.completion(name, item_name_text(name), CompletionKind::Type);
            self.push(completion, &[name]);
        }
    }

    /// Columns of the data that no field reads.
    pub(super) fn columns(&mut self) {
        let (workspace, seen) = (self.workspace, self.seen);
        for name in seen.fields.keys() {
            if workspace.rules.schema.find(name.as_str()).is_none() {
                let insert = format!("{}: ", name_text(name.as_str()));
                let completion = self.completion(name.as_str(), insert, CompletionKind::Field);
                self.push(completion, &[name.as_str()]);
            }
        }
    }
}

/// Platforms and what belongs to them.
impl Offer<'_> {
    fn known_platforms(&self) -> Vec<Arc<Platform>> {
        match self.workspace.rules.platforms.is_empty() {
            true => built_in_platforms().to_vec(),
            false => self.workspace.rules.platforms.clone(),
        }
    }

    fn named_platforms(&self, name: &str) -> Vec<Arc<Platform>> {
        let mut platforms = self.known_platforms();
        platforms.retain(|platform| platform.name.as_str() == name);
        platforms
    }

    pub(super) fn platforms(&mut self) {
        for platform in self.known_platforms() {
            let title = platform.title.as_deref().unwrap_or("");
            self.platform_name(platform.name.as_str(), title);
        }
    }

    fn platform_name(&mut self, name: &str, title: &str) {
        let mut completion = self.completion(name, item_name_text(name), CompletionKind::Platform);
        completion.detail = Phrase::new(title, title);
        self.push(completion, &[name, title]);
    }

    pub(super) fn tiers(&mut self, platform: &str) {
        for platform in self.named_platforms(platform) {
            for tier in platform.tiers.keys() {
                self.platform_name(tier.as_str(), "");
            }
        }
    }

    pub(super) fn profiles(&mut self, platform: &str) {
        for platform in self.named_platforms(platform) {
            if let Some(profile) = &platform.profile {
                self.platform_name(profile.as_str(), "");
            }
        }
    }

    pub(super) fn messages(&mut self, platform: &str) {
        for platform in self.named_platforms(platform) {
            let of_tiers = platform
                .tiers
                .values()
                .flat_map(|tier| tier.messages.keys());
            let kinds: Vec<Name> = platform
                .figures
                .messages
                .keys()
                .chain(of_tiers)
                .cloned()
                .collect();
            for kind in kinds {
                self.platform_name(kind.as_str(), "");
            }
        }
    }
}

/// A doc comment, the same in every language.
fn own_words(doc: Option<&Arc<str>>) -> Phrase {
    doc.map_or(Phrase::default(), |doc| Phrase::new(&**doc, &**doc))
}

/// What there is to read about a field.
fn field_doc(field: &Field) -> Phrase {
    let text = field_text(field);
    let doc = field.doc.as_deref().unwrap_or("");
    let whole = match doc {
        "" => text,
        doc => format!("{text}\n\n{doc}"),
    };
    Phrase::new(whole.clone(), whole)
}

/// Whether a field may be compared with a value that rules write.
fn may_equal(kind: &Type, value: &LiteralKind) -> bool {
    match value {
        LiteralKind::Number(_) | LiteralKind::Percent(_) => {
            Fits::Number.takes(kind) || matches!(kind, Type::Version)
        }
        LiteralKind::Bool(_) => matches!(kind, Type::Bool),
        LiteralKind::Text(_) | LiteralKind::Word(_) => {
            !Fits::Number.takes(kind) && !Fits::Time.takes(kind) && !matches!(kind, Type::Bool)
        }
        LiteralKind::Date(_)
        | LiteralKind::Datetime(_)
        | LiteralKind::Duration(_)
        | LiteralKind::Ago(_)
        | LiteralKind::Period(_) => Fits::Time.takes(kind),
    }
}

/// Whether two fields may stand on the two sides of a sign.
fn may_compare(left: &Type, right: &Type) -> bool {
    let both = |fits: Fits| fits.takes(left) && fits.takes(right);
    let is_version = |kind: &Type| matches!(kind, Type::Version);
    both(Fits::Number)
        || both(Fits::Time)
        || both(Fits::Text)
        || both(Fits::Region)
        || (is_version(left) && is_version(right))
}
