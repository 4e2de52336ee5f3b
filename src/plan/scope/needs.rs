//! What a relation needs so that the names that were asked for have a value.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::logical_expr::Expr as Df;

use crate::plan::expr::domain::Written;
use crate::plan::expr::lowered::Lowered;

/// A column computed from others.
#[derive(Debug, Clone)]
pub struct Computed {
    /// Its name.
    pub name: String,
    /// Its value.
    pub expr: Df,
    /// How many computed columns it stands on.
    pub level: usize,
    /// Whether it needs the latency of a pass.
    pub priced: bool,
}

/// A simulation of requests, whose results are columns.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// Begins the names of its columns.
    pub prefix: String,
    /// What it is given, by name.
    pub arguments: BTreeMap<String, Lowered>,
}

/// Columns of a relation, and what its user should know of them.
#[derive(Default)]
pub(super) struct Needs {
    /// Axes with several values, by column name.
    pub(super) axes: BTreeMap<String, Vec<f64>>,
    /// Columns to compute, each after those it stands on.
    pub(super) computed: Vec<Computed>,
    /// Simulations whose results are columns.
    pub(super) simulated: Vec<Simulated>,
    /// Values taken from the shipped defaults, by name.
    pub(super) assumed: BTreeMap<String, Written>,
    /// Names of this pool that the whole deployment asked for.
    pub(super) exports: BTreeSet<String>,
    /// Values that are not known, by name, and why.
    pub(super) unknown: BTreeMap<String, String>,
}
