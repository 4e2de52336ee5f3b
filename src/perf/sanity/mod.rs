//! Measured rows that look wrong: each against its bound, against its neighbours along the innermost
//! axis, and by its labels. Entry: [`findings`], for one table.

mod slice;

use std::sync::Arc;

use crate::perf::machine::{Hardware, QuantModes};
use crate::perf::ops::op;
use crate::perf::tables::OpTable;

/// What looks wrong of a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// What it is: `physics`, `outlier`, `fall`, `kernel`, `label`, or the rule that replaced it.
    pub kind: String,
    /// Keys of the table with the row's values.
    pub keys: String,
    /// Axes of the table with the row's coordinates.
    pub sizes: String,
    /// Milliseconds, as they were measured.
    pub latency: f64,
    /// Milliseconds that it should be compared with.
    pub expected: f64,
    /// What was found.
    pub evidence: String,
    /// What becomes of it.
    pub action: &'static str,
}

/// What looks wrong in a table, slice by slice. What was replaced is told as it was measured.
pub fn findings(table: &OpTable, hardware: &Hardware, quants: &QuantModes) -> Vec<Finding> {
    let Some(op) = op(table.spec.name) else { return Vec::new() };
    let hardware = Arc::new(hardware.clone());
    let mut keys: Vec<_> = table.slices().collect();
    keys.sort_by_key(|(_, roots)| roots.start);
    let mut found = Vec::new();
    for (key, roots) in keys {
        found.extend(slice::findings(op, table, (&hardware, quants), key, roots));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::testing::{hardware, quants, table};

    #[test]
    fn what_is_wrong_is_told_by_kind() {
        let rows = [
            "fp8 64 64 1 0.004",
            "fp8 64 64 2 0.004",
            "fp8 64 64 4 0.100",
            "fp8 64 64 8 0.005",
            "fp8 64 64 16 0.0045",
            "fp8 8192 8192 4096 0.0100",
            "odd 64 64 1 0.004",
        ];
        let table = table("gemm", &rows);
        let found = findings(&table, &hardware(), &quants());
        let told: Vec<_> = found.iter().map(|f| (f.kind.as_str(), f.sizes.as_str())).collect();
        assert_eq!(
            told,
            [
                ("outlier", "n=64 k=64 m=4"),
                ("fall", "n=64 k=64 m=8"),
                ("fall", "n=64 k=64 m=16"),
                ("physics", "n=8192 k=8192 m=4096"),
                ("label", "n=64 k=64 m=1"),
            ]
        );
        assert_eq!(found[0].evidence, "25.0 times m=2, 20.0 times m=8");
        assert_eq!(found[3].action, "raised to its bound");
        assert_eq!(found[4].evidence, "`odd` is no precision");
    }
}
