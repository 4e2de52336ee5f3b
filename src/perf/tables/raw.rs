//! Rows as they are stored.

use std::collections::BTreeMap;

use super::repaired::Repaired;

/// A stored column as it is read.
#[derive(Debug, Clone)]
pub enum Column {
    /// Names, dictionary coded.
    Text {
        /// Index into `values` of each row.
        codes: Vec<u32>,
        /// Distinct names.
        values: Vec<String>,
    },
    /// Sizes and counts.
    Int(Vec<i32>),
}

/// Rows as they are stored: sorted by the keys, then the axes of their
/// [`TableSpec`](super::TableSpec). Among rows of equal coordinates the first wins.
#[derive(Debug, Clone, Default)]
pub struct RawTable {
    /// Number of rows.
    pub rows: usize,
    /// Columns by name; notes may be absent.
    pub columns: BTreeMap<String, Column>,
    /// Milliseconds of each row, where it was replaced those that are taken.
    pub latency: Vec<f32>,
    /// The rows whose latency was replaced.
    pub repaired: Repaired,
}
