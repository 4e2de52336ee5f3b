//! The skyline: candidates that no other of the same group beats in every criterion.

mod frontier;
mod logical;
mod physical;

pub use logical::{Criterion, Skyline};
pub use physical::SkylineExec;
