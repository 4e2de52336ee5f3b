//! The op join: candidates with the measured latencies of operations. One logical node for each
//! table; it becomes a projection with a function that holds the table's index.

mod function;
mod logical;
mod planner;

pub(crate) use function::Bound;
pub use function::{PRICE_FIELDS, PriceFunction, origin_name};
pub use logical::{Group, OpJoin, PricedTerm};
pub use planner::AiqPlanner;
