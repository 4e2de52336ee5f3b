//! What if the hardware were another, or a kernel faster: prices moved from what was measured.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::hardware::Hardware;
use super::origin::Origin;
use super::scheme::Value;

/// What is supposed to differ from the system that was measured.
#[derive(Debug, Clone, Default)]
pub struct Imagined {
    /// The hardware that prices are moved to, where it is another.
    pub hardware: Option<Arc<Hardware>>,
    /// What latencies are multiplied by, by table, or by operation where it is a formula.
    pub scales: BTreeMap<String, f64>,
}

impl Imagined {
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
pub(crate) fn scaled(value: Value, factor: f64) -> Value {
    if factor == 1.0 {
        return value;
    }
    Value::new(value.latency * factor, value.origin).at_best(Origin::Transferred)
}

/// A latency where the physical bound goes from `from` to `to` ms: the share of the bound that the
/// kernel reaches is kept.
pub(crate) fn moved(value: Value, from: f64, to: f64) -> Value {
    if from == to || from <= 0.0 {
        return value;
    }
    Value::new(value.latency * to / from, value.origin).at_best(Origin::Transferred)
}
