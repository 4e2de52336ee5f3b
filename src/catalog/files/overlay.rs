//! Directories laid over each other: the first that has a file wins.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::base::error::{Code, Error, Result};
use crate::base::shipped;

/// Directories beside the backends that hold communication libraries.
pub(crate) const LIBRARIES: [&str; 2] = ["nccl", "oneccl"];

/// The directories of a search path.
#[derive(Debug)]
pub(in crate::catalog) struct Overlay {
    roots: Vec<PathBuf>,
}

impl Overlay {
    pub(in crate::catalog) fn new(roots: &[PathBuf]) -> Result<Self> {
        for root in roots {
            if !is_dir(root) {
                let message = format!("the data directory `{}` does not exist", root.display());
                return Err(Error::unreadable(Code::UnreadableData, message)
                    .help("check --systems and AIQ_SYSTEMS, or import data into it"));
            }
        }
        Ok(Self { roots: roots.to_vec() })
    }

    pub(in crate::catalog) fn roots(&self) -> &[PathBuf] {
        &self.roots
    }

    /// The winning file of that relative path.
    pub(in crate::catalog) fn file(&self, parts: &[&str]) -> Option<PathBuf> {
        if !parts.iter().all(|part| is_name(part)) {
            return None;
        }
        let candidates = self.roots.iter().map(|root| join(root, parts));
        candidates.into_iter().find(|path| path.is_file() || shipped::bytes(path).is_some())
    }

    /// Names of the directories in that relative directory, over all roots, sorted.
    pub(in crate::catalog) fn directories(&self, parts: &[&str]) -> Vec<String> {
        let mut names = Vec::new();
        for (name, path) in self.entries(parts) {
            if is_dir(&path) {
                names.push(name);
            }
        }
        names.sort();
        names.dedup();
        names
    }

    /// Stems and winning paths of the Parquet files in that relative directory.
    pub(in crate::catalog) fn tables(&self, parts: &[&str]) -> BTreeMap<String, PathBuf> {
        let mut tables = BTreeMap::new();
        for (name, path) in self.entries(parts) {
            if let Some(stem) = name.strip_suffix(".parquet") {
                tables.entry(stem.to_owned()).or_insert(path);
            }
        }
        tables
    }

    /// Entries of that relative directory in the order of the roots. A directory that cannot be
    /// listed counts as empty: most roots lack most directories.
    fn entries(&self, parts: &[&str]) -> Vec<(String, PathBuf)> {
        let mut entries = Vec::new();
        if !parts.iter().all(|part| is_name(part)) {
            return entries;
        }
        for root in &self.roots {
            entries.extend(shipped::list(&join(root, parts)));
            let Ok(listing) = std::fs::read_dir(join(root, parts)) else {
                continue;
            };
            for entry in listing.flatten() {
                let Ok(name) = entry.file_name().into_string() else {
                    continue;
                };
                if is_name(&name) {
                    entries.push((name, entry.path()));
                }
            }
        }
        entries
    }
}

fn is_dir(path: &Path) -> bool {
    path.is_dir() || shipped::is_dir(path)
}

/// Names come from questions as well as from listings; none may leave the directory.
fn is_name(part: &str) -> bool {
    !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0'])
}

fn join(root: &Path, parts: &[&str]) -> PathBuf {
    let mut path = root.to_path_buf();
    path.extend(parts);
    path
}

/// See [`Catalog::default_search_path`](crate::catalog::Catalog::default_search_path).
pub(in crate::catalog) fn default_search_path(flags: &[PathBuf]) -> Vec<PathBuf> {
    let mut path: Vec<PathBuf> = flags.to_vec();
    if let Some(list) = std::env::var_os("AIQ_SYSTEMS") {
        path.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
    }
    let mut implied = vec![PathBuf::from("systems")];
    if let Some(directory) =
        std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf))
    {
        implied.push(directory.join("systems"));
        implied.push(directory.join("../share/aiq/systems"));
    }
    implied.push(shipped::path("systems"));
    path.extend(implied.into_iter().filter(|p| is_dir(p)));
    let mut seen = Vec::new();
    path.retain(|p| {
        let real = p.canonicalize().unwrap_or_else(|_| p.clone());
        let is_new = !seen.contains(&real);
        seen.push(real);
        is_new
    });
    path
}
