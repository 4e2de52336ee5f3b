//! The plan nodes that DataFusion lacks, and the context that plans them.

pub mod context;
pub(crate) mod failure;
pub mod lookup;
pub mod opjoin;
pub mod simulate;
pub mod skyline;
