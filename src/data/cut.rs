//! Cuts a stream of text into blocks of whole records.

use super::ndjson::ELEMENT_END;
use super::read::{Stream, own_error};
use super::source::Spare;
use super::{Block, DataError, DataErrorKind, limit};
use crate::diag::Phrase;
use crate::machine::{Lane, Level, Scan};
use crate::say;
use std::io::Read;
use std::sync::Arc;

/// Where records end.
#[derive(Clone, Copy, Debug)]
pub(super) enum RecordEnds {
    /// At a line end outside quotes; a quote opens where a field starts, after this separator.
    Quoted(u8),
    /// At every line end.
    Lines,
    /// After every element of the JSON array whose first element comes next.
    Elements,
}

/// Cuts blocks off a stream.
pub(super) struct Cutter {
    stream: Stream,
    ends: RecordEnds,
    /// Read and not yet handed out.
    pending: Vec<u8>,
    /// Memory for what is left between two blocks.
    rest: Vec<u8>,
    line: u64,
    is_done: bool,
    /// Some element of the array that the file is has been handed out.
    has_elements: bool,
    /// That array has ended.
    is_closed: bool,
    block_bytes: usize,
    spare: Spare,
}

/// Where the last whole record of a text ends, and what is open after it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Cut {
    end: usize,
    open_quote: Option<usize>,
    /// The array is closed.
    is_last: bool,
}

impl Cutter {
    pub(super) fn new(stream: Stream, ends: RecordEnds, block_bytes: usize) -> Cutter {
        Cutter {
            stream,
            ends,
            pending: Vec::new(),
            rest: Vec::new(),
            line: 1,
            is_done: false,
            has_elements: false,
            is_closed: false,
            block_bytes,
            spare: Spare::default(),
        }
    }

    pub(super) fn file(&self) -> &Arc<str> {
        &self.stream.file
    }

    /// Changes where records end, once a look at the first bytes has told.
    pub(super) fn set_ends(&mut self, ends: RecordEnds) {
        self.ends = ends;
    }

    /// The first bytes of what is left, at least `wanted` unless the file is shorter.
    pub(super) fn head(&mut self, wanted: usize) -> Result<&[u8], DataError> {
        self.fill(wanted)?;
        Ok(&self.pending)
    }

    /// Whether the whole rest of the file is already in [`Cutter::head`].
    pub(super) fn is_done(&self) -> bool {
        self.is_done
    }

    /// Drops bytes from the front, such as a header.
    pub(super) fn skip(&mut self, bytes: usize) {
        let skipped = self.pending.get(..bytes).unwrap_or(&[]);
        self.line +=
            memchr::memchr_iter(super::decode::line_end(&self.pending), skipped).count() as u64;
        self.pending.drain(..bytes.min(self.pending.len()));
    }

    fn fill(&mut self, wanted: usize) -> Result<(), DataError> {
        while self.pending.len() < wanted && !self.is_done {
            let missing = (wanted - self.pending.len()) as u64;
            let count = (&mut self.stream.reader)
                .take(missing)
                .read_to_end(&mut self.pending)
                .map_err(|error| own_error(error, &self.stream.file))?;
            if let Some(progress) = &self.stream.progress {
                progress.add(count);
            }
            self.is_done = count == 0;
        }
        Ok(())
    }

    /// The next block; it always ends with a line end. `buffer` is used again for its bytes.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, DataError> {
        let mut wanted = self.block_bytes;
        self.move_rest();
        loop {
            self.fill(wanted)?;
            if self.is_closed {
                return self.only_space_is_left();
            }
            if self.pending.is_empty() {
                return match self.ends {
                    RecordEnds::Elements => Err(self.open_array()),
                    RecordEnds::Quoted(_) | RecordEnds::Lines => Ok(None),
                };
            }
            let cut = self.cut();
            self.check(&cut)?;
            if matches!(self.ends, RecordEnds::Elements) {
                if cut.is_last || cut.end > 0 {
                    self.is_closed = cut.is_last;
                    let content = self.pending.get(..cut.end.saturating_sub(1)).unwrap_or(&[]);
                    let is_empty_array =
                        cut.is_last && !self.has_elements && content.trim_ascii().is_empty();
                    self.has_elements = true;
                    if is_empty_array {
                        self.pending.drain(..cut.end);
                        continue;
                    }
                    return Ok(Some(self.split_off(cut.end)));
                }
                if self.is_done {
                    return Err(self.open_array());
                }
            }
            if self.is_done {
                let mut bytes = std::mem::take(&mut self.pending);
                if !matches!(bytes.last(), Some(b'\n' | b'\r')) {
                    bytes.push(b'\n');
                }
                return Ok(Some(self.block(bytes)));
            }
            if cut.end > 0 {
                return Ok(Some(self.split_off(cut.end)));
            }
            wanted = self.pending.len() * 2;
        }
    }

    /// Moves what is left of the last block into memory of a block. Whoever asks for the next one has most
    /// likely just given that memory back: it is still in its cache.
    fn move_rest(&mut self) {
        if self.pending.capacity() < self.block_bytes {
            let mut next = self.spare.take(self.block_bytes + self.block_bytes / 4);
            next.append(&mut self.pending);
            self.rest = std::mem::replace(&mut self.pending, next);
        }
    }

    fn split_off(&mut self, end: usize) -> Block {
        let mut next = std::mem::take(&mut self.rest);
        next.extend_from_slice(self.pending.get(end..).unwrap_or(&[]));
        let mut bytes = std::mem::replace(&mut self.pending, next);
        bytes.truncate(end);
        self.block(bytes)
    }

    /// After an array nothing may follow.
    fn only_space_is_left(&mut self) -> Result<Option<Block>, DataError> {
        loop {
            if !self.pending.trim_ascii().is_empty() {
                let what = say!("text after the end of the array", "数组结束之后还有文本");
                return Err(self.broken_here(&what));
            }
            if self.is_done {
                return Ok(None);
            }
            self.pending.clear();
            self.fill(self.block_bytes)?;
        }
    }

    fn open_array(&self) -> DataError {
        self.broken_here(&say!(
            "the array is never closed: get the whole file",
            "数组没有结束：请重新取得完整文件"
        ))
    }

    fn broken_here(&self, what: &Phrase) -> DataError {
        DataError::at_line(DataErrorKind::Broken, &self.stream.file, self.line, what)
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let line = self.line;
        let end = super::decode::line_end(&bytes);
        let count = Level::detect().scan(Count(&bytes, end));
        self.line += count;
        let line_count = match self.ends {
            RecordEnds::Elements => u64::MAX,
            RecordEnds::Quoted(_) | RecordEnds::Lines => count,
        };
        Block {
            bytes,
            line,
            line_count,
            spare: Some(self.spare.clone()),
        }
    }

    fn cut(&mut self) -> Cut {
        match self.ends {
            RecordEnds::Elements => cut_elements(&mut self.pending),
            RecordEnds::Lines => Cut {
                end: line_cut(&self.pending, self.is_done),
                ..Cut::default()
            },
            RecordEnds::Quoted(separator) => quoted_cut(&self.pending, separator, self.is_done),
        }
    }

    /// A quote that stays open too long, or a record that is too long, ends the run.
    fn check(&self, cut: &Cut) -> Result<(), DataError> {
        let line_of = |offset: usize| {
            let passed = self.pending.get(..offset).unwrap_or(&[]);
            self.line + memchr::memchr_iter(b'\n', passed).count() as u64
        };
        if let Some(quote) = cut.open_quote {
            let open = self.pending.get(quote..).unwrap_or(&[]);
            let is_long = open.len() > limit::FIELD_BYTES
                || memchr::memchr_iter(b'\n', open).count() > limit::RECORD_LINES;
            if is_long || self.is_done {
                let what = say!(
                    "the quote that opens here is never closed: close it, or double it where it belongs to the text",
                    "此处的引号没有闭合：请补上引号；若引号是文本的一部分，请写两个"
                );
                let file = &self.stream.file;
                return Err(DataError::at_line(
                    DataErrorKind::Broken,
                    file,
                    line_of(quote),
                    &what,
                ));
            }
        }
        if self.pending.len() - cut.end > limit::RECORD_BYTES {
            let bytes = limit::RECORD_BYTES;
            let what = say!(
                "a record of more than {bytes} bytes starts here",
                "从这里开始的记录超过 {bytes} 字节"
            );
            let file = &self.stream.file;
            return Err(DataError::at_line(
                DataErrorKind::Limit,
                file,
                line_of(cut.end),
                &what,
            ));
        }
        Ok(())
    }
}

/// How often a byte is there.
struct Count<'b>(&'b [u8], u8);

impl Scan for Count<'_> {
    type Output = u64;

    #[inline(always)]
    fn scan<L: Lane>(self) -> u64 {
        let Count(bytes, wanted) = self;
        let (lanes, rest) = bytes.as_chunks();
        let mut count = rest.iter().filter(|byte| **byte == wanted).count() as u64;
        for lane in lanes {
            count += u64::from(L::new(lane).mask_of(wanted).count_ones());
        }
        count
    }
}

/// Marks the end of each whole element with [`ELEMENT_END`] in place of the comma or bracket.
fn cut_elements(bytes: &mut [u8]) -> Cut {
    let mut cut = Cut::default();
    let (mut depth, mut is_text, mut is_escape) = (0u64, false, false);
    for (at, byte) in bytes.iter_mut().enumerate() {
        match *byte {
            _ if is_escape => is_escape = false,
            b'\\' if is_text => is_escape = true,
            b'"' => is_text = !is_text,
            _ if is_text => {}
            b'{' | b'[' => depth += 1,
            b']' if depth == 0 => {
                *byte = ELEMENT_END;
                cut.end = at + 1;
                cut.is_last = true;
                return cut;
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                *byte = ELEMENT_END;
                cut.end = at + 1;
            }
            _ => {}
        }
    }
    cut
}

/// After the last line feed; after the last return when there is no line feed and more follows it.
fn line_cut(bytes: &[u8], is_done: bool) -> usize {
    if let Some(end) = memchr::memrchr(b'\n', bytes) {
        return end + 1;
    }
    let certain = match is_done {
        true => bytes,
        false => bytes.get(..bytes.len().saturating_sub(1)).unwrap_or(&[]),
    };
    memchr::memrchr(b'\r', certain).map_or(0, |end| end + 1)
}

fn quoted_cut(bytes: &[u8], separator: u8, is_done: bool) -> Cut {
    let mut cut = Cut::default();
    // The text from here on is outside quotes as far as is known.
    let mut outside = 0;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr(b'"', rest)) {
        let quote = at + found;
        let before = quote.checked_sub(1).and_then(|before| bytes.get(before));
        let opens = before.is_none_or(|&byte| byte == separator || byte == b'\n' || byte == b'\r')
            && quote >= outside;
        at = quote + 1;
        if !opens {
            continue;
        }
        let gap = bytes.get(outside..quote).unwrap_or(&[]);
        let gap_end = line_cut(gap, true);
        if gap_end > 0 {
            cut.end = outside + gap_end;
        }
        match closing(bytes, quote + 1, is_done) {
            Some(close) => {
                at = close + 1;
                outside = at;
            }
            None => {
                cut.open_quote = Some(quote);
                return cut;
            }
        }
    }
    let rest_end = line_cut(bytes.get(outside..).unwrap_or(&[]), is_done);
    if rest_end > 0 {
        cut.end = outside + rest_end;
    }
    cut
}

/// The quote that closes; a quote at the very end is not certain until the file is done.
fn closing(bytes: &[u8], from: usize, is_done: bool) -> Option<usize> {
    let mut at = from;
    loop {
        let quote = at + memchr::memchr(b'"', bytes.get(at..)?)?;
        match bytes.get(quote + 1) {
            Some(b'"') => at = quote + 2,
            Some(_) => return Some(quote),
            None => return is_done.then_some(quote),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> (usize, Option<usize>) {
        let cut = quoted_cut(text.as_bytes(), b',', false);
        (cut.end, cut.open_quote)
    }

    #[test]
    fn line_ends_in_quotes_do_not_cut() {
        assert_eq!(cut("a,b\nc"), (4, None));
        assert_eq!(cut("a,\"b\n\"\nc"), (7, None));
        assert_eq!(cut("a,b\nc,\"d\ne"), (4, Some(6)));
        assert_eq!(cut("a,\"b\"\"\n\"\nc,d"), (9, None));
        assert_eq!(cut("a,b\"c\nd\"\n"), (9, None));
        assert_eq!(cut("\"a\"\n\"b\""), (4, Some(4)));
    }

    #[test]
    fn every_line_end_is_counted() {
        for length in [0usize, 1, 63, 64, 65, 127, 128, 1_000] {
            for step in [1, 2, 7, 64, 65] {
                let text: Vec<u8> = (0..length)
                    .map(|at| if at % step == 0 { b'\n' } else { b'x' })
                    .collect();
                let count = Level::detect().scan(Count(&text, b'\n'));
                assert_eq!(count as usize, length.div_ceil(step), "{length} {step}");
            }
        }
    }

    #[test]
    fn a_return_alone_ends_a_line() {
        assert_eq!(cut("a,b\rc,d\re"), (8, None));
        assert_eq!(cut("a,b\r"), (0, None));
    }
}
