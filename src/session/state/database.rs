//! The database that SQL statements ask.

use std::sync::Arc;

use datafusion::prelude::SessionContext;

use crate::base::error::Result;
use crate::perf::{Evidence, QuantModes};
use crate::plan::nodes::failure::failure;

/// Tables and functions of a session, and the views and tables that its user made.
pub(in crate::session) struct Database {
    pub(in crate::session) context: SessionContext,
    /// The precisions that the functions know; a definition of another makes them anew.
    pub(in crate::session) quants: Arc<QuantModes>,
    /// What their prices may rest on; so does another setting.
    pub(in crate::session) evidence: Evidence,
}

impl Database {
    /// Drops what was computed from definitions and settings that change now.
    pub(in crate::session) fn forget_coverage(&self) -> Result<()> {
        self.context.deregister_table("coverage").map(drop).map_err(failure)
    }
}
