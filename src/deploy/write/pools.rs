//! Workers of one role: what templates read of them, and the file of their engine.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::checkpoint::Checkpoint;
use super::configuration::Flags;
use super::job::Job;
use super::output::Output;
use super::{kubernetes, overrides};
use crate::base::error::{Code, Error, Result};
use crate::deploy::assets;
use crate::deploy::deployment::{Deployment, Pool, missing};
use crate::deploy::json::number;
use crate::deploy::text::{Context, words, yaml};
use crate::model::value::Value;

/// What the templates of a platform read of the workers of one role; writes the engine's file.
///
/// # Errors
/// As for the files of a deployment.
pub(super) fn pool(
    job: &Job,
    pool: &Pool,
    checkpoint: &Checkpoint,
    out: &mut Output,
) -> Result<Context> {
    let (configuration, manifest) = (&job.configuration, job.platform.manifest());
    let mut values = derived(pool)?;
    let file = format!("{}_config.yaml", pool.role);
    let path = match manifest.config_folder.as_str() {
        "" => file.clone(),
        folder => format!("{folder}/{file}"),
    };
    checkpoint.describe(&mut values);
    values.set("engine_file", path);
    values.set("engine_file_name", file.clone());
    values.set("runtime", manifest.runtime.clone());
    values.set("site", manifest.site.name());
    values.set("selector", kubernetes::selector(&pool.system, configuration));
    values.set("count", configuration.deployment.replicas * pool.workers);
    let flags = |of: &BTreeMap<String, Flags>| of.get(&pool.role).cloned().unwrap_or_default();
    let engine_flags = flags(&configuration.engine);
    let template = |name: &str| job.templates.render(&job.engine.path(name), &values);
    let start = words(&template("start.args")?);
    let argv = words(&template("worker.args")?);
    let mut argv = overrides::flags(argv, &flags(&configuration.runtime), &job.accepted);
    if !job.engine.has_config() {
        argv = overrides::flags(argv, &engine_flags, &job.accepted);
    }
    job.accepted.check_arguments(&argv)?;
    if job.engine.has_config() {
        let text = config(job, &file, &values, &engine_flags)?;
        values.set("engine", text.trim_end());
        out.text(&file, text);
    }
    values.set("start", json!(start));
    values.set("argv", json!(argv));
    Ok(values)
}

/// The file that an engine reads beside its command line.
fn config(job: &Job, file: &str, values: &Context, flags: &Flags) -> Result<String> {
    let mut text = job.templates.render(&job.engine.path("config.yaml"), values)?;
    let mut keys: Json = serde_saphyr::from_str(&text)
        .map_err(|e| Error::internal(Code::ParserBug, format!("{file}: {e}")))?;
    if !flags.is_empty() {
        keys = overrides::keys(keys, flags);
        text = yaml(&keys);
    }
    job.release.keys(job.engine)?.check_keys("", &keys)?;
    Ok(text)
}

/// The GPUs of what is written are those of the answer, and no node is asked for more than it has.
///
/// # Errors
/// `AIQ0704`, `AIQ0705`.
pub(super) fn check_gpus(d: &Deployment) -> Result<()> {
    for pool in &d.pools {
        let (nodes, pod) = (pool.whole("nodes")?, pool.whole("pod_gpus")?);
        let (worker, node) = (pool.whole("gpus")?, pool.whole("node_gpus")?);
        if nodes * pod != worker || pod > node {
            let text = format!(
                "a worker ({}) of {worker} GPUs would ask {nodes} node(s) of {node} GPUs for {pod} each",
                pool.role
            );
            return Err(Error::question(Code::NotWhole, text));
        }
    }
    let sum = d.gpu_sum()?;
    if sum != d.gpus {
        let text = format!("the files would ask for {sum} GPUs, the answer has {}", d.gpus);
        return Err(Error::question(Code::MissingDeployDefinition, text));
    }
    Ok(())
}

/// What `models/deploy.aiq` derives for a role.
fn derived(pool: &Pool) -> Result<Context> {
    let mut values = Context::default();
    for (name, sourced) in &pool.values {
        let value = match &sourced.value {
            Value::Number(n) => number(*n),
            other => other.to_json(),
        };
        values.set(name, value);
    }
    values.set("role", pool.role.clone());
    let limit = pool.whole("graph_limit")?;
    let sizes = assets::lines("graph_sizes.txt")
        .flat_map(str::split_whitespace)
        .filter_map(|s| s.parse::<u64>().ok());
    let mut sizes: Vec<u64> = sizes.filter(|s| *s < limit).collect();
    sizes.push(limit);
    values.set("graph_sizes", sizes);
    pool.whole("dp_local")?;
    if values.get("running").is_none() {
        return Err(missing("running", &pool.role));
    }
    Ok(values)
}
