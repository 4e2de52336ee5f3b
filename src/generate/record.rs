//! `generator.yaml`: the row, every value with what it stands on, and what was deployed.

use serde_json::{Map, Value as Json, json};

use super::apply::{Applied, USER};
use super::keys::keys;
use super::release::Release;
use super::secrets::Secrets;
use super::word::Word;
use super::yaml::yaml;
use super::{Platform, number};
use crate::arch::value::Value;
use crate::error::{Error, Result};

/// The text of the record.
pub(super) fn record(
    a: &Applied,
    platform: Platform,
    release: &Release,
    pools: &[Map<String, Json>],
    secrets: &Secrets,
    notes: &[String],
) -> Result<String> {
    let d = &a.deployment;
    let data: Vec<Json> = d
        .data
        .iter()
        .map(|r| json!({"system": r.system, "backend": r.backend, "version": r.version, "digest": r.digest}))
        .collect();
    let question: Map<String, Json> =
        d.question.iter().map(|(n, v)| (n.clone(), v.clone().into())).collect();
    let mut tree = json!({
        "target": platform.name(), "model": d.model, "backend": d.backend, "mode": d.mode,
        "data": data, "measured_version": d.version, "engine_version": release.engine,
        "flags_version": release.flags, "runtime_version": release.runtime, "replicas": d.replicas, "gpus": d.gpus,
        "notes": notes, "question": question,
        "row": d.row, "settings": settings(a, platform, release),
    });
    let mut roles = Map::new();
    for (pool, rendered) in d.pools.iter().zip(pools) {
        let mut values = Map::new();
        for (name, sourced) in &pool.values {
            let mut line = json!({"value": rendered.get(name), "origin": sourced.origin});
            if !sourced.rule.is_empty() {
                line["rule"] = sourced.rule.clone().into();
            }
            if let Some(answered) = &sourced.answered {
                line["answered"] = match answered {
                    Value::Number(n) => number(*n),
                    other => other.to_json(),
                };
            }
            values.insert(name.clone(), line);
        }
        roles.insert(
            pool.role.clone(),
            json!({
                "system": pool.system, "workers": d.replicas * pool.workers, "values": values,
                "engine": flags(&a.engine, &pool.role), "runtime": flags(&a.runtime, &pool.role),
                "argv": argv(rendered, platform),
            }),
        );
    }
    tree["pools"] = roles.into();
    let text = format!("# Read back by `aiq check`.\n{}", yaml(&tree));
    if secrets.is_shown_in(&text) {
        let why = "a secret would stand in the record of the files";
        return Err(Error::question("AIQ0715", why)
            .help("another value has the same text; keep secrets in variables"));
    }
    Ok(text)
}

/// The command line as it stands in the files, without the quotes of a script.
fn argv(rendered: &Map<String, Json>, platform: Platform) -> Vec<String> {
    let words = rendered.get("argv").and_then(Json::as_array).into_iter().flatten();
    let words = words.filter_map(|w| serde_json::from_value::<Word>(w.clone()).ok());
    words.map(|w| if platform.is_scripts() { w.plain() } else { w.for_container() }).collect()
}

/// What the user told an engine beside the answer.
fn flags(of: &std::collections::BTreeMap<String, super::apply::Flags>, role: &str) -> Json {
    let pairs = of.get(role).into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), json!({"value": value, "origin": USER}))).collect()
}

/// Values that are not derived from the row.
fn settings(a: &Applied, platform: Platform, release: &Release) -> Json {
    let mut lines = Map::new();
    let image = release.image(platform.runtime());
    if !platform.is_scripts() {
        lines.insert("k8s.image".to_owned(), json!({"value": image, "origin": "engine version"}));
        lines.insert("k8s.node_selector".to_owned(), json!({"value": "", "origin": "hardware"}));
        let mut products: Vec<&str> =
            a.deployment.pools.iter().map(|p| super::render::product(&p.system)).collect();
        products.dedup();
        lines["k8s.node_selector"]["value"] = products.join(", ").into();
    }
    for key in keys().filter(|k| k.is_for(platform) && k.prefix().is_none()) {
        if !key.default.is_empty() {
            let line = json!({"value": key.unsaid(), "origin": "default"});
            lines.insert(key.name.to_owned(), line);
        }
    }
    for (name, value) in &a.given {
        lines.insert(name.clone(), json!({"value": value, "origin": USER}));
    }
    for (name, value) in &a.frontend {
        lines.insert(format!("frontend.{name}"), json!({"value": value, "origin": USER}));
    }
    lines.into()
}
