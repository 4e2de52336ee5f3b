//! The edge of what a frontier reaches: a flight of steps, since between two compromises nothing is
//! known to be better than the worse of both.

use super::data::End;

type Point = (f64, f64);

/// The points of a series in order, and the edge of what they reach if they are a frontier.
pub(super) fn edge(
    mut points: Vec<Point>,
    ends: Option<[End; 2]>,
) -> (Vec<Point>, Option<Vec<Point>>) {
    let falls = ends.is_none_or(|[x, y]| x == y);
    let order = |a: f64, b: f64| if falls { b.total_cmp(&a) } else { a.total_cmp(&b) };
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(order(a.1, b.1)));
    let is_frontier = points.windows(2).all(|pair| order(pair[0].1, pair[1].1).is_le());
    let Some([x, y]) = ends.filter(|_| is_frontier && points.len() > 1) else {
        return (points, None);
    };
    let mut steps: Vec<Point> = points.first().copied().into_iter().collect();
    for pair in points.windows(2) {
        let corner = (worse(x, pair[0].0, pair[1].0), worse(y, pair[0].1, pair[1].1));
        steps.extend([corner, pair[1]]);
    }
    steps.dedup();
    (points, Some(steps))
}

fn worse(better: End, a: f64, b: f64) -> f64 {
    match better {
        End::High => a.min(b),
        End::Low => a.max(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_goes_over_the_worse_of_both_points() {
        let falling = vec![(3.0, 1.0), (1.0, 5.0)];
        let rising = vec![(1.0, 1.0), (3.0, 5.0)];
        let steps = |points: &[Point], x, y| edge(points.to_vec(), Some([x, y])).1;
        let through = |from, corner, to| Some(vec![from, corner, to]);
        let (a, b) = ((1.0, 5.0), (3.0, 1.0));
        assert_eq!(steps(&falling, End::High, End::High), through(a, (1.0, 1.0), b));
        assert_eq!(steps(&falling, End::Low, End::Low), through(a, (3.0, 5.0), b));
        let (a, b) = ((1.0, 1.0), (3.0, 5.0));
        assert_eq!(steps(&rising, End::Low, End::High), through(a, (3.0, 1.0), b));
        assert_eq!(steps(&rising, End::High, End::Low), through(a, (1.0, 5.0), b));
        // A cloud, a single point, and rows that nobody chose have no edge.
        assert_eq!(steps(&rising, End::High, End::High), None);
        assert_eq!(steps(&rising[..1], End::Low, End::High), None);
        assert_eq!(edge(falling, None).1, None);
    }
}
