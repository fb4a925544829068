//! Reads columns of numbers and times: the common spellings quickly, the others by the definition.

use super::cells::Span;
use super::days::Days;
use crate::schema::{CellContext, Field, Type};
use crate::table::{Bitmap, NumberColumn};
use crate::value::{
    Intervals, TimeFormat, Value, Zone, float_key, parse_bool_bytes, parse_decimal_bytes,
};

/// The quick way to read a field's cells.
#[derive(Debug)]
pub(super) struct NumberReader {
    quick: Quick,
    /// Numbers that `missing when` names.
    missing: Vec<i64>,
}

#[derive(Debug)]
enum Quick {
    Int(Range),
    Decimal(u8, Range),
    Bool,
    Date(Days),
    Datetime(Days),
    /// Every cell is read by the definition.
    No,
}

/// Allowed numbers, with the first range apart because there is mostly one.
#[derive(Debug)]
struct Range {
    from: i64,
    to: i64,
    all: Intervals,
}

impl Range {
    fn new(all: &Intervals) -> Range {
        let (from, to) = all.iter().next().unwrap_or((1, 0));
        Range {
            from,
            to,
            all: all.clone(),
        }
    }

    #[inline(always)]
    fn admits(&self, number: i64) -> bool {
        self.from <= number && number <= self.to || self.all.contains(number)
    }
}

/// A value of a number field as chunks keep it.
pub(in crate::data) fn number_of(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(is_true) => Some(i64::from(*is_true)),
        Value::Int(number) => Some(*number),
        Value::Decimal { units, .. } => Some(*units),
        Value::Float(number) => Some(float_key(*number)),
        Value::Date(date) => Some(i64::from(date.0)),
        Value::Instant(instant) => Some(instant.0),
        Value::Missing
        | Value::Invalid
        | Value::Text(_)
        | Value::Region(_)
        | Value::Version(_)
        | Value::List(_) => None,
    }
}

impl NumberReader {
    pub(super) fn new(field: &Field, zone: &Zone) -> NumberReader {
        let missing: Vec<i64> = field.missing_when.iter().filter_map(number_of).collect();
        // A text that means missing may look like a number: then only the definition knows.
        let context = CellContext { zone };
        let plain = Field {
            missing_when: Vec::new(),
            ..field.clone()
        };
        let is_ambiguous = field.missing_when.iter().any(|marker| match marker {
            Value::Text(text) => number_of(&plain.read(text, &context)).is_some(),
            marker => number_of(marker).is_none(),
        });
        let quick = match &field.kind {
            _ if is_ambiguous => Quick::No,
            Type::Int(range) => Quick::Int(Range::new(range)),
            Type::Decimal { places, range } => Quick::Decimal(*places, Range::new(range)),
            Type::Bool => Quick::Bool,
            Type::Date(TimeFormat::Iso) => Quick::Date(Days::new()),
            Type::Datetime(TimeFormat::Iso) => Quick::Datetime(Days::new()),
            Type::Date(_)
            | Type::Datetime(_)
            | Type::Float(_)
            | Type::Text { .. }
            | Type::OneOf(_)
            | Type::Region { .. }
            | Type::Version
            | Type::List { .. }
            | Type::Id => Quick::No,
        };
        NumberReader { quick, missing }
    }

    /// Reads a column.
    pub(super) fn read(
        &mut self,
        field: &Field,
        context: &CellContext,
        text: &str,
        cells: &[Span],
    ) -> NumberColumn {
        let slow = Slow {
            field,
            context,
            text,
        };
        let missing = &self.missing;
        let bytes = text.as_bytes();
        let zone = context.zone;
        match &mut self.quick {
            Quick::Int(range) => column(cells, bytes, &slow, missing, |cell| {
                quick_int(cell).filter(|&number| range.admits(number))
            }),
            Quick::Decimal(places, range) => column(cells, bytes, &slow, missing, |cell| {
                parse_decimal_bytes(cell, *places).filter(|&units| range.admits(units))
            }),
            Quick::Bool => column(cells, bytes, &slow, missing, |cell| {
                parse_bool_bytes(cell).map(i64::from)
            }),
            Quick::Date(days) => column(cells, bytes, &slow, missing, |cell| days.date(cell, zone)),
            Quick::Datetime(days) => column(cells, bytes, &slow, missing, |cell| {
                days.instant(cell, zone)
            }),
            Quick::No => column(cells, bytes, &slow, missing, |_| None),
        }
    }
}

/// Up to 18 digits, else what the definition reads.
#[inline(always)]
fn quick_int(cell: &[u8]) -> Option<i64> {
    if cell.len() > 18 {
        return parse_decimal_bytes(cell, 0);
    }
    let mut number = 0;
    for byte in cell {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return parse_decimal_bytes(cell, 0);
        }
        number = number * 10 + i64::from(digit);
    }
    Some(number)
}

/// Reads a cell by the definition.
struct Slow<'a> {
    field: &'a Field,
    context: &'a CellContext<'a>,
    text: &'a str,
}

impl Slow<'_> {
    /// The number; `Err(true)` when the cell is invalid, `Err(false)` when it is missing.
    #[cold]
    fn read(&self, cell: Span) -> Result<i64, bool> {
        let Some(text) = cell.text(self.text) else {
            return Err(true);
        };
        let value = self.field.read(text, self.context);
        number_of(&value).ok_or(value != Value::Missing)
    }
}

#[inline(always)]
fn column(
    cells: &[Span],
    bytes: &[u8],
    slow: &Slow,
    missing: &[i64],
    mut quick: impl FnMut(&[u8]) -> Option<i64>,
) -> NumberColumn {
    let mut values = Vec::with_capacity(cells.len());
    let mut present = Vec::with_capacity(cells.len().div_ceil(64));
    let mut invalid: Vec<u64> = Vec::new();
    for (index, group) in cells.chunks(64).enumerate() {
        let mut word = 0u64;
        for (bit, cell) in group.iter().enumerate() {
            let text = cell.of(bytes);
            let is_blank = text.is_empty() && *cell != Span::INVALID && cell.as_list().is_none();
            let number = match is_blank {
                true => Err(false),
                false => match quick(text).filter(|_| !text.is_empty()) {
                    Some(number) if !missing.contains(&number) => Ok(number),
                    Some(_) => Err(false),
                    None => slow.read(*cell),
                },
            };
            word |= u64::from(number.is_ok()) << bit;
            if number == Err(true) {
                invalid.resize(cells.len().div_ceil(64), 0);
                if let Some(word) = invalid.get_mut(index) {
                    *word |= 1 << bit;
                }
            }
            values.push(number.unwrap_or(0));
        }
        present.push(word);
    }
    let invalid = match invalid.is_empty() {
        true => Bitmap::default(),
        false => Bitmap::from_words(invalid, cells.len()),
    };
    NumberColumn {
        values: values.into(),
        present: Bitmap::from_words(present, cells.len()),
        invalid,
    }
}
