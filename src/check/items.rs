//! Gathers the items of all files under their names.

use super::CheckInput;
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::syntax::ast::{
    CampaignItem, HierarchyItem, Ident, Item, ListItem, ParamItem, PlatformItem, SchemaItem,
    SegmentItem, TestItem,
};
use indexmap::IndexMap;
use std::collections::HashSet;

/// The items of all files, by kind, each name once.
#[derive(Default)]
pub(super) struct Items<'a> {
    pub(super) schema: Option<&'a SchemaItem>,
    pub(super) segments: IndexMap<Name, &'a SegmentItem>,
    pub(super) lists: IndexMap<Name, &'a ListItem>,
    pub(super) params: IndexMap<Name, &'a ParamItem>,
    pub(super) hierarchies: IndexMap<Name, &'a HierarchyItem>,
    pub(super) platforms: Vec<&'a PlatformItem>,
    pub(super) campaigns: IndexMap<Name, &'a CampaignItem>,
    pub(super) tests: Vec<&'a TestItem>,
    /// Names of items and fields that could not be parsed: using them is no second mistake.
    pub(super) broken: HashSet<Name>,
}

/// Gathers the items; a name defined twice is reported with both places, the first one counts.
pub(super) fn collect<'a>(input: &CheckInput<'a>, diagnostics: &mut Vec<Diagnostic>) -> Items<'a> {
    let mut items = Items::default();
    let mut taken: IndexMap<Name, &Ident> = IndexMap::new();
    for (_, file) in input.files {
        items
            .broken
            .extend(file.broken.iter().map(|ident| Name::new(&ident.text)));
        for item in &file.items {
            if let Some(ident) = shared_name(item) {
                let name = Name::new(&ident.text);
                if let Some(first) = taken.get(&name) {
                    diagnostics.push(defined_twice(ident, first));
                    continue;
                }
                taken.insert(name, ident);
            }
            add(&mut items, item, diagnostics);
        }
    }
    items
}

/// The name an item takes in the one name space. Platforms may be defined again under another
/// profile, tests have titles.
fn shared_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Segment(item) => Some(&item.name),
        Item::List(item) => Some(&item.name),
        Item::Param(item) => Some(&item.name),
        Item::Hierarchy(item) => Some(&item.name),
        Item::Campaign(item) => Some(&item.name),
        Item::Schema(_) | Item::Test(_) | Item::Platform(_) => None,
    }
}

fn add<'a>(items: &mut Items<'a>, item: &'a Item, diagnostics: &mut Vec<Diagnostic>) {
    match item {
        Item::Schema(schema) => match items.schema {
            Some(first) => diagnostics.push(defined_twice(&schema.name, &first.name)),
            None => items.schema = Some(schema),
        },
        Item::Segment(item) => {
            items.segments.insert(Name::new(&item.name.text), item);
        }
        Item::List(item) => {
            items.lists.insert(Name::new(&item.name.text), item);
        }
        Item::Param(item) => {
            items.params.insert(Name::new(&item.name.text), item);
        }
        Item::Hierarchy(item) => {
            items.hierarchies.insert(Name::new(&item.name.text), item);
        }
        Item::Campaign(item) => {
            items.campaigns.insert(Name::new(&item.name.text), item);
        }
        Item::Test(item) => items.tests.push(item),
        Item::Platform(item) => add_platform(items, item, diagnostics),
    }
}

fn add_platform<'a>(
    items: &mut Items<'a>,
    item: &'a PlatformItem,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let profile = |item: &PlatformItem| item.profile.as_ref().map(|profile| profile.text.clone());
    let twin = items
        .platforms
        .iter()
        .find(|other| other.name.text == item.name.text && profile(other) == profile(item));
    match twin {
        Some(first) => diagnostics.push(defined_twice(&item.name, &first.name)),
        None => items.platforms.push(item),
    }
}

fn defined_twice(again: &Ident, first: &Ident) -> Diagnostic {
    let name = &again.text;
    Diagnostic::new(
        Code::DuplicateName,
        again.span,
        say!("`{name}` is defined twice", "`{name}` 定义了两次"),
    )
    .label(say!("defined again", "再次定义"))
    .also(first.span, say!("first defined here", "最初定义于此"))
    .help(say!(
        "rename one of them, or delete it",
        "请改名或删去其中一个"
    ))
}
