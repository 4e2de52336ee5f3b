//! What is decided before a file is written.

use super::configuration::Configuration;
use crate::base::error::Result;
use crate::deploy::facts::{Accepted, Engine, Platform, Release};
use crate::deploy::text::Templates;

/// A deployment on a platform.
pub(super) struct Job {
    pub(super) configuration: Configuration,
    pub(super) platform: Platform,
    pub(super) engine: &'static Engine,
    pub(super) release: Release,
    /// What the command line of a worker accepts.
    pub(super) accepted: Accepted,
    pub(super) templates: Templates,
}

impl Job {
    /// Chooses the release.
    ///
    /// # Errors
    /// `AIQ0706` for an engine or a release of which nothing is known.
    pub(super) fn new(configuration: Configuration, platform: Platform) -> Result<Self> {
        let d = &configuration.deployment;
        let engine = Engine::find(&d.backend)?;
        let release = Release::find(engine, &d.version, platform)?;
        let accepted = release.arguments(engine, platform)?;
        let templates = Templates::that_write()?;
        Ok(Self { configuration, platform, engine, release, accepted, templates })
    }

    /// What a person should know of the release and of the values that were given.
    pub(super) fn notes(&self) -> Vec<String> {
        let (d, release) = (&self.configuration.deployment, &self.release);
        let mut notes = Vec::new();
        if release.engine != d.version {
            notes.push(format!(
                "predicted for {} {}; the container image ships {}",
                d.backend, d.version, release.engine
            ));
        }
        if release.flags != release.engine {
            notes.push(format!("flags were validated against {} {}", d.backend, release.flags));
        }
        notes.extend(self.configuration.notes.iter().cloned());
        notes
    }
}
