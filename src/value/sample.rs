//! Samples by hash: the same answer in any order, batch, machine or engine.

use super::Number;
use sha2::{Digest, Sha256};

/// The first 8 bytes, big endian, of SHA-256(salt ‖ 0x1F ‖ id in UTF-8).
pub fn sample_hash(salt: &str, id: &str) -> u64 {
    SampleHasher::new(salt).hash(id)
}

/// [`sample_hash`] for many ids under one salt.
#[derive(Clone, Debug)]
pub struct SampleHasher {
    salted: Sha256,
}

impl SampleHasher {
    /// Takes the salt in.
    pub fn new(salt: &str) -> SampleHasher {
        let mut salted = Sha256::new();
        salted.update(salt.as_bytes());
        salted.update([0x1f]);
        SampleHasher { salted }
    }

    /// The hash of an id.
    pub fn hash(&self, id: &str) -> u64 {
        let mut state = self.salted.clone();
        state.update(id.as_bytes());
        let digest = state.finalize();
        digest
            .iter()
            .take(8)
            .fold(0, |sum, &byte| sum << 8 | u64::from(byte))
    }
}

/// A share of all, 0 to 100 per cent, exact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    percent: Number,
    threshold: u128,
}

impl Default for Share {
    /// Nobody.
    fn default() -> Share {
        Share {
            percent: Number::new(0, 0),
            threshold: 0,
        }
    }
}

impl Share {
    /// Everybody.
    pub fn all() -> Share {
        Share {
            percent: Number::new(100, 0),
            threshold: 1 << 64,
        }
    }

    /// Makes a share from per cent; `None` below 0, above 100, or with more than 12 places.
    pub fn from_percent(percent: Number) -> Option<Share> {
        let hundred = Number::new(100, 0);
        if percent < Number::new(0, 0) || percent > hundred || percent.scale > 12 {
            return None;
        }
        // ceil(percent / 100 · 2^64)
        let divisor = 100 * 10u128.pow(u32::from(percent.scale));
        let digits = u128::try_from(percent.digits).ok()?;
        let threshold = (digits << 64).div_ceil(divisor);
        Some(Share { percent, threshold })
    }

    /// The per cent it was made from.
    pub fn percent(&self) -> Number {
        self.percent
    }

    /// ceil(share · 2^64): hashes below are in.
    pub fn threshold(&self) -> u128 {
        self.threshold
    }

    /// Whether a hash is in.
    pub fn admits(&self, hash: u64) -> bool {
        u128::from(hash) < self.threshold
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_grow_by_adding() {
        let share = |text| Share::from_percent(Number::parse(text).unwrap()).unwrap();
        assert!(share("10").threshold() < share("20").threshold());
        assert!(share("100").admits(u64::MAX));
        assert!(!share("0").admits(0));
        assert_eq!(share("50").threshold(), 1 << 63);
        assert!(Share::from_percent(Number::parse("100.1").unwrap()).is_none());
    }

    #[test]
    fn the_hash_is_the_documented_one() {
        // SHA-256("s1" ‖ 0x1F ‖ "1"), first 16 hex digits.
        let whole = Sha256::digest(b"s1\x1f1");
        let wanted = u64::from_be_bytes(whole.as_slice()[..8].try_into().unwrap());
        assert_eq!(sample_hash("s1", "1"), wanted);
    }
}
