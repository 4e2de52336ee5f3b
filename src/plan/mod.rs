//! Questions to DataFusion plans. Each folder depends only on those named before it.

pub mod expr;
pub mod question;
pub mod nodes;
pub mod target;
pub mod scope;
pub mod graph;
pub mod relation;
pub mod diagnose;
pub mod search;
pub mod coverage;
