//! Looking up priced factors: candidates with columns of small relations that have one row for
//! each value of their keys. A hash join that need not copy the candidates, so that a sweep of
//! many candidates stays narrow and streams.

mod index;
mod logical;
mod physical;

pub use logical::{Lookup, Side};
pub use physical::LookupExec;
