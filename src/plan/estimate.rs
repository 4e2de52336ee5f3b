//! Rows to estimate.

/// Column that numbers the rows to estimate.
pub const ROW: &str = "#row";
