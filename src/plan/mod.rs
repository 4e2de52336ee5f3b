//! Questions to DataFusion plans.

pub mod axes;
pub mod domain;
mod factor;
pub mod functions;
pub mod lower;
pub mod opjoin;
pub mod relation;
pub mod scope;
pub mod skyline;
pub mod target;
pub mod terms;
pub mod value;
