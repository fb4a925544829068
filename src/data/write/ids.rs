//! Lines that hold nothing but an id, copied without looking at each.

use crate::machine::{LANE_BYTES, Lane, Level, Scan};
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
    let wanted = rows.count();
    let bytes = match &ids.even {
        Some(even) => even.rows.checked_mul(even.length)?,
        None => ids.text.len(),
    };
    if wanted * WORTH < ids.len() as u64 || bytes > MOST_BYTES {
        return None;
    }
    let wanted = usize::try_from(wanted).ok()?;
    let needed = bytes + wanted + BLOCK;
    if room.len() < needed {
        room.resize(needed, 0);
    }
    let end = match &ids.even {
        Some(even) => {
            let place = |row| {
                let start = even.first + row * even.step;
                Some((start, start + even.length))
            };
            copy(&even.bytes, place, rows, room)
        }
        None => {
            let place = |row: usize| {
                let start = match row.checked_sub(1) {
                    Some(before) => *ids.ends.get(before)? as usize,
                    None => 0,
                };
                Some((start, *ids.ends.get(row)? as usize))
            };
            copy(ids.text.as_bytes(), place, rows, room)
        }
    };
    let lines = room.get(..end?)?;
    (Level::detect().scan(OddBytes(lines)) == wanted).then_some(lines)
}

/// Copies texts, a line each; where the last one ends.
#[inline(always)]
fn copy(
    text: &[u8],
    place: impl Fn(usize) -> Option<(usize, usize)>,
    rows: &Bitmap,
    room: &mut [u8],
) -> Option<usize> {
    let mut at = 0;
    for row in rows.rows() {
        let (start, end) = place(row)?;
        let length = end.checked_sub(start)?;
        let from = text.get(start..)?;
        let to = room.get_mut(at..)?;
        match (from.first_chunk::<BLOCK>(), to.first_chunk_mut()) {
            (Some(block), Some(place)) if length <= BLOCK => *place = *block,
            (_, _) => to.get_mut(..length)?.copy_from_slice(from.get(..length)?),
        }
        *room.get_mut(at + length)? = b'\n';
        at += length + 1;
    }
    Some(at)
}

/// Bytes that end lines, or for which an id may have to be quoted, wherever it starts and ends.
struct OddBytes<'l>(&'l [u8]);

impl Scan for OddBytes<'_> {
    type Output = usize;

    #[inline(always)]
    fn scan<L: Lane>(self) -> usize {
        let (lanes, rest) = self.0.as_chunks::<LANE_BYTES>();
        let is_odd = |byte: &&u8| matches!(**byte, b'\0'..=b' ' | b'"' | b',');
        let mut odd = rest.iter().filter(is_odd).count();
        for lane in lanes {
            let lane = L::new(lane);
            let mask = lane.mask_within(0, b' ') | lane.mask_of(b'"') | lane.mask_of(b',');
            odd += mask.count_ones() as usize;
        }
        odd
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::EvenTexts;

    fn column(ids: &[&str]) -> TextColumn {
        let mut column = TextColumn::default();
        ids.iter().for_each(|id| column.push(id));
        column
    }

    /// Ids of one length with something else in between.
    fn even(ids: &[&str]) -> TextColumn {
        let bytes: Vec<u8> = ids
            .iter()
            .flat_map(|id| format!("\n, {id}").into_bytes())
            .collect();
        let length = ids[0].len();
        let even = EvenTexts {
            bytes,
            first: 3,
            step: length + 3,
            length,
            rows: ids.len(),
        };
        TextColumn {
            even: Some(even),
            ..TextColumn::default()
        }
    }

    #[test]
    fn lines_are_the_ids_that_are_wanted() {
        let long = "an-id-that-is-longer-than-a-block";
        for ids in [
            column(&["u1", "北京", long, "u0000000000001", "x", long, "7"]),
            even(&["u1", "u2", "x3", "y9", "u7", "zz"]),
            even(&[long; 4]),
        ] {
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
    }

    #[test]
    fn ids_that_are_quoted_are_not_copied() {
        for odd in ["a,b", "\"", " a", "a ", "a\nb", "a\r"] {
            let ids = column(&["u1", odd]);
            assert!(lines(&ids, &Bitmap::all(2), &mut Vec::new()).is_none());
            let ids = even(&[odd; 300]);
            assert!(lines(&ids, &Bitmap::all(300), &mut Vec::new()).is_none());
        }
        let ids = column(&["u1"; 100]);
        let few = Bitmap::from_fn(100, |row| row == 3);
        assert!(lines(&ids, &few, &mut Vec::new()).is_none());
    }
}
