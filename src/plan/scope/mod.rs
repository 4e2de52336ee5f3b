//! What names mean for the candidates of a deployment or of one pool of it, and which columns
//! its relation therefore needs.

mod at;
pub(crate) mod classes;
pub(crate) mod columns;
mod leaves;
mod lookup;
mod needs;
mod simulated;
pub(crate) mod symbol;
pub mod view;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::expr::lower::lower;
use super::expr::lowered::Lowered;
use super::question::goal::Goal;
use super::question::mix::Mix;
use super::target::Target;
use crate::base::error::Result;
use crate::lang::ast::{self, AxisTerm, Expr, Loc, PassDef};
use crate::model::library::Library;
use crate::perf::Origin;
use at::At;
use needs::Needs;

pub use needs::{Computed, Simulated};

/// Where a relation of candidates comes from.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// Columns that exist already, by their full name: the rows to estimate.
    pub columns: BTreeSet<String>,
    /// Least and greatest value of each, for ranges that depend on them.
    pub bounds: BTreeMap<String, (f64, f64)>,
}

/// What names mean, expanded in place or not, for each class of requests; and whether that differs
/// between classes.
type Memo = BTreeMap<(String, bool, Option<usize>), (Lowered, bool)>;

/// Names of the candidates of one deployment or pool.
pub struct Scope<'a> {
    /// Definitions in force.
    pub library: &'a Library,
    /// What it is about.
    pub target: &'a Target,
    /// Begins the names of its columns: empty, or `prefill_`.
    pub prefix: String,
    /// Name of the pool, empty for the whole deployment.
    pub pool: String,
    /// Its own definitions.
    pub own: &'a ast::Scope,
    /// Values the question or the session gives, best first.
    pub overrides: &'a [AxisTerm],
    /// Pools whose names may be used with their path.
    pub pools: Vec<Rc<Self>>,
    /// Columns that exist already.
    pub given: &'a Given,
    /// What the question is after.
    pub(super) goal: &'a Goal,
    /// Classes of requests, if there are several.
    pub(super) mix: Option<&'a Mix>,
    /// Which class names are about, and whether they differ between classes.
    pub(super) at: At,
    /// The op graph, whose rows are made of names.
    graph: &'a dyn OpGraph,
    /// What was asked for so far. A cell, since asking for a name is what makes its columns needed.
    needs: RefCell<Needs>,
    /// What was found before. A cell, since a name is looked up wherever it is read.
    found: RefCell<Found>,
}

/// What the scopes of a deployment have in common.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    /// Definitions in force.
    pub library: &'a Library,
    /// Values the question or the session gives, best first.
    pub overrides: &'a [AxisTerm],
    /// What the question is after.
    pub goal: &'a Goal,
    /// Classes of requests, if there are several.
    pub mix: Option<&'a Mix>,
    /// Columns that exist already.
    pub given: &'a Given,
    /// The op graph.
    pub graph: &'a dyn OpGraph,
}

/// What names were found to mean.
#[derive(Default)]
struct Found {
    /// The meaning of each.
    meanings: Memo,
    /// Names being looked up, to find those that are defined by themselves.
    busy: Vec<(String, Option<usize>)>,
    /// Whether a name is one of the whole deployment.
    whole: BTreeMap<String, bool>,
    /// Whether the ops of a pass differ between classes.
    passes: BTreeMap<String, bool>,
}

/// What the op graph says to names. It is planned above scopes, as its rows are made of names.
pub trait OpGraph {
    /// Bytes of weights of one rank.
    ///
    /// # Errors
    /// Unknown operations, arguments and names.
    fn weights(&self, scope: &Scope<'_>) -> Result<Lowered>;

    /// Whether the ops of a pass read anything that differs between classes of requests. Asked
    /// while names are about one class.
    ///
    /// # Errors
    /// As [`Self::weights`].
    fn reads(&self, scope: &Scope<'_>, pass: &PassDef) -> Result<()>;
}

impl<'a> Scope<'a> {
    /// A scope in which nothing was asked for yet: of a pool, or with an empty name of the whole.
    pub fn new(shared: Shared<'a>, target: &'a Target, pool: &str, own: &'a ast::Scope) -> Self {
        let Shared { library, overrides, goal, mix, given, graph } = shared;
        Self {
            library,
            target,
            prefix: if pool.is_empty() { String::new() } else { format!("{pool}_") },
            pool: pool.to_owned(),
            own,
            overrides,
            pools: Vec::new(),
            given,
            goal,
            mix,
            at: At::default(),
            graph,
            needs: RefCell::default(),
            found: RefCell::default(),
        }
    }

    /// With pools, whose names may be used with their path.
    #[must_use]
    pub fn with_pools(self, pools: Vec<Rc<Self>>) -> Self {
        Self { pools, ..self }
    }

    /// The whole deployment, then its pools.
    pub fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.pools.iter().map(|pool| &**pool))
    }

    /// The scopes of workers: the pools, or the deployment itself.
    pub fn workers(&self) -> Vec<&Self> {
        if self.pools.is_empty() { vec![self] } else { self.pools.iter().map(|p| &**p).collect() }
    }

    /// Lowers an expression; definitions become columns of the relation.
    ///
    /// # Errors
    /// Unknown names, units that do not fit.
    pub fn lower(&self, expr: &Expr) -> Result<Lowered> {
        lower(expr, self)
    }

    /// The value of a name.
    ///
    /// # Errors
    /// Unknown names.
    pub fn named(&self, name: &str, loc: &Loc) -> Result<Lowered> {
        self.lookup(name, loc, false)
    }

    /// Whether the question, a setting or the rows to estimate give a value of this name.
    pub(super) fn is_asked(&self, name: &str) -> bool {
        let column = name.replace('.', "_");
        self.given.columns.contains(&column)
            || self.overrides.iter().any(|term| term.name.text == name)
    }

    /// Whether the question or a setting gives several values of this name.
    pub(super) fn is_swept(&self, name: &str) -> bool {
        let term = self.overrides.iter().find(|term| term.name.text == name);
        term.is_some_and(|term| matches!(term.domain, ast::Domain::Items(_)))
    }

    /// Names a question may use here.
    pub fn vocabulary(&self) -> BTreeSet<String> {
        let metrics = self.own.metrics.iter().chain(&self.library.metrics);
        let axes = self.own.axes.iter().chain(&self.library.axes);
        let lets = self.own.lets.iter().chain(&self.library.lets);
        (metrics.map(|m| m.name.text.clone()))
            .chain(axes.map(|a| a.name.text.clone()))
            .chain(lets.map(|l| l.name.text.clone()))
            .chain(Origin::ALL.map(|o| o.name().to_owned()))
            .collect()
    }
}
