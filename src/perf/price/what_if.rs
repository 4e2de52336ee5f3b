//! What if the hardware were another, or a kernel faster: prices moved from what was measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::perf::machine::Hardware;
use crate::perf::op::{Estimate, Origin};

/// What is supposed to differ from the system that was measured.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    /// The hardware that prices are moved to, where it is another.
    pub hardware: Option<Arc<Hardware>>,
    /// What latencies are multiplied by, by table, or by operation where it is a formula.
    pub scales: BTreeMap<String, f64>,
}

impl WhatIf {
    /// What the latencies of a table are multiplied by.
    pub(crate) fn scale(&self, table: &str) -> f64 {
        self.scales.get(table).copied().unwrap_or(1.0)
    }

    /// The same on the hardware that was measured.
    pub(crate) fn scales_alone(&self) -> Self {
        Self { hardware: None, scales: self.scales.clone() }
    }
}

/// A latency multiplied: no longer one that was measured.
pub(crate) fn scaled(estimate: Estimate, factor: f64) -> Estimate {
    if factor == 1.0 {
        return estimate;
    }
    Estimate::new(estimate.latency * factor, estimate.origin).at_best(Origin::Transferred)
}

/// A latency where the physical bound goes from `from` to `to` ms: what a kernel takes beyond its
/// bound stays as it is. Between H100 and H200, which differ in memory alone, that predicts measured
/// kernels to 2 to 5 % in the median; keeping the share of the bound instead, to 17 to 42 %
/// (`tests/it/measurements/moved_prices.rs`). A latency below the bound keeps its share of it.
pub(crate) fn moved(estimate: Estimate, from: f64, to: f64) -> Estimate {
    if from == to || from <= 0.0 {
        return estimate;
    }
    let latency = match estimate.latency - from {
        rest if rest > 0.0 => rest + to,
        _ => estimate.latency * to / from,
    };
    Estimate::new(latency, estimate.origin).at_best(Origin::Transferred)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_bound_stays() {
        let measured = Estimate::new(3.0, Origin::Measured);
        assert_eq!(moved(measured, 2.0, 1.0), Estimate::new(2.0, Origin::Transferred));
        assert_eq!(moved(measured, 2.0, 4.0), Estimate::new(5.0, Origin::Transferred));
        assert_eq!(moved(measured, 4.0, 2.0), Estimate::new(1.5, Origin::Transferred));
        assert_eq!(moved(measured, 2.0, 2.0), measured);
    }

    #[test]
    fn a_scaled_latency_is_not_measured() {
        let measured = Estimate::new(3.0, Origin::Measured);
        assert_eq!(scaled(measured, 1.0), measured);
        assert_eq!(scaled(measured, 2.0), Estimate::new(6.0, Origin::Transferred));
        let extrapolated = Estimate::new(3.0, Origin::Extrapolated);
        assert_eq!(scaled(extrapolated, 0.5), Estimate::new(1.5, Origin::Extrapolated));
    }
}
