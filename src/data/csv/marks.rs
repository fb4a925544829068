//! Turns masks of quotes into what lies inside them.

/// For each bit the parity of the bits up to and including it: which bytes lie inside quotes, the
/// opening quote included and the closing one not.
#[inline(always)]
pub(super) fn parity_up_to(mut mask: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        mask ^= mask << shift;
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_bytes_have_odd_parity() {
        assert_eq!(parity_up_to(0b1000100), 0b0111100);
    }
}
