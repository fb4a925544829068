//! What the cells of a field look like, drawn for a terminal.

use super::verdict::shown_value;
use super::{grouped, percent};
use crate::diag::{Lang, escape_controls};
use crate::say;
use crate::schema::{Field, Type};
use crate::table::FieldProfile;
use crate::value::{Value, Zone};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Stretches or values that are drawn.
const MOST_BARS: usize = 12;
/// Cells of the longest bar.
const BAR_CELLS: u64 = 30;

/// The name, how many cells are values, missing and invalid, and the spread: stretches of numbers and
/// dates, else the most frequent values.
pub fn to_text(field: &Field, profile: &FieldProfile, zone: &Zone, lang: Lang) -> String {
    let mut out = escape_controls(field.name.as_str());
    for name in &field.aka {
        let _ = write!(out, "  {}", escape_controls(name.as_str()));
    }
    out.push('\n');
    let values = profile.contacts - profile.missing - profile.invalid;
    let count = |number: u64| {
        format!(
            "{} ({})",
            grouped(number),
            percent(number, profile.contacts)
        )
    };
    let (values, missing, invalid) = (
        count(values),
        count(profile.missing),
        count(profile.invalid),
    );
    let line = say!(
        "  values {values}  missing {missing}  invalid {invalid}",
        "  有值 {values}  缺失 {missing}  无效 {invalid}"
    );
    let _ = writeln!(out, "{}", line.get(lang));
    let bars = bars(field, profile, zone);
    draw(&mut out, &bars, profile.contacts);
    let others = profile.values.len().saturating_sub(bars.len());
    if profile.spread.is_none() && others > 0 {
        let others = grouped(others as u64);
        let line = match profile.is_complete {
            true => say!("  and {others} other values", "  另有 {others} 个值"),
            false => say!(
                "  and more than {others} other values",
                "  另有超过 {others} 个值"
            ),
        };
        let _ = writeln!(out, "{}", line.get(lang));
    }
    out
}

/// Labels with counts, in the order drawn.
fn bars(field: &Field, profile: &FieldProfile, zone: &Zone) -> Vec<(String, u64)> {
    let kind = match &field.kind {
        Type::List { element, .. } => element,
        kind => kind,
    };
    let label = |value: &Value| escape_controls(&shown_value(value, kind, zone));
    let is_few = profile.is_complete && profile.values.len() <= MOST_BARS;
    match &profile.spread {
        // Few different numbers are shown one by one, in their order.
        Some(spread) if !is_few => spread
            .buckets(MOST_BARS, &field.kind)
            .iter()
            .map(|bucket| match bucket.from == bucket.to {
                true => (label(&bucket.from), bucket.contacts),
                false => {
                    let (from, to) = (label(&bucket.from), label(&bucket.to));
                    (format!("{from} .. {to}"), bucket.contacts)
                }
            })
            .collect(),
        spread => {
            let mut values: Vec<&(Value, u64)> = profile.values.iter().take(MOST_BARS).collect();
            if spread.is_some() {
                values.sort_by_key(|(value, _)| number(value));
            }
            let bars = values.into_iter();
            bars.map(|(value, contacts)| (label(value), *contacts))
                .collect()
        }
    }
}

fn number(value: &Value) -> i64 {
    match value {
        Value::Int(number) => *number,
        Value::Decimal { units, .. } => *units,
        Value::Float(number) => crate::value::float_key(*number),
        Value::Date(date) => i64::from(date.0),
        Value::Instant(instant) => instant.0,
        _ => 0,
    }
}

fn draw(out: &mut String, bars: &[(String, u64)], contacts: u64) {
    let width = bars
        .iter()
        .map(|(label, _)| label.width())
        .max()
        .unwrap_or(0);
    let most = bars.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let digits = bars.iter().map(|(_, count)| grouped(*count).len());
    let digits = digits.max().unwrap_or(0);
    for (label, count) in bars {
        let pad = " ".repeat(width - label.width());
        let share = percent(*count, contacts);
        let cells = (u128::from(*count) * u128::from(BAR_CELLS)).div_ceil(u128::from(most.max(1)));
        let bar = "█".repeat(usize::try_from(cells).unwrap_or(0));
        let line = format!(
            "  {label}{pad}  {:>digits$}  {share:>7}  {bar}",
            grouped(*count)
        );
        let _ = writeln!(out, "{}", line.trim_end());
    }
}
