//! Reads the items of a large file on all cores.
//!
//! Invariants: the result is that of reading them one after the other; a file with more errors than are
//! told is left to that.

use super::again::item_start;
use super::split::Part;
use super::{Reading, limit};
use rayon::prelude::*;
use std::sync::Arc;

/// Smaller texts are read before other threads are awake.
pub(super) const LEAST_TEXT: usize = 64 << 10;

/// Bytes of text that one thread reads at a time.
const SHARE: usize = 16 << 10;

impl Reading {
    /// Reads all parts, or nothing when there are too many errors. Gives whether they were read.
    pub(super) fn side_by_side(&mut self, parts: Vec<Part>) -> bool {
        let (source, text, keeps_tree) = (self.source, &self.text, self.keeps_tree);
        let read = |share: Vec<Part>| {
            let mut reading = Reading::of_shared(source, Arc::clone(text));
            reading.keeps_tree = keeps_tree;
            reading.parts(share);
            reading
        };
        let readings: Vec<Reading> = shares(parts).into_par_iter().map(read).collect();
        let errors: usize = readings.iter().map(|reading| reading.errors).sum();
        if errors > limit::SYNTAX_ERRORS {
            return false;
        }
        let items = readings.iter().map(|reading| reading.file.items.len());
        self.file.items.reserve_exact(items.sum());
        for mut reading in readings {
            self.file.allows.append(&mut reading.file.allows);
            self.append(reading.into_tail(), 0);
        }
        true
    }
}

/// The parts in groups of about [`SHARE`] bytes, in their order.
fn shares(parts: Vec<Part>) -> Vec<Vec<Part>> {
    let mut shares = vec![Vec::new()];
    let mut end = SHARE;
    for part in parts {
        if let Some(start) = item_start(&part).filter(|start| *start >= end) {
            shares.push(Vec::new());
            end = start + SHARE;
        }
        if let Some(share) = shares.last_mut() {
            share.push(part);
        }
    }
    shares
}
