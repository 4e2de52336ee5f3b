//! `platform.yaml`: what a platform is and what is written for it.

use serde::Deserialize;

use super::engine::Router;

/// A platform as its folder describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The name of its folder.
    #[serde(skip)]
    pub(super) folder: &'static str,
    /// What people call it.
    pub(super) title: String,
    /// Its place where platforms are listed.
    pub(super) order: u32,
    /// Further names that statements may use.
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    /// Whether there is one of it for each engine, of the engine's name.
    #[serde(default)]
    pub(super) per_engine: bool,
    /// The engines that it runs; all if none is named.
    #[serde(default)]
    pub(super) engines: Vec<String>,
    /// Where workers run.
    pub(crate) site: Site,
    /// What starts the engine, as templates of engines know it.
    pub(crate) runtime: String,
    /// The column of `releases.tsv` with the image of workers. Without one the user installs the
    /// release that was measured.
    pub(crate) image: Option<String>,
    /// Tables of flags that what starts the engine accepts beside those of the engine.
    #[serde(default)]
    pub(crate) flags: Vec<String>,
    /// What takes requests, where that is not the engine.
    pub(crate) frontend: Option<Frontend>,
    /// What stands before several servers that are alike.
    pub(crate) router: Option<Router>,
    /// The folder in which workers find the file of their engine.
    #[serde(default)]
    pub(crate) config_folder: String,
    /// The address of requests within a cluster.
    #[serde(default)]
    pub(crate) service: String,
    /// Values of users that it takes beside those of all platforms of its site.
    #[serde(default)]
    pub(super) keys: Vec<String>,
    /// What is written, in order.
    pub(crate) files: Vec<FileRule>,
    /// The file that the template `read.yaml` reads back. Without one, scripts are read.
    pub(crate) read: Option<String>,
}

/// Where workers run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Site {
    /// Machines on each of which somebody starts a script.
    Hosts,
    /// A cluster.
    Kubernetes,
}

/// A program that takes requests for workers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Frontend {
    /// Tables of the flags that it accepts.
    pub(crate) flags: Vec<String>,
    /// Its arguments, a template.
    pub(crate) args: String,
}

/// A file to write.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileRule {
    /// Its name, a template.
    pub(crate) name: String,
    /// The name of its template, a template too; that of the file by itself. From `/` on it is a path
    /// below `models/deploy`, else one in the folder of the platform.
    template: Option<String>,
    /// How often it is written.
    #[serde(default)]
    pub(crate) each: Each,
    /// A condition without which it is not written.
    pub(crate) when: Option<String>,
    /// What a person is told then.
    pub(crate) otherwise: Option<String>,
}

/// What there is a file for.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Each {
    /// The deployment.
    #[default]
    Deployment,
    /// Each role, which is `pool` then.
    Pool,
    /// Each host, which is `node` then, with its `workers`.
    Node,
}

impl Site {
    /// The name in a template.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Hosts => "hosts",
            Self::Kubernetes => "kubernetes",
        }
    }
}

impl FileRule {
    /// Its template, not yet filled in.
    pub(crate) fn template(&self) -> &str {
        self.template.as_deref().unwrap_or(&self.name)
    }
}
