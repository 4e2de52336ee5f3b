//! A latency and how far it is from a measurement.

use super::origin::Origin;

/// An estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Estimate {
    /// Milliseconds.
    pub(crate) latency: f64,
    pub(crate) origin: Origin,
}

impl Estimate {
    pub(crate) fn new(latency: f64, origin: Origin) -> Self {
        Self { latency, origin }
    }

    /// The same latency, of that origin at best.
    pub(crate) fn at_best(self, origin: Origin) -> Self {
        Self { origin: self.origin.max(origin), ..self }
    }

    /// Whether it lies between measurements.
    pub(crate) fn is_within(self) -> bool {
        self.origin < Origin::Extrapolated
    }
}
