//! Numbers in sentences, with the digits that matter.

use crate::lang::units::Unit;
use crate::model::value::number;

/// Bytes are said as GiB.
pub(in crate::session) fn size(unit: Unit) -> f64 {
    if matches!(unit, Unit::Bytes | Unit::Gib) { 1_073_741_824.0 } else { 1.0 }
}

pub(in crate::session) fn unit(unit: Unit) -> String {
    match unit {
        Unit::None => String::new(),
        Unit::Bytes | Unit::Gib => " GiB".to_owned(),
        unit => format!(" {}", unit.label()),
    }
}

/// On which side of a number a rounded one may lie.
#[derive(Debug, Clone, Copy)]
pub(in crate::session) enum Side {
    Below,
    Above,
}

/// At most four significant digits, on one side of the number: a bound there is met.
pub(in crate::session) fn outward(n: f64, side: Side) -> String {
    if n == 0.0 || n.fract() == 0.0 || !n.is_finite() {
        return number(n);
    }
    let places = (3 - n.abs().log10().floor() as i32).clamp(0, 12);
    let scale = 10_f64.powi(places);
    let whole = match side {
        Side::Below => (n * scale).floor(),
        Side::Above => (n * scale).ceil(),
    };
    format!("{:.*}", places as usize, whole / scale)
}

/// Four significant digits.
pub(in crate::session) fn short(n: f64) -> String {
    if n == 0.0 || n.fract() == 0.0 || !n.is_finite() {
        return number(n);
    }
    let places = (3 - n.abs().log10().floor() as i32).clamp(0, 12) as usize;
    format!("{n:.places$}")
}
