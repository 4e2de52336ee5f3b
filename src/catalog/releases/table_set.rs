//! Which files serve a table of one backend version, in which order.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::shared::{Shared, lock};
use crate::base::error::Result;
use crate::catalog::facts::{Donor, List, donors, version};
use crate::catalog::files::LIBRARIES;
use crate::perf::{Repairs, Source, Sources, TableSpec};

/// The tables of a backend version on a system: its own, then those of declared donors, of older
/// versions of the backend, and of other backends as far as they run the same kernels.
///
/// Tables are read on first use and shared by the whole catalog.
#[derive(Debug)]
pub struct TableSet {
    shared: Arc<Shared>,
    system: String,
    backend: String,
    version: String,
    repairs: Repairs,
    /// The version of the communication library, where it is not that of the system.
    library: Option<String>,
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
        shared: &Arc<Shared>,
        system: &str,
        backend: &str,
        version: &str,
        repairs: &Repairs,
    ) -> Result<Self> {
        let file = shared.overlay.file(&[system, backend, version, "reuse.yaml"]);
        let donors = match file {
            Some(path) => donors(&List::load(&path, List::reuse)?),
            None => Vec::new(),
        };
        Ok(Self {
            shared: Arc::clone(shared),
            system: system.to_owned(),
            backend: backend.to_owned(),
            version: version.to_owned(),
            repairs: repairs.clone(),
            library: None,
            donors,
            candidates: Mutex::default(),
            elsewhere: Mutex::default(),
        })
    }

    /// Collectives alone, of a version of the communication library.
    pub(super) fn of_library(
        shared: &Arc<Shared>,
        system: &str,
        version: &str,
        repairs: &Repairs,
    ) -> Self {
        Self {
            shared: Arc::clone(shared),
            system: system.to_owned(),
            backend: String::new(),
            version: String::new(),
            repairs: repairs.clone(),
            library: Some(version.to_owned()),
            donors: Vec::new(),
            candidates: Mutex::default(),
            elsewhere: Mutex::default(),
        }
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
            Arc::new(if table.is_library { self.library(table)? } else { self.measured(table) });
        lock(&self.candidates).insert(table.name, Arc::clone(&list));
        Ok(list)
    }

    /// The collectives of one version of the library: that which the system declares, or another asked for.
    fn library(&self, table: &TableSpec) -> Result<Vec<Candidate>> {
        let system = self.shared.system(&self.system)?;
        let found = LIBRARIES.iter().find_map(|library| {
            let declared = system.text(&format!("misc.{library}_version"));
            let version = self.library.as_deref().or(declared)?;
            self.candidate(library, version, table.name, Foreign::No)
        });
        Ok(found.into_iter().collect())
    }

    fn measured(&self, table: &'static TableSpec) -> Vec<Candidate> {
        let overlay = &self.shared.overlay;
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
        if self.shared.kernels.of(table.name, &self.backend).is_none() {
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
        let all = self.shared.overlay.directories(&[&self.system]);
        all.into_iter().filter(|b| *b != self.backend && !LIBRARIES.contains(&b.as_str()))
    }

    /// The newest table of each other backend, with all its kernels.
    fn others(&self, table: &'static TableSpec) -> Arc<Vec<Candidate>> {
        let mut known = lock(&self.elsewhere);
        let list = known.entry(table.name).or_insert_with(|| {
            let newest = self.siblings().filter_map(|sibling| {
                let overlay = &self.shared.overlay;
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
        let path = self.shared.overlay.file(&[&self.system, backend, version, &name])?;
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
            let borrower = candidate.is_foreign.then_some(self.backend.as_str());
            let found = self.shared.table(&candidate.path, table, borrower, &self.repairs)?;
            let Some(found) = found else {
                continue;
            };
            if left == 0 {
                return Ok(Some(Source { label: candidate.label.clone(), table: found }));
            }
            left -= 1;
        }
        Ok(None)
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
