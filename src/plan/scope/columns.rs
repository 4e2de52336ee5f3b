//! The columns that a relation gets so that the names asked for have a value.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::logical_expr::Expr as Df;

use super::Scope;
use super::needs::Computed;
use crate::plan::expr::domain::Written;
use crate::plan::expr::lowered::{Lowered, Term};

/// Stands between a name and the class that a column is about.
pub(super) const MARK: char = '@';

/// The name in a column of a class.
pub(in crate::plan) fn plain(column: &str) -> &str {
    column.split_once(MARK).map_or(column, |(name, _)| name)
}

impl Scope<'_> {
    /// Whether a column is the latency of a pass, or comes out of a simulation over passes.
    pub fn is_pass_column(&self, column: &str) -> bool {
        let name = column.strip_prefix(self.prefix.as_str()).map(plain);
        let simulated = |name: &str| {
            let of = name.split_once('.').map(|(simulation, _)| simulation);
            of.is_some_and(|of| self.own.simulations.iter().any(|s| s.name.text == of))
        };
        name.is_some_and(|n| {
            n == "origin" || self.own.passes.iter().any(|p| p.name.text == n) || simulated(n)
        })
    }

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
    pub fn assumed(&self) -> BTreeMap<String, Written> {
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
