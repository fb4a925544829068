//! How large things in contact files may be.

/// Bytes of one field.
pub(super) const FIELD_BYTES: usize = 1 << 20;
/// Lines of one record.
pub(super) const RECORD_LINES: usize = 10_000;
/// Bytes of one record.
pub(super) const RECORD_BYTES: usize = 16 << 20;
/// Columns of a file, keys of a JSON object.
pub(super) const COLUMNS: usize = 10_000;
/// Levels of nesting of a JSON record.
pub(super) const JSON_DEPTH: usize = 32;
/// Bytes of a block of records that is decoded in one go.
pub(super) const BLOCK_BYTES: usize = 1 << 19;
/// Decompressed data may be larger than this only below [`EXPANSION`].
pub(super) const FREE_BYTES: u64 = 64 << 20;
/// How many times larger than the file decompressed data may be.
pub(super) const EXPANSION: u64 = 1_000;
/// Bytes of decompressed data at all.
pub(super) const DECOMPRESSED_BYTES: u64 = 1 << 42;
/// Distinct spellings a dictionary holds before a fresh one takes its place.
pub(super) const SPELLINGS: usize = 200_000;
/// Bytes of distinct spellings a dictionary holds before a fresh one takes its place.
pub(super) const SPELLING_BYTES: usize = 16 << 20;
