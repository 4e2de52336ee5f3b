//! What everything stands on: errors with their codes, files, tables that ship as text, rows of
//! batches, cancelling, and what statements may do.

pub mod cancel;
pub mod codes;
pub(crate) mod digest;
pub mod error;
pub(crate) mod files;
pub mod pages;
pub mod permissions;
pub(crate) mod rows;
pub(crate) mod shipped;
pub(crate) mod tsv;
pub(crate) mod xml;
