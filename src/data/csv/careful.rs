//! Reads CSV records byte by byte, with every rule: what a quote may do, how many fields there are,
//! how long a field may be. Records that break a rule are rejected and never mended.

use super::grid::{Dialect, unquote_one};
use crate::data::RejectReason;
use crate::data::decode::{Cells, Span};
use crate::data::limit;

/// One record found.
#[derive(Debug)]
pub(in crate::data) struct Record {
    /// Where it ends, its line end not included.
    pub(in crate::data) end: usize,
    /// Where the next one starts.
    pub(in crate::data) next: usize,
    /// What is wrong with its quotes or lengths.
    pub(in crate::data) fault: Option<RejectReason>,
}

/// A field: its text without outer quotes.
#[derive(Clone, Copy, Debug)]
pub(in crate::data) struct RawField {
    pub(in crate::data) text: Span,
    pub(in crate::data) is_quoted: bool,
}

/// Splits the record at `start` into fields.
pub(in crate::data) fn split_record(
    bytes: &[u8],
    separator: u8,
    start: usize,
    fields: &mut Vec<RawField>,
) -> Record {
    fields.clear();
    let mut fault = None;
    let mut at = start;
    loop {
        let field_start = at;
        let is_quoted = bytes.get(at) == Some(&b'"');
        let text = if is_quoted {
            let close = closing_quote(bytes, at + 1);
            at = close + 1;
            Span::new(field_start + 1, close)
        } else {
            Span::new(at, at)
        };
        let rest = bytes.get(at..).unwrap_or(&[]);
        let stop = rest
            .iter()
            .position(|&byte| byte == separator || byte == b'\n' || byte == b'\r')
            .unwrap_or(rest.len());
        let tail = rest.get(..stop).unwrap_or(&[]);
        if is_quoted && !tail.is_empty() || memchr::memchr(b'"', tail).is_some() {
            fault = fault.or(Some(RejectReason::StrayQuote));
        }
        at += stop;
        let text = if is_quoted {
            text
        } else {
            Span::new(field_start, at)
        };
        if (text.end - text.start) as usize > limit::FIELD_BYTES {
            fault = fault.or(Some(RejectReason::TooLong));
        }
        fields.push(RawField { text, is_quoted });
        if bytes.get(at) == Some(&separator) {
            at += 1;
            continue;
        }
        let next = at + 1 + usize::from(bytes.get(at..at + 2) == Some(b"\r\n"));
        return Record {
            end: at,
            next,
            fault,
        };
    }
}

/// The quote that closes the field whose text starts at `from`; the end of the text when none does.
fn closing_quote(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(quote) = bytes.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        if bytes.get(at + quote + 1) != Some(&b'"') {
            return at + quote;
        }
        at += quote + 2;
    }
    bytes.len()
}

/// Finds the needed cells of every record; empty lines are no records.
pub(super) fn read_carefully(
    bytes: &mut Vec<u8>,
    dialect: Dialect,
    needed: &[usize],
    out: &mut Cells,
) {
    let end = bytes.len();
    let mut fields = Vec::with_capacity(dialect.columns);
    let mut at = 0;
    while at < end {
        if matches!(bytes.get(at), Some(b'\n' | b'\r')) {
            at += 1;
            continue;
        }
        let record = split_record(
            bytes.get(..end).unwrap_or(&[]),
            dialect.separator,
            at,
            &mut fields,
        );
        let ragged = (fields.len() != dialect.columns).then_some(RejectReason::Ragged);
        match record.fault.or(ragged) {
            Some(reason) => out.reject(at, reason),
            None => {
                for (slot, &column) in needed.iter().enumerate() {
                    let cell = fields.get(column).map(|field| match field.is_quoted {
                        true => unquote_one(bytes, field.text),
                        false => field.text,
                    });
                    out.push(slot, cell.unwrap_or_default());
                }
                out.end_row(at);
            }
        }
        at = record.next;
    }
}
