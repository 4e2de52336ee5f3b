//! What lies beside the tables of a source, written as a data directory holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::facts;
use super::jobs::is_selected;
use super::layout::{self, Home};
use super::options::ImportOptions;
use super::package::Package;
use crate::base::error::Result;
use crate::catalog::facts::version::Slots;
use crate::catalog::files::yaml;
use crate::publish::{Folder, Mode};

/// The slots of the source with the text they come from.
pub(super) fn published_slots(
    package: &mut Package,
    homes: &[Home],
) -> Result<Option<(String, Slots)>> {
    let Some(path) = list(package, &["query_versions.yaml", "versions.yaml"]) else {
        return Ok(None);
    };
    let text = package.read_text(&path)?;
    let slots = facts::slots(&text, Path::new(&path), homes)?;
    Ok(Some((text, slots)))
}

/// The path of a file of one of these names, the shallowest first.
fn list(package: &Package, names: &[&str]) -> Option<String> {
    let is_one = |p: &String| p.rsplit('/').next().is_some_and(|n| names.contains(&n));
    package.paths().into_iter().filter(is_one).min_by_key(|p| p.matches('/').count())
}

/// Writes the facts of systems, donors, slots, lanes and shared kernels.
pub(super) fn write_lists(
    package: &mut Package,
    options: &ImportOptions,
    folder: &mut Folder,
    homes: &BTreeSet<&Home>,
    slots: Option<(String, Slots)>,
) -> Result<()> {
    let label = package.label.clone();
    for path in package.paths() {
        let mut parts = path.rsplit('/');
        let Some(stem) = parts.next().and_then(|n| n.strip_suffix(".yaml")) else {
            continue;
        };
        let name = if stem == "system" { parts.next().unwrap_or(stem) } else { stem };
        let is_named = options.systems.is_empty() || options.systems.iter().any(|s| s == name);
        if !is_named || layout::home(&path).is_some() {
            continue;
        }
        let text = package.read_text(&path)?;
        // Packages hold YAML of many kinds; only a system's has these sections.
        if yaml::parse(&text, Path::new(&path)).is_ok_and(|v| facts::is_system(&v)) {
            let out = facts::system(&label, &text, Path::new(&path))?;
            folder.put(&[name, "system.yaml"], out.as_bytes(), Mode::Plain)?;
        }
    }
    let mut donors: BTreeMap<Home, Vec<(String, String)>> = BTreeMap::new();
    for path in package.paths().into_iter().filter(|p| p.ends_with("/reuse.yaml")) {
        let Some(home) = layout::home(&path) else {
            continue;
        };
        let known = slots.as_ref().map(|(_, s)| s.clone()).unwrap_or_default();
        if homes.contains(&home) || is_selected(options, &home, &known) {
            let text = package.read_text(&path)?;
            donors.entry(home).or_default().push((path, text));
        }
    }
    for (Home { system, backend, version }, texts) in donors {
        if let Some(out) = facts::reuse(&label, &texts)? {
            let path = [&system, &backend, &version, "reuse.yaml"];
            folder.put(&path, out.as_bytes(), Mode::Plain)?;
        }
    }
    if let Some((text, slots)) = &slots {
        let out = facts::versions(&label, text, slots)?;
        folder.put(&["versions.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    if let Some(path) = list(package, &["attention_lane_defaults.yaml", "attention_lanes.yaml"]) {
        let text = package.read_text(&path)?;
        let out = facts::lanes(&label, &text, Path::new(&path))?;
        folder.put(&["attention_lanes.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    if let Some(path) = list(package, &["perf_data_reuse_manifest.yaml", "kernel_reuse.yaml"]) {
        let text = package.read_text(&path)?;
        let out = facts::kernels(&label, &text, Path::new(&path))?;
        folder.put(&["kernel_reuse.yaml"], out.as_bytes(), Mode::Plain)?;
    }
    Ok(())
}
