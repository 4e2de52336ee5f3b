//! When two times are the same.

/// Times nearer to each other than this share of them are the same instant: sums of the same steps
/// in another order differ by less.
const SAME: f64 = 1e-12;

/// Whether a time has come.
pub(super) fn is_by(time: f64, now: f64) -> bool {
    time <= now + now.abs() * SAME
}
