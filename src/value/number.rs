//! Exact numbers as rules write them.

use std::cmp::Ordering;
use std::fmt;

/// A decimal number: `digits` times 10^-`scale`, at most 38 digits. Packed, because rules hold very many and
/// an `i128` would make whatever holds one a half larger.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed(4))]
pub struct Number {
    /// All digits as one number, with the sign.
    pub digits: i128,
    /// How many of them stand after the point, 0..=38.
    pub scale: u8,
}

/// What i128 holds for certain.
const MOST_DIGITS: usize = 38;

impl Number {
    /// Makes a number.
    pub fn new(digits: i128, scale: u8) -> Number {
        Number { digits, scale }
    }

    /// Reads `[+-]digits[.digits]`, at most 38 digits.
    pub fn parse(text: &str) -> Option<Number> {
        let (sign, rest) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, fraction) = match rest.split_once('.') {
            Some((_, "")) => return None,
            Some((whole, fraction)) => (whole, fraction),
            None => (rest, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) {
            return None;
        }
        if whole.len() + fraction.len() > MOST_DIGITS {
            return None;
        }
        let digits = whole
            .bytes()
            .chain(fraction.bytes())
            .fold(0i128, |sum, byte| sum * 10 + i128::from(byte - b'0'));
        Some(Number {
            digits: digits * sign,
            scale: u8::try_from(fraction.len()).ok()?,
        })
    }

    /// Whether it is a whole number (18.0 is).
    pub fn is_integer(&self) -> bool {
        self.digits % power(self.scale) == 0
    }

    /// The number in units of 10^-`places`, when that is exact and fits.
    pub fn at_scale(&self, places: u8) -> Option<i64> {
        let (floor, is_exact) = self.floor_units(places);
        floor.filter(|_| is_exact)
    }

    /// The largest number of units of 10^-`places` that is not above; saturates.
    pub fn floor_at(&self, places: u8) -> i64 {
        self.floor_units(places).0.unwrap_or(self.extreme())
    }

    /// The smallest number of units of 10^-`places` that is not below; saturates.
    pub fn ceil_at(&self, places: u8) -> i64 {
        match self.floor_units(places) {
            (Some(floor), true) => floor,
            (Some(floor), false) => floor.saturating_add(1),
            (None, _) => self.extreme(),
        }
    }

    fn extreme(&self) -> i64 {
        if self.digits < 0 { i64::MIN } else { i64::MAX }
    }

    fn floor_units(&self, places: u8) -> (Option<i64>, bool) {
        if places >= self.scale {
            let units = 10i128
                .checked_pow(u32::from(places - self.scale))
                .and_then(|factor| self.digits.checked_mul(factor));
            return (units.and_then(|units| i64::try_from(units).ok()), true);
        }
        let divisor = power(self.scale - places);
        let floor = self.digits.div_euclid(divisor);
        (
            i64::try_from(floor).ok(),
            self.digits.rem_euclid(divisor) == 0,
        )
    }

    /// The nearest double.
    pub fn to_f64(&self) -> f64 {
        self.to_string().parse().unwrap_or(0.0)
    }

    /// The exact sum; `None` beyond 128 bits.
    pub fn checked_add(self, other: Number) -> Option<Number> {
        let scale = self.scale.max(other.scale);
        let at = |number: Number| {
            let power = 10i128.checked_pow(u32::from(scale - number.scale))?;
            number.digits.checked_mul(power)
        };
        Some(Number::new(at(self)?.checked_add(at(other)?)?, scale))
    }

    /// The same number without zeros at the end.
    pub fn reduced(self) -> Number {
        let mut number = self;
        while number.scale > 0 && number.digits % 10 == 0 {
            number.digits /= 10;
            number.scale -= 1;
        }
        number
    }
}

fn power(scale: u8) -> i128 {
    10i128.checked_pow(u32::from(scale)).unwrap_or(i128::MAX)
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        let (a, b) = (self.reduced(), other.reduced());
        let whole = |number: &Number| number.digits.div_euclid(power(number.scale));
        whole(&a).cmp(&whole(&b)).then_with(|| {
            // Same whole part: the rest is below 1, and fits at the larger scale.
            let scale = a.scale.max(b.scale);
            let rest = |number: &Number| {
                number.digits.rem_euclid(power(number.scale)) * power(scale - number.scale)
            };
            rest(&a).cmp(&rest(&b))
        })
    }
}

impl std::hash::Hash for Number {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        let reduced = self.reduced();
        (reduced.digits, reduced.scale).hash(state);
    }
}

impl fmt::Display for Number {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = self.digits.unsigned_abs().to_string();
        let scale = usize::from(self.scale);
        if scale == 0 {
            return write!(out, "{sign}{digits}");
        }
        let padded = format!("{digits:0>width$}", width = scale + 1);
        let (whole, fraction) = padded.split_at(padded.len() - scale);
        write!(out, "{sign}{whole}.{fraction}")
    }
}

/// A count with a comma every three digits.
///
/// ```
/// assert_eq!(segrule::value::grouped(1_234_567), "1,234,567");
/// ```
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value() {
        let number = |text| Number::parse(text).unwrap();
        assert_eq!(number("18.0"), number("18"));
        assert!(number("-0.5") < number("-0.25"));
        assert!(number("99999999999999999999999999999999999999") > number("0.1"));
        assert_eq!(number("18.5").floor_at(0), 18);
        assert_eq!(number("18.5").ceil_at(0), 19);
        assert_eq!(number("-18.5").floor_at(0), -19);
        assert_eq!(number("1.005").at_scale(2), None);
        assert_eq!(number("-0.05").to_string(), "-0.05");
        assert_eq!(Number::parse(".5"), None);
        assert_eq!(Number::parse("5."), None);
    }
}
