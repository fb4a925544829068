//! Turns a misspelled place into the nearest places: "did you mean".

use super::spelling::{self, LONGEST_SPELLING_BYTES, Umlaut};
use super::{Hierarchy, Level, RegionCode};
use crate::name;

/// How many near spellings are looked at for each place that is returned.
const SPELLINGS_PER_PLACE: usize = 4;

impl Hierarchy {
    /// The places whose full name, short name or pinyin is nearest to a misspelling, best first, at
    /// most `most`, each with a spelling that resolves to it.
    ///
    /// Of a path only the last part is compared, among the places within the parts before it when
    /// these are known.
    pub fn nearest(&self, spelling: &str, most: usize) -> Vec<(String, RegionCode)> {
        if spelling.len() > LONGEST_SPELLING_BYTES {
            return Vec::new();
        }
        let text = spelling::normalise(spelling);
        let whole = self.nearest_within(&text, None, most);
        if !whole.is_empty() {
            return whole;
        }
        let parts = spelling::parts(&text);
        let Some((last, upper)) = parts.split_last().filter(|(_, upper)| !upper.is_empty()) else {
            return Vec::new();
        };
        let known = self.readings(upper);
        let outer = (!known.is_empty()).then_some(known.as_slice());
        self.nearest_within(last.text, outer, most)
    }

    fn nearest_within(
        &self,
        text: &str,
        outer: Option<&[u32]>,
        most: usize,
    ) -> Vec<(String, RegionCode)> {
        let is_roman = spelling::romanised(text, Umlaut::V).is_some();
        let is_inside = |index: &u32| {
            outer.is_none_or(|outer| outer.iter().any(|above| self.lies_within(*above, *index)))
        };
        let inside = || {
            (0u32..)
                .zip(&self.places)
                .filter(|(index, _)| is_inside(index))
        };
        let spellings = inside().flat_map(|(_, place)| {
            let is_numbered = matches!(place.level, Level::Number(_));
            let names = [place.name.as_ref(), place.short.as_ref()];
            let names = names.into_iter().filter(move |_| !is_roman || is_numbered);
            names.chain(std::iter::once(place.pinyin.as_ref()).filter(move |_| is_roman))
        });
        let near = name::nearest(text, spellings, most.saturating_mul(SPELLINGS_PER_PLACE));
        let mut found: Vec<(String, RegionCode)> = Vec::new();
        for spelling in near {
            let matching = |index: u32| is_inside(&index);
            for index in self.meanings(spelling, matching) {
                self.offer(index, spelling, &mut found);
            }
        }
        found.truncate(most);
        found
    }

    /// Offers a place once, by the near spelling where that says enough, else by its path.
    fn offer(&self, index: u32, spelling: &str, found: &mut Vec<(String, RegionCode)>) {
        let Some(code) = self.at(index).map(|place| place.code) else {
            return;
        };
        if found.iter().any(|(_, known)| *known == code) {
            return;
        }
        let is_plain = self.meanings(spelling, |_| true) == [index];
        found.push((
            if is_plain {
                spelling.to_owned()
            } else {
                self.path(code)
            },
            code,
        ));
    }
}
