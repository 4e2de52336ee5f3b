//! The relation of candidates of one scope: axes, rules, priced passes, metrics.

pub mod axes;
pub(crate) mod chain;
pub(crate) mod factor;
pub mod message;
pub mod part;
pub(in crate::plan) mod simulation;
pub(crate) mod well_formed;

use crate::plan::expr::lowered::{Lowered, column};
use crate::plan::expr::null::{first_of, several};
use std::collections::BTreeMap;

use datafusion::functions::core::expr_fn::greatest;
use datafusion::logical_expr::{Expr, LogicalPlan, lit, when};

use super::graph::terms::PassTerms;
use super::nodes::lookup::{Lookup, Side};
use super::scope::{Computed, Scope};
use crate::base::error::{Result, bug};
use crate::model::value::Value;
use factor::{Priced, Rows, factors, price};
use message::Broken;
use well_formed::Valid;

/// A condition on candidates.
#[derive(Debug, Clone)]
pub struct Predicate {
    /// Name of the rule, or the condition as typed.
    pub name: String,
    /// The condition over columns.
    pub holds: Lowered,
    /// The same over axes alone, where that is possible.
    pub inline: Option<Lowered>,
    /// For `metric < bound`: how far a candidate is from it, as a share of the bound.
    pub bound: Option<Bound>,
    /// What to say of candidates that break it, where that is asked for and a rule says it.
    pub broken: Option<Broken>,
    /// Whether it is a rule of the model text, not a condition of the question.
    pub is_rule: bool,
    /// How many axes it is about, where that is asked for of a rule.
    pub axes: usize,
    /// For a comparison, where that is asked for: what is compared.
    pub sides: Option<Sides>,
}

/// The two sides of a comparison.
#[derive(Debug, Clone)]
pub struct Sides {
    /// As typed.
    pub op: crate::lang::ast::BinaryOp,
    /// The left side as typed.
    pub subject: String,
    /// What is compared.
    pub left: Lowered,
    /// With what.
    pub right: Lowered,
}

/// A condition of the form `metric < bound`.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The side that varies, as typed.
    pub metric: String,
    /// Its value.
    pub value: Expr,
    /// The bound.
    pub limit: f64,
    /// Whether the value must stay below the bound.
    pub below: bool,
    /// Its unit.
    pub unit: crate::lang::units::Unit,
}

/// Whether candidates that break a condition are removed, or kept to be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Only those that meet every condition.
    Valid,
    /// Those that meet the conditions on axes alone; the others are counted on prices.
    ValidAxes,
    /// All.
    All,
}

/// What the conditions on axes alone leave of the axes of a scope.
///
/// # Errors
/// Only if an expression cannot be planned.
pub(in crate::plan) fn valid(
    scope: &Scope<'_>,
    predicates: &[Predicate],
    given: Option<&LogicalPlan>,
    keep: Keep,
) -> Result<Valid> {
    match given {
        Some(_) => Ok(Valid::all(&scope.axes())),
        None => Valid::new(&scope.axes(), &inline(predicates, keep)),
    }
}

/// The conditions on axes alone, where they remove candidates.
fn inline(predicates: &[Predicate], keep: Keep) -> Vec<Lowered> {
    match keep {
        Keep::All => Vec::new(),
        _ => predicates.iter().filter_map(|p| p.inline.clone()).collect(),
    }
}

/// Builds the relation of a scope after everything it needs was asked for, over what conditions leave
/// of its axes.
///
/// # Errors
/// Missing systems and tables; faults of the plan builder.
pub(in crate::plan) fn build(
    scope: &Scope<'_>,
    passes: &[PassTerms],
    predicates: &[Predicate],
    axes: &Valid,
    (given, keep): (Option<&LogicalPlan>, Keep),
) -> Result<LogicalPlan> {
    let computed = scope.computed();
    let inline = inline(predicates, keep);
    let rows = match given {
        Some(plan) => Rows::Given(plan),
        None => Rows::Axes(axes, &inline),
    };
    let mut priced = Vec::new();
    for (index, factor) in factors(passes, &rows).iter().enumerate() {
        priced.push(price(factor, index, &rows, scope.target)?);
    }
    let mut plan = match given {
        Some(plan) => plan.clone(),
        None => axes.cross(&axes.names())?,
    };
    for condition in &inline {
        plan = filter(plan, condition)?;
    }
    plan = compute(plan, computed.iter().filter(|c| !c.priced))?;
    plan = coordinates(plan, &priced)?;
    let early = |p: &&Predicate| !scope.is_priced(&p.holds);
    if keep != Keep::All {
        for p in predicates.iter().filter(early).filter(|p| p.inline.is_none()) {
            plan = filter(plan, &p.holds)?;
        }
    }
    let unpriced = plan.clone();
    plan = join(plan, scope, passes, &priced)?;
    plan = simulation::profiles(plan, &unpriced, scope)?;
    plan = simulation::simulate(plan, scope)?;
    plan = compute(plan, computed.iter().filter(|c| c.priced))?;
    if keep == Keep::Valid {
        for p in predicates.iter().filter(|p| !early(p)) {
            plan = filter(plan, &p.holds)?;
        }
    }
    Ok(plan)
}

/// Keeps rows that meet a condition.
pub(super) fn filter(plan: LogicalPlan, condition: &Lowered) -> Result<LogicalPlan> {
    if condition.value() == Some(&Value::Bool(true)) {
        return Ok(plan);
    }
    let expr = if condition.value().is_some() { lit(false) } else { condition.expr() };
    chain::filter(plan, expr)
}

/// Adds computed columns, one projection for each level.
pub(crate) fn compute<'c>(
    plan: LogicalPlan,
    columns: impl Iterator<Item = &'c Computed>,
) -> Result<LogicalPlan> {
    let mut levels: BTreeMap<usize, Vec<&Computed>> = BTreeMap::new();
    for column in columns {
        levels.entry(column.level).or_default().push(column);
    }
    let mut plan = plan;
    for level in levels.into_values() {
        plan = chain::extend(plan, level.iter().map(|c| c.expr.clone().alias(&c.name)))?;
    }
    Ok(plan)
}

fn coordinates(plan: LogicalPlan, priced: &[Priced]) -> Result<LogicalPlan> {
    let mut needed: BTreeMap<&String, &Lowered> = BTreeMap::new();
    for p in priced {
        needed.extend(&p.coordinates);
    }
    if needed.is_empty() {
        return Ok(plan);
    }
    chain::extend(plan, needed.into_iter().map(|(name, value)| value.expr().alias(name)))
}

/// Joins the priced factors and adds up each pass, the worst origin and the first reason.
fn join(
    plan: LogicalPlan,
    scope: &Scope<'_>,
    passes: &[PassTerms],
    priced: &[Priced],
) -> Result<LogicalPlan> {
    let own = chain::existing(&plan);
    let (alone, keyed): (Vec<&Priced>, Vec<&Priced>) =
        priced.iter().partition(|factor| factor.keys.is_empty());
    let mut plan = plan;
    for factor in alone {
        plan = chain::join(plan, factor.plan.clone(), &[])?;
    }
    if !keyed.is_empty() {
        let side = |factor: &&Priced| Side { plan: factor.plan.clone(), keys: factor.keys.clone() };
        let sides = keyed.iter().map(side).collect();
        plan = Lookup::new(plan.into(), sides).map_err(bug)?.into_plan();
    }
    let mut exprs = own;
    let sum_of = |name: &str| {
        let parts = priced.iter().flat_map(|p| p.latencies.iter().filter(|(n, _)| n == name));
        parts.map(|(_, c)| column(c)).reduce(|a, b| a + b)
    };
    for pass in passes {
        let mut total = sum_of(&pass.column);
        for lanes in pass.blocks().into_values() {
            let sums = lanes.into_iter().filter_map(|lane| sum_of(&pass.lane_column(lane)));
            let mut longest: Option<Expr> = None;
            for lane in sums {
                longest = Some(match longest {
                    None => lane,
                    Some(other) => longer(other, lane)?,
                });
            }
            total = match (total, longest) {
                (Some(total), Some(longest)) => Some(total + longest),
                (total, longest) => total.or(longest),
            };
        }
        exprs.push(total.unwrap_or_else(|| lit(0.0)).alias(&pass.column));
    }
    if !priced.is_empty() {
        let origins = priced.iter().map(|p| column(&p.origin)).collect();
        let reasons = priced.iter().map(|p| column(&p.reason)).collect();
        exprs.push(several(origins, greatest).alias(format!("{}origin", scope.prefix)));
        exprs.push(several(reasons, first_of).alias(format!("{}reason", scope.prefix)));
    }
    chain::project(plan, exprs)
}

/// The longer of two latencies; unknown if either is.
fn longer(a: Expr, b: Expr) -> Result<Expr> {
    let case = when(a.clone().gt_eq(b.clone()), a.clone()).when(a.lt(b.clone()), b).end();
    case.map_err(bug)
}
