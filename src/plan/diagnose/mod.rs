//! Why nothing is feasible: what each condition removes, how near the nearest candidate is, and
//! which single bound would have to give how much.

mod report;

use crate::plan::expr::col::{Col, Part};
use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::expr::null::{first_of, several};
use Part::{Best, Bound, Distance, Holds, Limit, Message, Removed, Value};
use std::collections::{BTreeMap, BTreeSet};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::functions::core::expr_fn::greatest;
use datafusion::functions_aggregate::expr_fn::{count, first_value, max, min, sum};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, cast, is_not_true, is_true, lit, when,
};

use super::relation::axes;
use super::relation::chain;
use super::relation::part::Part as Scoped;
use super::relation::well_formed::Valid;
use super::relation::{Predicate, compute, filter};
use crate::base::error::{Result, bug};
pub use report::{Judged, Removal, Removals};

/// Combinations of axes that are counted at once.
const MANY: u64 = 300_000;
/// Most values of an axis of the shape of workers.
const SHORT: usize = 8;

/// What some conditions remove: their names, and a plan of one row that [`Removals`] reads.
pub type Counts = (Vec<String>, LogicalPlan);

/// Counts of candidates removed by each rule on axes alone, in turn.
///
/// # Errors
/// Only if the plan builder fails.
pub fn axis_counts(part: &Scoped<'_>) -> Result<Vec<Counts>> {
    let axes = part.scope.axes();
    let own = part.predicates.iter().filter(|p| !part.scope.is_priced(&p.holds));
    // Rules on axes alone first, as they spare the others most candidates.
    let (plain, other): (Vec<&Predicate>, Vec<&Predicate>) = own.partition(|p| p.inline.is_some());
    let inline: Vec<Lowered> = plain.iter().filter_map(|p| p.inline.clone()).collect();
    let own = plain.into_iter().zip(&inline);
    let plain = own.map(|(p, holds)| Predicate { holds: holds.clone(), ..p.clone() });
    let others: Vec<Predicate> = other.into_iter().cloned().collect();
    // Shapes of workers are few, so their rules come first where all combinations are too many.
    let named: BTreeSet<String> = inline.iter().flat_map(Lowered::columns).collect();
    let many = axes::size(axes::subset(&axes, &named).into_values()) > MANY;
    let short = |c: &String| axes.get(c).is_none_or(|values| values.len() <= SHORT);
    let (first, second): (Vec<Predicate>, Vec<Predicate>) =
        plain.partition(|p| !many || p.holds.columns().iter().all(short));
    let known: Vec<Lowered> = first.iter().map(|p| p.holds.clone()).collect();
    let mut counted = vec![counts_on_axes(part, &first, &axes)?];
    if !second.is_empty() {
        let left = valid_candidates(part, &axes, &known)?;
        counted.push(counts(&part.scope.pool, &second, left)?);
    }
    counted.push(counts(&part.scope.pool, &others, valid_candidates(part, &axes, &inline)?)?);
    Ok(counted.into_iter().filter(|(names, _)| !names.is_empty()).collect())
}

/// Counts over the axes that conditions name, times the values of those they do not.
fn counts_on_axes(
    part: &Scoped<'_>,
    conditions: &[Predicate],
    axes: &BTreeMap<String, Vec<f64>>,
) -> Result<Counts> {
    let mut named: BTreeSet<String> = conditions.iter().flat_map(|p| p.holds.columns()).collect();
    let beside = axes.iter().filter(|(name, _)| !named.contains(*name)).map(|(_, v)| v);
    let times = i64::try_from(axes::size(beside)).unwrap_or(i64::MAX);
    let plan = axes::cross(axes::subset(axes, &named))?;
    let mut known = Vec::new();
    for computed in part.scope.computed() {
        if computed.expr.column_refs().iter().all(|c| named.contains(&c.name)) {
            named.insert(computed.name.clone());
            known.push(computed);
        }
    }
    let (names, plan) = counts(&part.scope.pool, conditions, compute(plan, known.iter())?)?;
    let schema = plan.schema();
    let scaled = schema.fields().iter().map(|field| {
        let value = column(field.name());
        let count = *field.data_type() == DataType::Int64;
        if count { (value * lit(times)).alias(field.name()) } else { value }
    });
    let scaled = scaled.collect();
    Ok((names, chain::project(plan, scaled)?))
}

/// The candidates that conditions on axes alone leave, with what is computed from them.
fn valid_candidates(
    part: &Scoped<'_>,
    axes: &BTreeMap<String, Vec<f64>>,
    inline: &[Lowered],
) -> Result<LogicalPlan> {
    let left = Valid::new(axes, inline)?;
    let mut plan = left.cross(&left.names())?;
    for condition in inline {
        plan = filter(plan, condition)?;
    }
    let computed = part.scope.computed();
    compute(plan, computed.iter().filter(|c| !c.priced))
}

/// Counts of the rows of a plan that each of some conditions on its columns removes, in turn.
///
/// # Errors
/// Only if the plan builder fails.
pub(super) fn counts(pool: &str, conditions: &[Predicate], plan: LogicalPlan) -> Result<Counts> {
    // What no candidate can meet comes first, or others would seem to have removed some.
    let mut conditions: Vec<&Predicate> = conditions.iter().collect();
    conditions.sort_by_key(|p| p.holds.value().is_none());
    let holds: Vec<Expr> = conditions.iter().map(|p| p.holds.expr()).collect();
    let messages = conditions.iter().map(|p| {
        let broken = p.broken.as_ref().filter(|b| b.is_known(plan.schema()));
        broken.map(|b| Ok((b.text(plan.schema())?, b.distance(plan.schema())))).transpose()
    });
    let columns = removed(&holds, &messages.collect::<Result<Vec<_>>>()?)?;
    let plan = chain::aggregate(plan, Vec::new(), columns)?;
    let name = |p: &&Predicate| match pool {
        "" => p.name.clone(),
        pool => format!("{pool}.{}", p.name),
    };
    Ok((conditions.iter().map(name).collect(), plan))
}

/// How many there are, then for each condition how many it is the first to remove, and what it says
/// of the one of these that comes nearest to meeting it: its message and distance as columns.
fn removed(holds: &[Expr], messages: &[Option<(Expr, Expr)>]) -> Result<Vec<Expr>> {
    let mut columns = vec![count(lit(1_i64)).alias(Col::All.to_string())];
    let mut before = lit(true);
    for (i, (condition, message)) in holds.iter().zip(messages).enumerate() {
        let first = before.clone().and(is_not_true(condition.clone()));
        let one = when(first.clone(), lit(1_i64)).otherwise(lit(0_i64)).map_err(bug)?;
        columns.push(sum(one).alias(Col::Condition(i, Removed).to_string()));
        if let Some((text, distance)) = message {
            let text = when(first.clone(), text.clone()).end().map_err(bug)?;
            let distance = when(first, distance.clone()).end().map_err(bug)?;
            let nearest = first_value(text, vec![distance.sort(true, false)]);
            columns.push(nearest.alias(Col::Condition(i, Message).to_string()));
        }
        before = before.and(is_true(condition.clone()));
    }
    Ok(columns)
}

/// The columns of a diagnosed branch that the counts below need: of each condition whether it
/// holds, its message and distance, and the value that its bound is about; and why a candidate has
/// no price, where a measurement may be missing.
///
/// # Errors
/// Only if the plan builder fails.
pub(super) fn columns(predicates: &[Predicate], schema: &DFSchema) -> Result<Vec<Expr>> {
    let mut columns = Vec::new();
    for (i, p) in predicates.iter().enumerate() {
        columns.push(p.holds.expr().alias(Col::Condition(i, Holds).to_string()));
        if let Some(broken) = &p.broken {
            columns.push(broken.text(schema)?.alias(Col::Condition(i, Message).to_string()));
            columns.push(broken.distance(schema).alias(Col::Condition(i, Distance).to_string()));
        }
        if let Some(bound) = &p.bound {
            columns.push(bound.value.clone().alias(Col::Condition(i, Bound).to_string()));
        }
    }
    let is_reason = |name: &str| name == "reason" || name.ends_with("_reason");
    let reasons = schema.columns().into_iter().filter(|c| is_reason(&c.name));
    let reasons: Vec<Expr> = reasons.map(Expr::Column).collect();
    if !reasons.is_empty() {
        columns.push(several(reasons, first_of).alias(Col::Unpriced.to_string()));
    }
    Ok(columns)
}

/// What each comparison compares, where that is numbers.
pub(super) fn sides(predicates: &[Predicate], schema: &DFSchema) -> Vec<Expr> {
    let number = |side: &Lowered| {
        let expr = side.expr();
        let numeric = expr.get_type(schema).is_ok_and(|t| t.is_numeric());
        numeric.then(|| cast(expr, DataType::Float64))
    };
    let mut columns = Vec::new();
    for (i, sides) in
        predicates.iter().enumerate().filter_map(|(i, p)| Some((i, p.sides.as_ref()?)))
    {
        if let (Some(left), Some(right)) = (number(&sides.left), number(&sides.right)) {
            columns.push(left.alias(Col::Condition(i, Value).to_string()));
            columns.push(right.alias(Col::Condition(i, Limit).to_string()));
        }
    }
    columns
}

/// Of the workers of a pool, how many there are, how many have no price, and one reason: one row
/// that [`Removals`] reads. `None` where nothing is priced.
///
/// # Errors
/// Only if the plan builder fails.
pub(super) fn unpriced(prefix: &str, plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    let name = format!("{prefix}reason");
    if !plan.schema().has_column_with_unqualified_name(&name) {
        return Ok(None);
    }
    let reason = || column(&name);
    let columns = vec![
        count(lit(1_i64)).alias(Col::All.to_string()),
        count(reason()).alias(Col::Unpriced.to_string()),
        min(reason()).alias(Col::Reason.to_string()),
    ];
    chain::aggregate(plan.clone(), Vec::new(), columns).map(Some)
}

/// Counts and best values over a diagnosed branch, as one row that [`Removals`] reads: for each
/// bound its best value among candidates that meet all other conditions and, where `ahead` says so,
/// would be ahead; where measurements may be missing, how many they leave without a price.
///
/// # Errors
/// Only if the plan builder fails.
pub fn priced_counts(
    plan: &LogicalPlan,
    predicates: &[Predicate],
    ahead: Option<Expr>,
) -> Result<LogicalPlan> {
    let holds: Vec<Expr> = (0..predicates.len()).map(|i| Col::Condition(i, Holds).expr()).collect();
    let message = |(i, p): (usize, &Predicate)| {
        let columns = [Message, Distance].map(|part| Col::Condition(i, part).expr()).into();
        p.broken.as_ref().map(|_| columns)
    };
    let messages: Vec<_> = predicates.iter().enumerate().map(message).collect();
    let mut columns = removed(&holds, &messages)?;
    for (i, predicate) in predicates.iter().enumerate() {
        let Some(bound) = &predicate.bound else { continue };
        let others = holds.iter().enumerate().filter(|(j, _)| *j != i);
        let first = ahead.clone().map_or(lit(true), is_true);
        let all = others.fold(first, |a, (_, h)| a.and(is_true(h.clone())));
        let value = when(all, Col::Condition(i, Bound).expr()).end().map_err(bug)?;
        let best = if bound.below { min(value) } else { max(value) };
        columns.push(best.alias(Col::Condition(i, Best).to_string()));
    }
    if plan.schema().has_column_with_unqualified_name(&Col::Unpriced.to_string()) {
        columns.push(count(Col::Unpriced.expr()).alias(Col::Unpriced.to_string()));
        columns.push(min(Col::Unpriced.expr()).alias(Col::Reason.to_string()));
    }
    chain::aggregate(plan.clone(), Vec::new(), columns)
}

/// The candidate that misses bounds the least, all of them together, which [`Judged`] reads.
///
/// # Errors
/// Only if the plan builder fails.
pub fn nearest(plan: &LogicalPlan, predicates: &[Predicate]) -> Result<Option<LogicalPlan>> {
    let Some(miss) = miss(predicates, |i, _| Col::Condition(i, Bound).expr()) else {
        return Ok(None);
    };
    let plan = chain::extend(plan.clone(), [miss.alias(Col::Miss.to_string())])?;
    let plan = chain::filter(plan, Col::Miss.expr().is_not_null())?;
    Ok(Some(chain::sort(plan, vec![Col::Miss.expr().sort(true, false)], Some(1))))
}

/// How far a candidate is from the bounds that it misses, as shares of them, all of them together; none where
/// there are no bounds. `value` is what a bound is about.
pub(super) fn miss(
    predicates: &[Predicate],
    value: impl Fn(usize, &super::relation::Bound) -> Expr,
) -> Option<Expr> {
    let mut misses = Vec::new();
    for (i, predicate) in predicates.iter().enumerate() {
        let Some(bound) = &predicate.bound else { continue };
        let value = value(i, bound);
        let limit = lit(bound.limit);
        misses.push(match bound.below {
            false if bound.limit > 0.0 => limit / value - lit(1.0),
            // A bound of 0 has no share; then the distance itself counts.
            below => {
                let scale = if bound.limit == 0.0 { 1.0 } else { bound.limit.abs() };
                (if below { value - limit } else { limit - value }) / lit(scale)
            }
        });
    }
    (!misses.is_empty()).then(|| several(misses, all_misses))
}

/// By how much conditions are missed together; what one keeps does not make up for another.
fn all_misses(misses: Vec<Expr>) -> Expr {
    let missed = |miss: Expr| greatest(vec![miss, lit(0.0)]);
    misses.into_iter().map(missed).reduce(|all, miss| all + miss).unwrap_or_else(|| lit(0.0))
}
