//! Turns `grammar/segrule.pest` into a parser.
//!
//! Invariants: only this file and `text_to_tree` name [`Rule`].

#![allow(
    missing_docs,
    unreachable_pub,
    reason = "the derive writes the enum's own declaration"
)]

use pest_derive::Parser;

/// The parser of one item, field, clause or expression.
#[derive(Parser)]
#[grammar = "../grammar/segrule.pest"]
pub(super) struct Grammar;
