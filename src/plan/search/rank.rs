//! Order among candidates: sort keys, the ranked answer of a branch, all branches together.

use crate::plan::expr::col::Col;
use crate::plan::expr::lowered::{Lowered, column};
use std::sync::Arc;

use datafusion::common::{DFSchema, ScalarValue};
use datafusion::functions::core::expr_fn::greatest;
use datafusion::functions::core::expr_fn::nullif;
use datafusion::functions::string::expr_fn::{concat, concat_ws};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr, Union, is_not_true, lit};

use super::branch::{Branch, Inputs, Purpose};
use super::monotone::is_monotone;
use super::preference::penalty;
use crate::base::error::{Result, bug};
use crate::lang::ast::{Better, Expr as Ast, ExprKind, Objective};
use crate::plan::expr::lower::check_number;
use crate::plan::expr::origin_filter::caps_origin;
use crate::plan::nodes::skyline::{Criterion, Skyline};
use crate::plan::question::Question;
use crate::plan::relation::Predicate;
use crate::plan::relation::chain;
use crate::plan::scope::Scope;

/// Expressions to sort by, smaller first.
pub(in crate::plan) fn sort_keys(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Lowered>> {
    if inputs.purpose == Purpose::Estimate {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    match &objective(inputs) {
        Some(Objective::Maximize(e)) => keys.push(score(inputs, scope, e, Better::Higher)?),
        Some(Objective::Minimize(e)) => keys.push(score(inputs, scope, e, Better::Lower)?),
        Some(Objective::Pareto(exprs)) => {
            for e in exprs {
                let value = scope.lower(e)?;
                check_number(&value, e, "an objective")?;
                keys.push(directed(value, direction(scope, e)));
            }
        }
        None => {}
    }
    for tie in inputs.library.columns.ties() {
        let name = tie.by.as_ref().unwrap_or(&tie.name);
        keys.push(directed(scope.named(&name.text, &name.loc)?, tie.better));
    }
    Ok(keys)
}

/// The objective of a question, else that of the model, by what candidates are ranked by.
fn objective(inputs: Inputs<'_>) -> Option<Objective> {
    let columns = &inputs.library.columns;
    let by = |e: Ast| match &e.kind {
        ExprKind::Name(name) => columns.ranked_by(name).unwrap_or(e),
        _ => e,
    };
    Some(match inputs.asked.objective_or(columns)? {
        Objective::Maximize(e) => Objective::Maximize(by(e)),
        Objective::Minimize(e) => Objective::Minimize(by(e)),
        pareto @ Objective::Pareto(_) => pareto,
    })
}

/// The objective, lowered by how far soft objectives are missed, as something to sort by.
fn score(inputs: Inputs<'_>, scope: &Scope<'_>, e: &Ast, better: Better) -> Result<Lowered> {
    Ok(directed(plain_score(inputs, scope, e, better)?, better))
}

/// The objective, lowered by how far soft objectives are missed.
fn plain_score(inputs: Inputs<'_>, scope: &Scope<'_>, e: &Ast, better: Better) -> Result<Lowered> {
    let objective = scope.lower(e)?;
    check_number(&objective, e, "an objective")?;
    let mut factor: Option<Expr> = None;
    for preference in &inputs.asked.preferences {
        let shrink = penalty(scope, preference)?;
        factor = Some(factor.map_or(shrink.clone(), |f| f * shrink));
    }
    Ok(match (factor, better) {
        (None, _) => objective,
        (Some(f), Better::Higher) => Lowered::row(objective.expr() * f),
        (Some(f), Better::Lower) => Lowered::row(objective.expr() / f),
    })
}

/// How far each soft objective is kept, 1 for all of it, behind the score they make together
/// with the objective.
pub(in crate::plan) fn scores(inputs: Inputs<'_>, scope: &Scope<'_>) -> Result<Vec<Expr>> {
    let preferences = &inputs.asked.preferences;
    if preferences.is_empty() {
        return Ok(Vec::new());
    }
    let total = match &objective(inputs) {
        Some(Objective::Minimize(e)) => score(inputs, scope, e, Better::Lower)?.expr(),
        Some(Objective::Maximize(e)) => plain_score(inputs, scope, e, Better::Higher)?.expr(),
        Some(Objective::Pareto(_)) | None => return Ok(Vec::new()),
    };
    let mut columns = vec![total.alias("score")];
    let mut names: Vec<String> = Vec::new();
    for (i, preference) in preferences.iter().enumerate() {
        let metric = match &preference.condition.kind {
            ExprKind::Binary(_, left, _) => left.loc.text().trim().replace('.', "_"),
            _ => format!("preference_{}", i + 1),
        };
        let mut name = format!("{metric}_score");
        if names.contains(&name) {
            name = format!("{metric}_score_{}", i + 1);
        }
        columns.push(penalty(scope, preference)?.alias(&name));
        names.push(name);
    }
    Ok(columns)
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

/// Whether nothing in the question could prefer a dominated candidate.
pub(in crate::plan) fn all_monotone(inputs: Inputs<'_>, scope: &Scope<'_>) -> bool {
    let objective = match &objective(inputs) {
        Some(Objective::Maximize(e)) => is_monotone(scope, e, Some(Better::Higher)),
        Some(Objective::Minimize(e)) => is_monotone(scope, e, Some(Better::Lower)),
        Some(Objective::Pareto(exprs)) => {
            exprs.iter().all(|e| is_monotone(scope, e, Some(direction(scope, e))))
        }
        None => true,
    };
    let preferences = inputs.asked.preferences.iter().map(|p| &p.condition);
    let filter = inputs.asked.filter.iter().filter(|c| !caps_origin(c));
    let conditions = filter.chain(preferences);
    // Conditions on axes alone and caps on origins were applied inside the pools already.
    objective && conditions.into_iter().all(|c| is_monotone(scope, c, None))
}

/// Ranks a branch and projects it to the answer.
pub(in crate::plan) fn finish(
    inputs: Inputs<'_>,
    plan: LogicalPlan,
    keys: &[Lowered],
    answer: Vec<Expr>,
    predicates: &[Predicate],
) -> Result<LogicalPlan> {
    let mut exprs = answer;
    exprs.extend((0..keys.len()).map(|i| Col::Sort(i).expr()));
    let named = |(i, key): (usize, &Lowered)| key.expr().alias(Col::Sort(i).to_string());
    let plan = chain::extend(plan, keys.iter().enumerate().map(named))?;
    match inputs.purpose {
        Purpose::Estimate => {
            exprs.push(violation(predicates, plan.schema())?.alias("violates"));
            let miss = crate::plan::diagnose::miss(predicates, |_, bound| bound.value.clone());
            exprs.extend(miss.map(|miss| miss.alias(Col::Miss.to_string())));
            chain::project(plan, exprs)
        }
        Purpose::Diagnose | Purpose::Judge => {
            exprs.extend(crate::plan::diagnose::columns(predicates, plan.schema())?);
            if inputs.purpose == Purpose::Judge {
                exprs.extend(crate::plan::diagnose::sides(predicates, plan.schema()));
            }
            chain::project(plan, exprs)
        }
        Purpose::Rank => {
            let mut plan = plan;
            if !keys.is_empty() {
                plan = chain::filter(plan, Col::Sort(0).expr().is_not_null())?;
            }
            if let Some(Objective::Pareto(criteria)) = &inputs.asked.objective {
                // The columns that frontiers are kept apart by are those of the answer.
                let plan = chain::project(plan, exprs)?;
                return pareto(plan, criteria.len(), inputs.asked);
            }
            if !inputs.asked.per_columns() {
                let sort = sort_columns(keys.len());
                plan = chain::sort(plan, sort, Some(inputs.asked.top));
            }
            chain::project(plan, exprs)
        }
    }
}

/// The first rule that a row breaks and what it says of it, else all conditions that it breaks, null if
/// it keeps all.
fn violation(predicates: &[Predicate], schema: &DFSchema) -> Result<Expr> {
    // One flat `case`: nested ones are copied over and over while a plan is made.
    let (mut rules, mut conditions) = (Vec::new(), Vec::new());
    for p in predicates {
        let breaks = Box::new(is_not_true(p.holds.expr()));
        match &p.broken {
            Some(b) => {
                let said = concat(vec![lit(format!("{}: ", p.name)), b.text(schema)?]);
                rules.push((breaks, Box::new(said)));
            }
            None => {
                let said = vec![(breaks, Box::new(lit(p.name.as_str())))];
                conditions.push(Expr::Case(Case::new(None, said, None)));
            }
        }
    }
    let none = Expr::Literal(ScalarValue::Utf8(None), None);
    let said = match conditions.len() {
        0 => none,
        1 => conditions.swap_remove(0),
        _ => nullif(concat_ws(lit(" and "), conditions), lit("")),
    };
    if rules.is_empty() {
        return Ok(said);
    }
    Ok(Expr::Case(Case::new(None, rules, Some(Box::new(said)))))
}

/// Names of sort keys, as an order.
fn sort_columns(count: usize) -> Vec<SortExpr> {
    (0..count).map(|i| Col::Sort(i).expr().sort(true, false)).collect()
}

/// Keeps the frontier of the first `count` sort keys, by itself for each value of the columns that
/// rows are counted per.
fn pareto(plan: LogicalPlan, count: usize, asked: &Question) -> Result<LogicalPlan> {
    let criteria =
        (0..count).map(|i| Criterion::new(&Col::Sort(i).to_string(), Better::Lower)).collect();
    let keys = super::top_per_key::each(asked, &plan)?;
    Ok(Skyline { input: plan.into(), keys, criteria }.into_plan())
}

/// All branches as one plan: ranked within each mode, then over all.
///
/// # Errors
/// Only if the plan builder fails.
pub fn together(asked: &Question, branches: &[Branch]) -> Result<LogicalPlan> {
    let keys = branches.iter().map(|b| b.sort_keys).min().unwrap_or(0);
    let sort = || sort_columns(keys);
    let pareto_of = match &asked.objective {
        Some(Objective::Pareto(exprs)) => Some(exprs.len()),
        _ => None,
    };
    let limit = if pareto_of.is_some() { None } else { Some(asked.top) };
    let mut modes: Vec<&str> = branches.iter().map(|b| b.mode.as_str()).collect();
    modes.dedup();
    let per_mode = !asked.per.is_empty() && !asked.per_columns();
    let mut plans = Vec::new();
    for mode in modes {
        let mine: Vec<&Branch> = branches.iter().filter(|b| b.mode == mode).collect();
        let mut own = union(mine.iter().map(|b| b.plan.clone()))?;
        if per_mode && mine.len() > 1 {
            own = chain::sort(own, sort(), limit);
        }
        plans.push(own);
    }
    let all = union(plans.into_iter())?;
    let all = match pareto_of {
        // Of the frontiers of the branches, the frontier of all, or of each value.
        Some(count) if branches.len() > 1 => pareto(all, count, asked)?,
        _ => all,
    };
    if keys == 0 {
        return Ok(all);
    }
    if !asked.per_columns() {
        let limit = if asked.per.is_empty() { limit } else { None };
        return Ok(chain::sort(all, sort(), limit));
    }
    let all = super::top_per_key::counted(all, asked, &sort())?;
    let limit = if asked.per.is_empty() { limit } else { None };
    // A sweep is shown in its own order, each value with its best first.
    let swept = super::top_per_key::each(asked, &all)?;
    let mut order: Vec<SortExpr> = swept.iter().map(|c| column(c).sort(true, false)).collect();
    // Sorted branches that are merged by a column which is constant in each pass for sorted by the
    // keys alone (DataFusion 55), so the keys are hidden from it.
    order.extend(sort().into_iter().map(|key| greatest(vec![key.expr]).sort(true, false)));
    Ok(chain::sort(all, order, limit))
}

/// All rows of several plans.
fn union(plans: impl Iterator<Item = LogicalPlan>) -> Result<LogicalPlan> {
    let mut plans: Vec<_> = plans.map(Arc::new).collect();
    match (plans.pop(), plans.is_empty()) {
        (Some(only), true) => Ok(Arc::unwrap_or_clone(only)),
        (Some(last), false) => {
            plans.push(last);
            Union::try_new_with_loose_types(plans).map(LogicalPlan::Union).map_err(bug)
        }
        (None, _) => Err(bug("no branch")),
    }
}
