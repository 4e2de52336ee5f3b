//! The points of a slice, and predicting one of them from others.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::row::Method;
use crate::perf::machine::{Hardware, QuantModes, Roofline};
use crate::perf::op::{OpSpec, Origin};
use crate::perf::price::{Points, RatedOp};
use crate::perf::tables::{ColumnType, Grid, MAX_AXES, OpTable, Repaired};

/// Coordinates, and the milliseconds measured there.
pub(super) type Measured = ([i32; MAX_AXES], f32);

/// The points of a slice with all it takes to estimate in it.
pub(in crate::perf) struct Slice {
    /// Its text keys.
    pub(super) name: String,
    pub(super) points: Vec<Measured>,
    rated: RatedOp,
    /// Numeric arguments; those that are axes are filled in point by point.
    numbers: Vec<f64>,
    /// The least and the second least latency, ms.
    fastest: [f32; 2],
}

impl Slice {
    /// `None` where the system does not run the precision.
    pub(in crate::perf) fn new(
        op: &'static OpSpec,
        table: &OpTable,
        hardware: &Arc<Hardware>,
        quants: &QuantModes,
        key: &[i32],
        roots: Range<usize>,
    ) -> Option<Self> {
        let mut texts = BTreeMap::new();
        let mut numbers = vec![0.0; op.numbers.len()];
        for (i, (column, &code)) in table.spec.keys.iter().zip(key).enumerate() {
            if column.ty == ColumnType::Text {
                texts.insert(column.name, table.key_text(i, code));
            } else if let Some(arg) = op.numbers.iter().position(|&arg| arg == column.name) {
                numbers[arg] = f64::from(code);
            }
        }
        for (name, value) in &op.measured_at {
            if let Some(arg) = op.numbers.iter().position(|arg| arg == name) {
                numbers[arg] = *value;
            }
        }
        // What is no key selects among kernels, and here each is its own slice.
        let text = op.text.iter().map(|arg| texts.get(arg).map_or("default", String::as_str));
        let rated = RatedOp::new(op, hardware, quants, &text.collect::<Vec<_>>()).ok()?;
        let names: Vec<&str> =
            table.spec.keys.iter().filter_map(|k| texts.get(k.name)).map(String::as_str).collect();
        let mut points = Vec::new();
        let mut fastest = [f32::INFINITY; 2];
        table.grid.for_each(roots, |at, latency| {
            let mut coordinates = [0; MAX_AXES];
            coordinates[..at.len()].copy_from_slice(at);
            points.push((coordinates, latency));
            let [least, second] = fastest;
            fastest = [least.min(latency), second.min(latency.max(least))];
        });
        Some(Self { name: names.join(" "), points, rated, numbers, fastest })
    }

    /// The bound at coordinates.
    pub(in crate::perf) fn roofline(&self, at: &[f64]) -> Roofline {
        let mut numbers = self.numbers.clone();
        self.rated.place(at, &mut numbers);
        self.rated.roofline(&numbers)
    }

    /// Estimates a point from others by each of the methods; the error in percent of each, `None`
    /// where the estimate is not of the origin that is tested.
    pub(super) fn errors(
        &self,
        kept: &[Measured],
        target: Measured,
        methods: &[Method],
        want: Origin,
    ) -> Vec<Option<f64>> {
        let axes = methods.first().map_or(0, |(_, axes)| axes.len());
        let mut grid = Grid::new(axes);
        for (i, (at, latency)) in kept.iter().enumerate() {
            let differs = |axis: &usize| i == 0 || kept[i - 1].0[*axis] != at[*axis];
            let from = (0..axes).find(differs).unwrap_or(axes);
            grid.push(from, |axis| at[axis], *latency);
        }
        let mut numbers = self.numbers.clone();
        self.rated.place(&target.0.map(f64::from), &mut numbers);
        let measured = f64::from(target.1);
        // The launch floor is that of the whole slice, without the target.
        let [least, second] = self.fastest;
        let fastest = f64::from(if target.1 == least { second } else { least });
        let repaired = &Repaired::default();
        let error = |(_, axes): &Method| {
            let points = Points { grid: &grid, roots: 0..grid.len(0), fastest, repaired };
            let value = self.rated.estimate(points, axes, &numbers, &mut |_| ())?;
            // Points raised to their bound lie between measured ones as others do.
            let origin =
                if value.origin == Origin::Repaired { Origin::Interpolated } else { value.origin };
            (origin == want && measured > 0.0)
                .then(|| 100.0 * (value.latency / measured - 1.0).abs())
        };
        methods.iter().map(error).collect()
    }
}
