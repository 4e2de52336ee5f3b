//! The language: text to syntax tree. Knows nothing of data or plans.

pub mod ast;
pub mod format;
pub mod parse;
pub mod units;
