//! Types and values: what cells hold, how texts, numbers and times are read and compared.
//!
//! Invariants: everything here is defined once and used by every module; nothing reads the clock or
//! the environment; nothing is guessed (a reader of cells answers `None` instead).

mod calendar;
mod cell;
mod date;
mod glob;
mod interval;
mod length;
mod number;
mod sample;
mod steady;
mod text;
mod time;
mod version;
mod zone;

pub use calendar::{Clock, DateRange, Duration, InstantRange, MonthDays, Period, PeriodUnit, Unit};
pub use cell::{
    float_key, float_of_key, parse_bool, parse_bool_bytes, parse_decimal, parse_decimal_bytes,
    parse_float, parse_int, parse_int_bytes,
};
pub use date::Date;
pub use glob::Glob;
pub use interval::Intervals;
pub use length::{LengthUnit, TextLength};
pub use number::{Number, grouped};
pub use sample::{SampleHasher, Share, sample_hash};
pub use text::{fold_text, narrow, normalise_text};
pub use time::{Instant, TimeFormat, parse_date, parse_instant, parse_instant_bytes};
pub use version::Version;
pub use zone::{LocalTime, UnknownZone, Zone};

use std::fmt;
use std::sync::Arc;

/// One cell as row evaluation and people see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing there.
    Missing,
    /// Something that cannot be read as the field's type or lies outside what is declared.
    Invalid,
    /// bool
    Bool(bool),
    /// int
    Int(i64),
    /// decimal: `units` of 10^-`places`
    Decimal {
        /// The number times 10^places.
        units: i64,
        /// 0..=9
        places: u8,
    },
    /// float, finite
    Float(f64),
    /// text, one of, id
    Text(Arc<str>),
    /// date
    Date(Date),
    /// datetime
    Instant(Instant),
    /// region: its code
    Region(u32),
    /// version
    Version(Version),
    /// list, at least one element
    List(Vec<Value>),
}

impl fmt::Display for Value {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => out.write_str("missing"),
            Value::Invalid => out.write_str("invalid"),
            Value::Bool(is_true) => write!(out, "{is_true}"),
            Value::Int(number) => write!(out, "{number}"),
            Value::Decimal { units, places } => {
                write!(out, "{}", Number::new(i128::from(*units), *places))
            }
            Value::Float(number) => write!(out, "{number}"),
            Value::Text(text) => write!(out, "{text:?}"),
            Value::Date(date) => write!(out, "{date}"),
            Value::Instant(instant) => write!(out, "{instant}"),
            Value::Region(code) => write!(out, "{code}"),
            Value::Version(version) => write!(out, "{version}"),
            Value::List(elements) => {
                out.write_str("(")?;
                for (index, element) in elements.iter().enumerate() {
                    if index > 0 {
                        out.write_str(", ")?;
                    }
                    write!(out, "{element}")?;
                }
                out.write_str(")")
            }
        }
    }
}
