//! How segments stand to each other, as text and JSON.

use super::proof::in_english;
use super::{grouped, to_json_line};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::say;
use indexmap::IndexMap;
use serde::Serialize;
use std::collections::HashSet;
use std::fmt::Write;

/// More names are not listed on one line.
const MOST_NAMES: usize = 8;

/// How segments stand to each other, over all contacts the schema allows.
#[derive(Clone, Debug, Serialize)]
pub struct RelationsReport {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// The segments, in the order written.
    pub segments: Vec<String>,
    /// Those nobody can be in; they stand in no pair.
    pub never: Vec<String>,
    /// Those everybody is in; they stand in no pair.
    pub always: Vec<String>,
    /// Pairs that were looked at.
    pub pairs: u64,
    /// Those that are related; the others overlap, or are undecided.
    pub related: Vec<RelatedPair>,
    /// Pairs about which something is not known.
    pub undecided: Vec<UndecidedPair>,
    /// Whether lists of names are cut in text.
    #[serde(skip)]
    pub is_cut: bool,
}

/// Two segments that are related.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RelatedPair {
    /// The one written first.
    pub left: String,
    /// The other.
    pub right: String,
    /// How the first stands to the other.
    pub relation: RelationWord,
}

/// How one segment stands to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RelationWord {
    /// The same contacts.
    Equal,
    /// Whoever is in the first is in the second.
    Inside,
    /// Whoever is in the second is in the first.
    Contains,
    /// Nobody is in both.
    Disjoint,
}

/// Two segments about which something is not known.
#[derive(Clone, Debug, Serialize)]
pub struct UndecidedPair {
    /// The one written first.
    pub left: String,
    /// The other.
    pub right: String,
    /// Why.
    #[serde(serialize_with = "in_english")]
    pub why: Option<Phrase>,
}

/// What stands to one segment in each way.
type Beside<'r> = IndexMap<RelationWord, Vec<&'r str>>;

impl RelationsReport {
    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// How many pairs stand in each way, then the segments with what is nearest to them.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}", self.headline().get(lang));
        let lists = [
            (&self.never, say!("nobody can be in", "不可能有人进入")),
            (&self.always, say!("everybody is in", "所有人都在")),
        ];
        for (names, label) in lists.iter().filter(|(names, _)| !names.is_empty()) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let names = self.listed(&names, lang);
            let (en, zh) = (&label.en, &label.zh);
            let line = say!("{en}: {names}", "{zh}：{names}");
            let _ = writeln!(out, "{}", line.get(lang));
        }
        let beside = self.beside();
        for name in &self.segments {
            let Some(beside) = beside.get(name.as_str()) else {
                continue;
            };
            let _ = writeln!(out, "{}", escape_controls(name));
            for (relation, label) in labels() {
                if let Some(names) = beside.get(&relation) {
                    let names = self.listed(names, lang);
                    let _ = writeln!(out, "  {} {names}", label.get(lang));
                }
            }
        }
        for pair in &self.undecided {
            let (left, right) = (escape_controls(&pair.left), escape_controls(&pair.right));
            let why = pair.why.clone().unwrap_or_default();
            let line = Phrase::new(
                format!("undecided: {left}, {right} ({})", why.en),
                format!("无法判定：{left}、{right}（{}）", why.zh),
            );
            let _ = writeln!(out, "{}", line.get(lang));
        }
        out
    }

    fn headline(&self) -> Phrase {
        let count = |wanted: &[RelationWord]| {
            let related = self.related.iter();
            let found = related.filter(|pair| wanted.contains(&pair.relation));
            found.count() as u64
        };
        let equal = count(&[RelationWord::Equal]);
        let inside = count(&[RelationWord::Inside, RelationWord::Contains]);
        let disjoint = count(&[RelationWord::Disjoint]);
        let undecided = self.undecided.len() as u64;
        let overlap = self
            .pairs
            .saturating_sub(self.related.len() as u64 + undecided);
        let [pairs, equal, inside, disjoint, overlap, undecided] =
            [self.pairs, equal, inside, disjoint, overlap, undecided].map(grouped);
        let segments = grouped(self.segments.len() as u64);
        say!(
            "{segments} segments, {pairs} pairs: {equal} equal, {inside} one inside the other, {disjoint} disjoint, {overlap} overlap, {undecided} undecided",
            "{segments} 个人群，{pairs} 对：{equal} 对相同，{inside} 对一个包含另一个，{disjoint} 对互斥，{overlap} 对部分重叠，{undecided} 对无法判定"
        )
    }

    fn listed(&self, names: &[&str], lang: Lang) -> String {
        let most = if self.is_cut { MOST_NAMES } else { usize::MAX };
        let shown: Vec<String> = names
            .iter()
            .take(most)
            .map(|name| escape_controls(name))
            .collect();
        let rest = names.len() - shown.len();
        let shown = shown.join(", ");
        match rest {
            0 => shown,
            _ => say!("{shown} and {rest} more", "{shown} 等，另有 {rest} 个")
                .get(lang)
                .to_string(),
        }
    }

    /// What stands beside each segment; of what contains it and of what it contains only the nearest.
    fn beside(&self) -> IndexMap<&str, Beside<'_>> {
        let mut all: IndexMap<&str, Beside> = IndexMap::new();
        let mut inside: HashSet<(&str, &str)> = HashSet::new();
        for pair in &self.related {
            let (left, right) = (pair.left.as_str(), pair.right.as_str());
            let turned = match pair.relation {
                RelationWord::Inside => RelationWord::Contains,
                RelationWord::Contains => RelationWord::Inside,
                same => same,
            };
            for (one, other, relation) in [(left, right, pair.relation), (right, left, turned)] {
                let beside = all.entry(one).or_default();
                beside.entry(relation).or_default().push(other);
                if relation == RelationWord::Inside {
                    inside.insert((one, other));
                }
            }
        }
        for (name, beside) in &mut all {
            for (relation, names) in beside.iter_mut() {
                let is_between = |near: &str, far: &str| match relation {
                    RelationWord::Inside => inside.contains(&(near, far)),
                    RelationWord::Contains => inside.contains(&(far, near)),
                    RelationWord::Equal | RelationWord::Disjoint => false,
                };
                let every = names.clone();
                names.retain(|far| {
                    !every
                        .iter()
                        .any(|near| near != name && is_between(near, far))
                });
            }
        }
        all
    }
}

fn labels() -> [(RelationWord, Phrase); 4] {
    [
        (RelationWord::Equal, say!("equals", "等同")),
        (RelationWord::Inside, say!("inside", "包含于")),
        (RelationWord::Contains, say!("contains", "包含")),
        (RelationWord::Disjoint, say!("disjoint from", "互斥")),
    ]
}
