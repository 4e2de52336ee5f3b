//! The question whose answer is the price of what files say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::deployment::MIX;
use crate::tsv;

const AXES: &str = include_str!("../../models/deploy/read.tsv");
/// Precisions of the KV cache as the language names them, by what engines are told.
const CACHES: &[(&str, &str)] = &[
    ("fp8", "fp8"),
    ("fp8_e4m3", "fp8"),
    ("fp8_e5m2", "fp8"),
    ("nvfp4", "nvfp4"),
    ("fp4_e2m1", "nvfp4"),
    ("bfloat16", "bfloat16"),
];

/// Workers of one role as the files have them.
#[derive(Debug, Clone, Default)]
pub(super) struct Priced {
    pub(super) role: String,
    pub(super) workers: u64,
    /// What flags and keys state, by name of the value.
    pub(super) columns: Map<String, Json>,
    /// Values that are not those of the answer.
    pub(super) differing: BTreeSet<String>,
}

/// The statement that prices the files, from the question of their answer: an axis is read from
/// the files if something it stands on was edited.
pub(super) fn estimate(
    record: &Json,
    backend: &str,
    gpus: u64,
    pools: &[Priced],
) -> Option<String> {
    let asked = record["question"].as_object()?;
    let mut terms: BTreeMap<String, String> = asked
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    terms.insert("gpus".to_owned(), gpus.to_string());
    let replicas = record["replicas"].as_u64().unwrap_or(1).max(1);
    let whole = pools.iter().all(|p| p.workers % replicas == 0);
    for pool in pools {
        let dot = if pool.role == "agg" { String::new() } else { format!("{}.", pool.role) };
        if !dot.is_empty() {
            let workers = if whole { pool.workers / replicas } else { pool.workers };
            terms.insert(format!("{dot}workers"), workers.to_string());
        }
        let of = |name: &str| -> String {
            let own = match name.strip_prefix("q.") {
                // Unsaid sizes are 1, unsaid drafts none.
                Some(axis) => {
                    let own = asked.get(&format!("{dot}{axis}")).or_else(|| asked.get(axis));
                    let unsaid = if axis == "nextn" { "0" } else { "1" };
                    own.and_then(Json::as_str).unwrap_or(unsaid).to_owned()
                }
                None => pool.columns.get(name).map_or_else(|| "1".to_owned(), Json::to_string),
            };
            format!("({own})")
        };
        for row in tsv::rows(AXES).filter(|row| row.get("backend") == backend) {
            let (axis, value) = (row.get("axis"), row.get("value"));
            let names = names(value);
            let edited = names.iter().any(|n| pool.differing.contains(*n));
            let has = axis != "ctx_tokens" || pool.role == "agg";
            if edited && has {
                let text = names
                    .iter()
                    .fold(value.to_owned(), |t, n| t.replace(&format!("{{{n}}}"), &of(n)));
                terms.insert(format!("{dot}{axis}"), text);
            }
        }
        let cache = pool.columns.get("kv_dtype").and_then(Json::as_str).unwrap_or_default();
        if pool.differing.contains("kv_dtype") {
            match CACHES.iter().find(|(name, _)| *name == cache) {
                Some((_, kv)) => terms.insert(format!("{dot}kv"), format!("'{kv}'")),
                None => terms.remove(&format!("{dot}kv")),
            };
        }
    }
    let mix = terms.remove(MIX).map_or_else(String::new, |mix| format!(" serving {mix}"));
    let terms: Vec<String> = terms.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    Some(format!("estimate {}{mix}", terms.join(", ")))
}

/// Names in braces.
fn names(text: &str) -> Vec<&str> {
    let parts = text.split('{').skip(1);
    let mut names: Vec<&str> = parts.filter_map(|p| p.split_once('}')).map(|(n, _)| n).collect();
    names.sort_unstable();
    names.dedup();
    names
}
