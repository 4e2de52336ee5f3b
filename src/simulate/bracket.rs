//! Where a value lies among the points of a table.

use super::fault::Fault;

/// The two points around a value, and how to come from theirs to its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bracket {
    /// Index of the point below.
    pub(super) low: usize,
    /// Index of the point above; `low` beyond the ends of the table.
    pub(super) high: usize,
    /// Share of the way from the one to the other.
    pub(super) weight: f64,
    /// Factor on the interpolated value: above the last point, in proportion to it.
    pub(super) scale: f64,
}

impl Bracket {
    /// Of a value among points that ascend, at least one.
    pub(super) fn of(points: &[f64], value: f64) -> Self {
        let above = points.partition_point(|point| *point <= value);
        let Some(low) = above.checked_sub(1) else {
            return Self { low: 0, high: 0, weight: 0.0, scale: 1.0 };
        };
        if above == points.len() {
            return Self { low, high: low, weight: 0.0, scale: value / points[low] };
        }
        let weight = (value - points[low]) / (points[above] - points[low]);
        Self { low, high: above, weight, scale: 1.0 }
    }

    /// The value between those of the two points.
    pub(super) fn between(&self, low: f64, high: f64) -> f64 {
        self.scale * (low + (high - low) * self.weight)
    }
}

/// Refuses points that do not ascend from above zero.
pub(super) fn check_points(points: &[f64]) -> Result<(), Fault> {
    match points.first() {
        None => return Err(Fault::Table("it has no points")),
        Some(first) if *first <= 0.0 => return Err(Fault::Table("its sizes are not positive")),
        Some(_) => {}
    }
    if !points.iter().all(|point| point.is_finite()) || points.windows(2).any(|p| p[0] >= p[1]) {
        return Err(Fault::Table("its sizes do not ascend"));
    }
    Ok(())
}

/// Refuses prices that are negative or no numbers.
pub(super) fn check_prices(ms: &[f64]) -> Result<(), Fault> {
    if ms.iter().all(|ms| ms.is_finite() && *ms >= 0.0) {
        return Ok(());
    }
    Err(Fault::Table("a price is negative or no number"))
}
