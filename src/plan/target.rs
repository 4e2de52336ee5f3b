//! What one branch of a plan is about: one model on one system with one backend, at given
//! precisions. Everything of it is known when the plan is made.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::value::Value;
use crate::arch::config::Config;
use crate::catalog::{Fact, System};
use crate::lang::ast::ArchitectureDef;
use crate::perf::op::Context;

/// One model on one system with one backend, at given precisions.
#[derive(Clone)]
pub struct Target {
    /// The checkpoint.
    pub config: Arc<Config>,
    /// Its architecture.
    pub architecture: Arc<ArchitectureDef>,
    /// The system.
    pub system: Arc<System>,
    /// The backend.
    pub backend: String,
    /// Data version, resolved.
    pub version: String,
    /// Values of the choice axes by name: `model`, `system`, `backend`, `version`, `gemm`, ...
    pub choices: BTreeMap<String, Value>,
    /// What its operations are priced on.
    pub context: Context,
}

impl Target {
    /// A fact of the system by its full name, such as `gpu.mem_bw`.
    pub fn fact(&self, name: &str) -> Option<Value> {
        self.system.facts.get(name).map(|fact| match fact {
            Fact::Number(n) => Value::Number(*n),
            Fact::Text(t) => Value::text(t),
        })
    }

    /// Short name of the data: `h200_sxm trtllm 1.3.0rc20`.
    pub fn data(&self) -> String {
        format!("{} {} {}", self.system.name, self.backend, self.version)
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("choices", &self.choices).finish_non_exhaustive()
    }
}
