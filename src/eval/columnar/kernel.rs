//! The loops over rows: plain functions from slices to words of 64 bits.
//!
//! Each writes one word per 64 rows; the last word may cover fewer rows, its other bits are 0.

use crate::value::Intervals;

/// How many rows a word holds.
pub(super) const WORD_ROWS: usize = 64;

/// Numbers inside the intervals. Most questions have one interval: one subtraction and comparison.
pub(super) fn numbers_in(values: &[i64], set: &Intervals, out: &mut [u64]) {
    out.fill(0);
    for (from, to) in set.iter() {
        let width = to.wrapping_sub(from) as u64;
        for (word, rows) in out.iter_mut().zip(values.chunks(WORD_ROWS)) {
            *word |= bits(rows, |&value| value.wrapping_sub(from) as u64 <= width);
        }
    }
}

/// Codes whose byte in the truth table is 1.
pub(super) fn codes_in(codes: &[u32], truth: &[u8], out: &mut [u64]) {
    for (word, rows) in out.iter_mut().zip(codes.chunks(WORD_ROWS)) {
        *word = bits(rows, |&code| {
            truth.get(code as usize).copied().unwrap_or(0) != 0
        });
    }
}

/// Rows with some element whose byte in the truth table is 1. `offsets` has one entry more than rows.
pub(super) fn lists_in(offsets: &[u32], codes: &[u32], truth: &[u8], out: &mut [u64]) {
    let row_count = offsets.len().saturating_sub(1);
    for_each_row(row_count, out, |row| {
        elements(offsets, codes, row)
            .iter()
            .any(|&code| truth.get(code as usize).copied().unwrap_or(0) != 0)
    });
}

/// Rows with a number of elements inside the intervals.
pub(super) fn list_lengths_in(offsets: &[u32], set: &Intervals, out: &mut [u64]) {
    let row_count = offsets.len().saturating_sub(1);
    for_each_row(row_count, out, |row| {
        let start = offsets.get(row).copied().unwrap_or(0);
        let end = offsets.get(row + 1).copied().unwrap_or(start);
        set.contains(i64::from(end.saturating_sub(start)))
    });
}

/// Sets the bits of the rows for which `is_in` holds.
pub(super) fn for_each_row(rows: usize, out: &mut [u64], mut is_in: impl FnMut(usize) -> bool) {
    for (index, word) in out.iter_mut().enumerate() {
        let start = index * WORD_ROWS;
        let end = (start + WORD_ROWS).min(rows);
        *word = (start..end).fold(0, |bits, row| bits | u64::from(is_in(row)) << (row - start));
    }
}

fn bits<T>(rows: &[T], is_in: impl Fn(&T) -> bool) -> u64 {
    rows.iter()
        .enumerate()
        .fold(0, |word, (bit, row)| word | u64::from(is_in(row)) << bit)
}

fn elements<'c>(offsets: &[u32], codes: &'c [u32], row: usize) -> &'c [u32] {
    let start = offsets.get(row).map_or(0, |&at| at as usize);
    let end = offsets.get(row + 1).map_or(start, |&at| at as usize);
    codes.get(start..end).unwrap_or(&[])
}
