//! The nearest changes that would flip an answer, as text and JSON.

use super::proof::in_english;
use super::verdict::{localized, shown_value};
use crate::analyze::{Certainty, Flip, Nearest};
use crate::diag::{Lang, Phrase, escape_controls};
use crate::eval::row::Contact;
use crate::say;
use crate::schema::Schema;
use crate::value::Zone;
use serde::Serialize;
use std::fmt::Write;

/// What would have to change so that a contact comes in, or goes out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearestChange {
    /// The answer after a change: `in` or `out`.
    pub would_be: &'static str,
    /// Whether it is proved that nothing nearer flips the answer; without changes, that nothing does.
    pub proved: bool,
    /// Why it is not.
    #[serde(serialize_with = "in_english")]
    pub why: Option<Phrase>,
    /// Changes of equally many cells, the smallest first.
    pub changes: Vec<ShownChange>,
}

/// Cells that change together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownChange {
    /// In the order of the schema.
    pub cells: Vec<ShownCell>,
}

/// One cell before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShownCell {
    /// The field.
    pub field: String,
    /// What it holds; `missing` and `invalid` in words.
    pub from: String,
    /// What it would hold.
    pub to: String,
    /// Whether every other value would do as well.
    pub any_other: bool,
}

impl NearestChange {
    /// Puts changes into words.
    pub fn new(nearest: &Nearest, schema: &Schema, zone: &Zone, contact: Contact) -> NearestChange {
        let why = match nearest.certainty {
            Certainty::Proved => None,
            Certainty::Undecided(why) => Some(why.phrase()),
        };
        let changes = nearest.flips.iter();
        NearestChange {
            would_be: if nearest.would_be_in { "in" } else { "out" },
            proved: why.is_none(),
            why,
            changes: changes
                .map(|flip| shown(flip, schema, zone, contact))
                .collect(),
        }
    }

    /// The changes, one a line.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = format!("{}\n", self.headline().get(lang));
        for change in &self.changes {
            for (index, cell) in change.cells.iter().enumerate() {
                let bullet = if index == 0 { "-" } else { " " };
                let _ = writeln!(out, "    {bullet} {}", cell.to_text(lang));
            }
        }
        out
    }

    fn headline(&self) -> Phrase {
        let is_in = self.would_be == "in";
        let mut headline = match (is_in, self.changes.as_slice()) {
            (true, []) => say!(
                "no change of values would put it in",
                "无论怎样改动字段值都不会入选"
            ),
            (false, []) => say!(
                "no change of values would put it out",
                "无论怎样改动字段值都仍会入选"
            ),
            (true, [one]) if one.cells.len() > 1 => say!(
                "no smaller change puts it in than these together:",
                "要入选，至少要同时作以下改动："
            ),
            (false, [one]) if one.cells.len() > 1 => say!(
                "no smaller change puts it out than these together:",
                "要落选，至少要同时作以下改动："
            ),
            (true, [_]) => say!("this change would put it in:", "这样改动即可入选："),
            (false, [_]) => say!("this change would put it out:", "这样改动便会落选："),
            (true, _) => say!(
                "each of these changes would put it in:",
                "以下任一改动即可入选："
            ),
            (false, _) => say!(
                "each of these changes would put it out:",
                "以下任一改动便会落选："
            ),
        };
        if let Some(why) = &self.why {
            let (en, zh) = (&why.en, &why.zh);
            if self.changes.is_empty() {
                return say!(
                    "no change of values was found that flips the answer, but there may be one: {en}",
                    "没有找到能改变结果的改动，但也许存在：{zh}"
                );
            }
            headline.en += &format!(" (there may be smaller ones: {en})");
            headline.zh += &format!("（也许还有更小的改动：{zh}）");
        }
        headline
    }
}

impl ShownCell {
    fn to_text(&self, lang: Lang) -> String {
        let other = say!("any other value", "其他任何值");
        let to = match self.any_other {
            true => other.get(lang).to_string(),
            false => localized(&self.to, lang).to_string(),
        };
        let from = localized(&self.from, lang);
        escape_controls(&format!("{}: {from} → {to}", self.field))
    }
}

fn shown(flip: &Flip, schema: &Schema, zone: &Zone, contact: Contact) -> ShownChange {
    let cells = flip.cells.iter().filter_map(|cell| {
        let field = schema.field(cell.field)?;
        let words = |value| shown_value(value, &field.kind, zone);
        Some(ShownCell {
            field: field.name.to_string(),
            from: words(&contact.cell(cell.field)),
            to: words(&cell.value),
            any_other: cell.is_any_other,
        })
    });
    ShownChange {
        cells: cells.collect(),
    }
}
