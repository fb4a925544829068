//! Makes cells of the plain values of a column: numbers, times, bits and codes.

use super::convert::read_one;
use super::flat::Cells;
use crate::data::decode::Spellings;
use crate::machine::Level;
use crate::schema::{CellContext, Field};
use crate::value::{Date, Zone, float_key, parse_decimal};
use parquet::errors::{ParquetError, Result};

const DAY_MS: i64 = 86_400_000;

/// How a number is read from a value.
#[derive(Clone, Debug)]
pub(super) enum NumberWay {
    Bit,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    /// Invalid where it does not fit.
    UInt64,
    /// Whole numbers of up to eight bytes, the highest first.
    Big {
        bytes: usize,
    },
    Float,
    Double,
    /// Money in a double, exact or invalid.
    Money {
        places: u8,
    },
    /// Times in parts of a millisecond.
    Time {
        parts: i64,
        /// Where they are local; `None` for instants.
        zone: Option<Zone>,
    },
}

/// Stands for an invalid cell where a way has any: no float, money or time is read as this number.
pub(super) const NO_NUMBER: i64 = i64::MIN;

/// Numbers read in one way.
pub(super) struct Numbers<'w>(pub(super) &'w NumberWay);

impl Cells for Numbers<'_> {
    type Cell = i64;

    fn missing(&mut self) -> i64 {
        0
    }

    fn bit(&self, is_one: bool) -> Option<i64> {
        matches!(self.0, NumberWay::Bit).then_some(i64::from(is_one))
    }

    fn plain(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        cells: &mut Vec<i64>,
    ) -> Result<Option<()>> {
        let part = (bytes, skipped, count);
        let int = i32::from_le_bytes;
        Ok(match self.0 {
            NumberWay::Bit => bits(part, cells),
            NumberWay::Int8 => fixed(part, cells, |value| i64::from(int(value) as i8)),
            NumberWay::Int16 => fixed(part, cells, |value| i64::from(int(value) as i16)),
            NumberWay::Int32 => fixed(part, cells, |value| i64::from(int(value))),
            NumberWay::UInt8 => fixed(part, cells, |value| i64::from(int(value) as u8)),
            NumberWay::UInt16 => fixed(part, cells, |value| i64::from(int(value) as u16)),
            NumberWay::UInt32 => fixed(part, cells, |value| i64::from(int(value) as u32)),
            NumberWay::Int64 => fixed(part, cells, i64::from_le_bytes),
            NumberWay::UInt64 => fixed(part, cells, |value| {
                i64::try_from(u64::from_le_bytes(value)).unwrap_or(NO_NUMBER)
            }),
            NumberWay::Big { bytes } => big(part, *bytes, cells),
            NumberWay::Float => fixed(part, cells, |value| {
                float(f64::from(f32::from_le_bytes(value)))
            }),
            NumberWay::Double => fixed(part, cells, |value| float(f64::from_le_bytes(value))),
            NumberWay::Money { places } => fixed(part, cells, |value| {
                let text = f64::from_le_bytes(value).to_string();
                parse_decimal(&text, *places).unwrap_or(NO_NUMBER)
            }),
            NumberWay::Time { parts, zone } => times(part, cells, *parts, zone),
        })
    }
}

/// Bytes, values passed over, values wanted.
type Part<'b> = (&'b [u8], usize, usize);

#[inline]
fn fixed<const N: usize>(
    (bytes, skipped, count): Part<'_>,
    cells: &mut Vec<i64>,
    cell: impl Fn([u8; N]) -> i64,
) -> Option<()> {
    let start = skipped.checked_mul(N)?;
    let end = start.checked_add(count.checked_mul(N)?)?;
    let (values, _) = bytes.get(start..end)?.as_chunks::<N>();
    cells.extend(values.iter().map(|value| cell(*value)));
    Some(())
}

fn bits((bytes, skipped, count): Part<'_>, cells: &mut Vec<i64>) -> Option<()> {
    let end = skipped.checked_add(count)?;
    let bytes = bytes.get(..end.div_ceil(8))?;
    cells.extend((skipped..end).map(|at| {
        let byte = bytes.get(at / 8).copied().unwrap_or(0);
        i64::from(byte >> (at % 8) & 1)
    }));
    Some(())
}

fn big((bytes, skipped, count): Part<'_>, width: usize, cells: &mut Vec<i64>) -> Option<()> {
    let start = skipped.checked_mul(width)?;
    let end = start.checked_add(count.checked_mul(width)?)?;
    let values = bytes.get(start..end)?.chunks_exact(width);
    cells.extend(values.map(|value| {
        let sign = value.first().map_or(0, |byte| i64::from(*byte as i8 >> 7));
        value
            .iter()
            .fold(sign, |number, byte| number << 8 | i64::from(*byte))
    }));
    Some(())
}

fn float(number: f64) -> i64 {
    match number.is_finite() {
        true => float_key(number),
        false => NO_NUMBER,
    }
}

#[inline]
pub(super) fn instant(ms: i64) -> i64 {
    const FIRST_MS: i64 = Date::MIN.0 as i64 * DAY_MS;
    const LAST_MS: i64 = (Date::MAX.0 as i64 + 1) * DAY_MS - 1;
    match (FIRST_MS..=LAST_MS).contains(&ms) {
        true => ms,
        false => NO_NUMBER,
    }
}

/// Dividing by a number that the compiler knows takes a fraction of the time.
fn times(part: Part<'_>, cells: &mut Vec<i64>, parts: i64, zone: &Option<Zone>) -> Option<()> {
    let ticks = i64::from_le_bytes;
    let start = cells.len();
    match parts {
        1 => fixed(part, cells, |value| instant(ticks(value))),
        1_000 => thousandths(part, cells),
        _ => fixed(part, cells, |value| instant(ticks(value).div_euclid(parts))),
    }?;
    if let (Some(zone), Some(times)) = (zone, cells.get_mut(start..)) {
        zone.instants_of(times, NO_NUMBER);
    }
    Some(())
}

/// Times in thousands a millisecond, many divided together where that is exact.
fn thousandths((bytes, skipped, count): Part<'_>, cells: &mut Vec<i64>) -> Option<()> {
    const TOGETHER: usize = 512;
    let start = skipped.checked_mul(8)?;
    let end = start.checked_add(count.checked_mul(8)?)?;
    let (ticks, _) = bytes.get(start..end)?.as_chunks::<8>();
    let mut times = [0; TOGETHER];
    for ticks in ticks.chunks(TOGETHER) {
        let times = times.get_mut(..ticks.len())?;
        let mut is_exact = false;
        Level::detect().run(
            #[inline(always)]
            || is_exact = divide(ticks, times),
        );
        if !is_exact {
            for (time, ticks) in times.iter_mut().zip(ticks) {
                *time = instant(i64::from_le_bytes(*ticks).div_euclid(1_000));
            }
        }
        cells.extend_from_slice(times);
    }
    Some(())
}

/// Divides by a thousand, rounding down; whether that is right: all numbers are exact as floats. Then they
/// are times within the calendar.
#[inline(always)]
fn divide(ticks: &[[u8; 8]], times: &mut [i64]) -> bool {
    /// Floats up to this number hold every whole number.
    const MOST: i64 = 1 << 53;
    /// Added to a float, it leaves the nearest whole number in the lower bits.
    const NEAREST: f64 = (3i64 << 51) as f64;
    let mut largest = 0;
    for (time, ticks) in times.iter_mut().zip(ticks) {
        let ticks = i64::from_le_bytes(*ticks);
        largest |= ticks ^ (ticks >> 63);
        let near = (ticks as f64 / 1_000.0 + NEAREST).to_bits() as i64;
        let near = near.wrapping_sub(NEAREST.to_bits() as i64);
        *time = near - i64::from(near.wrapping_mul(1_000) > ticks);
    }
    largest < MOST
}

/// Codes of texts.
pub(super) struct Codes<'f> {
    pub(super) field: &'f Field,
    pub(super) zone: &'f Zone,
    pub(super) spellings: &'f mut Spellings,
}

impl Codes<'_> {
    fn code(&mut self, text: &[u8]) -> Result<u32> {
        let mut is_broken = false;
        let (field, context) = (self.field, CellContext { zone: self.zone });
        let code = self.spellings.code(text, || {
            is_broken = std::str::from_utf8(text).is_err();
            read_one(field, std::str::from_utf8(text).unwrap_or(""), &context)
        });
        match is_broken {
            true => Err(ParquetError::General("a text that is not UTF-8".into())),
            false => Ok(code),
        }
    }
}

impl Cells for Codes<'_> {
    type Cell = u32;

    fn missing(&mut self) -> u32 {
        let (field, context) = (self.field, CellContext { zone: self.zone });
        self.spellings.code(b"", || read_one(field, "", &context))
    }

    fn plain(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        cells: &mut Vec<u32>,
    ) -> Result<Option<()>> {
        texts(bytes, skipped, count, |_, text| {
            cells.push(self.code(text)?);
            Ok(())
        })
    }
}

/// Walks over texts, each after its length; hands over where each starts.
#[inline]
pub(super) fn texts(
    bytes: &[u8],
    skipped: usize,
    count: usize,
    mut take: impl FnMut(usize, &[u8]) -> Result<()>,
) -> Result<Option<()>> {
    let mut at = 0;
    for number in 0..skipped.saturating_add(count) {
        let rest = bytes.get(at..).unwrap_or(&[]);
        let Some((length, rest)) = rest.split_first_chunk() else {
            return Ok(None);
        };
        let length = u32::from_le_bytes(*length) as usize;
        let Some(text) = rest.get(..length) else {
            return Ok(None);
        };
        if number >= skipped {
            take(at + 4, text)?;
        }
        at += 4 + length;
    }
    Ok(Some(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_divided_exactly() {
        let mut ticks = vec![
            0,
            1,
            -1,
            999,
            1_000,
            1_001,
            -999,
            -1_000,
            -1_001,
            i64::MIN,
            i64::MAX,
        ];
        for bits in 0..63 {
            let edge = 1i64 << bits;
            ticks.extend([edge - 1, edge, edge + 1, 1 - edge, -edge, -1 - edge]);
        }
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        for round in 0..50_000 {
            random = random.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(23) ^ 0x5b;
            let near = (random as i64 >> (round % 50)) / 1_000 * 1_000;
            ticks.extend([near - 1, near, near + 1]);
        }
        // All together, a few that are small, and a few around each.
        for together in [ticks.len(), 700, 3] {
            for ticks in ticks.chunks(together) {
                let bytes: Vec<u8> = ticks.iter().flat_map(|ticks| ticks.to_le_bytes()).collect();
                let mut found = vec![5];
                let skipped = usize::from(ticks.len() > 2);
                let count = ticks.len() - skipped;
                times((&bytes, skipped, count), &mut found, 1_000, &None).unwrap();
                let expected = ticks[skipped..].iter();
                let expected = expected.map(|ticks| instant(ticks.div_euclid(1_000)));
                assert!(found[1..].iter().copied().eq(expected), "{together}");
            }
        }
        assert!(times((&[0; 15], 0, 2), &mut Vec::new(), 1_000, &None).is_none());
    }
}
