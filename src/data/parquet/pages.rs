//! Walks over the page headers of the columns that are needed, and refuses pages that are larger than
//! any honest file has, before anything is decompressed.
//!
//! A page header says how large its page will be, and the reader believes it: a few bytes that claim
//! two gigabytes would be given them. Headers are in Thrift's compact protocol.

use crate::data::limit;
use crate::diag::Phrase;
use crate::say;
use parquet::file::metadata::ColumnChunkMetaData;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes of one page once decompressed.
const PAGE_BYTES: u64 = 256 << 20;
/// Bytes read for a header; longer ones (statistics of long texts) are read again with more.
const HEADER_BYTES: usize = 512;
/// Bytes of a header at all.
const LONGEST_HEADER_BYTES: usize = 16 << 20;
/// Levels of nesting of a header.
const HEADER_DEPTH: u8 = 8;

/// The sizes that a page header claims.
#[derive(Debug, Default, PartialEq, Eq)]
struct PageSizes {
    unpacked: u64,
    packed: u64,
    /// Values of a page of data, nulls included.
    values: u64,
    /// Entries of a page that is a dictionary.
    entries: u64,
    /// Bytes of the header itself.
    header: u64,
}

/// Checks every page of a column within a row group. How many bytes an entry of its dictionary has on
/// average: so many every row may take once read.
///
/// # Errors
/// What is wrong with the pages.
pub(super) fn check_pages(file: &File, column: &ColumnChunkMetaData) -> Result<u64, Phrase> {
    let file_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    let start = column
        .dictionary_page_offset()
        .filter(|at| *at > 0)
        .unwrap_or(column.data_page_offset());
    let bounds = u64::try_from(start)
        .ok()
        .zip(u64::try_from(column.compressed_size()).ok());
    let end = bounds.and_then(|(start, bytes)| start.checked_add(bytes));
    let (Some((mut at, _)), Some(end)) = (bounds, end.filter(|end| *end <= file_bytes)) else {
        return Err(say!("a column lies outside the file", "有一列超出文件范围"));
    };
    let values = u64::try_from(column.num_values()).unwrap_or(0);
    let mut entry_bytes = 0;
    while at < end {
        let page = read_header(file, at, end)?;
        check_page(&page, values)?;
        let of_entry = page.unpacked.checked_div(page.entries);
        entry_bytes = of_entry.unwrap_or(entry_bytes);
        at = at
            .checked_add(page.header + page.packed)
            .filter(|next| *next <= end)
            .ok_or_else(|| say!("a page lies outside its column", "有一页超出所在列的范围"))?;
    }
    Ok(entry_bytes)
}

fn check_page(page: &PageSizes, values: u64) -> Result<(), Phrase> {
    let is_bomb =
        page.unpacked > limit::FREE_BYTES && page.unpacked / limit::EXPANSION > page.packed.max(1);
    if page.unpacked > PAGE_BYTES || is_bomb {
        let (bytes, packed) = (page.unpacked, page.packed);
        return Err(say!(
            "a page of {packed} bytes would become {bytes} bytes: write the file with smaller pages",
            "有一页 {packed} 字节，解压后为 {bytes} 字节：请用更小的页写文件"
        ));
    }
    // A dictionary may hold entries that no row uses, but each takes a byte at least.
    if page.values > values || page.entries > page.unpacked {
        return Err(say!(
            "a page has more values than its column",
            "有一页的值比所在列还多"
        ));
    }
    Ok(())
}

fn unreadable(error: &io::Error) -> Phrase {
    crate::diag::io_reason(error)
}

/// Reads a header, with more bytes when it is longer than most.
fn read_header(file: &File, at: u64, end: u64) -> Result<PageSizes, Phrase> {
    let mut bytes = HEADER_BYTES;
    loop {
        let most = usize::try_from(end - at).unwrap_or(usize::MAX);
        let mut buffer = vec![0; bytes.min(most)];
        let read = file.read_exact_at(&mut buffer, at);
        read.map_err(|error| unreadable(&error))?;
        let mut header = Compact {
            bytes: &buffer,
            at: 0,
        };
        if let Some(mut sizes) = header.page() {
            sizes.header = header.at as u64;
            return Ok(sizes);
        }
        if bytes >= most || bytes >= LONGEST_HEADER_BYTES {
            return Err(say!("a page header is damaged", "有一个页头已损坏"));
        }
        bytes *= 8;
    }
}

/// Bytes in Thrift's compact protocol; every reader answers `None` where they end or make no sense.
struct Compact<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// Kinds of compact fields.
const TRUE: u8 = 1;
const FALSE: u8 = 2;
const BYTE: u8 = 3;
const I16: u8 = 4;
const I32: u8 = 5;
const I64: u8 = 6;
const DOUBLE: u8 = 7;
const BINARY: u8 = 8;
const LIST: u8 = 9;
const SET: u8 = 10;
const STRUCT: u8 = 12;

impl Compact<'_> {
    /// A page header: sizes are fields 2 and 3, the number of values is field 1 of the headers for
    /// data (5), dictionaries (7) and data of version 2 (8).
    fn page(&mut self) -> Option<PageSizes> {
        let mut sizes = PageSizes::default();
        let (mut has_unpacked, mut has_packed) = (false, false);
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (2, I32) => {
                    sizes.unpacked = self.size()?;
                    has_unpacked = true;
                }
                (3, I32) => {
                    sizes.packed = self.size()?;
                    has_packed = true;
                }
                (5 | 8, STRUCT) => sizes.values = self.values()?,
                (7, STRUCT) => sizes.entries = self.values()?,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        (has_unpacked && has_packed).then_some(sizes)
    }

    fn values(&mut self) -> Option<u64> {
        let mut values = 0;
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, I32) => values = self.size()?,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        Some(values)
    }

    /// The kind of the next field, whose number replaces `field`; the inner `None` ends a struct.
    fn field(&mut self, field: &mut i64) -> Option<Option<u8>> {
        let head = self.byte()?;
        if head == 0 {
            return Some(None);
        }
        *field = match head >> 4 {
            0 => self.zigzag()?,
            step => field.checked_add(i64::from(step))?,
        };
        Some(Some(head & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: u8) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            TRUE | FALSE => {}
            BYTE => {
                self.byte()?;
            }
            I16 | I32 | I64 => {
                self.varint()?;
            }
            DOUBLE => self.jump(8)?,
            BINARY => {
                let length = self.varint()?;
                self.jump(length)?;
            }
            LIST | SET => {
                let head = self.byte()?;
                let count = match head >> 4 {
                    15 => self.varint()?,
                    count => u64::from(count),
                };
                for _ in 0..count {
                    match head & 0x0f {
                        // Booleans in lists take a byte each.
                        TRUE | FALSE => self.jump(1)?,
                        kind => self.skip(kind, depth)?,
                    }
                }
            }
            STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth)?;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn size(&mut self) -> Option<u64> {
        u64::try_from(self.zigzag()?).ok()
    }

    fn zigzag(&mut self) -> Option<i64> {
        let bits = self.varint()?;
        Some((bits >> 1).cast_signed() ^ -((bits & 1).cast_signed()))
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied()?;
        self.at += 1;
        Some(byte)
    }

    fn jump(&mut self, bytes: u64) -> Option<()> {
        let next = self.at.checked_add(usize::try_from(bytes).ok()?)?;
        self.at = Some(next).filter(|next| *next <= self.bytes.len())?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Option<PageSizes> {
        Compact { bytes, at: 0 }.page()
    }

    #[test]
    fn the_sizes_of_a_header_are_found() {
        // type 0, 300 bytes, 17 packed, data { 5 values, text statistics skipped }
        let header = [
            0x15, 0x00, 0x15, 0xd8, 0x04, 0x15, 0x22, 0x2c, 0x15, 0x0a, 0x4c, 0x18, 0x02, b'a',
            b'b', 0x00, 0x00, 0x00,
        ];
        let sizes = parsed(&header).unwrap();
        assert_eq!((sizes.unpacked, sizes.packed, sizes.values), (300, 17, 5));
        (0..header.len()).for_each(|length| assert_eq!(parsed(&header[..length]), None));
    }

    #[test]
    fn nonsense_is_no_header() {
        assert_eq!(parsed(&[]), None);
        assert_eq!(parsed(&[0x00]), None);
        assert_eq!(parsed(&[0xff; 64]), None);
        // A negative size, and a struct in a struct in a struct …
        assert_eq!(parsed(&[0x25, 0x01, 0x15, 0x02, 0x00]), None);
        assert_eq!(parsed(&[0x1c; 64]), None);
        // A list of structs that claims 2^60 elements ends with the bytes.
        assert_eq!(
            parsed(&[
                0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f
            ]),
            None
        );
    }

    #[test]
    fn pages_that_expand_too_far_are_refused() {
        let page = |unpacked, packed| PageSizes {
            unpacked,
            packed,
            values: 1,
            entries: 0,
            header: 20,
        };
        check_page(&page(1 << 20, 10), 1).unwrap();
        check_page(&page(128 << 20, 1 << 20), 1).unwrap();
        check_page(&page(128 << 20, 1_000), 1).unwrap_err();
        check_page(&page(i32::MAX as u64, 1 << 30), 1).unwrap_err();
        check_page(&page(10, 10), 0).unwrap_err();
    }
}
