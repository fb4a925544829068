//! segrule: a small language and tool for choosing who gets a message.
//!
//! The modules stand on a ladder: each imports only modules on lower rungs (`docs/ARCHITECTURE.md`).

pub mod diag;
pub mod name;
pub mod region;
pub mod source;
pub mod value;
