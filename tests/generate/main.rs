//! Generated files: every engine, mode, platform and kind of model, checked against what the
//! engines and platforms accept and against the row they deploy.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test fails by panicking"
)]

mod case;
mod faults;
mod matrix;
mod resources;
mod shapes;
mod started;
#[path = "../support/mod.rs"]
mod support;
mod values;
