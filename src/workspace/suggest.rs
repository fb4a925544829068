//! Turns contacts that analysis found into `test` items, written as people write them.
//!
//! Invariants: a cell is written only when reading it back gives the same value.

use crate::check::typed::{RuleSet, Segment};
use crate::diag::{Lang, escape_controls};
use crate::region::RegionCode;
use crate::say;
use crate::schema::{CellContext, Field, IdSource, Schema, Type};
use crate::syntax::{name_text, quoted};
use crate::value::{Clock, Value, Zone};
use std::fmt::Write;

/// Comments beside cases are cut at so many characters.
const LONGEST_COMMENT: usize = 70;

/// One contact of a suggested test.
#[derive(Clone, Debug)]
pub(super) struct Suggestion {
    /// The cells, as the test will read them.
    pub(super) cells: Vec<Value>,
    /// The id, when the answer hangs on it.
    pub(super) id: Option<String>,
    /// Whether the contact is in the segment.
    pub(super) is_in: bool,
    /// What it shows: clauses that are true, and others that are false, by their place in the list.
    pub(super) shows: (Vec<usize>, Vec<usize>),
}

/// A `test` item with all suggestions for one segment, not laid out yet; `texts` are its clauses.
pub(super) fn test_text(
    rules: &RuleSet,
    segment: &Segment,
    suggestions: &[Suggestion],
    texts: &[String],
    around: (&Clock, Lang),
) -> String {
    let (clock, lang) = around;
    let name = &segment.name;
    let title = say!("suggested for {name}", "建议：{name}");
    let words = match lang {
        Lang::En => ["test", "now", "zone", "contact", "in", "not in"],
        Lang::Zh => ["测试", "now", "zone", "联系人", "在", "不在"],
    };
    let [test, now, zone, contact, is_in, is_out] = words;
    let mut out = format!("{test} {} {{\n", quoted(title.get(lang)));
    if reads_time(rules, segment) {
        let (at, name) = (clock.zone.rfc3339(clock.now), clock.zone.name());
        let _ = writeln!(out, "  {now} {at}\n  {zone} {}", quoted(name));
    }
    for suggestion in suggestions {
        let cells = cells_text(&rules.schema, suggestion, &clock.zone);
        let place = if suggestion.is_in { is_in } else { is_out };
        let segment = name_text(name.as_str());
        let comment = match comment(suggestion, texts, lang) {
            text if text.is_empty() => text,
            text => format!("  # {text}"),
        };
        let _ = writeln!(out, "  {contact} {{ {cells} }} {place} {segment}{comment}");
    }
    out.push_str("}\n");
    out
}

/// Whether the answer may hang on `now` or the zone.
fn reads_time(rules: &RuleSet, segment: &Segment) -> bool {
    segment.reads.iter().any(|id| {
        let kind = rules.schema.field(*id).map(|field| &field.kind);
        let kind = match kind {
            Some(Type::List { element, .. }) => Some(&**element),
            kind => kind,
        };
        matches!(kind, Some(Type::Date(_) | Type::Datetime(_)))
    })
}

fn comment(suggestion: &Suggestion, texts: &[String], lang: Lang) -> String {
    let (holds, fails) = &suggestion.shows;
    let one = |places: &[usize]| {
        let texts = places.iter().filter_map(|at| texts.get(*at));
        let texts = texts.map(String::as_str).collect::<Vec<_>>();
        escape_controls(&texts.join(", "))
    };
    let mut parts = Vec::new();
    if !holds.is_empty() {
        let texts = one(holds);
        parts.push(say!("true: {texts}", "成立：{texts}"));
    }
    if !fails.is_empty() {
        let texts = one(fails);
        parts.push(say!("false: {texts}", "不成立：{texts}"));
    }
    let text: Vec<&str> = parts.iter().map(|part| part.get(lang)).collect();
    let text = text.join("; ");
    match text.char_indices().nth(LONGEST_COMMENT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or("").trim_end()),
        None => text,
    }
}

fn cells_text(schema: &Schema, suggestion: &Suggestion, zone: &Zone) -> String {
    let mut cells = Vec::new();
    for ((field_id, field), value) in schema.iter().zip(&suggestion.cells) {
        let name = name_text(field.name.as_str());
        if schema.id == IdSource::Field(field_id) {
            cells.extend(
                suggestion
                    .id
                    .iter()
                    .map(|id| format!("{name}: {}", quoted(id))),
            );
        } else if let Some(text) = cell_text(field, value, zone) {
            cells.push(format!("{name}: {text}"));
        }
    }
    cells.join(", ")
}

/// A cell as a test writes it; none for a missing cell, and for one that cannot be written.
pub(super) fn cell_text(field: &Field, value: &Value, zone: &Zone) -> Option<String> {
    let context = CellContext { zone };
    if let (Value::List(elements), Type::List { element, .. }) = (value, &field.kind) {
        let texts: Option<Vec<String>> = elements
            .iter()
            .map(|value| {
                let forms = forms(value, element, zone);
                let alone = |text: &String| {
                    let read = field.read_list([text.as_str()], &context);
                    read == Value::List(vec![value.clone()])
                };
                forms.into_iter().find(alone).map(|text| quoted(&text))
            })
            .collect();
        return Some(format!("({})", texts?.join(", ")));
    }
    let forms = forms(value, &field.kind, zone);
    let text = forms
        .into_iter()
        .find(|text| field.read(text, &context) == *value)?;
    let is_plain = matches!(
        (value, &field.kind),
        (
            Value::Bool(_) | Value::Int(0..) | Value::Decimal { units: 0.., .. },
            _
        )
    );
    Some(if is_plain { text } else { quoted(&text) })
}

/// Texts that may stand for a value, the most natural one first.
fn forms(value: &Value, kind: &Type, zone: &Zone) -> Vec<String> {
    match (value, kind) {
        (Value::Missing | Value::Invalid | Value::List(_), _) => Vec::new(),
        (Value::Text(text), _) => vec![text.to_string()],
        (Value::Region(code), Type::Region { hierarchy, .. }) => {
            vec![hierarchy.path(RegionCode(*code)), code.to_string()]
        }
        (Value::Instant(at), Type::Datetime(format)) => {
            format.write(*at, zone).into_iter().collect()
        }
        (Value::Date(date), Type::Date(format)) => {
            let written = format.write(zone.start_of_day(*date), zone);
            std::iter::once(date.to_string()).chain(written).collect()
        }
        (value, _) => vec![value.to_string()],
    }
}
