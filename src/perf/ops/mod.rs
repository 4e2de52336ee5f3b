//! The operations, one concept a file: arguments, bound, and what is special about their tables.
//! Formulas are those of op tables 3.2 to 3.6.

pub(crate) mod analytic;
pub(crate) mod attention;
pub(crate) mod collective;
pub(crate) mod gemm;
pub(crate) mod moe;
pub(crate) mod quantize;
#[cfg(test)]
mod tests;
