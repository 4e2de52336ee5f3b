//! The question whose answer is the price of what files say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use crate::deploy::assets;
use crate::deploy::deployment::MIX;
use crate::deploy::facts::Engine;

/// Workers of one role as the files have them.
#[derive(Debug, Clone, Default)]
pub(super) struct Stated {
    /// Their pool; none where all workers are alike.
    pub(super) pool: Option<String>,
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
    engine: Option<&Engine>,
    gpus: u64,
    pools: &[Stated],
) -> Option<String> {
    let question = record["question"].as_object()?;
    let mut terms: BTreeMap<String, String> = question
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect();
    terms.insert("gpus".to_owned(), gpus.to_string());
    let replicas = record["replicas"].as_u64().unwrap_or(1).max(1);
    let whole = pools.iter().all(|p| p.workers % replicas == 0);
    for stated in pools {
        if let Some(pool) = &stated.pool {
            let workers = if whole { stated.workers / replicas } else { stated.workers };
            terms.insert(format!("{pool}.workers"), workers.to_string());
        }
        axes(question, engine, stated, &mut terms);
        cache(stated, &mut terms);
    }
    let mix = terms.remove(MIX).map_or_else(String::new, |mix| format!(" serving {mix}"));
    let terms: Vec<String> = terms.iter().map(|(n, v)| format!("{n} = {v}")).collect();
    Some(format!("estimate {}{mix}", terms.join(", ")))
}

impl Stated {
    /// An axis as the language names it.
    fn axis(&self, name: &str) -> String {
        self.pool.as_ref().map_or_else(|| name.to_owned(), |pool| format!("{pool}.{name}"))
    }

    /// What stands for a name in braces: a value of the files, or after `q.` an axis of the question
    /// with what it is if the question does not say it.
    fn value(&self, question: &Map<String, Json>, name: &str) -> String {
        let value = match name.strip_prefix("q.") {
            Some(axis) => {
                let (axis, unset) = axis.split_once(" or ").unwrap_or((axis, "1"));
                let own = question.get(&self.axis(axis)).or_else(|| question.get(axis));
                own.and_then(Json::as_str).unwrap_or(unset).to_owned()
            }
            None => self.columns.get(name).map_or_else(|| "1".to_owned(), Json::to_string),
        };
        format!("({value})")
    }
}

/// Axes that stand on edited values.
fn axes(
    question: &Map<String, Json>,
    engine: Option<&Engine>,
    stated: &Stated,
    terms: &mut BTreeMap<String, String>,
) {
    for row in engine.into_iter().flat_map(Engine::axes) {
        let (axis, rule) = (row.get("axis"), row.get("value"));
        let names = names(rule);
        let edited = names.iter().any(|n| stated.differing.contains(*n));
        // Some axes are only those of workers that do everything.
        let has = row.get("pools").is_empty() || stated.pool.is_none();
        if edited && has {
            let fill = |text: String, name: &&str| {
                text.replace(&format!("{{{name}}}"), &stated.value(question, name))
            };
            terms.insert(stated.axis(axis), names.iter().fold(rule.to_owned(), fill));
        }
    }
}

/// The precision of an edited KV cache, as the language names it.
fn cache(stated: &Stated, terms: &mut BTreeMap<String, String>) {
    const COLUMN: &str = "kv_dtype";
    if !stated.differing.contains(COLUMN) {
        return;
    }
    let dtype = stated.columns.get(COLUMN).and_then(Json::as_str).unwrap_or_default();
    match assets::table("kv_caches.tsv").find(|row| row.get("dtype") == dtype) {
        Some(row) => terms.insert(stated.axis("kv"), format!("'{}'", row.get("kv"))),
        None => terms.remove(&stated.axis("kv")),
    };
}

/// Names in braces.
fn names(text: &str) -> Vec<&str> {
    let parts = text.split('{').skip(1);
    let mut names: Vec<&str> = parts.filter_map(|p| p.split_once('}')).map(|(n, _)| n).collect();
    names.sort_unstable();
    names.dedup();
    names
}
