//! Turns the cells of one field into a column, and counts what is invalid.
//!
//! Every way here agrees with [`Field::read`](crate::schema::Field::read), which is the definition.

mod cells;
mod days;
mod number;
mod spellings;

pub(super) use cells::{Cells, Span, line_end};
pub(super) use spellings::Spellings;

use super::report::shape_of;
use super::{InvalidCells, RejectReason};
use crate::machine::Level;
use crate::name::FieldId;
use crate::schema::{CellContext, Field, Type, is_spreadsheet_number};
use crate::table::{
    Bitmap, CodedColumn, Column, FIRST_ENTRY, INVALID, ListColumn, NumberColumn, TextColumn,
};
use crate::value::{Value, Zone, normalise_text};
use number::NumberReader;

/// The text of a block and where its cells stand.
#[derive(Clone, Copy)]
pub(super) struct Texts<'a> {
    pub(super) text: &'a str,
    pub(super) cells: &'a Cells,
    /// Where the parts of a region are, when it is put together; else the field's own cells.
    pub(super) slots: &'a [Option<usize>],
    pub(super) zone: &'a Zone,
}

/// Decodes the cells of one field for one worker.
#[derive(Debug)]
pub(super) struct FieldDecoder {
    id: FieldId,
    field: Field,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Number(NumberReader),
    Coded(Spellings),
    Parts(Spellings),
    List(Spellings),
    Text,
}

/// Between the parts of a region in the spelling that stands for all of them.
const PART_MARK: char = '\u{1f}';

impl FieldDecoder {
    /// A decoder for a field.
    pub(super) fn new(id: FieldId, field: &Field, zone: &Zone) -> FieldDecoder {
        let kind = match &field.kind {
            Type::Bool
            | Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_) => Kind::Number(NumberReader::new(field, zone)),
            Type::Region { from, .. } if !from.is_empty() => Kind::Parts(Spellings::new()),
            Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version => {
                Kind::Coded(Spellings::new())
            }
            Type::List { .. } => Kind::List(Spellings::new()),
            Type::Id => Kind::Text,
        };
        FieldDecoder {
            id,
            field: field.clone(),
            kind,
        }
    }

    /// Decodes the field's cells; invalid ones are counted with the line of their row.
    pub(super) fn decode(
        &mut self,
        texts: Texts,
        ids: &TextColumn,
        line: impl Fn(usize) -> u64,
        invalid: &mut InvalidCells,
    ) -> Column {
        let context = CellContext { zone: texts.zone };
        let field = &self.field;
        let own = texts.own_cells();
        match &mut self.kind {
            Kind::Number(reader) => {
                let column = reader.read(field, &context, texts.text, own);
                self.count_numbers(&column, texts, line, invalid);
                Column::Number(column)
            }
            Kind::Coded(spellings) => {
                spellings.renew();
                let codes = codes(texts, spellings, |text| field.read(text, &context));
                self.count_codes(&codes, line, invalid);
                self.coded(codes)
            }
            Kind::Parts(spellings) => {
                spellings.renew();
                let codes = part_codes(field, texts, spellings);
                self.count_codes(&codes, line, invalid);
                self.coded(codes)
            }
            Kind::List(spellings) => {
                spellings.renew();
                let column = list(field, &context, texts, spellings);
                for row in column.invalid.rows() {
                    invalid.add(self.id, line(row), "");
                }
                Column::List(column)
            }
            Kind::Text => Column::Text(ids.clone()),
        }
    }

    fn coded(&self, codes: Vec<u32>) -> Column {
        match &self.kind {
            Kind::Coded(spellings) | Kind::Parts(spellings) => Column::Coded(CodedColumn {
                codes: codes.into(),
                dictionary: spellings.dictionary(),
            }),
            Kind::Number(_) | Kind::List(_) | Kind::Text => Column::Absent,
        }
    }

    fn count_codes(&self, codes: &[u32], line: impl Fn(usize) -> u64, invalid: &mut InvalidCells) {
        for (row, &code) in codes.iter().enumerate() {
            if code == INVALID {
                invalid.add(self.id, line(row), "");
            }
        }
    }

    fn count_numbers(
        &self,
        column: &NumberColumn,
        texts: Texts,
        line: impl Fn(usize) -> u64,
        invalid: &mut InvalidCells,
    ) {
        for row in column.invalid.rows() {
            let cell = texts
                .own_cells()
                .get(row)
                .and_then(|cell| cell.text(texts.text));
            invalid.add(self.id, line(row), &shape_of(cell.unwrap_or("")));
        }
    }
}

impl<'a> Texts<'a> {
    fn own_cells(&self) -> &'a [Span] {
        let slot = self.slots.first().copied().flatten();
        slot.and_then(|slot| self.cells.columns.get(slot))
            .map_or(&[], Vec::as_slice)
    }
}

fn codes(texts: Texts, spellings: &mut Spellings, read: impl Fn(&str) -> Value) -> Vec<u32> {
    const SHORT: usize = 32;
    let bytes = texts.text.as_bytes();
    let mut last: (&[u8], u32) = (&[], crate::table::MISSING);
    let code_of = |cell: &Span| {
        let spelling = cell.of(bytes);
        if spelling.is_empty() && (*cell == Span::INVALID || cell.as_list().is_some()) {
            return INVALID;
        }
        // Looking a short one up is as quick as comparing it.
        if spelling.len() <= SHORT || spelling != last.0 {
            let code = spellings.code(spelling, || match cell.text(texts.text) {
                Some(text) => read(text),
                None => Value::Invalid,
            });
            last = (spelling, code);
        }
        last.1
    };
    texts.own_cells().iter().map(code_of).collect()
}

fn part_codes(field: &Field, texts: Texts, spellings: &mut Spellings) -> Vec<u32> {
    let mut joined = String::new();
    let mut code_of = |row: usize| {
        let parts = texts.slots.iter().map(|slot| {
            let cell = slot.and_then(|slot| texts.cells.columns.get(slot)?.get(row));
            cell.map_or(Some(""), |cell| cell.text(texts.text))
        });
        region_code(field, parts, &mut joined, spellings)
    };
    (0..texts.cells.rows).map(&mut code_of).collect()
}

/// The code of a region that is put together, in `joined`; a part without a text (`None`) spoils it.
pub(super) fn region_code<'t>(
    field: &Field,
    parts: impl Iterator<Item = Option<&'t str>>,
    joined: &mut String,
    spellings: &mut Spellings,
) -> u32 {
    joined.clear();
    for (place, part) in parts.enumerate() {
        if place > 0 {
            joined.push(PART_MARK);
        }
        match part {
            Some(part) if !part.contains(PART_MARK) => joined.push_str(part),
            Some(_) | None => return INVALID,
        }
    }
    spellings.code(joined.as_bytes(), || {
        let parts: Vec<&str> = joined.split(PART_MARK).collect();
        field.read_parts(&parts)
    })
}

fn list(
    field: &Field,
    context: &CellContext,
    texts: Texts,
    spellings: &mut Spellings,
) -> ListColumn {
    let separator = match &field.kind {
        Type::List { separator, .. } => separator.as_deref(),
        _ => None,
    };
    let own = texts.own_cells();
    let mut builder = ListBuilder {
        field,
        context,
        spellings,
        offsets: Vec::with_capacity(own.len() + 1),
        codes: Vec::with_capacity(own.len()),
        invalid: Bitmap::default(),
    };
    builder.offsets.push(0);
    for (row, cell) in own.iter().enumerate() {
        let is_valid = match (cell.as_list(), cell.text(texts.text)) {
            (Some(index), _) => builder.add_array(index, texts),
            (None, Some("")) => true,
            (None, Some(text)) => builder.add_text(text, separator),
            (None, None) => false,
        };
        builder.end_row(row, own.len(), is_valid);
    }
    ListColumn {
        offsets: builder.offsets,
        codes: builder.codes.into(),
        invalid: builder.invalid,
        dictionary: spellings.dictionary(),
    }
}

struct ListBuilder<'a> {
    field: &'a Field,
    context: &'a CellContext<'a>,
    spellings: &'a mut Spellings,
    offsets: Vec<u32>,
    codes: Vec<u32>,
    invalid: Bitmap,
}

impl ListBuilder<'_> {
    /// Adds the elements of a JSON array; whether all are valid.
    fn add_array(&mut self, index: usize, texts: Texts) -> bool {
        let (start, end) = texts.cells.lists.get(index).copied().unwrap_or_default();
        let elements = texts
            .cells
            .elements
            .get(start as usize..end as usize)
            .unwrap_or(&[]);
        elements
            .iter()
            .all(|element| match element.text(texts.text) {
                Some(text) => self.add_element(text),
                None => false,
            })
    }

    /// Adds the elements of a separated text; whether all are valid.
    fn add_text(&mut self, text: &str, separator: Option<&str>) -> bool {
        match separator.map(str::as_bytes) {
            None => self.add_element(text),
            Some(&[separator]) => {
                let mut from = 0;
                let stops = memchr::memchr_iter(separator, text.as_bytes());
                stops.chain(std::iter::once(text.len())).all(|stop| {
                    let element = text.get(from..stop).unwrap_or("");
                    from = stop + 1;
                    self.add_element(element)
                })
            }
            Some(_) => {
                let mut elements = text.split(separator.unwrap_or(","));
                elements.all(|element| self.add_element(element))
            }
        }
    }

    #[inline]
    fn add_element(&mut self, text: &str) -> bool {
        let (field, context) = (self.field, self.context);
        let read = || match field.read_list(std::iter::once(text), context) {
            Value::List(elements) => elements.into_iter().next().unwrap_or(Value::Missing),
            other => other,
        };
        let code = self.spellings.code(text.as_bytes(), read);
        if code >= FIRST_ENTRY {
            self.codes.push(code);
        }
        code != INVALID
    }

    fn end_row(&mut self, row: usize, rows: usize, is_valid: bool) {
        if !is_valid {
            let start = self.offsets.last().copied().unwrap_or(0);
            self.codes.truncate(start as usize);
            if self.invalid.is_empty() {
                self.invalid = Bitmap::none(rows);
            }
            self.invalid.set(row, true);
        }
        self.offsets.push(self.codes.len() as u32);
    }
}

/// Reads the ids; the reasons are by row and empty when every id can be read.
pub(super) fn read_ids(
    field: &Field,
    zone: &Zone,
    text: &str,
    cells: &[Span],
) -> (TextColumn, Vec<Option<RejectReason>>) {
    let is_simple = field.missing_when.is_empty();
    if is_simple && let Some(ids) = plain_ids(text.as_bytes(), cells) {
        return (ids, Vec::new());
    }
    let mut ids = TextColumn {
        ends: Vec::with_capacity(cells.len()),
        text: String::with_capacity(cells.len() * 12),
        even: None,
    };
    let mut reasons = Vec::new();
    let context = CellContext { zone };
    for (row, cell) in cells.iter().enumerate() {
        let id = cell.text(text);
        let is_plain = |id: &&str| is_simple && !id.is_empty() && are_plain(id.as_bytes());
        if let Some(id) = id.filter(is_plain) {
            ids.push(id);
            continue;
        }
        match read_id(field, &context, id) {
            Ok(id) => ids.push(&id),
            Err(reason) => {
                reasons.resize(cells.len(), None);
                if let Some(place) = reasons.get_mut(row) {
                    *place = Some(reason);
                }
            }
        }
    }
    (ids, reasons)
}

/// All ids at once; `None` when one of them might be more or less than its text.
fn plain_ids(text: &[u8], cells: &[Span]) -> Option<TextColumn> {
    /// Short ids are copied so many bytes at once.
    const BLOCK: usize = 16;
    let (mut total, mut has_none) = (0u64, false);
    for cell in cells {
        let length = u64::from(cell.end.wrapping_sub(cell.start));
        has_none |= length == 0;
        total += length;
    }
    // Cells without a text are counted as no bytes or as more than there are.
    let total = usize::try_from(total).ok()?;
    if has_none || total > text.len() {
        return None;
    }
    let mut bytes = vec![0; total + BLOCK];
    let mut ends = Vec::with_capacity(cells.len());
    let mut at = 0;
    for cell in cells {
        let (start, end) = (cell.start as usize, cell.end as usize);
        let id = text.get(start..end)?;
        let blocks = text
            .get(start..)
            .and_then(|from| from.first_chunk::<BLOCK>());
        let place = bytes.get_mut(at..)?;
        match (blocks, place.first_chunk_mut::<BLOCK>()) {
            (Some(block), Some(place)) if id.len() <= BLOCK => *place = *block,
            (_, _) => place.get_mut(..id.len())?.copy_from_slice(id),
        }
        at += id.len();
        ends.push(at as u32);
    }
    bytes.truncate(at);
    let mut is_plain = false;
    Level::detect().run(
        #[inline(always)]
        || is_plain = are_plain(&bytes),
    );
    if !is_plain {
        return None;
    }
    let text = String::from_utf8(bytes).ok()?;
    let even = None;
    Some(TextColumn { ends, text, even })
}

/// Whether ids are certainly themselves: ASCII without blanks, NUL or `+`.
#[inline(always)]
fn are_plain(ids: &[u8]) -> bool {
    let is_odd = |byte: &u8| *byte <= b' ' || *byte >= 0x7f || *byte == b'+';
    !ids.iter().fold(false, |any, byte| any | is_odd(byte))
}

fn read_id(
    field: &Field,
    context: &CellContext,
    text: Option<&str>,
) -> Result<String, RejectReason> {
    let text = text.ok_or(RejectReason::InvalidId)?;
    match field.read(text, context) {
        Value::Text(id) => Ok(id.to_string()),
        Value::Missing => Err(RejectReason::MissingId),
        _ if is_spreadsheet_number(&normalise_text(text)) => Err(RejectReason::SpreadsheetId),
        _ => Err(RejectReason::InvalidId),
    }
}
