//! What checking one expression leaves for the next: names that are broken, places looked up, and how
//! much searching for nearest names is still affordable.

use super::items::Items;
use super::problem::Unknown;
use super::schemas::path_name;
use super::typed::RuleSet;
use crate::diag::Diagnostic;
use crate::name::Name;
use crate::region::RegionCode;
use foldhash::fast::FixedState;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Names compared in search of the nearest, over all mistakes of a run. Beyond it mistakes are told
/// without an offer, so that thousands of them cost no more than thousands.
const MOST_COMPARISONS: usize = 1_000_000;

/// More sets are not kept.
const MOST_SETS: usize = 4096;

/// What outlives one expression.
pub(super) struct Memory {
    /// Names that stand for something broken: using them is no second mistake.
    pub(super) broken: HashSet<Name, FixedState>,
    /// Places already resolved, by hierarchy (as its address) and spelling.
    pub(super) places: HashMap<(usize, String), Place>,
    /// Sets of one text, each once: rules ask for the same values again and again.
    sets: HashMap<Arc<str>, Arc<BTreeSet<Arc<str>>>, FixedState>,
    comparisons_left: usize,
}

/// What a spelling of a place came to.
#[derive(Clone)]
pub(super) struct Place {
    /// The place, when there is one.
    pub(super) code: Option<RegionCode>,
    /// What there is to say at each use.
    pub(super) said: Option<Diagnostic>,
}

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            broken: HashSet::default(),
            places: HashMap::new(),
            sets: HashMap::default(),
            comparisons_left: MOST_COMPARISONS,
        }
    }
}

impl Memory {
    /// Remembers every name that the files define and the rules lack: it was reported where it is
    /// defined. Segments that were not checked yet are among them.
    pub(super) fn new(items: &Items, rules: &RuleSet) -> Memory {
        let mut broken = items.broken.clone();
        let params = items.params.keys();
        broken.extend(
            params
                .filter(|name| !rules.params.contains_key(*name))
                .cloned(),
        );
        let lists = items.lists.keys();
        broken.extend(
            lists
                .filter(|name| !rules.lists.contains_key(*name))
                .cloned(),
        );
        let segments = items.segments.keys();
        broken.extend(
            segments
                .filter(|name| !rules.segment_names.contains_key(*name))
                .cloned(),
        );
        let fields = items.schema.iter().flat_map(|schema| &schema.fields);
        let names = fields
            .flat_map(|field| std::iter::once(&field.path).chain(&field.aka))
            .map(path_name);
        broken.extend(names.filter(|name| rules.schema.find(name.as_str()).is_none()));
        Memory {
            broken,
            ..Memory::default()
        }
    }

    /// The set of one text.
    pub(super) fn set_of_one(&mut self, text: &Arc<str>) -> Arc<BTreeSet<Arc<str>>> {
        if let Some(known) = self.sets.get(text) {
            return Arc::clone(known);
        }
        let set = Arc::new(BTreeSet::from([Arc::clone(text)]));
        if self.sets.len() < MOST_SETS {
            self.sets.insert(Arc::clone(text), Arc::clone(&set));
        }
        set
    }

    /// Whether so many more comparisons are affordable; if so, they are spent.
    pub(super) fn may_compare(&mut self, comparisons: usize) -> bool {
        match self.comparisons_left.checked_sub(comparisons) {
            Some(left) => self.comparisons_left = left,
            None => return false,
        }
        true
    }

    /// A name that means nothing here; the nearest are offered while that is affordable.
    pub(super) fn unknown<'n>(
        &mut self,
        unknown: Unknown,
        known: impl Iterator<Item = &'n str>,
    ) -> Diagnostic {
        let known: Vec<&str> = known.collect();
        match self.may_compare(known.len()) {
            true => unknown.with(known),
            false => unknown.alone(),
        }
    }
}
