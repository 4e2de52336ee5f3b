//! The operations, one concept a file: arguments, bound, and what is special about their tables.
//! Formulas are those of op tables 3.2 to 3.6.

pub(crate) mod analytic;
pub(crate) mod attention;
pub(crate) mod collective;
pub(crate) mod dsa;
pub(crate) mod dsv4;
pub(crate) mod exchange;
pub(crate) mod gemm;
pub(crate) mod mla;
pub(crate) mod mla_module;
pub(crate) mod moe;
pub(crate) mod msa;
mod numbers;
pub(crate) mod quantize;
pub(crate) mod state;
#[cfg(test)]
mod tests;
pub(crate) mod wide;
