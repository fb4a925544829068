//! Turns a cell of a chunk back into the [`Value`] that row evaluation and people see.

use super::{Chunk, Column};
use crate::schema::Type;
use crate::value::{Date, Instant, Value, float_of_key};

impl Chunk {
    /// The cell of a column (by its place in the projection) and row, read as a field of type `kind`.
    pub fn value(&self, column: usize, row: usize, kind: &Type) -> Value {
        match self.columns.get(column) {
            Some(Column::Number(numbers)) => {
                if numbers.present.get(row) {
                    let number = numbers.values.get(row).unwrap_or(0);
                    number_value(number, kind)
                } else if numbers.invalid.get(row) {
                    Value::Invalid
                } else {
                    Value::Missing
                }
            }
            Some(Column::Coded(coded)) => match coded.codes.get(row) {
                Some(code) => coded.dictionary.value(code),
                None => Value::Missing,
            },
            Some(Column::List(lists)) => {
                if lists.invalid.get(row) {
                    return Value::Invalid;
                }
                let element = |code| lists.dictionary.value(code);
                let elements: Vec<Value> = lists.row(row).map(element).collect();
                match elements.is_empty() {
                    true => Value::Missing,
                    false => Value::List(elements),
                }
            }
            Some(Column::Text(texts)) => match texts.get(row) {
                "" => Value::Missing,
                text => Value::Text(text.into()),
            },
            Some(Column::Absent) | None => Value::Missing,
        }
    }
}

/// The value behind a number of a [`super::NumberColumn`].
fn number_value(number: i64, kind: &Type) -> Value {
    match kind {
        Type::Bool => Value::Bool(number != 0),
        Type::Decimal { places, .. } => Value::Decimal {
            units: number,
            places: *places,
        },
        Type::Float(_) => Value::Float(float_of_key(number)),
        Type::Date(_) => Value::Date(Date(i32::try_from(number).unwrap_or(0))),
        Type::Datetime(_) => Value::Instant(Instant(number)),
        Type::Int(_)
        | Type::Text { .. }
        | Type::OneOf(_)
        | Type::Region { .. }
        | Type::Version
        | Type::List { .. }
        | Type::Id => Value::Int(number),
    }
}

impl super::ListColumn {
    /// The codes of a row's elements.
    pub fn row(&self, row: usize) -> impl Iterator<Item = u32> + Clone {
        let start = self.offsets.get(row).map_or(0, |&at| at as usize);
        let end = self.offsets.get(row + 1).map_or(start, |&at| at as usize);
        (start..end).filter_map(|place| self.codes.get(place))
    }
}
