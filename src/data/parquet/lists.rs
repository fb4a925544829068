//! Reads the pages of a column of lists of texts straight into codes, without arrays in between.
//!
//! Every value has two levels: whether it goes on with the list of the value before, and how much of it
//! is there (no list, an element without a value, a value). Whatever is not understood here is left to
//! the Parquet library: the answer is `None`. Invariant: no more elements are kept than [`MOST_ELEMENTS`],
//! whatever a page claims.

use super::flat::{Cells, Rows, ended, look_up, sized};
use super::hybrid::Hybrid;
use super::page::{self, Content, Page, PageSource};
use super::values::Codes;
use crate::table::{Bitmap, FIRST_ENTRY, INVALID, MISSING};
use parquet::basic::Encoding;
use parquet::errors::{ParquetError, Result};

/// Elements of a piece; more would not fit into memory.
const MOST_ELEMENTS: usize = 1 << 26;
/// Values whose levels are looked at together.
const BATCH: usize = 1024;

/// From which level on there is an element, and a value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Depth {
    pub(super) element: u32,
    pub(super) value: u32,
}

impl Depth {
    /// Bits of a level.
    fn width(self) -> u8 {
        (u32::BITS - self.value.leading_zeros()) as u8
    }
}

/// The lists of a piece.
#[derive(Default)]
pub(super) struct Lists {
    /// Where the elements of each row start; one more than there are rows.
    pub(super) offsets: Vec<u32>,
    pub(super) codes: Vec<u32>,
    /// Rows whose cell is invalid; empty when none is.
    pub(super) invalid: Bitmap,
}

/// Reads the lists of a piece; `None` when the library must. They are put into `room`.
///
/// # Errors
/// The file is broken.
pub(super) fn read(
    pages: &mut PageSource<'_>,
    depth: Depth,
    rows: Rows,
    codes: &mut Codes<'_>,
    room: Lists,
) -> Result<Option<Lists>> {
    let mut column = Column::new(depth, rows, codes.missing(), room);
    while !column.is_done
        && let Some(next) = pages.peek()?
    {
        if let Some(page_rows) = next.rows.filter(|_| !next.is_dictionary)
            && column.passed + page_rows <= rows.first
        {
            pages.skip()?;
            column.passed += page_rows;
            continue;
        }
        let Some(page) = pages.read()? else {
            break;
        };
        if column.add_page(&page, codes)?.is_none() {
            return Ok(None);
        }
    }
    column.finish().map(Some)
}

struct Column {
    depth: Depth,
    rows: Rows,
    /// The code of an element without a value.
    missing: u32,
    dictionary: Vec<u32>,
    /// Rows that started before the first that is wanted.
    passed: u64,
    /// Rows that started since.
    started: usize,
    lists: Lists,
    /// Codes of values that are not yet in a list.
    values: Vec<u32>,
    has_odd: bool,
    is_done: bool,
}

/// Where the codes of a page come from.
enum Source<'p> {
    Places(Hybrid<'p>),
    Plain { codes: Vec<u32>, at: usize },
}

/// The levels of a batch of values.
struct Levels {
    /// 0 where a row starts.
    starts: [u32; BATCH],
    depths: [u32; BATCH],
}

impl Column {
    fn new(depth: Depth, rows: Rows, missing: u32, mut room: Lists) -> Column {
        room.codes.clear();
        room.offsets.clear();
        // The place after the last row is written to while its elements are counted.
        room.offsets.resize(rows.count.saturating_add(1), 0);
        room.invalid = Bitmap::default();
        Column {
            depth,
            rows,
            missing,
            dictionary: Vec::new(),
            passed: 0,
            started: 0,
            lists: room,
            values: Vec::new(),
            has_odd: false,
            is_done: false,
        }
    }

    fn add_page(&mut self, page: &Page<'_>, codes: &mut Codes<'_>) -> Result<Option<()>> {
        let buf = page.bytes;
        match page.content {
            Content::Dictionary { entries } => {
                self.dictionary.clear();
                let read = codes.plain(buf, 0, entries, &mut self.dictionary)?;
                read.ok_or_else(ended).map(Some)
            }
            Content::Data {
                values: count,
                encoding,
                levels:
                    page::Levels::Sized {
                        definition,
                        repetition,
                    },
            } => {
                if (definition, repetition) != (Encoding::RLE, Encoding::RLE) {
                    return Ok(None);
                }
                let (starts, rest) = sized(buf).ok_or_else(ended)?;
                let (depths, values) = sized(rest).ok_or_else(ended)?;
                self.add_data((starts, depths, values), count, encoding, codes)
            }
            Content::Data {
                values: count,
                encoding,
                levels:
                    page::Levels::Bytes {
                        repetition,
                        definition,
                    },
            } => {
                let parts = buf.split_at_checked(repetition);
                let (starts, rest) = parts.ok_or_else(ended)?;
                let parts = rest.split_at_checked(definition);
                let (depths, values) = parts.ok_or_else(ended)?;
                self.add_data((starts, depths, values), count, encoding, codes)
            }
        }
    }

    fn add_data(
        &mut self,
        (starts, depths, values): (&[u8], &[u8], &[u8]),
        count: u32,
        encoding: Encoding,
        codes: &mut Codes<'_>,
    ) -> Result<Option<()>> {
        let mut depths = Hybrid::new(depths, self.depth.width()).ok_or_else(ended)?;
        let mut starts = Hybrid::new(starts, 1).ok_or_else(ended)?;
        let Some(mut source) = source(values, encoding, codes)? else {
            return Ok(None);
        };
        let mut levels = Levels {
            starts: [0; BATCH],
            depths: [0; BATCH],
        };
        let mut left = count as usize;
        while left > 0 && !self.is_done {
            let step = left.min(BATCH);
            let read = levels.starts.get_mut(..step).and_then(|to| starts.fill(to));
            let filled = levels.depths.get_mut(..step).and_then(|to| depths.fill(to));
            read.and(filled).ok_or_else(ended)?;
            self.add_batch(&levels, step, &mut source)
                .ok_or_else(ended)?;
            if self.lists.codes.len() > MOST_ELEMENTS {
                return Err(ParquetError::General("too many elements".into()));
            }
            left -= step;
        }
        Ok(Some(()))
    }

    /// Adds a batch of values; `None` where the values end.
    fn add_batch(&mut self, levels: &Levels, count: usize, source: &mut Source<'_>) -> Option<()> {
        let starts = levels.starts.get(..count)?;
        let depths = levels.depths.get(..count)?;
        let first = self.pass(starts);
        let end = self
            .end(starts.get(first..)?)
            .map_or(count, |end| first + end);
        let values = |depths: &[u32]| {
            let values = depths.iter().filter(|depth| **depth >= self.depth.value);
            values.count()
        };
        let passed = values(depths.get(..first)?);
        let depths = depths.get(first..end)?;
        let held = values(depths);
        let element = |depth: &&u32| **depth >= self.depth.element;
        let has_gaps = depths.iter().filter(element).count() != held;
        self.values.clear();
        source.pass(passed)?;
        source.take(held, &self.dictionary, &mut self.values)?;
        let is_odd = |code: &u32| *code < FIRST_ENTRY;
        self.has_odd |= has_gaps
            || self
                .values
                .iter()
                .fold(false, |any, code| any | is_odd(code));
        self.start_rows(starts.get(first..end)?, depths);
        match has_gaps {
            false => self.lists.codes.extend_from_slice(&self.values),
            true => self.add_with_gaps(depths),
        }
        self.is_done = end < count;
        Some(())
    }

    /// How many of the values belong to rows before the first that is wanted.
    fn pass(&mut self, starts: &[u32]) -> usize {
        if self.started > 0 {
            return 0;
        }
        for (place, start) in starts.iter().enumerate() {
            if *start == 0 {
                if self.passed == self.rows.first {
                    return place;
                }
                self.passed += 1;
            }
        }
        starts.len()
    }

    /// Where the row after the last that is wanted starts.
    fn end(&self, starts: &[u32]) -> Option<usize> {
        let wanted = self.rows.count - self.started;
        let begun = starts.iter().filter(|start| **start == 0).count();
        if begun <= wanted {
            return None;
        }
        let places = starts.iter().enumerate();
        let mut rows = places.filter(|(_, start)| **start == 0);
        rows.nth(wanted).map(|(place, _)| place)
    }

    /// Writes where the elements of rows start: the next place is written to until its row starts.
    fn start_rows(&mut self, starts: &[u32], depths: &[u32]) {
        let mut elements = self.lists.codes.len() as u32;
        let mut row = self.started;
        for (start, depth) in starts.iter().zip(depths) {
            if let Some(offset) = self.lists.offsets.get_mut(row) {
                *offset = elements;
            }
            row += usize::from(*start == 0);
            elements += u32::from(*depth >= self.depth.element);
        }
        self.started = row;
    }

    fn add_with_gaps(&mut self, depths: &[u32]) {
        let mut values = self.values.iter();
        for depth in depths {
            if *depth >= self.depth.value {
                self.lists.codes.extend(values.next());
            } else if *depth >= self.depth.element {
                self.lists.codes.push(self.missing);
            }
        }
    }

    fn finish(mut self) -> Result<Lists> {
        if self.started != self.rows.count {
            let (count, found) = (self.rows.count, self.started);
            let what = format!("{count} rows promised, {found} found");
            return Err(ParquetError::General(what));
        }
        if let Some(last) = self.lists.offsets.last_mut() {
            *last = self.lists.codes.len() as u32;
        }
        match self.has_odd {
            true => Ok(self.lists.settled()),
            false => Ok(self.lists),
        }
    }
}

impl Lists {
    /// Drops blanks; an invalid element spoils its row.
    fn settled(self) -> Lists {
        let mut settled = Lists::default();
        settled.offsets.push(0);
        for (start, end) in self.offsets.iter().zip(self.offsets.iter().skip(1)) {
            let codes = self.codes.get(*start as usize..*end as usize);
            let codes = codes.unwrap_or(&[]);
            let is_bad = codes.contains(&INVALID);
            if !is_bad {
                let held = codes.iter().filter(|code| **code != MISSING);
                settled.codes.extend(held);
            }
            settled.invalid.push(is_bad);
            settled.offsets.push(settled.codes.len() as u32);
        }
        if settled.invalid.is_none() {
            settled.invalid = Bitmap::default();
        }
        settled
    }
}

/// Where the codes of a page come from; `None` when its encoding is rare.
fn source<'p>(
    values: &'p [u8],
    encoding: Encoding,
    codes: &mut Codes<'_>,
) -> Result<Option<Source<'p>>> {
    Ok(match encoding {
        Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY => match values.split_first() {
            Some((width, places)) => Hybrid::new(places, *width).map(Source::Places),
            None => Some(Source::Places(Hybrid::new(&[], 0).ok_or_else(ended)?)),
        },
        Encoding::PLAIN => {
            let mut found = Vec::new();
            // They end with the page.
            codes.plain(values, 0, values.len() / 4, &mut found)?;
            Some(Source::Plain {
                codes: found,
                at: 0,
            })
        }
        _ => None,
    })
}

impl Source<'_> {
    fn pass(&mut self, count: usize) -> Option<()> {
        match self {
            Source::Places(places) => places.skip(count),
            Source::Plain { codes, at } => {
                *at = at.checked_add(count).filter(|at| *at <= codes.len())?;
                Some(())
            }
        }
    }

    fn take(&mut self, count: usize, dictionary: &[u32], found: &mut Vec<u32>) -> Option<()> {
        match self {
            Source::Places(places) => look_up(places, dictionary, count, found),
            Source::Plain { codes, at } => {
                let end = at.checked_add(count)?;
                found.extend_from_slice(codes.get(*at..end)?);
                *at = end;
                Some(())
            }
        }
    }
}
