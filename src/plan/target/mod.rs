//! What one branch of a plan is about: one model on one system with one backend, at given
//! precisions. Everything of it is known when the plan is made.

pub mod provenance;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::nodes::opjoin::Bound;
use super::question::what_if::Scenario;
use crate::base::error::Result;
use crate::catalog::{Fact, System};
use crate::lang::ast::ArchitectureDef;
use crate::model::config::Config;
use crate::model::value::Value;
use crate::perf::{Context, Misses, OpSpec, Used};
use provenance::Data;

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
    /// Operations already bound to their tables, shared by everything on the same data.
    pub pricers: Pricers,
    /// What is supposed of it.
    pub scenario: Scenario,
}

/// Operations bound to the tables of one system, backend and version.
#[derive(Clone, Default)]
pub struct Pricers {
    bound: Arc<Mutex<HashMap<PricerKey, Bound>>>,
    /// Measurements that candidates lacked.
    pub misses: Misses,
}

/// An operation and its text arguments.
type PricerKey = (&'static str, Vec<String>);

impl Pricers {
    /// The tables and data releases that answered since the last call.
    pub fn take_used(&self) -> Used {
        let mut used = Used::default();
        let known = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        for bound in known.values() {
            if let Bound::Ready(pricer) = bound {
                pricer.take_used(&mut used);
            }
        }
        used
    }

    /// Forgets what answered and what was missing so far.
    pub fn forget(&self) {
        self.take_used();
        self.misses.take();
    }
}

impl Target {
    /// A fact of the system by its full name, such as `gpu.mem_bw`.
    pub fn fact(&self, name: &str) -> Option<Value> {
        self.system.facts.get(name).map(|fact| match fact {
            Fact::Number(n) => Value::Number(*n),
            Fact::Text(t) => Value::text(t),
        })
    }

    /// The target where something is supposed to be otherwise: other facts and slower or faster
    /// tables have operations of their own.
    ///
    /// # Errors
    /// `AIQ0281` for hardware that cannot be.
    pub fn supposing(mut self, scenario: Scenario) -> Result<Self> {
        let (facts, scales) = (scenario.facts(), scenario.scales());
        if !facts.is_empty() {
            self.system = Arc::new(self.system.with_facts(&facts)?);
            self.context.what_if.hardware = Some(Arc::clone(&self.system.hardware));
        }
        if !facts.is_empty() || !scales.is_empty() {
            self.pricers = Pricers::default();
        }
        self.context.what_if.scales = scales;
        self.scenario = scenario;
        Ok(self)
    }

    /// An operation bound to its table.
    pub(crate) fn pricer(&self, op: &'static OpSpec, text: &[String]) -> Result<Bound> {
        let mut known = self.pricers.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (op.name, text.to_vec());
        if let Some(bound) = known.get(&key) {
            return Ok(bound.clone());
        }
        let words: Vec<&str> = text.iter().map(String::as_str).collect();
        let bound = Bound::new(op, &self.context, &words)?;
        known.insert(key, bound.clone());
        Ok(bound)
    }

    /// Whether anything was measured for an operation with these text arguments.
    pub(crate) fn covers(&self, op: &'static OpSpec, text: &[String]) -> Result<bool> {
        match self.pricer(op, text)? {
            Bound::Ready(pricer) => pricer.measured(),
            Bound::Missing(_) => Ok(false),
        }
    }

    /// Whether an operation with these text arguments has prices: as [`Self::covers`], or by
    /// transfer where that is allowed.
    pub(crate) fn prices(&self, op: &'static OpSpec, text: &[String]) -> Result<bool> {
        match self.pricer(op, text)? {
            Bound::Ready(pricer) => pricer.priced(),
            Bound::Missing(_) => Ok(false),
        }
    }

    /// The data it is priced on.
    pub fn data(&self) -> Data {
        Data {
            system: self.system.name.clone(),
            backend: self.backend.clone(),
            version: self.version.clone(),
            evidence: self.context.evidence.clone(),
            supposed: self.scenario.label(),
            pricers: self.pricers.clone(),
            planned: Used::default(),
            lacked: std::collections::BTreeSet::new(),
        }
    }
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("choices", &self.choices).finish_non_exhaustive()
    }
}
