//! An operation with its rates filled in: what it is estimated with, wherever the points are from.

use std::ops::Range;
use std::sync::Arc;

use super::scheme::{Point, Scheme};
use crate::perf::machine::{Hardware, QuantModes, Rates, Roofline};
use crate::perf::op::{Estimate, MAX_NUMBERS, OpSpec};
use crate::perf::tables::{Axis, Grid, Repaired};

/// An operation on one system, in one precision.
pub(crate) struct RatedOp {
    pub(crate) op: &'static OpSpec,
    pub(crate) hardware: Arc<Hardware>,
    pub(crate) rates: Rates,
    /// The numeric argument behind each axis of the table.
    arguments: Vec<usize>,
}

/// Measured points to estimate from.
#[derive(Debug, Clone)]
pub(crate) struct Points<'a> {
    pub(crate) grid: &'a Grid,
    pub(crate) roots: Range<usize>,
    /// The least latency among them, ms.
    pub(crate) fastest: f64,
    /// Those whose latency was replaced.
    pub(crate) repaired: &'a Repaired,
}

impl RatedOp {
    pub(crate) fn new(
        op: &'static OpSpec,
        hardware: &Arc<Hardware>,
        quants: &QuantModes,
        text: &[&str],
    ) -> crate::Result<Self> {
        let rates = op.with_assumed((op.formula.rates)(hardware, quants, text)?);
        let argument = |name: &str| op.numbers.iter().position(|&arg| arg == name);
        let axes = op.table.map_or(&[][..], |table| table.axes);
        let arguments = axes.iter().filter_map(|axis| argument(axis.name)).collect();
        Ok(Self { op, hardware: Arc::clone(hardware), rates, arguments })
    }

    /// The bound at the op's numeric arguments.
    pub(crate) fn roofline(&self, numbers: &[f64]) -> Roofline {
        (self.op.formula.roofline)(&self.hardware, &self.rates, numbers)
    }

    /// The estimate at the op's numeric arguments, along `axes`; `None` if no point is of the
    /// same regime. `used` sees the index of each measured point that enters.
    pub(crate) fn estimate(
        &self,
        points: Points<'_>,
        axes: &[Axis],
        numbers: &[f64],
        used: &mut impl FnMut(usize),
    ) -> Option<Estimate> {
        let Points { grid, fastest, repaired, .. } = points;
        let roots = self.same_regime(&points, numbers);
        if roots.is_empty() {
            return None;
        }
        let mut at = Point::default();
        for (x, &argument) in at.iter_mut().zip(&self.arguments) {
            *x = numbers[argument];
        }
        let sol = |at: &Point| {
            let moved = self.moved(numbers, at);
            self.roofline(&moved[..numbers.len()]).total()
        };
        let scheme = Scheme { grid, axes, sol, fastest, repaired, raise: self.op.formula.raise };
        Some(scheme.estimate(roots, at, used))
    }

    /// The numeric arguments with the leading axes at other coordinates.
    fn moved(&self, numbers: &[f64], at: &[f64]) -> [f64; MAX_NUMBERS] {
        let mut moved = [0.0; MAX_NUMBERS];
        moved[..numbers.len()].copy_from_slice(numbers);
        self.place(at, &mut moved);
        moved
    }

    /// Writes coordinates of the leading axes into the numeric arguments.
    pub(crate) fn place(&self, at: &[f64], numbers: &mut [f64]) {
        for (&argument, &x) in self.arguments.iter().zip(at) {
            numbers[argument] = x;
        }
    }

    /// The bound at a measured point, where faster ones are raised to it.
    pub(crate) fn raised_to(&self, numbers: &[f64], at: &[i32]) -> Option<f64> {
        let at: Vec<f64> = at.iter().map(|&x| f64::from(x)).collect();
        let moved = self.moved(numbers, &at);
        self.op.formula.raise.then(|| self.roofline(&moved[..numbers.len()]).total())
    }

    /// What the numeric arguments are along the axes of the table.
    pub(crate) fn coordinates(&self, numbers: &[f64]) -> Vec<f64> {
        self.arguments.iter().map(|&argument| numbers[argument]).collect()
    }

    fn same_regime(&self, points: &Points<'_>, numbers: &[f64]) -> Range<usize> {
        let mut roots = points.roots.clone();
        let Some(regime) = self.op.formula.regime else {
            return roots;
        };
        let here = regime(numbers);
        let same = |root: &usize| {
            let x = f64::from(points.grid.coordinates(0, *root..root + 1)[0]);
            regime(&self.moved(numbers, &[x])[..numbers.len()]) == here
        };
        // Regimes are intervals, so what is left is a range again.
        let end = roots.end;
        let start = roots.find(same).unwrap_or(end);
        start..(start..end).find(|root| !same(root)).unwrap_or(end)
    }
}
