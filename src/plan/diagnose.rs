//! Why nothing is feasible: what each condition removes, how near the nearest candidate is, and
//! which single bound would have to give how much.

use datafusion::functions::core::expr_fn::greatest;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{
    Expr, LogicalPlan, LogicalPlanBuilder, is_not_true, is_true, lit, when,
};

use super::axes;
use super::branch::Part;
use super::factor::several;
use super::lower::{bug, column};
use super::relation::{Predicate, compute};
use crate::error::Result;

/// Counts of candidates removed by each rule on axes alone, in turn: names, and a plan of one
/// row with the columns `all`, `removed0`, `removed1`, ...
///
/// # Errors
/// Only if the plan builder fails.
pub fn axis_counts(part: &Part<'_>) -> Result<(Vec<String>, LogicalPlan)> {
    let computed = part.scope.computed();
    let plan = LogicalPlanBuilder::from(axes::cross(&part.scope.axes())?);
    let plan = compute(plan, computed.iter().filter(|c| !c.priced))?;
    let own: Vec<&Predicate> =
        part.predicates.iter().filter(|p| !part.scope.is_priced(&p.holds)).collect();
    let holds: Vec<Expr> = own.iter().map(|p| p.holds.expr()).collect();
    let plan = plan.aggregate(Vec::<Expr>::new(), removed(&holds)?).map_err(bug)?;
    Ok((own.iter().map(|p| p.name.clone()).collect(), plan.build().map_err(bug)?))
}

/// `all`, then for each condition how many it is the first to remove.
fn removed(holds: &[Expr]) -> Result<Vec<Expr>> {
    let mut columns = vec![count(lit(1_i64)).alias("all")];
    let mut before = lit(true);
    for (i, condition) in holds.iter().enumerate() {
        let first = before.clone().and(is_not_true(condition.clone()));
        let one = when(first, lit(1_i64)).otherwise(lit(0_i64)).map_err(bug)?;
        columns.push(sum(one).alias(format!("removed{i}")));
        before = before.and(is_true(condition.clone()));
    }
    Ok(columns)
}

/// Counts and best values over a diagnosed branch: one row with `all`, `removed{i}`, and for
/// each bound `best{i}`, its best value among candidates that meet all other conditions; where
/// measurements are missing, `unpriced`, how many they leave without a price, and one `reason`.
///
/// # Errors
/// Only if the plan builder fails.
pub fn priced_counts(plan: &LogicalPlan, predicates: &[Predicate]) -> Result<LogicalPlan> {
    let holds: Vec<Expr> = (0..predicates.len()).map(|i| column(&format!("holds{i}"))).collect();
    let mut columns = removed(&holds)?;
    for (i, predicate) in predicates.iter().enumerate() {
        let Some(bound) = &predicate.bound else { continue };
        let others = holds.iter().enumerate().filter(|(j, _)| *j != i);
        let all = others.fold(lit(true), |a, (_, h)| a.and(is_true(h.clone())));
        let value = when(all, column(&format!("bound{i}"))).end().map_err(bug)?;
        let best = if bound.below { min(value) } else { max(value) };
        columns.push(best.alias(format!("best{i}")));
    }
    if plan.schema().has_column_with_unqualified_name("unpriced") {
        columns.push(count(column("unpriced")).alias("unpriced"));
        columns.push(min(column("unpriced")).alias("reason"));
    }
    LogicalPlanBuilder::from(plan.clone())
        .aggregate(Vec::<Expr>::new(), columns)
        .and_then(LogicalPlanBuilder::build)
        .map_err(bug)
}

/// The candidate whose worst miss of a bound is smallest, with the column `miss`.
///
/// # Errors
/// Only if the plan builder fails.
pub fn nearest(plan: &LogicalPlan, predicates: &[Predicate]) -> Result<Option<LogicalPlan>> {
    let mut misses = Vec::new();
    for (i, predicate) in predicates.iter().enumerate() {
        let Some(bound) = &predicate.bound else { continue };
        let value = column(&format!("bound{i}"));
        let ratio = if bound.below { value / lit(bound.limit) } else { lit(bound.limit) / value };
        misses.push(ratio - lit(1.0));
    }
    if misses.is_empty() {
        return Ok(None);
    }
    let builder = LogicalPlanBuilder::from(plan.clone());
    let mut columns = super::relation::existing(&builder);
    columns.push(several(misses, greatest).alias("miss"));
    builder
        .project(columns)
        .and_then(|p| p.filter(column("miss").is_not_null()))
        .and_then(|p| p.sort_with_limit(vec![column("miss").sort(true, false)], Some(1)))
        .and_then(LogicalPlanBuilder::build)
        .map(Some)
        .map_err(bug)
}
