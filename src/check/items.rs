//! Gathers the items of all files under their names.

use super::CheckInput;
use crate::diag::{Code, Diagnostic};
use crate::name::Name;
use crate::say;
use crate::syntax::ast::{
    CampaignItem, HierarchyItem, Ident, Item, ListItem, ParamItem, PlatformItem, SchemaItem,
    SegmentItem, TestItem,
};
use foldhash::fast::FixedState;
use indexmap::IndexMap;
use std::collections::{HashMap, HashSet};

/// The items of all files, by kind, each name once.
#[derive(Default)]
pub(super) struct Items<'a> {
    pub(super) schema: Option<&'a SchemaItem>,
    pub(super) segments: IndexMap<Name, &'a SegmentItem, FixedState>,
    pub(super) lists: IndexMap<Name, &'a ListItem>,
    pub(super) params: IndexMap<Name, &'a ParamItem>,
    pub(super) hierarchies: IndexMap<Name, &'a HierarchyItem>,
    pub(super) platforms: Vec<&'a PlatformItem>,
    pub(super) campaigns: IndexMap<Name, &'a CampaignItem>,
    pub(super) tests: Vec<&'a TestItem>,
    /// Names of items and fields that could not be parsed: using them is no second mistake.
    pub(super) broken: HashSet<Name, FixedState>,
}

/// Gathers the items; a name defined twice is reported with both places, the first one counts.
pub(super) fn collect<'a>(input: &CheckInput<'a>, diagnostics: &mut Vec<Diagnostic>) -> Items<'a> {
    let mut items = Items::default();
    let mut names: HashMap<Name, Vec<&Item>, FixedState> = HashMap::default();
    for (_, file) in input.files {
        items
            .broken
            .extend(file.broken.iter().map(|ident| Name::shared(&ident.text)));
        for item in &file.items {
            let Some(ident) = item_name(item) else {
                add(&mut items, item, diagnostics);
                continue;
            };
            let others = names.entry(Name::shared(&ident.text)).or_default();
            let first = others.iter().find(|other| clash(item, other));
            match first.and_then(|first| item_name(first)) {
                Some(first) => diagnostics.push(defined_twice(ident, first)),
                None => {
                    others.push(item);
                    add(&mut items, item, diagnostics);
                }
            }
        }
    }
    items
}

/// The name an item takes in the one name space. Tests have titles instead.
fn item_name(item: &Item) -> Option<&Ident> {
    match item {
        Item::Schema(item) => Some(&item.name),
        Item::Segment(item) => Some(&item.name),
        Item::List(item) => Some(&item.name),
        Item::Param(item) => Some(&item.name),
        Item::Hierarchy(item) => Some(&item.name),
        Item::Platform(item) => Some(&item.name),
        Item::Campaign(item) => Some(&item.name),
        Item::Test(_) => None,
    }
}

/// Whether two items of one name cannot both be: only a platform may be defined again, under
/// another profile.
fn clash(item: &Item, other: &Item) -> bool {
    let profile = |item: &PlatformItem| item.profile.as_ref().map(|profile| profile.text.clone());
    match (item, other) {
        (Item::Platform(item), Item::Platform(other)) => profile(item) == profile(other),
        _ => true,
    }
}

fn add<'a>(items: &mut Items<'a>, item: &'a Item, diagnostics: &mut Vec<Diagnostic>) {
    match item {
        Item::Schema(schema) => match items.schema {
            Some(first) => diagnostics.push(second_schema(&schema.name, &first.name)),
            None => items.schema = Some(schema),
        },
        Item::Segment(item) => {
            items.segments.insert(Name::shared(&item.name.text), item);
        }
        Item::List(item) => {
            items.lists.insert(Name::shared(&item.name.text), item);
        }
        Item::Param(item) => {
            items.params.insert(Name::shared(&item.name.text), item);
        }
        Item::Hierarchy(item) => {
            items
                .hierarchies
                .insert(Name::shared(&item.name.text), item);
        }
        Item::Campaign(item) => {
            items.campaigns.insert(Name::shared(&item.name.text), item);
        }
        Item::Test(item) => items.tests.push(item),
        Item::Platform(item) => items.platforms.push(item),
    }
}

/// A rule set speaks of one kind of contact.
fn second_schema(again: &Ident, first: &Ident) -> Diagnostic {
    Diagnostic::new(
        Code::BadSchema,
        again.span,
        say!("there is one schema already", "已经有一个档案"),
    )
    .label(say!("a second schema", "第二个档案"))
    .also(first.span, say!("the first one", "第一个档案"))
    .help(say!(
        "put all fields into one schema",
        "请把所有字段写在同一个档案里"
    ))
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
