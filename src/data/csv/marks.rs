//! Turns 64 bytes into bit masks of the characters that matter.

use wide::u8x16;

/// How many bytes one mask speaks of.
pub(super) const LANES: usize = 64;

/// One bit a byte, lowest first: which bytes are `byte`.
#[inline(always)]
pub(super) fn mask_of(bytes: &[u8; LANES], byte: u8) -> u64 {
    let wanted = u8x16::splat(byte);
    let (parts, _) = bytes.as_chunks::<16>();
    parts.iter().rev().fold(0, |mask, part| {
        let hits = u8x16::new(*part).simd_eq(wanted).to_bitmask();
        mask << 16 | u64::from(hits)
    })
}

/// For each bit the parity of the bits up to and including it: which bytes lie inside quotes, the
/// opening quote included and the closing one not.
#[inline(always)]
pub(super) fn parity_up_to(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

/// The text in pieces of 64 bytes, the last one filled up with zeros, with the offset of each.
#[inline(always)]
pub(super) fn for_each_lane(bytes: &[u8], mut visit: impl FnMut(usize, &[u8; LANES])) {
    let (lanes, rest) = bytes.as_chunks::<LANES>();
    for (index, lane) in lanes.iter().enumerate() {
        visit(index * LANES, lane);
    }
    if !rest.is_empty() {
        let mut lane = [0; LANES];
        for (to, from) in lane.iter_mut().zip(rest) {
            *to = *from;
        }
        visit(lanes.len() * LANES, &lane);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_show_where_a_byte_stands() {
        let mut lane = [b'x'; LANES];
        lane[0] = b',';
        lane[17] = b',';
        lane[63] = b',';
        assert_eq!(mask_of(&lane, b','), 1 | 1 << 17 | 1 << 63);
    }

    #[test]
    fn quoted_bytes_have_odd_parity() {
        assert_eq!(parity_up_to(0b1000100), 0b0111100);
    }
}
