//! Engines: one folder of `models/deploy/engines` each.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::base::error::{Code, Error, Result};
use crate::base::tsv::Row;
use crate::deploy::assets;

/// An engine as its `engine.yaml` describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// What `backend` calls it, which is the name of its folder.
    #[serde(skip)]
    pub(crate) name: &'static str,
    /// What people call it.
    pub(crate) title: String,
    /// Its place where engines are listed.
    order: u32,
    /// The program whose flags its command line has, if that is not named as the engine is.
    program: Option<String>,
    /// Whether MPI starts the ranks of a worker over several nodes, all from the first of them.
    #[serde(default)]
    pub(crate) mpi: bool,
    /// What the variables begin with that say where a worker hands over KV caches.
    #[serde(default)]
    pub(crate) side_channel: String,
    /// What makes pools one service.
    pub(crate) router: Option<Router>,
}

/// What stands before several servers.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Router {
    /// Its command line is the template `COMMAND.args` of the same folder.
    pub(crate) command: String,
    /// The file that it reads, a template of the same folder.
    pub(crate) file: Option<String>,
}

/// A flag or key that states a value of a worker.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// The flag or key.
    pub(crate) name: &'static str,
    /// The value.
    pub(crate) column: &'static str,
    /// What the flag states a multiple of, so that it may be above the value.
    pub(crate) multiple_of: Option<f64>,
    /// The value without it, where the engine always takes the same.
    pub(crate) default: Option<f64>,
}

static ENGINES: LazyLock<Result<Vec<Engine>>> = LazyLock::new(|| {
    let folders = assets::manifests("engines", "engine.yaml")?;
    let mut engines: Vec<Engine> =
        folders.into_iter().map(|(name, engine)| Engine { name, ..engine }).collect();
    engines.sort_by_key(|e| e.order);
    Ok(engines)
});

impl Engine {
    /// All, in their order.
    ///
    /// # Errors
    /// `AIQ0901` for a folder that is not one of an engine.
    pub(crate) fn all() -> Result<&'static [Self]> {
        ENGINES.as_deref().map_err(Error::clone)
    }

    /// The engine of that name.
    ///
    /// # Errors
    /// `AIQ0706` if there is no folder for it.
    pub(crate) fn find(name: &str) -> Result<&'static Self> {
        Self::all()?.iter().find(|e| e.name == name).ok_or_else(|| {
            Error::data(Code::NoRelease, format!("no release of `{name}` is known to deploy"))
        })
    }

    /// The path of a table or the name of a template in its folder.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("engines/{}/{file}", self.name)
    }

    /// Whether it reads a file of its own beside its command line.
    pub(crate) fn has_config(&self) -> bool {
        assets::has_template(&self.path("config.yaml"))
    }

    /// The program whose flags its command line has.
    pub(crate) fn program(&self) -> &str {
        self.program.as_deref().unwrap_or(self.name)
    }

    /// What its flags and keys state.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> + use<> {
        assets::table(&self.path("columns.tsv")).map(|row| Column {
            name: row.get("name"),
            column: row.get("column"),
            multiple_of: row.get("multiple_of").parse().ok(),
            default: row.get("default").parse().ok(),
        })
    }

    /// The value that a flag or key states, by its name with or without dashes.
    pub(crate) fn column_of(&self, name: &str) -> Option<&'static str> {
        let flag = format!("--{}", name.replace('_', "-"));
        self.columns().find(|c| c.name == name || c.name == flag).map(|c| c.column)
    }

    /// How axes of the language follow from such values.
    pub(crate) fn axes(&self) -> impl Iterator<Item = Row> + use<> {
        assets::table(&self.path("axes.tsv"))
    }
}
