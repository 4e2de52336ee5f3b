//! Expressions of the language to expressions of a plan; the entry is [`lower::lower`].

pub mod domain;
pub(crate) mod elements;
pub(crate) mod figures;
pub mod functions;
mod lists;
pub mod lower;
pub(crate) mod origin_filter;
