//! Statements as they are typed: the interactive shell, and batches that run to their end.
//!
//! Nothing here plans or prices; sessions are seen through [`Interpreter`] only, so that the shell
//! is tested with a fake one.

pub mod batch;
#[cfg(test)]
mod fake;
pub mod help;
mod interpreter;
mod printer;
pub mod repl;
pub mod source;

pub use interpreter::Interpreter;
