//! Order among candidates: sort keys, the ranked answer of a branch, all branches together.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, SortExpr, is_not_true, lit, when,
};

use super::branch::is_monotone;
use super::factor::{first_of, several};
use super::lower::{Lowered, bug, column};
use super::preference::penalty;
use super::question::Question;
use super::relation::{self, Predicate};
use super::scope::Scope;
use super::search::{Branch, Inputs, Purpose};
use super::skyline::{Criterion, Skyline};
use crate::error::Result;
use crate::lang::ast::{Better, Expr as Ast, ExprKind, Objective};

/// Metrics that decide between candidates equal in the objective, best first.
const TIES: &[(&str, Better)] = &[
    ("tpot", Better::Lower),
    ("ttft", Better::Lower),
    ("gpus_used", Better::Lower),
    ("gpus_per_replica", Better::Lower),
];

/// Expressions to sort by, smaller first.
pub(super) fn sort_keys(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Lowered>> {
    if inputs.purpose == Purpose::Estimate {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    match &inputs.asked.objective {
        Some(Objective::Maximize(e)) => keys.push(score(inputs, scope, e, Better::Higher)?),
        Some(Objective::Minimize(e)) => keys.push(score(inputs, scope, e, Better::Lower)?),
        Some(Objective::Pareto(exprs)) => {
            for e in exprs {
                keys.push(directed(scope.lower(e)?, direction(scope, e)));
            }
        }
        None => {
            let loc = inputs.mode.name.loc.clone();
            let usual = Ast { kind: ExprKind::Name("tokens_per_gpu".to_owned()), loc };
            keys.push(score(inputs, scope, &usual, Better::Higher)?);
        }
    }
    for (name, better) in TIES {
        keys.push(directed(named(inputs, scope, name)?, *better));
    }
    Ok(keys)
}

/// The objective, lowered by how far soft objectives are missed.
fn score(inputs: Inputs<'_>, scope: &Scope<'_>, e: &Ast, better: Better) -> Result<Lowered> {
    let objective = scope.lower(e)?;
    let mut factor: Option<Expr> = None;
    for preference in &inputs.asked.preferences {
        let shrink = penalty(scope, preference)?;
        factor = Some(factor.map_or(shrink.clone(), |f| f * shrink));
    }
    let scored = match (factor, better) {
        (None, _) => objective,
        (Some(f), Better::Higher) => Lowered::row(objective.expr() * f),
        (Some(f), Better::Lower) => Lowered::row(objective.expr() / f),
    };
    Ok(directed(scored, better))
}

fn directed(value: Lowered, better: Better) -> Lowered {
    match better {
        Better::Lower => value,
        Better::Higher => Lowered::row(Expr::Negative(Box::new(value.expr()))),
    }
}

fn direction(scope: &Scope<'_>, e: &Ast) -> Better {
    if is_monotone(scope, e, Some(Better::Lower)) { Better::Lower } else { Better::Higher }
}

fn named(inputs: Inputs<'_>, scope: &Scope<'_>, name: &str) -> Result<Lowered> {
    scope.named(name, &inputs.mode.name.loc)
}

/// Whether nothing in the question could prefer a dominated candidate.
pub(super) fn all_monotone(inputs: Inputs<'_>, scope: &Scope<'_>) -> bool {
    let objective = match &inputs.asked.objective {
        Some(Objective::Maximize(e)) => is_monotone(scope, e, Some(Better::Higher)),
        Some(Objective::Minimize(e)) => is_monotone(scope, e, Some(Better::Lower)),
        Some(Objective::Pareto(exprs)) => {
            exprs.iter().all(|e| is_monotone(scope, e, Some(direction(scope, e))))
        }
        None => true,
    };
    let preferences = inputs.asked.preferences.iter().map(|p| &p.condition);
    let conditions = inputs.asked.filter.iter().chain(preferences);
    // Conditions on axes alone were applied inside the pools already.
    objective && conditions.into_iter().all(|c| is_monotone(scope, c, None))
}

/// Ranks a branch and projects it to the answer.
pub(super) fn finish(
    inputs: Inputs<'_>,
    plan: LogicalPlanBuilder,
    keys: &[Lowered],
    answer: Vec<Expr>,
    predicates: &[Predicate],
) -> Result<LogicalPlanBuilder> {
    let mut exprs = answer;
    exprs.extend((0..keys.len()).map(|i| column(&format!("#{i}"))));
    let mut with_keys = relation::existing(&plan);
    with_keys.extend(keys.iter().enumerate().map(|(i, k)| k.expr().alias(format!("#{i}"))));
    let plan = plan.project(with_keys).map_err(bug)?;
    match inputs.purpose {
        Purpose::Estimate => {
            exprs.push(violation(predicates)?.alias("violates"));
            plan.project(exprs).map_err(bug)
        }
        Purpose::Diagnose => {
            exprs.extend(predicates.iter().enumerate().flat_map(|(i, p)| {
                let value = p.bound.as_ref().map(|b| b.value.clone().alias(format!("bound{i}")));
                std::iter::once(p.holds.expr().alias(format!("holds{i}"))).chain(value)
            }));
            exprs.extend(unpriced_reason(&plan));
            plan.project(exprs).map_err(bug)
        }
        Purpose::Rank => {
            let mut plan = plan;
            if !keys.is_empty() {
                plan = plan.filter(column("#0").is_not_null()).map_err(bug)?;
            }
            if let Some(Objective::Pareto(exprs)) = &inputs.asked.objective {
                plan = pareto(plan, exprs.len())?;
            } else if inputs.asked.per.iter().all(|c| c.text == "mode") {
                let sort = sort_columns(keys.len());
                plan = plan.sort_with_limit(sort, Some(inputs.asked.top)).map_err(bug)?;
            }
            plan.project(exprs).map_err(bug)
        }
    }
}

/// Why a row has no price, as column `unpriced`; null where it has one.
fn unpriced_reason(plan: &LogicalPlanBuilder) -> Option<Expr> {
    let columns = plan.schema().columns().into_iter();
    let reasons: Vec<Expr> = columns
        .filter(|c| c.name == "reason" || c.name.ends_with("_reason"))
        .map(Expr::Column)
        .collect();
    (!reasons.is_empty())
        .then(|| super::factor::several(reasons, super::factor::first_of).alias("unpriced"))
}

/// Name of the first rule that a row breaks, null if it keeps all.
fn violation(predicates: &[Predicate]) -> Result<Expr> {
    let mut broken = Vec::new();
    for p in predicates {
        let name = when(is_not_true(p.holds.expr()), lit(p.name.as_str()));
        broken.push(name.end().map_err(bug)?);
    }
    if broken.is_empty() {
        return Ok(Expr::Literal(ScalarValue::Utf8(None), None));
    }
    Ok(several(broken, first_of))
}

/// Names of sort keys, as an order.
fn sort_columns(count: usize) -> Vec<SortExpr> {
    (0..count).map(|i| column(&format!("#{i}")).sort(true, false)).collect()
}

/// Keeps the frontier of the first `count` sort keys.
fn pareto(plan: LogicalPlanBuilder, count: usize) -> Result<LogicalPlanBuilder> {
    let criteria = (0..count).map(|i| Criterion::new(&format!("#{i}"), Better::Lower)).collect();
    let plan = plan.build().map_err(bug)?;
    let skyline = Skyline { input: plan.into(), keys: Vec::new(), criteria };
    Ok(LogicalPlanBuilder::from(skyline.into_plan()))
}

/// All branches as one plan: ranked within each mode, then over all.
///
/// # Errors
/// Only if the plan builder fails.
pub fn together(asked: &Question, branches: &[Branch]) -> Result<LogicalPlan> {
    let keys = branches.iter().map(|b| b.sort_keys).min().unwrap_or(0);
    let sort = || sort_columns(keys);
    let limit = match asked.objective {
        Some(Objective::Pareto(_)) => None,
        _ => Some(asked.top),
    };
    let mut modes: Vec<&str> = branches.iter().map(|b| b.mode.as_str()).collect();
    modes.dedup();
    let per_mode = !asked.per.is_empty();
    let mut plans = Vec::new();
    for mode in modes {
        let mine: Vec<&Branch> = branches.iter().filter(|b| b.mode == mode).collect();
        let mut own = union(mine.iter().map(|b| b.plan.clone()))?;
        if per_mode && mine.len() > 1 {
            own = own.sort_with_limit(sort(), limit).map_err(bug)?;
        }
        plans.push(own.build().map_err(bug)?);
    }
    let all = union(plans.into_iter())?;
    let all = match &asked.objective {
        // Of the frontiers of the branches, the frontier of all.
        Some(Objective::Pareto(exprs)) if branches.len() > 1 => pareto(all, exprs.len())?,
        _ => all,
    };
    if keys == 0 {
        return all.build().map_err(bug);
    }
    let limit = if per_mode { None } else { limit };
    all.sort_with_limit(sort(), limit).and_then(LogicalPlanBuilder::build).map_err(bug)
}

/// All rows of several plans.
fn union(mut plans: impl Iterator<Item = LogicalPlan>) -> Result<LogicalPlanBuilder> {
    let first = plans.next().ok_or_else(|| bug("no branch"))?;
    plans.try_fold(LogicalPlanBuilder::from(first), |all, plan| all.union(plan).map_err(bug))
}
