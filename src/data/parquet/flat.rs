//! Reads the pages of a column without nesting straight into cells, without arrays in between.
//!
//! Dictionaries are read once a piece, and cells are looked up in what was made of them. Whatever is
//! not understood here (an encoding that is rare) is left to the Parquet library: the answer is `None`.
//! Invariant: no more cells are made than the piece has rows, whatever a page claims.

use super::hybrid::{BitsEnd, Hybrid};
use super::page::{Content, Levels, Page, PageSource};
use crate::machine::{LANE_BYTES, Lane, Level, Scan, spread};
use crate::table::Bitmap;
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

/// What cells are made of the values of a column.
pub(super) trait Cells {
    /// One cell.
    type Cell: Spread;

    /// The cell of a row without a value.
    fn missing(&mut self) -> Self::Cell;

    /// Adds the cells of plain values, `skipped` of them passed over; `None` where the bytes end.
    ///
    /// # Errors
    /// A value that no file may hold.
    fn plain(
        &mut self,
        bytes: &[u8],
        skipped: usize,
        count: usize,
        cells: &mut Vec<Self::Cell>,
    ) -> Result<Option<()>>;

    /// Adds the cells of the entries of a dictionary.
    ///
    /// # Errors
    /// As [`Cells::plain`].
    fn dictionary(
        &mut self,
        bytes: &[u8],
        count: usize,
        cells: &mut Vec<Self::Cell>,
    ) -> Result<Option<()>> {
        self.plain(bytes, 0, count, cells)
    }

    /// The cell of a bit; `None` for columns that are not of bits.
    fn bit(&self, is_one: bool) -> Option<Self::Cell> {
        let _ = is_one;
        None
    }
}

/// Cells that are put where a row has one.
pub(super) trait Spread: Copy {
    /// The first cells in order where a bit is one, `missing` elsewhere.
    #[inline(always)]
    fn spread<L: Lane>(cells: &[Self; LANE_BYTES], bits: u64, missing: Self) -> [Self; LANE_BYTES] {
        spread(cells, bits, missing)
    }
}

impl Spread for () {}

impl Spread for i64 {
    #[inline(always)]
    fn spread<L: Lane>(cells: &[i64; LANE_BYTES], bits: u64, missing: i64) -> [i64; LANE_BYTES] {
        L::spread_long(cells, bits, missing)
    }
}

impl Spread for u32 {
    #[inline(always)]
    fn spread<L: Lane>(cells: &[u32; LANE_BYTES], bits: u64, missing: u32) -> [u32; LANE_BYTES] {
        L::spread_short(cells, bits, missing)
    }
}

/// The cells of a piece, and which rows have one.
pub(super) struct Flat<C> {
    pub(super) cells: Vec<C>,
    pub(super) present: Bitmap,
}

/// The rows that are wanted of a row group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rows {
    pub(super) first: u64,
    pub(super) count: usize,
}

/// Reads a column of a piece; `None` when the library must. Cells are put into `room`.
///
/// # Errors
/// The file is broken.
pub(super) fn read<C: Cells>(
    pages: &mut PageSource<'_>,
    is_optional: bool,
    rows: Rows,
    cells: &mut C,
    mut room: Vec<C::Cell>,
) -> Result<Option<Flat<C::Cell>>> {
    room.clear();
    room.reserve(rows.count);
    let mut column = Column {
        is_optional,
        dictionary: Vec::new(),
        found: room,
        present: BitsEnd::with_capacity(rows.count),
        values: Vec::new(),
    };
    let mut passed = 0;
    while column.found.len() < rows.count
        && let Some(next) = pages.peek()?
    {
        let page_rows = next.values.unwrap_or(0);
        if !next.is_dictionary && (page_rows == 0 || passed + page_rows <= rows.first) {
            pages.skip()?;
            passed += page_rows;
            continue;
        }
        let Some(page) = pages.read()? else {
            break;
        };
        let skipped = rows.first.saturating_sub(passed);
        let wanted = page_rows.saturating_sub(skipped);
        let wanted = usize::try_from(wanted).map_or(usize::MAX, |wanted| wanted);
        let part = Part {
            skipped: usize::try_from(skipped).map_err(|_| ended())?,
            count: wanted.min(rows.count - column.found.len()),
        };
        if column.add_page(&page, part, cells)?.is_none() {
            return Ok(None);
        }
        if !next.is_dictionary {
            passed += page_rows;
        }
    }
    if column.found.len() != rows.count {
        let (count, found) = (rows.count, column.found.len());
        let what = format!("{count} rows promised, {found} found");
        return Err(ParquetError::General(what));
    }
    Ok(Some(Flat {
        cells: column.found,
        present: column.present.finish(),
    }))
}

pub(super) fn ended() -> ParquetError {
    ParquetError::EOF("a page ends too early".into())
}

/// The rows that are wanted of a page.
#[derive(Clone, Copy)]
struct Part {
    skipped: usize,
    count: usize,
}

struct Column<C> {
    is_optional: bool,
    dictionary: Vec<C>,
    found: Vec<C>,
    present: BitsEnd,
    /// Cells of a page with missing ones, before they are spread over its rows.
    values: Vec<C>,
}

impl<C: Spread> Column<C> {
    fn add_page<S: Cells<Cell = C>>(
        &mut self,
        page: &Page<'_>,
        part: Part,
        cells: &mut S,
    ) -> Result<Option<()>> {
        let buf = page.bytes;
        match page.content {
            Content::Dictionary { entries } => {
                self.dictionary.clear();
                // An entry takes a byte at least, most take more than four.
                self.dictionary.reserve(entries.min(buf.len() / 4));
                let read = cells.dictionary(buf, entries, &mut self.dictionary)?;
                read.ok_or_else(ended).map(Some)
            }
            Content::Data {
                encoding,
                levels: Levels::Sized { definition, .. },
                ..
            } => {
                let (levels, values) = match self.is_optional {
                    false => (None, buf),
                    true if definition != Encoding::RLE => return Ok(None),
                    true => {
                        let (levels, values) = sized(buf).ok_or_else(ended)?;
                        (Some(levels), values)
                    }
                };
                self.add_data(levels, values, encoding, part, cells)
            }
            Content::Data {
                encoding,
                levels:
                    Levels::Bytes {
                        repetition,
                        definition,
                    },
                ..
            } => {
                let (_, rest) = buf.split_at_checked(repetition).ok_or_else(ended)?;
                let levels = rest.split_at_checked(definition);
                let (levels, values) = levels.ok_or_else(ended)?;
                let levels = self.is_optional.then_some(levels);
                self.add_data(levels, values, encoding, part, cells)
            }
        }
    }

    fn add_data<S: Cells<Cell = C>>(
        &mut self,
        levels: Option<&[u8]>,
        values: &[u8],
        encoding: Encoding,
        part: Part,
        cells: &mut S,
    ) -> Result<Option<()>> {
        let start = self.present.len();
        let (skipped, count) = match levels {
            None => {
                self.present.push_same(true, part.count);
                (part.skipped, part.count)
            }
            Some(levels) => self.add_levels(levels, part).ok_or_else(ended)?,
        };
        let is_full = count == part.count;
        let mut found = match is_full {
            true => std::mem::take(&mut self.found),
            false => std::mem::take(&mut self.values),
        };
        let read = self.add_values(values, encoding, skipped, count, &mut found, cells);
        match is_full {
            true => self.found = found,
            false => {
                self.spread(&found, start, part.count, cells.missing());
                found.clear();
                self.values = found;
            }
        }
        read
    }

    /// Reads which rows of a page have a value: how many before the part, how many within.
    fn add_levels(&mut self, levels: &[u8], part: Part) -> Option<(usize, usize)> {
        let mut levels = Hybrid::new(levels, 1)?;
        let before = levels.count_ones(part.skipped)?;
        let within = levels.append_bits(part.count, &mut self.present)?;
        Some((before, within))
    }

    fn add_values<S: Cells<Cell = C>>(
        &mut self,
        values: &[u8],
        encoding: Encoding,
        skipped: usize,
        count: usize,
        found: &mut Vec<C>,
        cells: &mut S,
    ) -> Result<Option<()>> {
        match encoding {
            Encoding::PLAIN => {
                let read = cells.plain(values, skipped, count, found)?;
                read.ok_or_else(ended).map(Some)
            }
            Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => {
                let read = self.look_up(values, skipped, count, found);
                read.ok_or_else(ended).map(Some)
            }
            Encoding::RLE => {
                let (Some(no), Some(yes)) = (cells.bit(false), cells.bit(true)) else {
                    return Ok(None);
                };
                let (bits, _) = sized(values).ok_or_else(ended)?;
                let read = Hybrid::new(bits, 1).and_then(|mut bits| {
                    bits.skip(skipped)?;
                    each(&mut bits, count, |bit| {
                        found.push(if bit == 1 { yes } else { no });
                        Some(())
                    })
                });
                read.ok_or_else(ended).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn look_up(
        &self,
        values: &[u8],
        skipped: usize,
        count: usize,
        found: &mut Vec<C>,
    ) -> Option<()> {
        if count == 0 {
            return Some(());
        }
        let (width, places) = values.split_first()?;
        let mut places = Hybrid::new(places, *width)?;
        places.skip(skipped)?;
        look_up(&mut places, &self.dictionary, count, found)
    }

    /// Puts cells where a row has one.
    fn spread(&mut self, values: &[C], start: usize, rows: usize, missing: C) {
        Level::detect().scan(SpreadCells {
            values,
            present: &self.present,
            start,
            rows,
            missing,
            found: &mut self.found,
        });
    }
}

/// Adds the cells of rows from `start` on, of which those that are present have one.
struct SpreadCells<'c, C> {
    values: &'c [C],
    present: &'c BitsEnd,
    start: usize,
    rows: usize,
    missing: C,
    found: &'c mut Vec<C>,
}

impl<C: Spread> Scan for SpreadCells<'_, C> {
    type Output = ();

    #[inline(always)]
    fn scan<L: Lane>(self) {
        let mut left = self.values;
        for row in (0..self.rows).step_by(LANE_BYTES) {
            let bits = self.present.word_at(self.start + row);
            let last;
            let next = match left.first_chunk() {
                Some(next) => next,
                None => {
                    last = followed(left, self.missing);
                    &last
                }
            };
            let cells = C::spread::<L>(next, bits, self.missing);
            let rows = (self.rows - row).min(LANE_BYTES);
            self.found
                .extend_from_slice(cells.get(..rows).unwrap_or(&[]));
            left = left.get(bits.count_ones() as usize..).unwrap_or(&[]);
        }
    }
}

/// The last cells, and others behind them that no bit asks for.
#[cold]
fn followed<C: Copy>(cells: &[C], other: C) -> [C; LANE_BYTES] {
    let mut last = [other; LANE_BYTES];
    last.iter_mut()
        .zip(cells)
        .for_each(|(to, from)| *to = *from);
    last
}

/// Adds what a dictionary holds at the next places; `None` when one lies outside it.
pub(super) fn look_up<C: Copy>(
    places: &mut Hybrid<'_>,
    dictionary: &[C],
    count: usize,
    found: &mut Vec<C>,
) -> Option<()> {
    let Some(first) = dictionary.first() else {
        return (count == 0).then_some(());
    };
    let mut batch = [0; BATCH];
    let mut left = count;
    while left > 0 {
        let batch = batch.get_mut(..left.min(BATCH))?;
        places.fill(batch)?;
        let mut is_outside = false;
        found.extend(batch.iter().map(|place| {
            let cell = dictionary.get(*place as usize);
            is_outside |= cell.is_none();
            cell.unwrap_or(first)
        }));
        if is_outside {
            return None;
        }
        left -= batch.len();
    }
    Some(())
}

/// Numbers that are unpacked together.
const BATCH: usize = 512;

/// Hands the next numbers over until one is refused.
#[inline]
fn each(
    numbers: &mut Hybrid<'_>,
    count: usize,
    mut take: impl FnMut(u32) -> Option<()>,
) -> Option<()> {
    let mut batch = [0; BATCH];
    let mut left = count;
    while left > 0 {
        let step = left.min(BATCH);
        let batch = batch.get_mut(..step)?;
        numbers.fill(batch)?;
        for number in batch {
            take(*number)?;
        }
        left -= step;
    }
    Some(())
}

/// Bytes after their length, and the rest.
pub(super) fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk()?;
    rest.split_at_checked(u32::from_le_bytes(*length) as usize)
}
