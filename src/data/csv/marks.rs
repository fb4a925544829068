//! Turns a text into lanes of 64 bytes, and masks of quotes into what lies inside them.

use crate::machine::LANE_BYTES as LANES;

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
    fn quoted_bytes_have_odd_parity() {
        assert_eq!(parity_up_to(0b1000100), 0b0111100);
    }
}
