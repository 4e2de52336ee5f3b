//! What aiq wrote into a folder: the name of every file with a digest of its contents.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value as Json, json};

use super::over::unwritable;
use super::stage::Stage;
use crate::base::digest::digest;
use crate::base::error::Result;

/// The file that tells a folder of aiq from any other.
pub(super) const NAME: &str = ".aiq-manifest.json";

/// Digests by path within the folder, parts joined by `/`. A file that holds secrets has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    files: BTreeMap<String, Option<String>>,
}

impl Manifest {
    /// The manifest of a folder, if it has one that can be read.
    pub(crate) fn of(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(NAME)).ok()?;
        let tree: Json = serde_json::from_str(&text).ok()?;
        let files = tree["files"].as_object()?.iter();
        let digest = |value: &Json| value.as_str().map(str::to_owned);
        Some(Self { files: files.map(|(name, value)| (name.clone(), digest(value))).collect() })
    }

    /// The manifest of everything that a folder holds now, hidden files aside.
    fn of_all(folder: &Path) -> io::Result<Self> {
        let mut manifest = Self::default();
        manifest.add_all(folder, "")?;
        Ok(manifest)
    }

    fn add_all(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.path() {
                _ if entry.file_name().to_string_lossy().starts_with('.') => {}
                path if path.is_dir() => self.add_all(&path, &format!("{name}/"))?,
                path => self.add(&name, &std::fs::read(path)?, false),
            }
        }
        Ok(())
    }

    /// Takes a folder as it is: what it holds now counts as written by aiq. Gives the number of
    /// its files.
    ///
    /// # Errors
    /// `AIQ0661` for a folder that cannot be read or written.
    pub(crate) fn seal(folder: &Path) -> Result<usize> {
        let fail = |e: io::Error| unwritable(folder, e);
        let manifest = Self::of_all(folder).map_err(fail)?;
        let stage = Stage::within(folder).map_err(fail)?;
        manifest.write(&stage.path("")).map_err(fail)?;
        std::fs::rename(stage.path(NAME), folder.join(NAME)).map_err(fail)?;
        Ok(manifest.files.len())
    }

    pub(super) fn add(&mut self, name: &str, contents: &[u8], is_secret: bool) {
        self.files.insert(name.to_owned(), (!is_secret).then(|| digest(contents)));
    }

    /// Adds what another lists and this does not.
    pub(super) fn join(&mut self, other: Self) {
        for (name, digest) in other.files {
            self.files.entry(name).or_insert(digest);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.files.remove(name);
    }

    /// Whether it lists a file.
    pub(crate) fn lists(&self, name: &str) -> bool {
        self.files.contains_key(name)
    }

    /// The files that it lists.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// Whether these are the contents that were written.
    pub(crate) fn is_unchanged(&self, name: &str, contents: &[u8]) -> bool {
        self.files.get(name).and_then(Option::as_ref).is_some_and(|d| *d == digest(contents))
    }

    /// Writes it into a folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let by = concat!("aiq ", env!("CARGO_PKG_VERSION"));
        let text = serde_json::to_string_pretty(&json!({"written_by": by, "files": self.files}))?;
        std::fs::write(folder.join(NAME), text + "\n")
    }
}
