//! Everything that is tested from outside of the library, in one binary, so that it links once. A
//! topic is a module; `cargo test --test it answers::diff` runs one of them.
//!
//! All tests are threads of one process: none sets variables of the environment or changes the
//! current folder, and what a test writes lies in a temporary folder of its own.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and may say how it went"
)]

mod answers;
mod command_line;
mod deploy;
mod language;
mod measurements;
mod models;
mod robust;
mod structure;
mod support;
