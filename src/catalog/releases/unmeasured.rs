//! Systems that are known by their facts alone: `data = roofline` reads no table, so any backend that
//! was measured on some system answers there.

use super::catalog::Catalog;
use super::shared::with_choices;
use crate::base::error::{Code, Error, Result};
use crate::catalog::facts::version;
use crate::catalog::files::LIBRARIES;
use crate::perf::DataMode;

impl Catalog {
    /// Backends that answer on a system, in alphabetical order.
    ///
    /// # Errors
    /// `AIQ0401` if there is no such system.
    pub fn backends_for(&self, system: &str, mode: DataMode) -> Result<Vec<String>> {
        let mut names = self.backends(system)?;
        if mode == DataMode::Roofline {
            names.extend(self.backends_anywhere());
            names.sort();
            names.dedup();
        }
        Ok(names)
    }

    /// Versions of a backend that answer on a system, newest first: those that were measured on it, or
    /// on any where no table is read.
    ///
    /// # Errors
    /// `AIQ0401` and `AIQ0402` if there is no such system or backend.
    pub fn versions_for(&self, system: &str, backend: &str, mode: DataMode) -> Result<Vec<String>> {
        if mode != DataMode::Roofline || self.backends(system)?.iter().any(|name| name == backend) {
            return self.versions(system, backend);
        }
        let anywhere = self.versions_anywhere(backend);
        if anywhere.is_empty() { self.versions(system, backend) } else { Ok(anywhere) }
    }

    /// Nothing was measured for a backend on a system: what else there is, and what to do.
    pub(super) fn not_measured(&self, system: &str, backend: &str, measured: &[String]) -> Error {
        let message = format!("there is no data for backend `{backend}` on `{system}`");
        let error = Error::data(Code::NoSuchBackend, message);
        let known = self.backends_anywhere();
        if ["all", "any", "auto"].contains(&backend) {
            return error.help(format!("several are listed: `using {}`", known.join(", ")));
        }
        if !known.iter().any(|name| name == backend) {
            let choices = if measured.is_empty() { &known } else { measured };
            return with_choices(error, backend, choices, "backends");
        }
        let bounds = "`set data = roofline` answers with bounds from its `system.yaml`; \
            `aiq systems import PATH` adds measurements";
        let error = match measured {
            [] => error,
            measured => error.help(format!("backends: {}", measured.join(", "))),
        };
        let places: Vec<String> =
            self.search_path().iter().map(|root| format!("`{}`", root.display())).collect();
        error.help(bounds).help(format!("looked in {}", places.join(", ")))
    }

    fn backends_anywhere(&self) -> Vec<String> {
        let overlay = &self.inner.shared.overlay;
        let systems = overlay.directories(&[]);
        let mut names: Vec<String> =
            systems.iter().flat_map(|system| overlay.directories(&[system])).collect();
        names.retain(|name| !LIBRARIES.contains(&name.as_str()));
        names.sort();
        names.dedup();
        names
    }

    fn versions_anywhere(&self, backend: &str) -> Vec<String> {
        let overlay = &self.inner.shared.overlay;
        let systems = overlay.directories(&[]);
        let mut versions: Vec<String> =
            systems.iter().flat_map(|system| overlay.directories(&[system, backend])).collect();
        versions.sort();
        versions.dedup();
        version::newest_first(&mut versions);
        versions
    }
}
