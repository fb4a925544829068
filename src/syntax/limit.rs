//! The limits of rule text, in one place.
//!
//! Invariants: each is checked before the grammar sees the text, and each is documented.

/// The longest rule file in bytes.
pub const FILE_BYTES: usize = 16 << 20;
/// The longest text literal in bytes, quotes aside.
pub const TEXT_BYTES: usize = 64 << 10;
/// The most digits of a number.
pub const NUMBER_DIGITS: usize = 38;
/// How much of a long number a message shows.
pub(super) const SHOWN_CHARS: usize = 40;
/// The most pieces (words, numbers, signs) of one item: far beyond what the checker allows.
pub const ITEM_PIECES: usize = 200_000;
/// How deep parentheses, blocks, `not`s, minus signs and sums nest together.
pub const NESTING: usize = 128;
/// How many syntax errors of one file are told.
pub const SYNTAX_ERRORS: usize = 20;
