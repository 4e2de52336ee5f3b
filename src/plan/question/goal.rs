//! What a question is after: the names in its objective and conditions, and the bounds it sets them.

use std::collections::{BTreeMap, BTreeSet};

use super::NoNames;
use crate::lang::ast::{BinaryOp, Expr, ExprKind, Objective, Preference};
use crate::plan::expr::lower::known;

/// How far a bound that must not be reached is moved.
const STRICT: f64 = 1e-9;

/// What a question is after.
#[derive(Debug, Clone, Default)]
pub struct Goal {
    /// Names in the objective, the conditions and the preferences.
    names: BTreeSet<String>,
    /// Names in what is maximized.
    maximized: BTreeSet<String>,
    /// Names in what is minimized.
    minimized: BTreeSet<String>,
    /// Whether it asks for the trade-offs of several objectives.
    frontier: bool,
    /// The greatest lower and the least upper bound of names.
    bounds: BTreeMap<String, (f64, f64)>,
}

impl Goal {
    /// The goal of a question.
    pub fn new(
        objective: Option<&Objective>,
        conditions: &[Expr],
        preferences: &[Preference],
    ) -> Self {
        let mut goal =
            Self { frontier: matches!(objective, Some(Objective::Pareto(_))), ..Self::default() };
        let add = |e: &Expr, to: &mut BTreeSet<String>| {
            let mut names = Vec::new();
            e.names(&mut names);
            to.extend(names);
        };
        match objective {
            Some(Objective::Maximize(e)) => add(e, &mut goal.maximized),
            Some(Objective::Minimize(e)) => add(e, &mut goal.minimized),
            Some(Objective::Pareto(all)) => all.iter().for_each(|e| add(e, &mut goal.names)),
            None => {}
        }
        goal.names.extend(goal.maximized.iter().chain(&goal.minimized).cloned());
        for condition in conditions.iter().chain(preferences.iter().map(|p| &p.condition)) {
            add(condition, &mut goal.names);
            goal.bound(condition);
        }
        goal
    }

    /// Takes in the bound of a condition, if it is one: a name compared with a known number.
    fn bound(&mut self, condition: &Expr) {
        let ExprKind::Binary(op, left, right) = &condition.kind else { return };
        let number = |e: &Expr| known(e, &NoNames).ok()?.as_number();
        let (name, value, name_is_left) = match (&left.kind, &right.kind) {
            (ExprKind::Name(name), _) => (name, number(right), true),
            (_, ExprKind::Name(name)) => (name, number(left), false),
            _ => return,
        };
        let Some(value) = value else { return };
        let moved = value.abs() * STRICT;
        let (low, high) = match (op, name_is_left) {
            (BinaryOp::Eq, _) => (value, value),
            (BinaryOp::Ge, true) | (BinaryOp::Le, false) => (value, f64::INFINITY),
            (BinaryOp::Gt, true) | (BinaryOp::Lt, false) => (value + moved, f64::INFINITY),
            (BinaryOp::Le, true) | (BinaryOp::Ge, false) => (f64::NEG_INFINITY, value),
            (BinaryOp::Lt, true) | (BinaryOp::Gt, false) => (f64::NEG_INFINITY, value - moved),
            _ => return,
        };
        let none = (f64::NEG_INFINITY, f64::INFINITY);
        let bounds = self.bounds.entry(name.clone()).or_insert(none);
        *bounds = (bounds.0.max(low), bounds.1.min(high));
    }

    /// Names whose bounds exclude each other.
    pub fn contradicted(&self) -> impl Iterator<Item = &str> {
        let empty = self.bounds.iter().filter(|(_, (low, high))| low > high);
        empty.map(|(name, _)| name.as_str())
    }

    /// Whether its conditions bound a name.
    pub fn bounds(&self, name: &str) -> bool {
        self.bounds.contains_key(name)
    }

    /// Whether it names any of these.
    pub fn asks(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.names.contains(*name))
    }

    /// Whether what it maximizes names any of these.
    pub fn maximizes(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.maximized.contains(*name))
    }

    /// Whether what it minimizes names any of these.
    pub fn minimizes(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.minimized.contains(*name))
    }

    /// Whether it asks for the trade-offs of several objectives.
    pub fn is_frontier(&self) -> bool {
        self.frontier
    }

    /// The least value that its conditions let a name have; 0 without a bound.
    pub fn at_least(&self, name: &str) -> f64 {
        self.bounds.get(name).map_or(0.0, |bounds| bounds.0.max(0.0))
    }

    /// The greatest value that its conditions let a name have; infinite without a bound.
    pub fn at_most(&self, name: &str) -> f64 {
        self.bounds.get(name).map_or(f64::INFINITY, |bounds| bounds.1)
    }
}
