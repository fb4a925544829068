//! Turns results into text, JSON and the formats that other tools read.
//!
//! Invariants: JSON has a version and documented keys that stay the same in every language; nothing
//! here reads files, clocks or terminals.

pub mod diagnostics;
