//! A digest of a release of measurements, so that what was answered from it can be told later.

use super::catalog::Catalog;
use crate::base::error::Result;
use crate::catalog::store;
use crate::perf::table;

impl Catalog {
    /// A digest of the tables of a backend version on a system: of their names and the digests of
    /// their contents. Reads the ends of the files, not the tables.
    ///
    /// # Errors
    /// `AIQ0404` if a table is damaged.
    pub fn digest(&self, system: &str, backend: &str, version: &str) -> Result<String> {
        let tables = self.inner.shared.overlay.tables(&[system, backend, version]);
        let mut parts = Vec::new();
        for (name, path) in tables.iter().filter(|(name, _)| table(name).is_some()) {
            parts.push(format!("{name} {}", store::digest(path)?));
        }
        Ok(store::digest_of(&parts))
    }
}
