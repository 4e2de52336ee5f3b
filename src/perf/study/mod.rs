//! How well the estimates do: measured points are left out and predicted from what is left, by the
//! code that ships.
//!
//! Leaving out a point doubles the gap to its neighbours, so the errors are larger than those of
//! real estimates; it is the ranking of the methods that carries over.

mod holdout;
mod slice;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hardware::Hardware;
use super::op::OPS;
use super::quant::QuantModes;
use super::scheme::Axis;
use super::table::OpTable;
use slice::Slice;

/// The errors of one method in one test, `|predicted / measured - 1|` in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct StudyRow {
    /// What was left out: `m` (a point of a line along that axis), `n,k` (a row and a column),
    /// `m up` and `m down` (the last and the first point of a line), `m far up` (the last, with
    /// all beyond a quarter of it).
    pub test: String,
    /// Names that select the slices: precisions, kernels. Their numeric keys are pooled.
    pub slice: String,
    /// `ours` is what ships; `linear`, `sqrt`, `log_log`, `efficiency` blend every axis that way;
    /// `affine` and `hold` go beyond every axis that way.
    pub method: &'static str,
    /// Number of predictions.
    pub points: usize,
    /// Middle error, %.
    pub median: f64,
    /// Error that nine predictions in ten stay under, %.
    pub p90: f64,
    /// Largest error, %.
    pub max: f64,
}

/// A name, and how it estimates along each axis.
type Method = (&'static str, Vec<Axis>);

/// Leaves points of a table out and predicts them. Deterministic; slices in precisions that the
/// system does not run are passed over.
pub fn study(table: &OpTable, hardware: &Hardware, quants: &QuantModes) -> Vec<StudyRow> {
    let Some(op) = OPS.iter().find(|op| op.table.is_some_and(|t| t.name == table.spec.name)) else {
        return Vec::new();
    };
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
        for test in holdout::tests(op, table.spec) {
            rows.extend(test.run(name, op, slices));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::perf::spec::CONTEXT_ATTENTION;
    use crate::perf::testing::{hardware, quants, table};

    /// Latency is the square of the length times the batch.
    fn rows() -> Vec<StudyRow> {
        let mut rows = Vec::new();
        for seq in [1000, 2000, 3000, 4000, 16000] {
            for batch in [1, 2, 4, 8] {
                let latency = f64::from(seq * batch) * f64::from(seq) / 1e6;
                rows.push(format!("fp8 fp8 8 128 0 k 32 {seq} {batch} {latency}"));
            }
        }
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        study(&table(&CONTEXT_ATTENTION, &rows), &hardware(), &quants())
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
    fn a_study_repeats_itself() {
        assert_eq!(rows(), rows());
    }
}
