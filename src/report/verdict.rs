//! Why a contact is in or out: the clauses with the values seen, as text and JSON.

use super::nearest::NearestChange;
use super::to_json_line;
use crate::check::typed::RuleSet;
use crate::diag::{Lang, Phrase, escape_controls};
use crate::eval::row::Verdict;
use crate::name::FieldId;
use crate::region::RegionCode;
use crate::say;
use crate::schema::Type;
use crate::source::Sources;
use crate::value::{Value, Zone};
use serde::Serialize;
use std::fmt::Write;

/// Why one contact is in or out of one segment.
#[derive(Clone, Debug, Serialize)]
pub struct Explanation {
    /// The format's version: 1.
    pub version: u32,
    /// The run's `now`, RFC 3339 in UTC.
    pub now: String,
    /// The run's zone.
    pub zone: String,
    /// The segment, or the expression given.
    pub name: String,
    /// The contact's id.
    pub contact: String,
    /// `in`, `out` or `quarantined`.
    pub answer: &'static str,
    /// Whether the contact is in only because a value is missing.
    pub missing_included: bool,
    /// Fields whose cell is invalid, when quarantined.
    pub invalid_fields: Vec<String>,
    /// The condition, part by part; `None` when quarantined.
    pub condition: Option<Clause>,
    /// The nearest changes that would flip the answer; a quarantined contact would come in.
    pub nearest: NearestChange,
}

/// One part of a condition with its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Clause {
    /// As written.
    pub text: String,
    /// Whether it holds.
    pub holds: bool,
    /// Whether it decided the answer: had it been otherwise, the whole would be.
    pub decided: bool,
    /// The cells it looked at.
    pub seen: Vec<Seen>,
    /// Its parts in the order written.
    pub parts: Vec<Clause>,
}

/// A cell that a question looked at.
#[derive(Clone, Debug, Serialize)]
pub struct Seen {
    /// The field.
    pub field: String,
    /// What people read; `missing` and `invalid` in words.
    pub value: String,
}

/// What the words of an explanation are taken from.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// Their text.
    pub sources: &'a Sources,
    /// The run's zone, in which times are shown.
    pub zone: &'a Zone,
}

impl Clause {
    /// Turns the answer of a condition into clauses. A part decides when the whole hangs on it: with
    /// the opposite answer of this part alone, the whole would have the opposite answer too.
    pub fn new(verdict: &Verdict, around: Surroundings) -> Clause {
        Clause::build(verdict, true, around)
    }

    fn build(verdict: &Verdict, decides: bool, around: Surroundings) -> Clause {
        let parts = verdict.parts.iter();
        let parts = parts.map(|part| Clause::build(part, decides && part.is_deciding, around));
        Clause {
            text: clause_text(verdict, around.sources),
            holds: verdict.is_in,
            decided: decides,
            seen: verdict
                .seen
                .iter()
                .map(|(field, value)| seen(*field, value, around))
                .collect(),
            parts: parts.collect(),
        }
    }
}

fn clause_text(verdict: &Verdict, sources: &Sources) -> String {
    let text = sources.text_at(verdict.span);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn seen(field: FieldId, value: &Value, around: Surroundings) -> Seen {
    let declared = around.rules.schema.field(field);
    Seen {
        field: declared.map_or(String::new(), |field| field.name.to_string()),
        value: declared.map_or(String::new(), |field| {
            shown_value(value, &field.kind, around.zone)
        }),
    }
}

/// A cell as people read it: places by their path, times in the run's zone.
pub fn shown_value(value: &Value, kind: &Type, zone: &Zone) -> String {
    match (value, kind) {
        (Value::Region(code), Type::Region { hierarchy, .. }) => hierarchy.path(RegionCode(*code)),
        (Value::Instant(instant), _) => zone.rfc3339(*instant),
        (Value::List(elements), Type::List { element, .. }) => {
            let shown = elements
                .iter()
                .map(|value| shown_value(value, element, zone));
            shown.collect::<Vec<_>>().join("; ")
        }
        (Value::Text(text), _) => text.to_string(),
        (value, _) => value.to_string(),
    }
}

impl Explanation {
    /// The documented JSON (`docs/json/explain.md`).
    pub fn to_json(&self) -> String {
        to_json_line(self)
    }

    /// The tree of clauses, with `=>` before those that decided.
    pub fn to_text(&self, lang: Lang) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}", self.headline().get(lang));
        if let Some(condition) = &self.condition {
            write_clause(&mut out, condition, 1, lang);
        }
        out.push_str(&self.nearest.to_text(lang));
        out
    }

    fn headline(&self) -> Phrase {
        let contact = escape_controls(&self.contact);
        let name = escape_controls(&self.name);
        let mut headline = match self.answer {
            "in" => say!("{contact} is in {name}", "{contact} 在 {name} 之内"),
            "out" => say!("{contact} is not in {name}", "{contact} 不在 {name} 之内"),
            _ => {
                let fields = self.invalid_fields.join(", ");
                say!(
                    "{contact} is quarantined from {name}: invalid {fields}",
                    "{contact} 被隔离于 {name} 之外：{fields} 的值无效"
                )
            }
        };
        if self.missing_included {
            headline.en += ", only because a value is missing";
            headline.zh += "，只因缺失值而入选";
        }
        headline
    }
}

fn write_clause(out: &mut String, clause: &Clause, depth: usize, lang: Lang) {
    let mark = if clause.holds { "✓" } else { "✗" };
    let arrow = if clause.decided && depth > 1 {
        "=>"
    } else {
        "  "
    };
    let seen: Vec<String> = clause
        .seen
        .iter()
        .map(|seen| format!("{} = {}", seen.field, localized(&seen.value, lang)))
        .collect();
    let seen = match seen.is_empty() {
        true => String::new(),
        false => format!("   [{}]", escape_controls(&seen.join(", "))),
    };
    let indent = "  ".repeat(depth);
    let text = escape_controls(&clause.text);
    let _ = writeln!(out, "{arrow}{indent}{mark} {text}{seen}");
    for part in &clause.parts {
        write_clause(out, part, depth + 1, lang);
    }
}

/// `missing` and `invalid` in the reader's language.
pub(super) fn localized(value: &str, lang: Lang) -> &str {
    match (value, lang) {
        ("missing", Lang::Zh) => "缺失",
        ("invalid", Lang::Zh) => "无效",
        (value, _) => value,
    }
}
