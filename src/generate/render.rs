//! From a deployment to texts: templates for the engines, then templates for the platform.

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value as Json, json};

use super::deployment::{Deployment, Pool, missing};
use super::place::{Share, place};
use super::release::Release;
use super::{File, Platform, number};
use crate::error::{Error, Result};
use crate::plan::value::Value;

const TEMPLATES: &[(&str, &str)] = &[
    ("vllm.args", include_str!("../../models/deploy/templates/vllm.args.j2")),
    ("vllm.node", include_str!("../../models/deploy/templates/vllm.node.j2")),
    ("sglang.args", include_str!("../../models/deploy/templates/sglang.args.j2")),
    ("sglang.node", include_str!("../../models/deploy/templates/sglang.node.j2")),
    ("trtllm.args", include_str!("../../models/deploy/templates/trtllm.args.j2")),
    ("trtllm.node", include_str!("../../models/deploy/templates/trtllm.node.j2")),
    ("trtllm.engine", include_str!("../../models/deploy/templates/trtllm.engine.j2")),
    ("dynamo", include_str!("../../models/deploy/templates/k8s_deploy.yaml.j2")),
    ("llm_d", include_str!("../../models/deploy/templates/values.yaml.j2")),
    ("bare", include_str!("../../models/deploy/templates/run.sh.j2")),
    ("bench", include_str!("../../models/deploy/templates/bench.sh.j2")),
];
const GRAPH_SIZES: &str = include_str!("../../models/deploy/graph_sizes.txt");
const PRODUCTS: &str = include_str!("../../models/deploy/products.tsv");
/// First port of the rendezvous of workers that span nodes.
const RENDEZVOUS: u64 = 29_500;
/// Kubernetes' limit for a name, less what the operator appends for component and pod.
const LONGEST_NAME: usize = 63 - 27;

/// Texts of a deployment and notes.
pub(super) fn files(d: &Deployment, platform: Platform) -> Result<(Vec<File>, Vec<String>)> {
    let release = Release::find(&d.backend, &d.version)?;
    check_gpus(d)?;
    let mut notes = Vec::new();
    if release.engine != d.version {
        notes.push(format!(
            "the prediction is for {} {}, the images hold {}",
            d.backend, d.version, release.engine
        ));
    }
    let environment = environment()?;
    let accepted = release.arguments(&d.backend, platform == Platform::LlmD)?;
    let mut files = Vec::new();
    let mut pools = Vec::new();
    for pool in &d.pools {
        let engine_file = format!("{}_config.yaml", pool.role);
        let path = match platform {
            Platform::Dynamo => format!("/engine/{engine_file}"),
            _ => engine_file.clone(),
        };
        let mut values = pool_values(d, pool)?;
        values.insert("engine_file".to_owned(), path.into());
        values.insert("engine_file_name".to_owned(), engine_file.clone().into());
        values.insert("runtime".to_owned(), platform_runtime(platform).into());
        values.insert("target".to_owned(), platform.name().into());
        values.insert("product".to_owned(), product(&pool.system).into());
        values.insert("count".to_owned(), (d.replicas * pool.workers).into());
        let argv = words(&render(&environment, &format!("{}.args", d.backend), &values)?);
        accepted.check_arguments(&argv)?;
        values.insert("argv".to_owned(), argv.into());
        let engine = format!("{}.engine", d.backend);
        if TEMPLATES.iter().any(|(name, _)| *name == engine) {
            let text = render(&environment, &engine, &values)?;
            let keys: Json = serde_saphyr::from_str(&text)
                .map_err(|e| Error::internal("AIQ0901", format!("{engine_file}: {e}")))?;
            release.keys(&d.backend)?.check_keys("", &keys)?;
            values.insert("engine".to_owned(), text.trim_end().into());
            files.push(File { name: engine_file, text });
        }
        pools.push(values);
    }
    let mut context = shared(d, &release, &pools)?;
    match platform {
        Platform::Dynamo => files.push(File {
            name: "k8s_deploy.yaml".to_owned(),
            text: render(&environment, "dynamo", &context)?,
        }),
        Platform::LlmD => files.push(File {
            name: "values.yaml".to_owned(),
            text: render(&environment, "llm_d", &context)?,
        }),
        Platform::Bare => scripts(d, &environment, &accepted, &pools, &mut context, &mut files)?,
    }
    files
        .push(File { name: "bench.sh".to_owned(), text: render(&environment, "bench", &context)? });
    files.push(File {
        name: super::write::MARK.to_owned(),
        text: record(d, platform, &release, &pools, &notes),
    });
    Ok((files, notes))
}

/// The label that nodes with these GPUs carry; empty if that is not known.
fn product(system: &str) -> &'static str {
    let rows = PRODUCTS.lines().skip(1).filter_map(|line| line.split_once('\t'));
    rows.into_iter().find(|(name, _)| *name == system).map_or("", |(_, product)| product)
}

/// What runs the engines: llm-d runs them as they are.
fn platform_runtime(platform: Platform) -> &'static str {
    if platform == Platform::LlmD { "llm_d" } else { "dynamo" }
}

/// The GPUs of what is written are those of the answer, and no node is asked for more than it has.
fn check_gpus(d: &Deployment) -> Result<()> {
    for pool in &d.pools {
        let (nodes, pod) = (pool.whole("nodes")?, pool.whole("pod_gpus")?);
        let (worker, node) = (pool.whole("gpus")?, pool.whole("node_gpus")?);
        if nodes * pod != worker || pod > node {
            let text = format!(
                "a worker ({}) of {worker} GPUs would ask {nodes} node(s) of {node} GPUs for {pod} each",
                pool.role
            );
            return Err(Error::question("AIQ0705", text));
        }
    }
    let sum = d.gpu_sum()?;
    if sum != d.gpus {
        let text = format!("the files would ask for {sum} GPUs, the answer has {}", d.gpus);
        return Err(Error::question("AIQ0704", text));
    }
    Ok(())
}

fn environment() -> Result<Environment<'static>> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .map_err(|e| Error::internal("AIQ0901", e.to_string()))?;
    environment.set_syntax(syntax);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_function("refuse", |why: String| -> Result<String, minijinja::Error> {
        Err(minijinja::Error::new(
            minijinja::ErrorKind::InvalidOperation,
            format!("refused: {why}"),
        ))
    });
    for (name, text) in TEMPLATES {
        environment
            .add_template(name, text)
            .map_err(|e| Error::internal("AIQ0901", format!("template {name}: {e:#}")))?;
    }
    Ok(environment)
}

/// Renders a template. A null or absent value is an error, never a word in a file.
fn render(environment: &Environment<'_>, name: &str, values: &Map<String, Json>) -> Result<String> {
    let template = environment.get_template(name);
    let text = template.and_then(|t| t.render(Serde(values))).map_err(|e| {
        let detail = e.detail().unwrap_or_default();
        match detail.strip_prefix("refused: ") {
            Some(why) => Error::question("AIQ0708", why),
            None => Error::data("AIQ0703", format!("the files need a value that is absent: {e:#}")),
        }
    })?;
    let plain = text.replace("/dev/null", "");
    let mut words = plain.split(|c: char| !c.is_alphanumeric() && c != '_');
    match words.find(|w| matches!(*w, "None" | "null" | "none" | "undefined" | "NaN")) {
        Some(word) => {
            Err(Error::internal("AIQ0703", format!("`{word}` would be written as a value")))
        }
        None => Ok(text),
    }
}

fn pool_values(d: &Deployment, pool: &Pool) -> Result<Map<String, Json>> {
    let mut values = Map::new();
    for (name, sourced) in &pool.values {
        let value = match &sourced.value {
            Value::Number(n) => number(*n),
            other => other.to_json(),
        };
        values.insert(name.clone(), value);
    }
    values.insert("role".to_owned(), pool.role.clone().into());
    values.insert("model".to_owned(), d.model.clone().into());
    let limit = pool.whole("graph_limit")?;
    let sizes = GRAPH_SIZES.split_whitespace().filter_map(|s| s.parse::<u64>().ok());
    let mut sizes: Vec<u64> = sizes.filter(|s| *s < limit).collect();
    sizes.push(limit);
    values.insert("graph_sizes".to_owned(), sizes.into());
    pool.whole("dp_local")?;
    if !values.contains_key("running") {
        return Err(missing("running", &pool.role));
    }
    Ok(values)
}

/// A flag a line, with its value behind it; values in braces are one word.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        match line.split_once(' ') {
            Some((flag, value)) if value.starts_with('{') => {
                words.extend([flag.to_owned(), value.to_owned()]);
            }
            _ => words.extend(line.split_whitespace().map(str::to_owned)),
        }
    }
    words
}

fn shared(d: &Deployment, r: &Release, pools: &[Map<String, Json>]) -> Result<Map<String, Json>> {
    let predicted = (d.concurrency.round() as u64).max(1);
    let mut loads: Vec<u64> = [1, 2, 8, 32, 128].into_iter().filter(|c| *c < predicted).collect();
    loads.extend([predicted * 95 / 100, predicted, predicted * 105 / 100]);
    loads.retain(|c| *c > 0);
    loads.sort_unstable();
    loads.dedup();
    let reuse = pools.iter().any(|p| p.get("reuse").and_then(Json::as_u64) == Some(1));
    let multinode = pools.iter().any(|p| p.get("nodes").and_then(Json::as_u64) > Some(1));
    let context = json!({
        "name": kubernetes_name(d)?,
        "model": d.model, "mode": d.mode, "backend": d.backend, "image": r.runtime_image,
        "engine_image": r.engine_image, "replicas": d.replicas, "gpus": d.gpus,
        "arithmetic": d.arithmetic()?, "concurrency": predicted, "loads": loads,
        "isl": number(d.isl), "osl": number(d.osl), "pools": pools, "reuse": reuse,
        "multinode": multinode,
    });
    match context {
        Json::Object(map) => Ok(map),
        _ => Err(Error::internal("AIQ0901", "a context is a map")),
    }
}

/// A name that Kubernetes takes, from the model and the mode.
fn kubernetes_name(d: &Deployment) -> Result<String> {
    let last = d.model.rsplit('/').next().unwrap_or_default().to_lowercase();
    let parts: Vec<&str> =
        last.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
    let mut name = String::new();
    for part in parts {
        if name.len() + part.len() + 1 + d.mode.len() < LONGEST_NAME {
            name = if name.is_empty() { part.to_owned() } else { format!("{name}-{part}") };
        } else {
            break;
        }
    }
    let name = format!("{name}-{}", d.mode);
    let sound = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.len() <= LONGEST_NAME;
    if sound {
        return Ok(name);
    }
    Err(Error::question("AIQ0707", format!("Kubernetes takes no name made of `{}`", d.model)))
}

/// One script for each node.
fn scripts(
    d: &Deployment,
    environment: &Environment<'_>,
    accepted: &super::flags::Accepted,
    pools: &[Map<String, Json>],
    context: &mut Map<String, Json>,
    files: &mut Vec<File>,
) -> Result<()> {
    let shares = place(d)?;
    let count = shares.iter().map(|s| s.node + 1).max().unwrap_or(0);
    context.insert("nodes".to_owned(), (0..count).collect::<Vec<_>>().into());
    for node in 0..count {
        let mut workers = Vec::new();
        for (slot, share) in shares.iter().filter(|s| s.node == node).enumerate() {
            workers.push(worker(d, environment, accepted, pools, share, slot)?);
        }
        context.insert("node".to_owned(), node.into());
        context.insert("workers".to_owned(), workers.into());
        let text = render(environment, "bare", context)?;
        files.push(File { name: format!("run_{node}.sh"), text });
    }
    Ok(())
}

fn worker(
    d: &Deployment,
    environment: &Environment<'_>,
    accepted: &super::flags::Accepted,
    pools: &[Map<String, Json>],
    share: &Share,
    slot: usize,
) -> Result<Json> {
    let mut values = pools.get(share.pool).cloned().unwrap_or_default();
    let leader = share.hosts.first().copied().unwrap_or(share.node);
    values.insert("node_rank".to_owned(), share.node_rank.into());
    values.insert("leader".to_owned(), leader.into());
    // Workers that share a leader node need rendezvous of their own.
    let port = RENDEZVOUS + share.index * 100 + share.pool as u64 * 10_000;
    values.insert("port".to_owned(), (1024 + port % 60_000).into());
    let mut argv: Vec<String> = values
        .get("argv")
        .and_then(Json::as_array)
        .map(|a| a.iter().filter_map(Json::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    values.insert("slot".to_owned(), slot.into());
    argv.extend(words(&render(environment, &format!("{}.node", d.backend), &values)?));
    accepted.check_arguments(&argv)?;
    let devices: Vec<String> =
        (share.first..share.first + share.gpus).map(|g| g.to_string()).collect();
    Ok(json!({
        "role": values.get("role"), "index": share.index, "node_rank": share.node_rank,
        "nodes": share.hosts.len(), "hosts": share.hosts, "leader": leader, "slot": slot,
        "devices": devices.join(","), "pod_gpus": share.gpus,
        "gpus": share.gpus * share.hosts.len() as u64,
        "argv": argv.iter().map(|a| quoted(a)).collect::<Vec<_>>(),
    }))
}

/// A word for bash; variables of the script stay variables.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
    if word.contains("${") {
        format!("\"{word}\"")
    } else if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// `generator.yaml`: the row, every value with its origin, what was deployed.
fn record(
    d: &Deployment,
    platform: Platform,
    release: &Release,
    pools: &[Map<String, Json>],
    notes: &[String],
) -> String {
    let mut text = format!(
        "# Read back by `aiq check`.\ntarget: {}\nbackend: {}\nmode: {}\nmeasured_version: {:?}\nengine_version: {:?}\nruntime_version: {:?}\nreplicas: {}\ngpus: {}\n",
        platform.name(),
        d.backend,
        d.mode,
        d.version,
        release.engine,
        release.runtime,
        d.replicas,
        d.gpus
    );
    text.push_str(&format!("notes: {}\n", json!(notes)));
    text.push_str("row:\n");
    for (name, value) in &d.row {
        text.push_str(&format!("  {name}: {value}\n"));
    }
    text.push_str("pools:\n");
    for (pool, values) in d.pools.iter().zip(pools) {
        text.push_str(&format!(
            "  {}:\n    system: {}\n    workers: {}\n    values:\n",
            pool.role,
            pool.system,
            d.replicas * pool.workers
        ));
        for (name, sourced) in &pool.values {
            let value = values.get(name).cloned().unwrap_or(Json::Null);
            text.push_str(&format!("      {name}: {value}  # {}\n", sourced.origin));
        }
        text.push_str(&format!("    argv: {}\n", values.get("argv").cloned().unwrap_or_default()));
    }
    text
}
