//! Searches planned before: asked again in the same words, they only run.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;

use crate::plan::question::Question;
use crate::plan::target::provenance::Data;

/// More than anyone repeats, few enough to forget.
const KEPT: usize = 64;

/// A planned search and what its answer says of it.
pub(super) struct Prepared {
    pub(super) asked: Question,
    pub(super) context: SessionContext,
    pub(super) logical: LogicalPlan,
    pub(super) plan: Arc<dyn ExecutionPlan>,
    pub(super) candidates: u64,
    pub(super) assumptions: Vec<String>,
    pub(super) data: Vec<Data>,
    /// Time spent reading tables while planning.
    pub(super) read: Duration,
}

/// Planned searches by their words, for as long as settings, definitions and data stay.
#[derive(Default)]
pub(super) struct PreparedSearches(HashMap<String, Arc<Prepared>>);

impl PreparedSearches {
    pub(super) fn get(&self, text: &str) -> Option<Arc<Prepared>> {
        self.0.get(text).cloned()
    }

    pub(super) fn keep(&mut self, text: &str, prepared: &Arc<Prepared>) {
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(text.to_owned(), Arc::clone(prepared));
    }

    /// Forgets all: what they were planned from has changed.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
