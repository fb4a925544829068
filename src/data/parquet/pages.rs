//! Walks over the page headers of the columns that are needed, and refuses pages that are larger than
//! any honest file has, before anything is decompressed.
//!
//! A page header says how large its page will be, and the reader believes it: a few bytes that claim
//! two gigabytes would be given them.

use super::header::{Header, LONGEST_HEADER_BYTES, header};
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

/// Where the pages of a column within a row group start and end; `None` when no file can hold them.
pub(super) fn bounds(column: &ColumnChunkMetaData) -> Option<(u64, u64)> {
    let start = column
        .dictionary_page_offset()
        .filter(|at| *at > 0)
        .unwrap_or(column.data_page_offset());
    let start = u64::try_from(start).ok()?;
    let bytes = u64::try_from(column.compressed_size()).ok()?;
    Some((start, start.checked_add(bytes)?))
}

/// Checks every page of a column within a row group. How many bytes an entry of its dictionary has on
/// average: so many every row may take once read.
///
/// # Errors
/// What is wrong with the pages.
pub(super) fn check_pages(file: &File, column: &ColumnChunkMetaData) -> Result<u64, Phrase> {
    let file_bytes = file.metadata().map_err(|error| unreadable(&error))?.len();
    let bounds = bounds(column);
    let end = bounds.map(|(_, end)| end);
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

fn check_page(page: &Header, values: u64) -> Result<(), Phrase> {
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
fn read_header(file: &File, at: u64, end: u64) -> Result<Header, Phrase> {
    let mut bytes = HEADER_BYTES;
    loop {
        let most = usize::try_from(end - at).unwrap_or(usize::MAX);
        let mut buffer = vec![0; bytes.min(most)];
        let read = file.read_exact_at(&mut buffer, at);
        read.map_err(|error| unreadable(&error))?;
        if let Some(header) = header(&buffer) {
            return Ok(header);
        }
        if bytes >= most || bytes as u64 >= LONGEST_HEADER_BYTES {
            return Err(say!("a page header is damaged", "有一个页头已损坏"));
        }
        bytes *= 8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_expand_too_far_are_refused() {
        let page = |unpacked, packed| Header {
            unpacked,
            packed,
            values: 1,
            header: 20,
            ..Header::default()
        };
        check_page(&page(1 << 20, 10), 1).unwrap();
        check_page(&page(128 << 20, 1 << 20), 1).unwrap();
        check_page(&page(128 << 20, 1_000), 1).unwrap_err();
        check_page(&page(i32::MAX as u64, 1 << 30), 1).unwrap_err();
        check_page(&page(10, 10), 0).unwrap_err();
    }
}
