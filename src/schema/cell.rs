//! Turns the text of one cell into a [`Value`] of its field: the slow and obvious definition.
//!
//! Readers have faster ways for numbers and times, and are tested against this one. A cell is a
//! value, missing, or invalid; it is never guessed.

use super::{Field, Type};
use crate::region::{Hierarchy, Resolution};
use crate::value::{
    Intervals, Value, Version, Zone, float_key, fold_text, normalise_text, parse_bool,
    parse_decimal, parse_float, parse_int,
};
use std::borrow::Cow;
use std::sync::Arc;

/// What reading a cell depends on besides its text.
#[derive(Clone, Copy, Debug)]
pub struct CellContext<'a> {
    /// The run's zone: times without an offset are local there.
    pub zone: &'a Zone,
}

impl Field {
    /// Reads the text of a cell: a value, missing or invalid.
    ///
    /// White space around the text is dropped; nothing but white space is missing, and so is what
    /// `missing when` names. A list cell is split at its separator.
    pub fn read(&self, text: &str, context: &CellContext) -> Value {
        if let Type::List { separator, .. } = &self.kind {
            return match separator {
                Some(separator) => self.read_list(text.split(&**separator), context),
                None => self.read_list(std::iter::once(text), context),
            };
        }
        let text = normalise_text(text);
        if text.is_empty() || self.is_missing_text(&text) {
            return Value::Missing;
        }
        let value = self.kind.read(&text, context);
        if self.is_missing_value(&value) || self.is_limited_marker(&value, &text, context) {
            Value::Missing
        } else {
            value
        }
    }

    /// Whether a cell outside the declared limits is a marker of missing values: -1 may stand for a
    /// missing age of 0 to 150.
    fn is_limited_marker(&self, value: &Value, text: &str, context: &CellContext) -> bool {
        *value == Value::Invalid
            && !self.missing_when.is_empty()
            && self.is_missing_value(&self.kind.without_limits().read(text, context))
    }

    /// Reads the elements of a list: blanks are dropped, no element left is missing, one invalid
    /// element spoils the cell.
    pub fn read_list<'t>(
        &self,
        elements: impl IntoIterator<Item = &'t str>,
        context: &CellContext,
    ) -> Value {
        let Type::List { element, .. } = &self.kind else {
            return Value::Invalid;
        };
        let mut values = Vec::new();
        for text in elements {
            let text = normalise_text(text);
            if text.is_empty() || self.is_missing_text(&text) {
                continue;
            }
            match element.read(&text, context) {
                Value::Invalid => return Value::Invalid,
                value if self.is_missing_value(&value) => {}
                value => values.push(value),
            }
        }
        if values.is_empty() {
            Value::Missing
        } else {
            Value::List(values)
        }
    }

    /// Reads a region from its parts (`region from (省, 市, 区)`); blank parts are skipped.
    pub fn read_parts(&self, parts: &[&str]) -> Value {
        let Type::Region { hierarchy, .. } = &self.kind else {
            return Value::Invalid;
        };
        let parts: Vec<Cow<str>> = parts.iter().map(|part| normalise_text(part)).collect();
        let given: Vec<&str> = parts
            .iter()
            .map(|part| &**part)
            .filter(|part| !part.is_empty() && !self.is_missing_text(part))
            .collect();
        if given.is_empty() {
            return Value::Missing;
        }
        region_value(hierarchy.resolve_parts(&given))
    }

    fn is_missing_text(&self, text: &str) -> bool {
        let is_folded = matches!(self.kind, Type::Text { is_folded: true });
        self.missing_when.iter().any(|marker| match marker {
            Value::Text(marker) if is_folded => fold_text(marker) == fold_text(text),
            Value::Text(marker) => **marker == *text,
            _ => false,
        })
    }

    fn is_missing_value(&self, value: &Value) -> bool {
        *value != Value::Invalid && self.missing_when.contains(value)
    }
}

impl Type {
    /// The same type without its declared limits.
    pub fn without_limits(&self) -> Type {
        match self {
            Type::Int(_) => Type::Int(Intervals::all()),
            Type::Decimal { places, .. } => Type::Decimal {
                places: *places,
                range: Intervals::all(),
            },
            Type::Float(_) => Type::Float(Intervals::all()),
            other => other.clone(),
        }
    }

    /// Reads normalised, non-empty text as this type.
    fn read(&self, text: &str, context: &CellContext) -> Value {
        if text.contains('\0') {
            return Value::Invalid;
        }
        let value = match self {
            Type::Bool => parse_bool(text).map(Value::Bool),
            Type::Int(range) => read_int(text, range),
            Type::Decimal { places, range } => read_decimal(text, *places, range),
            Type::Float(range) => read_float(text, range),
            Type::Text { .. } => Some(Value::Text(Arc::from(text))),
            Type::OneOf(values) => values
                .iter()
                .find(|value| ***value == *text)
                .cloned()
                .map(Value::Text),
            Type::Date(format) => format.parse_date(text, context.zone).map(Value::Date),
            Type::Datetime(format) => format.parse_instant(text, context.zone).map(Value::Instant),
            Type::Region { hierarchy, .. } => return read_region(text, hierarchy),
            Type::Version => Version::parse(text).map(Value::Version),
            Type::Id => (!is_spreadsheet_number(text)).then(|| Value::Text(Arc::from(text))),
            // Lists of lists are refused when the schema is checked.
            Type::List { .. } => None,
        };
        value.unwrap_or(Value::Invalid)
    }
}

fn read_int(text: &str, range: &Intervals) -> Option<Value> {
    parse_int(text)
        .filter(|&number| range.contains(number))
        .map(Value::Int)
}

fn read_decimal(text: &str, places: u8, range: &Intervals) -> Option<Value> {
    parse_decimal(text, places)
        .filter(|&units| range.contains(units))
        .map(|units| Value::Decimal { units, places })
}

fn read_float(text: &str, range: &Intervals) -> Option<Value> {
    parse_float(text)
        .filter(|&number| range.contains(float_key(number)))
        .map(Value::Float)
}

fn read_region(text: &str, hierarchy: &Hierarchy) -> Value {
    region_value(hierarchy.resolve(text))
}

/// A bare short name that a province shares (吉林) is the province; other ambiguous names and
/// abolished ones are invalid, because which place is meant would be a guess.
fn region_value(resolution: Resolution) -> Value {
    match resolution {
        Resolution::Found(code) | Resolution::Preferred { code, .. } => Value::Region(code.0),
        Resolution::Ambiguous(_) | Resolution::Former { .. } | Resolution::Unknown => {
            Value::Invalid
        }
    }
}

/// Whether an id looks like a number that a spreadsheet rewrote (`1.38E+10`): its digits are lost.
pub fn is_spreadsheet_number(text: &str) -> bool {
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let mut parts = mantissa.splitn(2, '.');
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next().is_some_and(is_digits)
        && parts.next().is_none_or(is_digits)
        && exponent.strip_prefix('+').is_some_and(is_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_numbers_are_recognised() {
        for text in ["1.38E+10", "5e+3"] {
            assert!(is_spreadsheet_number(text), "{text}");
        }
        for text in ["1E5", "E+10", "00123", "a1.3E+10", "1.E+3", "13800138000"] {
            assert!(!is_spreadsheet_number(text), "{text}");
        }
    }
}
