//! Questions to DataFusion plans.

pub mod functions;
pub mod lower;
pub mod value;
