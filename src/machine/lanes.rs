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

    /// Which shorts lie from `first` to `first + width`, counted round.
    fn shorts_within(shorts: &[u16; LANE_BYTES], first: u16, width: u16) -> u64;

    /// Which words lie from `first` to `first + width`, counted round.
    fn words_within(words: &[u32; LANE_BYTES], first: u32, width: u32) -> u64;

    /// The bits that are in all sets, each complemented by a flip of all ones; all bits without any set.
    fn all_of<'w>(sets: impl Iterator<Item = (&'w SetWords, u64)>) -> SetWords;

    /// How many bits are ones.
    fn count(words: &SetWords) -> u64;

    /// The first numbers in order where a bit is one, `rest` elsewhere.
    #[inline(always)]
    fn spread_long(numbers: &[i64; LANE_BYTES], bits: u64, rest: i64) -> [i64; LANE_BYTES] {
        spread(numbers, bits, rest)
    }

    /// The same of shorter numbers.
    #[inline(always)]
    fn spread_short(numbers: &[u32; LANE_BYTES], bits: u64, rest: u32) -> [u32; LANE_BYTES] {
        spread(numbers, bits, rest)
    }
}

/// Puts values in order where a bit is one.
#[inline(always)]
pub(crate) fn spread<T: Copy>(values: &[T; LANE_BYTES], bits: u64, rest: T) -> [T; LANE_BYTES] {
    let mut at = 0;
    std::array::from_fn(
        #[inline(always)]
        |row| {
            let is_in = bits >> row & 1;
            let value = values.get(at % LANE_BYTES).copied().unwrap_or(rest);
            at += is_in as usize;
            if is_in == 1 { value } else { rest }
        },
    )
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
    fn shorts_within(shorts: &[u16; LANE_BYTES], first: u16, width: u16) -> u64 {
        mask(shorts, |short| short.wrapping_sub(first) <= width)
    }

    #[inline(always)]
    fn words_within(words: &[u32; LANE_BYTES], first: u32, width: u32) -> u64 {
        mask(words, |word| word.wrapping_sub(first) <= width)
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
            Level::Wide => unsafe { super::x86::wide(work) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` found every feature named on the function.
            Level::Widest => unsafe { super::x86::widest(work) },
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
        type Output = [u64; 5];

        #[inline(always)]
        fn scan<L: Lane>(self) -> [u64; 5] {
            let Everything(bytes, first, width) = self;
            let lane = L::new(bytes);
            let numbers = bytes.map(number);
            let (low, steps) = (number(first), u64::from(width) << 40);
            [
                lane.mask_within(first, width),
                lane.mask_of_bits(first),
                L::numbers_within(&numbers, low, steps),
                L::shorts_within(&bytes.map(short), short(first), u16::from(width) << 8),
                L::words_within(&bytes.map(word), word(first), u32::from(width) << 24),
            ]
        }
    }

    fn number(byte: u8) -> i64 {
        (i64::from(byte) << 40) - (99 << 40)
    }

    /// Counted round from the highest.
    fn short(byte: u8) -> u16 {
        (u16::from(byte) << 8).wrapping_sub(99 << 8)
    }

    fn word(byte: u8) -> u32 {
        (u32::from(byte) << 24).wrapping_sub(99 << 24)
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
                    bits(&|byte| byte.wrapping_sub(first) <= width),
                    bits(&|byte| byte.wrapping_sub(first) <= width),
                ];
                assert_eq!(
                    level.scan(Everything(bytes, first, width)),
                    expected,
                    "{level:?}"
                );
            }
        }
    }

    /// Numbers where bits are.
    struct Spread<'n>(&'n [i64; LANE_BYTES], &'n [u32; LANE_BYTES], u64);

    impl Scan for Spread<'_> {
        type Output = ([i64; LANE_BYTES], [u32; LANE_BYTES]);

        #[inline(always)]
        fn scan<L: Lane>(self) -> Self::Output {
            let Spread(long, short, bits) = self;
            (
                L::spread_long(long, bits, -7),
                L::spread_short(short, bits, 9),
            )
        }
    }

    #[test]
    fn every_level_puts_numbers_in_the_same_places() {
        let long: [i64; LANE_BYTES] = std::array::from_fn(|at| (at as i64 - 9) << 33);
        let short: [u32; LANE_BYTES] = std::array::from_fn(|at| 100 + at as u32);
        let mut bits = vec![
            0,
            u64::MAX,
            1,
            1 << 63,
            u64::MAX << 1,
            u64::MAX >> 1,
            0xff00,
        ];
        let mut word = 0x9e37_79b9_7f4a_7c15u64;
        for _ in 0..200 {
            word = word.wrapping_mul(0xd134_2543_de82_ef95).rotate_left(23) ^ 0x55;
            bits.extend([word, word & word << 9, word | word >> 7]);
        }
        for bits in bits {
            let mut expected = ([-7; LANE_BYTES], [9; LANE_BYTES]);
            let rows = (0..LANE_BYTES).filter(|row| bits >> row & 1 == 1);
            for (place, row) in rows.enumerate() {
                expected.0[row] = long[place];
                expected.1[row] = short[place];
            }
            for level in levels() {
                let found = level.scan(Spread(&long, &short, bits));
                assert!(found == expected, "{level:?} {bits:x}");
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
