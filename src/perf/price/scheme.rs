//! The estimate at any coordinates of a slice, from its measured points.
//!
//! Axis by axis, outer to inner: a measured coordinate is descended exactly; between two, both
//! sides are estimated and blended; beyond the last, the line through two points in the space of
//! the roofline is continued. A slice is ragged, so one side of a blend may itself be beyond its
//! range; then the other side alone is taken, scaled by the ratio of the rooflines.
//!
//! How the alternatives scored is in `docs/op-tables.md`; `aiq systems check` measures it again.

use std::ops::Range;

use crate::perf::op::{Estimate, Origin};
use crate::perf::tables::{Axis, Beyond, Blend, Grid, MAX_AXES, Repaired};

/// Coordinates along the axes of a table.
pub(crate) type Point = [f64; MAX_AXES];

/// Below the range nothing runs faster than this share of the fastest point of the slice: that
/// point is mostly launch.
const LAUNCH_FLOOR: f64 = 0.9;

/// A roofline, in ms, up to which there is no work to scale by: no arithmetic or byte takes so little,
/// and the ratio to it may be no number.
const LEAST_BOUND: f64 = 1e-30;

/// A slice and the rules to estimate within it.
pub(crate) struct Scheme<'a, S> {
    pub(crate) grid: &'a Grid,
    /// One for each axis of the grid.
    pub(crate) axes: &'a [Axis],
    /// The roofline in ms at any coordinates.
    pub(crate) sol: S,
    /// Fastest point of the slice, ms.
    pub(crate) fastest: f64,
    /// Points whose latency was replaced.
    pub(crate) repaired: &'a Repaired,
    /// Points faster than the roofline are mismeasured and raised to it.
    pub(crate) raise: bool,
}

impl<S: Fn(&Point) -> f64> Scheme<'_, S> {
    /// The estimate at `at` under the given roots, of which there is at least one. `used` sees the
    /// index of each measured point that enters.
    pub(crate) fn estimate(
        &self,
        roots: Range<usize>,
        mut at: Point,
        used: &mut impl FnMut(usize),
    ) -> Estimate {
        self.level(0, roots, &mut at, used)
    }

    /// `at` holds measured coordinates outside of `level` and queried ones from there inwards.
    fn level(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Estimate {
        let coordinates = self.grid.coordinates(level, nodes.clone());
        let x = at[level];
        let upper = coordinates.partition_point(|&c| f64::from(c) < x);
        if coordinates.get(upper).is_some_and(|&c| f64::from(c) == x) {
            return self.node(level, nodes.start + upper, at, used).value;
        }
        if upper == 0 {
            return self.below(level, nodes, at, used);
        }
        if upper == coordinates.len() {
            return self.above(level, nodes, at, used);
        }
        let low = self.node(level, nodes.start + upper - 1, at, used);
        let high = self.node(level, nodes.start + upper, at, used);
        match (low.value.is_within(), high.value.is_within()) {
            (true, false) => self.hold(level, low, at),
            (false, true) => self.hold(level, high, at),
            _ => {
                let latency = self.blend(level, low, high, at);
                let origin = low.value.origin.max(high.value.origin);
                Estimate::new(latency, origin.max(Origin::Interpolated))
            }
        }
    }

    /// The estimate with axis `level` moved to a node's coordinate.
    fn node(
        &self,
        level: usize,
        node: usize,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Anchor {
        let x = f64::from(self.grid.coordinates(level, node..node + 1)[0]);
        let queried = std::mem::replace(&mut at[level], x);
        let value = if level + 1 == self.grid.axes() {
            used(node);
            let measured = self.grid.latency(node);
            let latency = if self.raise { measured.max((self.sol)(at)) } else { measured };
            let is_repaired = latency > measured || self.repaired.has(node);
            let origin = if is_repaired { Origin::Repaired } else { Origin::Measured };
            Estimate::new(latency, origin)
        } else {
            self.level(level + 1, self.grid.children(level, node), at, used)
        };
        at[level] = queried;
        Anchor { x, value }
    }

    /// The roofline at an anchor.
    fn sol_of(&self, level: usize, anchor: Anchor, at: &Point) -> f64 {
        let mut moved = *at;
        moved[level] = anchor.x;
        (self.sol)(&moved)
    }

    fn blend(&self, level: usize, low: Anchor, high: Anchor, at: &Point) -> f64 {
        let x = at[level];
        let (a, b) = (low.value.latency, high.value.latency);
        let share = (x - low.x) / (high.x - low.x);
        let log_share = || (x / low.x).ln() / (high.x / low.x).ln();
        let mix = |a: f64, b: f64, share: f64| a + (b - a) * share;
        match self.axes[level].blend {
            Blend::Linear => mix(a, b, share),
            Blend::Sqrt => mix(a.sqrt(), b.sqrt(), share).powi(2),
            Blend::LogLog => mix(a.ln(), b.ln(), log_share()).exp(),
            Blend::Efficiency => {
                let reached = |anchor| self.sol_of(level, anchor, at) / anchor.value.latency;
                (self.sol)(at) / mix(reached(low), reached(high), log_share())
            }
        }
    }

    /// One anchor's share of the roofline, at the query.
    fn hold(&self, level: usize, anchor: Anchor, at: &Point) -> Estimate {
        let sol = self.sol_of(level, anchor, at);
        let ratio = if sol > LEAST_BOUND { (self.sol)(at) / sol } else { 1.0 };
        Estimate::new(anchor.value.latency * ratio, Origin::Extrapolated)
    }

    fn above(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Estimate {
        let last = self.node(level, nodes.end - 1, at, used);
        if self.axes[level].above == Beyond::Hold || nodes.len() == 1 {
            return self.hold(level, last, at);
        }
        // The last two may be close and their difference noise, which a long way out multiplies:
        // the line runs through the last point at no more than half the coordinate.
        let coordinates = self.grid.coordinates(level, nodes.start..nodes.end - 1);
        let half = coordinates.partition_point(|&c| f64::from(c) <= last.x / 2.0).max(1);
        let before = self.node(level, nodes.start + half - 1, at, used);
        self.affine(level, last, before, at)
    }

    fn below(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Estimate {
        let first = self.node(level, nodes.start, at, used);
        if self.axes[level].below == Beyond::Hold || nodes.len() == 1 {
            return Estimate::new(first.value.latency, Origin::Extrapolated);
        }
        let after = self.node(level, nodes.start + 1, at, used);
        let value = self.affine(level, first, after, at);
        Estimate { latency: value.latency.max(LAUNCH_FLOOR * self.fastest), ..value }
    }

    /// Overhead plus scaled roofline through the edge and a point within. Neither overhead
    /// nor scale is negative. The result is no further under the roofline than the edge is.
    fn affine(&self, level: usize, edge: Anchor, inner: Anchor, at: &Point) -> Estimate {
        let (sol, edge_sol) = ((self.sol)(at), self.sol_of(level, edge, at));
        let latency = edge.value.latency;
        if edge_sol <= LEAST_BOUND {
            return Estimate::new(latency.max(sol), Origin::Extrapolated);
        }
        let run = self.sol_of(level, inner, at) - edge_sol;
        let rise = inner.value.latency - latency;
        let scale = if run == 0.0 { 0.0 } else { (rise / run).clamp(0.0, latency / edge_sol) };
        let floor = sol * (latency / edge_sol).min(1.0);
        Estimate::new((latency + scale * (sol - edge_sol)).max(floor), Origin::Extrapolated)
    }
}

/// An estimate at a measured coordinate of the axis at hand.
#[derive(Clone, Copy)]
struct Anchor {
    x: f64,
    value: Estimate,
}

#[cfg(test)]
mod tests;
