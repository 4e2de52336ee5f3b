//! What an operation is priced on.

use std::sync::Arc;

use super::evidence::Evidence;
use super::transfer::Transfers;
use super::what_if::WhatIf;
use crate::perf::machine::{Hardware, QuantModes};
use crate::perf::tables::Sources;

/// What an operation is priced on: one system, backend and version.
#[derive(Clone)]
pub struct Context {
    /// The system.
    pub hardware: Arc<Hardware>,
    /// Precisions.
    pub quants: Arc<QuantModes>,
    /// Measurements of the system, backend and version, and of its donors.
    pub sources: Arc<dyn Sources>,
    /// Preferred attention kernels, best first; `default` stands for no preference.
    pub lanes: Vec<String>,
    /// What may be transferred from where.
    pub transfers: Arc<Transfers>,
    /// Which measurements count, and how far from one a price may be.
    pub evidence: Evidence,
    /// What is supposed to differ from the system that was measured.
    pub what_if: WhatIf,
}
