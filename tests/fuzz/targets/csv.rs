//! Fuzz target: see `csv` in the driver.

#![no_main]

#[path = "../drive.rs"]
#[allow(dead_code)]
mod drive;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| drive::csv(bytes));
