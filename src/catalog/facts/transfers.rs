//! Reads `transfers.yaml`: which measurements may stand in for missing ones.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::perf::{Rules, Transfers};

/// The transfers that a file allows; none without a file.
pub(in crate::catalog) fn parse(value: &Value) -> Transfers {
    let tables = value.get("tables").and_then(Value::as_object).into_iter().flatten();
    let tables = tables.map(|(table, rules)| {
        let reached = rules.get("reached").and_then(Value::as_object).into_iter().flatten();
        let reached = reached.map(|(key, levels)| (key.clone(), figures(Some(levels))));
        let endless = rules.get("endless").and_then(Value::as_array).into_iter().flatten();
        let endless = endless.filter_map(|key| Some(key.as_str()?.to_owned())).collect();
        let keys = figures(rules.get("keys"));
        let rules = Rules { keys, endless, reached: reached.collect() };
        (table.clone(), rules)
    });
    Transfers { backend: value.get("backend").and_then(Value::as_f64), tables: tables.collect() }
}

fn figures(value: Option<&Value>) -> BTreeMap<String, f64> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries.filter_map(|(name, figure)| Some((name.clone(), figure.as_f64()?))).collect()
}
