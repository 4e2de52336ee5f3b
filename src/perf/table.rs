//! A table of measurements in memory.

use std::collections::BTreeMap;

use super::spec::TableSpec;

/// A stored column.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Names, by position in `values`.
    Text {
        /// Position in `values` of each row.
        codes: Vec<u32>,
        /// Distinct names.
        values: Vec<String>,
    },
    /// Sizes and counts.
    Int(Vec<i32>),
}

/// The columns of a table as stored.
#[derive(Debug, Clone)]
pub struct RawTable {
    /// Number of rows.
    pub rows: usize,
    /// Columns by name.
    pub columns: BTreeMap<String, Column>,
    /// Milliseconds.
    pub latency: Vec<f32>,
}

/// A table ready for look-ups.
#[derive(Debug)]
pub struct OpTable {
    /// Definition.
    pub spec: &'static TableSpec,
    /// Rows.
    pub raw: RawTable,
}

impl OpTable {
    /// Indexes a table.
    pub fn build(spec: &'static TableSpec, raw: RawTable) -> Result<Self, String> {
        Ok(Self { spec, raw })
    }
}
