//! Which release of an engine is deployed: that of the measurements if an image holds it, else
//! the next one that does, and then a note says so.

use std::str::FromStr;

use pep440_rs::Version;

use super::accepted::Accepted;
use super::engine::Engine;
use super::manifest::Frontend;
use super::platform::Platform;
use crate::base::error::{Code, Error, Result};
use crate::base::tsv::Row;
use crate::deploy::assets;

/// An engine release with the image that holds it.
#[derive(Debug, Clone)]
pub(crate) struct Release {
    /// Version of what starts the engine, empty where the image has nothing but the engine.
    pub(crate) runtime: String,
    /// Version of the engine.
    pub(crate) engine: String,
    /// The release of the engine whose flags are known.
    pub(crate) flags: String,
    /// The release of what starts it whose flags are known.
    runtime_flags: String,
    /// The image for the platform; empty where there is none.
    pub(crate) image: String,
}

impl Release {
    /// The release to deploy for measurements of `version`: that of an image for the platform.
    /// Without images the user installs the version that was measured.
    ///
    /// # Errors
    /// `AIQ0706` for an engine without releases.
    pub(crate) fn find(engine: &Engine, version: &str, platform: Platform) -> Result<Self> {
        let parsed = |text: &str| Version::from_str(text).ok();
        let image = platform.manifest().image.as_deref();
        let rows = assets::table(&engine.path("releases.tsv"));
        let mut known: Vec<Self> = rows.map(|row| Self::of(row, image)).collect();
        if known.iter().any(|r| !r.image.is_empty()) {
            known.retain(|r| !r.image.is_empty());
        }
        known.sort_by_key(|r| parsed(&r.engine));
        let wanted = parsed(version);
        let at = known.iter().position(|r| r.engine == version || parsed(&r.engine) >= wanted);
        let at = at.unwrap_or(known.len().saturating_sub(1));
        let mut found = known.into_iter().nth(at).ok_or_else(|| {
            let text = format!("no release of `{}` is known to deploy", engine.name);
            Error::data(Code::NoRelease, text)
        })?;
        if image.is_none() {
            version.clone_into(&mut found.engine);
        }
        Ok(found)
    }

    fn of(row: Row, image: Option<&str>) -> Self {
        let text = |column| row.get(column).to_owned();
        Self {
            runtime: text("runtime"),
            engine: text("engine"),
            flags: text("flags"),
            runtime_flags: text("runtime_flags"),
            image: image.map(text).unwrap_or_default(),
        }
    }

    /// What the command line of a worker accepts. What starts an engine takes the flags of the
    /// engine too, unless that has a file for them.
    ///
    /// # Errors
    /// `AIQ0706` for a release without a table.
    pub(crate) fn arguments(&self, engine: &Engine, platform: Platform) -> Result<Accepted> {
        let wrapper = &platform.manifest().flags;
        let own = match (wrapper.is_empty(), engine.has_config()) {
            (true, _) => Some(engine.program()),
            (false, false) => Some(engine.name),
            (false, true) => None,
        };
        let own = own.map(|program| format!("{program}-{}", self.flags));
        let wrapper = wrapper.iter().map(|table| table.replace("{engine}", engine.name));
        let tables: Vec<String> =
            own.into_iter().chain(wrapper.map(|table| self.runtime_table(&table))).collect();
        Accepted::load(&format!("{} {}", engine.name, self.flags), &tables)
    }

    /// What the command line of a frontend accepts.
    ///
    /// # Errors
    /// As [`Self::arguments`].
    pub(crate) fn frontend(&self, frontend: &Frontend) -> Result<Accepted> {
        let tables = frontend.flags.iter().map(|table| self.runtime_table(table));
        Accepted::load("the frontend", &tables.collect::<Vec<_>>())
    }

    /// What the file of an engine accepts.
    ///
    /// # Errors
    /// As [`Self::arguments`].
    pub(crate) fn keys(&self, engine: &Engine) -> Result<Accepted> {
        let program = format!("{} {}", engine.name, self.flags);
        Accepted::load(&program, &[format!("{}-{}", engine.name, self.flags)])
    }

    fn runtime_table(&self, program: &str) -> String {
        format!("{program}-{}", self.runtime_flags)
    }
}
