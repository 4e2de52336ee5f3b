//! The catalog: names on a search path, and what each stands for.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use serde_json::Value;

use super::shared::{Shared, lock, with_choices};
use super::table_set::TableSet;
use crate::base::error::{Code, Error, Result};
use crate::catalog::facts::version::{self, SLOTS, Slots};
use crate::catalog::facts::{Kernels, Lanes, List, RepairRule, System, repairs, transfers};
use crate::catalog::files::{LIBRARIES, Overlay, default_search_path};
use crate::perf::{DataMode, Evidence, OpTable, RawTable, Repairs, TableSpec, Transfers, table};

/// System, backend and version, and what is repaired.
type SetKey = (String, String, String, Repairs);

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
    pub(in crate::catalog) inner: Arc<Inner>,
}

pub(in crate::catalog) struct Inner {
    pub(super) shared: Arc<Shared>,
    slots: Slots,
    lanes: Lanes,
    transfers: Arc<Transfers>,
    /// Rules of repairs, in the order in which they apply.
    pub(in crate::catalog) repairs: Vec<RepairRule>,
    sets: Mutex<HashMap<SetKey, Arc<TableSet>>>,
    /// Files of facts that were changed by hand.
    pub(super) changed: OnceLock<Vec<String>>,
}

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
        let list = |name: &str, check: fn(&List, &Value) -> Result<()>| {
            overlay.file(&[name]).map_or(Ok(Value::Null), |path| List::load(&path, check))
        };
        let slots = Slots::parse(&list("versions.yaml", List::versions)?);
        let lanes = Lanes::parse(&list("attention_lanes.yaml", List::lanes)?);
        let kernels = Kernels::parse(&list("kernel_reuse.yaml", List::kernels)?);
        let transfers = Arc::new(transfers(&list("transfers.yaml", List::transfers)?));
        let repairs = repairs(&list("repairs.yaml", List::repairs)?);
        let inner = Inner {
            shared: Arc::new(Shared::new(overlay, kernels)),
            slots,
            lanes,
            transfers,
            repairs,
            sets: Mutex::default(),
            changed: OnceLock::new(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where data is looked for: the directories given as flags, those of `$AIQ_SYSTEMS`, then
    /// `./systems`, beside the program, and the source tree, as far as these exist.
    pub fn default_search_path(flags: &[PathBuf]) -> Vec<PathBuf> {
        default_search_path(flags)
    }

    /// The search path this catalog was opened with.
    pub fn search_path(&self) -> &[PathBuf] {
        self.inner.shared.overlay.roots()
    }

    /// Names of all systems, in alphabetical order.
    pub fn systems(&self) -> Vec<String> {
        self.inner.shared.systems()
    }

    /// The facts of a system.
    ///
    /// # Errors
    /// `AIQ0401` if there is no such system, `AIQ0404` if its file is damaged.
    pub fn system(&self, name: &str) -> Result<Arc<System>> {
        self.inner.shared.system(name)
    }

    /// Serving backends with data on a system, in alphabetical order.
    ///
    /// # Errors
    /// `AIQ0401` if there is no such system.
    pub fn backends(&self, system: &str) -> Result<Vec<String>> {
        self.inner.shared.system_file(system)?;
        let mut names = self.inner.shared.overlay.directories(&[system]);
        names.retain(|name| !LIBRARIES.contains(&name.as_str()));
        Ok(names)
    }

    /// Versions of a backend with data on a system, newest first.
    ///
    /// # Errors
    /// `AIQ0401` and `AIQ0402` if there is no such system or backend.
    pub fn versions(&self, system: &str, backend: &str) -> Result<Vec<String>> {
        let backends = self.backends(system)?;
        let mut versions = self.inner.shared.overlay.directories(&[system, backend]);
        if versions.is_empty() {
            return Err(self.not_measured(system, backend, &backends));
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
        self.resolve_version_for(system, backend, requested, DataMode::default())
    }

    /// The same under a data mode: where no table is read, releases measured elsewhere count too.
    ///
    /// # Errors
    /// As [`Catalog::resolve_version`].
    pub fn resolve_version_for(
        &self,
        system: &str,
        backend: &str,
        requested: &str,
        mode: DataMode,
    ) -> Result<String> {
        let versions = self.versions_for(system, backend, mode)?;
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
            let error = Error::data(Code::NoSuchVersion, message);
            match versions.first().filter(|newest| version::is_newer(requested, newest)) {
                Some(newest) => error
                    .help(format!("the newest measured is {newest}"))
                    .help(format!("versions: {}", versions.join(", "))),
                None if requested == "latest" => error.help(format!(
                    "`current` is the release in force, {} the newest",
                    versions.first().map_or("none", String::as_str)
                )),
                None => with_choices(error, requested, &versions, "versions"),
            }
        })
    }

    /// The tables of a backend version, with everything that may stand in for them.
    ///
    /// # Errors
    /// As [`Catalog::resolve_version`]; `AIQ0404` if a list of donors is damaged.
    pub fn tables(&self, system: &str, backend: &str, version: &str) -> Result<Arc<TableSet>> {
        self.tables_for(system, backend, version, &Evidence::default())
    }

    /// The same on given evidence; where none is read there need not be any.
    ///
    /// # Errors
    /// As [`Catalog::tables`].
    pub fn tables_for(
        &self,
        system: &str,
        backend: &str,
        version: &str,
        evidence: &Evidence,
    ) -> Result<Arc<TableSet>> {
        let version = self.resolve_version_for(system, backend, version, evidence.mode)?;
        let repairs = &evidence.repairs;
        let key = (system.to_owned(), backend.to_owned(), version.clone(), repairs.clone());
        if let Some(known) = lock(&self.inner.sets).get(&key) {
            return Ok(Arc::clone(known));
        }
        let set = Arc::new(TableSet::new(&self.inner.shared, system, backend, &version, repairs)?);
        lock(&self.inner.sets).insert(key, Arc::clone(&set));
        Ok(set)
    }

    /// The tables of a version of the communication library.
    ///
    /// # Errors
    /// `AIQ0401` for an unknown system, `AIQ0403` for a version that was not measured there.
    pub fn library(
        &self,
        system: &str,
        version: &str,
        evidence: &Evidence,
    ) -> Result<Arc<TableSet>> {
        self.inner.shared.system_file(system)?;
        let overlay = &self.inner.shared.overlay;
        let measured = LIBRARIES.iter().flat_map(|l| overlay.directories(&[system, l]));
        let mut measured: Vec<String> = measured.collect();
        if !measured.iter().any(|known| known == version) {
            version::newest_first(&mut measured);
            let message = format!("no collectives of `{version}` were measured on `{system}`");
            let error = Error::data(Code::NoSuchVersion, message);
            return Err(with_choices(error, version, &measured, "versions"));
        }
        let shared = &self.inner.shared;
        Ok(Arc::new(TableSet::of_library(shared, system, version, &evidence.repairs)))
    }

    /// Every table on the search path, in the order of their directories.
    pub fn table_files(&self) -> Vec<TableFile> {
        let overlay = &self.inner.shared.overlay;
        let mut files = Vec::new();
        for system in overlay.directories(&[]) {
            for backend in overlay.directories(&[&system]) {
                for version in overlay.directories(&[&system, &backend]) {
                    for (stem, path) in overlay.tables(&[&system, &backend, &version]) {
                        let Some(table) = table(&stem) else {
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
        self.inner.shared.read(path, spec)
    }

    /// Reads and indexes one table with its repairs, unshared.
    ///
    /// # Errors
    /// `AIQ0404` if it cannot be read or is damaged.
    pub fn repaired(&self, file: &TableFile) -> Result<OpTable> {
        self.inner
            .shared
            .indexed(&file.path, file.table, None, &Repairs::All)
            .map(|(table, _)| table)
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

    /// Names of the rules of repairs.
    pub fn repair_rules(&self) -> Vec<String> {
        self.inner.repairs.iter().map(|rule| rule.name.clone()).collect()
    }

    /// Time spent on reading and indexing tables so far.
    pub fn time_reading(&self) -> Duration {
        Duration::from_nanos(self.inner.shared.nanoseconds())
    }

    /// How many table files were read so far, for tests and `explain`.
    pub fn files_read(&self) -> usize {
        self.inner.shared.reads()
    }
}
