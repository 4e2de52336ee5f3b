//! The names of a deployment, put together in one place: of the whole, and of each of its pools.

use std::rc::Rc;
use std::sync::LazyLock;

use super::graph::ArchitectureGraph;
use super::question::Question;
use super::question::goal::Goal;
use super::scope::{Given, Scope, Shared};
use super::target::Target;
use crate::base::error::{Result, bug};
use crate::lang::ast::{self, AxisTerm, ModeDef};
use crate::model::library::Library;

/// The scope of a deployment in one serving mode, with those of its pools. There is one target for
/// each pool, or one where the mode has none; the whole reads its choices from the last.
///
/// # Errors
/// Only if there is no target.
pub fn deployment<'a>(
    library: &'a Library,
    asked: &'a Question,
    mode: &'a ModeDef,
    targets: &'a [Target],
    given: &'a Given,
) -> Result<Scope<'a>> {
    let (mix, goal) = (asked.mix.as_ref(), &asked.goal);
    let shared = Shared { mix, goal, ..shared(library, &asked.overrides, given) };
    let pools = mode.pools.iter().zip(targets);
    let pools = pools
        .map(|(pool, target)| Rc::new(Scope::new(shared, target, &pool.name.text, &pool.scope)));
    let whole = targets.last().ok_or_else(|| bug("no target"))?;
    Ok(Scope::new(shared, whole, "", &mode.scope).with_pools(pools.collect()))
}

/// The scope of one worker outside of any serving mode: what its architecture and the library say.
pub fn worker<'a>(
    library: &'a Library,
    target: &'a Target,
    overrides: &'a [AxisTerm],
    own: &'a ast::Scope,
    given: &'a Given,
) -> Scope<'a> {
    Scope::new(shared(library, overrides, given), target, "", own)
}

fn shared<'a>(library: &'a Library, overrides: &'a [AxisTerm], given: &'a Given) -> Shared<'a> {
    static NONE: LazyLock<Goal> = LazyLock::new(Goal::default);
    Shared { library, overrides, goal: &NONE, mix: None, given, graph: &ArchitectureGraph }
}
