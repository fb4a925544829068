//! The answers of one aspect, one row of bits a class.
//!
//! Neighbouring classes differ in few bits. When a row for every class would take too much memory,
//! only every so-manieth is kept, and the bits that change from there on are turned over.

/// A row of bits, of which only a stretch of words can hold ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    /// The first word of the stretch.
    pub(super) first: usize,
    pub(super) words: &'r [u64],
}

/// Lists of bits, one a key.
#[derive(Debug, Default)]
pub(super) struct BitLists {
    ends: Vec<u32>,
    bits: Vec<u32>,
}

impl BitLists {
    /// Sorts pairs of key and bit into lists for the keys from 0 to `keys`.
    pub(super) fn new(keys: usize, mut pairs: Vec<(u32, u32)>) -> BitLists {
        pairs.sort_unstable();
        pairs.dedup();
        let mut ends = vec![0; keys];
        for (key, _) in &pairs {
            if let Some(end) = ends.get_mut(*key as usize) {
                *end += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += *end;
            *end = sum;
        }
        BitLists {
            ends,
            bits: pairs.into_iter().map(|(_, bit)| bit).collect(),
        }
    }

    /// The bits of a key, ascending.
    pub(super) fn of(&self, key: usize) -> &[u32] {
        let end = self.ends.get(key).map_or(0, |&end| end as usize);
        let start = key.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = start.map_or(0, |&start| start as usize);
        self.bits.get(start..end).unwrap_or(&[])
    }
}

/// Where a bit stands in a stretch of words.
#[derive(Clone, Copy)]
struct Place {
    word: usize,
    mask: u64,
}

fn place(bit: u32, first: usize) -> Place {
    Place {
        word: (bit as usize / 64).wrapping_sub(first),
        mask: 1 << (bit % 64),
    }
}

pub(super) fn set(words: &mut [u64], first: usize, bit: u32) {
    let Place { word, mask } = place(bit, first);
    if let Some(word) = words.get_mut(word) {
        *word |= mask;
    }
}

pub(super) fn clear(words: &mut [u64], first: usize, bit: u32) {
    let Place { word, mask } = place(bit, first);
    if let Some(word) = words.get_mut(word) {
        *word &= !mask;
    }
}

fn turn(words: &mut [u64], first: usize, bit: u32) {
    let Place { word, mask } = place(bit, first);
    if let Some(word) = words.get_mut(word) {
        *word ^= mask;
    }
}

/// The first word and the number of words that hold the bits given.
pub(super) fn stretch(bits: impl Iterator<Item = u32>) -> (usize, usize) {
    let (mut least, mut most) = (u32::MAX, 0);
    for bit in bits {
        (least, most) = (least.min(bit), most.max(bit));
    }
    match least {
        u32::MAX => (0, 0),
        _ => (
            least as usize / 64,
            most as usize / 64 - least as usize / 64 + 1,
        ),
    }
}

/// The rows of all classes.
#[derive(Debug)]
pub(super) struct Rows {
    first: usize,
    /// Words of a row.
    width: usize,
    missing: Vec<u64>,
    /// Rows of every `stride`th class.
    kept: Vec<u64>,
    stride: usize,
    /// Bits that differ from the class before; empty when every row is kept.
    turns: BitLists,
}

/// What the rows are made from.
#[derive(Debug, Default)]
pub(super) struct RowBits {
    /// Bits that are one where there is no value.
    pub(super) missing: Vec<u32>,
    /// Pairs of class and bit: from this class on the bit is the other way round.
    pub(super) turns: Vec<(u32, u32)>,
}

impl Rows {
    /// Makes the rows of so many classes within `most_bytes`, one row at least.
    pub(super) fn new(classes: u32, bits: RowBits, most_bytes: usize) -> Rows {
        let classes = classes as usize;
        let turned = bits.turns.iter().map(|(_, bit)| *bit);
        let (first, width) = stretch(bits.missing.iter().copied().chain(turned));
        let most_rows = (most_bytes / (width * 8).max(1)).max(1);
        let stride = classes.div_ceil(most_rows).max(1);
        let mut missing = vec![0; width];
        for bit in bits.missing {
            set(&mut missing, first, bit);
        }
        let turns = BitLists::new(classes, bits.turns);
        let mut row = vec![0; width];
        let mut kept = Vec::with_capacity(classes.div_ceil(stride) * width);
        for class in 0..classes {
            for &bit in turns.of(class) {
                turn(&mut row, first, bit);
            }
            if class % stride == 0 {
                kept.extend_from_slice(&row);
            }
        }
        let turns = match stride {
            1 => BitLists::default(),
            _ => turns,
        };
        Rows {
            first,
            width,
            missing,
            kept,
            stride,
            turns,
        }
    }

    /// The row of a class, or of a missing value. `spare` holds it when it has to be made.
    pub(super) fn row<'r>(&'r self, class: Option<u32>, spare: &'r mut Vec<u64>) -> Row<'r> {
        let first = self.first;
        let Some(class) = class.map(|class| class as usize) else {
            let words = self.missing.as_slice();
            return Row { first, words };
        };
        let near = class / self.stride;
        let start = near * self.width;
        let words = self.kept.get(start..start + self.width).unwrap_or(&[]);
        let passed = near * self.stride + 1..class + 1;
        if passed.is_empty() {
            return Row { first, words };
        }
        spare.clear();
        spare.extend_from_slice(words);
        for class in passed {
            for &bit in self.turns.of(class) {
                turn(spare, first, bit);
            }
        }
        Row {
            first,
            words: spare,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_the_same_however_many_are_kept() {
        let bits = || RowBits {
            missing: vec![70, 300],
            turns: (0..200).map(|n| (n * 7 % 50, 64 + n * 13 % 400)).collect(),
        };
        let all = Rows::new(50, bits(), usize::MAX);
        let few = Rows::new(50, bits(), 400);
        assert_eq!(all.stride, 1);
        assert!(few.stride > 5);
        let (mut one, mut other) = (Vec::new(), Vec::new());
        for class in (0..50).map(Some).chain([None]) {
            let left = all.row(class, &mut one);
            let right = few.row(class, &mut other);
            assert_eq!((left.first, left.words), (right.first, right.words));
        }
        assert_eq!(
            all.row(None, &mut one)
                .words
                .iter()
                .map(|word| word.count_ones())
                .sum::<u32>(),
            2
        );
    }
}
