//! Lines that hold nothing but an id, copied without looking at each.

use crate::machine::Level;
use crate::table::{Bitmap, TextColumn};

/// Short ids are copied so many bytes at once.
const BLOCK: usize = 16;
/// All ids are looked at when one of so many is wanted.
const WORTH: u64 = 16;
/// Bytes of ids at most, so that the room that is kept is small.
const MOST_BYTES: usize = 8 << 20;

/// The lines of some rows, put into `room`; `None` when an id may have to be quoted, or few are wanted.
pub(super) fn lines<'r>(
    ids: &TextColumn,
    rows: &Bitmap,
    room: &'r mut Vec<u8>,
) -> Option<&'r [u8]> {
    let text = ids.text.as_bytes();
    let wanted = rows.count();
    let is_worth_it = wanted * WORTH >= ids.len() as u64 && text.len() <= MOST_BYTES;
    if !is_worth_it || !is_plain(text) {
        return None;
    }
    room.clear();
    room.resize(text.len() + usize::try_from(wanted).ok()? + BLOCK, 0);
    let mut at = 0;
    for row in rows.rows() {
        let start = match row {
            0 => 0,
            _ => *ids.ends.get(row - 1)? as usize,
        };
        let length = (*ids.ends.get(row)? as usize).checked_sub(start)?;
        let from = text.get(start..)?;
        let to = room.get_mut(at..)?;
        match (from.first_chunk::<BLOCK>(), to.first_chunk_mut()) {
            (Some(block), Some(place)) if length <= BLOCK => *place = *block,
            (_, _) => to.get_mut(..length)?.copy_from_slice(from.get(..length)?),
        }
        *room.get_mut(at + length)? = b'\n';
        at += length + 1;
    }
    room.get(..at)
}

/// Whether no id has to be quoted, wherever it starts and ends.
fn is_plain(text: &[u8]) -> bool {
    let mut has_odd = false;
    let is_odd = |byte: &u8| *byte <= b' ' || *byte == b'"' || *byte == b',';
    Level::detect().run(
        #[inline(always)]
        || has_odd = text.iter().fold(false, |any, byte| any | is_odd(byte)),
    );
    !has_odd
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(ids: &[&str]) -> TextColumn {
        let mut column = TextColumn::default();
        ids.iter().for_each(|id| column.push(id));
        column
    }

    #[test]
    fn lines_are_the_ids_that_are_wanted() {
        let long = "an-id-that-is-longer-than-a-block";
        let ids = column(&["u1", "北京", long, "u0000000000001", "x", long, "7"]);
        for wanted in 1..1 << ids.len() {
            let rows = Bitmap::from_words(vec![wanted], ids.len());
            let expected: String = rows
                .rows()
                .map(|row| format!("{}\n", ids.get(row)))
                .collect();
            let mut room = vec![7; 3];
            let found = lines(&ids, &rows, &mut room).unwrap();
            assert_eq!(std::str::from_utf8(found).unwrap(), expected);
        }
    }

    #[test]
    fn ids_that_are_quoted_are_not_copied() {
        for odd in ["a,b", "\"", " a", "a ", "a\nb", "a\r"] {
            let ids = column(&["u1", odd]);
            assert!(lines(&ids, &Bitmap::all(2), &mut Vec::new()).is_none());
        }
        let ids = column(&["u1"; 100]);
        let few = Bitmap::from_fn(100, |row| row == 3);
        assert!(lines(&ids, &few, &mut Vec::new()).is_none());
    }
}
