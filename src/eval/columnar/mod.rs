//! Turns chunks into audiences: one forward pass over the predicates serves every segment at once.
//!
//! Invariants: answers equal those of [`super::row`] for every contact; rows are looked at in blocks
//! small enough for the cache; a predicate of a text is decided once per distinct value of a
//! dictionary, never per row; nothing allocates per row.

mod block;
mod buckets;
mod classes;
mod codes;
mod elements;
mod grid;
mod group;
mod order;
mod prefixes;
mod program;
mod scatter;
mod worker;

pub use program::Program;
pub use worker::{Answers, Tally, Worker};
