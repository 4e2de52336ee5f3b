//! What a relation needs so that the names that were asked for have a value.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::logical_expr::Expr as Df;

use super::Scope;
use crate::plan::expr::lowered::{Lowered, Term};

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

/// Columns of a relation, and what its user should know of them.
#[derive(Default)]
pub(super) struct Needs {
    /// Axes with several values, by column name.
    pub(super) axes: BTreeMap<String, Vec<f64>>,
    /// Columns to compute, each after those it stands on.
    pub(super) computed: Vec<Computed>,
    /// Values taken from the shipped defaults, by name.
    pub(super) assumed: BTreeMap<String, String>,
    /// Names of this pool that the whole deployment asked for.
    pub(super) exports: BTreeSet<String>,
    /// Values that are not known, by name, and why.
    pub(super) unknown: BTreeMap<String, String>,
}

impl Scope<'_> {
    /// Axes with several values that something asked for, by column name.
    pub fn axes(&self) -> BTreeMap<String, Vec<f64>> {
        self.needs.borrow().axes.clone()
    }

    /// Whether something asked for this axis, by column name.
    pub fn uses_axis(&self, column: &str) -> bool {
        self.needs.borrow().axes.contains_key(column)
    }

    /// Names of this pool that the whole deployment asked for.
    pub fn exports(&self) -> BTreeSet<String> {
        self.needs.borrow().exports.clone()
    }

    /// Columns to compute, in an order in which each stands on earlier ones.
    pub fn computed(&self) -> Vec<Computed> {
        self.needs.borrow().computed.clone()
    }

    /// Values taken from the shipped defaults, by name.
    pub fn assumed(&self) -> BTreeMap<String, String> {
        self.needs.borrow().assumed.clone()
    }

    /// Remembers why a value that is only shown is not known.
    pub fn leave_open(&self, name: &str, why: String) {
        self.needs.borrow_mut().unknown.insert(name.to_owned(), why);
    }

    /// Values that are not known, by name, and why.
    pub fn unknown_values(&self) -> BTreeMap<String, String> {
        self.needs.borrow().unknown.clone()
    }

    /// Adds a computed column, unless the value is known or a column already.
    pub fn materialise(&self, name: &str, value: Lowered) -> Lowered {
        let Term::Row(expr) = &value.term else {
            return value;
        };
        if matches!(expr, Df::Column(_)) {
            return value;
        }
        let full = format!("{}{name}{}", self.prefix, self.suffix());
        let computed = &mut self.needs.borrow_mut().computed;
        let (mut level, mut priced) = (0, false);
        for dependency in value.columns() {
            match computed.iter().find(|c| c.name == dependency) {
                Some(c) => {
                    level = level.max(c.level);
                    priced |= c.priced;
                }
                None => priced |= self.is_pass_column(&dependency),
            }
        }
        if !computed.iter().any(|c| c.name == full) {
            let expr = expr.clone();
            computed.push(Computed { name: full.clone(), expr, level: level + 1, priced });
        }
        value.in_column(&full)
    }

    /// Whether an expression reads the latency of a pass, directly or not.
    pub fn is_priced(&self, value: &Lowered) -> bool {
        let computed = &self.needs.borrow().computed;
        let priced = |c: &String| computed.iter().any(|d| d.name == *c && d.priced);
        value.columns().iter().any(|c| self.is_pass_column(c) || priced(c))
    }
}
