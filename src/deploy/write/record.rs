//! `generator.yaml`: the row, every value with what it stands on, and what was deployed.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json, json};

use super::configuration::{Configuration, Flags, USER};
use super::job::Job;
use super::secrets::Secrets;
use super::site::WhereItRuns;
use crate::base::error::{Code, Error, Result};
use crate::deploy::deployment::{Pool, Sourced};
use crate::deploy::facts::keys;
use crate::deploy::json::{flattened, number};
use crate::deploy::text::{Context, yaml};
use crate::model::value::Value;

/// The text of the record.
///
/// # Errors
/// `AIQ0715` for a secret that would stand in it.
pub(super) fn record(
    job: &Job,
    site: &dyn WhereItRuns,
    pools: &[Context],
    secrets: &Secrets,
    notes: &[String],
) -> Result<String> {
    let (configuration, release) = (&job.configuration, &job.release);
    let d = &configuration.deployment;
    let data: Vec<Json> = d
        .data
        .iter()
        .map(|r| json!({"system": r.system, "backend": r.backend, "version": r.version, "digest": r.digest}))
        .collect();
    let question: Map<String, Json> =
        d.question.iter().map(|(n, v)| (n.clone(), v.clone().into())).collect();
    let mut tree = json!({
        "target": job.platform.name(), "model": d.model, "backend": d.backend, "mode": d.mode,
        "data": data, "measured_version": d.version, "engine_version": release.engine,
        "flags_version": release.flags, "runtime_version": release.runtime, "replicas": d.replicas, "gpus": d.gpus,
        "notes": notes, "question": question, "row": d.row, "settings": settings(job, site)?,
    });
    let roles = d.pools.iter().zip(pools);
    let roles =
        roles.map(|(pool, values)| (pool.role.clone(), role(configuration, site, pool, values)));
    tree["pools"] = roles.collect::<Map<String, Json>>().into();
    let text = format!("# Read back by `aiq check`.\n{}", yaml(&tree));
    if secrets.is_shown_in(&text) {
        let why = "a secret would stand in the record of the files";
        return Err(Error::question(Code::SecretReadable, why)
            .help("another value has the same text; keep secrets in variables"));
    }
    Ok(text)
}

/// The workers of one role: each value with what it stands on, and the command line without the
/// quotes of a script.
fn role(
    configuration: &Configuration,
    site: &dyn WhereItRuns,
    pool: &Pool,
    values: &Context,
) -> Json {
    let argv: Vec<String> = values.words("argv").iter().map(|word| site.word(word)).collect();
    let sourced = pool.values.iter();
    let sourced: Map<String, Json> =
        sourced.map(|(name, value)| (name.clone(), line(values.get(name), value))).collect();
    json!({
        "system": pool.system, "workers": configuration.deployment.replicas * pool.workers,
        "values": sourced, "engine": flags(&configuration.engine, &pool.role),
        "runtime": flags(&configuration.runtime, &pool.role), "argv": argv,
        "keys": keys_of(values),
    })
}

/// The keys of the file that the engine reads, where it reads one, with their values.
fn keys_of(values: &Context) -> BTreeMap<String, String> {
    let text = values.get("engine").and_then(Json::as_str);
    let tree = text.and_then(|text| serde_saphyr::from_str::<Json>(text).ok());
    tree.as_ref().map(flattened).unwrap_or_default()
}

/// A value with what it stands on.
fn line(value: Option<&Json>, sourced: &Sourced) -> Json {
    let mut line = json!({"value": value, "origin": sourced.origin});
    if !sourced.rule.is_empty() {
        line["rule"] = sourced.rule.clone().into();
    }
    if let Some(answered) = &sourced.answered {
        line["answered"] = match answered {
            Value::Number(n) => number(*n),
            other => other.to_json(),
        };
    }
    line
}

/// What the user gave an engine beside the answer.
fn flags(of: &BTreeMap<String, Flags>, role: &str) -> Json {
    let pairs = of.get(role).into_iter().flatten();
    pairs.map(|(name, value)| (name.clone(), json!({"value": value, "origin": USER}))).collect()
}

/// Values that are not derived from the row.
fn settings(job: &Job, site: &dyn WhereItRuns) -> Result<Json> {
    let configuration = &job.configuration;
    let mut lines = site.settings(configuration, &job.release.image);
    let own = keys()?.into_iter().filter(|k| k.is_for(job.platform) && k.prefix().is_none());
    for key in own.filter(|k| !k.default.is_empty()) {
        let line = json!({"value": key.default_value(), "origin": "default"});
        lines.insert(key.name.to_owned(), line);
    }
    for (name, value) in &configuration.given {
        lines.insert(name.clone(), json!({"value": value, "origin": USER}));
    }
    for (name, value) in &configuration.frontend {
        lines.insert(format!("frontend.{name}"), json!({"value": value, "origin": USER}));
    }
    Ok(lines.into())
}
