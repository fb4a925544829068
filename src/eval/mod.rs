//! Turns conditions and contacts into answers.
//!
//! [`row`] is the definition of meaning, small and obviously right; [`columnar`] is the fast way and
//! is compared with it on generated input, and so is [`classifier`], the fast way for one contact at a
//! time. They share only how one text, version or exact number is compared.

mod asked;
pub mod classifier;
pub mod columnar;
mod leaf;
mod quantity;
pub mod row;
mod text;

pub use quantity::{Rank, rank};
pub(crate) use text::{text_passes, version_passes};
