//! From a deployment to texts: templates for the engines, then templates for the platform.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::apply::{Applied, Flags, apply};
use super::bench;
use super::deployment::{Deployment, Pool, missing};
use super::flags::Accepted;
use super::record::record;
use super::release::Release;
use super::scripts::scripts;
use super::secrets::Secrets;
use super::templates::Templates;
use super::word::{Word, words};
use super::{File, Platform, RECORD, Runtime, number, overlay, yaml};
use crate::arch::value::Value;
use crate::error::{Error, Result};
use crate::publish::Mode;
use crate::tsv;

const GRAPH_SIZES: &str = include_str!("../../models/deploy/graph_sizes.txt");
const PRODUCTS: &str = include_str!("../../models/deploy/products.tsv");
/// Kubernetes' limit for a name, less what the operator appends for component and pod.
const LONGEST_NAME: usize = 63 - 27;

/// Files of a deployment as they come.
pub(super) struct Files<'a> {
    pub(super) templates: &'a Templates,
    pub(super) files: Vec<File>,
}

impl Files<'_> {
    pub(super) fn text(&mut self, name: &str, text: String) {
        let mode = if name.ends_with(".sh") { Mode::Script } else { Mode::Plain };
        self.files.push(File { name: name.to_owned(), text, mode });
    }

    pub(super) fn render(
        &mut self,
        name: &str,
        template: &str,
        context: &Map<String, Json>,
    ) -> Result<()> {
        let text = self.templates.render(template, context)?;
        self.text(name, text);
        Ok(())
    }
}

/// Texts of a deployment and notes.
pub(super) fn files(d: &Deployment, platform: Platform) -> Result<(Vec<File>, Vec<String>)> {
    platform.serves(&d.backend)?;
    let mut applied = apply(d, platform)?;
    let secrets = Secrets::take(&mut applied)?;
    let runtime = platform.runtime();
    let release = Release::find(&d.backend, &d.version, runtime)?;
    check_gpus(&applied.deployment)?;
    let checkpoint = Checkpoint::of(&applied, platform);
    let mut notes = notes(&applied, &release);
    notes.extend(checkpoint.note.clone());
    let templates = Templates::new()?;
    let mut out = Files { templates: &templates, files: Vec::new() };
    let accepted = release.arguments(&d.backend, runtime, has_file(&d.backend))?;
    let mut pools = Vec::new();
    for pool in &applied.deployment.pools {
        pools.push(worker_kind(
            &applied,
            platform,
            pool,
            &checkpoint,
            &release,
            &accepted,
            &mut out,
        )?);
    }
    let mut context = shared(&applied, platform, &release, &pools)?;
    checkpoint.say(&mut context);
    secrets.say(&mut context);
    notes.extend(secrets.note(platform, &context));
    out.files.extend(secrets.file());
    if runtime == Runtime::Dynamo {
        context.insert("frontend_args".to_owned(), frontend(&applied, &release)?);
    }
    bench::files(&applied, platform, &mut context, &mut out, &mut notes)?;
    match platform {
        Platform::Dynamo => {
            let engine_files = match has_file(&d.backend) {
                true => templates.render("engine_files.yaml", &context)?,
                false => String::new(),
            };
            context.insert("engine_files".to_owned(), engine_files.into());
            let api = applied.settings["k8s"]["api"].as_str().unwrap_or_default();
            out.render("k8s_deploy.yaml", &format!("{api}.yaml"), &context)?;
        }
        Platform::LlmD => llm_d(&pools, &context, &mut out, &mut notes)?,
        _ => scripts(&applied, platform, &accepted, &pools, context, &mut out)?,
    }
    let text = record(&applied, platform, &release, &pools, &secrets, &notes)?;
    out.text(RECORD, text);
    Ok((out.files, notes))
}

/// Whether an engine reads a file of its own beside its command line.
fn has_file(backend: &str) -> bool {
    Templates::has(&format!("{backend}.engine.yaml"))
}

fn notes(a: &Applied, release: &Release) -> Vec<String> {
    let d = &a.deployment;
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
    notes.extend(a.notes.iter().cloned());
    notes
}

/// Where workers find the checkpoint, and what clients call it.
struct Checkpoint {
    path: String,
    name: String,
    /// Where clients find its tokenizer: a path within a pod is of no use to them.
    tokenizer: String,
    note: Option<String>,
}

impl Checkpoint {
    fn of(a: &Applied, platform: Platform) -> Self {
        let said = |name: &str| a.settings[name].as_str().filter(|t| !t.is_empty());
        let model = &a.deployment.model;
        // A folder is a place of this machine, wherever the files are taken to.
        let folder = Path::new(model).canonicalize().ok().filter(|p| p.is_dir());
        let path = match (said("checkpoint"), &folder) {
            (Some(path), _) => path.to_owned(),
            (None, Some(folder)) => folder.to_string_lossy().into_owned(),
            (None, None) => model.clone(),
        };
        let last = folder.as_deref().and_then(Path::file_name).map(|n| n.to_string_lossy());
        let name = said("served_name").map(str::to_owned).or(last.map(Into::into));
        let elsewhere = !platform.is_scripts() && said("checkpoint").is_none();
        let note = (elsewhere && folder.is_some()).then(|| {
            format!(
                "`{path}` is a folder of this machine: say where pods find the checkpoint, such as \
                 `checkpoint = '/models/...'` with `k8s.model_claim`"
            )
        });
        let tokenizer = if platform.is_scripts() { path.clone() } else { model.clone() };
        Self { path, name: name.unwrap_or_else(|| model.clone()), tokenizer, note }
    }

    fn say(&self, values: &mut Map<String, Json>) {
        values.insert("checkpoint".to_owned(), self.path.clone().into());
        values.insert("served_name".to_owned(), self.name.clone().into());
        values.insert("tokenizer".to_owned(), self.tokenizer.clone().into());
    }
}

/// What the templates of a platform read of the workers of one role; writes the engine's file.
fn worker_kind(
    applied: &Applied,
    platform: Platform,
    pool: &Pool,
    checkpoint: &Checkpoint,
    release: &Release,
    accepted: &Accepted,
    out: &mut Files<'_>,
) -> Result<Map<String, Json>> {
    let d = &applied.deployment;
    let mut values = pool_values(pool)?;
    let engine_file = format!("{}_config.yaml", pool.role);
    let path = match platform {
        Platform::Dynamo => format!("/engine/{engine_file}"),
        _ => engine_file.clone(),
    };
    checkpoint.say(&mut values);
    values.insert("engine_file".to_owned(), path.into());
    values.insert("engine_file_name".to_owned(), engine_file.clone().into());
    values.insert("runtime".to_owned(), platform.runtime().name().into());
    values.insert("target".to_owned(), platform.name().into());
    values.insert("selector".to_owned(), selector(&pool.system, &applied.settings));
    values.insert("count".to_owned(), (d.replicas * pool.workers).into());
    let own = |of: &BTreeMap<String, Flags>| of.get(&pool.role).cloned().unwrap_or_default();
    let engine_flags = own(&applied.engine);
    let argv = words(&out.templates.render(&format!("{}.args", d.backend), &values)?);
    let mut argv = overlay::flags(argv, &own(&applied.runtime), accepted);
    if !has_file(&d.backend) {
        argv = overlay::flags(argv, &engine_flags, accepted);
    }
    accepted.check_arguments(&argv)?;
    values.insert("argv".to_owned(), json!(argv));
    if has_file(&d.backend) {
        let mut text = out.templates.render(&format!("{}.engine.yaml", d.backend), &values)?;
        let mut keys: Json = serde_saphyr::from_str(&text)
            .map_err(|e| Error::internal("AIQ0901", format!("{engine_file}: {e}")))?;
        if !engine_flags.is_empty() {
            keys = overlay::keys(keys, &engine_flags);
            text = yaml::yaml(&keys);
        }
        release.keys(&d.backend)?.check_keys("", &keys)?;
        values.insert("engine".to_owned(), text.trim_end().into());
        out.text(&engine_file, text);
    }
    Ok(values)
}

fn llm_d(
    pools: &[Map<String, Json>],
    context: &Map<String, Json>,
    out: &mut Files<'_>,
    notes: &mut Vec<String>,
) -> Result<()> {
    out.render("values.yaml", "llm_d.yaml", context)?;
    if context.get("multinode") == Some(&Json::Bool(true)) {
        notes.push("no Kustomize overlay: workers that span nodes need the chart".to_owned());
        return Ok(());
    }
    out.render("kustomization.yaml", "kustomization.yaml", context)?;
    for pool in pools {
        let mut context = context.clone();
        let role = pool.get("role").and_then(Json::as_str).unwrap_or_default();
        let role = if role == "agg" { "decode" } else { role };
        context.insert("pool".to_owned(), pool.clone().into());
        out.render(&format!("patch-{role}.yaml"), "patch.yaml", &context)?;
    }
    Ok(())
}

/// Arguments of the frontend; scripts say its port themselves.
fn frontend(a: &Applied, release: &Release) -> Result<Json> {
    let reuse = a.deployment.pools.iter().any(|p| p.whole("reuse").is_ok_and(|n| n == 1));
    let own: &[&str] = if reuse { &["--router-mode", "kv"] } else { &[] };
    let accepted = release.frontend()?;
    let argv = own.iter().map(|w| Word::text(w)).collect();
    let argv = overlay::flags(argv, &a.frontend, &accepted);
    accepted.check_arguments(&argv)?;
    Ok(json!(argv))
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
    let own = tsv::rows(PRODUCTS).find(|row| row.get("system") == system);
    own.map_or("", |row| row.get("product"))
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

fn pool_values(pool: &Pool) -> Result<Map<String, Json>> {
    let mut values = Map::new();
    for (name, sourced) in &pool.values {
        let value = match &sourced.value {
            Value::Number(n) => number(*n),
            other => other.to_json(),
        };
        values.insert(name.clone(), value);
    }
    values.insert("role".to_owned(), pool.role.clone().into());
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

/// What the templates of a platform read beside the workers.
fn shared(
    a: &Applied,
    platform: Platform,
    r: &Release,
    pools: &[Map<String, Json>],
) -> Result<Map<String, Json>> {
    let d = &a.deployment;
    let text = |group: &str, name: &str| {
        a.settings[group][name].as_str().filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let reuse = pools.iter().any(|p| p.get("reuse").and_then(Json::as_u64) == Some(1));
    let multinode = pools.iter().any(|p| p.get("nodes").and_then(Json::as_u64) > Some(1));
    let name = match text("k8s", "name") {
        Some(name) => name,
        None if platform.is_scripts() => String::new(),
        None => kubernetes_name(d)?,
    };
    let mut map = Map::new();
    map.extend(a.settings.clone());
    let own = json!({
        "name": name, "mode": d.mode, "backend": d.backend,
        "image": text("k8s", "image").unwrap_or_else(|| r.runtime_image.clone()),
        "engine_image": text("k8s", "image").unwrap_or_else(|| r.engine_image.clone()),
        "replicas": d.replicas, "gpus": d.gpus, "arithmetic": d.arithmetic()?,
        "pools": pools, "reuse": reuse, "multinode": multinode,
    });
    if let Json::Object(own) = own {
        map.extend(own);
    }
    Ok(map)
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
    Err(Error::question("AIQ0707", format!("Kubernetes takes no name made of `{}`", d.model))
        .help("say one with `k8s.name`"))
}
