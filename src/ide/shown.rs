//! Turns types and values into the text that rules would use for them.

use crate::schema::{Field, Type};
use crate::syntax::{item_name_text, name_text, quoted};
use crate::value::{Intervals, TimeFormat, float_of_key};

/// A type as a schema writes it, with its range.
pub(super) fn type_text(kind: &Type) -> String {
    match kind {
        Type::Bool => "bool".into(),
        Type::Int(range) => format!("int{}", range_text(range, |number| number.to_string())),
        Type::Decimal { places, range } => {
            let decimal = |units| decimal_text(units, *places);
            format!("decimal({places}){}", range_text(range, decimal))
        }
        Type::Float(range) => {
            format!(
                "float{}",
                range_text(range, |key| float_of_key(key).to_string())
            )
        }
        Type::Text { is_folded: false } => "text".into(),
        Type::Text { is_folded: true } => "text folded".into(),
        Type::OneOf(values) => {
            let values: Vec<String> = values.iter().map(|value| word_or_text(value)).collect();
            format!("one of ({})", values.join(", "))
        }
        Type::Date(format) => format!("date{}", format_text(format)),
        Type::Datetime(format) => format!("datetime{}", format_text(format)),
        Type::Region { hierarchy, from } => {
            let name = item_name_text(hierarchy.hierarchy_name());
            let from: Vec<String> = from.iter().map(|part| name_text(part.as_str())).collect();
            match from.is_empty() {
                true => name,
                false => format!("{name} from ({})", from.join(", ")),
            }
        }
        Type::Version => "version".into(),
        Type::List { element, separator } => {
            let element = type_text(element);
            match separator {
                Some(separator) => {
                    format!("list of {element} separated by {}", quoted(separator))
                }
                None => format!("list of {element}"),
            }
        }
        Type::Id => "id".into(),
    }
}

/// A field as a schema writes it, without its other names.
pub(super) fn field_text(field: &Field) -> String {
    let name = name_text(field.name.as_str());
    let optional = if field.is_optional { " optional" } else { "" };
    format!("{name}: {}{optional}", type_text(&field.kind))
}

fn range_text(range: &Intervals, shown: impl Fn(i64) -> String) -> String {
    let mut ends = range.iter();
    match (ends.next(), ends.next()) {
        (Some((from, to)), None) if (from, to) != (i64::MIN, i64::MAX) => {
            let end = |end: i64, open: i64| match end == open {
                true => String::new(),
                false => shown(end),
            };
            format!(" {}..{}", end(from, i64::MIN), end(to, i64::MAX))
        }
        _ => String::new(),
    }
}

/// Units of a decimal with all its places.
fn decimal_text(units: i64, places: u8) -> String {
    let number = crate::value::Number::new(i128::from(units), places);
    number.to_string()
}

fn format_text(format: &TimeFormat) -> String {
    match format {
        TimeFormat::Iso => String::new(),
        TimeFormat::Pattern(pattern) => format!(" format {}", quoted(pattern)),
        TimeFormat::EpochSeconds => " epoch s".into(),
        TimeFormat::EpochMillis => " epoch ms".into(),
    }
}

/// A value as a bare word where it can be one, else in quotes.
pub(super) fn word_or_text(value: &str) -> String {
    match item_name_text(value) {
        bare if bare == value => bare,
        _ => quoted(value),
    }
}
