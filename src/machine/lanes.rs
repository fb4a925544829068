//! Looks at 64 bytes at once: which of them are a given byte.
//!
//! A scan is written once over [`Lane`] and compiled for each level. Reading past the end never
//! happens: a lane is made from 64 bytes that are there.

use super::Level;

/// Bytes a lane holds: one for each bit of a mask.
pub(crate) const LANE_BYTES: usize = 64;

/// 64 bytes that can be compared with one.
pub(crate) trait Lane: Copy {
    /// Takes the bytes in.
    fn new(bytes: &[u8; LANE_BYTES]) -> Self;

    /// One bit a byte, lowest first: which bytes are `byte`.
    fn mask_of(self, byte: u8) -> u64;
}

/// Work that goes over lanes, compiled once for each kind of lane.
pub(crate) trait Scan {
    /// What comes of it.
    type Output;

    /// Does the work; must be `#[inline(always)]`.
    fn scan<L: Lane>(self) -> Self::Output;
}

/// Sixteen bytes at a time, on any machine.
#[derive(Clone, Copy)]
struct Plain([u8; LANE_BYTES]);

impl Lane for Plain {
    #[inline(always)]
    fn new(bytes: &[u8; LANE_BYTES]) -> Plain {
        Plain(*bytes)
    }

    #[inline(always)]
    fn mask_of(self, byte: u8) -> u64 {
        let wanted = wide::u8x16::splat(byte);
        let (parts, _) = self.0.as_chunks::<16>();
        parts.iter().rev().fold(0, |mask, part| {
            let hits = wide::u8x16::new(*part).simd_eq(wanted).to_bitmask();
            mask << 16 | u64::from(hits)
        })
    }
}

impl Level {
    /// Does work over lanes with the instructions of this level.
    #[inline]
    #[allow(
        unsafe_code,
        reason = "the functions differ from safe ones only in the instructions they may use, and a level is made by `detect` alone, which asked for exactly those"
    )]
    pub(crate) fn scan<S: Scan>(self, work: S) -> S::Output {
        match self {
            Level::Basic => work.scan::<Plain>(),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` found every feature named on the function.
            Level::Wide => unsafe { x86::wide(work) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` found every feature named on the function.
            Level::Widest => unsafe { x86::widest(work) },
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{LANE_BYTES, Lane, Scan};
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_cmpeq_epi8, _mm256_loadu_si256, _mm256_movemask_epi8,
        _mm256_set1_epi8, _mm512_cmpeq_epi8_mask, _mm512_loadu_si512, _mm512_set1_epi8,
    };

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    pub(super) fn wide<S: Scan>(work: S) -> S::Output {
        work.scan::<Wide>()
    }

    #[target_feature(
        enable = "avx2,bmi1,bmi2,lzcnt,popcnt,avx512f,avx512bw,avx512dq,avx512vl,avx512vpopcntdq"
    )]
    pub(super) fn widest<S: Scan>(work: S) -> S::Output {
        work.scan::<Widest>()
    }

    /// Two registers of 32 bytes. Only [`wide`] makes any.
    #[derive(Clone, Copy)]
    struct Wide(__m256i, __m256i);

    impl Lane for Wide {
        #[inline(always)]
        #[allow(
            unsafe_code,
            reason = "the two loads read the 64 bytes of the array, and only `wide`, which has the instructions, comes here"
        )]
        fn new(bytes: &[u8; LANE_BYTES]) -> Wide {
            let start = bytes.as_ptr();
            // SAFETY: 32 bytes from the start and 32 from the middle lie in the array; unaligned
            // loads take any address; `wide` runs with AVX2.
            unsafe {
                Wide(
                    _mm256_loadu_si256(start.cast()),
                    _mm256_loadu_si256(start.add(32).cast()),
                )
            }
        }

        #[inline(always)]
        #[allow(
            unsafe_code,
            reason = "only `wide`, which has the instructions, comes here"
        )]
        fn mask_of(self, byte: u8) -> u64 {
            // SAFETY: `wide` runs with AVX2.
            unsafe {
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(self.0, wanted));
                let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(self.1, wanted));
                u64::from(high.cast_unsigned()) << 32 | u64::from(low.cast_unsigned())
            }
        }
    }

    /// One register of 64 bytes. Only [`widest`] makes any.
    #[derive(Clone, Copy)]
    struct Widest(__m512i);

    impl Lane for Widest {
        #[inline(always)]
        #[allow(
            unsafe_code,
            reason = "the load reads the 64 bytes of the array, and only `widest`, which has the instructions, comes here"
        )]
        fn new(bytes: &[u8; LANE_BYTES]) -> Widest {
            // SAFETY: the array has 64 bytes; unaligned loads take any address; `widest` runs with
            // AVX-512.
            unsafe { Widest(_mm512_loadu_si512(bytes.as_ptr().cast())) }
        }

        #[inline(always)]
        #[allow(
            unsafe_code,
            reason = "only `widest`, which has the instructions, comes here"
        )]
        fn mask_of(self, byte: u8) -> u64 {
            // SAFETY: `widest` runs with AVX-512.
            unsafe { _mm512_cmpeq_epi8_mask(self.0, _mm512_set1_epi8(byte.cast_signed())) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All masks of a text for one byte.
    struct Masks<'a>(&'a [[u8; LANE_BYTES]], u8);

    impl Scan for Masks<'_> {
        type Output = Vec<u64>;

        #[inline(always)]
        fn scan<L: Lane>(self) -> Vec<u64> {
            self.0
                .iter()
                .map(|lane| L::new(lane).mask_of(self.1))
                .collect()
        }
    }

    #[test]
    fn every_level_sees_the_same() {
        let mut lanes = [[b'x'; LANE_BYTES]; 3];
        for (lane, places) in lanes
            .iter_mut()
            .zip([vec![0, 17, 63], vec![], vec![31, 32, 62]])
        {
            for place in places {
                lane[place] = b',';
            }
        }
        let expected = vec![1 | 1 << 17 | 1 << 63, 0, 1 << 31 | 1 << 32 | 1 << 62];
        let mut levels = vec![Level::Basic, Level::detect()];
        #[cfg(target_arch = "x86_64")]
        if Level::detect() == Level::Widest {
            levels.push(Level::Wide);
        }
        for level in levels {
            assert_eq!(level.scan(Masks(&lanes, b',')), expected, "{level:?}");
        }
    }
}
