//! Searches planned before: asked again in the same words, they only run.

use std::collections::HashMap;
use std::fmt;
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
pub(in crate::session) struct Prepared {
    pub(in crate::session) asked: Question,
    pub(in crate::session) context: SessionContext,
    pub(in crate::session) logical: LogicalPlan,
    pub(in crate::session) plan: Arc<dyn ExecutionPlan>,
    pub(in crate::session) candidates: u64,
    /// What was assumed, in short.
    pub(in crate::session) assumptions: Vec<String>,
    /// The same, name by name.
    pub(in crate::session) assumed: Vec<[String; 2]>,
    /// How many serving modes it is about.
    pub(in crate::session) modes: usize,
    /// Remarks on values that the question gives and no candidate has.
    pub(in crate::session) vanished: Vec<String>,
    /// What it is about, part by part.
    pub(in crate::session) about: Vec<String>,
    pub(in crate::session) data: Vec<Data>,
    /// Of a simulated answer, how many candidates were simulated.
    pub(in crate::session) followed: Option<Trials>,
    /// Time spent reading tables while planning.
    pub(in crate::session) read: Duration,
}

/// Planned searches by their words, for as long as settings, definitions and data stay.
#[derive(Default)]
pub(in crate::session) struct PreparedSearches(HashMap<String, Arc<Prepared>>);

impl PreparedSearches {
    pub(in crate::session) fn get(&self, text: &str) -> Option<Arc<Prepared>> {
        self.0.get(text).cloned()
    }

    pub(in crate::session) fn keep(&mut self, text: &str, prepared: &Arc<Prepared>) {
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(text.to_owned(), Arc::clone(prepared));
    }

    /// Forgets all: what they were planned from has changed.
    pub(in crate::session) fn clear(&mut self) {
        self.0.clear();
    }
}

/// How many candidates were followed.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::session) struct Trials {
    /// Those that formulas leave.
    pub(in crate::session) ranked: usize,
    /// Those that were tried with few requests.
    pub(in crate::session) tried: usize,
    /// Those that were followed for the answer.
    pub(in crate::session) in_full: usize,
}

impl fmt::Display for Trials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ranked, tried, in_full } = self;
        match (in_full, tried) {
            (0, _) => f.write_str("nothing was simulated: all is of formulas"),
            (1, 0) => f.write_str("simulated: the requests of the only candidate"),
            (_, 0) if in_full == ranked => {
                write!(f, "simulated: the requests of all {ranked} candidates")
            }
            (_, 0) => write!(
                f,
                "simulated: the requests of {in_full} candidates, of {ranked} that formulas leave"
            ),
            _ => write!(
                f,
                "simulated: the requests of {in_full} candidates, chosen by trying {tried} of the {ranked} that \
                 formulas leave"
            ),
        }
    }
}
