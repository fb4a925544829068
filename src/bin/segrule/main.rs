//! Placeholder host.

fn main() {}
