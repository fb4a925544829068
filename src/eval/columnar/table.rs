//! Truth of one question for every entry of a dictionary, decided once an entry.

use super::super::text::{text_passes, version_passes};
use super::program::Question;
use crate::dag::{Atom, ElementAtom};
use crate::region::RegionCode;
use crate::table::{Dictionary, FIRST_ENTRY};
use crate::value::{Value, float_key};
use std::collections::BTreeSet;

/// One byte a code: 1 where the question is answered yes. Codes 0 and 1 answer no.
#[derive(Debug)]
pub(super) struct TruthTable {
    identity: Option<u64>,
    pub(super) truth: Vec<u8>,
}

impl TruthTable {
    pub(super) fn new() -> TruthTable {
        TruthTable {
            identity: None,
            truth: Vec::new(),
        }
    }

    /// Brings the table up to date with a dictionary: entries never change, so only new ones are
    /// decided, unless it is another dictionary than last time.
    pub(super) fn update(&mut self, question: &Question, dictionary: &Dictionary) {
        if self.identity != Some(dictionary.identity) {
            self.identity = Some(dictionary.identity);
            self.truth.clear();
            self.truth.resize(FIRST_ENTRY as usize, 0);
        }
        let known = self.truth.len().saturating_sub(FIRST_ENTRY as usize);
        let fresh = dictionary.entries.get(known..).unwrap_or(&[]);
        self.truth
            .extend(fresh.iter().map(|value| u8::from(question.passes(value))));
    }
}

impl Question {
    /// Whether one distinct value passes.
    fn passes(&self, value: &Value) -> bool {
        match (&self.atom, value) {
            (Atom::Present(_), value) => !matches!(value, Value::Missing | Value::Invalid),
            (Atom::Text(_, test), Value::Text(text)) => text_passes(test, text),
            (Atom::Region(_, codes), Value::Region(code)) => self.lies_within(codes, *code),
            (Atom::Version(_, ranges), Value::Version(version)) => version_passes(ranges, version),
            (Atom::Element(_, element), value) => self.element_passes(element, value),
            _ => false,
        }
    }

    fn element_passes(&self, element: &ElementAtom, value: &Value) -> bool {
        match (element, value) {
            (ElementAtom::Text(test), Value::Text(text)) => text_passes(test, text),
            (ElementAtom::Region(codes), Value::Region(code)) => self.lies_within(codes, *code),
            (ElementAtom::Version(ranges), Value::Version(version)) => {
                version_passes(ranges, version)
            }
            (ElementAtom::Number(set), value) => match value {
                Value::Bool(is_true) => set.contains(i64::from(*is_true)),
                Value::Int(number) => set.contains(*number),
                Value::Decimal { units, .. } => set.contains(*units),
                Value::Float(number) => set.contains(float_key(*number)),
                Value::Date(date) => set.contains(i64::from(date.0)),
                Value::Instant(instant) => set.contains(instant.0),
                _ => false,
            },
            _ => false,
        }
    }

    fn lies_within(&self, codes: &BTreeSet<RegionCode>, code: u32) -> bool {
        self.hierarchy.as_ref().is_some_and(|hierarchy| {
            codes
                .iter()
                .any(|outer| hierarchy.contains(*outer, RegionCode(code)))
        })
    }
}
