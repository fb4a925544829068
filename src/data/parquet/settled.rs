//! Columns of a row group that its statistics say enough about: they are not read.
//!
//! A column is settled when all its numbers answer every question alike: then any of them stands for
//! all. Statistics are believed as far as they are exact, as everything else in a file is.

use super::convert::FieldReader;
use super::direct::{Pages, Way};
use super::values::{NO_NUMBER, NumberWay, instant};
use crate::table::{Bitmap, NumberColumn, NumberVec};
use parquet::file::statistics::Statistics;

impl FieldReader {
    /// The column of a piece, when it need not be read.
    pub(super) fn settled(&self, pages: &Pages<'_>) -> Option<NumberColumn> {
        let (cuts, flat) = (self.cuts.as_ref()?, self.flat.as_ref()?);
        let Way::Numbers(way, range) = &flat.way else {
            return None;
        };
        let column = pages.group.columns().get(flat.index)?;
        let statistics = column.statistics()?;
        let rows = pages.rows.count;
        let nulls = match statistics.null_count_opt() {
            None if !flat.is_optional => 0,
            nulls => nulls?,
        };
        if i64::try_from(nulls) == Ok(pages.group.num_rows()) {
            return Some(NumberColumn {
                values: NumberVec::all_alike(0, rows),
                present: Bitmap::none(rows),
                invalid: Bitmap::default(),
            });
        }
        let (low, high) = bounds(way, statistics).filter(|_| nulls == 0)?;
        let is_valid = range.iter().any(|(from, to)| from <= low && high <= to);
        let next = cuts.partition_point(|cut| *cut <= low);
        let is_alike = cuts.get(next).is_none_or(|cut| *cut > high);
        (is_valid && is_alike).then(|| NumberColumn {
            values: NumberVec::all_alike(low, rows),
            present: Bitmap::all(rows),
            invalid: Bitmap::default(),
        })
    }
}

/// The lowest and the highest number of a column, as cells have them.
fn bounds(way: &NumberWay, statistics: &Statistics) -> Option<(i64, i64)> {
    let is_exact = statistics.min_is_exact() && statistics.max_is_exact();
    if !is_exact || statistics.is_min_max_deprecated() {
        return None;
    }
    let (low, high) = match statistics {
        Statistics::Int32(found) => {
            let wide = |value: &i32| i64::from(*value);
            (found.min_opt().map(wide)?, found.max_opt().map(wide)?)
        }
        Statistics::Int64(found) => (*found.min_opt()?, *found.max_opt()?),
        _ => return None,
    };
    let fits = |most: i64| (low >= -most - 1 && high <= most).then_some((low, high));
    let (low, high) = match way {
        NumberWay::Int8 => fits(i64::from(i8::MAX)),
        NumberWay::Int16 => fits(i64::from(i16::MAX)),
        NumberWay::Int32 | NumberWay::Int64 => Some((low, high)),
        // Local times need not rise with the numbers they are stored as.
        NumberWay::Time { parts, zone: None } => {
            let ms =
                |ticks: i64| Some(instant(ticks.div_euclid(*parts))).filter(|ms| *ms != NO_NUMBER);
            ms(low).zip(ms(high))
        }
        _ => None,
    }?;
    (low <= high).then_some((low, high))
}
