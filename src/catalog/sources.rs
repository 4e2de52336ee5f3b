//! Which files serve a table of one backend version, in which order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::lists::List;
use super::reuse::{self, Donor};
use super::{Catalog, damaged, lock, version, yaml};
use crate::error::Result;
use crate::perf::source::{Source, Sources};
use crate::perf::spec::{NCCL, TableSpec};
use crate::perf::table::{Column, OpTable, RawTable};

/// The tables of a backend version on a system: its own, then those of declared donors, of older
/// versions of the backend, and of other backends as far as they run the same kernels.
///
/// Tables are read on first use and shared by the whole catalog.
#[derive(Debug)]
pub struct TableSet {
    catalog: Catalog,
    system: String,
    backend: String,
    version: String,
    donors: Vec<Donor>,
    candidates: Mutex<HashMap<&'static str, Arc<Vec<Candidate>>>>,
    elsewhere: Mutex<HashMap<&'static str, Arc<Vec<Candidate>>>>,
}

/// A file that may hold rows for a table.
#[derive(Debug)]
struct Candidate {
    label: String,
    path: PathBuf,
    /// Whether only shared kernels may be taken from it.
    is_foreign: bool,
}

impl TableSet {
    pub(super) fn new(
        catalog: &Catalog,
        system: &str,
        backend: &str,
        version: &str,
    ) -> Result<Self> {
        let file = catalog.inner.overlay.file(&[system, backend, version, "reuse.yaml"]);
        let donors = match file {
            Some(path) => reuse::donors(&yaml::list(&path, List::reuse)?),
            None => Vec::new(),
        };
        Ok(Self {
            catalog: catalog.clone(),
            system: system.to_owned(),
            backend: backend.to_owned(),
            version: version.to_owned(),
            donors,
            candidates: Mutex::default(),
            elsewhere: Mutex::default(),
        })
    }

    /// System the tables were measured on.
    pub fn system(&self) -> &str {
        &self.system
    }

    /// Serving backend.
    pub fn backend(&self) -> &str {
        &self.backend
    }

    /// Data version, never a slot word.
    pub fn version(&self) -> &str {
        &self.version
    }

    fn candidates(&self, table: &'static TableSpec) -> Result<Arc<Vec<Candidate>>> {
        if let Some(known) = lock(&self.candidates).get(table.name) {
            return Ok(Arc::clone(known));
        }
        let list =
            Arc::new(if table.name == NCCL.name { self.library()? } else { self.measured(table) });
        lock(&self.candidates).insert(table.name, Arc::clone(&list));
        Ok(list)
    }

    /// The collectives of the library version that the system declares, and of no other.
    fn library(&self) -> Result<Vec<Candidate>> {
        let system = self.catalog.system(&self.system)?;
        let found = super::LIBRARIES.iter().find_map(|library| {
            let version = system.text(&format!("misc.{library}_version"))?;
            self.candidate(library, version, NCCL.name, Foreign::No)
        });
        Ok(found.into_iter().collect())
    }

    fn measured(&self, table: &'static TableSpec) -> Vec<Candidate> {
        let overlay = &self.catalog.inner.overlay;
        let mut versions = vec![self.version.clone()];
        let donors = self.donors.iter().filter(|d| d.table == table.name);
        versions.extend(donors.map(|d| d.from_version.clone()));
        let mut older = overlay.directories(&[&self.system, &self.backend]);
        version::newest_first(&mut older);
        older.retain(|v| version::compare(v, &self.version).is_lt() && !versions.contains(v));
        versions.extend(older);
        let own = versions
            .iter()
            .filter_map(|v| self.candidate(&self.backend, v, table.name, Foreign::No));
        let mut list: Vec<Candidate> = own.collect();
        if self.catalog.inner.kernels.of(table.name, &self.backend).is_none() {
            return list;
        }
        for sibling in self.siblings() {
            let mut versions = overlay.directories(&[&self.system, &sibling]);
            version::newest_first(&mut versions);
            let files = versions
                .iter()
                .filter_map(|v| self.candidate(&sibling, v, table.name, Foreign::Yes));
            list.extend(files);
        }
        list
    }

    /// Other backends of the system.
    fn siblings(&self) -> impl Iterator<Item = String> {
        let all = self.catalog.inner.overlay.directories(&[&self.system]);
        all.into_iter().filter(|b| *b != self.backend && !super::LIBRARIES.contains(&b.as_str()))
    }

    /// The newest table of each other backend, with all its kernels.
    fn others(&self, table: &'static TableSpec) -> Arc<Vec<Candidate>> {
        let mut known = lock(&self.elsewhere);
        let list = known.entry(table.name).or_insert_with(|| {
            let newest = self.siblings().filter_map(|sibling| {
                let overlay = &self.catalog.inner.overlay;
                let mut versions = overlay.directories(&[&self.system, &sibling]);
                version::newest_first(&mut versions);
                versions.iter().find_map(|v| self.candidate(&sibling, v, table.name, Foreign::No))
            });
            Arc::new(newest.collect())
        });
        Arc::clone(list)
    }

    fn candidate(
        &self,
        backend: &str,
        version: &str,
        table: &str,
        foreign: Foreign,
    ) -> Option<Candidate> {
        let name = format!("{table}.parquet");
        let path = self.catalog.inner.overlay.file(&[&self.system, backend, version, &name])?;
        let label = format!("{backend} {version}");
        Some(Candidate { label, path, is_foreign: foreign == Foreign::Yes })
    }

    /// The `index`-th of the candidates that hold rows.
    fn nth(
        &self,
        candidates: &[Candidate],
        table: &'static TableSpec,
        index: usize,
    ) -> Result<Option<Source>> {
        let mut left = index;
        for candidate in candidates {
            let Some(found) = self.load(candidate, table)? else {
                continue;
            };
            if left == 0 {
                return Ok(Some(Source { label: candidate.label.clone(), table: found }));
            }
            left -= 1;
        }
        Ok(None)
    }

    /// The table of a candidate; `None` if it holds no row that may be used.
    fn load(
        &self,
        candidate: &Candidate,
        spec: &'static TableSpec,
    ) -> Result<Option<Arc<OpTable>>> {
        let filter = candidate.is_foreign.then(|| self.backend.clone());
        let key = (candidate.path.clone(), filter);
        let cell = Arc::clone(lock(&self.catalog.inner.tables).entry(key).or_default());
        // The map is unlocked while the file is read, so that tables load in parallel.
        cell.get_or_init(|| {
            let _clock = Clock::start(&self.catalog.inner.reading);
            let mut raw = self.catalog.read(&candidate.path, spec)?;
            if candidate.is_foreign {
                let kernels = self.catalog.inner.kernels.of(spec.name, &self.backend);
                raw = only_kernels(raw, kernels.unwrap_or(&BTreeSet::new()));
            }
            if raw.rows == 0 {
                return Ok(None);
            }
            let table = OpTable::build(spec, raw).map_err(|why| damaged(&candidate.path, why))?;
            Ok(Some(Arc::new(table)))
        })
        .clone()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Foreign {
    No,
    Yes,
}

impl Sources for TableSet {
    fn source(&self, table: &'static TableSpec, index: usize) -> Result<Option<Source>> {
        self.nth(&self.candidates(table)?, table, index)
    }

    fn elsewhere(&self, table: &'static TableSpec, index: usize) -> Result<Option<Source>> {
        self.nth(&self.others(table), table, index)
    }
}

/// The rows measured with one of `kernels`.
fn only_kernels(raw: RawTable, kernels: &BTreeSet<String>) -> RawTable {
    let keep: Vec<bool> = match raw.columns.get("kernel") {
        Some(Column::Text { codes, values }) => {
            let allowed: Vec<bool> = values.iter().map(|v| kernels.contains(v)).collect();
            codes.iter().map(|c| allowed.get(*c as usize).copied().unwrap_or(false)).collect()
        }
        _ => vec![false; raw.rows],
    };
    if keep.iter().all(|k| *k) {
        return raw;
    }
    fn pick<T: Copy>(values: &[T], keep: &[bool]) -> Vec<T> {
        values.iter().zip(keep).filter(|(_, k)| **k).map(|(v, _)| *v).collect()
    }
    let columns: BTreeMap<String, Column> = raw
        .columns
        .into_iter()
        .map(|(name, column)| {
            let column = match column {
                Column::Int(v) => Column::Int(pick(&v, &keep)),
                Column::Text { codes, values } => {
                    Column::Text { codes: pick(&codes, &keep), values }
                }
            };
            (name, column)
        })
        .collect();
    let latency = pick(&raw.latency, &keep);
    RawTable { rows: latency.len(), columns, latency }
}

/// Adds the time it lives to a counter of nanoseconds.
struct Clock<'c> {
    begin: Instant,
    total: &'c AtomicU64,
}

impl<'c> Clock<'c> {
    fn start(total: &'c AtomicU64) -> Self {
        Self { begin: Instant::now(), total }
    }
}

impl Drop for Clock<'_> {
    fn drop(&mut self) {
        let nanos = u64::try_from(self.begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.total.fetch_add(nanos, Ordering::Relaxed);
    }
}
