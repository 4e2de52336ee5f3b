//! Why nothing is feasible: what each condition removes, how near the nearest candidate is, and
//! which single bound would have to give how much.

use std::collections::BTreeSet;

use datafusion::functions::core::expr_fn::greatest;
use datafusion::functions_aggregate::expr_fn::{count, max, min, sum};
use datafusion::logical_expr::{Expr, LogicalPlan, is_not_true, is_true, lit, when};

use super::axes;
use super::branch::Part;
use super::factor::several;
use super::lower::{Lowered, bug, column};
use super::relation::{Predicate, compute, filter};
use super::steps;
use super::valid::Valid;
use crate::error::Result;

/// Counts of candidates removed by each rule on axes alone, in turn: names, and a plan of one
/// row with the columns `all`, `removed0`, `removed1`, ...
///
/// # Errors
/// Only if the plan builder fails.
pub fn axis_counts(part: &Part<'_>) -> Result<(Vec<String>, LogicalPlan)> {
    let axes = part.scope.axes();
    let own = part.predicates.iter().filter(|p| !part.scope.is_priced(&p.holds));
    // Rules on axes alone first, as they spare the others most candidates.
    let (plain, other): (Vec<&Predicate>, Vec<&Predicate>) = own.partition(|p| p.inline.is_some());
    let inline: Vec<Lowered> = plain.iter().filter_map(|p| p.inline.clone()).collect();
    let named: BTreeSet<String> = inline.iter().flat_map(Lowered::columns).collect();
    let beside = axes.iter().filter(|(name, _)| !named.contains(*name)).map(|(_, v)| v);
    let times = i64::try_from(axes::size(beside)).unwrap_or(i64::MAX);
    let holds: Vec<Expr> = inline.iter().map(Lowered::expr).collect();
    let plan = axes::cross(axes::subset(&axes, &named))?;
    let plan = steps::aggregate(plan, Vec::new(), removed(&holds)?)?;
    let scaled = |name: String| (column(&name) * lit(times)).alias(name);
    let mut counts = vec![scaled("all".to_owned())];
    counts.extend((0..holds.len()).map(|i| scaled(format!("removed{i}"))));
    let plan = steps::project(plan, counts)?;

    let left = Valid::new(&axes, &inline)?;
    let mut rest = left.cross(&left.names())?;
    for condition in &inline {
        rest = filter(rest, condition)?;
    }
    let computed = part.scope.computed();
    let rest = compute(rest, computed.iter().filter(|c| !c.priced))?;
    let holds: Vec<Expr> = other.iter().map(|p| p.holds.expr()).collect();
    let rest = steps::aggregate(rest, Vec::new(), removed(&holds)?)?;
    let renamed = (0..holds.len())
        .map(|i| column(&format!("removed{i}")).alias(format!("removed{}", plain.len() + i)));
    let rest = steps::project(rest, renamed.collect())?;
    let plan = if other.is_empty() { plan } else { steps::join(plan, rest, &[])? };
    Ok((plain.into_iter().chain(other).map(|p| p.name.clone()).collect(), plan))
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
/// each bound `best{i}`, its best value among candidates that meet all other conditions.
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
    steps::aggregate(plan.clone(), Vec::new(), columns)
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
    let plan = steps::extend(plan.clone(), [several(misses, greatest).alias("miss")])?;
    let plan = steps::filter(plan, column("miss").is_not_null())?;
    Ok(Some(steps::sort(plan, vec![column("miss").sort(true, false)], Some(1))))
}
