//! Which release of an engine is deployed: that of the measurements if an image holds it, else
//! the next one that does, and then a note says so.

use std::str::FromStr;

use pep440_rs::Version;

use super::Runtime;
use super::flags::Accepted;
use crate::error::{Error, Result};
use crate::tsv::{self, Row};

const RELEASES: &str = include_str!("../../models/deploy/releases.tsv");

/// An engine release with the images that hold it.
#[derive(Debug, Clone)]
pub(super) struct Release {
    pub(super) runtime: String,
    pub(super) engine: String,
    pub(super) flags: String,
    pub(super) runtime_flags: String,
    pub(super) runtime_image: String,
    pub(super) engine_image: String,
}

impl Release {
    /// The release to deploy for measurements of `version`: that of the image of the engine alone,
    /// or of Dynamo with it. Without images the user installs the version that was measured.
    pub(super) fn find(backend: &str, version: &str, runtime: Runtime) -> Result<Self> {
        let parsed = |text: &str| Version::from_str(text).ok();
        let own = tsv::rows(RELEASES).filter(|row| row.get("backend") == backend);
        let mut known: Vec<Self> = own.map(Self::of).collect();
        if runtime != Runtime::Engine && known.iter().any(|r| !r.image(runtime).is_empty()) {
            known.retain(|r| !r.image(runtime).is_empty());
        }
        known.sort_by_key(|r| parsed(&r.engine));
        let wanted = parsed(version);
        let at = known.iter().position(|r| r.engine == version || parsed(&r.engine) >= wanted);
        let at = at.unwrap_or(known.len().saturating_sub(1));
        let mut found = known.into_iter().nth(at).ok_or_else(|| {
            Error::data("AIQ0706", format!("no release of `{backend}` is known to deploy"))
        })?;
        if runtime == Runtime::Engine {
            version.clone_into(&mut found.engine);
        }
        Ok(found)
    }

    fn of(row: Row) -> Self {
        let text = |column| row.get(column).to_owned();
        Self {
            runtime: text("runtime"),
            engine: text("engine"),
            flags: text("flags"),
            runtime_flags: text("runtime_flags"),
            runtime_image: text("runtime_image"),
            engine_image: text("engine_image"),
        }
    }

    /// Its image, of the engine alone or of Dynamo with it.
    pub(super) fn image(&self, runtime: Runtime) -> &str {
        if runtime == Runtime::Dynamo { &self.runtime_image } else { &self.engine_image }
    }

    /// What the command line of a worker accepts; the engine alone, or under Dynamo. An engine
    /// with a file of its own takes only Dynamo's flags.
    pub(super) fn arguments(
        &self,
        backend: &str,
        runtime: Runtime,
        has_file: bool,
    ) -> Result<Accepted> {
        let own = format!("{backend}-{}", self.flags);
        let dynamo = |name: &str| format!("dynamo-{name}-{}", self.runtime_flags);
        let tables = match (runtime, has_file) {
            (Runtime::Dynamo, true) => vec![dynamo(backend), dynamo("common")],
            (Runtime::Dynamo, false) => vec![own, dynamo(backend), dynamo("common")],
            (_, true) => vec![format!("{backend}-serve-{}", self.flags)],
            (_, false) => vec![own],
        };
        Accepted::load(&format!("{backend} {}", self.flags), &tables)
    }

    /// What the command line of the frontend accepts.
    pub(super) fn frontend(&self) -> Result<Accepted> {
        let table = |name: &str| format!("dynamo-{name}-{}", self.runtime_flags);
        Accepted::load("the frontend", &[table("frontend"), table("common")])
    }

    /// What an engine file accepts.
    pub(super) fn keys(&self, backend: &str) -> Result<Accepted> {
        let program = format!("{backend} {}", self.flags);
        Accepted::load(&program, &[format!("{backend}-{}", self.flags)])
    }
}
