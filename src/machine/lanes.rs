//! Looks at 64 bytes or 64 numbers at once: which of them are what is looked for, a bit each.
//!
//! A scan is written once over [`Lane`] and compiled for each level. Reading past the end never
//! happens: a lane is made from 64 bytes that are there.

use super::Level;

/// Bytes a lane holds: one for each bit of a mask.
pub(crate) const LANE_BYTES: usize = 64;

/// Words of a set that is kept in registers as a whole.
pub(crate) const SET_WORDS: usize = 32;

/// The words of such a set.
pub(crate) type SetWords = [u64; SET_WORDS];

/// 64 bytes that can be compared with one, and sets that are joined.
pub(crate) trait Lane: Copy {
    /// Takes the bytes in.
    fn new(bytes: &[u8; LANE_BYTES]) -> Self;

    /// One bit a byte, lowest first: which bytes are `byte`.
    fn mask_of(self, byte: u8) -> u64;

    /// Which bytes lie from `first` to `first + width`, counted round.
    fn mask_within(self, first: u8, width: u8) -> u64;

    /// Which bytes have one of the bits.
    fn mask_of_bits(self, bits: u8) -> u64;

    /// Which numbers lie from `first` to `first + width`, counted round.
    fn numbers_within(numbers: &[i64; LANE_BYTES], first: i64, width: u64) -> u64;

    /// The bits that are in all sets, each complemented by a flip of all ones; all bits without any set.
    fn all_of<'w>(sets: impl Iterator<Item = (&'w SetWords, u64)>) -> SetWords;

    /// How many bits are ones.
    fn count(words: &SetWords) -> u64;
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

    #[inline(always)]
    fn mask_within(self, first: u8, width: u8) -> u64 {
        mask(&self.0, |byte| byte.wrapping_sub(first) <= width)
    }

    #[inline(always)]
    fn mask_of_bits(self, bits: u8) -> u64 {
        mask(&self.0, |byte| byte & bits != 0)
    }

    #[inline(always)]
    fn numbers_within(numbers: &[i64; LANE_BYTES], first: i64, width: u64) -> u64 {
        mask(numbers, |number| number.wrapping_sub(first) as u64 <= width)
    }

    #[inline(always)]
    fn all_of<'w>(sets: impl Iterator<Item = (&'w SetWords, u64)>) -> SetWords {
        let mut all = [wide::u64x4::splat(u64::MAX); SET_WORDS / 4];
        for (words, flip) in sets {
            let flip = wide::u64x4::splat(flip);
            for (all, four) in all.iter_mut().zip(words.as_chunks::<4>().0) {
                *all &= wide::u64x4::new(*four) ^ flip;
            }
        }
        let mut out = [0; SET_WORDS];
        for (out, all) in out.as_chunks_mut::<4>().0.iter_mut().zip(all) {
            *out = all.to_array();
        }
        out
    }

    #[inline(always)]
    fn count(words: &SetWords) -> u64 {
        words.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

/// One bit for each of 64, lowest first.
#[inline(always)]
fn mask<T: Copy>(of: &[T; LANE_BYTES], is_in: impl Fn(T) -> bool) -> u64 {
    // Gathers the lowest bit of each of eight bytes into the top byte of the product.
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let bytes = of.map(|each| u8::from(is_in(each)));
    let eights = bytes.as_chunks::<8>().0.iter().enumerate();
    eights.fold(0, |word, (index, eight)| {
        let byte = u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56;
        word | byte << (index * 8)
    })
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
    use super::{LANE_BYTES, Lane, SET_WORDS, Scan, SetWords};
    use std::arch::x86_64::{
        __m256i, __m512i, _mm256_and_si256, _mm256_castsi256_pd, _mm256_cmpeq_epi8,
        _mm256_cmpgt_epi64, _mm256_loadu_si256, _mm256_min_epu8, _mm256_movemask_epi8,
        _mm256_movemask_pd, _mm256_set1_epi8, _mm256_set1_epi64x, _mm256_setzero_si256,
        _mm256_storeu_si256, _mm256_sub_epi8, _mm256_sub_epi64, _mm256_xor_si256, _mm512_add_epi64,
        _mm512_and_si512, _mm512_cmpeq_epi8_mask, _mm512_cmple_epu8_mask, _mm512_cmple_epu64_mask,
        _mm512_loadu_si512, _mm512_popcnt_epi64, _mm512_reduce_add_epi64, _mm512_set1_epi8,
        _mm512_set1_epi64, _mm512_setzero_si512, _mm512_storeu_si512, _mm512_sub_epi8,
        _mm512_sub_epi64, _mm512_test_epi8_mask, _mm512_xor_si512,
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

    /// All that is asked of lanes, for bytes and the numbers made of them.
    struct Everything<'a>(&'a [u8; LANE_BYTES], u8, u8);

    impl Scan for Everything<'_> {
        type Output = [u64; 3];

        #[inline(always)]
        fn scan<L: Lane>(self) -> [u64; 3] {
            let Everything(bytes, first, width) = self;
            let lane = L::new(bytes);
            let numbers = bytes.map(number);
            let (low, steps) = (number(first), u64::from(width) << 40);
            [
                lane.mask_within(first, width),
                lane.mask_of_bits(first),
                L::numbers_within(&numbers, low, steps),
            ]
        }
    }

    fn number(byte: u8) -> i64 {
        (i64::from(byte) << 40) - (99 << 40)
    }

    fn levels() -> Vec<Level> {
        let mut levels = vec![Level::Basic, Level::detect()];
        #[cfg(target_arch = "x86_64")]
        if Level::detect() == Level::Widest {
            levels.push(Level::Wide);
        }
        levels
    }

    #[test]
    fn every_level_compares_alike() {
        let bytes: Vec<u8> = (0..64u32)
            .map(|at| (at * at * 37 + at * 11) as u8)
            .collect();
        let bytes: &[u8; LANE_BYTES] = bytes.as_slice().try_into().unwrap();
        let bits = |is_in: &dyn Fn(u8) -> bool| {
            let rows = bytes.iter().enumerate();
            rows.fold(0, |bits, (row, byte)| bits | u64::from(is_in(*byte)) << row)
        };
        for level in levels() {
            for (first, width) in [(0, 0), (3, 200), (200, 100), (255, 255), (77, 1), (0, 255)] {
                let numbers = i64::from(first)..=i64::from(first) + i64::from(width);
                let expected = [
                    bits(&|byte| byte.wrapping_sub(first) <= width),
                    bits(&|byte| byte & first != 0),
                    bits(&|byte| numbers.contains(&i64::from(byte))),
                ];
                assert_eq!(
                    level.scan(Everything(bytes, first, width)),
                    expected,
                    "{level:?}"
                );
            }
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
        for level in levels() {
            assert_eq!(level.scan(Masks(&lanes, b',')), expected, "{level:?}");
        }
    }

    /// What all of some sets hold.
    struct All<'s>(&'s [(SetWords, u64)]);

    impl Scan for All<'_> {
        type Output = (SetWords, u64);

        #[inline(always)]
        fn scan<L: Lane>(self) -> (SetWords, u64) {
            let all = L::all_of(self.0.iter().map(|(words, flip)| (words, *flip)));
            (all, L::count(&all))
        }
    }

    #[test]
    fn sets_are_joined_alike_on_every_machine() {
        let word = |at: usize| (at as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | at as u64;
        let sets: Vec<(SetWords, u64)> = (0..5)
            .map(|set| (std::array::from_fn(|at| word(set * 64 + at)), 0))
            .enumerate()
            .map(|(place, (words, _))| (words, if place % 2 == 1 { u64::MAX } else { 0 }))
            .collect();
        for count in 0..=sets.len() {
            let sets = &sets[..count];
            let expected: SetWords = std::array::from_fn(|at| {
                let words = sets.iter().map(|(words, flip)| words[at] ^ flip);
                words.fold(u64::MAX, |all, word| all & word)
            });
            let count = expected
                .iter()
                .map(|word| u64::from(word.count_ones()))
                .sum();
            assert_eq!(Level::detect().scan(All(sets)), (expected, count));
            assert_eq!(Level::Basic.scan(All(sets)), (expected, count));
        }
    }
}
