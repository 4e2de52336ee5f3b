//! One candidate in full: what every name means for it, in the deployment and in its pools.

use super::Session;
use crate::error::Result;
use crate::lang::ast;
use crate::plan::question::estimate::ROW;
use crate::plan::expr::lower::bug;
use crate::plan::question::Question;
use crate::plan::scope::{Given, Scope};
use crate::plan::target::Target as Place;

/// One candidate.
pub(super) struct Candidate<'a> {
    /// Names of the deployment.
    pub(super) whole: Scope<'a>,
    /// Names of its pools; empty where the deployment is one pool.
    pub(super) pools: Vec<&'a Scope<'a>>,
}

impl<'a> Candidate<'a> {
    /// The scopes of workers: the pools, or the deployment itself.
    pub(super) fn workers(&self) -> Vec<&Scope<'a>> {
        if self.pools.is_empty() { vec![&self.whole] } else { self.pools.clone() }
    }

    /// The name of a pass as the model text says it: `mixed_ops`, `decode.step_ops`; of a class of
    /// a mix, with its name.
    pub(super) fn step(scope: &Scope<'_>, pass: &str, class: Option<usize>) -> String {
        let of = scope.class_name(class).map_or_else(String::new, |name| format!("_{name}"));
        let pool = if scope.pool.is_empty() { String::new() } else { format!("{}.", scope.pool) };
        format!("{pool}{pass}{of}")
    }
}

impl Session {
    /// Calls `then` with the candidate that a question is about: of several modes, targets and
    /// values the first, as an estimate takes them.
    pub(super) fn with_candidate<R>(
        &self,
        asked: &Question,
        then: impl FnOnce(&Self, &Candidate<'_>) -> Result<R>,
    ) -> Result<R> {
        let mode = self.modes(asked)?.into_iter().next().ok_or_else(|| bug("no mode"))?;
        let given = Given { columns: [ROW.to_owned()].into(), ..Given::default() };
        let place = |pool: &str| -> Result<Place> {
            let targets = self.engine.targets(&self.library, asked, pool)?;
            targets.into_iter().next().ok_or_else(|| bug("no target"))
        };
        let names: Vec<&str> = mode.pools.iter().map(|p| p.name.text.as_str()).collect();
        let places: Vec<Place> = match names.as_slice() {
            [] => vec![place("")?],
            names => names.iter().map(|pool| place(pool)).collect::<Result<_>>()?,
        };
        let scope = |place, pool, own| -> Scope<'_> {
            Scope::of(&self.library, place, pool, own, asked, &given)
        };
        let own: Vec<&ast::Scope> = mode.pools.iter().map(|p| &p.scope).collect();
        let pools: Vec<Scope<'_>> = names
            .iter()
            .zip(&own)
            .zip(&places)
            .map(|((pool, own), at)| scope(at, pool, own))
            .collect();
        let last = places.last().ok_or_else(|| bug("no target"))?;
        let mut whole = scope(last, "", &mode.scope);
        whole.pools = pools.iter().collect();
        then(self, &Candidate { whole, pools: pools.iter().collect() })
    }
}
