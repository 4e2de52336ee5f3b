//! The terminal side: the interactive shell, batches, and how answers look.
//!
//! Nothing here plans or prices; the engine is seen through [`Engine`] only, so that the shell is
//! tested with a fake one.

pub mod batch;
pub mod chart;
mod engine;
#[cfg(test)]
mod fake;
pub(crate) mod folders;
pub mod help;
mod printer;
pub mod progress;
pub mod render;
pub mod repl;
pub mod source;
mod style;
pub(crate) mod xml;

pub use engine::Engine;
pub use render::Format;
pub use style::{Chrome, Color, Style, set_color};
