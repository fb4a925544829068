//! Turns one distinct value into the questions it answers yes, out of many, without asking each.
//!
//! Whole texts, beginnings, ends and places are looked up, parts of texts are found in one pass; what
//! is left is asked one by one.

use super::leaf::Leaf;
use super::text::view_text;
use crate::check::typed::{TextQuestion, TextTest, TextView};
use crate::dag::{Atom, ElementAtom};
use crate::region::{Hierarchy, RegionCode};
use crate::value::Value;
use aho_corasick::AhoCorasick;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::sync::Arc;

/// An index over questions about values of one field.
#[derive(Debug, Default)]
pub(super) struct Asked {
    views: Vec<View>,
    /// Questions by a place they ask for, and the hierarchy of all of them.
    places: HashMap<u32, Vec<u32>, FixedState>,
    hierarchy: Option<Arc<Hierarchy>>,
    /// Questions that are asked one by one.
    others: Vec<u32>,
}

/// Questions about texts looked at in one way.
#[derive(Debug)]
struct View {
    view: TextView,
    whole: HashMap<Box<str>, Vec<u32>, FixedState>,
    starts: Edges,
    ends: Edges,
    /// Finds parts; for each part the question.
    parts: Option<(AhoCorasick, Vec<u32>)>,
}

/// Questions by a beginning (or end) they ask for.
#[derive(Debug, Default)]
struct Edges {
    /// How many bytes the beginnings have, ascending.
    lengths: Vec<usize>,
    questions: HashMap<Box<[u8]>, Vec<u32>, FixedState>,
}

/// A view while it is made.
struct Draft {
    view: View,
    parts: Vec<Arc<str>>,
    asked: Vec<u32>,
}

fn test_of(atom: &Atom) -> Option<&TextTest> {
    match atom {
        Atom::Element(_, ElementAtom::Text(test)) | Atom::Text(_, test) => Some(test),
        _ => None,
    }
}

impl Asked {
    /// Prepares questions about one field; they are known by their places here.
    pub(super) fn new(questions: &[Leaf]) -> Asked {
        let mut asked = Asked::default();
        let views = [TextView::Exact, TextView::Folded, TextView::Lower];
        let mut drafts = views.map(Draft::new);
        for (index, leaf) in (0u32..).zip(questions) {
            let is_indexed = match test_of(&leaf.atom) {
                Some(test) => {
                    let draft = drafts.iter_mut().find(|draft| draft.view.view == test.view);
                    draft.is_some_and(|draft| draft.add(test, index))
                }
                None => asked.add_places(leaf, index),
            };
            if !is_indexed {
                asked.others.push(index);
            }
        }
        for draft in drafts {
            asked.views.extend(draft.finish(&mut asked.others));
        }
        asked.others.sort_unstable();
        asked.others.dedup();
        asked
    }

    fn add_places(&mut self, leaf: &Leaf, index: u32) -> bool {
        let (Atom::Region(_, codes) | Atom::Element(_, ElementAtom::Region(codes))) = &leaf.atom
        else {
            return false;
        };
        let Some(hierarchy) = &leaf.hierarchy else {
            return false;
        };
        self.hierarchy = Some(Arc::clone(hierarchy));
        for RegionCode(code) in codes.iter().filter(|code| hierarchy.is_known(**code)) {
            self.places.entry(*code).or_default().push(index);
        }
        true
    }

    /// Adds the questions that a value answers yes, in no order; some may come twice.
    pub(super) fn decide(&self, questions: &[Leaf], value: &Value, holding: &mut Vec<u32>) {
        match value {
            Value::Text(text) => {
                for view in &self.views {
                    view.decide(text, holding);
                }
            }
            Value::Region(code) => self.decide_place(*code, holding),
            Value::Missing
            | Value::Invalid
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Decimal { .. }
            | Value::Float(_)
            | Value::Date(_)
            | Value::Instant(_)
            | Value::Version(_)
            | Value::List(_) => {}
        }
        let others = self.others.iter().copied();
        holding.extend(others.filter(|&other| {
            let leaf = questions.get(other as usize);
            leaf.is_some_and(|leaf| leaf.passes(value))
        }));
    }

    /// A place lies within itself and all places above it.
    fn decide_place(&self, code: u32, holding: &mut Vec<u32>) {
        let Some(hierarchy) = &self.hierarchy else {
            return;
        };
        let mut next = Some(RegionCode(code));
        while let Some(place) = next {
            holding.extend(self.places.get(&place.0).into_iter().flatten());
            next = hierarchy.parent(place);
        }
    }
}

impl Draft {
    fn new(view: TextView) -> Draft {
        Draft {
            view: View {
                view,
                whole: HashMap::default(),
                starts: Edges::default(),
                ends: Edges::default(),
                parts: None,
            },
            parts: Vec::new(),
            asked: Vec::new(),
        }
    }

    /// Whether the question could be indexed.
    fn add(&mut self, test: &TextTest, index: u32) -> bool {
        let view = &mut self.view;
        match &test.question {
            TextQuestion::OneOf(texts) => {
                for text in texts.iter() {
                    view.whole.entry((**text).into()).or_default().push(index);
                }
            }
            TextQuestion::StartsWith(texts) => view.starts.add(texts, index),
            TextQuestion::EndsWith(texts) => view.ends.add(texts, index),
            TextQuestion::Contains(texts) if texts.iter().all(|text| !text.is_empty()) => {
                self.parts.extend(texts.iter().cloned());
                self.asked.extend(texts.iter().map(|_| index));
            }
            TextQuestion::Contains(_)
            | TextQuestion::Glob(_)
            | TextQuestion::Regex(_)
            | TextQuestion::Length(_) => return false,
        }
        true
    }

    fn finish(mut self, others: &mut Vec<u32>) -> Option<View> {
        if !self.parts.is_empty() {
            match AhoCorasick::new(self.parts.iter().map(|part| part.as_bytes())) {
                Ok(finder) => self.view.parts = Some((finder, self.asked)),
                Err(_) => others.extend(self.asked),
            }
        }
        let view = self.view;
        let is_used = !view.whole.is_empty()
            || !view.starts.lengths.is_empty()
            || !view.ends.lengths.is_empty()
            || view.parts.is_some();
        is_used.then_some(view)
    }
}

impl Edges {
    fn add(&mut self, texts: &[Arc<str>], index: u32) {
        for text in texts {
            let bytes = text.as_bytes();
            if let Err(place) = self.lengths.binary_search(&bytes.len()) {
                self.lengths.insert(place, bytes.len());
            }
            self.questions.entry(bytes.into()).or_default().push(index);
        }
    }

    fn decide<'t>(&self, edge: impl Fn(usize) -> Option<&'t [u8]>, holding: &mut Vec<u32>) {
        for edge in self.lengths.iter().map_while(|&length| edge(length)) {
            holding.extend(self.questions.get(edge).into_iter().flatten());
        }
    }
}

impl View {
    fn decide(&self, text: &str, holding: &mut Vec<u32>) {
        let text = view_text(self.view, text);
        let bytes = text.as_bytes();
        holding.extend(self.whole.get(&*text).into_iter().flatten());
        self.starts.decide(|length| bytes.get(..length), holding);
        let end = |length| bytes.get(bytes.len().checked_sub(length)?..);
        self.ends.decide(end, holding);
        if let Some((finder, asked)) = &self.parts {
            let found = finder.find_overlapping_iter(&*text);
            let found = found.filter_map(|part| asked.get(part.pattern().as_usize()));
            holding.extend(found);
        }
    }
}
