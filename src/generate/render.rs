//! From a deployment to texts: templates for the engines, then templates for the platform.

use std::collections::{BTreeMap, BTreeSet};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde_json::{Map, Value as Json, json};

use super::apply::{Applied, Flags, apply};
use super::deployment::{Deployment, Pool, missing};
use super::place::{Share, place};
use super::record::record;
use super::release::Release;
use super::{File, Platform, number, overlay};
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
    ("v1beta1", include_str!("../../models/deploy/templates/k8s_deploy.v1beta1.yaml.j2")),
    ("v1alpha1", include_str!("../../models/deploy/templates/k8s_deploy.v1alpha1.yaml.j2")),
    ("engine_files", include_str!("../../models/deploy/templates/engine_files.yaml.j2")),
    ("llm_d", include_str!("../../models/deploy/templates/values.yaml.j2")),
    ("kustomization", include_str!("../../models/deploy/templates/kustomization.yaml.j2")),
    ("patch", include_str!("../../models/deploy/templates/patch.yaml.j2")),
    ("bare", include_str!("../../models/deploy/templates/run.sh.j2")),
    ("bench", include_str!("../../models/deploy/templates/bench.sh.j2")),
    ("bench_job", include_str!("../../models/deploy/templates/k8s_bench.yaml.j2")),
];
const GRAPH_SIZES: &str = include_str!("../../models/deploy/graph_sizes.txt");
const PRODUCTS: &str = include_str!("../../models/deploy/products.tsv");
/// First port of the rendezvous of workers that span nodes.
const RENDEZVOUS: u64 = 29_500;
/// Kubernetes' limit for a name, less what the operator appends for component and pod.
const LONGEST_NAME: usize = 63 - 27;

/// Templates of a deployment, and words that no file may have.
struct Templates<'a> {
    environment: Environment<'static>,
    /// Words of the user.
    allowed: &'a BTreeSet<String>,
}

/// Texts of a deployment and notes.
pub(super) fn files(d: &Deployment, platform: Platform) -> Result<(Vec<File>, Vec<String>)> {
    let applied = apply(d, platform)?;
    let d = &applied.deployment;
    let engine_only = platform == Platform::LlmD;
    let release = Release::find(&d.backend, &d.version, engine_only)?;
    check_gpus(d)?;
    let mut notes = Vec::new();
    if release.engine != d.version {
        notes.push(format!(
            "the prediction is for {} {}, the images hold {}",
            d.backend, d.version, release.engine
        ));
    }
    if release.flags != release.engine {
        notes.push(format!(
            "what it is told was checked against what {} {} accepts",
            d.backend, release.flags
        ));
    }
    notes.extend(applied.notes.iter().cloned());
    let templates = Templates { environment: environment()?, allowed: &applied.words };
    let engine = format!("{}.engine", d.backend);
    let has_file = TEMPLATES.iter().any(|(name, _)| *name == engine);
    let accepted = release.arguments(&d.backend, engine_only, has_file)?;
    let mut files = Vec::new();
    let mut pools = Vec::new();
    for pool in &d.pools {
        let mut values = pool_values(d, pool)?;
        let engine_file = format!("{}_config.yaml", pool.role);
        let path = match platform {
            Platform::Dynamo => format!("/engine/{engine_file}"),
            _ => engine_file.clone(),
        };
        values.insert("engine_file".to_owned(), path.into());
        values.insert("engine_file_name".to_owned(), engine_file.clone().into());
        values.insert("runtime".to_owned(), platform_runtime(platform).into());
        values.insert("target".to_owned(), platform.name().into());
        values.insert("selector".to_owned(), selector(&pool.system, &applied.settings));
        values.insert("count".to_owned(), (d.replicas * pool.workers).into());
        let none = Vec::new();
        let own = |of: &'_ BTreeMap<String, Flags>| of.get(&pool.role).unwrap_or(&none).clone();
        let (engine_flags, runtime_flags) = (own(&applied.engine), own(&applied.runtime));
        let argv = words(&templates.render(&format!("{}.args", d.backend), &values)?);
        let mut argv = overlay::flags(argv, &runtime_flags, &accepted);
        if !has_file {
            argv = overlay::flags(argv, &engine_flags, &accepted);
        }
        accepted.check_arguments(&argv)?;
        values.insert("argv".to_owned(), argv.into());
        if has_file {
            let mut text = templates.render(&engine, &values)?;
            let mut keys: Json = serde_saphyr::from_str(&text)
                .map_err(|e| Error::internal("AIQ0901", format!("{engine_file}: {e}")))?;
            if !engine_flags.is_empty() {
                keys = overlay::keys(keys, &engine_flags);
                text = overlay::yaml(&keys);
            }
            release.keys(&d.backend)?.check_keys("", &keys)?;
            values.insert("engine".to_owned(), text.trim_end().into());
            files.push(File { name: engine_file, text });
        }
        pools.push(values);
    }
    let mut context = shared(&applied, &release, &pools)?;
    context.insert("frontend_args".to_owned(), frontend(&applied, &release, platform)?.into());
    let engine_files = match pools.iter().any(|p| p.contains_key("engine")) {
        true => templates.render("engine_files", &context)?,
        false => String::new(),
    };
    context.insert("engine_files".to_owned(), engine_files.into());
    let bench = templates.render("bench", &context)?;
    context.insert("bench_script".to_owned(), bench.trim_end().into());
    files.push(File { name: "bench.sh".to_owned(), text: bench });
    let mut add = |name: &str, template: &str, context: &Map<String, Json>| -> Result<()> {
        files.push(File { name: name.to_owned(), text: templates.render(template, context)? });
        Ok(())
    };
    let url = context.get("bench_url").and_then(Json::as_str).unwrap_or_default();
    if url.is_empty() && platform == Platform::LlmD {
        notes.push("no benchmark Job: say the address of the gateway with `bench.url`".to_owned());
    } else if platform != Platform::Bare {
        add("k8s_bench.yaml", "bench_job", &context)?;
    }
    match platform {
        Platform::Dynamo => {
            let api = applied.settings["k8s"]["api"].as_str().unwrap_or_default();
            add("k8s_deploy.yaml", api, &context)?;
        }
        Platform::LlmD => {
            add("values.yaml", "llm_d", &context)?;
            if context.get("multinode") == Some(&Json::Bool(true)) {
                notes.push(
                    "no Kustomize overlay: workers that span nodes need the chart".to_owned(),
                );
            } else {
                add("kustomization.yaml", "kustomization", &context)?;
                for pool in &pools {
                    let mut context = context.clone();
                    let role = pool.get("role").and_then(Json::as_str).unwrap_or_default();
                    let role = if role == "agg" { "decode" } else { role };
                    context.insert("pool".to_owned(), pool.clone().into());
                    add(&format!("patch-{role}.yaml"), "patch", &context)?;
                }
            }
        }
        Platform::Bare => {
            scripts(&applied, &templates, &accepted, &pools, &mut context, &mut files)?;
        }
    }
    files.push(File {
        name: super::write::MARK.to_owned(),
        text: record(&applied, platform, &release, &pools, &notes)?,
    });
    Ok((files, notes))
}

/// Arguments of the frontend; scripts say its port themselves.
fn frontend(a: &Applied, release: &Release, platform: Platform) -> Result<Vec<String>> {
    let reuse = a.deployment.pools.iter().any(|p| p.whole("reuse").is_ok_and(|n| n == 1));
    let own: &[&str] = if reuse { &["--router-mode", "kv"] } else { &[] };
    let accepted = release.frontend()?;
    let argv = own.iter().map(|w| (*w).to_owned()).collect();
    let argv = overlay::flags(argv, &a.frontend, &accepted);
    accepted.check_arguments(&argv)?;
    let quote = platform == Platform::Bare;
    Ok(argv.iter().map(|w| if quote { quoted(w) } else { w.clone() }).collect())
}

/// Labels of the nodes for these GPUs.
fn selector(system: &str, settings: &Map<String, Json>) -> Json {
    let mut labels = Map::new();
    if !product(system).is_empty() {
        labels.insert("nvidia.com/gpu.product".to_owned(), product(system).into());
    }
    if let Some(Json::Object(own)) = settings.get("k8s").map(|k| &k["node_selector"]) {
        labels.extend(own.clone());
    }
    labels.retain(|_, label| label.as_str() != Some(""));
    labels.into()
}

/// The label that nodes with these GPUs carry; empty if that is not known.
pub(super) fn product(system: &str) -> &'static str {
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

impl Templates<'_> {
    /// Renders a template. A null or absent value is an error, never a word in a file.
    fn render(&self, name: &str, values: &Map<String, Json>) -> Result<String> {
        let template = self.environment.get_template(name);
        let text = template.and_then(|t| t.render(Serde(values))).map_err(|e| {
            let detail = e.detail().unwrap_or_default();
            match detail.strip_prefix("refused: ") {
                Some(why) => Error::question("AIQ0708", why),
                None => {
                    Error::data("AIQ0703", format!("the files need a value that is absent: {e:#}"))
                }
            }
        })?;
        let plain = text.replace("/dev/null", "");
        let mut words = plain.split(|c: char| !c.is_alphanumeric() && c != '_');
        let absent = |w: &&str| {
            matches!(*w, "None" | "null" | "none" | "undefined" | "NaN")
                && !self.allowed.contains(*w)
        };
        match words.find(absent) {
            Some(word) => {
                Err(Error::internal("AIQ0703", format!("`{word}` would be written as a value")))
            }
            None => Ok(text),
        }
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

fn shared(a: &Applied, r: &Release, pools: &[Map<String, Json>]) -> Result<Map<String, Json>> {
    let d = &a.deployment;
    let predicted = (d.concurrency.round() as u64).max(1);
    let said = |group: &str, name: &str| a.settings[group][name].clone();
    let text = |group: &str, name: &str| {
        said(group, name).as_str().filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let mut loads: Vec<u64> = match said("bench", "loads") {
        Json::Array(list) if !list.is_empty() => list.iter().filter_map(Json::as_u64).collect(),
        _ => {
            let mut loads: Vec<u64> =
                [1, 2, 8, 32, 128].into_iter().filter(|c| *c < predicted).collect();
            loads.extend([predicted * 95 / 100, predicted, predicted * 105 / 100]);
            loads
        }
    };
    loads.retain(|c| *c > 0);
    loads.sort_unstable();
    loads.dedup();
    let reuse = pools.iter().any(|p| p.get("reuse").and_then(Json::as_u64) == Some(1));
    let multinode = pools.iter().any(|p| p.get("nodes").and_then(Json::as_u64) > Some(1));
    let name = match text("k8s", "name") {
        Some(name) => name,
        None => kubernetes_name(d)?,
    };
    let url = match (text("bench", "url"), pools.iter().any(|p| p["target"] == "dynamo")) {
        (Some(url), _) => url,
        (None, true) => format!("http://{name}-frontend:8000"),
        (None, false) => String::new(),
    };
    let own = json!({
        "name": name, "bench_url": url,
        "model": d.model, "mode": d.mode, "backend": d.backend,
        "image": text("k8s", "image").unwrap_or_else(|| r.runtime_image.clone()),
        "engine_image": text("k8s", "image").unwrap_or_else(|| r.engine_image.clone()),
        "replicas": d.replicas, "gpus": d.gpus,
        "arithmetic": d.arithmetic()?, "concurrency": predicted, "loads": loads,
        "isl": number(d.isl), "osl": number(d.osl), "pools": pools, "reuse": reuse,
        "multinode": multinode,
    });
    match own {
        Json::Object(mut map) => {
            map.extend(a.settings.clone());
            Ok(map)
        }
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
    applied: &Applied,
    templates: &Templates<'_>,
    accepted: &super::flags::Accepted,
    pools: &[Map<String, Json>],
    context: &mut Map<String, Json>,
    files: &mut Vec<File>,
) -> Result<()> {
    let d = &applied.deployment;
    let exports = applied.settings["env"].as_object().into_iter().flatten();
    let exports: Map<String, Json> = exports
        .map(|(name, value)| (name.clone(), quoted(value.as_str().unwrap_or_default()).into()))
        .collect();
    context.insert("exports".to_owned(), exports.into());
    let shares = place(d)?;
    let count = shares.iter().map(|s| s.node + 1).max().unwrap_or(0);
    context.insert("nodes".to_owned(), (0..count).collect::<Vec<_>>().into());
    for node in 0..count {
        let mut workers = Vec::new();
        for (slot, share) in shares.iter().filter(|s| s.node == node).enumerate() {
            workers.push(worker(d, templates, accepted, pools, share, slot)?);
        }
        context.insert("node".to_owned(), node.into());
        context.insert("workers".to_owned(), workers.into());
        let text = templates.render("bare", context)?;
        files.push(File { name: format!("run_{node}.sh"), text });
    }
    Ok(())
}

fn worker(
    d: &Deployment,
    templates: &Templates<'_>,
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
    argv.extend(words(&templates.render(&format!("{}.node", d.backend), &values)?));
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

/// A word for bash. Addresses of nodes are variables of the script; nothing else is.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,".contains(c);
    let address = word.strip_prefix("${NODE_").and_then(|w| w.split_once('}'));
    let own = address.is_some_and(|(node, port)| {
        node.chars().all(|c| c.is_ascii_digit()) && port.chars().all(plain)
    });
    if own {
        format!("\"{word}\"")
    } else if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
