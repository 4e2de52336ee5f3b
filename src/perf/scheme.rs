//! The estimate at any coordinates of a slice, from its measured points.
//!
//! Axis by axis, outer to inner: a measured coordinate is descended exactly; between two, both
//! sides are estimated and blended; beyond the last, the line through two points in the space of
//! the roofline is continued. A slice is ragged, so one side of a blend may itself be beyond its
//! range; then the other side alone is taken, scaled by the ratio of the rooflines.
//!
//! How the alternatives scored is in op tables 6.1 and 6.2, and `study` measures it again.

use std::ops::Range;

use super::grid::{Grid, MAX_AXES};
use super::origin::Origin;

/// Coordinates along the axes of a table.
pub(crate) type Point = [f64; MAX_AXES];

/// The space in which latency is a straight line between two measured coordinates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blend {
    /// Latency against the coordinate: best for gemm and all of decode.
    Linear,
    /// Root of latency against the coordinate: exact for work that grows with its square, as
    /// attention over a prompt does.
    Sqrt,
    /// Logarithms of both. Studied only.
    LogLog,
    /// Roofline over latency against the logarithm of the coordinate. Studied only.
    Efficiency,
}

/// What happens outside the measured coordinates of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beyond {
    /// Overhead plus scaled roofline through two points: the last and one at half its coordinate,
    /// or the first and the second.
    Affine,
    /// The last point's share of the roofline upwards, the first point's latency downwards. For
    /// axes whose last two points say little about what comes.
    Hold,
}

/// How one axis is estimated along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) blend: Blend,
    pub(crate) beyond: Beyond,
}

/// Straight between points, affine in the roofline outside.
pub(crate) const LINEAR: Axis = Axis { blend: Blend::Linear, beyond: Beyond::Affine };
/// As [`LINEAR`] with the root of the latency between points: prompt lengths.
pub(crate) const SQRT: Axis = Axis { blend: Blend::Sqrt, beyond: Beyond::Affine };
/// Straight between points, the share of the roofline held outside.
pub(crate) const HOLD: Axis = Axis { blend: Blend::Linear, beyond: Beyond::Hold };

/// Below the range nothing runs faster than this share of the fastest point of the slice: that
/// point is mostly launch (op tables 6.4).
const LAUNCH_FLOOR: f64 = 0.9;

/// A roofline, in ms, up to which there is no work to scale by: no arithmetic or byte takes so little,
/// and the ratio to it may be no number.
const LEAST_BOUND: f64 = 1e-30;

/// An estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Value {
    /// Milliseconds.
    pub(crate) latency: f64,
    pub(crate) origin: Origin,
}

impl Value {
    pub(crate) fn new(latency: f64, origin: Origin) -> Self {
        Self { latency, origin }
    }

    /// The same latency, of that origin at best.
    pub(crate) fn at_best(self, origin: Origin) -> Self {
        Self { origin: self.origin.max(origin), ..self }
    }

    fn is_within(self) -> bool {
        self.origin < Origin::Extrapolated
    }
}

/// A slice and the rules to estimate within it.
pub(crate) struct Scheme<'a, S> {
    pub(crate) grid: &'a Grid,
    /// One for each axis of the grid.
    pub(crate) axes: &'a [Axis],
    /// The roofline in ms at any coordinates.
    pub(crate) sol: S,
    /// Fastest point of the slice, ms.
    pub(crate) fastest: f64,
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
    ) -> Value {
        self.level(0, roots, &mut at, used)
    }

    /// `at` holds measured coordinates outside of `level` and queried ones from there inwards.
    fn level(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Value {
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
                Value::new(latency, origin.max(Origin::Interpolated))
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
            let latency = self.grid.latency(node);
            let latency = if self.raise { latency.max((self.sol)(at)) } else { latency };
            Value::new(latency, Origin::Measured)
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
    fn hold(&self, level: usize, anchor: Anchor, at: &Point) -> Value {
        let sol = self.sol_of(level, anchor, at);
        let ratio = if sol > LEAST_BOUND { (self.sol)(at) / sol } else { 1.0 };
        Value::new(anchor.value.latency * ratio, Origin::Extrapolated)
    }

    fn above(
        &self,
        level: usize,
        nodes: Range<usize>,
        at: &mut Point,
        used: &mut impl FnMut(usize),
    ) -> Value {
        let last = self.node(level, nodes.end - 1, at, used);
        if self.axes[level].beyond == Beyond::Hold || nodes.len() == 1 {
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
    ) -> Value {
        let first = self.node(level, nodes.start, at, used);
        if self.axes[level].beyond == Beyond::Hold || nodes.len() == 1 {
            return Value::new(first.value.latency, Origin::Extrapolated);
        }
        let after = self.node(level, nodes.start + 1, at, used);
        let value = self.affine(level, first, after, at);
        Value { latency: value.latency.max(LAUNCH_FLOOR * self.fastest), ..value }
    }

    /// Overhead plus scaled roofline through the edge and a point within. Neither overhead
    /// nor scale is negative. The result is no further under the roofline than the edge is.
    fn affine(&self, level: usize, edge: Anchor, inner: Anchor, at: &Point) -> Value {
        let (sol, edge_sol) = ((self.sol)(at), self.sol_of(level, edge, at));
        let latency = edge.value.latency;
        if edge_sol <= LEAST_BOUND {
            return Value::new(latency.max(sol), Origin::Extrapolated);
        }
        let run = self.sol_of(level, inner, at) - edge_sol;
        let rise = inner.value.latency - latency;
        let scale = if run == 0.0 { 0.0 } else { (rise / run).clamp(0.0, latency / edge_sol) };
        let floor = sol * (latency / edge_sol).min(1.0);
        Value::new((latency + scale * (sol - edge_sol)).max(floor), Origin::Extrapolated)
    }
}

/// An estimate at a measured coordinate of the axis at hand.
#[derive(Clone, Copy)]
struct Anchor {
    x: f64,
    value: Value,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A slice along one axis, with a roofline that grows with the coordinate.
    fn line(points: &[(i32, f32)], axis: Axis, x: f64) -> Value {
        let mut grid = Grid::new(1);
        for &(x, latency) in points {
            grid.push(0, |_| x, latency);
        }
        estimate(&grid, &[axis], [x, 0.0, 0.0, 0.0])
    }

    fn estimate(grid: &Grid, axes: &[Axis], at: Point) -> Value {
        let points = grid.points(0..grid.len(0));
        let fastest = points.map(|p| grid.latency(p)).fold(f64::INFINITY, f64::min);
        let sol = |at: &Point| 1e-3 * at[..axes.len()].iter().product::<f64>();
        Scheme { grid, axes, sol, fastest, raise: false }.estimate(0..grid.len(0), at, &mut |_| ())
    }

    #[test]
    fn between_points_the_blend_is_straight_in_its_space() {
        let points = [(10, 1.0), (20, 4.0)];
        assert_eq!(line(&points, LINEAR, 15.0), Value::new(2.5, Origin::Interpolated));
        assert_eq!(line(&points, SQRT, 15.0), Value::new(2.25, Origin::Interpolated));
    }

    #[test]
    fn above_the_range_overhead_stays_and_work_grows() {
        // 0.5 of overhead and a hundred rooflines.
        let points = [(10, 1.5), (19, 2.4), (20, 2.5)];
        let value = line(&points, LINEAR, 40.0);
        assert!((value.latency - 4.5).abs() < 1e-6);
        assert_eq!(value.origin, Origin::Extrapolated);
        assert!((line(&points, HOLD, 40.0).latency - 5.0).abs() < 1e-9);
        // A fall at the end is noise, not a trend.
        assert_eq!(line(&[(10, 2.0), (20, 1.0)], LINEAR, 40.0).latency, 1.0);
        // A rise steeper than proportional leaves no negative overhead.
        assert_eq!(line(&[(10, 1.0), (20, 4.0)], LINEAR, 40.0).latency, 8.0);
    }

    #[test]
    fn below_the_range_the_launch_stays() {
        let points = [(10, 1.0), (20, 2.0)];
        assert!((line(&points, LINEAR, 1.0).latency - 0.9).abs() < 1e-9);
        assert_eq!(line(&points, HOLD, 1.0).latency, 1.0);
    }

    #[test]
    fn a_lone_point_is_held_upwards_and_stands_downwards() {
        assert_eq!(line(&[(10, 1.0)], LINEAR, 20.0).latency, 2.0);
        assert_eq!(line(&[(10, 1.0)], LINEAR, 5.0).latency, 1.0);
    }

    #[test]
    fn a_branch_out_of_range_yields_to_the_other() {
        let mut grid = Grid::new(2);
        for (from, at, latency) in [(0, [1, 10], 1.0), (1, [1, 20], 2.0), (0, [3, 10], 3.0)] {
            grid.push(from, |axis| at[axis], latency);
        }
        // At (3, 15) nothing reaches; at (1, 15) it is 1.5, and (2, 15) has twice its roofline.
        let value = estimate(&grid, &[LINEAR, LINEAR], [2.0, 15.0, 0.0, 0.0]);
        assert_eq!(value, Value::new(3.0, Origin::Extrapolated));
    }

    #[test]
    fn a_missing_corner_widens_the_gap() {
        let mut grid = Grid::new(2);
        let rows = [(0, [1, 10], 1.0), (1, [1, 30], 3.0), (0, [3, 10], 3.0), (1, [3, 20], 6.0)];
        for (from, at, latency) in rows {
            grid.push(from, |axis| at[axis], latency);
        }
        let value = estimate(&grid, &[LINEAR, LINEAR], [2.0, 15.0, 0.0, 0.0]);
        assert_eq!(value, Value::new((1.5 + 4.5) / 2.0, Origin::Interpolated));
    }

    fn slices() -> impl Strategy<Value = Vec<(i32, f32)>> {
        let points = proptest::collection::btree_map(1..100_000i32, 0.0..1e4f32, 1..12);
        points.prop_map(|points| points.into_iter().collect())
    }

    fn shipped() -> impl Strategy<Value = Axis> {
        prop_oneof![Just(LINEAR), Just(SQRT), Just(HOLD)]
    }

    proptest! {
        #[test]
        fn a_measured_point_is_itself(points in slices(), axis in shipped()) {
            for &(x, latency) in &points {
                let value = line(&points, axis, f64::from(x));
                prop_assert_eq!(value, Value::new(f64::from(latency), Origin::Measured));
            }
        }

        #[test]
        fn any_coordinate_has_a_time(points in slices(), axis in shipped(), x in 0.0..1e9f64) {
            let value = line(&points, axis, x);
            prop_assert!(value.latency.is_finite() && value.latency >= 0.0, "{value:?}");
        }

        #[test]
        fn between_two_points_lies_between(points in slices(), axis in shipped(), share in 0.0..1.0f64) {
            for pair in points.windows(2) {
                let [(x0, a), (x1, b)] = [pair[0], pair[1]].map(|(x, l)| (f64::from(x), f64::from(l)));
                let value = line(&points, axis, x0 + (x1 - x0) * share).latency;
                let slack = 1e-9 * (a + b);
                prop_assert!(value >= a.min(b) - slack && value <= a.max(b) + slack);
            }
        }

        #[test]
        fn extrapolation_never_falls_with_size(points in slices(), axis in shipped(), x in 1e5..1e8f64) {
            let (near, far) = (line(&points, axis, x), line(&points, axis, 2.0 * x));
            prop_assert!(near.latency <= far.latency * (1.0 + 1e-9));
        }
    }
}
