//! Questions to DataFusion plans.

pub mod answer;
pub mod axes;
pub mod branch;
pub mod context;
pub mod diagnose;
pub mod domain;
mod each;
pub mod estimate;
pub(crate) mod factor;
pub mod functions;
pub mod graph;
mod lists;
pub mod lower;
pub mod opjoin;
pub(crate) mod pools;
pub mod preference;
pub mod question;
pub mod rank;
pub mod relation;
pub(crate) mod rows;
pub mod scope;
pub mod search;
pub mod skyline;
pub mod target;
pub mod terms;
mod valid;
pub mod value;
