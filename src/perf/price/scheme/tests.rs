//! What the estimate is on, between and beyond the points of hand-made slices.

use proptest::prelude::*;

use super::*;

const LINEAR: Axis = Axis::LINEAR;
const SQRT: Axis = Axis { blend: Blend::Sqrt, ..LINEAR };
const HOLD: Axis = Axis { above: Beyond::Hold, below: Beyond::Hold, ..LINEAR };

/// A slice along one axis, with a roofline that grows with the coordinate.
fn line(points: &[(i32, f32)], axis: Axis, x: f64) -> Estimate {
    let mut grid = Grid::new(1);
    for &(x, latency) in points {
        grid.push(0, |_| x, latency);
    }
    estimate(&grid, &[axis], [x, 0.0, 0.0, 0.0])
}

fn estimate(grid: &Grid, axes: &[Axis], at: Point) -> Estimate {
    let points = grid.points(0..grid.len(0));
    let fastest = points.map(|p| grid.latency(p)).fold(f64::INFINITY, f64::min);
    let sol = |at: &Point| 1e-3 * at[..axes.len()].iter().product::<f64>();
    let repaired = &Repaired::default();
    let scheme = Scheme { grid, axes, sol, fastest, repaired, raise: false };
    scheme.estimate(0..grid.len(0), at, &mut |_| ())
}

#[test]
fn between_points_the_blend_is_straight_in_its_space() {
    let points = [(10, 1.0), (20, 4.0)];
    assert_eq!(line(&points, LINEAR, 15.0), Estimate::new(2.5, Origin::Interpolated));
    assert_eq!(line(&points, SQRT, 15.0), Estimate::new(2.25, Origin::Interpolated));
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
    assert_eq!(value, Estimate::new(3.0, Origin::Extrapolated));
}

#[test]
fn a_missing_corner_widens_the_gap() {
    let mut grid = Grid::new(2);
    let rows = [(0, [1, 10], 1.0), (1, [1, 30], 3.0), (0, [3, 10], 3.0), (1, [3, 20], 6.0)];
    for (from, at, latency) in rows {
        grid.push(from, |axis| at[axis], latency);
    }
    let value = estimate(&grid, &[LINEAR, LINEAR], [2.0, 15.0, 0.0, 0.0]);
    assert_eq!(value, Estimate::new((1.5 + 4.5) / 2.0, Origin::Interpolated));
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
            prop_assert_eq!(value, Estimate::new(f64::from(latency), Origin::Measured));
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
