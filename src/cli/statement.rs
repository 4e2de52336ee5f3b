//! Questions that commands stand for.

use crate::lang::ast::{
    AxisTerm, BinaryOp, Clauses, Distinct, Estimate, EstimateInput, Expr, ExprKind, Name,
    Objective, Search, Top,
};
use crate::lang::units::Unit;
use crate::model::library::Library;

/// A search for one model on some systems, each with so many GPUs.
pub(super) fn search<S: AsRef<str>>(model: &str, systems: &[S], gpus: Option<u64>) -> Search {
    let gpus = gpus.map(|n| Expr::number(n as f64));
    let placement = |system: &S| (Name::new(system.as_ref()), gpus.clone());
    Search {
        axes: Vec::new(),
        clauses: Clauses {
            models: vec![Name::new(model)],
            placements: systems.iter().map(placement).collect(),
            ..Clauses::default()
        },
    }
}

/// The estimate of what a search is about.
pub(super) fn estimate(search: &Search) -> Estimate {
    Estimate { input: EstimateInput::One(search.axes.clone()), clauses: search.clauses.clone() }
}

/// The compromises between speed for one user and throughput of a GPU in one mode; a bound on
/// that speed would only cut the curve.
pub(super) fn frontier(library: &Library, search: &Search, mode: &str) -> Search {
    let mut curve = search.clone();
    let clauses = &mut curve.clauses;
    clauses.modes = vec![Name::new(mode)];
    clauses.filter.retain(|condition| !is_bound_of(condition, "tpot"));
    clauses.preferences.clear();
    clauses.top = None;
    clauses.objective =
        Some(Objective::Pareto(library.columns.compromise().map(Expr::name).to_vec()));
    // What is said of pools is not for a mode that has none.
    if library.modes.get(mode).is_some_and(|mode| mode.pools.is_empty()) {
        curve.axes.retain(|term| !term.name.text.contains('.'));
    }
    curve
}

/// Whether a condition compares a metric with something.
fn is_bound_of(condition: &Expr, metric: &str) -> bool {
    let ExprKind::Binary(op, left, _) = &condition.kind else { return false };
    op.is_comparison() && matches!(&left.kind, ExprKind::Name(name) if name == metric)
}

/// `metric < bound`, in ms.
pub(super) fn below(metric: Expr, bound: f64) -> Expr {
    metric.then(BinaryOp::Lt, Expr::quantity(bound, Unit::Time))
}

/// `name <= most`
pub(super) fn at_most(name: &str, most: f64) -> Expr {
    Expr::name(name).then(BinaryOp::Le, Expr::number(most))
}

/// `name >= least`
pub(super) fn at_least(name: &str, least: Expr) -> Expr {
    Expr::name(name).then(BinaryOp::Ge, least)
}

/// `name = count`
pub(super) fn count(name: &str, count: u64) -> AxisTerm {
    AxisTerm::number(name, count as f64)
}

/// Frameworks of one version.
pub(super) fn frameworks(backends: &[String], version: Option<&str>) -> Vec<(Name, Option<Name>)> {
    backends.iter().map(|backend| (Name::new(backend), version.map(Name::new))).collect()
}

/// `top count`
pub(super) fn top(count: u64) -> Top {
    Top { count: Expr::number(count as f64), per: Vec::new(), distinct: Distinct::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frontier_is_not_cut_by_the_speed_of_a_user() {
        let mut asked = search("a/b", &["h200_sxm"], Some(8));
        let conditions = [below(Expr::name("ttft"), 300.0), below(Expr::name("tpot"), 12.5)];
        asked.clauses.filter = conditions.to_vec();
        asked.clauses.top = Some(top(3));
        assert_eq!(
            frontier(&Library::shipped().unwrap(), &asked, "agg").to_string(),
            "search\n  for 'a/b'\n  on h200_sxm * 8\n  as agg\n  where ttft < 300ms\n  \
             pareto tokens_per_user, tokens_per_gpu"
        );
    }
}
