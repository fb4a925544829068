//! Turns a spelling, or the parts of a path, into a [`Resolution`].
//!
//! Invariants: the parts of a path go strictly inwards, fillers and a second mention of the same
//! place (北京/北京, 广东省/广东省深圳市) aside; a path that contradicts itself is unknown; the work is bounded however long the spelling.

use super::spelling::{self, LONGEST_SPELLING_BYTES, Part};
use super::{Hierarchy, Level, RegionCode, Resolution, history};

/// More parts than this are no path.
const MOST_PARTS: usize = 40;
/// How many readings of one path are followed.
const MOST_STEPS: u32 = 2000;
/// How many words a romanised name may have (`Inner Mongolia Autonomous Region`).
const MOST_WORDS: usize = 4;
/// The longest name inside an unseparated path, in characters.
const LONGEST_NAME_CHARS: usize = 15;

/// What stands in the second column of lists where a level has no name of its own.
const FILLERS: [&str; 11] = [
    "市辖区",
    "市辖县",
    "直辖县",
    "省直辖",
    "省直辖县",
    "省直辖县级行政区划",
    "省直辖县级行政单位",
    "省直辖行政单位",
    "自治区直辖县",
    "自治区直辖县级行政区划",
    "自治区直辖县级行政单位",
];

impl Hierarchy {
    /// What a spelling in rule text or in a cell means: a name, a code or a path.
    pub fn resolve(&self, spelling: &str) -> Resolution {
        if spelling.len() > LONGEST_SPELLING_BYTES {
            return Resolution::Unknown;
        }
        let text = spelling::normalise(spelling);
        if text.is_empty() {
            return Resolution::Unknown;
        }
        let whole = self.one_name(&text, None);
        if !whole.is_empty() {
            return self.resolution(&whole);
        }
        self.resolve_path(&spelling::parts(&text))
    }

    /// What a path given in parts means (`region from (省, 市, 区)`); blank parts are skipped.
    pub fn resolve_parts(&self, parts: &[&str]) -> Resolution {
        let texts: Vec<_> = parts
            .iter()
            .filter(|part| part.len() <= LONGEST_SPELLING_BYTES)
            .map(|part| spelling::normalise(part))
            .collect();
        if texts.len() < parts.len() {
            return Resolution::Unknown;
        }
        let given: Vec<&str> = texts
            .iter()
            .map(AsRef::as_ref)
            .filter(|text| !text.is_empty())
            .collect();
        if let [only] = given.as_slice() {
            return self.resolve(only);
        }
        let kept: Vec<Part<'_>> = given
            .iter()
            .map(|text| Part {
                text,
                is_loose: false,
            })
            .collect();
        let found = self.readings(&kept);
        if !found.is_empty() {
            return self.resolution(&found);
        }
        let split: Vec<Part<'_>> = given
            .iter()
            .flat_map(|text| {
                let pieces = spelling::parts(text).into_iter().enumerate();
                pieces.map(|(at, part)| Part {
                    is_loose: at > 0 && part.is_loose,
                    ..part
                })
            })
            .collect();
        self.resolve_path(&split)
    }

    fn resolve_path(&self, parts: &[Part<'_>]) -> Resolution {
        let found = self.readings(parts);
        if !found.is_empty() {
            return self.resolution(&found);
        }
        if self.is_china && parts.len() <= MOST_PARTS {
            let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
            return history::former(self, &texts).unwrap_or(Resolution::Unknown);
        }
        Resolution::Unknown
    }

    /// Every place that some reading of the path ends at, in order.
    pub(super) fn readings(&self, parts: &[Part<'_>]) -> Vec<u32> {
        if parts.len() > MOST_PARTS {
            return Vec::new();
        }
        let mut walk = Walk {
            hierarchy: self,
            parts,
            found: Vec::new(),
            steps_left: MOST_STEPS,
        };
        walk.read_part(0, None);
        walk.found.sort_unstable();
        walk.found.dedup();
        walk.found
    }

    /// The places that one part of a path may mean within the places reached so far.
    fn one_name(&self, text: &str, outer: Option<&[u32]>) -> Vec<u32> {
        if self.is_china && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.one_code(text, outer);
        }
        let Some(outer) = outer else {
            return self.meanings(text, |_| true);
        };
        let inside = self.meanings(text, |index| {
            outer
                .iter()
                .any(|above| *above != index && self.lies_within(*above, index))
        });
        if inside.is_empty() {
            return self.meanings(text, |index| outer.contains(&index));
        }
        self.nearest_level(inside, outer)
    }

    /// Directly below what came before wins: 湖南/长沙 is the city, not the county inside it.
    fn nearest_level(&self, inside: Vec<u32>, outer: &[u32]) -> Vec<u32> {
        let is_direct = |index: &u32| {
            let parent = self.at(*index).and_then(|place| place.parent);
            parent.is_some_and(|parent| outer.contains(&parent))
        };
        if inside.len() > 1 && inside.iter().any(is_direct) {
            return inside.into_iter().filter(is_direct).collect();
        }
        inside
    }

    fn one_code(&self, text: &str, outer: Option<&[u32]>) -> Vec<u32> {
        let Some(code) = spelling::adcode(text) else {
            return Vec::new();
        };
        let filler = outer.is_some() && code % 10_000 == 200;
        let found = self.index(RegionCode(code)).or_else(|| {
            let province = self.index(RegionCode(code / 10_000 * 10_000))?;
            let stands_for = (code % 10_000 == 100 || filler) && self.is_own_city(province);
            stands_for.then_some(province)
        });
        let fits = |index: &u32| {
            outer.is_none_or(|outer| outer.iter().any(|above| self.lies_within(*above, *index)))
        };
        found.filter(fits).into_iter().collect()
    }

    /// Whether the text only fills a level that has no name there (市辖区, 县).
    fn is_filler(&self, text: &str, outer: &[u32]) -> bool {
        let is_top = |index: &u32| self.at(*index).is_some_and(|place| place.parent.is_none());
        self.is_china && (FILLERS.contains(&text) || (text == "县" && outer.iter().all(is_top)))
    }

    fn resolution(&self, found: &[u32]) -> Resolution {
        let code_of = |index: &u32| self.at(*index).map(|place| place.code);
        let codes: Vec<RegionCode> = found.iter().filter_map(code_of).collect();
        match codes.as_slice() {
            [] => Resolution::Unknown,
            [only] => Resolution::Found(*only),
            [_, ..] => match self.widest(&codes) {
                Some(widest) => Resolution::Preferred {
                    code: widest,
                    others: codes.into_iter().filter(|code| *code != widest).collect(),
                },
                None => Resolution::Ambiguous(codes),
            },
        }
    }

    /// The one meaning that people have in mind: the only province among them (吉林), or the place
    /// that holds all the others (长沙市 and its 长沙县).
    fn widest(&self, codes: &[RegionCode]) -> Option<RegionCode> {
        let mut provinces = codes
            .iter()
            .filter(|code| self.level(**code) == Level::Province);
        if let (Some(province), None) = (provinces.next(), provinces.next()) {
            return Some(*province);
        }
        let holds_all =
            |outer: &&RegionCode| codes.iter().all(|inner| self.contains(**outer, *inner));
        codes.iter().find(holds_all).copied()
    }
}

/// One depth-first walk over the readings of a path.
struct Walk<'a> {
    hierarchy: &'a Hierarchy,
    parts: &'a [Part<'a>],
    found: Vec<u32>,
    steps_left: u32,
}

impl Walk<'_> {
    /// Reads from the start of a part on, within the places reached so far.
    fn read_part(&mut self, at: usize, outer: Option<&[u32]>) {
        let Some(part) = self.parts.get(at).copied() else {
            self.found.extend_from_slice(outer.unwrap_or_default());
            return;
        };
        self.join_words(at, part, outer);
        self.inside_part(at, part.text, outer);
    }

    /// Reads several words as one romanised name: `Hong Kong`, `Guangdong Sheng`.
    fn join_words(&mut self, at: usize, first: Part<'_>, outer: Option<&[u32]>) {
        if !first.text.is_ascii() && self.hierarchy.is_china {
            return;
        }
        let following = self.parts.get(at + 1..).unwrap_or_default();
        let mut joined = first.text.to_owned();
        for (more, part) in following.iter().take(MOST_WORDS - 1).enumerate() {
            if !part.is_loose {
                return;
            }
            joined.push(' ');
            joined.push_str(part.text);
            self.step(&joined, outer, |walk, reached| {
                walk.read_part(at + more + 2, Some(reached))
            });
        }
    }

    /// Reads the rest of a part as one name, or as the first of several without separators.
    fn inside_part(&mut self, at: usize, text: &str, outer: Option<&[u32]>) {
        self.step(text, outer, |walk, reached| {
            walk.read_part(at + 1, Some(reached))
        });
        if text.is_ascii() || !self.hierarchy.is_china {
            return;
        }
        for (taken, (end, _)) in text
            .char_indices()
            .enumerate()
            .skip(1)
            .take(LONGEST_NAME_CHARS)
        {
            let (name, rest) = text.split_at(end);
            let is_abbreviation = taken == 1 && name != "县";
            if !is_abbreviation {
                self.step(name, outer, |walk, reached| {
                    walk.inside_part(at, rest, Some(reached))
                });
            }
        }
    }

    fn step(&mut self, text: &str, outer: Option<&[u32]>, next: impl FnOnce(&mut Self, &[u32])) {
        let Some(left) = self.steps_left.checked_sub(1) else {
            return;
        };
        self.steps_left = left;
        if let Some(reached) = outer.filter(|outer| self.hierarchy.is_filler(text, outer)) {
            next(self, reached);
            return;
        }
        let reached = self.hierarchy.one_name(text, outer);
        if !reached.is_empty() {
            next(self, &reached);
        }
    }
}
