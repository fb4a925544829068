//! Lanes in the vector registers of x86 machines.
//!
//! The levels that call in here are made only where the machine has the instructions.

use super::lanes::{LANE_BYTES, Lane, SET_WORDS, Scan, SetWords};
use std::arch::x86_64::{
    __m256i, __m512i, _mm256_and_si256, _mm256_castsi256_pd, _mm256_castsi256_ps,
    _mm256_cmpeq_epi8, _mm256_cmpeq_epi16, _mm256_cmpeq_epi32, _mm256_cmpgt_epi64,
    _mm256_loadu_si256, _mm256_min_epu8, _mm256_min_epu16, _mm256_min_epu32, _mm256_movemask_epi8,
    _mm256_movemask_pd, _mm256_movemask_ps, _mm256_packs_epi16, _mm256_permute4x64_epi64,
    _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32, _mm256_set1_epi64x,
    _mm256_setzero_si256, _mm256_storeu_si256, _mm256_sub_epi8, _mm256_sub_epi16, _mm256_sub_epi32,
    _mm256_sub_epi64, _mm256_xor_si256, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi8_mask,
    _mm512_cmple_epu8_mask, _mm512_cmple_epu16_mask, _mm512_cmple_epu32_mask,
    _mm512_cmple_epu64_mask, _mm512_loadu_si512, _mm512_mask_expand_epi32,
    _mm512_mask_expand_epi64, _mm512_popcnt_epi64, _mm512_reduce_add_epi64, _mm512_set1_epi8,
    _mm512_set1_epi16, _mm512_set1_epi32, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_sub_epi8, _mm512_sub_epi16, _mm512_sub_epi32, _mm512_sub_epi64,
    _mm512_test_epi8_mask, _mm512_xor_si512,
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

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "only `wide`, which has the instructions, comes here"
    )]
    fn mask_within(self, first: u8, width: u8) -> u64 {
        let within = |part: __m256i| -> u32 {
            // SAFETY: `wide` runs with AVX2.
            unsafe {
                let steps = _mm256_sub_epi8(part, _mm256_set1_epi8(first.cast_signed()));
                let least = _mm256_min_epu8(steps, _mm256_set1_epi8(width.cast_signed()));
                _mm256_movemask_epi8(_mm256_cmpeq_epi8(least, steps)).cast_unsigned()
            }
        };
        u64::from(within(self.1)) << 32 | u64::from(within(self.0))
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "only `wide`, which has the instructions, comes here"
    )]
    fn mask_of_bits(self, bits: u8) -> u64 {
        let without = |part: __m256i| -> u32 {
            // SAFETY: `wide` runs with AVX2.
            unsafe {
                let held = _mm256_and_si256(part, _mm256_set1_epi8(bits.cast_signed()));
                let is_zero = _mm256_cmpeq_epi8(held, _mm256_setzero_si256());
                _mm256_movemask_epi8(is_zero).cast_unsigned()
            }
        };
        !(u64::from(without(self.1)) << 32 | u64::from(without(self.0)))
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads four numbers that are there, and only `wide`, which has the instructions, comes here"
    )]
    fn numbers_within(numbers: &[i64; LANE_BYTES], first: i64, width: u64) -> u64 {
        let most = width.cast_signed() ^ i64::MIN;
        let fours = numbers.as_chunks::<4>().0.iter().rev();
        !fours.fold(0, |mask, four| {
            // SAFETY: the array has 32 bytes; unaligned loads take any address; `wide` runs
            // with AVX2.
            let outside = unsafe {
                let four = _mm256_loadu_si256(four.as_ptr().cast());
                let steps = _mm256_sub_epi64(four, _mm256_set1_epi64x(first));
                // Comparing is signed: the highest bit is turned round on both sides.
                let steps = _mm256_xor_si256(steps, _mm256_set1_epi64x(i64::MIN));
                let is_above = _mm256_cmpgt_epi64(steps, _mm256_set1_epi64x(most));
                _mm256_movemask_pd(_mm256_castsi256_pd(is_above))
            };
            mask << 4 | u64::from(outside.cast_unsigned())
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads sixteen shorts that are there, and only `wide`, which has the instructions, comes here"
    )]
    fn shorts_within(shorts: &[u16; LANE_BYTES], first: u16, width: u16) -> u64 {
        let within = |sixteen: &[u16; 16]| {
            // SAFETY: the array has 32 bytes; unaligned loads take any address; `wide` runs with AVX2.
            unsafe {
                let sixteen = _mm256_loadu_si256(sixteen.as_ptr().cast());
                let steps = _mm256_sub_epi16(sixteen, _mm256_set1_epi16(first.cast_signed()));
                let least = _mm256_min_epu16(steps, _mm256_set1_epi16(width.cast_signed()));
                _mm256_cmpeq_epi16(least, steps)
            }
        };
        let (sixteens, _) = shorts.as_chunks::<16>();
        let pairs = sixteens.as_chunks::<2>().0.iter().rev();
        pairs.fold(0, |mask, [low, high]| {
            // SAFETY: `wide` runs with AVX2.
            let inside = unsafe {
                // Packing takes eight of the one and eight of the other, twice.
                let bytes = _mm256_packs_epi16(within(low), within(high));
                _mm256_movemask_epi8(_mm256_permute4x64_epi64::<0b11_01_10_00>(bytes))
            };
            mask << 32 | u64::from(inside.cast_unsigned())
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads eight words that are there, and only `wide`, which has the instructions, comes here"
    )]
    fn words_within(words: &[u32; LANE_BYTES], first: u32, width: u32) -> u64 {
        let eights = words.as_chunks::<8>().0.iter().rev();
        eights.fold(0, |mask, eight| {
            // SAFETY: the array has 32 bytes; unaligned loads take any address; `wide` runs with AVX2.
            let inside = unsafe {
                let eight = _mm256_loadu_si256(eight.as_ptr().cast());
                let steps = _mm256_sub_epi32(eight, _mm256_set1_epi32(first.cast_signed()));
                let least = _mm256_min_epu32(steps, _mm256_set1_epi32(width.cast_signed()));
                _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(least, steps)))
            };
            mask << 8 | u64::from(inside.cast_unsigned())
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "loads and stores move four words that are there, and only `wide`, which has the instructions, comes here"
    )]
    fn all_of<'w>(sets: impl Iterator<Item = (&'w SetWords, u64)>) -> SetWords {
        // SAFETY: each array has 32 bytes; unaligned moves take any address; `wide` runs with AVX2.
        unsafe {
            let mut all = [_mm256_set1_epi64x(-1); SET_WORDS / 4];
            for (words, flip) in sets {
                let flip = _mm256_set1_epi64x(flip.cast_signed());
                for (all, four) in all.iter_mut().zip(words.as_chunks::<4>().0) {
                    let four = _mm256_loadu_si256(four.as_ptr().cast());
                    *all = _mm256_and_si256(*all, _mm256_xor_si256(four, flip));
                }
            }
            let mut out = [0; SET_WORDS];
            for (out, all) in out.as_chunks_mut::<4>().0.iter_mut().zip(all) {
                _mm256_storeu_si256(out.as_mut_ptr().cast(), all);
            }
            out
        }
    }

    #[inline(always)]
    fn count(words: &SetWords) -> u64 {
        words.iter().map(|word| u64::from(word.count_ones())).sum()
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

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "only `widest`, which has the instructions, comes here"
    )]
    fn mask_within(self, first: u8, width: u8) -> u64 {
        // SAFETY: `widest` runs with AVX-512.
        unsafe {
            let steps = _mm512_sub_epi8(self.0, _mm512_set1_epi8(first.cast_signed()));
            _mm512_cmple_epu8_mask(steps, _mm512_set1_epi8(width.cast_signed()))
        }
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "only `widest`, which has the instructions, comes here"
    )]
    fn mask_of_bits(self, bits: u8) -> u64 {
        // SAFETY: `widest` runs with AVX-512.
        unsafe { _mm512_test_epi8_mask(self.0, _mm512_set1_epi8(bits.cast_signed())) }
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads eight numbers that are there, and only `widest`, which has the instructions, comes here"
    )]
    fn numbers_within(numbers: &[i64; LANE_BYTES], first: i64, width: u64) -> u64 {
        let eights = numbers.as_chunks::<8>().0.iter().rev();
        eights.fold(0, |mask, eight| {
            // SAFETY: the array has 64 bytes; unaligned loads take any address; `widest` runs
            // with AVX-512.
            let inside = unsafe {
                let eight = _mm512_loadu_si512(eight.as_ptr().cast());
                let steps = _mm512_sub_epi64(eight, _mm512_set1_epi64(first));
                _mm512_cmple_epu64_mask(steps, _mm512_set1_epi64(width.cast_signed()))
            };
            mask << 8 | u64::from(inside)
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads 32 shorts that are there, and only `widest`, which has the instructions, comes here"
    )]
    fn shorts_within(shorts: &[u16; LANE_BYTES], first: u16, width: u16) -> u64 {
        let parts = shorts.as_chunks::<32>().0.iter().rev();
        parts.fold(0, |mask, part| {
            // SAFETY: the array has 64 bytes; unaligned loads take any address; `widest` runs with
            // AVX-512.
            let inside = unsafe {
                let part = _mm512_loadu_si512(part.as_ptr().cast());
                let steps = _mm512_sub_epi16(part, _mm512_set1_epi16(first.cast_signed()));
                _mm512_cmple_epu16_mask(steps, _mm512_set1_epi16(width.cast_signed()))
            };
            mask << 32 | u64::from(inside)
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads sixteen words that are there, and only `widest`, which has the instructions, comes here"
    )]
    fn words_within(words: &[u32; LANE_BYTES], first: u32, width: u32) -> u64 {
        let parts = words.as_chunks::<16>().0.iter().rev();
        parts.fold(0, |mask, part| {
            // SAFETY: the array has 64 bytes; unaligned loads take any address; `widest` runs with
            // AVX-512.
            let inside = unsafe {
                let part = _mm512_loadu_si512(part.as_ptr().cast());
                let steps = _mm512_sub_epi32(part, _mm512_set1_epi32(first.cast_signed()));
                _mm512_cmple_epu32_mask(steps, _mm512_set1_epi32(width.cast_signed()))
            };
            mask << 16 | u64::from(inside)
        })
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "loads and stores move eight words that are there, and only `widest`, which has the instructions, comes here"
    )]
    fn all_of<'w>(sets: impl Iterator<Item = (&'w SetWords, u64)>) -> SetWords {
        // SAFETY: each array has 64 bytes; unaligned moves take any address; `widest` runs with
        // AVX-512.
        unsafe {
            let mut all = [_mm512_set1_epi64(-1); SET_WORDS / 8];
            for (words, flip) in sets {
                let flip = _mm512_set1_epi64(flip.cast_signed());
                for (all, eight) in all.iter_mut().zip(words.as_chunks::<8>().0) {
                    let eight = _mm512_loadu_si512(eight.as_ptr().cast());
                    *all = _mm512_and_si512(*all, _mm512_xor_si512(eight, flip));
                }
            }
            let mut out = [0; SET_WORDS];
            for (out, all) in out.as_chunks_mut::<8>().0.iter_mut().zip(all) {
                _mm512_storeu_si512(out.as_mut_ptr().cast(), all);
            }
            out
        }
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads eight numbers that are there, as each store writes some, and only `widest`, which has the instructions, comes here"
    )]
    fn spread_long(numbers: &[i64; LANE_BYTES], bits: u64, rest: i64) -> [i64; LANE_BYTES] {
        let mut out = [rest; LANE_BYTES];
        let eights = out.as_chunks_mut::<8>().0.iter_mut().enumerate();
        for (eight, out) in eights {
            let before = (bits & ((1 << (eight * 8)) - 1)).count_ones() as usize;
            let mask = (bits >> (eight * 8)) as u8;
            // There are eight from here on: no more ones than rows come before.
            let Some(next) = numbers.get(before..).and_then(<[i64]>::first_chunk::<8>) else {
                continue;
            };
            // SAFETY: both arrays have 64 bytes; unaligned moves take any address; `widest` runs
            // with AVX-512.
            unsafe {
                let next = _mm512_loadu_si512(next.as_ptr().cast());
                let spread = _mm512_mask_expand_epi64(_mm512_set1_epi64(rest), mask, next);
                _mm512_storeu_si512(out.as_mut_ptr().cast(), spread);
            }
        }
        out
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads sixteen numbers that are there, as each store writes some, and only `widest`, which has the instructions, comes here"
    )]
    fn spread_short(numbers: &[u32; LANE_BYTES], bits: u64, rest: u32) -> [u32; LANE_BYTES] {
        let mut out = [rest; LANE_BYTES];
        let parts = out.as_chunks_mut::<16>().0.iter_mut().enumerate();
        for (part, out) in parts {
            let before = (bits & ((1 << (part * 16)) - 1)).count_ones() as usize;
            let mask = (bits >> (part * 16)) as u16;
            let Some(next) = numbers.get(before..).and_then(<[u32]>::first_chunk::<16>) else {
                continue;
            };
            // SAFETY: both arrays have 64 bytes; unaligned moves take any address; `widest` runs
            // with AVX-512.
            unsafe {
                let next = _mm512_loadu_si512(next.as_ptr().cast());
                let rest = _mm512_set1_epi32(rest.cast_signed());
                let spread = _mm512_mask_expand_epi32(rest, mask, next);
                _mm512_storeu_si512(out.as_mut_ptr().cast(), spread);
            }
        }
        out
    }

    #[inline(always)]
    #[allow(
        unsafe_code,
        reason = "each load reads eight words that are there, and only `widest`, which has the instructions, comes here"
    )]
    fn count(words: &SetWords) -> u64 {
        // SAFETY: the array has 64 bytes; unaligned loads take any address; `widest` runs with
        // AVX-512 and its population count.
        unsafe {
            let mut sum = _mm512_setzero_si512();
            for eight in words.as_chunks::<8>().0 {
                let eight = _mm512_loadu_si512(eight.as_ptr().cast());
                sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(eight));
            }
            _mm512_reduce_add_epi64(sum).cast_unsigned()
        }
    }
}
