//! Syntax trees of serving modes: pools of workers, and the passes that a worker runs.

use super::architecture::Phase;
use super::define::{AxisDef, LetDef, MetricDef, RuleDef};
use crate::lang::ast::expr::{Domain, Expr, Item};
use crate::lang::ast::place::Name;

/// Items shared by modes and pools.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// Derived values.
    pub lets: Vec<LetDef>,
    /// Sums over the op graph.
    pub passes: Vec<PassDef>,
    /// Passes at several sizes.
    pub profiles: Vec<ProfileDef>,
    /// Simulations of requests.
    pub simulations: Vec<SimulationDef>,
    /// Metrics.
    pub metrics: Vec<MetricDef>,
    /// Conditions.
    pub rules: Vec<RuleDef>,
    /// Default axes.
    pub axes: Vec<AxisDef>,
}

/// A serving mode.
#[derive(Debug, Clone, PartialEq)]
pub struct ModeDef {
    /// Its name.
    pub name: Name,
    /// What the whole deployment has.
    pub scope: Scope,
    /// Pools of workers; none means that the deployment is one pool.
    pub pools: Vec<PoolDef>,
}

impl ModeDef {
    /// Its own definitions, then those of each pool.
    pub fn scopes(&self) -> impl Iterator<Item = &Scope> {
        [&self.scope].into_iter().chain(self.pools.iter().map(|p| &p.scope))
    }
}

/// A pool of equal workers.
#[derive(Debug, Clone, PartialEq)]
pub struct PoolDef {
    /// Its name.
    pub name: Name,
    /// What a worker of it has.
    pub scope: Scope,
}

/// A sum over the ops of one phase at given coordinates.
#[derive(Debug, Clone, PartialEq)]
pub struct PassDef {
    /// Name of the resulting latency.
    pub name: Name,
    /// Which phase.
    pub phase: Phase,
    /// Only ops of this role.
    pub only: Option<String>,
    /// All but ops of this role.
    pub except: Option<String>,
    /// Coordinates.
    pub at: Vec<(Name, Expr)>,
    /// Weighted sum over positions.
    pub over: Option<Over>,
    /// Runs only then.
    pub when: Option<Expr>,
}

/// `over i in lo..hi step n weight w`
#[derive(Debug, Clone, PartialEq)]
pub struct Over {
    /// The position variable.
    pub name: Name,
    /// Its values.
    pub range: Item,
    /// Weight of each.
    pub weight: Expr,
}

/// A pass at each of several sizes: `profile NAME = ... over n in [1, 2, 4]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ProfileDef {
    /// The pass, at one size.
    pub pass: PassDef,
    /// Sizes and their values; all combinations are priced.
    pub sizes: Vec<(Name, Domain)>,
}

/// Requests that are followed one by one: `simulation NAME at (clients = ...)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulationDef {
    /// What its results are called by: `NAME.ttft`.
    pub name: Name,
    /// What it is given.
    pub at: Vec<(Name, Expr)>,
}
