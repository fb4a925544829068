//! Findings in daily use: fixing them, leaving old ones out, showing them on build servers.

mod catalogue;
mod ci;
mod fix;
mod known;
mod shown;
