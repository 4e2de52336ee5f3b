//! What is read once for all: facts of systems and tables, each when it is first asked for.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use crate::base::error::{Code, Error, Result, nearest};
use crate::catalog::facts::{Kernels, System};
use crate::catalog::files::{Overlay, damaged};
use crate::catalog::store;
use crate::perf::{Column, OpTable, RawTable, Repairs, TableSpec};

/// A file, the backend it is filtered for if it is another backend's, and what is repaired in it.
type TableKey = (PathBuf, Option<String>, Repairs);
/// A table, `None` if no row survives the filter.
type TableCell = OnceLock<Result<Option<Arc<OpTable>>>>;

/// The directories, and what was read from them.
pub(super) struct Shared {
    pub(super) overlay: Overlay,
    /// Kernels that backends may borrow.
    pub(super) kernels: Kernels,
    systems: Mutex<HashMap<String, Arc<System>>>,
    tables: Mutex<HashMap<TableKey, Arc<TableCell>>>,
    reads: AtomicUsize,
    /// Nanoseconds spent on reading and indexing tables.
    reading: AtomicU64,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("overlay", &self.overlay).finish_non_exhaustive()
    }
}

impl Shared {
    pub(super) fn new(overlay: Overlay, kernels: Kernels) -> Self {
        Self {
            overlay,
            kernels,
            systems: Mutex::default(),
            tables: Mutex::default(),
            reads: AtomicUsize::new(0),
            reading: AtomicU64::new(0),
        }
    }

    /// Names of all systems, in alphabetical order.
    pub(super) fn systems(&self) -> Vec<String> {
        let mut names = self.overlay.directories(&[]);
        names.retain(|name| self.overlay.file(&[name, "system.yaml"]).is_some());
        names
    }

    /// The facts of a system.
    pub(super) fn system(&self, name: &str) -> Result<Arc<System>> {
        if let Some(known) = lock(&self.systems).get(name) {
            return Ok(Arc::clone(known));
        }
        let system = Arc::new(System::load(name, &self.system_file(name)?)?);
        lock(&self.systems).insert(name.to_owned(), Arc::clone(&system));
        Ok(system)
    }

    /// The file of a system.
    pub(super) fn system_file(&self, name: &str) -> Result<PathBuf> {
        let found = self.overlay.file(&[name, "system.yaml"]);
        found.ok_or_else(|| {
            let error = Error::data(Code::NoSuchSystem, format!("there is no system `{name}`"));
            with_choices(error, name, &self.systems(), "systems")
                .help("`help own gpu` says how to ask about one that is not shipped")
        })
    }

    /// Reads one table from its file.
    pub(super) fn read(&self, path: &Path, spec: &'static TableSpec) -> Result<RawTable> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        store::read(path, spec)
    }

    /// The table of a file, for `borrower` only as far as that backend may borrow its kernels;
    /// `None` if it holds no row that may be used.
    pub(super) fn table(
        &self,
        path: &Path,
        spec: &'static TableSpec,
        borrower: Option<&str>,
        repairs: &Repairs,
    ) -> Result<Option<Arc<OpTable>>> {
        let key = (path.to_owned(), borrower.map(str::to_owned), repairs.clone());
        let cell = Arc::clone(lock(&self.tables).entry(key).or_default());
        // The map is unlocked while the file is read, so that tables load in parallel.
        cell.get_or_init(|| {
            let _clock = Clock::start(&self.reading);
            let (table, rows) = self.indexed(path, spec, borrower, repairs)?;
            Ok((rows > 0).then(|| Arc::new(table)))
        })
        .clone()
    }

    /// Reads and indexes the table of a file; the number of its rows that may be used is beside it.
    pub(super) fn indexed(
        &self,
        path: &Path,
        spec: &'static TableSpec,
        borrower: Option<&str>,
        repairs: &Repairs,
    ) -> Result<(OpTable, usize)> {
        let mut raw = self.read(path, spec)?;
        if *repairs != Repairs::None {
            store::repair(&mut raw, path, repairs)?;
        }
        if let Some(backend) = borrower {
            let kernels = self.kernels.of(spec.name, backend);
            raw = only_kernels(raw, kernels.unwrap_or(&BTreeSet::new()));
        }
        let rows = raw.rows;
        let table = OpTable::build(spec, raw).map_err(|why| damaged(path, why))?;
        Ok((table, rows))
    }

    /// Nanoseconds spent on reading and indexing tables.
    pub(super) fn nanoseconds(&self) -> u64 {
        self.reading.load(Ordering::Relaxed)
    }

    /// How many table files were read.
    pub(super) fn reads(&self) -> usize {
        self.reads.load(Ordering::Relaxed)
    }
}

/// Caches hold complete values only, so a panic elsewhere leaves them usable.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error about a name that is not among `all`.
pub(super) fn with_choices(error: Error, name: &str, all: &[String], what: &str) -> Error {
    // A name that was not typed to its end is more likely than one that is spelled alike.
    let lower = name.to_lowercase();
    let begun = all.iter().find(|c| !name.is_empty() && c.to_lowercase().starts_with(&lower));
    let near = || nearest(&lower, all.iter().map(String::as_str));
    let error = match begun.map(String::as_str).or_else(near) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error,
    };
    if all.is_empty() {
        return error.help(format!("there are no {what}; `aiq systems import PATH` adds data"));
    }
    error.help(format!("{what}: {}", all.join(", ")))
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
    RawTable { rows: latency.len(), columns, latency, repaired: raw.repaired.kept(&keep) }
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
