//! Platforms: one folder of `models/deploy/platforms` each.

use std::fmt;
use std::sync::LazyLock;

use super::engine::Engine;
use super::manifest::Manifest;
use crate::base::error::{Code, Error, Result, nearest};
use crate::deploy::assets;

/// What files are for.
#[derive(Clone, Copy)]
pub struct Platform {
    name: &'static str,
    /// The only engine that it runs, where it is named after it.
    engine: Option<&'static str>,
    manifest: &'static Manifest,
}

static MANIFESTS: LazyLock<Result<Vec<Manifest>>> = LazyLock::new(|| {
    let folders = assets::manifests("platforms", "platform.yaml")?;
    let mut manifests: Vec<Manifest> =
        folders.into_iter().map(|(folder, m)| Manifest { folder, ..m }).collect();
    manifests.sort_by_key(|m| m.order);
    Ok(manifests)
});

impl Platform {
    /// All, in the order in which they are listed.
    ///
    /// # Errors
    /// `AIQ0901` for a folder that is not one of a platform.
    pub fn all() -> Result<Vec<Self>> {
        let mut platforms = Vec::new();
        for manifest in MANIFESTS.as_deref().map_err(Error::clone)? {
            if manifest.per_engine {
                let one =
                    |e: &'static Engine| Self { name: e.name, engine: Some(e.name), manifest };
                platforms.extend(Engine::all()?.iter().map(one));
            } else {
                platforms.push(Self { name: manifest.folder, engine: None, manifest });
            }
        }
        Ok(platforms)
    }

    /// The platform of that name.
    ///
    /// # Errors
    /// `AIQ0701` with the nearest name.
    pub fn named(name: &str) -> Result<Self> {
        let platforms = Self::all()?;
        let fits = |p: &&Self| p.name == name || p.manifest.aliases.iter().any(|a| a == name);
        platforms.iter().find(fits).copied().ok_or_else(|| {
            let names: Vec<&str> = platforms.iter().map(|p| p.name).collect();
            let error = Error::question(
                Code::NoSuchPlatform,
                format!("no files are generated for `{name}`"),
            );
            match nearest(name, names.iter().copied()) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("there are {}", names.join(", "))),
            }
        })
    }

    /// What a deployment is written for if nobody says: on one machine the engine as it is, else
    /// the first platform that is not one engine's.
    ///
    /// # Errors
    /// As [`Self::all`].
    pub(crate) fn default_for(backend: &str, nodes: usize) -> Result<Self> {
        let platforms = Self::all()?;
        let plain = platforms.iter().find(|p| p.engine == Some(backend)).filter(|_| nodes == 1);
        let runs = |p: &&Self| p.serves(backend).is_ok();
        let any = || platforms.iter().filter(|p| p.engine.is_none()).find(runs);
        plain
            .or_else(any)
            .or_else(|| platforms.iter().find(runs))
            .copied()
            .ok_or_else(|| Error::internal(Code::ParserBug, "there is no platform"))
    }

    /// The name in a statement.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The name of its folder.
    pub(super) fn folder(self) -> &'static str {
        self.manifest.folder
    }

    /// What its folder says.
    pub(crate) fn manifest(self) -> &'static Manifest {
        self.manifest
    }

    /// The path of a table or the name of a template in its folder, or of one elsewhere that begins
    /// with `/`.
    pub(crate) fn path(self, file: &str) -> String {
        match file.strip_prefix('/') {
            Some(path) => path.to_owned(),
            None => format!("platforms/{}/{file}", self.manifest.folder),
        }
    }

    /// Whether its manifest names a key.
    pub(super) fn takes(self, key: &str) -> bool {
        self.manifest.keys.iter().any(|own| own == key)
    }

    /// Refuses an engine that it does not run.
    ///
    /// # Errors
    /// `AIQ0708`.
    pub(crate) fn serves(self, backend: &str) -> Result<()> {
        let own = &self.manifest.engines;
        if let Some(engine) = self.engine.filter(|own| *own != backend) {
            let text = format!("files for {engine} cannot serve a row of {backend}");
            return Err(Error::undeployable(text).help(format!("write `for {backend}`")));
        }
        if own.is_empty() || own.iter().any(|e| e == backend) {
            return Ok(());
        }
        let title = |name: &str| Engine::find(name).map_or(name, |e| e.title.as_str()).to_owned();
        let own: Vec<String> = own.iter().map(|name| title(name)).collect();
        let (last, first) = own.split_last().map_or(("", [].as_slice()), |(l, f)| (l.as_str(), f));
        let own = match first {
            [] => last.to_owned(),
            _ => format!("{} and {last}", first.join(", ")),
        };
        let text = format!("{} serves {own}, not {}", self.manifest.title, title(backend));
        Err(Error::undeployable(text))
    }
}

impl PartialEq for Platform {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Platform {}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::deploy::text::Templates;

    #[test]
    fn folders_are_platforms() {
        Templates::that_write().expect("templates");
        let all = Platform::all().expect("platforms");
        let page = include_str!("../../../docs/generate.md");
        for platform in all {
            let manifest = platform.manifest();
            assert!(page.contains(&format!("`{}`", platform.name())), "{platform:?} is described");
            let reads = assets::has_template(&platform.path("read.yaml"));
            assert_eq!(reads, manifest.read.is_some(), "{platform:?}");
            for rule in manifest.files.iter().filter(|r| !r.template().contains('{')) {
                assert!(assets::has_template(&platform.path(rule.template())), "{rule:?}");
            }
        }
    }
}
