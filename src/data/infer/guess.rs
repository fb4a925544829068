//! What a column may hold, judged by every cell of it.

use super::text::type_text;
use crate::schema::Type;
use crate::value::{
    Intervals, Number, TimeFormat, Zone, narrow, parse_date, parse_float, parse_instant, parse_int,
};

/// The types that all cells so far can be read as. Guesses of parts of a column can be joined in any
/// order.
#[derive(Clone, Debug)]
pub(in crate::data) struct Guess {
    can: Can,
    /// Most places after the point.
    places: u8,
    /// The largest number of units of 10^-9, sign aside.
    largest: i128,
    has_values: bool,
    /// A JSON or Parquet list was seen.
    pub(in crate::data) is_list: bool,
    /// The type that the file itself says.
    declared: Option<Type>,
    /// Where the column was first met, in data that has keys.
    pub(in crate::data) place: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Can {
    bool: bool,
    int: bool,
    decimal: bool,
    float: bool,
    date: bool,
    datetime: bool,
}

const MOST_PLACES: u8 = 9;

impl Default for Guess {
    fn default() -> Guess {
        Guess {
            can: Can {
                bool: true,
                int: true,
                decimal: true,
                float: true,
                date: true,
                datetime: true,
            },
            places: 0,
            largest: 0,
            has_values: false,
            is_list: false,
            declared: None,
            place: u64::MAX,
        }
    }
}

impl Guess {
    /// A column whose type its file says.
    #[cfg(feature = "parquet")]
    pub(in crate::data) fn declared(kind: Type) -> Guess {
        Guess {
            declared: Some(kind),
            ..Guess::default()
        }
    }

    /// Takes a cell into account.
    pub(in crate::data) fn see(&mut self, text: &str, utc: &Zone) {
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.has_values = true;
        let can = &mut self.can;
        can.bool &= text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        if can.int || can.decimal || can.float {
            self.see_number(text);
        }
        let can = &mut self.can;
        can.date = can.date && parse_date(text).is_some();
        can.datetime = can.datetime && parse_instant(text, utc).is_some();
    }

    /// Takes into account that something is here that is no cell, such as a list within a list.
    pub(in crate::data) fn see_other(&mut self) {
        self.has_values = true;
        self.can = Can {
            bool: false,
            int: false,
            decimal: false,
            float: false,
            date: false,
            datetime: false,
        };
    }

    fn see_number(&mut self, text: &str) {
        let can = &mut self.can;
        can.int = can.int && parse_int(text).is_some();
        can.float = can.float && parse_float(text).is_some();
        if !can.decimal {
            return;
        }
        let text = narrow(text);
        let places = text.split_once('.').map_or(0, |(_, places)| {
            // Zeros past the most places there can be say nothing.
            let least = places.trim_end_matches('0').len();
            places.len().min(least.max(usize::from(MOST_PLACES)))
        });
        let units = Number::parse(&text).and_then(|number| {
            let shift = 10i128.checked_pow(u32::from(MOST_PLACES))?;
            let scale = 10i128.checked_pow(u32::from(number.scale))?;
            number
                .digits
                .checked_mul(shift)
                .map(|digits| digits / scale)
        });
        match (units, u8::try_from(places)) {
            (Some(units), Ok(places)) if places <= MOST_PLACES => {
                self.places = self.places.max(places);
                self.largest = self.largest.max(units.abs());
            }
            (Some(_) | None, _) => can.decimal = false,
        }
    }

    /// What holds for both parts of a column.
    pub(in crate::data) fn join(&mut self, other: &Guess) {
        self.declared = match (self.declared.take(), &other.declared) {
            (None, None) => None,
            (Some(a), Some(b)) if type_text(&a) == type_text(b) => Some(a),
            (Some(a), None) if !other.has_values => Some(a),
            (None, Some(b)) if !self.has_values => Some(b.clone()),
            // Two files that do not agree: text holds what both have.
            (Some(_), _) | (None, Some(_)) => Some(Type::Text { is_folded: false }),
        };
        let (a, b) = (self.can, other.can);
        self.can = Can {
            bool: a.bool && b.bool,
            int: a.int && b.int,
            decimal: a.decimal && b.decimal,
            float: a.float && b.float,
            date: a.date && b.date,
            datetime: a.datetime && b.datetime,
        };
        self.places = self.places.max(other.places);
        self.largest = self.largest.max(other.largest);
        self.has_values |= other.has_values;
        self.is_list |= other.is_list;
        self.place = self.place.min(other.place);
    }

    /// The type of the column.
    pub(in crate::data) fn kind(&self) -> Type {
        if let Some(kind) = &self.declared {
            return kind.clone();
        }
        let kind = self.cell_kind();
        match self.is_list {
            true => Type::List {
                element: Box::new(kind),
                separator: None,
            },
            false => kind,
        }
    }

    fn cell_kind(&self) -> Type {
        let text = Type::Text { is_folded: false };
        let can = self.can;
        match () {
            () if !self.has_values => text,
            () if can.bool => Type::Bool,
            () if can.int => Type::Int(Intervals::all()),
            () if can.decimal && self.fits() => Type::Decimal {
                places: self.places,
                range: Intervals::all(),
            },
            () if can.float => Type::Float(Intervals::all()),
            () if can.date => Type::Date(TimeFormat::Iso),
            () if can.datetime => Type::Datetime(TimeFormat::Iso),
            () => text,
        }
    }

    /// Whether the largest number can be kept with the most places.
    fn fits(&self) -> bool {
        let spare = u32::from(MOST_PLACES - self.places);
        let units = self.largest / 10i128.checked_pow(spare).unwrap_or(1);
        units <= i128::from(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[&str]) -> String {
        let utc = Zone::utc();
        let mut parts = [Guess::default(), Guess::default()];
        for (index, cell) in cells.iter().enumerate() {
            parts[index % 2].see(cell, &utc);
        }
        let [mut first, second] = parts;
        first.join(&second);
        match first.kind() {
            Type::Decimal { places, .. } => format!("decimal({places})"),
            Type::Bool => "bool".into(),
            Type::Int(_) => "int".into(),
            Type::Float(_) => "float".into(),
            Type::Date(_) => "date".into(),
            Type::Datetime(_) => "datetime".into(),
            _ => "text".into(),
        }
    }

    #[test]
    fn a_column_is_what_all_its_cells_are() {
        assert_eq!(kind(&["true", "", "FALSE"]), "bool");
        assert_eq!(kind(&["1", "0"]), "int");
        assert_eq!(kind(&["1", "18.0", "１８"]), "int");
        assert_eq!(kind(&["1", "18.50", "2.5"]), "decimal(2)");
        assert_eq!(kind(&["1.1234567891", "2"]), "float");
        assert_eq!(kind(&["9223372036854775807", "0.5"]), "float");
        assert_eq!(kind(&["1e3", "2"]), "float");
        assert_eq!(kind(&["2026-01-01", ""]), "date");
        assert_eq!(kind(&["2026-01-01", "2026-01-01T09:00"]), "datetime");
        assert_eq!(kind(&["2026-01-01", "soon"]), "text");
        assert_eq!(kind(&["true", "1"]), "text");
        assert_eq!(kind(&["", " "]), "text");
        assert_eq!(kind(&["18岁"]), "text");
    }
}
