//! Where tables come from.

use std::sync::Arc;

use super::spec::TableSpec;
use super::table::OpTable;

/// A table and where it comes from.
#[derive(Debug, Clone)]
pub struct Source {
    /// Backend and version, such as `trtllm 1.3.0rc20`.
    pub label: String,
    /// Rows.
    pub table: Arc<OpTable>,
}

/// An ordered list of sources per table.
pub trait Sources: Send + Sync {
    /// The source at `index`, best first; `None` past the end.
    fn source(
        &self,
        table: &'static TableSpec,
        index: usize,
    ) -> Result<Option<Source>, crate::Error>;
}
