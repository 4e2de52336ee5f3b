//! Questions to DataFusion plans.

pub mod domain;
pub mod functions;
pub mod lower;
pub mod opjoin;
pub mod scope;
pub mod skyline;
pub mod target;
pub mod terms;
pub mod value;
