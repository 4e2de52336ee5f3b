//! aiq: an embedded rule and query engine that finds the best way to serve an LLM on given
//! GPUs, and says why.

pub mod answer;
pub mod arch;
mod cancel;
pub mod catalog;
pub mod chart;
pub mod cli;
pub mod deploy;
mod digest;
pub mod engine;
pub mod error;
mod files;
pub mod lang;
pub mod memory;
pub mod output;
pub mod perf;
pub mod permissions;
pub mod plan;
mod publish;
mod rows;
pub mod session;
pub mod shell;
mod tsv;
pub mod ui;
mod vocabulary;
mod xml;

pub use answer::{Answer, Footer, Part, Timing};
pub use cancel::CancelHandle;
pub use engine::Engine;
pub use error::{Error, Kind, Result};
pub use memory::MemoryLimit;
pub use permissions::Permissions;
pub use session::{Layer, Session};
pub use vocabulary::{Word, WordKind};
