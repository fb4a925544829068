//! Hands over the pages of one column within a row group, unpacked into memory that is used again.
//!
//! Pages packed in the usual ways are read here, with one decompressor a thread: the Parquet library makes
//! one for each column of each row group, and new memory for each page. The others come from the library.
//! Invariants: no page is unpacked to more than its header claims, which `pages` has looked at before;
//! a page whose checksum does not fit is an error.

use super::header::{Header, Kind, LONGEST_HEADER_BYTES, header};
use super::window::{WINDOW_BYTES, Window};
use parquet::basic::{Compression, Encoding};
use parquet::column::page::PageReader;
use parquet::errors::{ParquetError, Result};
use parquet::file::serialized_reader::SerializedPageReader;
use std::fs::File;
use std::os::unix::fs::FileExt;
use zstd::bulk::Decompressor;

/// One page.
pub(super) struct Page<'p> {
    /// Levels, then values.
    pub(super) bytes: &'p [u8],
    pub(super) content: Content,
}

/// What a page holds.
#[derive(Clone, Copy)]
pub(super) enum Content {
    Dictionary {
        entries: usize,
    },
    Data {
        values: u32,
        encoding: Encoding,
        levels: Levels,
    },
}

/// Where the levels of a page are.
#[derive(Clone, Copy)]
pub(super) enum Levels {
    /// After their lengths, in these encodings.
    Sized {
        definition: Encoding,
        repetition: Encoding,
    },
    /// First those of repetition, then those of definition: so many bytes.
    Bytes {
        repetition: usize,
        definition: usize,
    },
}

/// What is known of a page before it is read.
#[derive(Clone, Copy)]
pub(super) struct Next {
    pub(super) is_dictionary: bool,
    /// Values of a page of data, nulls included.
    pub(super) values: Option<u64>,
    /// Rows, where the page says so.
    pub(super) rows: Option<u64>,
}

/// Memory and a decompressor that are used again.
#[derive(Default)]
pub(super) struct PageRoom {
    held: Held,
    unpacked: Vec<u8>,
    zstd: Option<Decompressor<'static>>,
    /// Where the bytes of the last page are that was read here.
    last: Last,
}

#[derive(Clone, Copy, Default)]
enum Last {
    #[default]
    None,
    /// Those that are held.
    Held { start: u64, bytes: u64 },
    /// The first of those that were unpacked.
    Unpacked { bytes: usize },
}

/// Bytes of the file: so many, from a place on.
#[derive(Default)]
struct Held {
    bytes: Vec<u8>,
    count: usize,
    start: u64,
}

/// Larger memory is given back.
const MOST_KEPT_BYTES: usize = 8 << 20;

impl PageRoom {
    /// The last page that was read here, and where its last `behind` bytes start; `memory` takes the place
    /// of its memory.
    pub(super) fn take_page(
        &mut self,
        behind: usize,
        mut memory: Vec<u8>,
    ) -> Option<(Vec<u8>, usize)> {
        let page = match self.last {
            Last::None => return None,
            Last::Held { start, bytes } => self.held.get(start, bytes)?,
            // Whoever keeps it would keep far more memory than a page.
            Last::Unpacked { bytes } if bytes < self.unpacked.capacity() / 2 => {
                self.unpacked.get(..bytes)?
            }
            Last::Unpacked { bytes } => {
                let start = bytes.checked_sub(behind)?;
                return Some((std::mem::replace(&mut self.unpacked, memory), start));
            }
        };
        memory.clear();
        memory.extend_from_slice(page.get(page.len().checked_sub(behind)?..)?);
        Some((memory, 0))
    }
}

/// The pages of a column.
pub(super) enum PageSource<'r> {
    Own(OwnPages<'r>),
    Library {
        reader: Box<SerializedPageReader<Window>>,
        page: Option<parquet::column::page::Page>,
    },
}

impl PageSource<'_> {
    /// Looks at the next page; `None` after the last.
    pub(super) fn peek(&mut self) -> Result<Option<Next>> {
        match self {
            PageSource::Own(pages) => Ok(pages.peek()?.map(Header::next)),
            PageSource::Library { reader, .. } => {
                let next = reader.peek_next_page()?;
                Ok(next.map(|next| Next {
                    is_dictionary: next.is_dict,
                    values: next.num_levels.map(|values| values as u64),
                    rows: next.num_rows.map(|rows| rows as u64),
                }))
            }
        }
    }

    /// Passes the next page over.
    pub(super) fn skip(&mut self) -> Result<()> {
        match self {
            PageSource::Own(pages) => pages.take().map(|_| ()),
            PageSource::Library { reader, .. } => reader.skip_next_page(),
        }
    }

    /// The next page.
    pub(super) fn read(&mut self) -> Result<Option<Page<'_>>> {
        match self {
            PageSource::Own(pages) => pages.read(),
            PageSource::Library { reader, page } => {
                *page = reader.get_next_page()?;
                page.as_ref().map(of_library).transpose()
            }
        }
    }
}

impl Header {
    fn next(&self) -> Next {
        let of_data = |number| (self.kind != Kind::Dictionary).then_some(number);
        Next {
            is_dictionary: self.kind == Kind::Dictionary,
            values: of_data(self.values),
            rows: of_data(self.rows).filter(|_| self.kind == Kind::DataV2),
        }
    }

    fn content(&self) -> Result<Content> {
        let encoding = encoding(self.encoding);
        Ok(match self.kind {
            Kind::Dictionary => Content::Dictionary {
                entries: usize::try_from(self.entries)?,
            },
            Kind::DataV2 => Content::Data {
                values: u32::try_from(self.values)?,
                encoding: encoding?,
                levels: Levels::Bytes {
                    repetition: usize::try_from(self.repetition_bytes)?,
                    definition: usize::try_from(self.definition_bytes)?,
                },
            },
            Kind::Data | Kind::Other => Content::Data {
                values: u32::try_from(self.values)?,
                encoding: encoding?,
                levels: Levels::Sized {
                    definition: self::encoding(self.definition_encoding)?,
                    repetition: self::encoding(self.repetition_encoding)?,
                },
            },
        })
    }
}

/// A page that the library read.
fn of_library(page: &parquet::column::page::Page) -> Result<Page<'_>> {
    use parquet::column::page::Page as Library;
    let content = match page {
        Library::DictionaryPage { num_values, .. } => Content::Dictionary {
            entries: usize::try_from(*num_values)?,
        },
        Library::DataPage {
            num_values,
            encoding,
            def_level_encoding,
            rep_level_encoding,
            ..
        } => Content::Data {
            values: *num_values,
            encoding: *encoding,
            levels: Levels::Sized {
                definition: *def_level_encoding,
                repetition: *rep_level_encoding,
            },
        },
        Library::DataPageV2 {
            num_values,
            encoding,
            def_levels_byte_len,
            rep_levels_byte_len,
            ..
        } => Content::Data {
            values: *num_values,
            encoding: *encoding,
            levels: Levels::Bytes {
                repetition: usize::try_from(*rep_levels_byte_len)?,
                definition: usize::try_from(*def_levels_byte_len)?,
            },
        },
    };
    Ok(Page {
        bytes: page.buffer(),
        content,
    })
}

/// Whether pages that are packed so are read here.
pub(super) fn is_read_here(compression: Compression) -> bool {
    matches!(
        compression,
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::ZSTD(_)
    )
}

/// Pages that are read here.
pub(super) struct OwnPages<'r> {
    file: &'r File,
    /// Where the next header starts, or the next page, when its header was read.
    at: u64,
    end: u64,
    compression: Compression,
    next: Option<Header>,
    room: &'r mut PageRoom,
}

impl<'r> OwnPages<'r> {
    /// The pages from a place in the file to another; `None` when the library must read them.
    pub(super) fn new(
        file: &'r File,
        (start, end): (u64, u64),
        compression: Compression,
        room: &'r mut PageRoom,
    ) -> Option<OwnPages<'r>> {
        room.held.count = 0;
        room.last = Last::None;
        for bytes in [&mut room.held.bytes, &mut room.unpacked] {
            if bytes.len() > MOST_KEPT_BYTES {
                *bytes = Vec::new();
            }
        }
        is_read_here(compression).then_some(OwnPages {
            file,
            at: start,
            end,
            compression,
            next: None,
            room,
        })
    }

    /// The header of the next page of data or a dictionary.
    fn peek(&mut self) -> Result<Option<&Header>> {
        while self.next.is_none() && self.at < self.end {
            let header = self.read_header()?;
            self.at += header.header;
            if header.packed > self.end - self.at {
                return Err(damaged());
            }
            match header.kind {
                // An index that nobody needs.
                Kind::Other => self.at += header.packed,
                Kind::Data | Kind::DataV2 | Kind::Dictionary => self.next = Some(header),
            }
        }
        Ok(self.next.as_ref())
    }

    fn read_header(&mut self) -> Result<Header> {
        /// Longer headers are read again with more.
        const USUAL_BYTES: u64 = 512;
        let most = (self.end - self.at).min(LONGEST_HEADER_BYTES);
        let mut bytes = USUAL_BYTES.min(most);
        loop {
            let held = self.room.held.hold(self.file, self.at, bytes, self.end)?;
            match header(held) {
                Some(header) => return Ok(header),
                None if bytes >= most => return Err(damaged()),
                None => bytes = most.min(bytes * 8),
            }
        }
    }

    /// The header of the next page, which is passed, and where its bytes start.
    fn take(&mut self) -> Result<Option<(Header, u64)>> {
        self.peek()?;
        let start = self.at;
        Ok(self.next.take().map(|header| {
            self.at += header.packed;
            (header, start)
        }))
    }

    fn read(&mut self) -> Result<Option<Page<'_>>> {
        let Some((header, start)) = self.take()? else {
            return Ok(None);
        };
        let PageRoom {
            held,
            unpacked,
            zstd,
            last,
        } = &mut *self.room;
        let packed = held.hold(self.file, start, header.packed, self.end)?;
        if let Some(sum) = header.checksum
            && sum != crc32fast::hash(packed)
        {
            return Err(ParquetError::General("Page CRC checksum mismatch".into()));
        }
        let content = header.content()?;
        if self.compression == Compression::UNCOMPRESSED || !header.is_packed {
            let bytes = packed;
            *last = Last::Held {
                start,
                bytes: header.packed,
            };
            return Ok(Some(Page { bytes, content }));
        }
        let bytes = usize::try_from(header.unpacked)?;
        if unpacked.len() < bytes {
            unpacked.resize(bytes, 0);
        }
        *last = Last::Unpacked { bytes };
        let room = unpacked.get_mut(..bytes).unwrap_or(&mut []);
        unpack(&header, packed, self.compression, zstd, room)?;
        Ok(Some(Page {
            bytes: room,
            content,
        }))
    }
}

impl Held {
    /// Bytes of a file, read in large parts, none from `end` on.
    fn hold(&mut self, file: &File, at: u64, bytes: u64, end: u64) -> Result<&[u8]> {
        if self.get(at, bytes).is_none() {
            let wanted = usize::try_from(bytes.max(WINDOW_BYTES.min(end - at)))?;
            self.count = 0;
            if self.bytes.len() < wanted {
                self.bytes.resize(wanted, 0);
            }
            let window = self.bytes.get_mut(..wanted).unwrap_or(&mut []);
            file.read_exact_at(window, at)?;
            (self.start, self.count) = (at, wanted);
        }
        self.get(at, bytes).ok_or_else(damaged)
    }

    fn get(&self, at: u64, bytes: u64) -> Option<&[u8]> {
        let start = usize::try_from(at.checked_sub(self.start)?).ok()?;
        let end = start.checked_add(usize::try_from(bytes).ok()?)?;
        self.bytes.get(..self.count)?.get(start..end)
    }
}

/// Unpacks a page into all of `room`.
fn unpack(
    header: &Header,
    packed: &[u8],
    compression: Compression,
    zstd: &mut Option<Decompressor<'static>>,
    room: &mut [u8],
) -> Result<()> {
    // The levels of the second kind of pages are not packed.
    let levels = match header.kind {
        Kind::DataV2 => usize::try_from(header.repetition_bytes + header.definition_bytes)?,
        Kind::Data | Kind::Dictionary | Kind::Other => 0,
    };
    let (plain, packed) = packed.split_at_checked(levels).ok_or_else(damaged)?;
    let (levels, values) = room.split_at_mut_checked(levels).ok_or_else(damaged)?;
    levels.copy_from_slice(plain);
    // A page of nulls alone may have no bytes at all.
    if values.is_empty() {
        return Ok(());
    }
    let count = match compression {
        Compression::ZSTD(_) => {
            if zstd.is_none() {
                *zstd = Some(Decompressor::new()?);
            }
            let zstd = zstd.as_mut().ok_or_else(damaged)?;
            zstd.decompress_to_buffer(packed, &mut *values)?
        }
        _ => snap::raw::Decoder::new()
            .decompress(packed, values)
            .map_err(|error| ParquetError::External(Box::new(error)))?,
    };
    match count == values.len() {
        true => Ok(()),
        false => Err(ParquetError::General(
            "a page is shorter than its header says".into(),
        )),
    }
}

fn damaged() -> ParquetError {
    ParquetError::EOF("a page is damaged".into())
}

#[allow(deprecated, reason = "files of long ago have levels packed so")]
fn encoding(number: u64) -> Result<Encoding> {
    Ok(match number {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        _ => return Err(ParquetError::General(format!("unknown encoding {number}"))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn bytes_are_those_of_the_file_wherever_they_are_asked_for() {
        let bytes: Vec<u8> = (0..3_000_000u32).map(|at| (at * 7 / 3) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut held = Held::default();
        let end = 2_999_000;
        for at in [0, 5, 1_000_000, 1_048_575, 2_000_000, 4, 1_500_000] {
            for length in [0, 1, 10, 900_000, 999_000] {
                let found = held.hold(&file, at as u64, length as u64, end).unwrap();
                assert!(found == &bytes[at..at + length], "{at} {length}");
            }
        }
        assert!(held.hold(&file, 2_999_990, 20, 3_000_010).is_err());
    }

    #[test]
    fn a_page_that_is_shorter_or_longer_than_it_claims_is_refused() {
        let text = [b'a'; 500];
        let zstd = zstd::bulk::compress(&text, 1).unwrap();
        let snappy = snap::raw::Encoder::new().compress_vec(&text).unwrap();
        let header = Header::default();
        let packed = [
            (Compression::SNAPPY, snappy),
            (Compression::ZSTD(Default::default()), zstd),
        ];
        for (compression, packed) in packed {
            let mut known = None;
            for (room, is_good) in [(499, false), (500, true), (501, false)] {
                let mut room = vec![0; room];
                let done = unpack(&header, &packed, compression, &mut known, &mut room);
                assert_eq!(done.is_ok(), is_good, "{compression}");
                assert!(!is_good || room == text);
            }
            let cut = &packed[..packed.len() - 1];
            unpack(&header, cut, compression, &mut known, &mut [0; 500]).unwrap_err();
        }
    }
}
