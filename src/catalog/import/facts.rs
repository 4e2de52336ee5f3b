//! The files beside the tables: hardware facts, slots, lanes and what may stand in for what.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::layout::{Home, kind};
use crate::catalog::system::{Fact, flatten};
use crate::catalog::version::{SLOTS, Slot, Slots};
use crate::catalog::yaml;
use crate::error::Result;
use crate::perf::spec;

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

/// `system.yaml`: the sections and facts of the published file.
pub(super) fn system(label: &str, text: &str, path: &Path) -> Result<String> {
    let value = yaml::parse(text, path)?;
    let mut out = origin(label, text);
    for section in ["gpu", "node", "misc"] {
        let Some(inner) = value.get(section) else {
            continue;
        };
        let mut facts = BTreeMap::new();
        flatten("", inner, &mut facts);
        let _ = writeln!(out, "{section}:");
        for (name, fact) in facts {
            let name = name.replace("float16_tc_flops", "bfloat16_tc_flops");
            let name = name.replace("bbfloat16", "bfloat16");
            let _ = match fact {
                Fact::Number(x) => writeln!(out, "  {name}: {x}"),
                Fact::Text(text) => writeln!(out, "  {name}: {}", yaml::quoted(&text)),
            };
        }
    }
    Ok(out)
}

/// Whether a YAML file describes a system.
pub(super) fn is_system(value: &Value) -> bool {
    value.get("gpu").is_some_and(Value::is_object) && value.get("node").is_some()
}

/// `reuse.yaml`: declared donors. Several published files of one backend version become one.
pub(super) fn reuse(label: &str, texts: &[(String, String)]) -> Result<Option<String>> {
    let mut out = String::new();
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
            if out.is_empty() {
                out = origin(label, text);
                out.push_str("reuse:\n");
            }
            let _ = writeln!(out, "- table: {}", kind.table.name);
            let _ = writeln!(out, "  from_version: {}", yaml::quoted(&from));
            if let Some(reason) = get("reason") {
                let _ = writeln!(out, "  reason: {}", yaml::quoted(&reason));
            }
        }
    }
    Ok((!out.is_empty()).then_some(out))
}

/// Reads the slots and derives `next` from all homes of the source.
pub(super) fn slots(text: &str, path: &Path, homes: &[Home]) -> Result<Slots> {
    let mut slots = Slots::parse(&yaml::parse(text, path)?);
    let data = homes.iter().map(|h| (h.system.as_str(), h.backend.as_str(), h.version.as_str()));
    slots.derive_next(data);
    Ok(slots)
}

/// `versions.yaml`.
pub(super) fn versions(label: &str, text: &str, slots: &Slots) -> String {
    fn backends(out: &mut String, indent: &str, slots: &BTreeMap<String, Slot>) {
        for (backend, slot) in slots {
            let known =
                SLOTS.iter().filter_map(|w| Some(format!("{w}: {}", yaml::quoted(slot.get(w)?))));
            let known = known.collect::<Vec<_>>().join(", ");
            let _ = writeln!(out, "{indent}{backend}: {{{known}}}");
        }
    }
    let mut out = origin(label, text);
    out.push_str("defaults:\n");
    backends(&mut out, "  ", &slots.defaults);
    if !slots.overrides.is_empty() {
        out.push_str("overrides:\n");
        for (system, slots) in &slots.overrides {
            let _ = writeln!(out, "  {system}:");
            backends(&mut out, "    ", slots);
        }
    }
    out
}

/// `attention_lanes.yaml`.
pub(super) fn lanes(label: &str, text: &str, path: &Path) -> Result<String> {
    let value = yaml::parse(text, path)?;
    let mut out = origin(label, text);
    for (backend, versions) in value.as_object().into_iter().flatten() {
        let _ = writeln!(out, "{backend}:");
        for (version, sms) in versions.as_object().into_iter().flatten() {
            let pairs = sms.as_object().into_iter().flatten();
            let pairs =
                pairs.filter_map(|(sm, kernel)| Some(format!("{sm}: {}", yaml::text(kernel)?)));
            let pairs = pairs.collect::<Vec<_>>().join(", ");
            let _ = writeln!(out, "  {}: {{{pairs}}}", yaml::quoted(version));
        }
    }
    Ok(out)
}

/// `kernel_reuse.yaml`: which backends run the same kernel.
pub(super) fn kernels(label: &str, text: &str, path: &Path) -> Result<String> {
    let value = yaml::parse(text, path)?;
    let mut out = origin(label, text);
    out.push_str("groups:\n");
    for group in value.get("groups").and_then(Value::as_array).into_iter().flatten() {
        let get = |name: &str| group.get(name).and_then(yaml::text);
        let table = get("op_file").or_else(|| get("table"));
        let kernel = get("kernel_source").or_else(|| get("kernel"));
        let (Some(table), Some(kernel), Some(tier)) = (table, kernel, get("tier")) else {
            continue;
        };
        let table = match kind(&table).map(|k| k.table.name) {
            Some(name) => name,
            None if spec::table(&table).is_some() => table.as_str(),
            None => continue,
        };
        let backends = group.get("frameworks").and_then(Value::as_array).into_iter().flatten();
        let backends: Vec<String> = backends.filter_map(yaml::text).collect();
        let _ = writeln!(
            out,
            "- {{table: {table}, kernel: {}, tier: {tier}, frameworks: [{}]}}",
            yaml::quoted(&kernel),
            backends.join(", ")
        );
    }
    Ok(out)
}
