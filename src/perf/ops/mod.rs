//! The operations: formulas in Rust, one family a file, and which operations follow them in text.
//! Entry: [`op`], by name; what the tables hold and how formulas came about is in `docs/op-tables.md`.

mod analytic;
mod attention;
mod block_sparse;
mod collective;
mod compressed;
mod exchange;
mod experts;
mod feed_forward;
mod gemm;
mod hyper_connections;
mod indexed;
mod latent;
mod latent_module;
mod numbers;
mod quantize;
mod registry;
mod state;
#[cfg(test)]
mod tests;

pub use registry::{OPS, op};
