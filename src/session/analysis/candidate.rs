//! One candidate in full: what every name means for it, in the deployment and in its pools.

use crate::base::error::{Result, bug};
use crate::plan::deployment::deployment;
use crate::plan::expr::col::ROW;
use crate::plan::question::Question;
use crate::plan::scope::{Given, Scope};
use crate::session::state::Session;

/// The name of a pass as the model text says it: `mixed_ops`, `decode.step_ops`; of a class of a
/// mix, with its name.
pub(in crate::session) fn step(scope: &Scope<'_>, pass: &str, class: Option<usize>) -> String {
    let of = scope.class_name(class).map_or_else(String::new, |name| format!("_{name}"));
    let pool = if scope.pool.is_empty() { String::new() } else { format!("{}.", scope.pool) };
    format!("{pool}{pass}{of}")
}

impl Session {
    /// Calls `then` with the candidate that a question is about: of several modes, targets and
    /// values the first, as an estimate takes them.
    pub(in crate::session) fn with_candidate<R>(
        &self,
        asked: &Question,
        then: impl FnOnce(&Self, &Scope<'_>) -> Result<R>,
    ) -> Result<R> {
        let asked = &*self.by_formulas(asked)?;
        let mode = self.modes(asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let deployments = self.engine.deployments(&self.library, asked, &mode)?;
        let targets = deployments.first().ok_or_else(|| bug("no target"))?;
        then(self, &deployment(&self.library, asked, &mode, targets, &given)?)
    }
}
