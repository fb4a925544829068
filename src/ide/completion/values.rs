//! Values of fields: those declared, those seen in the data, places.

use super::super::shown::word_or_text;
use super::rank::rank;
use super::{CompletionKind, Offer};
use crate::diag::Phrase;
use crate::name::FieldId;
use crate::region::{Hierarchy, RegionCode, Resolution};
use crate::say;
use crate::schema::{Field, Type};
use crate::syntax::{item_name_text, quoted};
use std::sync::Arc;

/// Most places offered at once.
const MOST_PLACES: usize = 60;

impl Offer<'_> {
    pub(super) fn values(&mut self, id: FieldId) {
        let workspace = self.workspace;
        let Some(field) = workspace.rules.schema.field(id) else {
            return;
        };
        let kind = match &field.kind {
            Type::List { element, .. } => element,
            kind => kind,
        };
        match kind {
            Type::Bool => return self.add_bools(),
            Type::OneOf(values) => return self.declared(field, &Arc::clone(values)),
            _ => self.seen_values(field, kind),
        }
        if let Type::Region { hierarchy, .. } = kind {
            self.places(hierarchy);
        }
    }

    fn add_bools(&mut self) {
        self.word("true");
        self.word("false");
    }

    /// The values of a `one of` field with how often each is seen.
    fn declared(&mut self, field: &Field, values: &[Arc<str>]) {
        let seen = self.seen.of(&field.name);
        for value in values {
            let known = seen.iter().find(|seen| *seen.text == **value);
            let count = known.map(|seen| seen.count);
            self.value(value, self.as_word(value), count);
        }
    }

    /// A value as a bare word, unless the word is also a name.
    fn as_word(&self, value: &str) -> String {
        let rules = &self.workspace.rules;
        let is_name = rules.schema.find(value).is_some()
            || rules.find_segment(value).is_some()
            || rules.params.contains_key(value);
        match is_name {
            true => quoted(value),
            false => word_or_text(value),
        }
    }

    fn seen_values(&mut self, field: &Field, kind: &Type) {
        let seen = self.seen;
        for value in seen.of(&field.name) {
            let text = &value.text;
            let insert = match kind {
                Type::Int(_) | Type::Decimal { .. } | Type::Float(_) => text.clone(),
                Type::Date(_) | Type::Datetime(_) => text.clone(),
                Type::Region { hierarchy, .. } => match hierarchy.resolve(text) {
                    Resolution::Found(code) => self.place_text(hierarchy, code),
                    _ => quoted(text),
                },
                _ => quoted(text),
            };
            self.value(text, insert, Some(value.count));
        }
    }

    fn value(&mut self, label: &str, insert: String, count: Option<u64>) {
        let mut completion = self.completion(label, insert.clone(), CompletionKind::Value);
        completion.count = count;
        if let Some(count) = count {
            completion.detail = say!("seen {count} times", "出现 {count} 次");
        }
        self.push(completion, &[label, &insert]);
    }

    /// Places whose names go with what was typed; the outermost ones when nothing was.
    fn places(&mut self, hierarchy: &Arc<Hierarchy>) {
        let typed = self.cursor.bare_typed();
        // Of a path only the last part is being typed.
        let (outer, typed) = typed.rsplit_once('/').unwrap_or(("", typed));
        let within = match hierarchy.resolve(outer) {
            Resolution::Found(code) | Resolution::Preferred { code, .. } => Some(code),
            _ => None,
        };
        let mut found: Vec<(u8, usize, RegionCode)> = hierarchy
            .iter()
            .filter(|code| within.is_none_or(|within| hierarchy.parent(*code) == Some(within)))
            .filter(|code| {
                !typed.is_empty() || within.is_some() || hierarchy.parent(*code).is_none()
            })
            .filter_map(|code| {
                let names = [
                    hierarchy.short_name(code),
                    hierarchy.name(code),
                    hierarchy.pinyin(code),
                ];
                let best = names.iter().filter_map(|name| rank(typed, name)).min()?;
                let depth = std::iter::successors(Some(code), |code| hierarchy.parent(*code));
                (best < 4).then_some((best, depth.count(), code))
            })
            .collect();
        found.sort_by_key(|(rank, depth, _)| (*rank, *depth));
        found.truncate(MOST_PLACES);
        for (_, _, code) in found {
            let insert = match outer {
                "" => self.place_text(hierarchy, code),
                _ => quoted(&hierarchy.path(code)),
            };
            let path = hierarchy.path(code);
            let short = hierarchy.short_name(code);
            let mut completion = self.completion(short, insert, CompletionKind::Place);
            completion.detail = Phrase::new(path.clone(), path.clone());
            let whole = format!("{outer}/{short}");
            let spellings = [
                short,
                hierarchy.name(code),
                hierarchy.pinyin(code),
                &path,
                &whole,
            ];
            self.push(completion, &spellings);
        }
    }

    /// A place by its short name where that means only it, else by its path.
    fn place_text(&self, hierarchy: &Hierarchy, code: RegionCode) -> String {
        let short = hierarchy.short_name(code);
        match hierarchy.resolve(short) {
            Resolution::Found(found) if found == code => self.as_word(short),
            _ => quoted(&hierarchy.path(code)),
        }
    }

    pub(super) fn weekdays(&mut self) {
        for day in ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] {
            let completion = self.completion(day, day.to_string(), CompletionKind::Value);
            self.push(completion, &[day]);
        }
    }

    pub(super) fn levels(&mut self, id: FieldId) {
        let workspace = self.workspace;
        let field = workspace.rules.schema.field(id);
        if let Some(Type::Region { hierarchy, .. }) = field.map(|field| &field.kind) {
            for level in hierarchy.level_names() {
                let completion =
                    self.completion(level, item_name_text(level), CompletionKind::Value);
                self.push(completion, &[level]);
            }
        }
    }
}
