//! Turns one name into the places it may mean, tier by tier: full, short, alias, romanised.
//!
//! Invariant: a tier is asked only when the tiers before it have no place that the caller accepts.

use super::spelling::{Umlaut, romanised};
use super::tree::{Place, Text};
use super::{Hierarchy, Level};
use hashbrown::HashMap;

/// The tables of names; values are indexes into the hierarchy's places.
#[derive(Default)]
pub(super) struct NameIndex {
    /// Codes of a loaded hierarchy, as written.
    codes: HashMap<Text, Meanings>,
    full: HashMap<Text, Meanings>,
    short: HashMap<Text, Meanings>,
    alias: HashMap<Text, Meanings>,
    roman: HashMap<Text, Meanings>,
}

/// The places that one key stands for, nearly always one.
enum Meanings {
    One(u32),
    Many(Vec<u32>),
}

impl Meanings {
    fn as_slice(&self) -> &[u32] {
        match self {
            Meanings::One(index) => std::slice::from_ref(index),
            Meanings::Many(indexes) => indexes,
        }
    }

    fn add(&mut self, index: u32) {
        match self {
            Meanings::One(first) if *first == index => {}
            Meanings::One(first) => *self = Meanings::Many(vec![*first, index]),
            Meanings::Many(indexes) if indexes.contains(&index) => {}
            Meanings::Many(indexes) => indexes.push(index),
        }
    }
}

fn add(table: &mut HashMap<Text, Meanings>, key: Text, index: u32) {
    table
        .entry(key)
        .and_modify(|meanings| meanings.add(index))
        .or_insert(Meanings::One(index));
}

fn find<'a>(table: &'a HashMap<Text, Meanings>, key: &str) -> &'a [u32] {
    table.get(key).map_or(&[], Meanings::as_slice)
}

impl NameIndex {
    /// Indexes the names that the places carry themselves.
    pub(super) fn new(places: &[Place]) -> NameIndex {
        let mut names = NameIndex::default();
        names.full.reserve(places.len());
        names.short.reserve(places.len());
        names.roman.reserve(places.len());
        for (index, place) in (0u32..).zip(places) {
            add(&mut names.full, place.name.clone(), index);
            if !place.short.is_empty() {
                add(&mut names.short, place.short.clone(), index);
            }
            let is_numbered = matches!(place.level, Level::Number(_));
            if !place.pinyin.is_empty() {
                names.add_roman(&place.pinyin, index);
            }
            if is_numbered {
                names.add_roman(&place.name, index);
            }
        }
        names
    }

    /// Adds another spelling of a place.
    pub(super) fn add_alias(&mut self, alias: Text, index: u32) {
        if !self.add_roman(&alias, index) {
            add(&mut self.alias, alias, index);
        }
    }

    /// Adds the code of a loaded place, as it is written.
    pub(super) fn add_code(&mut self, code: Text, index: u32) {
        add(&mut self.codes, code, index);
    }

    fn add_roman(&mut self, spelling: &str, index: u32) -> bool {
        let forms = if spelling.is_ascii() {
            &[Umlaut::V][..]
        } else {
            &[Umlaut::V, Umlaut::U, Umlaut::Yu][..]
        };
        let mut is_roman = false;
        for umlaut in forms {
            if let Some(key) = romanised(spelling, *umlaut) {
                add(&mut self.roman, Text::Owned(key), index);
                is_roman = true;
            }
        }
        is_roman
    }
}

impl Hierarchy {
    /// The places that a name may mean: those of the first tier that has one to `keep`, in order.
    pub(super) fn meanings(&self, text: &str, keep: impl Fn(u32) -> bool) -> Vec<u32> {
        let names = &self.names;
        for table in [&names.codes, &names.full, &names.short, &names.alias] {
            let kept = kept(find(table, text), &keep);
            if !kept.is_empty() {
                return kept;
            }
        }
        let Some(key) = romanised(text, Umlaut::V) else {
            return Vec::new();
        };
        let direct = self.roman_meanings(find(&names.roman, &key), &keep);
        if direct.is_empty() && self.is_china {
            return self.suffixed_meanings(&key, &keep);
        }
        direct
    }

    /// A romanised province or city means whatever its short name means (Jilin: 吉林), so that
    /// Chaoyang is no less ambiguous than 朝阳; districts come last.
    fn roman_meanings(&self, found: &[u32], keep: &impl Fn(u32) -> bool) -> Vec<u32> {
        let mut upper = Vec::new();
        for index in found {
            let Some(place) = self.at(*index) else {
                continue;
            };
            match place.level {
                Level::Province | Level::City => {
                    upper.extend_from_slice(find(&self.names.short, &place.short));
                }
                Level::Number(_) => upper.push(*index),
                Level::District => {}
            }
        }
        let upper = kept(&upper, keep);
        if upper.is_empty() {
            kept(found, keep)
        } else {
            upper
        }
    }

    /// Reads `Beijing Shi` and `Haidian District`: the word at the end must fit the full name.
    fn suffixed_meanings(&self, key: &str, keep: &impl Fn(u32) -> bool) -> Vec<u32> {
        for (word, ending) in SUFFIXES {
            let Some(stem) = key.strip_suffix(word) else {
                continue;
            };
            let fits = |index: u32| {
                keep(index)
                    && self
                        .at(index)
                        .is_some_and(|place| place.name.ends_with(ending))
            };
            let found = kept(find(&self.names.roman, stem), &fits);
            if !found.is_empty() {
                return found;
            }
        }
        Vec::new()
    }
}

/// What may follow a romanised name, and how the full name then ends; longer words first.
const SUFFIXES: [(&str, &str); 18] = [
    ("autonomousregion", "自治区"),
    ("municipality", "市"),
    ("zizhizhou", "自治州"),
    ("zizhixian", "自治县"),
    ("zizhiqu", "自治区"),
    ("zizhiqi", "自治旗"),
    ("province", "省"),
    ("district", "区"),
    ("county", "县"),
    ("sheng", "省"),
    ("city", "市"),
    ("diqu", "地区"),
    ("xian", "县"),
    ("meng", "盟"),
    ("zhou", "州"),
    ("shi", "市"),
    ("qu", "区"),
    ("qi", "旗"),
];

fn kept(found: &[u32], keep: &impl Fn(u32) -> bool) -> Vec<u32> {
    let mut kept: Vec<u32> = found.iter().copied().filter(|index| keep(*index)).collect();
    if kept.len() > 1 {
        kept.sort_unstable();
        kept.dedup();
    }
    kept
}
