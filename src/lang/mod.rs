//! The language: text to syntax trees, and back. It knows nothing of data or plans, and depends on
//! nothing but errors.

pub mod ast;
pub mod edit;
pub mod format;
pub mod keywords;
pub mod lex;
pub mod parse;
pub mod quote;
pub mod units;
