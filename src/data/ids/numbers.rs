//! Sets of numbers in pages of bits: a page holds a short list until it has many numbers.

use hashbrown::HashTable;

/// Numbers a page.
const PAGE_NUMBERS: u64 = 4096;
/// Words of a page of bits.
const PAGE_WORDS: usize = (PAGE_NUMBERS / 64) as usize;
/// Numbers a page lists before it keeps bits.
const MOST_LISTED: usize = 10;

/// Distinct numbers close together: a run of whole pages of bits.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dense {
    first_page: u64,
    words: Vec<u64>,
}

impl Dense {
    /// The bits of numbers; `None` when one of them is there twice, or they are far apart.
    pub(super) fn new(numbers: &[u64]) -> Option<Dense> {
        let (first, last) = bounds(numbers)?;
        let Dense {
            first_page,
            mut words,
        } = Dense::with_room(first, last, numbers.len())?;
        let base = first_page * PAGE_NUMBERS;
        let mut twice = 0;
        for part in numbers.chunks(64) {
            if let Some((first, _)) = consecutive(part) {
                twice |= set_run(&mut words, first - base, part.len())?;
                continue;
            }
            for number in part {
                let bit = number - base;
                let word = words.get_mut((bit / 64) as usize)?;
                twice |= *word >> (bit % 64) & 1;
                *word |= 1 << (bit % 64);
            }
        }
        (twice == 0).then_some(Dense { first_page, words })
    }

    /// The bits of runs of numbers, given as the first of each and how many follow each other; `None` as
    /// for [`Dense::new`].
    pub(super) fn of_runs(runs: &[(u64, usize)]) -> Option<Dense> {
        let count: usize = runs.iter().map(|(_, count)| *count).sum();
        let first = runs.iter().map(|(first, _)| *first).min()?;
        let last = runs.iter().map(|(first, count)| first + *count as u64 - 1);
        let mut dense = Dense::with_room(first, last.max()?, count)?;
        let mut twice = 0;
        for (first, count) in runs {
            let (mut bit, mut left) = (*first - dense.first_page * PAGE_NUMBERS, *count);
            while left > 0 {
                let step = left.min(64);
                twice |= set_run(&mut dense.words, bit, step)?;
                (bit, left) = (bit + step as u64, left - step);
            }
        }
        (twice == 0).then_some(dense)
    }

    /// No numbers yet, with room for all from `first` to `last`; `None` when these are far apart for so
    /// many.
    fn with_room(first: u64, last: u64, count: usize) -> Option<Dense> {
        let first_page = first / PAGE_NUMBERS;
        let pages = usize::try_from(last / PAGE_NUMBERS - first_page).ok()?;
        let words = pages.checked_add(1)?.checked_mul(PAGE_WORDS)?;
        (words <= count.max(PAGE_WORDS)).then(|| Dense {
            first_page,
            words: vec![0; words],
        })
    }

    fn pages(&self) -> impl Iterator<Item = (u64, &[u64; PAGE_WORDS])> {
        let pages = self.words.as_chunks().0.iter();
        let numbered = pages.zip(self.first_page..);
        numbered.map(|(words, number)| (number, words))
    }
}

/// The lowest and the highest number.
fn bounds(numbers: &[u64]) -> Option<(u64, u64)> {
    let of_part = |part: &[u64]| {
        let (low, high) = (part.iter().min()?, part.iter().max()?);
        Some((*low, *high))
    };
    let parts = numbers.chunks(64);
    let parts = parts.filter_map(|part| consecutive(part).or_else(|| of_part(part)));
    parts.reduce(|all, part| (all.0.min(part.0), all.1.max(part.1)))
}

/// The first and the last of numbers that follow each other.
fn consecutive(numbers: &[u64]) -> Option<(u64, u64)> {
    let first = *numbers.first()?;
    let mut differ = 0;
    for (place, number) in numbers.iter().enumerate() {
        differ |= number ^ first.wrapping_add(place as u64);
    }
    let last = numbers.last().filter(|_| differ == 0)?;
    Some((first, *last))
}

/// Adds up to 64 bits that follow each other; not 0 when one was there.
fn set_run(words: &mut [u64], bit: u64, count: usize) -> Option<u64> {
    let ones = u64::MAX >> (64 - count);
    let (word, shift) = ((bit / 64) as usize, bit % 64);
    let low = words.get_mut(word)?;
    let mut twice = *low & ones << shift;
    *low |= ones << shift;
    let high_ones = ones.checked_shr(64 - shift as u32).unwrap_or(0);
    if high_ones != 0 {
        let high = words.get_mut(word + 1)?;
        twice |= *high & high_ones;
        *high |= high_ones;
    }
    Some(twice)
}

/// A set of numbers in pages.
#[derive(Debug, Default)]
pub(super) struct Numbers {
    pages: Vec<Page>,
    places: HashTable<u32>,
    last: usize,
}

#[derive(Debug)]
struct Page {
    number: u64,
    content: PageContent,
}

#[derive(Debug)]
enum PageContent {
    Listed {
        count: u8,
        numbers: [u16; MOST_LISTED],
    },
    Bits(Box<[u64; PAGE_WORDS]>),
}

impl Numbers {
    /// Adds a number; whether it is new.
    #[inline]
    pub(super) fn add(&mut self, number: u64) -> bool {
        let (page, offset) = (number / PAGE_NUMBERS, (number % PAGE_NUMBERS) as u16);
        if self
            .pages
            .get(self.last)
            .is_none_or(|last| last.number != page)
        {
            self.last = self.find_or_make(page);
        }
        self.pages
            .get_mut(self.last)
            .is_none_or(|page| page.content.add(offset))
    }

    /// Adds numbers when all of them are new; whether they are. Adds none of them otherwise.
    pub(super) fn add_all(&mut self, dense: &Dense) -> bool {
        let is_new = dense.pages().all(|(number, words)| {
            let known = self.find(number).and_then(|place| self.pages.get(place));
            known.is_none_or(|page| page.content.is_disjoint(words))
        });
        if is_new {
            for (number, words) in dense.pages() {
                let place = self.find_or_make(number);
                if let Some(page) = self.pages.get_mut(place) {
                    page.content.add_all(words);
                }
            }
        }
        is_new
    }

    fn find(&self, page: u64) -> Option<usize> {
        let number_of = |place: u32| self.pages.get(place as usize).map_or(0, |page| page.number);
        let place = self
            .places
            .find(spread(page), |&place| number_of(place) == page);
        place.map(|&place| place as usize)
    }

    fn find_or_make(&mut self, page: u64) -> usize {
        if let Some(place) = self.find(page) {
            return place;
        }
        let place = self.pages.len();
        self.pages.push(Page {
            number: page,
            content: PageContent::Listed {
                count: 0,
                numbers: [0; MOST_LISTED],
            },
        });
        let pages = &self.pages;
        self.places
            .insert_unique(spread(page), place as u32, |&place| {
                spread(pages.get(place as usize).map_or(0, |page| page.number))
            });
        place
    }
}

fn spread(page: u64) -> u64 {
    page.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

impl PageContent {
    fn add(&mut self, offset: u16) -> bool {
        match self {
            PageContent::Bits(words) => {
                let Some(word) = words.get_mut(usize::from(offset / 64)) else {
                    return true;
                };
                let bit = 1 << (offset % 64);
                let is_new = *word & bit == 0;
                *word |= bit;
                is_new
            }
            PageContent::Listed { count, numbers } => {
                let known = usize::from(*count);
                if numbers.iter().take(known).any(|&number| number == offset) {
                    return false;
                }
                if let Some(place) = numbers.get_mut(known) {
                    *place = offset;
                    *count += 1;
                    return true;
                }
                *self = PageContent::Bits(self.bits());
                self.add(offset)
            }
        }
    }

    /// The numbers as bits.
    fn bits(&self) -> Box<[u64; PAGE_WORDS]> {
        match self {
            PageContent::Bits(words) => words.clone(),
            PageContent::Listed { count, numbers } => {
                let mut words = Box::new([0; PAGE_WORDS]);
                for number in numbers.iter().take(usize::from(*count)) {
                    if let Some(word) = words.get_mut(usize::from(number / 64)) {
                        *word |= 1 << (number % 64);
                    }
                }
                words
            }
        }
    }

    fn is_disjoint(&self, other: &[u64; PAGE_WORDS]) -> bool {
        match self {
            PageContent::Bits(words) => words.iter().zip(other).all(|(a, b)| a & b == 0),
            PageContent::Listed { count, numbers } => {
                let mut numbers = numbers.iter().take(usize::from(*count));
                numbers.all(|number| {
                    let word = other.get(usize::from(number / 64)).copied();
                    word.unwrap_or(0) >> (number % 64) & 1 == 0
                })
            }
        }
    }

    fn add_all(&mut self, other: &[u64; PAGE_WORDS]) {
        let count: u32 = other.iter().map(|word| word.count_ones()).sum();
        if count as usize > MOST_LISTED {
            let mut words = self.bits();
            words.iter_mut().zip(other).for_each(|(a, b)| *a |= b);
            *self = PageContent::Bits(words);
            return;
        }
        for (word, bits) in other.iter().enumerate() {
            let ones = std::iter::successors(Some(*bits), |bits| Some(bits & bits.wrapping_sub(1)));
            for bits in ones.take_while(|bits| *bits != 0) {
                self.add(word as u16 * 64 + bits.trailing_zeros() as u16);
            }
        }
    }
}
