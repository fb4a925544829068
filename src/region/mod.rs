//! Turns the spellings of places into codes of a hierarchy, and answers which place lies within which.
//!
//! Invariants: a hierarchy never changes once it is built; places are kept in pre-order, so that
//! everything within a place is one run of the table; containment follows the parent column, never
//! the digits of a code; an ambiguous spelling is never settled by a guess.

mod china;
mod history;
mod load;
mod names;
mod near;
mod resolve;
mod spelling;
mod tree;

pub use load::{HierarchyError, HierarchyErrorKind};

use hashbrown::HashMap;
use names::NameIndex;
use std::fmt;
use std::sync::{Arc, OnceLock};
use tree::Place;

/// A place of a hierarchy: the six-digit adcode for China, the row's number for a loaded hierarchy.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct RegionCode(pub u32);

/// How high a place stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Level {
    /// A province, municipality, autonomous region or special administrative region of China.
    Province,
    /// A prefecture-level city, prefecture, league or autonomous prefecture.
    City,
    /// A district, county, banner or county-level city.
    District,
    /// A level of a loaded hierarchy, 1 at the top.
    Number(u8),
}

/// What a spelling means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Resolution {
    /// Exactly one place.
    Found(RegionCode),
    /// A bare name where a province is one of the meanings: the province, with the others to warn of.
    Preferred {
        /// The province.
        code: RegionCode,
        /// The places that have the same name, in the order of the table.
        others: Vec<RegionCode>,
    },
    /// Several places, in the order of the table.
    Ambiguous(Vec<RegionCode>),
    /// A former name or code: not a match, but a hint at what stands in its place.
    Former {
        /// When it was replaced.
        year: u16,
        /// What stands in its place; empty when nothing can be named.
        now: Vec<RegionCode>,
        /// The former place's path (`湖北省/襄樊市`), several joined by `、`.
        path: String,
        /// The paths of `now`, joined by `、`.
        new_path: String,
    },
    /// No place, or a path whose parts contradict each other.
    Unknown,
}

/// Places within places: China's divisions, or a hierarchy loaded from a file.
///
/// ```
/// use segrule::region::{Hierarchy, RegionCode, Resolution};
///
/// let china = Hierarchy::china();
/// assert_eq!(china.resolve("广东深圳南山区"), Resolution::Found(RegionCode(440305)));
/// assert!(china.contains(RegionCode(440000), RegionCode(440305)));
/// assert_eq!(china.path(RegionCode(440305)), "广东省/深圳市/南山区");
/// ```
pub struct Hierarchy {
    name: String,
    level_names: Vec<String>,
    is_china: bool,
    places: Vec<Place>,
    by_code: HashMap<u32, u32>,
    names: NameIndex,
}

impl Hierarchy {
    /// The divisions of China down to counties and districts; built on first use.
    pub fn china() -> Arc<Hierarchy> {
        static CHINA: OnceLock<Arc<Hierarchy>> = OnceLock::new();
        CHINA.get_or_init(|| Arc::new(china::build())).clone()
    }

    /// Reads a hierarchy from CSV text, in one of two layouts told apart by the header.
    ///
    /// With columns called `name` and `parent` each row is a place: `parent` holds the parent's
    /// `code` (or its name when there is no `code` column) and is blank at the top; `short`,
    /// `pinyin` and `aliases` (separated by `;` or `|`) are optional. Otherwise each column is a
    /// level, the outermost first, and each row is a path; cells after the last place stay blank.
    ///
    /// # Errors
    /// An empty file, a ragged row, a place given twice, an unknown parent, a cycle, or more than
    /// 200,000 places or 32 levels; the error holds the line.
    pub fn from_csv(name: &str, text: &str) -> Result<Hierarchy, HierarchyError> {
        load::text_to_hierarchy(name, text)
    }

    /// Whether the same codes stand for the same places.
    pub fn is_same(&self, other: &Hierarchy) -> bool {
        std::ptr::eq(self, other)
            || (self.name == other.name
                && self.level_names == other.level_names
                && self.places == other.places)
    }

    /// The hierarchy's name: `region` for China, else the name given when it was loaded.
    pub fn hierarchy_name(&self) -> &str {
        &self.name
    }

    /// The names of the levels, the highest first (`province`, `city`, `district`).
    pub fn level_names(&self) -> &[String] {
        &self.level_names
    }

    /// Whether `outer` is `inner` or an ancestor of it; false for unknown codes.
    pub fn contains(&self, outer: RegionCode, inner: RegionCode) -> bool {
        match (self.index(outer), self.index(inner)) {
            (Some(outer), Some(inner)) => self.lies_within(outer, inner),
            (None, _) | (_, None) => false,
        }
    }

    /// The place itself and everything within it, in pre-order.
    pub fn descendants(&self, code: RegionCode) -> impl Iterator<Item = RegionCode> + '_ {
        let run = match (self.index(code), self.place(code)) {
            (Some(first), Some(place)) => self.places.get(first as usize..place.end as usize),
            (None, _) | (_, None) => None,
        };
        run.unwrap_or_default().iter().map(|place| place.code)
    }

    /// Every place, in pre-order.
    pub fn iter(&self) -> impl Iterator<Item = RegionCode> + '_ {
        self.places.iter().map(|place| place.code)
    }

    /// How many places there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is no place at all.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether the code stands in this hierarchy.
    pub fn is_known(&self, code: RegionCode) -> bool {
        self.by_code.contains_key(&code.0)
    }

    /// The place's level; `Number(0)` for an unknown code.
    pub fn level(&self, code: RegionCode) -> Level {
        self.place(code)
            .map_or(Level::Number(0), |place| place.level)
    }

    /// The place directly above, if any.
    pub fn parent(&self, code: RegionCode) -> Option<RegionCode> {
        let parent = self.place(code)?.parent?;
        self.at(parent).map(|place| place.code)
    }

    /// Whether there is a level by this name or number, as [`Hierarchy::ancestor_at`] takes it.
    pub fn has_level(&self, level_name: &str) -> bool {
        self.level_index(level_name).is_some()
    }

    /// The place or its ancestor at a level: `province`, `city`, `district` (or 省, 市, 区), or a
    /// loaded hierarchy's column, or a number from 1 at the top.
    ///
    /// A municipality, Hong Kong and Macau are their own city, and so is a county that hangs on a
    /// province directly (济源市). `None` when the place stands above that level or there is none.
    pub fn ancestor_at(&self, code: RegionCode, level_name: &str) -> Option<RegionCode> {
        let wanted = self.level_index(level_name)?;
        let mut at = self.index(code)?;
        if self.is_china && wanted == 1 {
            return self.city_of(at);
        }
        loop {
            let place = self.at(at)?;
            let level = tree::level_index(place.level);
            if level == wanted {
                return Some(place.code);
            }
            if level < wanted {
                return None;
            }
            at = place.parent?;
        }
    }

    /// The names from the top down, joined by `/`: 广东省/深圳市/南山区. Empty for an unknown code.
    pub fn path(&self, code: RegionCode) -> String {
        let mut names = Vec::new();
        let mut next = self.index(code);
        while let Some(place) = next.and_then(|at| self.at(at)) {
            names.push(place.name.as_ref());
            next = place.parent;
        }
        names.reverse();
        names.join("/")
    }

    /// The full name (南山区); empty for an unknown code.
    pub fn name(&self, code: RegionCode) -> &str {
        self.place(code).map_or("", |place| &place.name)
    }

    /// The short name (南山); empty for an unknown code.
    pub fn short_name(&self, code: RegionCode) -> &str {
        self.place(code).map_or("", |place| &place.short)
    }

    /// The romanised name (Nanshan); empty when there is none.
    pub fn pinyin(&self, code: RegionCode) -> &str {
        self.place(code).map_or("", |place| &place.pinyin)
    }

    fn index(&self, code: RegionCode) -> Option<u32> {
        self.by_code.get(&code.0).copied()
    }

    fn at(&self, index: u32) -> Option<&Place> {
        self.places.get(index as usize)
    }

    fn place(&self, code: RegionCode) -> Option<&Place> {
        self.at(self.index(code)?)
    }

    fn lies_within(&self, outer: u32, inner: u32) -> bool {
        self.at(outer)
            .is_some_and(|place| (outer..place.end).contains(&inner))
    }

    /// The place's level among `level_names`.
    fn level_index(&self, level_name: &str) -> Option<usize> {
        let named = self.level_names.iter().position(|name| name == level_name);
        let number = || {
            level_name
                .parse()
                .ok()
                .and_then(|n: usize| n.checked_sub(1))
        };
        let known = match self.is_china {
            true => china::level_word(level_name).or_else(number),
            false => number(),
        };
        named
            .or(known)
            .filter(|level| *level < self.level_names.len())
    }

    fn city_of(&self, index: u32) -> Option<RegionCode> {
        let place = self.at(index)?;
        match place.level {
            Level::City => Some(place.code),
            Level::Province => self.is_own_city(index).then_some(place.code),
            Level::District | Level::Number(_) => {
                let parent = place.parent?;
                let above = self.at(parent)?;
                let stands_alone = above.level == Level::Province && !self.is_own_city(parent);
                Some(if stands_alone { place.code } else { above.code })
            }
        }
    }

    /// Whether a province has districts but no cities: Beijing, Hong Kong and their like.
    fn is_own_city(&self, index: u32) -> bool {
        let first = self.at(index + 1);
        self.at(index).is_some_and(|place| {
            place.level == Level::Province
                && first.is_some_and(|first| {
                    first.parent == Some(index) && first.level == Level::District
                })
        })
    }
}

impl fmt::Debug for Hierarchy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Hierarchy({}, {} places)",
            self.name,
            self.places.len()
        )
    }
}

#[cfg(test)]
mod tests;
