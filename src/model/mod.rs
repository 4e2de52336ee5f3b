//! The model as text: shipped and user definitions, and the configurations of checkpoints.

pub mod by_engine;
pub mod columns;
pub mod config;
pub mod library;
mod limits;
pub(crate) mod table;
pub mod value;
