//! What all sessions share: the model, the checkpoints, the measurements.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::error::{Code, Error, Result};
use crate::catalog::Catalog;
use crate::lang::ast::{Loc, ModeDef, Name};
use crate::model::config::Checkpoints;
use crate::model::library::Library;
use crate::model::value::Value;
use crate::perf::{Context, DataMode, Evidence, QuantModes, Repairs, WhatIf};
use crate::plan::deployment::worker;
use crate::plan::question::what_if::{Scenario, scenarios};
use crate::plan::question::{INFERRED, Question, unknown};
use crate::plan::scope::Given;
use crate::plan::target::{Pricers, Target};

/// Operations bound under some precisions; others need them bound anew.
type Bindings = (Arc<QuantModes>, Pricers);

/// Definitions, checkpoints and measurements.
#[derive(Clone)]
pub struct Engine {
    /// The measurements.
    pub catalog: Catalog,
    /// The checkpoints.
    pub checkpoints: Arc<Checkpoints>,
    bound: Arc<Mutex<HashMap<String, Bindings>>>,
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

    /// Whether a model may be named by the path of its files.
    pub(crate) fn read_paths(&mut self, may: bool) {
        if self.checkpoints.reads_paths() != may {
            self.checkpoints = Arc::new(self.checkpoints.reading_paths(may));
        }
    }

    /// The targets a question is about, for one pool (empty name: the whole deployment).
    ///
    /// # Errors
    /// Unknown models, systems, backends and versions.
    pub fn targets(&self, library: &Library, asked: &Question, pool: &str) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        let choices = self.evidence(library, asked, pool)?;
        for model in self.values(library, asked, pool, "model") {
            let config = model.placed(self.checkpoints.config(&model.text))?;
            config.check(&library.limits)?;
            let architecture = library.architecture(&config.architecture, &config.name)?;
            for system in self.values(library, asked, pool, "system") {
                let system = system.placed(self.catalog.system(&system.text))?;
                for backend in self.values(library, asked, pool, "backend") {
                    let given = asked.versions.get(&backend.text);
                    let versions = match given {
                        Some(version) => vec![Chosen::by(version)],
                        None => self.values(library, asked, pool, "version"),
                    };
                    for version in versions {
                        for evidence in &choices {
                            let catalog = &self.catalog;
                            let (mode, text) = (evidence.mode, &backend.text);
                            let versions = catalog.versions_for(&system.name, text, mode);
                            backend.placed(versions)?;
                            let backend = &backend.text;
                            let version = version.placed(catalog.resolve_version_for(
                                &system.name,
                                backend,
                                &version.text,
                                mode,
                            ))?;
                            let place = (system.name.as_str(), backend.as_str(), version.as_str());
                            let context = self.context(library, place, evidence)?;
                            let base = Target {
                                pricers: self.pricers(place, &context),
                                context,
                                config: Arc::clone(&config),
                                architecture: Arc::clone(architecture),
                                system: Arc::clone(&system),
                                choices: BTreeMap::from(
                                    [
                                        ("model", config.name.as_str()),
                                        ("system", &system.name),
                                        ("backend", backend),
                                        ("version", &version),
                                        ("data", mode.name()),
                                        ("repairs", evidence.repairs.name()),
                                    ]
                                    .map(|(name, value)| (name.to_owned(), Value::text(value))),
                                ),
                                backend: backend.clone(),
                                version: version.clone(),
                                scenario: Scenario::default(),
                            };
                            let system = &base.system;
                            for scenario in scenarios(library, &asked.hypotheses, pool, system)? {
                                let base = base.clone().supposing(scenario)?;
                                targets.extend(precisions(library, asked, pool, base)?);
                            }
                        }
                    }
                }
            }
        }
        Ok(targets)
    }

    /// The deployments that a question is about in one serving mode: a target for each pool, or one
    /// where the mode has none. All pools serve one model, under the same suppositions.
    ///
    /// # Errors
    /// As [`Self::targets`]; `AIQ0308` for a mode of one pool or of more than two.
    pub fn deployments(
        &self,
        library: &Library,
        asked: &Question,
        mode: &ModeDef,
    ) -> Result<Vec<Vec<Target>>> {
        let [first, second] = mode.pools.as_slice() else {
            if mode.pools.is_empty() {
                let targets = self.targets(library, asked, "")?;
                return Ok(targets.into_iter().map(|target| vec![target]).collect());
            }
            return Err(Error::question(Code::PoolsOfMode, "a serving mode has no pool or two")
                .at(mode.name.loc.span(), format!("has {}", mode.pools.len())));
        };
        let mut pairs = Vec::new();
        let seconds = self.targets(library, asked, &second.name.text)?;
        for a in self.targets(library, asked, &first.name.text)? {
            for b in &seconds {
                let alike = a.config.name == b.config.name
                    && a.scenario.agrees(&b.scenario)
                    && agree_in_tried(asked, mode, &a, b);
                if alike && same_framework(asked, &a, b) {
                    pairs.push(vec![a.clone(), b.clone()]);
                }
            }
        }
        Ok(pairs)
    }

    /// Values of a choice: those asked for, else the default.
    fn values(&self, library: &Library, asked: &Question, pool: &str, name: &str) -> Vec<Chosen> {
        match asked.choice(pool, name) {
            Some(names) => names.iter().map(Chosen::by).collect(),
            None => {
                let shipped = library.default_choice(name).into_iter();
                shipped.map(|text| Chosen { text, loc: None }).collect()
            }
        }
    }

    /// How far from a measurement prices may be.
    ///
    /// # Errors
    /// `AIQ0229` for an unknown mode.
    pub fn data_modes(
        &self,
        library: &Library,
        asked: &Question,
        pool: &str,
    ) -> Result<Vec<DataMode>> {
        let Some(names) = asked.choice(pool, "data") else {
            let shipped = library.default_choice("data");
            let modes: Vec<DataMode> = shipped.iter().filter_map(|n| DataMode::named(n)).collect();
            return Ok(if modes.is_empty() { vec![DataMode::default()] } else { modes });
        };
        let known = DataMode::ALL.map(|mode| mode.name().to_owned());
        let mode = |name: &Name| {
            DataMode::named(&name.text)
                .ok_or_else(|| unknown(Code::NoSuchDataMode, "data mode", name, &known))
        };
        names.iter().map(mode).collect()
    }

    /// What prices may rest on: each data mode with each choice of repairs.
    ///
    /// # Errors
    /// `AIQ0229` for an unknown data mode, `AIQ0239` for an unknown rule of repairs.
    pub fn evidence(
        &self,
        library: &Library,
        asked: &Question,
        pool: &str,
    ) -> Result<Vec<Evidence>> {
        let rules = self.catalog.repair_rules();
        let repairs = match asked.choice(pool, "repairs") {
            None => vec![Repairs::default()],
            Some(names) => {
                let known: Vec<String> = ["all".to_owned(), "none".to_owned()]
                    .into_iter()
                    .chain(rules.clone())
                    .collect();
                let repair = |name: &Name| {
                    Repairs::named(&name.text, &rules)
                        .ok_or_else(|| unknown(Code::NoSuchRepair, "repair", name, &known))
                };
                names.iter().map(repair).collect::<Result<_>>()?
            }
        };
        let modes = self.data_modes(library, asked, pool)?;
        let pairs =
            modes.iter().flat_map(|mode| repairs.iter().map(move |repairs| (mode, repairs)));
        Ok(pairs.map(|(&mode, repairs)| Evidence { mode, repairs: repairs.clone() }).collect())
    }

    fn context(
        &self,
        library: &Library,
        (system, backend, version): (&str, &str, &str),
        evidence: &Evidence,
    ) -> Result<Context> {
        let facts = self.catalog.system(system)?;
        facts.check(&library.limits)?;
        let hardware = Arc::clone(&facts.hardware);
        let lanes = self.catalog.lanes(backend, version, hardware.sm);
        let sources = self.catalog.tables_for(system, backend, version, evidence)?;
        let (quants, transfers) = (Arc::clone(&library.quants), self.catalog.transfers());
        let what_if = WhatIf::default();
        let evidence = evidence.clone();
        Ok(Context { hardware, quants, sources, lanes, transfers, evidence, what_if })
    }

    /// Operations bound on a place before, on the same evidence and under the same precisions.
    fn pricers(&self, place: (&str, &str, &str), context: &Context) -> Pricers {
        let (system, backend, version) = place;
        let mut bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("{system} {backend} {version}{}", context.evidence);
        let quants = &context.quants;
        let (under, pricers) =
            bound.entry(key).or_insert_with(|| (Arc::clone(quants), Pricers::default()));
        if !Arc::ptr_eq(under, quants) {
            if *under != *quants {
                *pricers = Pricers::default();
            }
            *under = Arc::clone(quants);
        }
        pricers.clone()
    }

    /// Forgets which data releases answered and what they lacked so far: a question counts its own.
    pub fn forget_used(&self) {
        let bound = self.bound.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, pricers) in bound.values() {
            pricers.forget();
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
        evidence: &Evidence,
    ) -> Result<Context> {
        let version = self.catalog.resolve_version_for(system, backend, version, evidence.mode)?;
        self.context(library, (system, backend, &version), evidence)
    }
}

impl Engine {
    /// The same with the collectives of a version of the communication library; `current` is that which
    /// the system declares.
    ///
    /// # Errors
    /// `AIQ0403` for a version that was not measured there.
    pub fn with_library(&self, context: Context, system: &str, version: &str) -> Result<Context> {
        if version == "current" {
            return Ok(context);
        }
        let sources = self.catalog.library(system, version, &context.evidence)?;
        Ok(Context { sources, ..context })
    }
}

/// A value of a choice, and where it was asked for.
struct Chosen {
    text: String,
    loc: Option<Loc>,
}

impl Chosen {
    fn by(name: &Name) -> Self {
        Self { text: name.text.clone(), loc: Some(name.loc.clone()) }
    }

    /// An error about the value points at it.
    fn placed<T>(&self, found: Result<T>) -> Result<T> {
        found.map_err(|error| match &self.loc {
            Some(loc) => error.within(loc.span(), "asked for here"),
            None => error,
        })
    }
}

/// Whether pools have the same of each precision that the question tries for all of them.
fn agree_in_tried(asked: &Question, mode: &ModeDef, a: &Target, b: &Target) -> bool {
    let of_pools = |name: &str| {
        mode.pools
            .iter()
            .any(|pool| asked.choices.contains_key(&format!("{}.{name}", pool.name.text)))
    };
    let tried = asked.choices.iter().filter(|(_, values)| values.len() > 1);
    let precisions = tried.filter(|(name, _)| INFERRED.contains(&name.as_str()) && !of_pools(name));
    precisions.into_iter().all(|(name, _)| a.choices.get(name) == b.choices.get(name))
}

/// Pools of different frameworks cannot hand over KV caches, unless the question says so.
fn same_framework(asked: &Question, a: &Target, b: &Target) -> bool {
    let explicit = asked.choices.keys().any(|k| k.ends_with(".backend") || k.ends_with(".version"));
    explicit || (a.backend == b.backend && a.version == b.version)
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
    for name in INFERRED {
        let mut next = Vec::new();
        for target in targets {
            let values = match asked.choice(pool, name) {
                Some(names) => {
                    let names = names.iter().map(Chosen::by);
                    let known = |n: Chosen| match name {
                        // Neither what ranks send each other in nor a routing is arithmetic.
                        "comm" | "experts_skew" => Ok(Value::text(&n.text)),
                        _ => n.placed(library.quants.bytes(&n.text)).map(|_| Value::text(&n.text)),
                    };
                    names.map(known).collect::<Result<_>>()?
                }
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
    let scope = worker(library, target, &asked.overrides, &own, &given);
    let loc = &target.architecture.name.loc;
    let lowered = scope.named(name, loc)?;
    Ok(lowered.value().cloned().unwrap_or(Value::Null))
}
