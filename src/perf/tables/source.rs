//! Where tables come from: the seam between pricing and storage.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::spec::TableSpec;
use super::table::OpTable;

/// A table together with the data release that it was measured on.
#[derive(Debug, Clone)]
pub struct Source {
    /// Backend and version, such as `trtllm 1.3.0rc20`.
    pub label: String,
    /// The table.
    pub table: Arc<OpTable>,
}

/// What answered.
#[derive(Debug, Clone, Default)]
pub struct Used {
    /// Names of tables, each with the label of a release that answered from it.
    pub releases: BTreeSet<(&'static str, String)>,
    /// Tables of which replaced latencies entered.
    pub repaired: BTreeSet<&'static str>,
}

/// The releases that may answer for one system, backend and version.
pub trait Sources: Send + Sync {
    /// The `index`-th source of a table in order of preference: the own version first, then
    /// donors. Loads lazily; `None` past the end.
    fn source(
        &self,
        table: &'static TableSpec,
        index: usize,
    ) -> Result<Option<Source>, crate::Error>;

    /// The `index`-th release of another backend on the same system that has the table, whatever
    /// kernels it runs. For transfers only.
    fn elsewhere(
        &self,
        table: &'static TableSpec,
        index: usize,
    ) -> Result<Option<Source>, crate::Error> {
        let _ = (table, index);
        Ok(None)
    }
}
