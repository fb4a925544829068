//! Reads page headers, which are in Thrift's compact protocol.

/// Bytes of a header at all.
pub(super) const LONGEST_HEADER_BYTES: u64 = 16 << 20;
/// Levels of nesting of a header.
const HEADER_DEPTH: u8 = 8;

/// What a page is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    Data,
    Dictionary,
    DataV2,
    #[default]
    Other,
}

/// What a page header claims.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) kind: Kind,
    pub(super) unpacked: u64,
    pub(super) packed: u64,
    /// Of the packed bytes, where the writer gave one.
    pub(super) checksum: Option<u32>,
    /// Values of a page of data, nulls included.
    pub(super) values: u64,
    /// Rows of a page of data of version 2.
    pub(super) rows: u64,
    /// Entries of a page that is a dictionary.
    pub(super) entries: u64,
    pub(super) encoding: u64,
    /// Encodings of levels, of data of version 1.
    pub(super) definition_encoding: u64,
    pub(super) repetition_encoding: u64,
    /// Bytes of levels, of data of version 2.
    pub(super) definition_bytes: u64,
    pub(super) repetition_bytes: u64,
    /// Whether its values are packed, when those of the column are.
    pub(super) is_packed: bool,
    /// Bytes of the header itself.
    pub(super) header: u64,
}

/// The header at the start of some bytes; `None` when they end too early or make no sense.
pub(super) fn header(bytes: &[u8]) -> Option<Header> {
    let mut compact = Compact { bytes, at: 0 };
    let mut header = compact.page()?;
    header.header = compact.at as u64;
    Some(header)
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
    /// A page header: its kind is field 1, sizes are fields 2 and 3, the checksum is 4, and the headers for
    /// data, dictionaries and data of version 2 are 5, 7 and 8.
    fn page(&mut self) -> Option<Header> {
        let mut page = Header {
            is_packed: true,
            ..Header::default()
        };
        let (mut has_unpacked, mut has_packed) = (false, false);
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, I32) => {
                    page.kind = match self.size()? {
                        0 => Kind::Data,
                        2 => Kind::Dictionary,
                        3 => Kind::DataV2,
                        _ => Kind::Other,
                    }
                }
                (2, I32) => {
                    page.unpacked = self.size()?;
                    has_unpacked = true;
                }
                (3, I32) => {
                    page.packed = self.size()?;
                    has_packed = true;
                }
                (4, I32) => {
                    page.checksum = Some(i32::try_from(self.zigzag()?).ok()?.cast_unsigned())
                }
                (5, STRUCT) => self.data(&mut page)?,
                (7, STRUCT) => self.dictionary(&mut page)?,
                (8, STRUCT) => self.data_v2(&mut page)?,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        (has_unpacked && has_packed).then_some(page)
    }

    fn data(&mut self, page: &mut Header) -> Option<()> {
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, I32) => page.values = self.size()?,
                (2, I32) => page.encoding = self.size()?,
                (3, I32) => page.definition_encoding = self.size()?,
                (4, I32) => page.repetition_encoding = self.size()?,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        Some(())
    }

    fn dictionary(&mut self, page: &mut Header) -> Option<()> {
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, I32) => page.entries = self.size()?,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        Some(())
    }

    fn data_v2(&mut self, page: &mut Header) -> Option<()> {
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match (field, kind) {
                (1, I32) => page.values = self.size()?,
                (3, I32) => page.rows = self.size()?,
                (4, I32) => page.encoding = self.size()?,
                (5, I32) => page.definition_bytes = self.size()?,
                (6, I32) => page.repetition_bytes = self.size()?,
                (7, TRUE) => page.is_packed = true,
                (7, FALSE) => page.is_packed = false,
                (_, kind) => self.skip(kind, HEADER_DEPTH)?,
            }
        }
        Some(())
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

    fn parsed(bytes: &[u8]) -> Option<Header> {
        header(bytes)
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
    fn every_kind_of_page_is_told() {
        // type 2, 9 bytes, 9 packed, checksum -1, dictionary { 3 entries }
        let dictionary = [
            0x15, 0x04, 0x15, 0x12, 0x15, 0x12, 0x15, 0x01, 0x3c, 0x15, 0x06, 0x00, 0x00,
        ];
        let page = parsed(&dictionary).unwrap();
        assert_eq!((page.kind, page.entries), (Kind::Dictionary, 3));
        assert_eq!((page.checksum, page.header), (Some(u32::MAX), 13));
        // type 3, 9 bytes, 9 packed, version 2 { 6 values, 1 null, 5 rows, encoding 8, levels of 2 and 1
        // bytes, not packed }
        let data = [
            0x15, 0x06, 0x15, 0x12, 0x15, 0x12, 0x5c, 0x15, 0x0c, 0x15, 0x02, 0x15, 0x0a, 0x15,
            0x10, 0x15, 0x04, 0x15, 0x02, 0x12, 0x00, 0x00,
        ];
        let page = parsed(&data).unwrap();
        assert_eq!((page.kind, page.values, page.rows), (Kind::DataV2, 6, 5));
        assert_eq!((page.encoding, page.is_packed), (8, false));
        assert_eq!((page.definition_bytes, page.repetition_bytes), (2, 1));
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
}
