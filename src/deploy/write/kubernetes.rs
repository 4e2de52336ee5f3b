//! Workers in a cluster: what its resources are called and which nodes they go to.

use serde_json::{Map, Value as Json, json};

use super::configuration::Configuration;
use super::job::Job;
use super::output::Output;
use super::site::WhereItRuns;
use crate::base::error::{Code, Error, Result};
use crate::deploy::assets;
use crate::deploy::deployment::Deployment;
use crate::deploy::text::{Context, Word};

/// Kubernetes' limit for a name, less what operators append for component and pod.
const LONGEST_NAME: usize = 63 - 27;

/// A Kubernetes cluster.
pub(super) struct Kubernetes;

impl WhereItRuns for Kubernetes {
    fn word(&self, word: &Word) -> String {
        word.for_container()
    }

    fn has_local_folders(&self) -> bool {
        false
    }

    fn name(&self, configuration: &Configuration) -> Result<String> {
        match configuration.setting("k8s", "name") {
            Some(name) => Ok(name.to_owned()),
            None => resource_name(&configuration.deployment),
        }
    }

    fn use_of_secrets(&self, file: &str, secret: &str) -> String {
        format!(
            "make the secret with `kubectl create secret generic {secret} --from-env-file={file}`"
        )
    }

    fn settings(&self, configuration: &Configuration, image: &str) -> Map<String, Json> {
        let mut products: Vec<&str> =
            configuration.deployment.pools.iter().map(|p| product(&p.system)).collect();
        products.dedup();
        let mut lines = Map::new();
        lines.insert("k8s.image".to_owned(), json!({"value": image, "origin": "engine version"}));
        let selector = json!({"value": products.join(", "), "origin": "hardware"});
        lines.insert("k8s.node_selector".to_owned(), selector);
        lines
    }

    fn nodes(
        &self,
        _job: &Job,
        _pools: &[Context],
        _context: &mut Context,
        _out: &mut Output,
    ) -> Result<Vec<Context>> {
        // The cluster chooses them.
        Ok(Vec::new())
    }
}

/// Labels of the nodes with these GPUs.
pub(super) fn selector(system: &str, configuration: &Configuration) -> Json {
    let mut labels = Map::new();
    if !product(system).is_empty() {
        labels.insert("nvidia.com/gpu.product".to_owned(), product(system).into());
    }
    if let Some(Json::Object(own)) = configuration.settings.get("k8s").map(|k| &k["node_selector"])
    {
        labels.extend(own.clone());
    }
    labels.retain(|_, label| label.as_str() != Some(""));
    labels.into()
}

/// The label that nodes with these GPUs carry; empty if that is not known.
fn product(system: &str) -> &'static str {
    let own = assets::table("products.tsv").find(|row| row.get("system") == system);
    own.map_or("", |row| row.get("product"))
}

/// A name that Kubernetes takes, from the model and the mode.
fn resource_name(d: &Deployment) -> Result<String> {
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
    Err(Error::question(
        Code::NotAKubernetesName,
        format!("Kubernetes takes no name made of `{}`", d.model),
    )
    .help("say one with `k8s.name`"))
}
