//! All definitions in force: the shipped ones, then those of the user. Of several that apply the
//! last one wins.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::by_engine::ByEngine;
use super::columns::Columns;
use crate::base::error::{Code, Error, Result, nearest};
use crate::lang::ast::{
    ArchitectureDef, AssumeDef, AxisDef, Better, Definition, ExprKind, LetDef, LimitDef, MetricDef,
    ModeDef, Name, OperationDef, RowSet, RuleDef, StatementKind,
};
use crate::lang::parse::parse;
use crate::lang::units::Unit;
use crate::perf::{QuantMode, QuantModes};

/// The shipped model: every `.aiq` file under `models/`, by path; listed by the build script.
const SHIPPED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

/// All definitions in force.
#[derive(Debug, Clone, Default)]
pub struct Library {
    /// Derived values in the order of definition; the last that applies wins.
    pub lets: Vec<LetDef>,
    /// Default axes; the last that applies wins.
    pub axes: Vec<AxisDef>,
    /// Metrics that every mode has.
    pub metrics: Vec<MetricDef>,
    /// Conditions on candidates.
    pub rules: ByEngine<RuleDef>,
    /// Operations.
    pub operations: ByEngine<OperationDef>,
    /// Rows that several architectures have.
    pub rows: ByEngine<RowSet>,
    /// Architectures by name.
    pub architectures: BTreeMap<String, Arc<ArchitectureDef>>,
    /// Serving modes by name.
    pub modes: BTreeMap<String, Arc<ModeDef>>,
    /// Precisions.
    pub quants: Arc<QuantModes>,
    /// What `sensitivity` varies: facts, workload, settings.
    pub varied: Vec<Name>,
    /// What values names can have.
    pub limits: BTreeMap<String, LimitDef>,
    /// What answers show, and what names mean.
    pub columns: Columns,
    /// What answers take for granted.
    pub assumptions: Vec<AssumeDef>,
}

impl Library {
    /// The shipped definitions.
    ///
    /// # Errors
    /// Only if the shipped text is broken.
    pub fn shipped() -> Result<Self> {
        let mut definitions = Vec::new();
        for (name, text) in SHIPPED {
            for statement in parse(name, text)? {
                if let StatementKind::Define(definition) = statement.kind {
                    definitions.push(definition);
                }
            }
        }
        let mut library = Self::default();
        library.define_all(definitions)?;
        Ok(library)
    }

    /// Adds definitions of several files, whatever the order of these: architectures after those
    /// that they are like, and engines after what is defined for all of them.
    fn define_all(&mut self, definitions: Vec<Definition>) -> Result<()> {
        let (mut architectures, mut engines) = (Vec::new(), Vec::new());
        for definition in definitions {
            match definition {
                Definition::Architecture(d) => architectures.push(d),
                Definition::Engine(_) => engines.push(definition),
                _ => self.define(definition)?,
            }
        }
        while !architectures.is_empty() {
            let waiting: BTreeSet<String> =
                architectures.iter().map(|d| d.name.text.clone()).collect();
            let waits = |d: &ArchitectureDef| d.like.iter().any(|l| waiting.contains(&l.text));
            let (later, mut now): (Vec<_>, Vec<_>) = architectures.into_iter().partition(waits);
            architectures = later;
            if now.is_empty() {
                // Those that are like each other: the first says that what it is like is not there.
                now.append(&mut architectures);
            }
            now.into_iter().try_for_each(|d| self.define(Definition::Architecture(d)))?;
        }
        engines.into_iter().try_for_each(|engine| self.define(engine))
    }

    /// Adds a definition.
    ///
    /// # Errors
    /// `AIQ0303` for a precision without bytes or peak; `AIQ0304` for an architecture like one
    /// that does not exist.
    pub fn define(&mut self, definition: Definition) -> Result<()> {
        self.define_for(None, definition)
    }

    /// Adds a definition that applies for one engine only, or for all of them.
    fn define_for(&mut self, engine: Option<&Name>, definition: Definition) -> Result<()> {
        match definition {
            Definition::Let(d) => self.lets.push(LetDef { engine: engine.cloned(), ..d }),
            Definition::Axis(d) => self.axes.push(AxisDef { engine: engine.cloned(), ..d }),
            Definition::Metric(d) => {
                self.metrics.retain(|m| m.name.text != d.name.text);
                self.metrics.push(d);
            }
            Definition::Rule(d) => {
                self.rules.insert(&d.name.clone(), engine, d);
            }
            Definition::Quant(name, items) => {
                let mode = quant_mode(&name, &items)?;
                Arc::make_mut(&mut self.quants).0.insert(name.text, mode);
            }
            Definition::Operation(d) => {
                self.operations.insert(&d.name.clone(), engine, d);
            }
            Definition::Rows(d) => {
                self.rows.insert(&d.name.clone(), engine, d);
            }
            Definition::Architecture(mut d) => {
                self.extend(&mut d)?;
                self.architectures.insert(d.name.text.clone(), Arc::new(d));
            }
            Definition::Vary(names) => self.varied.extend(names),
            Definition::Limit(all) => {
                self.limits.extend(all.into_iter().map(|d| (d.name.text.clone(), d)));
            }
            Definition::Column(column) => self.columns.add(column),
            Definition::Meaning(name, meaning) => self.columns.explain(&name, meaning),
            Definition::Ranking(ranking) => self.columns.rank_by(ranking),
            Definition::Alias(names, name) => self.columns.call(names, &name),
            Definition::Unmodelled(names, reason) => self.columns.lacks(names, &reason),
            Definition::Assume(d) => {
                self.assumptions.retain(|known| known.name != d.name);
                self.assumptions.push(d);
            }
            Definition::Compromise(both) => self.columns.draw(both),
            Definition::Mode(d) => {
                self.modes.insert(d.name.text.clone(), Arc::new(d));
            }
            Definition::Engine(d) => {
                for definition in d.definitions {
                    self.define_for(Some(&d.name), definition)?;
                }
            }
        }
        Ok(())
    }

    /// Puts what an architecture is like before what it says itself.
    fn extend(&self, architecture: &mut ArchitectureDef) -> Result<()> {
        for name in architecture.like.iter().rev() {
            let base = self.architectures.get(&name.text).ok_or_else(|| {
                let known = self.architectures.keys().map(String::as_str);
                let what = format!("there is no architecture `{}`", name.text);
                let error =
                    Error::question(Code::NoArchitecture, what).at(name.loc.span(), "unknown");
                match nearest(&name.text, known) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error,
                }
            })?;
            architecture.lets.splice(0..0, base.lets.iter().cloned());
            architecture.rules.splice(0..0, base.rules.iter().cloned());
            architecture.graph.splice(0..0, base.graph.iter().cloned());
        }
        Ok(())
    }

    /// The architecture that covers a Hugging Face architecture name.
    ///
    /// # Errors
    /// `AIQ0304` with what is covered.
    pub fn architecture(&self, name: &str, model: &str) -> Result<&Arc<ArchitectureDef>> {
        let covers = |d: &&Arc<ArchitectureDef>| d.covers.iter().any(|c| c.text == name);
        self.architectures.values().find(covers).ok_or_else(|| {
            let all: Vec<&str> = self
                .architectures
                .values()
                .flat_map(|d| d.covers.iter().map(|c| c.text.as_str()))
                .collect();
            Error::data(
                Code::NoArchitecture,
                format!("`{model}` is a {name}, which no architecture covers"),
            )
            .help(format!("covered: {}", all.join(", ")))
        })
    }

    /// The serving mode of that name.
    ///
    /// # Errors
    /// `AIQ0209` with the nearest name.
    pub fn mode(&self, name: &str) -> Result<&Arc<ModeDef>> {
        self.modes.get(name).ok_or_else(|| {
            let names = self.modes.keys().map(String::as_str);
            let error =
                Error::question(Code::NoSuchMode, format!("there is no serving mode `{name}`"));
            match nearest(name, names.clone()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("modes: {}", names.collect::<Vec<_>>().join(", "))),
            }
        })
    }
}

fn quant_mode(name: &Name, items: &[(Name, crate::lang::ast::Expr)]) -> Result<QuantMode> {
    let item = |key: &str| items.iter().find(|(k, _)| k.text == key).map(|(_, v)| &v.kind);
    match (item("bytes"), item("flops")) {
        (Some(ExprKind::Number(bytes, _)), Some(ExprKind::Text(flops))) => {
            Ok(QuantMode { bytes: *bytes, flops: flops.clone() })
        }
        _ => Err(Error::question(
            Code::IncompletePrecision,
            format!("precision `{}` is incomplete", name.text),
        )
        .at(name.loc.span(), "needs `bytes = 1, flops = 'fp8'`")),
    }
}

impl Library {
    /// The metrics of deployments: those of every mode, and those a mode has of its own.
    pub fn all_metrics(&self) -> impl Iterator<Item = &MetricDef> {
        self.modes.values().flat_map(|m| &m.scope.metrics).chain(&self.metrics)
    }

    /// The names of pools, of all modes.
    pub fn pools(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for pool in self.modes.values().flat_map(|mode| &mode.pools) {
            if !names.contains(&pool.name.text.as_str()) {
                names.push(pool.name.text.as_str());
            }
        }
        names
    }

    /// Whether a name is that of a metric of deployments.
    pub fn is_metric(&self, name: &str) -> bool {
        self.all_metrics().any(|m| m.name.text == name)
    }

    /// The metrics that are the lower and upper end of the band of a metric, if it has one: by their names.
    pub fn band(&self, metric: &str) -> Option<[String; 2]> {
        let ends = ["low", "high"].map(|end| format!("{metric}_{end}"));
        ends.iter().all(|end| self.is_metric(end)).then_some(ends)
    }

    /// The unit of a metric; none for other names.
    pub fn unit_of(&self, name: &str) -> Unit {
        let metric = self.all_metrics().find(|m| m.name.text == name);
        metric.map(|m| m.unit).unwrap_or_default()
    }

    /// Whether less of a metric is better.
    pub fn is_best_low(&self, name: &str) -> bool {
        self.all_metrics()
            .find(|m| m.name.text == name)
            .is_some_and(|m| m.better == Some(Better::Lower))
    }

    /// The default values of a choice axis given as plain texts.
    pub fn default_choice(&self, name: &str) -> Vec<String> {
        use crate::lang::ast::{Domain, Item};
        let text = |e: &crate::lang::ast::Expr| match &e.kind {
            ExprKind::Text(t) => Some(t.clone()),
            _ => None,
        };
        let axis = self.axes.iter().rev().find(|a| a.name.text == name && a.engine.is_none());
        match axis.map(|a| &a.domain) {
            None => Vec::new(),
            Some(Domain::Value(e)) => text(e).into_iter().collect(),
            Some(Domain::Items(items)) => items
                .iter()
                .filter_map(|i| if let Item::One(e) = i { text(e) } else { None })
                .collect(),
        }
    }
}
