//! Workers as the manifest of a platform has them, read by the platform's template `read.yaml`.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value as Json;

use super::files;
use crate::base::error::{Code, Error, Result};
use crate::deploy::facts::Platform;
use crate::deploy::text::{Context, Templates};

/// Workers of one role as the files have them.
#[derive(Debug, Default)]
pub(super) struct Workers {
    pub(super) role: String,
    pub(super) count: u64,
    /// GPUs of all of them.
    pub(super) gpus: u64,
    /// The command of the last of them, by which they are priced.
    pub(super) argv: Vec<String>,
    /// Those of the others.
    pub(super) others: Vec<Vec<String>>,
    /// GPUs of a node that another worker of it has, too.
    pub(super) shared: Vec<String>,
    /// The image that they run; empty where there is none.
    pub(super) image: String,
    /// The file of the engine, where the manifest has it.
    pub(super) config: Option<String>,
}

/// What the template says of one role.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Found {
    role: String,
    workers: u64,
    /// Nodes of one worker.
    nodes: u64,
    /// GPUs on each of them.
    gpus: u64,
    args: Vec<Json>,
    image: String,
    #[serde(default)]
    config: Option<String>,
}

/// The workers in a file, in its last document; what goes with them may be in the others.
///
/// # Errors
/// `AIQ0604` for a file that cannot be read.
pub(super) fn read(directory: &Path, platform: Platform, file: &str) -> Result<Vec<Workers>> {
    let text = files::text(directory, file)?;
    let documents = text.split("\n---\n").map(|document| files::parse(document, file));
    let documents = documents.collect::<Result<Vec<Json>>>()?;
    let mut context = Context::default();
    context.set("document", documents.last().cloned().unwrap_or_default());
    context.set("documents", Json::Array(documents));
    let templates = Templates::that_read()?;
    let unreadable =
        |e: &str| Error::unreadable(Code::UnreadableFile, format!("`{file}` says no workers: {e}"));
    let text = templates
        .render(&platform.path("read.yaml"), &context)
        .map_err(|e| unreadable(&e.message))?;
    let found: Option<Vec<Found>> =
        serde_saphyr::from_str(&text).map_err(|e| unreadable(&e.to_string()))?;
    Ok(found.into_iter().flatten().map(Workers::from).collect())
}

impl From<Found> for Workers {
    fn from(found: Found) -> Self {
        let words = found.args.iter();
        Self {
            role: found.role,
            count: found.workers,
            gpus: found.workers.saturating_mul(found.nodes).saturating_mul(found.gpus),
            argv: words.map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).collect(),
            others: Vec::new(),
            shared: Vec::new(),
            image: found.image,
            config: found.config,
        }
    }
}
