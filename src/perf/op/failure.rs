//! What an operation costs, or why it has no price.

use std::sync::Arc;

use super::miss::Miss;
use super::origin::Origin;

/// What one operation costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Price {
    /// Milliseconds.
    pub latency: f64,
    /// The physical bound, ms.
    pub roofline: f64,
    /// How far `latency` is from a measurement.
    pub origin: Origin,
}

/// Why an operation has no price.
#[derive(Debug, Clone)]
pub enum Failure {
    /// Nothing was measured for these arguments; other candidates may do.
    Miss(Arc<Miss>),
    /// The question or the data is wrong.
    Error(crate::Error),
}

impl From<crate::Error> for Failure {
    fn from(error: crate::Error) -> Self {
        Self::Error(error)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Miss(miss) => miss.fmt(f),
            Self::Error(error) => error.fmt(f),
        }
    }
}
