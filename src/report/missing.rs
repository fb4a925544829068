//! Who is in only because a value is missing, as text and JSON.

use super::{grouped, to_json_line};
use crate::diag::{Lang, escape_controls};
use crate::say;
use serde::Serialize;
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// The members of a segment who are in only because a value is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingMembers {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// The segment, or the expression given.
    pub name: String,
    /// Who is in.
    pub members: u64,
    /// Of these, only because a value is missing.
    pub missing_included: u64,
    /// Of these, those for whom no field is enough: several are missing together.
    pub together: u64,
    /// Fields whose missing value is enough, with the number of people; one may count for several.
    pub fields: Vec<MissingField>,
    /// The first of these people, in file order.
    pub contacts: Vec<MissingContact>,
    /// How many more there are.
    pub more: u64,
}

/// A field whose missing values let people in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingField {
    /// The field.
    pub field: String,
    /// How many people.
    pub contacts: u64,
}

/// Somebody who is in only because a value is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MissingContact {
    /// The id.
    pub id: String,
    /// The missing fields that are enough each; when there is none, all that are missing.
    pub fields: Vec<String>,
    /// Whether it takes several of them together.
    pub together: bool,
}

impl MissingMembers {
    /// The documented JSON (`docs/json`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// Counts by field, then one person a line.
    pub fn to_text(&self, lang: Lang) -> String {
        let (some, all) = (grouped(self.missing_included), grouped(self.members));
        let name = escape_controls(&self.name);
        let headline = match self.missing_included {
            0 => say!(
                "nobody is in {name} only because a value is missing ({all} members)",
                "{name} 共 {all} 人，没有人只因缺失值而入选"
            ),
            _ => say!(
                "{some} of the {all} members of {name} are in only because a value is missing",
                "{name} 共 {all} 人，其中 {some} 人只因缺失值而入选"
            ),
        };
        let mut out = format!("{}\n", headline.get(lang));
        let together = say!("several together", "几项同时缺失");
        let together = (self.together > 0).then(|| (together.get(lang), self.together));
        let fields = self.fields.iter();
        let fields = fields.map(|field| (field.field.as_str(), field.contacts));
        let rows: Vec<(String, u64)> = fields
            .chain(together)
            .map(|(label, count)| (escape_controls(label), count))
            .collect();
        let width = rows.iter().map(|row| row.0.width()).max().unwrap_or(0);
        for (label, count) in &rows {
            let pad = " ".repeat(width - label.width());
            let _ = writeln!(out, "  {label}{pad}  {:>9}", grouped(*count));
        }
        self.write_contacts(&mut out, lang);
        out
    }

    fn write_contacts(&self, out: &mut String, lang: Lang) {
        let widths = self.contacts.iter().map(|contact| contact.id.width());
        let width = widths.max().unwrap_or(0);
        for contact in &self.contacts {
            let pad = " ".repeat(width - contact.id.width());
            let mark = if contact.together { " + " } else { ", " };
            let line = format!("{}{pad}  {}", contact.id, contact.fields.join(mark));
            let _ = writeln!(out, "{}", escape_controls(&line));
        }
        if self.more > 0 {
            let more = grouped(self.more);
            let more = say!(
                "and {more} more (--limit shows others)",
                "另有 {more} 人（--limit 可多列）"
            );
            let _ = writeln!(out, "{}", more.get(lang));
        }
    }
}
