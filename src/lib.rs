//! aiq: an embedded rule and query engine that finds the best way to serve an LLM on given
//! GPUs, and says why.

pub mod answer;
pub mod base;
pub mod catalog;
pub mod chart;
pub mod cli;
pub mod deploy;
pub mod engine;
pub mod lang;
pub mod memory;
pub mod model;
pub mod output;
pub mod perf;
pub mod plan;
mod publish;
pub mod session;
pub mod shell;
pub mod simulate;
pub mod ui;
mod vocabulary;

pub use answer::{Answer, Footer, Part, Timing};
pub use base::cancel::CancelHandle;
pub use base::error::{Code, Error, Kind, Result};
pub use base::permissions::Permissions;
pub use engine::Engine;
pub use memory::MemoryLimit;
pub use session::{Layer, Session};
pub use vocabulary::{Word, WordKind};
