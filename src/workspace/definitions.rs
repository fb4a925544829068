//! Tells which parameters and lists differ between two versions of the rules.

use crate::check::typed::{List, RuleSet};
use crate::name::Name;
use crate::report::diff::{ChangedList, ChangedParam};
use crate::source::Sources;
use crate::syntax::ast::{Literal, LiteralKind};
use std::collections::HashSet;

/// One version of the rules, with its text.
pub(super) type Version<'v> = (&'v RuleSet, &'v Sources);

/// Names of both versions: those of the new one first.
fn names<'n>(
    new: impl Iterator<Item = &'n Name>,
    old: impl Iterator<Item = &'n Name>,
) -> indexmap::IndexSet<&'n Name> {
    new.chain(old).collect()
}

/// Parameters whose value in this run differs.
pub(super) fn changed_params(old: Version, new: Version) -> Vec<ChangedParam> {
    let ((before, old_sources), (after, new_sources)) = (old, new);
    let names = names(after.params.keys(), before.params.keys());
    let changed = names.into_iter().filter_map(|name| {
        let (was, is) = (before.params.get(name), after.params.get(name));
        let is_same = was.map(|literal| &literal.kind) == is.map(|literal| &literal.kind);
        (!is_same).then(|| ChangedParam {
            name: name.to_string(),
            old: was.map(|literal| shown(literal, old_sources)),
            new: is.map(|literal| shown(literal, new_sources)),
        })
    });
    changed.collect()
}

fn shown(literal: &Literal, sources: &Sources) -> String {
    match &literal.kind {
        LiteralKind::Number(number) => number.to_string(),
        LiteralKind::Percent(number) => format!("{number}%"),
        LiteralKind::Text(text) | LiteralKind::Word(text) | LiteralKind::Datetime(text) => {
            text.to_string()
        }
        LiteralKind::Bool(is_true) => is_true.to_string(),
        LiteralKind::Date(date) => date.to_string(),
        LiteralKind::Duration(_) | LiteralKind::Ago(_) | LiteralKind::Period(_) => {
            super::diff::one_line(sources.text_at(literal.span))
        }
    }
}

/// Lists whose values differ.
pub(super) fn changed_lists(old: Version, new: Version) -> Vec<ChangedList> {
    let (before, after) = (old.0, new.0);
    let names = names(after.lists.keys(), before.lists.keys());
    let changed = names.into_iter().filter_map(|name| {
        let (was, is) = (before.lists.get(name), after.lists.get(name));
        let (added, removed) = (only_in(is, was), only_in(was, is));
        let is_told = added + removed > 0 || was.is_some() != is.is_some();
        is_told.then(|| ChangedList {
            name: name.to_string(),
            old: was.map(|list| list.values.len()),
            new: is.map(|list| list.values.len()),
            added,
            removed,
        })
    });
    changed.collect()
}

/// How many values of the one list the other lacks.
fn only_in(list: Option<&List>, other: Option<&List>) -> usize {
    let others: HashSet<&str> = other
        .iter()
        .flat_map(|list| list.values.iter())
        .map(|value| &**value)
        .collect();
    let values = list.iter().flat_map(|list| list.values.iter());
    values.filter(|value| !others.contains(&***value)).count()
}
