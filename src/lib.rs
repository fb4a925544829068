//! segrule: a small language and tool for choosing who gets a message.
//!
//! The modules stand on a ladder: each imports only modules on lower rungs (`docs/ARCHITECTURE.md`).

pub mod analyze;
pub mod campaign;
pub mod check;
pub mod dag;
pub mod data;
pub mod diag;
pub mod eval;
pub mod format;
pub mod ide;
pub mod lint;
pub mod machine;
pub mod name;
pub mod region;
pub mod report;
pub mod ruletest;
pub mod schema;
pub mod source;
pub mod syntax;
pub mod table;
pub mod value;
pub mod workspace;
