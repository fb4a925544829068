//! Turns a flat list of places with parents into the table in pre-order.

use super::{Level, RegionCode};
use hashbrown::HashMap;
use std::borrow::Cow;

/// A text that is carried in the program or was read from a file.
pub(super) type Text = Cow<'static, str>;

/// A place before its position is known.
pub(super) struct Draft {
    pub(super) code: RegionCode,
    /// The parent's position in the list of drafts.
    pub(super) parent: Option<u32>,
    pub(super) level: Level,
    pub(super) name: Text,
    pub(super) short: Text,
    pub(super) pinyin: Text,
}

/// A place in the table.
#[derive(PartialEq)]
pub(super) struct Place {
    pub(super) code: RegionCode,
    /// The parent's index.
    pub(super) parent: Option<u32>,
    /// One past the index of the last place within this one.
    pub(super) end: u32,
    pub(super) level: Level,
    pub(super) name: Text,
    pub(super) short: Text,
    pub(super) pinyin: Text,
}

/// The level's position, 0 at the top.
pub(super) fn level_index(level: Level) -> usize {
    match level {
        Level::Province => 0,
        Level::City => 1,
        Level::District => 2,
        Level::Number(number) => usize::from(number).saturating_sub(1),
    }
}

/// Orders drafts so that each place is followed by everything within it; siblings keep their order.
///
/// Drafts that no top place reaches (a cycle) are left out: the caller has refused them before.
pub(super) fn drafts_to_places(drafts: Vec<Draft>) -> Vec<Place> {
    let mut children: Vec<Vec<u32>> = vec![Vec::new(); drafts.len()];
    let mut tops = Vec::new();
    for (position, draft) in (0u32..).zip(&drafts) {
        match draft
            .parent
            .and_then(|parent| children.get_mut(parent as usize))
        {
            Some(siblings) => siblings.push(position),
            None => tops.push(position),
        }
    }
    let mut drafts: Vec<Option<Draft>> = drafts.into_iter().map(Some).collect();
    let mut places: Vec<Place> = Vec::with_capacity(drafts.len());
    let mut waiting: Vec<(u32, Option<u32>)> = tops.iter().rev().map(|top| (*top, None)).collect();
    while let Some((position, parent)) = waiting.pop() {
        let Some(draft) = drafts.get_mut(position as usize).and_then(Option::take) else {
            continue;
        };
        let index = u32::try_from(places.len()).unwrap_or(u32::MAX);
        places.push(Place {
            code: draft.code,
            parent,
            end: index + 1,
            level: draft.level,
            name: draft.name,
            short: draft.short,
            pinyin: draft.pinyin,
        });
        let inner = children
            .get(position as usize)
            .map_or(&[][..], Vec::as_slice);
        waiting.extend(inner.iter().rev().map(|child| (*child, Some(index))));
    }
    close_runs(&mut places);
    places
}

/// Widens each place's run to its last descendant; children come after their parents.
fn close_runs(places: &mut [Place]) {
    for index in (0..places.len()).rev() {
        let Some((parent, end)) = places.get(index).map(|place| (place.parent, place.end)) else {
            continue;
        };
        if let Some(parent) = parent.and_then(|parent| places.get_mut(parent as usize)) {
            parent.end = parent.end.max(end);
        }
    }
}

/// The table's index by code.
pub(super) fn codes(places: &[Place]) -> HashMap<u32, u32> {
    places
        .iter()
        .map(|place| place.code.0)
        .zip(0u32..)
        .collect()
}
