//! Questions to DataFusion plans. Each folder depends only on those named before it.

pub mod coverage;
pub mod deployment;
pub mod diagnose;
pub mod expr;
pub mod graph;
pub mod listing;
pub mod nodes;
pub mod question;
pub mod relation;
pub mod scope;
pub mod search;
pub mod target;
