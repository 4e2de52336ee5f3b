//! The words that the shell can complete and colour, with what each belongs to.

use std::collections::BTreeMap;

use super::statements::show::SHOWN;
use crate::catalog::version;
use crate::deploy::Platform;
use crate::lang::ast::{AxisKind, Domain, Expr, ExprKind, Item};
use crate::lang::keywords::{Begins, KEYWORDS};
use crate::model::config::aliases;
use crate::perf::{DataMode, Origin, TABLES};
use crate::plan::expr::functions::{FUNCTIONS, OF_MODELS};
use crate::plan::question::PRECISIONS;
use crate::plan::question::what_if::SECTIONS;
use crate::session::state::Session;
use crate::vocabulary::{Word, WordKind};

/// Words as they are gathered.
#[derive(Default)]
struct Words(Vec<Word>);

impl Words {
    fn add(&mut self, kind: WordKind, text: &str, help: &str) {
        self.of(kind, text, "", help);
    }

    fn of(&mut self, kind: WordKind, text: &str, of: &str, help: &str) {
        let [text, of, help] = [text, of, help].map(str::to_owned);
        self.0.push(Word { text, kind, of, help });
    }
}

impl Session {
    /// The words that can be completed.
    pub fn vocabulary(&self) -> Vec<Word> {
        let mut words = Words::default();
        let typed = [Begins::Statement, Begins::Clause, Begins::Item];
        for keyword in KEYWORDS.iter().filter(|k| typed.contains(&k.begins)) {
            words.add(WordKind::Keyword, keyword.word, keyword.help);
        }
        for (name, help) in FUNCTIONS.iter().filter(|(name, _)| !OF_MODELS.contains(name)) {
            words.add(WordKind::Function, name, help);
        }
        for what in SHOWN {
            words.add(WordKind::Shown, what, "can be shown");
        }
        for platform in Platform::all().unwrap_or_default() {
            words.add(WordKind::Platform, platform.name(), "deployment files");
        }
        for name in self.results.keys() {
            words.add(WordKind::Result, name, "named result");
        }
        self.data_words(&mut words);
        self.model_words(&mut words);
        self.value_words(&mut words);
        let mut words = words.0;
        words.sort_by(|a, b| (&a.text, a.kind, &a.of).cmp(&(&b.text, b.kind, &b.of)));
        words.dedup_by(|a, b| a.text == b.text && a.kind == b.kind && a.of == b.of);
        words.extend(self.release_words());
        words
    }

    /// Checkpoints, systems, backends, versions, tables.
    fn data_words(&self, words: &mut Words) {
        for model in self.engine.checkpoints.names() {
            words.add(WordKind::Model, model, "checkpoint");
        }
        for (alias, model) in aliases() {
            words.add(WordKind::Model, alias, model);
        }
        let catalog = &self.engine.catalog;
        for system in catalog.systems() {
            for backend in catalog.backends(&system).unwrap_or_default() {
                words.add(WordKind::Backend, &backend, "serving framework");
            }
            for fact in catalog.system(&system).iter().flat_map(|s| s.facts.keys()) {
                let own = SECTIONS.iter().find_map(|s| fact.strip_prefix(s)?.strip_prefix('.'));
                if let Some(own) = own.filter(|own| !own.contains('.')) {
                    words.add(WordKind::Setting, &format!("system.{own}"), "hardware");
                }
            }
            words.add(WordKind::System, &system, "GPU type");
        }
        for table in TABLES.iter() {
            words.add(WordKind::Table, table.name, "measurements");
            for column in table.columns() {
                words.of(WordKind::Field, column.name, table.name, "column");
            }
        }
        for table in ["systems", "models", "coverage", "table_findings", "table_errors"] {
            words.add(WordKind::Table, table, "catalog");
        }
    }

    /// Releases of each backend: that of a question without one first, then the newest.
    fn release_words(&self) -> Vec<Word> {
        let catalog = &self.engine.catalog;
        let mut all: BTreeMap<String, (Vec<String>, Vec<String>)> = BTreeMap::new();
        for system in catalog.systems() {
            for backend in catalog.backends(&system).unwrap_or_default() {
                let (current, others) = all.entry(backend.clone()).or_default();
                current.extend(catalog.resolve_version(&system, &backend, "current"));
                others.extend(catalog.versions(&system, &backend).unwrap_or_default());
            }
        }
        let mut words = Words::default();
        for (backend, (mut current, mut others)) in all {
            version::newest_first(&mut current);
            version::newest_first(&mut others);
            others.retain(|version| !current.contains(version));
            for version in current.iter().chain(&others) {
                words.of(WordKind::Version, version, &backend, "version");
            }
        }
        words.0
    }

    /// What the model text defines.
    fn model_words(&self, words: &mut Words) {
        for metric in self.library.all_metrics() {
            let name = &metric.name.text;
            let help = match (self.library.columns.meaning(name), metric.unit.label()) {
                ("", unit) => unit.to_owned(),
                (meaning, "") => meaning.to_owned(),
                (meaning, unit) => format!("{meaning}, {unit}"),
            };
            words.add(WordKind::Metric, name, &help);
        }
        for axis in self.all_axes() {
            let kind = match axis.kind {
                AxisKind::Worker => "worker",
                AxisKind::Request | AxisKind::Workload => "workload",
                AxisKind::Choice => "choice",
            };
            let meaning = Some(self.library.columns.meaning(&axis.name.text));
            let help = meaning.filter(|text| !text.is_empty()).unwrap_or("axis");
            words.of(WordKind::Axis, &axis.name.text, kind, help);
        }
        // A value that people change has a meaning in words; others are steps of formulas.
        for definition in &self.library.lets {
            let name = &definition.name.text;
            match self.library.columns.meaning(name) {
                "" => words.add(WordKind::Definition, name, "value of the model"),
                meaning => words.add(WordKind::Setting, name, meaning),
            }
        }
        for mode in self.library.modes.keys() {
            words.add(WordKind::Mode, mode, "serving mode");
        }
        for rule in self.library.rules.names() {
            words.add(WordKind::Definition, rule, "rule");
        }
        for operation in self.library.operations.names() {
            words.add(WordKind::Definition, operation, "operation");
        }
    }

    /// The values an axis or setting is known to take. Those of `model`, `system`, `backend`,
    /// `version` and `mode` have kinds of their own.
    fn value_words(&self, words: &mut Words) {
        for mode in DataMode::ALL {
            words.of(WordKind::Value, mode.name(), "data", "data mode");
        }
        for origin in Origin::ALL {
            words.of(WordKind::Value, origin.name(), "origin", "origin");
        }
        for axis in PRECISIONS {
            // The tables of communication call 16 bits `half`, and no others do.
            let fits = |quant: &&String| (axis == "comm") == (*quant == "half");
            for quant in self.library.quants.0.keys().filter(fits) {
                words.of(WordKind::Value, quant, axis, "precision");
            }
        }
        for axis in self.all_axes() {
            let values: Vec<&Expr> = match &axis.domain {
                Domain::Value(value) => vec![value],
                Domain::Items(items) => items
                    .iter()
                    .filter_map(|i| if let Item::One(value) = i { Some(value) } else { None })
                    .collect(),
            };
            let own = axis.kind != AxisKind::Choice;
            for value in values.into_iter().filter(|_| own) {
                if let Some(text) = literal(value) {
                    words.of(WordKind::Value, &text, &axis.name.text, "by default");
                }
            }
        }
        for definition in &self.library.lets {
            if let Some(text) = literal(&definition.value) {
                words.of(WordKind::Value, &text, &definition.name.text, "by default");
            }
        }
    }
}

/// A number as typed, or a text.
fn literal(value: &Expr) -> Option<String> {
    match &value.kind {
        ExprKind::Text(text) => Some(text.clone()).filter(|t| !t.is_empty()),
        ExprKind::Number(..) | ExprKind::Bool(_) => Some(value.loc.text().trim().to_owned()),
        _ => None,
    }
}
