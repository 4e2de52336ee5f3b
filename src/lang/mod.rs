//! The language: from text to meaning, and from an error back to the text.

pub mod diagnostics;
