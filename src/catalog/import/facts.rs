//! The files beside the tables: hardware facts, slots, lanes and what may stand in for what.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::layout::{Home, kind};
use crate::base::error::Result;
use crate::catalog::facts::version::{SLOTS, Slot, Slots};
use crate::catalog::facts::{Fact, flatten};
use crate::catalog::files::yaml;
use crate::perf::table;

/// The one comment line that says where a file comes from.
fn origin(label: &str, source: &str) -> String {
    let after = |mark: &str| {
        source
            .lines()
            .take(5)
            .find_map(|l| l.split_once(mark).map(|(_, rest)| rest.trim().to_owned()))
    };
    let licence = after("SPDX-License-Identifier:");
    let notice = after("SPDX-FileCopyrightText:");
    match (licence, notice) {
        (Some(licence), Some(notice)) => {
            format!("# From {label}; {licence}; {notice} Normalised.\n")
        }
        _ => format!("# From {label}; normalised.\n"),
    }
}

/// A file as it is written.
fn written(label: &str, source: &str, value: &Value) -> Result<String> {
    Ok(format!("{}{}", origin(label, source), yaml::written(value)?))
}

/// `system.yaml`: the sections and facts of the published file.
pub(super) fn system(label: &str, text: &str, path: &Path) -> Result<String> {
    let value = yaml::parse(text, path)?;
    let mut sections = Map::new();
    for section in ["gpu", "node", "misc"] {
        let Some(inner) = value.get(section) else {
            continue;
        };
        let mut facts = BTreeMap::new();
        flatten("", inner, &mut facts);
        let facts = facts.into_iter().map(|(name, fact)| {
            // Early files call the 16-bit peak by the other 16-bit type.
            let name = match name.strip_suffix("float16_tc_flops") {
                Some("" | "b") => "bfloat16_tc_flops".to_owned(),
                _ => name,
            };
            (name, fact_value(fact))
        });
        sections.insert(section.to_owned(), Value::Object(facts.collect()));
    }
    written(label, text, &Value::Object(sections))
}

/// A fact, whole numbers without a point.
fn fact_value(fact: Fact) -> Value {
    match fact {
        Fact::Text(text) => Value::String(one_line(&text)),
        Fact::Number(x) if x.fract() == 0.0 && x.abs() < MOST_WHOLE => json!(x as i64),
        Fact::Number(x) => json!(x),
    }
}

/// Up to here a number in floating point is the whole number that it looks like.
const MOST_WHOLE: f64 = 9_007_199_254_740_992.0;

/// Whether a YAML file describes a system.
pub(super) fn is_system(value: &Value) -> bool {
    value.get("gpu").is_some_and(Value::is_object) && value.get("node").is_some()
}

/// `reuse.yaml`: declared donors. Several published files of one backend version become one.
pub(super) fn reuse(label: &str, texts: &[(String, String)]) -> Result<Option<String>> {
    let mut entries = Vec::new();
    let mut first = None;
    for (path, text) in texts {
        let value = yaml::parse(text, Path::new(path))?;
        for entry in value.get("reuse").and_then(Value::as_array).into_iter().flatten() {
            let get = |name: &str| entry.get(name).and_then(yaml::text);
            let (Some(table), Some(from)) = (get("table"), get("from_version")) else {
                continue;
            };
            let Some(kind) = kind(&format!("{table}.parquet")) else {
                continue;
            };
            first.get_or_insert(text);
            let mut donor = json!({"table": kind.table.name, "from_version": from});
            if let Some(reason) = get("reason") {
                donor["reason"] = one_line(&reason).into();
            }
            entries.push(donor);
        }
    }
    first.map(|text| written(label, text, &json!({"reuse": entries}))).transpose()
}

/// Reads the slots and derives `next` from all homes of the source.
pub(super) fn slots(text: &str, path: &Path, homes: &[Home]) -> Result<Slots> {
    let mut slots = Slots::parse(&yaml::parse(text, path)?);
    let data = homes.iter().map(|h| (h.system.as_str(), h.backend.as_str(), h.version.as_str()));
    slots.derive_next(data);
    Ok(slots)
}

/// `versions.yaml`.
pub(super) fn versions(label: &str, text: &str, slots: &Slots) -> Result<String> {
    let slot = |slot: &Slot| -> Value {
        let known =
            SLOTS.iter().filter_map(|word| Some(((*word).to_owned(), slot.get(word)?.into())));
        Value::Object(known.collect())
    };
    let backends = |slots: &BTreeMap<String, Slot>| -> Value {
        Value::Object(slots.iter().map(|(backend, own)| (backend.clone(), slot(own))).collect())
    };
    let mut value = json!({"defaults": backends(&slots.defaults)});
    if !slots.overrides.is_empty() {
        let own = slots.overrides.iter().map(|(system, own)| (system.clone(), backends(own)));
        value["overrides"] = Value::Object(own.collect());
    }
    written(label, text, &value)
}

/// `attention_lanes.yaml`.
pub(super) fn lanes(label: &str, text: &str, path: &Path) -> Result<String> {
    let mut value = yaml::parse(text, path)?;
    for versions in value.as_object_mut().into_iter().flat_map(Map::values_mut) {
        for kernels in versions.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let Some(kernels) = kernels.as_object_mut() else { continue };
            kernels.retain(|_, kernel| yaml::text(kernel).is_some());
        }
    }
    written(label, text, &value)
}

/// `kernel_reuse.yaml`: which backends run the same kernel.
pub(super) fn kernels(label: &str, text: &str, path: &Path) -> Result<String> {
    let value = yaml::parse(text, path)?;
    let mut groups = Vec::new();
    for group in value.get("groups").and_then(Value::as_array).into_iter().flatten() {
        let get = |name: &str| group.get(name).and_then(yaml::text);
        let named = get("op_file").or_else(|| get("table"));
        let kernel = get("kernel_source").or_else(|| get("kernel"));
        let (Some(named), Some(kernel), Some(tier)) = (named, kernel, get("tier")) else {
            continue;
        };
        let Some(table) = kind(&named).map(|kind| kind.table).or_else(|| table(&named)) else {
            continue;
        };
        let backends = group.get("frameworks").and_then(Value::as_array).into_iter().flatten();
        let backends: Vec<String> = backends.filter_map(yaml::text).collect();
        groups.push(json!({
            "table": table.name, "kernel": one_line(&kernel), "tier": tier, "frameworks": backends,
        }));
    }
    written(label, text, &json!({"groups": groups}))
}

/// A text without line breaks.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
