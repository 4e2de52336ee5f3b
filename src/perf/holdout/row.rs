//! What is said of one method in one test.

use crate::perf::tables::Axis;

/// The errors of one method in one test, `|predicted / measured - 1|` in percent.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldoutRow {
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
pub(super) type Method = (&'static str, Vec<Axis>);
