//! What `describe` says of a system and of a checkpoint, number by number: every fact of the system's file, every
//! number of the configuration that the model reads, and what its weights take.

use std::collections::BTreeMap;

use crate::base::error::{Result, bug};
use crate::catalog::Fact;
use crate::lang::ast::{AxisDef, AxisKind, AxisTerm, Clauses, Domain, Expr, Item, Name};
use crate::model::value::{Value, number};
use crate::plan::expr::domain::domain_text;
use crate::plan::expr::names::Names;
use crate::plan::question::PRECISIONS;
use crate::plan::scope::view::View;
use crate::plan::search::choice_texts;
use crate::session::state::Session;

/// Something that is known.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Known {
    pub(super) property: String,
    /// As people read it.
    pub(super) value: String,
    pub(super) number: Option<f64>,
    pub(super) unit: String,
    pub(super) meaning: String,
}

impl Known {
    pub(super) fn text(property: &str, value: impl Into<String>) -> Self {
        Self { property: property.to_owned(), value: value.into(), ..Self::default() }
    }

    fn number(property: &str, number: f64, unit: &str, meaning: &str) -> Self {
        Self {
            value: readable(number, unit),
            number: Some(number),
            unit: unit.to_owned(),
            meaning: meaning.to_owned(),
            ..Self::text(property, "")
        }
    }
}

impl Session {
    /// Every fact of a system, what was measured on it, and what it costs if that was said.
    pub(super) fn known_of_system(&self, name: &str) -> Result<Vec<Known>> {
        let catalog = &self.engine.catalog;
        let system = catalog.system(name)?;
        let mut all = Vec::new();
        for (fact, value) in &system.facts {
            let key = fact.split_once('.').map_or(fact.as_str(), |(_, key)| key);
            all.push(match value {
                Fact::Text(text) => {
                    Known { meaning: self.meaning_of("system", key).0, ..Known::text(key, text) }
                }
                Fact::Number(number) => {
                    let (meaning, unit) = self.meaning_of("system", key);
                    Known::number(key, *number, &unit, &meaning)
                }
            });
        }
        let price = format!("price.{name}");
        let price = self.settings.iter().rev().find(|term| term.name.text == price);
        all.extend(price.map(|term| Known::text("price", domain_text(&term.domain))));
        all.push(Known::text("backends", catalog.backends(name)?.join(", ")));
        let tables = catalog.table_files().into_iter().filter(|file| file.system == name).count();
        all.push(Known::number("tables", tables as f64, "", "files of measurements"));
        all.extend(system.source().map(|source| Known::text("source", source)));
        Ok(all)
    }

    /// The numbers of a checkpoint's configuration that the model reads, the precisions it runs in where a
    /// question does not say, and the bytes of its weights in each size of number.
    pub(super) fn known_of_model(&self, name: &str) -> Result<Vec<Known>> {
        let config = self.engine.checkpoints.config(name)?;
        let architecture = self.library.architecture(&config.architecture, &config.name);
        let mut all = vec![
            Known::text("name", config.name.as_str()),
            Known::text("architecture", config.architecture.as_str()),
        ];
        all.extend(architecture.ok().map(|a| Known::text("modelled_by", a.name.text.as_str())));
        for key in self.library.limits.keys().filter_map(|name| name.strip_prefix("config.")) {
            if let Some(number) = config.get(key).as_number() {
                let (meaning, unit) = self.meaning_of("config", key);
                all.push(Known::number(key, number, &unit, &meaning));
            }
        }
        // A checkpoint that no architecture covers has dimensions and nothing else.
        let Ok(own) = self.weights(name, None) else { return Ok(all) };
        all.extend(own.precisions.iter().map(|(axis, precision)| Known {
            meaning: self.library.columns.meaning(axis).to_owned(),
            ..Known::text(axis, precision)
        }));
        all.push(Known::number("weights", own.bytes, "B", "in these precisions"));
        // One precision of each size.
        let mut sizes: BTreeMap<u64, &str> = BTreeMap::new();
        for (precision, quant) in &self.library.quants.0 {
            sizes.entry(quant.bytes.to_bits()).or_insert(precision);
        }
        for (size, precision) in sizes.into_iter().rev() {
            let Ok(weights) = self.weights(name, Some(precision)) else { continue };
            let size = f64::from_bits(size);
            if all.iter().all(|known| known.property != "parameters") {
                let meaning = "weights that products read";
                all.push(Known::number("parameters", (weights.bytes / size).round(), "", meaning));
            }
            let said = format!("with products in {precision}");
            all.push(Known::number(&format!("weights_{precision}"), weights.bytes, "B", &said));
        }
        Ok(all)
    }

    /// What a name in a text of the model means, and the unit that stands in brackets behind it.
    fn meaning_of(&self, of: &str, key: &str) -> (String, String) {
        // `nccl_mem.2` is that of 2 GPUs.
        let base = key.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('.');
        let meaning = |key: &str| self.library.columns.meaning(&format!("{of}.{key}"));
        let said = if meaning(key).is_empty() { meaning(base) } else { meaning(key) };
        match said.strip_suffix(')').and_then(|said| said.rsplit_once(" (")) {
            Some((said, unit)) => (said.to_owned(), unit.to_owned()),
            None => (said.to_owned(), String::new()),
        }
    }

    /// The weights of a checkpoint on one GPU, with products in some precision.
    fn weights(&self, model: &str, precision: Option<&str>) -> Result<Weights> {
        let mut axes: Vec<AxisTerm> = Vec::new();
        for term in self.library.axes.iter().filter_map(smallest) {
            if axes.iter().all(|known| known.name.text != term.name.text) {
                axes.push(term);
            }
        }
        let products = ["gemm", "moe"].into_iter().filter(|_| precision.is_some());
        axes.extend(
            products.map(|name| AxisTerm::one(name, Expr::name(precision.unwrap_or_default()))),
        );
        let clauses = Clauses { models: vec![Name::new(model)], ..Clauses::default() };
        self.with_candidate(&self.asking(&axes, &clauses)?, |_, scope| {
            let loc = &scope.target.architecture.name.loc;
            let bytes = View { scope, inline: true }.name("weights", loc)?;
            let bytes = bytes.value().and_then(Value::as_number).ok_or_else(|| bug("no number"))?;
            let mut precisions = choice_texts(scope.target);
            precisions.retain(|(axis, _)| PRECISIONS.contains(&axis.as_str()));
            Ok(Weights { bytes, precisions })
        })
    }
}

/// The weights of one GPU in bytes, and the precisions that they have.
struct Weights {
    bytes: f64,
    precisions: Vec<(String, String)>,
}

/// The first value of an axis of workers that is searched: one GPU.
fn smallest(axis: &AxisDef) -> Option<AxisTerm> {
    let Domain::Items(items) = &axis.domain else { return None };
    let Some(Item::One(first)) = items.first() else { return None };
    (axis.kind == AxisKind::Worker).then(|| AxisTerm::one(&axis.name.text, first.clone()))
}

/// A number with its unit, as people write it: memory in GiB, all else with the prefixes of SI.
fn readable(value: f64, unit: &str) -> String {
    const PREFIXES: [(f64, &str); 6] =
        [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"), (1e-3, "m"), (1e-6, "u")];
    match unit {
        "" | "tokens" => format!("{} {unit}", number(value)).trim_end().to_owned(),
        "B" => format!("{} GiB", number(value / 1_073_741_824.0)),
        _ => {
            let within =
                |(size, _): &&(f64, &str)| value.abs() >= *size && !(1.0..1e3).contains(&value);
            let (size, prefix) = PREFIXES.iter().find(within).copied().unwrap_or((1.0, ""));
            format!("{} {prefix}{unit}", number(value / size))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(readable(4.8e12, "B/s"), "4.8 TB/s");
        assert_eq!(readable(1.979e15, "flop/s"), "1979 Tflop/s");
        assert_eq!(readable(1e-5, "s"), "10 us");
        assert_eq!(readable(700.0, "W"), "700 W");
        assert_eq!(readable(151_397_597_184.0, "B"), "141 GiB");
        assert_eq!(readable(40960.0, "tokens"), "40960 tokens");
        assert_eq!(readable(0.8, ""), "0.8");
        assert_eq!(readable(0.0, "s"), "0 s");
    }
}
