//! What all sessions share: the model, the checkpoints, the measurements.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::arch::config::Checkpoints;
use crate::arch::library::Library;
use crate::catalog::Catalog;
use crate::error::Result;
use crate::perf::op::Context;
use crate::plan::question::Question;
use crate::plan::scope::{Given, Scope};
use crate::plan::target::{Pricers, Target};
use crate::plan::value::Value;

/// Definitions, checkpoints and measurements.
#[derive(Clone)]
pub struct Engine {
    /// The measurements.
    pub catalog: Catalog,
    /// The checkpoints.
    pub checkpoints: Arc<Checkpoints>,
    bound: Arc<Mutex<HashMap<String, Pricers>>>,
}

impl Engine {
    /// An engine over data directories; their siblings `models/catalog` hold checkpoints.
    ///
    /// # Errors
    /// Damaged data directories.
    pub fn open(systems: &[PathBuf]) -> Result<Self> {
        let path = Catalog::default_search_path(systems);
        let models: Vec<PathBuf> = path
            .iter()
            .filter_map(|p| p.parent().map(|parent| parent.join("models").join("catalog")))
            .chain([PathBuf::from("models/catalog")])
            .collect();
        Ok(Self {
            catalog: Catalog::open(&path)?,
            checkpoints: Arc::new(Checkpoints::open(&models)),
            bound: Arc::default(),
        })
    }

    /// The targets a question is about, for one pool (empty name: the whole deployment).
    ///
    /// # Errors
    /// Unknown models, systems, backends and versions.
    pub fn targets(&self, library: &Library, asked: &Question, pool: &str) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for model in self.values(library, asked, pool, "model") {
            let config = self.checkpoints.config(&model)?;
            let architecture = library.architecture(&config.architecture, &config.name)?;
            for system in self.values(library, asked, pool, "system") {
                let system = self.catalog.system(&system)?;
                for backend in self.values(library, asked, pool, "backend") {
                    let given = asked.versions.get(&backend).cloned();
                    let versions = match given {
                        Some(version) => vec![version],
                        None => self.values(library, asked, pool, "version"),
                    };
                    for version in versions {
                        let version =
                            self.catalog.resolve_version(&system.name, &backend, &version)?;
                        let base = Target {
                            context: self.context(library, &system.name, &backend, &version)?,
                            pricers: self.pricers(&system.name, &backend, &version),
                            config: Arc::clone(&config),
                            architecture: Arc::clone(architecture),
                            system: Arc::clone(&system),
                            choices: BTreeMap::from([
                                ("model".to_owned(), Value::text(&config.name)),
                                ("system".to_owned(), Value::text(&system.name)),
                                ("backend".to_owned(), Value::text(&backend)),
                                ("version".to_owned(), Value::text(&version)),
                            ]),
                            backend: backend.clone(),
                            version,
                        };
                        targets.extend(precisions(library, asked, pool, base)?);
                    }
                }
            }
        }
        Ok(targets)
    }

    /// Values of a choice: those asked for, else the default.
    fn values(&self, library: &Library, asked: &Question, pool: &str, name: &str) -> Vec<String> {
        match asked.choice(pool, name) {
            Some(names) => names.iter().map(|n| n.text.clone()).collect(),
            None => library.default_choice(name),
        }
    }

    fn context(
        &self,
        library: &Library,
        system: &str,
        backend: &str,
        version: &str,
    ) -> Result<Context> {
        let hardware = Arc::clone(&self.catalog.system(system)?.hardware);
        let lanes = self.catalog.lanes(backend, version, hardware.sm);
        let sources = self.catalog.tables(system, backend, version)?;
        Ok(Context { hardware, quants: Arc::clone(&library.quants), sources, lanes })
    }

    fn pricers(&self, system: &str, backend: &str, version: &str) -> Pricers {
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        bound.entry(format!("{system} {backend} {version}")).or_default().clone()
    }

    /// Forgets which data releases answered so far: a question counts its own.
    pub fn forget_used(&self) {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        for pricers in bound.values() {
            pricers.take_used();
        }
    }

    /// An operation of a system and backend bound for SQL: `version` may be `current`.
    ///
    /// # Errors
    /// Unknown systems, backends and versions.
    pub fn priced_on(
        &self,
        library: &Library,
        system: &str,
        backend: &str,
        version: &str,
    ) -> Result<Context> {
        let version = self.catalog.resolve_version(system, backend, version)?;
        self.context(library, system, backend, &version)
    }
}

/// A target at each combination of precisions: those asked for, else inferred from the
/// checkpoint.
fn precisions(
    library: &Library,
    asked: &Question,
    pool: &str,
    base: Target,
) -> Result<Vec<Target>> {
    let mut targets = vec![base];
    // KV before attention: whether attention runs in fp8 depends on both.
    for name in ["gemm", "moe", "kv", "fmha", "comm"] {
        let mut next = Vec::new();
        for target in targets {
            let values = match asked.choice(pool, name) {
                Some(names) => names.iter().map(|n| Value::text(&n.text)).collect(),
                None => vec![inferred(library, asked, &target, name)?],
            };
            for value in values {
                let mut target = target.clone();
                target.choices.insert(name.to_owned(), value);
                next.push(target);
            }
        }
        targets = next;
    }
    Ok(targets)
}

fn inferred(library: &Library, asked: &Question, target: &Target, name: &str) -> Result<Value> {
    let own = crate::lang::ast::Scope::default();
    let given = Given::default();
    let scope = Scope::new(library, target, "", &own, &asked.overrides, &given);
    let loc = &target.architecture.name.loc;
    let lowered = scope.named(name, loc)?;
    Ok(lowered.value().cloned().unwrap_or(Value::Null))
}
