//! A set of rows of one chunk: one bit a row, 64 rows a word.
//!
//! Invariants: bits past the length are 0; an empty bitmap (no words) stands for no row at all and
//! is accepted wherever a bitmap of any length is read.

use crate::machine::Level;

/// A set of rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

/// How many rows one word holds.
const WORD_ROWS: usize = 64;

impl Bitmap {
    /// A set over `len` rows with none in it.
    pub fn none(len: usize) -> Bitmap {
        Bitmap {
            words: vec![0; len.div_ceil(WORD_ROWS)],
            len,
        }
    }

    /// A set over `len` rows with all in it.
    pub fn all(len: usize) -> Bitmap {
        let mut bitmap = Bitmap {
            words: vec![u64::MAX; len.div_ceil(WORD_ROWS)],
            len,
        };
        bitmap.clear_tail();
        bitmap
    }

    /// Takes words as they are; bits past `len` are cleared.
    pub fn from_words(mut words: Vec<u64>, len: usize) -> Bitmap {
        words.resize(len.div_ceil(WORD_ROWS), 0);
        let mut bitmap = Bitmap { words, len };
        bitmap.clear_tail();
        bitmap
    }

    /// Becomes a set over `len` rows for a kernel that writes every word: which rows are in it is not
    /// said until then, and memory is used again. Call [`Bitmap::seal`] afterwards.
    pub(crate) fn resize(&mut self, len: usize) {
        self.words.resize(len.div_ceil(WORD_ROWS), 0);
        self.len = len;
    }

    /// Makes a set from a condition on the row number.
    pub fn from_fn(len: usize, mut is_in: impl FnMut(usize) -> bool) -> Bitmap {
        let mut bitmap = Bitmap::none(len);
        for (index, word) in bitmap.words.iter_mut().enumerate() {
            let start = index * WORD_ROWS;
            let end = (start + WORD_ROWS).min(len);
            *word = (start..end).fold(0, |bits, row| bits | u64::from(is_in(row)) << (row - start));
        }
        bitmap
    }

    fn clear_tail(&mut self) {
        let used = self.len % WORD_ROWS;
        if let (true, Some(last)) = (used > 0, self.words.last_mut()) {
            *last &= (1 << used) - 1;
        }
    }

    /// Whether a row is in the set; rows past the end are not.
    pub fn get(&self, row: usize) -> bool {
        self.words
            .get(row / WORD_ROWS)
            .is_some_and(|word| word >> (row % WORD_ROWS) & 1 == 1)
    }

    /// Puts a row in or takes it out; rows past the end are ignored.
    pub fn set(&mut self, row: usize, is_in: bool) {
        if row >= self.len {
            return;
        }
        if let Some(word) = self.words.get_mut(row / WORD_ROWS) {
            let bit = 1 << (row % WORD_ROWS);
            if is_in { *word |= bit } else { *word &= !bit }
        }
    }

    /// Adds one row at the end.
    pub fn push(&mut self, is_in: bool) {
        if self.len.is_multiple_of(WORD_ROWS) {
            self.words.push(0);
        }
        self.len += 1;
        if is_in {
            self.set(self.len - 1, true);
        }
    }

    /// Adds the rows of another set at the end.
    pub fn append(&mut self, other: &Bitmap) {
        let used = self.len % WORD_ROWS;
        self.len += other.len;
        if used == 0 {
            self.words.extend_from_slice(&other.words);
        } else {
            for word in &other.words {
                if let Some(last) = self.words.last_mut() {
                    *last |= word << used;
                }
                self.words.push(word >> (WORD_ROWS - used));
            }
        }
        self.words.resize(self.len.div_ceil(WORD_ROWS), 0);
    }

    /// How many rows the set is over.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the set is over no rows.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many rows are in the set.
    pub fn count(&self) -> u64 {
        let mut count = 0;
        Level::detect().run(
            #[inline(always)]
            || {
                count = self
                    .words
                    .iter()
                    .map(|word| u64::from(word.count_ones()))
                    .sum()
            },
        );
        count
    }

    /// Whether no row is in the set.
    pub fn is_none(&self) -> bool {
        self.words.iter().all(|&word| word == 0)
    }

    /// The words, 64 rows each, lowest bit first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The words for kernels that write 64 rows at once; call [`Bitmap::seal`] afterwards.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Clears bits past the end after a kernel wrote whole words.
    pub fn seal(&mut self) {
        self.clear_tail();
    }

    /// Keeps the rows that are also in `other`.
    pub fn and(&mut self, other: &Bitmap) {
        self.combine(other, |a, b| a & b);
    }

    /// Takes the rows of `other` out.
    pub fn and_not(&mut self, other: &Bitmap) {
        self.combine(other, |a, b| a & !b);
    }

    /// Adds the rows of `other`.
    pub fn or(&mut self, other: &Bitmap) {
        self.combine(other, |a, b| a | b);
        self.clear_tail();
    }

    fn combine(&mut self, other: &Bitmap, join: impl Fn(u64, u64) -> u64) {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        for (word, other) in self.words.iter_mut().zip(others) {
            *word = join(*word, other);
        }
    }

    /// The rows that are not in the set.
    pub fn complement(&self) -> Bitmap {
        let words = self.words.iter().map(|word| !word).collect();
        Bitmap::from_words(words, self.len)
    }

    /// The rows in the set, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors(Some(word), |bits| Some(bits & bits.wrapping_sub(1)))
                .take_while(|&bits| bits != 0)
                .map(move |bits| index * WORD_ROWS + bits.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_complement_stays_inside_the_length() {
        let bitmap = Bitmap::from_fn(70, |row| row % 3 == 0);
        let other = bitmap.complement();
        assert_eq!(bitmap.count() + other.count(), 70);
        assert!(other.rows().all(|row| row % 3 != 0 && row < 70));
    }

    #[test]
    fn sets_are_put_one_after_the_other() {
        for (first, second) in [(0, 5), (64, 70), (3, 61), (3, 62), (100, 128), (7, 0)] {
            let is_in = |row: usize| row.is_multiple_of(3) || row % 7 == 1;
            let mut whole = Bitmap::from_fn(first, is_in);
            whole.append(&Bitmap::from_fn(second, |row| is_in(row + first)));
            assert_eq!(whole, Bitmap::from_fn(first + second, is_in));
        }
    }

    #[test]
    fn an_empty_bitmap_reads_as_no_row() {
        let mut all = Bitmap::all(65);
        all.and_not(&Bitmap::default());
        assert_eq!(all.count(), 65);
        all.and(&Bitmap::default());
        assert!(all.is_none());
    }
}
