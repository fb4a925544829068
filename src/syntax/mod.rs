//! Turns rule text into a lossless tree, and the tree into the owned [`ast`].

pub mod ast;
