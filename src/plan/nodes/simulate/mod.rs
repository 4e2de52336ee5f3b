//! The simulation of requests, row by row: one logical node, which becomes a projection with a
//! function that follows the requests of a candidate over the profiles of its steps.

mod arguments;
mod function;
mod logical;

pub use function::{REASON, RESULTS, SimulateFunction, result_field};
pub use logical::{Profile, Simulate};
