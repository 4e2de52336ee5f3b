//! Generated files read back: what they really ask for, against what was answered.

mod compare;
mod estimate;
mod files;
mod scripts;
mod workers;

use std::path::Path;

use serde_json::{Map, Value as Json};

use super::assets;
use super::deployment::DataRelease;
use super::facts::{Engine, Platform, Release};
use super::write::RECORD;
use crate::base::error::Result;
use compare::Comparison;

/// What files say.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The deployment as a row: the columns of a pool carry its name, as in an answer.
    pub row: Map<String, Json>,
    /// Where the files and the answer part.
    pub differences: Vec<String>,
    /// The statement that prices what the files say; none for files of an unknown answer, and where
    /// nobody knows what they deploy.
    pub estimate: Option<String>,
    /// Why nobody knows what they deploy, if so.
    pub not_priced: Option<String>,
    /// What users gave the engine in place of what was answered.
    pub replaced: Vec<String>,
    /// The row that was answered.
    pub answered: Map<String, Json>,
    /// The measurements behind it, with the digests they had.
    pub data: Vec<DataRelease>,
}

/// Reads a directory that `generate` wrote, edited or not.
///
/// # Errors
/// `AIQ0604` for files that are absent or cannot be read.
pub fn check(directory: &Path) -> Result<Checked> {
    let record = files::yaml(directory, RECORD)?;
    let recorded = |name: &str| record[name].as_str().unwrap_or_default();
    let engine = Engine::find(recorded("backend")).ok();
    let platform = Platform::named(recorded("target")).ok();
    let mut found = match platform.and_then(|p| Some((p, p.manifest().read.as_deref()?))) {
        Some((platform, file)) => workers::read(directory, platform, file)?,
        None => scripts::read(directory)?,
    };
    // Files name pools in an order of their own.
    let place = |role: &str| {
        let pools = record["pools"].as_object();
        pools.and_then(|pools| pools.keys().position(|pool| pool == role))
    };
    found.sort_by_key(|workers| place(&workers.role));
    let accepted = engine.zip(platform).and_then(|(engine, platform)| {
        let release = Release::find(engine, recorded("engine_version"), platform).ok()?;
        release.arguments(engine, platform).ok()
    });
    let mut comparison = Comparison::of(&record, &found, accepted);
    let mut pools = Vec::new();
    for workers in &found {
        let name = format!("{}_config.yaml", workers.role);
        let beside = files::yaml(directory, &name).ok();
        // What the manifest has is what runs.
        let own = workers.config.as_deref().map(|text| files::parse(text, &name)).transpose()?;
        if own.is_some() && beside.is_some() && own != beside {
            comparison.differs(format!("`{name}` in the manifest is not the file beside it"));
        }
        let config = own.or(beside);
        pools.push(comparison.pool(engine, workers, config.as_ref()));
    }
    let gpus = comparison.gpus;
    let estimate = match comparison.not_priced {
        Some(_) => None,
        None => estimate::estimate(&record, engine, gpus, &pools),
    };
    Ok(Checked {
        row: comparison.row,
        differences: comparison.differences,
        estimate,
        not_priced: comparison.not_priced,
        replaced: comparison.replaced,
        answered: record["row"].as_object().cloned().unwrap_or_default(),
        data: releases(&record),
    })
}

/// Columns that say what a deployment is worth, with their units.
pub(crate) fn prices() -> impl Iterator<Item = (&'static str, &'static str)> {
    assets::table("prices.tsv").map(|row| (row.get("column"), row.get("unit")))
}

fn releases(record: &Json) -> Vec<DataRelease> {
    let text = |r: &Json, name: &str| r[name].as_str().unwrap_or_default().to_owned();
    let releases = record["data"].as_array().into_iter().flatten();
    releases
        .map(|r| DataRelease {
            system: text(r, "system"),
            backend: text(r, "backend"),
            version: text(r, "version"),
            digest: text(r, "digest"),
        })
        .collect()
}
