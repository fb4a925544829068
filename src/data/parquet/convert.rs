//! Turns Arrow arrays into columns of a chunk.
//!
//! Numbers and times are copied; everything else goes through the text a CSV cell would have and
//! [`Field::read`], once per distinct value.

use super::copy;
use super::direct::FlatColumn;
use super::leaf::Leaf;
use super::text::for_each_text;
use crate::data::decode::Spellings;
use crate::data::{InvalidCells, Request};
use crate::name::FieldId;
use crate::schema::{CellContext, Field, Type};
use crate::table::{
    Bitmap, CodeVec, CodedColumn, Column, INVALID, ListColumn, MISSING, NumberColumn,
    RecordNumbers, TextColumn,
};
use crate::value::{Date, Instant, Intervals, Number, Value, Zone, float_key, parse_decimal};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type,
    Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
use parquet::schema::types::SchemaDescriptor;

const DAY_MS: i64 = 86_400_000;

/// Reads one field from batches, for one worker.
pub(super) struct FieldReader {
    id: FieldId,
    pub(super) field: Field,
    /// Its column, or those of its parts; `None` for what the file lacks.
    pub(super) parts: Vec<Option<Leaf>>,
    /// How it is read straight from its pages, if it is.
    pub(super) flat: Option<FlatColumn>,
    pub(super) zone: Zone,
    pub(super) spellings: Spellings,
    /// Where answers about its numbers change, when nobody wants the numbers themselves.
    pub(super) cuts: Option<Vec<i64>>,
    /// A column whose memory may be used again.
    pub(super) spare: Option<Column>,
}

/// What a number cell holds.
enum Cell {
    Missing,
    Invalid,
    Number(i64),
}

impl FieldReader {
    pub(super) fn new(
        id: FieldId,
        field: &Field,
        parts: &[Option<Leaf>],
        request: &Request,
        file: &SchemaDescriptor,
    ) -> FieldReader {
        let zone = &request.zone;
        let flat = match parts {
            [Some(leaf)] => FlatColumn::of_field(leaf, field, zone, file),
            _ => None,
        };
        FieldReader {
            id,
            field: field.clone(),
            parts: parts.to_vec(),
            flat,
            zone: zone.clone(),
            spellings: Spellings::new(),
            cuts: request.cuts.get(&id).cloned(),
            spare: None,
        }
    }

    /// The field's column for the rows that stay, out of the Parquet library's arrays.
    pub(super) fn read(
        &mut self,
        batches: &[RecordBatch],
        kept: &Bitmap,
        ids: &TextColumn,
    ) -> Column {
        if self.parts.iter().all(Option::is_none) {
            return Column::Absent;
        }
        if let Type::Region { from, .. } = &self.field.kind
            && !from.is_empty()
        {
            return Column::Coded(self.part_codes(batches, kept));
        }
        let leaf = self.parts.first().cloned().flatten();
        let arrays = batches.iter().filter_map(|batch| {
            let array = leaf.as_ref()?.array(batch)?;
            Some((array, batch.num_rows()))
        });
        let arrays: Vec<(ArrayRef, usize)> = arrays.collect();
        match &self.field.kind {
            Type::Id => Column::Text(ids.clone()),
            Type::List { .. } => Column::List(self.lists(&arrays, kept)),
            Type::Text { .. } | Type::OneOf(_) | Type::Region { .. } | Type::Version => {
                Column::Coded(self.codes(&arrays, kept))
            }
            Type::Bool
            | Type::Int(_)
            | Type::Decimal { .. }
            | Type::Float(_)
            | Type::Date(_)
            | Type::Datetime(_) => Column::Number(self.numbers(&arrays, kept)),
        }
    }

    /// Counts the invalid cells of the rows that stay.
    pub(super) fn count_invalid(
        &self,
        column: &Column,
        lines: &RecordNumbers,
        invalid: &mut InvalidCells,
    ) {
        let mut count = |row: usize| invalid.add(self.id, lines.of(row), "");
        if let Some(rows) = column.invalid_rows() {
            rows.rows().for_each(&mut count);
        }
    }

    fn numbers(&self, arrays: &[(ArrayRef, usize)], kept: &Bitmap) -> NumberColumn {
        if let [(array, rows)] = arrays
            && kept.count() == *rows as u64
            && let Some(column) = copy::number_column(array, &self.field, &self.zone)
        {
            return column;
        }
        let mut column = NumberColumn::default();
        let mut base = 0;
        for (array, rows) in arrays {
            self.append_numbers(array, &mut |row, cell| {
                if kept.get(base + row) {
                    push(&mut column, cell);
                }
            });
            base += rows;
        }
        if column.invalid.is_none() {
            column.invalid = Bitmap::default();
        }
        column
    }

    /// Hands every cell of an array over, in order.
    fn append_numbers(&self, array: &ArrayRef, take: &mut dyn FnMut(usize, Cell)) {
        let field = &self.field;
        let is_plain = field.missing_when.is_empty();
        match (&field.kind, array.data_type()) {
            (Type::Int(range), DataType::Int64) if is_plain => {
                whole::<Int64Type>(array, range, take)
            }
            (Type::Int(range), DataType::Int32) if is_plain => {
                whole::<Int32Type>(array, range, take)
            }
            (Type::Int(range), DataType::Int16) if is_plain => {
                whole::<Int16Type>(array, range, take)
            }
            (Type::Int(range), DataType::Int8) if is_plain => whole::<Int8Type>(array, range, take),
            (Type::Int(range), DataType::UInt32) if is_plain => {
                whole::<UInt32Type>(array, range, take)
            }
            (Type::Int(range), DataType::UInt16) if is_plain => {
                whole::<UInt16Type>(array, range, take)
            }
            (Type::Int(range), DataType::UInt8) if is_plain => {
                whole::<UInt8Type>(array, range, take)
            }
            (Type::Int(range), DataType::UInt64) if is_plain => {
                whole::<UInt64Type>(array, range, take)
            }
            (Type::Decimal { places, range }, DataType::Decimal128(_, scale)) if is_plain => {
                decimals(array, *places, *scale, range, take);
            }
            (Type::Decimal { places, range }, DataType::Float64) if is_plain => {
                money(array, *places, range, take);
            }
            (Type::Float(range), DataType::Float64) if is_plain => {
                floats::<Float64Type>(array, range, take);
            }
            (Type::Float(range), DataType::Float32) if is_plain => {
                floats::<Float32Type>(array, range, take);
            }
            (_, DataType::Null) => (0..array.len()).for_each(|row| take(row, Cell::Missing)),
            (Type::Bool, DataType::Boolean) if is_plain => {
                for (row, cell) in array.as_boolean().iter().enumerate() {
                    take(
                        row,
                        cell.map_or(Cell::Missing, |is_true| Cell::Number(i64::from(is_true))),
                    );
                }
            }
            (Type::Date(format), DataType::Date32) if is_plain && format.is_iso() => {
                each::<Date32Type>(array, take, |days| day(i64::from(days)));
            }
            (Type::Date(format), DataType::Date64) if is_plain && format.is_iso() => {
                each::<Date64Type>(array, take, |ms| day(ms.div_euclid(DAY_MS)));
            }
            (Type::Datetime(format), DataType::Timestamp(unit, zone))
                if is_plain && format.is_iso() =>
            {
                self.instants(array, unit, zone.is_some(), take);
            }
            (Type::Date(format), DataType::Timestamp(unit, zone)) if format.is_iso() => {
                self.midnights(array, unit, zone.is_some(), take);
            }
            (_, _) => self.through_text(array, take),
        }
    }

    /// Times with a zone are instants; those without are local to the run's zone.
    fn instants(
        &self,
        array: &ArrayRef,
        unit: &TimeUnit,
        has_zone: bool,
        take: &mut dyn FnMut(usize, Cell),
    ) {
        let cell = |ms: i64| {
            let days = ms.div_euclid(DAY_MS);
            if !(i64::from(Date::MIN.0)..=i64::from(Date::MAX.0)).contains(&days) {
                return Cell::Invalid;
            }
            if has_zone {
                return Cell::Number(ms);
            }
            let date = Date(i32::try_from(days).unwrap_or(0));
            let ms_of_day = u32::try_from(ms.rem_euclid(DAY_MS)).unwrap_or(0);
            Cell::Number(self.zone.instant_of(date, ms_of_day).0)
        };
        match unit {
            TimeUnit::Second => each::<TimestampSecondType>(array, take, |at| {
                at.checked_mul(1000).map_or(Cell::Invalid, cell)
            }),
            TimeUnit::Millisecond => each::<TimestampMillisecondType>(array, take, cell),
            TimeUnit::Microsecond => {
                each::<TimestampMicrosecondType>(array, take, |at| cell(at.div_euclid(1000)));
            }
            TimeUnit::Nanosecond => {
                each::<TimestampNanosecondType>(array, take, |at| cell(at.div_euclid(1_000_000)));
            }
        }
    }

    /// Days that were stored as times: a local midnight is its day, any other time is no date.
    fn midnights(
        &self,
        array: &ArrayRef,
        unit: &TimeUnit,
        has_zone: bool,
        take: &mut dyn FnMut(usize, Cell),
    ) {
        self.instants(array, unit, has_zone, &mut |row, cell| {
            let Cell::Number(ms) = cell else {
                return take(row, cell);
            };
            let date = self.zone.date_of(Instant(ms));
            let is_midnight = self.zone.start_of_day(date) == Instant(ms);
            let is_marker = self.field.missing_when.contains(&Value::Date(date));
            take(
                row,
                match (is_midnight, is_marker) {
                    (false, _) => Cell::Invalid,
                    (true, true) => Cell::Missing,
                    (true, false) => day(i64::from(date.0)),
                },
            );
        });
    }

    /// Any other pairing is read as the text a CSV cell would have.
    fn through_text(&self, array: &ArrayRef, take: &mut dyn FnMut(usize, Cell)) {
        let context = CellContext { zone: &self.zone };
        let mut row = 0;
        for_each_text(Some(&**array), array.len(), |text| {
            let value = self.field.read(text.unwrap_or(""), &context);
            take(row, number_cell(&value));
            row += 1;
        });
    }

    fn codes(&mut self, arrays: &[(ArrayRef, usize)], kept: &Bitmap) -> CodedColumn {
        self.spellings.renew();
        let mut codes = Vec::with_capacity(usize::try_from(kept.count()).unwrap_or(0));
        let mut base = 0;
        for (array, rows) in arrays {
            self.append_codes(array, &mut |row, code| {
                if kept.get(base + row) {
                    codes.push(code);
                }
            });
            base += rows;
        }
        CodedColumn {
            codes: codes.into(),
            dictionary: self.spellings.dictionary(),
        }
    }

    fn append_codes(&mut self, array: &ArrayRef, take: &mut dyn FnMut(usize, u32)) {
        let (field, spellings) = (&self.field, &mut self.spellings);
        let context = CellContext { zone: &self.zone };
        let mut code =
            |text: &str| spellings.code(text.as_bytes(), || read_one(field, text, &context));
        if let Some(keys) = array.as_dictionary_opt::<Int32Type>() {
            // Each entry of the page's dictionary is looked up once.
            let mut meanings = Vec::with_capacity(keys.values().len());
            for_each_text(Some(&**keys.values()), keys.values().len(), |text| {
                meanings.push(code(text.unwrap_or("")));
            });
            let missing = code("");
            if keys.nulls().is_none() {
                for (row, key) in keys.keys().values().iter().enumerate() {
                    let meaning = usize::try_from(*key).ok().and_then(|key| meanings.get(key));
                    take(row, meaning.copied().unwrap_or(missing));
                }
                return;
            }
            for (row, key) in keys.keys().iter().enumerate() {
                let place = key.and_then(|key| usize::try_from(key).ok());
                take(
                    row,
                    place
                        .and_then(|place| meanings.get(place))
                        .copied()
                        .unwrap_or(missing),
                );
            }
            return;
        }
        let mut row = 0;
        for_each_text(Some(&**array), array.len(), |text| {
            take(row, code(text.unwrap_or("")));
            row += 1;
        });
    }

    fn lists(&mut self, arrays: &[(ArrayRef, usize)], kept: &Bitmap) -> ListColumn {
        self.spellings.renew();
        let mut column = ListColumn {
            offsets: vec![0],
            codes: CodeVec::default(),
            invalid: Bitmap::default(),
            dictionary: self.spellings.dictionary(),
        };
        let mut base = 0;
        for (array, rows) in arrays {
            let stays = |row: usize| kept.get(base + row);
            match array.data_type() {
                DataType::List(_) => {
                    let lists = array.as_list::<i32>();
                    let ends = lists
                        .value_offsets()
                        .iter()
                        .map(|end| *end as usize)
                        .collect();
                    self.append_lists(array, ends, lists.values(), stays, &mut column);
                }
                DataType::LargeList(_) => {
                    let lists = array.as_list::<i64>();
                    let ends = lists
                        .value_offsets()
                        .iter()
                        .map(|end| *end as usize)
                        .collect();
                    self.append_lists(array, ends, lists.values(), stays, &mut column);
                }
                _ => self.append_split(array, stays, &mut column),
            }
            base += rows;
        }
        if column.invalid.is_none() {
            column.invalid = Bitmap::default();
        }
        column.dictionary = self.spellings.dictionary();
        column
    }

    /// Real lists: all elements are looked up in one go.
    fn append_lists(
        &mut self,
        array: &ArrayRef,
        offsets: Vec<usize>,
        elements: &ArrayRef,
        stays: impl Fn(usize) -> bool,
        column: &mut ListColumn,
    ) {
        let mut codes = Vec::with_capacity(elements.len());
        self.append_codes(elements, &mut |_, code| codes.push(code));
        for row in (0..array.len()).filter(|row| stays(*row)) {
            let range = match (offsets.get(row), offsets.get(row + 1)) {
                (Some(&start), Some(&end)) if !array.is_null(row) => start..end,
                _ => 0..0,
            };
            end_list(column, codes.get(range).unwrap_or(&[]).iter().copied());
        }
    }

    /// A text column for a list field is split as a CSV cell would be.
    fn append_split(
        &mut self,
        array: &ArrayRef,
        stays: impl Fn(usize) -> bool,
        column: &mut ListColumn,
    ) {
        let Type::List { separator, .. } = &self.field.kind else {
            return;
        };
        let separator = separator.clone();
        let mut row = 0;
        for_each_text(Some(&**array), array.len(), |text| {
            if stays(row) {
                let text = text.unwrap_or("");
                let codes: Vec<u32> = match &separator {
                    Some(separator) => {
                        let parts = text.split(&**separator);
                        parts.map(|part| self.element_code(part)).collect()
                    }
                    None => vec![self.element_code(text)],
                };
                end_list(column, codes.into_iter());
            }
            row += 1;
        });
    }

    fn element_code(&mut self, text: &str) -> u32 {
        let (field, context) = (&self.field, CellContext { zone: &self.zone });
        self.spellings
            .code(text.as_bytes(), || read_one(field, text, &context))
    }
}

/// The value of a cell, or of one element of a list.
pub(super) fn read_one(field: &Field, text: &str, context: &CellContext) -> Value {
    if !matches!(field.kind, Type::List { .. }) {
        return field.read(text, context);
    }
    match field.read_list([text], context) {
        Value::List(values) => values.into_iter().next().unwrap_or(Value::Missing),
        other => other,
    }
}

/// Adds one row's elements: blanks are dropped, an invalid one spoils the cell.
fn end_list(column: &mut ListColumn, codes: impl Iterator<Item = u32> + Clone) {
    let is_bad = codes.clone().any(|code| code == INVALID);
    if !is_bad {
        column.codes.extend(codes.filter(|code| *code != MISSING));
    }
    column.invalid.push(is_bad);
    column
        .offsets
        .push(u32::try_from(column.codes.len()).unwrap_or(u32::MAX));
}

fn push(column: &mut NumberColumn, cell: Cell) {
    let number = match cell {
        Cell::Number(number) => Some(number),
        Cell::Missing | Cell::Invalid => None,
    };
    column.values.extend([number.unwrap_or(0)]);
    column.present.push(number.is_some());
    column.invalid.push(matches!(cell, Cell::Invalid));
}

fn number_cell(value: &Value) -> Cell {
    match value {
        Value::Missing => Cell::Missing,
        Value::Bool(is_true) => Cell::Number(i64::from(*is_true)),
        Value::Int(number) => Cell::Number(*number),
        Value::Decimal { units, .. } => Cell::Number(*units),
        Value::Float(number) => Cell::Number(float_key(*number)),
        Value::Date(date) => Cell::Number(i64::from(date.0)),
        Value::Instant(Instant(ms)) => Cell::Number(*ms),
        Value::Invalid | Value::Text(_) | Value::Region(_) | Value::Version(_) | Value::List(_) => {
            Cell::Invalid
        }
    }
}

/// Hands every cell of a primitive array over; nulls are missing.
fn each<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    take: &mut dyn FnMut(usize, Cell),
    cell: impl Fn(T::Native) -> Cell,
) {
    let array: &PrimitiveArray<T> = array.as_primitive();
    for (row, value) in array.iter().enumerate() {
        take(row, value.map_or(Cell::Missing, &cell));
    }
}

fn in_range(number: i64, range: &Intervals) -> Cell {
    match range.is_all() || range.contains(number) {
        true => Cell::Number(number),
        false => Cell::Invalid,
    }
}

fn whole<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    range: &Intervals,
    take: &mut dyn FnMut(usize, Cell),
) where
    T::Native: TryInto<i64>,
{
    each::<T>(array, take, |value| match value.try_into() {
        Ok(number) => in_range(number, range),
        Err(_) => Cell::Invalid,
    });
}

fn floats<T: ArrowPrimitiveType>(
    array: &ArrayRef,
    range: &Intervals,
    take: &mut dyn FnMut(usize, Cell),
) where
    T::Native: Into<f64>,
{
    each::<T>(array, take, |value| {
        let number: f64 = value.into();
        match number.is_finite() {
            true => in_range(float_key(number), range),
            false => Cell::Invalid,
        }
    });
}

/// Decimals of another scale are exact or invalid.
fn decimals(
    array: &ArrayRef,
    places: u8,
    scale: i8,
    range: &Intervals,
    take: &mut dyn FnMut(usize, Cell),
) {
    let Ok(scale) = u8::try_from(scale) else {
        each::<Decimal128Type>(array, take, |_| Cell::Invalid);
        return;
    };
    each::<Decimal128Type>(array, take, |digits| {
        Number::new(digits, scale)
            .at_scale(places)
            .map_or(Cell::Invalid, |units| in_range(units, range))
    });
}

/// Money stored as a double is exact only when its shortest decimal form fits.
fn money(array: &ArrayRef, places: u8, range: &Intervals, take: &mut dyn FnMut(usize, Cell)) {
    each::<Float64Type>(array, take, |number| {
        parse_decimal(&number.to_string(), places)
            .map_or(Cell::Invalid, |units| in_range(units, range))
    });
}

fn day(days: i64) -> Cell {
    match (i64::from(Date::MIN.0)..=i64::from(Date::MAX.0)).contains(&days) {
        true => Cell::Number(days),
        false => Cell::Invalid,
    }
}
