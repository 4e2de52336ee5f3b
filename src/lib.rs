//! aiq: an embedded rule and query engine that finds the best way to serve an LLM on given
//! GPUs, and says why.

pub mod arch;
pub mod catalog;
pub mod error;
pub mod lang;
pub mod perf;
pub mod plan;

pub use error::{Error, Kind, Result};
