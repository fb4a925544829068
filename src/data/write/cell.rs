//! Writes cells as the text that results show: one canonical form a type.
//!
//! Numbers are written as they stand in the column; a text that is coded is put into its written form
//! once and copied from then on.

use crate::region::RegionCode;
use crate::schema::Type;
use crate::table::{Column, FIRST_ENTRY};
use crate::value::{Date, Instant, Value, Zone, float_of_key};
use indexmap::IndexMap;
use std::fmt::Write;

/// The text of a cell: decimals with all their places, times in RFC 3339 of the run's zone, places by
/// their path, list elements joined by the field's separator. Missing and invalid cells are empty.
pub(super) fn cell_text(value: &Value, kind: &Type, zone: &Zone) -> String {
    match (value, kind) {
        (Value::Missing | Value::Invalid, _) => String::new(),
        (Value::Text(text), _) => text.to_string(),
        (Value::Region(code), Type::Region { hierarchy, .. }) => {
            hierarchy.path(RegionCode(*code)).to_string()
        }
        (Value::Instant(instant), _) => zone.rfc3339(*instant),
        (Value::List(elements), Type::List { element, separator }) => {
            let texts = elements.iter().map(|value| cell_text(value, element, zone));
            texts
                .collect::<Vec<_>>()
                .join(separator.as_deref().unwrap_or(";"))
        }
        (value, _) => value.to_string(),
    }
}

/// How cells are put into a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A CSV field that programs read.
    Csv,
    /// A CSV field that people open in a spreadsheet: formulas are guarded.
    Spreadsheet,
    /// A JSON value: numbers and booleans as such, lists as arrays, the rest as strings.
    Json,
}

/// Written forms of this many dictionaries a column are kept: one a worker thread, and some that
/// workers left behind.
const MOST_DICTIONARIES: usize = 64;

/// Writes the cells of one column, chunk after chunk.
#[derive(Debug)]
pub(super) struct CellWriter {
    form: Form,
    kind: Type,
    zone: Zone,
    /// What codes look like when written, by the dictionary's identity.
    written: IndexMap<u64, WrittenCodes>,
}

/// Written forms of dictionary entries, one after the other, each made when it is first needed.
#[derive(Debug, Default)]
struct WrittenCodes {
    text: String,
    /// Start and end in `text` of each entry; an empty span where none was made yet.
    spans: Vec<(usize, usize)>,
}

impl CellWriter {
    pub(super) fn new(form: Form, kind: &Type, zone: &Zone) -> CellWriter {
        CellWriter {
            form,
            kind: kind.clone(),
            zone: zone.clone(),
            written: IndexMap::new(),
        }
    }

    /// Writes the cell of a row.
    pub(super) fn push(&mut self, column: Option<&Column>, row: usize, out: &mut String) {
        match column {
            Some(Column::Number(numbers)) if numbers.present.get(row) => {
                let number = numbers.values.get(row).unwrap_or(0);
                push_number(out, number, &self.kind, self.form, &self.zone);
            }
            Some(Column::Coded(coded)) => {
                let code = coded.codes.get(row).unwrap_or(0);
                let dictionary = &coded.dictionary;
                match dictionary.entries.get(entry_of(code)) {
                    Some(value) => self.push_code(dictionary.identity, code, value, out),
                    None => push_nothing(out, self.form),
                }
            }
            Some(Column::Text(texts)) => match texts.get(row) {
                "" => push_nothing(out, self.form),
                text => push_text(out, text, self.form),
            },
            Some(Column::List(lists)) => {
                let elements = lists
                    .row(row)
                    .filter_map(|code| lists.dictionary.entries.get(entry_of(code)));
                push_list(out, elements, &self.kind, self.form, &self.zone);
            }
            Some(Column::Number(_) | Column::Absent) | None => push_nothing(out, self.form),
        }
    }

    fn push_code(&mut self, dictionary: u64, code: u32, value: &Value, out: &mut String) {
        if self.written.len() > MOST_DICTIONARIES && !self.written.contains_key(&dictionary) {
            self.written.clear();
        }
        let known = self.written.entry(dictionary).or_default();
        let at = entry_of(code);
        if known.spans.len() <= at {
            known.spans.resize(at + 1, (0, 0));
        }
        let Some(span) = known.spans.get_mut(at) else {
            return;
        };
        if span.0 == span.1 {
            let start = known.text.len();
            let text = cell_text(value, &self.kind, &self.zone);
            push_text(&mut known.text, &text, self.form);
            *span = (start, known.text.len());
        }
        out.push_str(known.text.get(span.0..span.1).unwrap_or(""));
    }
}

/// The place of a code's entry; past every end for missing and invalid.
fn entry_of(code: u32) -> usize {
    code.checked_sub(FIRST_ENTRY)
        .map_or(usize::MAX, |at| at as usize)
}

fn push_nothing(out: &mut String, form: Form) {
    match form {
        Form::Csv | Form::Spreadsheet => {}
        Form::Json => out.push_str("null"),
    }
}

/// Writes a text as a field or a string.
pub(super) fn push_text(out: &mut String, text: &str, form: Form) {
    match form {
        Form::Csv => push_field(out, text),
        Form::Spreadsheet => match guarded(text) {
            Some(guarded) => push_field(out, &guarded),
            None => push_field(out, text),
        },
        Form::Json => push_json(out, text),
    }
}

/// Writes a number of a column. It cannot be a formula, so it is never guarded.
fn push_number(out: &mut String, number: i64, kind: &Type, form: Form, zone: &Zone) {
    let quote = if form == Form::Json { "\"" } else { "" };
    // Writing into a string cannot fail.
    let _ = match kind {
        Type::Bool => write!(out, "{}", number != 0),
        Type::Decimal { places, .. } => push_decimal(out, number, *places),
        Type::Float(_) => write!(out, "{}", float_of_key(number)),
        Type::Date(_) => {
            let date = Date(i32::try_from(number).unwrap_or(0));
            write!(out, "{quote}{date}{quote}")
        }
        Type::Datetime(_) => {
            out.push_str(quote);
            let _ = zone.write_rfc3339(Instant(number), out);
            out.write_str(quote)
        }
        Type::Int(_)
        | Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => write!(out, "{number}"),
    };
}

/// All places are written: 5 units of 10^-2 are 0.05.
fn push_decimal(out: &mut String, units: i64, places: u8) -> std::fmt::Result {
    if places == 0 {
        return write!(out, "{units}");
    }
    let power = 10_u64.saturating_pow(u32::from(places));
    let sign = if units < 0 { "-" } else { "" };
    let (whole, rest) = (units.unsigned_abs() / power, units.unsigned_abs() % power);
    write!(out, "{sign}{whole}.{rest:0width$}", width = places.into())
}

fn push_list<'v>(
    out: &mut String,
    elements: impl Iterator<Item = &'v Value>,
    kind: &Type,
    form: Form,
    zone: &Zone,
) {
    let Type::List { element, separator } = kind else {
        return push_nothing(out, form);
    };
    let mut texts = elements
        .map(|value| (value, cell_text(value, element, zone)))
        .peekable();
    if texts.peek().is_none() {
        return push_nothing(out, form);
    }
    if form != Form::Json {
        let texts: Vec<String> = texts.map(|(_, text)| text).collect();
        return push_text(out, &texts.join(separator.as_deref().unwrap_or(";")), form);
    }
    let mut before = '[';
    for (value, text) in texts {
        out.push(before);
        before = ',';
        match value {
            Value::Bool(_) | Value::Int(_) | Value::Decimal { .. } | Value::Float(_) => {
                out.push_str(&text);
            }
            _ => push_json(out, &text),
        }
    }
    out.push(']');
}

/// Writes a CSV field, quoted when it must be.
fn push_field(out: &mut String, text: &str) {
    let must_quote = text
        .bytes()
        .any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r'))
        || text.starts_with(' ')
        || text.ends_with(' ');
    if !must_quote {
        out.push_str(text);
        return;
    }
    out.push('"');
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}

/// Writes a JSON string.
pub(super) fn push_json(out: &mut String, text: &str) {
    out.push('"');
    if text
        .bytes()
        .all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\')
    {
        out.push_str(text);
    } else {
        text.chars().for_each(|character| match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            other => out.push(other),
        });
    }
    out.push('"');
}

/// The text with a `'` before everything that a spreadsheet could take for a formula: at the start
/// and, because a spreadsheet may split at another separator than the comma, after each separator,
/// spaces and quotes skipped. `None` when there is nothing to guard.
fn guarded(text: &str) -> Option<String> {
    let mut guarded = String::new();
    let mut done = 0;
    let mut is_start = true;
    for (at, character) in text.char_indices() {
        let is_formula = match character {
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' => is_start,
            '\t' | '\r' => at == 0,
            _ => false,
        };
        if is_formula {
            guarded.push_str(text.get(done..at).unwrap_or(""));
            guarded.push('\'');
            done = at;
        }
        is_start = match character {
            ',' | ';' | '|' | '\t' | '\r' | '\n' => true,
            '"' | ' ' => is_start,
            _ => false,
        };
    }
    if done == 0 && guarded.is_empty() {
        return None;
    }
    guarded.push_str(text.get(done..).unwrap_or(""));
    Some(guarded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str, form: Form) -> String {
        let mut out = String::new();
        push_text(&mut out, text, form);
        out
    }

    #[test]
    fn fields_are_quoted_when_they_must_be() {
        assert_eq!(written("a\"b,c", Form::Csv), "\"a\"\"b,c\"");
        assert_eq!(written("a\nb", Form::Csv), "\"a\nb\"");
        assert_eq!(written("-5", Form::Csv), "-5");
        assert_eq!(
            written("a\"\u{1}\\\n北", Form::Json),
            r#""a\"\u0001\\\n北""#
        );
    }

    #[test]
    fn d29_formulas_are_guarded_for_people_also_after_a_separator() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1,2", "\"'＝1,2\""),
            ("＠x", "'＠x"),
            ("\t=1", "'\t'=1"),
            ("a;=1", "a;'=1"),
            ("a;\"=1", "\"a;\"\"'=1\""),
            ("a\n-1", "\"a\n'-1\""),
            ("a=1;b-2", "a=1;b-2"),
            ("北京", "北京"),
        ] {
            assert_eq!(written(text, Form::Spreadsheet), safe, "{text:?}");
        }
    }

    #[test]
    fn decimals_keep_their_places() {
        for (units, text) in [(5, "0.05"), (-5, "-0.05"), (12345, "123.45")] {
            let mut out = String::new();
            push_decimal(&mut out, units, 2).unwrap();
            assert_eq!(out, text);
        }
    }
}
