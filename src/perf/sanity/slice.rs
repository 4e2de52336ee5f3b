//! What looks wrong in one slice.

use std::ops::Range;
use std::sync::Arc;

use super::Finding;
use crate::perf::holdout::Slice;
use crate::perf::machine::{Hardware, QuantModes};
use crate::perf::op::OpSpec;
use crate::perf::tables::{ColumnType, OpTable, RepairReason};

/// A row is an outlier where it is this many times slower, or faster, than both of its neighbours.
const ISOLATED: f64 = 5.0;
/// The share by which a latency falls along an axis before that is more than noise.
const NOISE: f64 = 0.05;
/// The share of its bound under which a row is faster than physics: peaks and clocks are rounded.
const UNDER_BOUND: f64 = 0.95;
/// Columns whose values are precisions.
const PRECISIONS: [&str; 4] = ["quant", "kv", "fmha", "gemm"];
/// An argument without a column that is nearly always the same.
const USUAL: &str = "matrices";
/// Kernels of experts without a gate have it in their names.
const UNGATED: &str = "nongated";
/// Bytes that may stay in the cache of a GPU from one run to the next.
const CACHED: f64 = 50e6;

/// What is said of the rows of a slice, in their order.
pub(super) fn findings(
    op: &'static OpSpec,
    table: &OpTable,
    (hardware, quants): (&Arc<Hardware>, &QuantModes),
    key: &[i32],
    roots: Range<usize>,
) -> Vec<Finding> {
    let spec = table.spec;
    let texts =
        || spec.keys.iter().zip(key).enumerate().filter(|(_, (k, _))| k.ty == ColumnType::Text);
    let keys: Vec<String> = (spec.keys.iter().zip(key).enumerate())
        .map(|(i, (column, code))| format!("{}={}", column.name, table.key_text(i, *code)))
        .collect();
    let mut rows = rows(table, roots.clone(), &keys.join(" "));
    let unknown = texts().find_map(|(i, (column, code))| {
        let value = table.key_text(i, *code);
        (PRECISIONS.contains(&column.name) && quants.get(&value).is_none()).then_some(value)
    });
    if let Some(label) = unknown {
        rows.truncate(1);
        let evidence = format!("`{label}` is no precision");
        return rows
            .iter()
            .map(|row| row.finding("label", row.latency, evidence.clone(), "never asked for"))
            .collect();
    }
    // A bound needs all arguments, and not all tables have a column for each.
    let is_column =
        |name: &str| name == USUAL || spec.keys.iter().chain(spec.axes).any(|c| c.name == name);
    let is_complete =
        op.text.iter().all(|name| is_column(name)) && op.numbers.iter().all(|name| is_column(name));
    let rated = is_complete.then(|| Slice::new(op, table, hardware, quants, key, roots)).flatten();
    let is_uneven = texts().any(|(i, (column, code))| {
        column.name == "distribution" && table.key_text(i, *code) != "balanced"
    });
    let mut found = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        if let Some((taken, why)) = &row.replaced {
            found.push(row.finding(&why.rule, *taken, why.found.clone(), "replaced"));
        }
        if let Some(slice) = &rated {
            found.extend(physics(row, slice, is_uneven, op.formula.raise, hardware));
        }
        let beside = |j: Option<usize>| {
            j.and_then(|j| rows.get(j)).filter(|other| other.outer() == row.outer())
        };
        let (before, after) = (beside(i.checked_sub(1)), beside(Some(i + 1)));
        found.extend(beside_others(row, before, after));
    }
    found
}

/// A measured row.
struct Row {
    keys: String,
    /// Axes with their coordinates, outer to inner.
    at: Vec<(&'static str, i32)>,
    latency: f64,
    kernel: Option<String>,
    /// What is taken in place of the latency, ms, and why.
    replaced: Option<(f64, RepairReason)>,
}

fn rows(table: &OpTable, roots: Range<usize>, keys: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut point = table.grid.points(roots.clone()).start;
    table.grid.for_each(roots, |at, taken| {
        let repaired = table.repaired.get(point);
        let taken = f64::from(taken);
        let axes = table.spec.axes.iter().map(|axis| axis.name);
        rows.push(Row {
            keys: keys.to_owned(),
            at: axes.zip(at.iter().copied()).collect(),
            latency: repaired.map_or(taken, |(measured, _)| measured),
            kernel: table.noted_kernel(point).map(str::to_owned),
            replaced: repaired.map(|(_, why)| (taken, why.clone())),
        });
        point += 1;
    });
    rows
}

impl Row {
    fn outer(&self) -> &[(&'static str, i32)] {
        self.at.split_last().map_or(&[], |(_, outer)| outer)
    }

    /// The innermost axis, as `m=8`.
    fn inner(&self) -> String {
        self.at.last().map_or_else(String::new, |(axis, x)| format!("{axis}={x}"))
    }

    fn finding(
        &self,
        kind: &str,
        expected: f64,
        evidence: String,
        action: &'static str,
    ) -> Finding {
        let sizes: Vec<String> = self.at.iter().map(|(axis, x)| format!("{axis}={x}")).collect();
        let (kind, keys, sizes) = (kind.to_owned(), self.keys.clone(), sizes.join(" "));
        Finding { kind, keys, sizes, latency: self.latency, expected, evidence, action }
    }
}

/// A row faster than its bound, with what may be the reason.
fn physics(
    row: &Row,
    slice: &Slice,
    is_uneven: bool,
    raise: bool,
    hardware: &Hardware,
) -> Option<Finding> {
    let at: Vec<f64> = row.at.iter().map(|(_, x)| f64::from(*x)).collect();
    let bound = slice.roofline(&at);
    let total = bound.total();
    if row.latency >= UNDER_BOUND * total {
        return None;
    }
    let reason = if row.keys.contains(UNGATED) {
        "an expert without a gate has two matrices"
    } else if is_uneven && bound.bound() == "memory" {
        "uneven routing reads fewer experts"
    } else if bound.bound() == "memory" && bound.memory * hardware.mem_bw / 1e3 < CACHED {
        "its bytes may stay in the cache of the GPU"
    } else {
        "no reason is known"
    };
    let evidence =
        format!("{:.2} of its bound by {}: {reason}", row.latency / total, bound.bound());
    Some(row.finding(
        "physics",
        total,
        evidence,
        if raise { "raised to its bound" } else { "kept" },
    ))
}

/// What a row is beside the one before and the one after it along the innermost axis.
fn beside_others(row: &Row, before: Option<&Row>, after: Option<&Row>) -> Option<Finding> {
    if let (Some(before), Some(after)) = (before, after) {
        let (low, high) = (before.latency.min(after.latency), before.latency.max(after.latency));
        if row.latency > ISOLATED * high || row.latency * ISOLATED < low {
            let times =
                |other: &Row| format!("{:.1} times {}", row.latency / other.latency, other.inner());
            let evidence = format!("{}, {}", times(before), times(after));
            let kept = if row.replaced.is_some() { "replaced" } else { "kept" };
            return Some(row.finding("outlier", f64::midpoint(low, high), evidence, kept));
        }
    }
    let before = before?;
    let changes = row.kernel.is_some() && before.kernel != row.kernel;
    if row.latency < (1.0 - NOISE) * before.latency {
        let kernel = match (&before.kernel, &row.kernel) {
            (Some(a), Some(b)) if changes => format!(", kernel {a} -> {b}"),
            _ => String::new(),
        };
        let less = 100.0 * (1.0 - row.latency / before.latency);
        let evidence = format!("{less:.0} % less than {}{kernel}", before.inner());
        return Some(row.finding("fall", before.latency, evidence, "kept"));
    }
    let back = after.is_some_and(|after| after.kernel == before.kernel);
    (changes && back).then(|| {
        let name = |row: &Row| row.kernel.clone().unwrap_or_default();
        let evidence = format!("{} between rows of {}", name(row), name(before));
        row.finding("kernel", before.latency, evidence, "kept")
    })
}
