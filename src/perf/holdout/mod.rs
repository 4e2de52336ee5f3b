//! How well the estimates do: measured points are left out and predicted from what is left, by the
//! code that ships. Entry: [`holdout`], for one table.
//!
//! Leaving out a point doubles the gap to its neighbours, so the errors are larger than those of
//! real estimates; it is the ranking of the methods that carries over.

mod left_out;
mod row;
mod slice;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::perf::machine::{Hardware, QuantModes};
use crate::perf::ops::op;
use crate::perf::tables::OpTable;
pub use row::HoldoutRow;
pub(in crate::perf) use slice::Slice;

/// Leaves points of a table out and predicts them. Deterministic; slices in precisions that the
/// system does not run are passed over.
pub fn holdout(table: &OpTable, hardware: &Hardware, quants: &QuantModes) -> Vec<HoldoutRow> {
    let Some(op) = op(table.spec.name) else { return Vec::new() };
    let hardware = Arc::new(hardware.clone());
    let mut keys: Vec<_> = table.slices().collect();
    keys.sort_by_key(|(_, roots)| roots.start);
    let mut groups: BTreeMap<String, Vec<Slice>> = BTreeMap::new();
    for (key, roots) in keys {
        if let Some(slice) = Slice::new(op, table, &hardware, quants, key, roots) {
            groups.entry(slice.name.clone()).or_default().push(slice);
        }
    }
    let mut rows = Vec::new();
    for (name, slices) in &groups {
        for test in left_out::tests(table.spec) {
            rows.extend(test.run(name, table.spec.methods, slices));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::testing::{hardware, quants, table};

    /// Latency is the square of the length times the batch.
    fn rows() -> Vec<HoldoutRow> {
        let mut rows = Vec::new();
        for seq in [1000, 2000, 3000, 4000, 16000] {
            for batch in [1, 2, 4, 8] {
                let latency = f64::from(seq * batch) * f64::from(seq) / 1e6;
                rows.push(format!("fp8 fp8 8 128 0 k 32 {seq} {batch} {latency}"));
            }
        }
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        holdout(&table("context_attention", &rows), &hardware(), &quants())
    }

    #[test]
    fn the_shipped_scheme_predicts_what_it_assumes() {
        let rows = rows();
        let row = |test: &str, method: &str| {
            rows.iter().find(|r| r.test == test && r.method == method).unwrap()
        };
        assert_eq!(row("seq", "ours").slice, "fp8 fp8 k");
        assert_eq!(row("seq", "ours").points, 3 * 4);
        assert!(row("seq", "ours").max < 0.01);
        assert!(row("seq", "linear").max > 5.0);
        assert_eq!(row("seq,batch", "ours").points, 3 * 2);
        assert!(row("seq,batch", "ours").max < 0.01);
        assert!(row("batch up", "ours").max < 0.01);
        assert!(rows.iter().all(|r| r.median <= r.p90 && r.p90 <= r.max));
    }

    #[test]
    fn what_is_left_out_repeats_itself() {
        assert_eq!(rows(), rows());
    }
}
