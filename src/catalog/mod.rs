//! The data directories: which systems, backends and versions there are, and their tables.
//!
//! A search path is an overlay. For each (system, backend, version, table) the first directory
//! that has it wins, so a user adds measurements without touching the shipped ones. Opening a
//! catalog reads three small files; directories are listed and tables read when asked for.

mod changed;
pub(crate) mod deferred;
mod digest;
pub mod import;
mod lists;
mod overlay;
pub mod provider;
mod reuse;
mod sources;
mod store;
mod system;
mod systems_table;
mod transfers;
pub mod version;
mod yaml;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use lists::List;
pub use sources::TableSet;
pub use system::{Fact, System};

use crate::error::{Error, Result, nearest};
use crate::perf::spec::{self, TableSpec};
use crate::perf::table::{OpTable, RawTable};
use crate::perf::transfer::Transfers;
use overlay::Overlay;
use reuse::{Kernels, Lanes};
use version::{SLOTS, Slots};

/// Directories beside the backends that hold communication libraries.
pub(crate) const LIBRARIES: [&str; 2] = ["nccl", "oneccl"];

/// A table that is in the catalog, not yet read.
#[derive(Debug, Clone)]
pub struct TableFile {
    /// System it was measured on.
    pub system: String,
    /// Backend, or communication library.
    pub backend: String,
    /// Its version.
    pub version: String,
    /// What it holds.
    pub table: &'static TableSpec,
    /// Where it is.
    pub path: PathBuf,
}

/// The data on a search path. Cheap to clone; clones share what was read.
#[derive(Clone)]
pub struct Catalog {
    inner: Arc<Inner>,
}

struct Inner {
    overlay: Overlay,
    slots: Slots,
    lanes: Lanes,
    kernels: Kernels,
    transfers: Arc<Transfers>,
    systems: Mutex<HashMap<String, Arc<System>>>,
    sets: Mutex<HashMap<(String, String, String), Arc<TableSet>>>,
    tables: Mutex<HashMap<TableKey, Arc<TableCell>>>,
    /// Files of facts that were changed by hand.
    changed: OnceLock<Vec<String>>,
    reads: AtomicUsize,
    /// Nanoseconds spent on reading and indexing tables.
    reading: AtomicU64,
}

/// A file, and the backend it is filtered for if it is another backend's.
type TableKey = (PathBuf, Option<String>);
/// A table, `None` if no row survives the filter.
type TableCell = OnceLock<Result<Option<Arc<OpTable>>>>;

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog").field("search_path", &self.search_path()).finish_non_exhaustive()
    }
}

impl Catalog {
    /// Opens the directories of a search path, first one first.
    ///
    /// # Errors
    /// `AIQ0404` if a directory does not exist or one of its lists is damaged.
    pub fn open(search_path: &[PathBuf]) -> Result<Self> {
        let overlay = Overlay::new(search_path)?;
        let list = |name: &str, check: fn(&List, &serde_json::Value) -> Result<()>| {
            overlay.file(&[name]).map_or(Ok(serde_json::Value::Null), |p| yaml::list(&p, check))
        };
        let inner = Inner {
            slots: Slots::parse(&list("versions.yaml", List::versions)?),
            lanes: Lanes::parse(&list("attention_lanes.yaml", List::lanes)?),
            kernels: Kernels::parse(&list("kernel_reuse.yaml", List::kernels)?),
            transfers: Arc::new(transfers::parse(&list("transfers.yaml", List::transfers)?)),
            overlay,
            systems: Mutex::default(),
            sets: Mutex::default(),
            tables: Mutex::default(),
            changed: OnceLock::new(),
            reads: AtomicUsize::new(0),
            reading: AtomicU64::new(0),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where data is looked for: the directories given as flags, those of `$AIQ_SYSTEMS`, then
    /// `./systems`, beside the program, and the source tree, as far as these exist.
    pub fn default_search_path(flags: &[PathBuf]) -> Vec<PathBuf> {
        overlay::default_search_path(flags)
    }

    /// The search path this catalog was opened with.
    pub fn search_path(&self) -> &[PathBuf] {
        self.inner.overlay.roots()
    }

    /// Names of all systems, in alphabetical order.
    pub fn systems(&self) -> Vec<String> {
        let mut names = self.inner.overlay.directories(&[]);
        names.retain(|name| self.inner.overlay.file(&[name, "system.yaml"]).is_some());
        names
    }

    /// The facts of a system.
    ///
    /// # Errors
    /// `AIQ0401` if there is no such system, `AIQ0404` if its file is damaged.
    pub fn system(&self, name: &str) -> Result<Arc<System>> {
        if let Some(known) = lock(&self.inner.systems).get(name) {
            return Ok(Arc::clone(known));
        }
        let path = self.system_file(name)?;
        let system = Arc::new(System::load(name, &path)?);
        lock(&self.inner.systems).insert(name.to_owned(), Arc::clone(&system));
        Ok(system)
    }

    fn system_file(&self, name: &str) -> Result<PathBuf> {
        let found = self.inner.overlay.file(&[name, "system.yaml"]);
        found.ok_or_else(|| {
            let all = self.systems();
            let error = Error::data("AIQ0401", format!("there is no system `{name}`"));
            with_choices(error, name, &all, "systems")
        })
    }

    /// Serving backends with data on a system, in alphabetical order.
    ///
    /// # Errors
    /// `AIQ0401` if there is no such system.
    pub fn backends(&self, system: &str) -> Result<Vec<String>> {
        self.system_file(system)?;
        let mut names = self.inner.overlay.directories(&[system]);
        names.retain(|name| !LIBRARIES.contains(&name.as_str()));
        Ok(names)
    }

    /// Versions of a backend with data on a system, newest first.
    ///
    /// # Errors
    /// `AIQ0401` and `AIQ0402` if there is no such system or backend.
    pub fn versions(&self, system: &str, backend: &str) -> Result<Vec<String>> {
        let backends = self.backends(system)?;
        let mut versions = self.inner.overlay.directories(&[system, backend]);
        if versions.is_empty() {
            let message = format!("there is no data for backend `{backend}` on `{system}`");
            let error = Error::data("AIQ0402", message);
            return Err(with_choices(error, backend, &backends, "backends"));
        }
        version::newest_first(&mut versions);
        Ok(versions)
    }

    /// The version that `requested` stands for: a slot (`current`, `previous`, `next`) or a
    /// version there is data for.
    ///
    /// # Errors
    /// `AIQ0401`, `AIQ0402` and `AIQ0403` for an unknown system, backend or version.
    pub fn resolve_version(&self, system: &str, backend: &str, requested: &str) -> Result<String> {
        let versions = self.versions(system, backend)?;
        let slot = self.inner.slots.of(system, backend);
        let found = if SLOTS.contains(&requested) {
            let declared = slot.and_then(|s| s.get(requested)).map(str::to_owned);
            // A backend that nobody declared slots for is current at its newest.
            let newest = || (requested == "current").then(|| versions.first().cloned()).flatten();
            declared.or_else(newest)
        } else {
            let exact = versions.iter().find(|v| *v == requested);
            let same = |v: &&String| version::compare(v, requested).is_eq();
            let declared = || {
                slot.and_then(|s| SLOTS.iter().find_map(|w| s.get(w).filter(|v| *v == requested)))
            };
            let known = exact.or_else(|| versions.iter().find(same)).cloned();
            known.or_else(|| declared().map(str::to_owned))
        };
        found.ok_or_else(|| {
            let message = format!("there is no version `{requested}` of {backend} on `{system}`");
            let error = Error::data("AIQ0403", message);
            with_choices(error, requested, &versions, "versions")
        })
    }

    /// The tables of a backend version, with everything that may stand in for them.
    ///
    /// # Errors
    /// As [`Catalog::resolve_version`]; `AIQ0404` if a list of donors is damaged.
    pub fn tables(&self, system: &str, backend: &str, version: &str) -> Result<Arc<TableSet>> {
        let version = self.resolve_version(system, backend, version)?;
        let key = (system.to_owned(), backend.to_owned(), version.clone());
        if let Some(known) = lock(&self.inner.sets).get(&key) {
            return Ok(Arc::clone(known));
        }
        let set = Arc::new(TableSet::new(self, system, backend, &version)?);
        lock(&self.inner.sets).insert(key, Arc::clone(&set));
        Ok(set)
    }

    /// Every table on the search path, in the order of their directories.
    pub fn table_files(&self) -> Vec<TableFile> {
        let overlay = &self.inner.overlay;
        let mut files = Vec::new();
        for system in overlay.directories(&[]) {
            for backend in overlay.directories(&[&system]) {
                for version in overlay.directories(&[&system, &backend]) {
                    for (stem, path) in overlay.tables(&[&system, &backend, &version]) {
                        let Some(table) = spec::table(&stem) else {
                            continue;
                        };
                        files.push(TableFile {
                            system: system.clone(),
                            backend: backend.clone(),
                            version: version.clone(),
                            table,
                            path,
                        });
                    }
                }
            }
        }
        files
    }

    /// Reads one table from its file, unshared.
    ///
    /// # Errors
    /// `AIQ0404` if it cannot be read or is damaged.
    pub fn read(&self, path: &Path, spec: &'static TableSpec) -> Result<RawTable> {
        self.inner.reads.fetch_add(1, Ordering::Relaxed);
        store::read(path, spec)
    }

    /// The attention kernels a backend prefers on an SM generation, best first; the single word
    /// `default` where nothing is declared.
    pub fn lanes(&self, backend: &str, version: &str, sm: u32) -> Vec<String> {
        self.inner.lanes.of(backend, version, sm)
    }

    /// Which measurements may stand in for missing ones.
    pub fn transfers(&self) -> Arc<Transfers> {
        Arc::clone(&self.inner.transfers)
    }

    /// Time spent on reading and indexing tables so far.
    pub fn time_reading(&self) -> Duration {
        Duration::from_nanos(self.inner.reading.load(Ordering::Relaxed))
    }

    /// How many table files were read so far, for tests and `explain`.
    pub fn files_read(&self) -> usize {
        self.inner.reads.load(Ordering::Relaxed)
    }
}

/// A catalog's caches hold complete values only, so a panic elsewhere leaves them usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn with_choices(error: Error, name: &str, all: &[String], what: &str) -> Error {
    // Whoever stops typing early means what begins so, not what is spelled most alike.
    let begun = all.iter().find(|c| !name.is_empty() && c.starts_with(name)).map(String::as_str);
    let error = match begun.or_else(|| nearest(name, all.iter().map(String::as_str))) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    if all.is_empty() {
        return error.help(format!("there are no {what}; `aiq systems import PATH` adds data"));
    }
    error.help(format!("{what}: {}", all.join(", ")))
}

/// A file that is there but cannot be used.
pub(crate) fn damaged(path: &Path, why: impl fmt::Display) -> Error {
    Error::unreadable("AIQ0404", format!("cannot read `{}`: {why}", path.display()))
        .help("import it again with `aiq systems import`, or remove it")
}

#[cfg(test)]
mod tests;
