//! The op graph of a model at the coordinates of a pass; the entry is [`terms::pass_terms`].

pub mod listing;
pub(crate) mod rows;
pub mod terms;
