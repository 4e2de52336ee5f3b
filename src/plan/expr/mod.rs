//! Expressions of the language to expressions of a plan; the entry is [`lower::lower`].

pub mod col;
pub mod domain;
pub(crate) mod elements;
pub(crate) mod figures;
pub mod functions;
mod lists;
pub mod lower;
pub mod lowered;
pub mod names;
pub(crate) mod null;
pub(crate) mod origin_filter;
pub(crate) mod over_classes;
